"""Classes of other people: `plugin:MODULE:CLASS`, imported from where the user stands, and entry points of packages.

Metrics of other people (weval/ownmetrics.py) are found by the same code.
"""

from __future__ import annotations

import difflib
import importlib
import inspect
import json
import math
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, get_args

from weval.errors import AdapterError, ConfigError, DataError, WevalError
from weval.files import one_line
from weval.hashes import sha256_of
from weval.types import Adapter, Request, Score, Unit


def load(reference: str, /, **settings: str) -> Adapter:
    """The class's instance. Raises ConfigError where module or class cannot be found."""
    said = f"--model plugin:{reference}"
    if not reference.partition(":")[2]:
        raise ConfigError(f"{said}: is written --model plugin:MODULE:CLASS")
    build = imported(reference, said, "class")
    return Foreign(build, f"plugin:{reference}", (), settings)


def from_package(point: EntryPoint, model: str, reference: str, settings: Mapping[str, str]) -> Adapter:
    """The instance of a class that an installed package offers. Raises ConfigError where it cannot be imported."""
    return Foreign(loaded(point, f"--model {model}"), model, (reference,) if reference else (), settings)


def imported(reference: str, said: str, what: str) -> Callable[..., Any]:
    """What MODULE:NAME names, of a module in the current folder or wherever Python finds it.

    `said` is how the user named it, and `what` it should be. Raises ConfigError where it cannot be found.
    """
    module_name, _, name = reference.partition(":")
    if module_name.endswith(".py"):
        raise ConfigError(f"{said}: a module is named without .py: {module_name.removesuffix('.py')}:{name}")
    if (here := str(Path.cwd())) not in sys.path:
        # The console script, unlike `python -m`, does not look here. It stays: it may import while it works.
        sys.path.insert(0, here)
    try:
        module = importlib.import_module(module_name)
    except (Exception, SystemExit) as error:
        if isinstance(error, ModuleNotFoundError) and error.name and f"{module_name}.".startswith(f"{error.name}."):
            raise ConfigError(f"{said}: no module {module_name} here") from error
        raise ConfigError(f"{said}: cannot import {module_name!r} ({told(error)})") from error
    found: Callable[..., Any] | None = getattr(module, name, None)
    if not callable(found) or module_name in sys.stdlib_module_names:
        _check_hidden(module, said)
    if not callable(found):
        near = difflib.get_close_matches(name, [each for each, value in vars(module).items() if callable(value)], n=1)
        raise ConfigError(
            f"{said}: {module_name} has no {what} {name}" + (f"; did you mean {near[0]}?" if near else "")
        )
    return found


def _check_hidden(module: ModuleType, said: str) -> None:
    """Raises ConfigError where a file of the current folder was meant, and Python has another module of its name."""
    file, taken = Path(f"{module.__name__}.py"), getattr(module, "__file__", None)
    if file.is_file() and (taken is None or file.resolve() != Path(taken).resolve()):
        raise ConfigError(f"{said}: {file} here is hidden by {taken or 'a module inside Python'}; give it another name")


def loaded(point: EntryPoint, said: str) -> Any:  # noqa: ANN401 - whatever the package has there
    """What an installed package offers at an entry point. Raises ConfigError where it cannot be imported."""
    try:
        return point.load()
    except (Exception, SystemExit) as error:
        raise ConfigError(f"{said}: cannot load {point.value} ({told(error)})") from error


class Foreign:
    """A foreign class behind our contract. It needs `unit` and `score(requests)`; `fingerprint` is its choice.

    The hash of its source and its settings are part of the fingerprint, so that a changed class is a changed model.
    """

    reads_ids: ClassVar[bool] = False

    def __init__(
        self, build: Callable[..., Any], name: str, reference: tuple[str, ...], settings: Mapping[str, str]
    ) -> None:
        self._name = name
        try:
            inspect.signature(build).bind(*reference, **settings)
        except (TypeError, ValueError) as error:
            raise ConfigError(f"--model {name}: cannot be built with {dict(settings)}: {error}") from error
        with self._its_faults():
            self._inner = build(*reference, **settings)
            unit: Any = getattr(self._inner, "unit", None)
            own: Any = getattr(self._inner, "fingerprint", {})
        if unit not in list(get_args(Unit)):
            raise AdapterError(f"--model {name}: its `unit` is {unit!r}, not one of {', '.join(get_args(Unit))}")
        self.unit: Unit = unit
        if not callable(getattr(self._inner, "score", None)):
            raise AdapterError(f"--model {name}: has no method `score`")
        self.fingerprint: Mapping[str, Any] = {
            "adapter": name,
            "source_sha256": _source_sha256(build),
            "settings": dict(settings),
            "own": _jsonable(own, name),
        }

    def score(self, requests: Iterable[Request]) -> Iterator[Score]:
        """What the class answers, each answer made sure to be a Score that can be kept."""
        with self._its_faults():
            for answer in self._inner.score(requests):
                yield self._checked(answer)

    def _checked(self, answer: object) -> Score:
        if not isinstance(answer, Score):
            raise AdapterError(f"`score` gave {type(answer).__name__} instead of weval.types.Score")
        for field, kinds in _KINDS.items():
            value = getattr(answer, field)
            if value is not None and (not isinstance(value, kinds) or isinstance(value, bool)):
                raise AdapterError(f"`{field}` of a score is {type(value).__name__}, not {kinds[0].__name__}")
            if isinstance(value, float) and not math.isfinite(value):
                raise AdapterError(f"`{field}` of a score is {value}")
        return answer

    @contextmanager
    def _its_faults(self) -> Iterator[None]:
        """Whatever the class raises becomes an AdapterError with its name; it may not end the program either."""
        try:
            yield
        except AdapterError as error:
            raise AdapterError(f"--model {self._name}: {error}") from error
        except WevalError:
            raise
        except (Exception, SystemExit) as error:
            raise AdapterError(f"--model {self._name}: {told(error)}") from error


_KINDS: dict[str, tuple[type, ...]] = {
    "request_id": (str,),
    "reason": (str,),
    "raw": (str,),
    "tokens_in": (int,),
    "tokens_out": (int,),
    "cost_usd": (float, int),
    "seconds": (float, int),
}
"""What the fields of a score may hold beside None; `values` and `status` it checks itself."""


_OURS = str(Path(__file__).parents[1])


def told(error: BaseException) -> str:
    """Kind, place and message of a foreign exception; the place is the last one in code that is not weval's."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(("<frozen", _OURS))]
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    if isinstance(error, SyntaxError) and error.filename:
        where = f" at {Path(error.filename).name}:{error.lineno}"
    return one_line(f"{type(error).__name__}{where}: {error}")


def _source_sha256(build: object) -> str | None:
    try:
        source = inspect.getsourcefile(build)  # type: ignore[arg-type] # TypeError, which is caught, for what has no source
        return sha256_of(Path(source)) if source else None
    except (TypeError, DataError):
        return None


def _jsonable(fingerprint: object, name: str) -> object:
    try:
        return json.loads(json.dumps(fingerprint, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise AdapterError(f"--model {name}: its `fingerprint` cannot be written as JSON: {error}") from error
