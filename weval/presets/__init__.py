"""Models by name: one YAML file each, with where it comes from, what it may be used for, and how it is asked."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field

from weval.errors import unknown
from weval.files import read_yaml
from weval.textmodels import backend_of
from weval.textmodels.prices import Price, price_of
from weval.types import Record, Text

FOLDER = Path(__file__).parent

Setting = str | int | float | bool


class Preset(Record):
    """One model. `settings` are those that --set takes, for its family; what the user sets wins over them.

    `memory_gb` is what its weights take in the preset's precision, `context` how many tokens it was trained to read.
    A preset without a reference has no public weights: the user names a folder after its name and a colon. One that is
    `pickled` has its weights in pickle files only, which could run code and are not read: a revision with safetensors
    is to be named. One behind somebody's API has its address in `endpoint`, and in `licence` whose terms hold; what it
    costs is in the table of prices (weval/textmodels/prices.yaml), with the date.
    """

    family: Text
    reference: Text | None = None
    about: Text
    licence: Text
    source: Text
    endpoint: Text | None = None
    parameters_b: Annotated[float, Field(gt=0)] | None = None
    memory_gb: Annotated[float, Field(gt=0)] | None = None
    context: Annotated[int, Field(gt=0)] | None = None
    gated: bool = False
    pickled: bool = False
    settings: dict[str, Setting] = Field(default_factory=dict)

    @property
    def price(self) -> Price | None:
        """What a model behind somebody's API costs there, with the date; None where the table has no price."""
        if not self.endpoint or not self.reference:
            return None
        return price_of(backend_of(self.reference)[1], host=urlsplit(self.endpoint).hostname)

    def strings(self) -> dict[str, str]:
        """The settings as --set would have given them."""
        return {
            name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in self.settings.items()
        }


@cache
def preset_names() -> tuple[str, ...]:
    """The names of all presets that weval brings."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def read_preset(name: str) -> Preset:
    """A preset by name. Raises ConfigError for an unknown one, DataError for a bad file."""
    if name not in preset_names():
        raise unknown("model", name, preset_names())
    return read_yaml(FOLDER / f"{name}.yaml", Preset)


def read_preset_file(path: Path) -> Preset:
    """Anyone's own preset. Raises DataError naming file, line and field."""
    return read_yaml(path, Preset)
