"""`--set key=value`: strings from the command line into validated records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from pydantic import ValidationError

from weval.errors import ConfigError
from weval.files import one_line
from weval.invalid import complaints, field_name
from weval.types import Record

S = TypeVar("S", bound=Record)


def parse_settings(pairs: Iterable[str]) -> dict[str, str]:
    """`["seed=3", "unit=list"]` as a dict. Raises ConfigError for what is not key=value, or a key given twice.

    >>> parse_settings(["seed=3"])
    {'seed': '3'}
    """
    settings: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise ConfigError(f"--set {pair}: is not key=value")
        if key in settings:
            raise ConfigError(f"--set {key}: given twice")
        settings[key] = value
    return settings


def divide(settings: Mapping[str, str], *owners: type[Record]) -> tuple[list[dict[str, str]], dict[str, str]]:
    """Each setting to the record that has a field of that name, and what no record has."""
    shares = [{key: value for key, value in settings.items() if key in owner.model_fields} for owner in owners]
    rest = {key: value for key, value in settings.items() if not any(key in share for share in shares)}
    return shares, rest


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
