"""`classifier:PATH_OR_HUB_ID`: a reward model in this process. Nothing is imported or loaded before it is needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar

from weval.adapters.classifier.options import ClassifierOptions
from weval.repository import Repository, located
from weval.settings import updated
from weval.types import Certificate, Request, Score, Unit

if TYPE_CHECKING:
    from weval.adapters.classifier import remote
    from weval.adapters.classifier.engine import Engine
    from weval.adapters.classifier.loading import Loaded


class Classifier:
    """A reward model by transformers. `revision` counts changes of what it computes."""

    reads_ids: ClassVar[bool] = False
    revision: ClassVar[int] = 1

    def __init__(self, reference: str, /, **settings: str) -> None:
        self.reference = reference
        self.options = updated(ClassifierOptions(), settings)
        self.options.check(reference)
        self.unit: Unit = self.options.unit

    @cached_property
    def fingerprint(self) -> Mapping[str, Any]:
        """The files by commit or digest, the settings that change scores, and the kind of device.

        Finds the model, and downloads it if need be.
        """
        from weval.textmodels.local.transformers_library import chosen_device, require_libraries

        require_libraries(f"Scoring with {self.reference}")
        device = self.options.device
        found = {
            "adapter": "Classifier",
            "revision": self.revision,
            "version": self._repository.version,
            "settings": self.options.fingerprint(),
            "device": device if device == "spread" else chosen_device(device).partition(":")[0],
        }
        return found | {name: other.version for name, other in self._others.items()}

    def score(self, requests: Iterable[Request]) -> Iterator[Score]:
        """One score per request, longest texts first within a window. The model is loaded for the first request."""
        stream = iter(requests)
        first = next(stream, None)
        if first is not None:
            yield from self._engine.score(chain([first], stream))

    def certify(self) -> Certificate:
        """Scores fixed texts in several ways; see weval.types.Certificate."""
        from weval.adapters.classifier.certificate import certified
        from weval.adapters.classifier.remote import ByMethod

        engine = self._engine
        if isinstance(engine, ByMethod):
            return engine.certify()
        return certified(engine, self._loaded, self.options, self._reference)

    @cached_property
    def _engine(self) -> Engine | remote.ByMethod:
        from weval.adapters.classifier.building import build_engine
        from weval.adapters.classifier.loading import load_tokenizer, token_limit
        from weval.adapters.classifier.reading import Reader
        from weval.adapters.classifier.remote import ByMethod
        from weval.textmodels.local.transformers_library import require_libraries

        require_libraries(f"Scoring with {self.reference}")
        tokenizer = load_tokenizer(self._tokenizer_home, self.options)
        if self.options.head == "remote_method":
            return ByMethod(self.reference, self._loaded.model, tokenizer, self.options)
        limit = token_limit(tokenizer, self._loaded.config, self.options)
        reader = Reader(tokenizer, self.options, limit, self.reference)
        return build_engine(self._loaded, reader, self.options, self._reference)

    @cached_property
    def _loaded(self) -> Loaded:
        from weval.adapters.classifier.loading import load_model

        return load_model(self._repository, self.options)

    @cached_property
    def _reference(self) -> Loaded | None:
        from weval.adapters.classifier.loading import load_model
        from weval.errors import ConfigError

        if self.options.head != "dpo":
            return None
        if "reference" in self._others:
            return load_model(self._others["reference"], self.options)
        if "base" not in self._others:
            raise ConfigError("--set head=dpo: needs the model that training began with, by --set reference_model=…")
        return None

    @property
    def _tokenizer_home(self) -> Repository:
        """Where the tokenizer lies: with the model, or with the base of a LoRA checkpoint that brings none."""
        has_own = any(self._repository.folder.glob("tokenizer*")) or "base" not in self._others
        return self._repository if has_own else self._others["base"]

    @cached_property
    def _repository(self) -> Repository:
        return located(self.reference, self.options.revision, remote_code=self.options.remote_code)

    @cached_property
    def _others(self) -> dict[str, Repository]:
        """What else is loaded: the reference of head dpo, the base of a LoRA checkpoint."""
        options = self.options
        asked: dict[str, tuple[Any, str | None]] = {
            "reference": (options.reference_model if options.head == "dpo" else None, options.reference_revision),
            "base": (
                self._repository.json("adapter_config.json").get("base_model_name_or_path"), options.base_revision,
            ),
        }  # fmt: skip
        found = {}
        for name, (reference, revision) in asked.items():
            if isinstance(reference, str) and reference:  # loading says it where a base is missing
                found[name] = located(reference, revision, remote_code=options.remote_code, pin=f"{name}_revision")
        return found
