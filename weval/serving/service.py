"""What is served: a model by name, tried before anybody asks it, with its limits and its key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from weval.adapters import open_adapter, setting_names
from weval.adapters.certifying import TRYING
from weval.errors import ConfigError, unknown
from weval.remote.posting import Key
from weval.serving.options import ServeOptions
from weval.settings import divide, updated
from weval.types import Adapter, Certified, Request


@dataclass(frozen=True, slots=True)
class Service:
    """A model under a name. Who knows no `key`, where there is one, is told nothing."""

    name: str
    adapter: Adapter
    options: ServeOptions = field(default_factory=ServeOptions)
    key: Key = field(default_factory=Key)

    def about(self) -> dict[str, Any]:
        """What the model is, as JSON."""
        return {"model": self.name, "unit": self.adapter.unit, "fingerprint": dict(self.adapter.fingerprint)}

    def complaint(self, request: Request) -> str | None:
        """Why the model cannot be asked this; None where it can.

        A model that judges whole responses may be told of a requirement: it would be read into its text unnoticed.
        """
        if self.adapter.unit == "requirement" and request.requirement is None:
            return "this model judges a response on one requirement at a time, and none is named (unit=requirement)"
        if self.adapter.unit == "response" and request.requirement is not None:
            return "this model judges whole responses, and a requirement is named (unit=response)"
        return None


def open_service(
    model: str, settings: Mapping[str, str], key: Key | None = None, notice: Callable[[str], None] = lambda text: None
) -> Service:
    """The model for `weval serve MODEL`, loaded and tried on fixed texts, of which `notice` is told.

    Raises ConfigError for a model that does not score one response at a time and for unknown settings, AdapterError for
    one whose scores cannot be right.
    """
    (own,), rest = divide(settings, ServeOptions)
    takes = setting_names(model)
    if takes is not None and (strange := [name for name in rest if name not in takes]):
        raise unknown("setting", strange[0], [*ServeOptions.model_fields, *takes])
    options = updated(ServeOptions(), own)
    adapter = open_adapter(model, rest)
    if adapter.reads_ids:
        raise ConfigError(f"{model}: looks scores up, and knows none of a new text")
    if adapter.unit not in ("response", "requirement"):
        raise ConfigError(f"{model}: judges a {adapter.unit} of responses; what is served scores one at a time")
    if isinstance(adapter, Certified):
        notice(TRYING)
        for remark in adapter.certify().remarks:
            notice(remark)
    return Service(model, adapter, options, key or Key())
