"""`--set key=value`: strings from the command line into validated records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from pydantic import ValidationError

from weval.errors import ConfigError, unknown
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


def divide(settings: Mapping[str, str], *owners: type[Record]) -> list[dict[str, str]]:
    """Each setting to the record that has a field of that name. Raises ConfigError for a key nobody owns."""
    shares: list[dict[str, str]] = [{} for _ in owners]
    for key, value in settings.items():
        holders = [share for share, owner in zip(shares, owners, strict=True) if key in owner.model_fields]
        if not holders:
            raise unknown("setting", key, {name for owner in owners for name in owner.model_fields})
        for share in holders:
            share[key] = value
    return shares


def updated(record: S, settings: Mapping[str, str]) -> S:
    """The record with fields replaced by what the strings mean. Raises ConfigError naming the setting."""
    if not settings:
        return record
    try:
        return type(record).model_validate({**record.model_dump(), **settings}, strict=False)
    except ValidationError as error:
        found = error.errors(include_url=False)[0]
        name = str(found["loc"][0]) if found["loc"] else "settings"
        message = found["msg"].removeprefix("Value error, ")
        raise ConfigError(f"--set {name}={settings.get(name, '')}: {message}") from error
