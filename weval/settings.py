"""`--set key=value`: strings from the command line into validated records."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from weval.deprecation import current_name
from weval.errors import ConfigError, unknown
from weval.files import one_line
from weval.invalid import Loc, complaints, field_name
from weval.types import Record

S = TypeVar("S", bound=Record)


def parse_settings(pairs: Iterable[str], option: str = "--set", form: str = "key=value") -> dict[str, str]:
    """`["seed=3", "unit=list"]` as a dict. Raises ConfigError for what is not key=value, or a key given twice.

    `option` is what they were given by, and `form` what one of it looks like.

    >>> parse_settings(["seed=3"])
    {'seed': '3'}
    """
    settings: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise ConfigError(f"{option} {pair}: is not {form}")
        if option == "--set":
            key = current_name(key)
        if key in settings:
            raise ConfigError(f"{option} {key}: given twice")
        settings[key] = value
    return settings


def as_strings(settings: Mapping[str, str | float]) -> dict[str, str]:
    """Settings as --set has them. Raises ConfigError for what it could not say.

    >>> as_strings({"seed": 3, "unit": "list", "json_schema": True})
    {'seed': '3', 'unit': 'list', 'json_schema': 'true'}
    """
    found: dict[str, str] = {}
    for key, value in settings.items():
        if not isinstance(value, str | float | int):
            raise ConfigError(f"setting {key}: is {type(value).__name__}, not a text, a number or true or false")
        found[key] = str(value).lower() if isinstance(value, bool) else str(value)
    return found


def divide(settings: Mapping[str, str], *owners: type[Record]) -> tuple[list[dict[str, str]], dict[str, str]]:
    """Each setting to the record that has a field of that name, and what no record has."""
    shares = [{key: value for key, value in settings.items() if key in owner.model_fields} for owner in owners]
    rest = {key: value for key, value in settings.items() if not any(key in share for share in shares)}
    return shares, rest


def check_known(rest: Iterable[str], *takes: type[Record]) -> None:
    """Raises ConfigError with what there is, where `divide` left a setting over that nobody takes."""
    for name in rest:
        raise unknown("setting", name, [field for record in takes for field in record.model_fields])


def updated(record: S, settings: Mapping[str, str]) -> S:
    """The record with fields replaced by what the strings mean. Raises ConfigError naming every wrong setting."""
    if not settings:
        return record
    try:
        return type(record).model_validate({**record.model_dump(), **settings}, strict=False)
    except ValidationError as error:
        found = [(field_name(loc[:1]), message) for loc, message in complaints(error, None)]
        said = (f"--set {name}={one_line(settings.get(name, ''), 80)}: {message}" for name, message in found)
        raise ConfigError("; ".join(said)) from error


def dotted(record: S, settings: Mapping[str, str], nowhere: str, opens: Collection[str] | None = None) -> S:
    """The record with fields replaced that dotted names (`seeds.sets.0.limit`) lead to; an empty one is the default.

    A list is given with commas. `opens` are the sections that take any name, and no other does; without it the record
    judges every name, and a section that is left out is begun. Raises ConfigError naming every wrong setting, and
    `nowhere` of a name that leads nowhere.
    """
    if not settings:
        return record
    content = record.model_dump(mode="json")
    for name, value in settings.items():
        *way, last = name.split(".")
        place = _led(content, way, begins=opens is None)
        if not isinstance(place, dict) or not (opens is None or last in place or ".".join(way) in opens):
            raise ConfigError(f"--set {one_line(name, 80)}: {nowhere}")
        was = place.pop(last, None)
        if value:
            place[last] = [part.strip() for part in value.split(",")] if isinstance(was, list) else value
    try:
        return type(record).model_validate(content, strict=False)
    except ValidationError as error:
        said = (f"--set {_told(loc)}{message}" for loc, message in complaints(error, content))
        raise ConfigError("; ".join(one_line(each, 200) for each in said)) from error


def _led(content: dict[str, Any], way: Iterable[str], *, begins: bool) -> Any:  # noqa: ANN401 - of JSON, any part
    """What lies at the end of a way of keys and of numbers in lists; None where there is nothing."""
    place: Any = content
    for part in way:
        if isinstance(place, list):
            place = place[int(part)] if part.isdecimal() and int(part) < len(place) else None
        elif isinstance(place, dict) and part in place:
            if begins and place[part] is None:
                place[part] = {}
            place = place[part]
        else:
            return None
    return place


def _told(loc: Loc) -> str:
    """The path of a field as --set takes it, before what is wrong with it."""
    return ".".join(map(str, loc)) + ": " if loc else ""
