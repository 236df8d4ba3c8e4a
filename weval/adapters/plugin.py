"""Classes of other people: `plugin:MODULE:CLASS`, imported from where the user stands, and entry points of packages."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import json
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, get_args

from weval.errors import AdapterError, ConfigError, WevalError
from weval.files import one_line
from weval.types import Adapter, Request, Score, Unit


def load(reference: str, **settings: str) -> Adapter:
    """The class's instance. Raises ConfigError where module or class cannot be found."""
    module_name, _, class_name = reference.partition(":")
    if not class_name:
        raise ConfigError(f"--model plugin:{reference}: is written --model plugin:MODULE:CLASS")
    sys.path.insert(0, str(Path.cwd()))  # the console script, unlike `python -m`, does not look here
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise ConfigError(f"--model plugin:{reference}: cannot import {module_name} ({error})") from error
    finally:
        sys.path.pop(0)
    build = getattr(module, class_name, None)
    if not callable(build):
        raise ConfigError(f"--model plugin:{reference}: {module_name} has no class {class_name}")
    return Foreign(build, f"plugin:{reference}", (), settings)


class Foreign:
    """A foreign class behind our contract. It needs `unit` and `score(requests)`; `fingerprint` is its choice.

    The hash of its source and its settings are part of the fingerprint, so that a changed class is a changed model.
    """

    reads_ids: ClassVar[bool] = False

    def __init__(
        self, build: Callable[..., Any], name: str, reference: tuple[str, ...], settings: Mapping[str, str]
    ) -> None:
        try:
            inspect.signature(build).bind(*reference, **settings)
        except TypeError as error:
            raise ConfigError(f"--model {name}: cannot be built with {dict(settings)}: {error}") from error
        self._inner = build(*reference, **settings)
        unit: Any = getattr(self._inner, "unit", None)
        if unit not in get_args(Unit):
            raise AdapterError(f"--model {name}: its `unit` is {unit!r}, not one of {', '.join(get_args(Unit))}")
        self.unit: Unit = unit
        if not callable(getattr(self._inner, "score", None)):
            raise AdapterError(f"--model {name}: has no method `score`")
        source = inspect.getsourcefile(build)
        self.fingerprint: Mapping[str, Any] = {
            "adapter": name,
            "source_sha256": hashlib.sha256(Path(source).read_bytes()).hexdigest() if source else None,
            "settings": dict(settings),
            "own": _jsonable(getattr(self._inner, "fingerprint", {}), name),
        }

    def score(self, requests: Iterable[Request]) -> Iterator[Score]:
        """What the class answers, each answer made sure to be a Score; its exceptions become AdapterErrors."""
        name = self.fingerprint["adapter"]
        try:
            for answer in self._inner.score(requests):
                if not isinstance(answer, Score):
                    raise AdapterError(f"{name}: `score` gave {type(answer).__name__} instead of weval.types.Score")
                yield answer
        except WevalError:
            raise
        except Exception as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(frame.filename).name}:{frame.lineno}"
            raise AdapterError(one_line(f"{name}: {type(error).__name__} at {where}: {error}")) from error


def _jsonable(fingerprint: object, name: str) -> object:
    try:
        return json.loads(json.dumps(fingerprint))
    except (TypeError, ValueError) as error:
        raise AdapterError(f"--model {name}: its `fingerprint` cannot be written as JSON: {error}") from error
