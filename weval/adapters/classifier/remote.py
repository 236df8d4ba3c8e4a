"""Models that bring a method which scores a chat: their own code tokenizes, pools and computes, one text at a time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from weval.adapters.certifying import check_plausible, check_repeated, drift_between, fixed_requests, rounding
from weval.adapters.classifier.options import ClassifierOptions
from weval.errors import AdapterError, ConfigError
from weval.files import one_line
from weval.types import Certificate, Request, Score


class ByMethod:
    """Calls `model.METHOD(tokenizer, messages)`, which gives a number."""

    def __init__(self, name: str, model: Any, tokenizer: Any, options: ClassifierOptions) -> None:  # noqa: ANN401
        self.name, self.tokenizer, self.options = name, tokenizer, options
        found = getattr(model, options.method, None)
        if not callable(found):
            raise ConfigError(f"--set method={options.method}: {name} has no such method")
        self.method: Callable[..., Any] = found

    def score(self, requests: Iterable[Request]) -> Iterator[Score]:
        """One score per request, in order."""
        return map(self._score, requests)

    def _score(self, request: Request) -> Score:
        import torch

        began = time.perf_counter()
        try:
            with torch.inference_mode():
                value = float(self.method(self.tokenizer, self.options.messages(request)))
        except Exception as error:  # foreign code may raise anything
            said = one_line(f"{type(error).__name__}: {error}")
            raise AdapterError(f"{self.name}: its method {self.options.method} failed ({said})") from error
        if not math.isfinite(value):
            raise AdapterError(f"{self.name}: its method {self.options.method} gave {value}; try another --set dtype=")
        return Score(request.id, "ok", (value,), seconds=time.perf_counter() - began)

    def certify(self) -> Certificate:
        """Scores the fixed texts twice; how the foreign code batches and pools is not known."""
        asked = fixed_requests(self.options.unit)
        once, again = ([self._score(request).values[0] for request in asked] for _ in range(2))
        scores = dict(zip([request.id for request in asked], once, strict=True))
        check_plausible(self.name, scores, bounded=self.options.is_bounded)
        drift = drift_between(asked, once, again)
        check_repeated(self.name, drift, rounding(self.options.dtype, once))
        return Certificate(
            n_texts=len(asked),
            easy=(once[0], once[1]),
            drift={"repeated": drift},
            computed={"runner": type(self).__name__, "method": self.options.method},
            remarks=("scored by the model's own code; how it tokenizes and pools was not looked at",),
        )
