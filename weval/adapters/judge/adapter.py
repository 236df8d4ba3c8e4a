"""`judge:BACKEND/MODEL`: asks a language model by a judge folder, and takes its verdicts for scores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from weval.adapters.judge.folder import JudgeFolder, read_judge
from weval.adapters.judge.official import official_of
from weval.adapters.judge.options import LABEL_TOKENS, JudgeOptions
from weval.adapters.judge.reading import Reader
from weval.adapters.judge.trying import tried
from weval.errors import AdapterError, ConfigError
from weval.settings import updated
from weval.textmodels import backend_of, open_text_model
from weval.types import Certificate, Prompt, Reply, Request, Score, TextModel, Unit

REASONED_TOKENS = 250
"""About as long is a reply with its reasons."""


def tokens_about(text: str) -> int:
    """About how many tokens a text is: one for four letters of Latin script, one for each of another.

    >>> tokens_about("Is it a tree?"), tokens_about("是树吗")
    (3, 3)
    """
    latin = sum(character < "\u0250" for character in text)
    return latin // 4 + len(text) - latin


@dataclass(slots=True)
class _Open:
    """A request whose replies are still to come, by the number of the sample."""

    request: Request
    replies: dict[int, Reply] = field(default_factory=dict)


class Judge:
    """Puts every request to a language model, `samples` times, and reads its verdicts."""

    reads_ids: ClassVar[bool] = False

    def __init__(self, reference: str, /, **settings: str) -> None:
        self.name, self.options = reference, updated(JudgeOptions(), settings)
        self.options.check()
        backend, _ = backend_of(reference)
        self.folder: JudgeFolder = read_judge(self.options.prompt)
        if self.folder.spec.reply.form == "bench":
            raise ConfigError(
                f"judge {self.folder.name}: its replies are read by a benchmark (weval bench), not by weval run"
            )
        self.folder.check(self.options.answer)
        self._official = official_of(self.folder) if self.options.wording == "official" else None
        self.unit: Unit = self.folder.spec.unit
        defaults = self._official.sampling if self._official else self.folder.spec.sampling
        self.model_options = self.options.for_model(defaults, backend.uses)
        self.model: TextModel = open_text_model(reference, self.model_options)
        if self.options.answer == "expected" and "probabilities" not in self.model.tells:
            raise ConfigError(f"--set answer=expected: {reference} tells no probabilities; choose reasoned or label")
        self._trial = self.model
        if self.options.batch != "off":
            # Half the price is not worth a day of waiting for a setting that the model does not take.
            self._trial = open_text_model(reference, self.model_options.model_copy(update={"batch": "off"}))
        self._reader = Reader(self.folder.spec, self.options, self._rule())

    @cached_property
    def fingerprint(self) -> Mapping[str, Any]:
        """The model with its sampling, and the judge folder with the hash of its texts."""
        about: dict[str, Any] = {"adapter": "Judge", "judge": self.folder.name, "judge_sha256": self.folder.sha256}
        if self._official:
            about["official"] = self._official.fingerprint
        return about | self.options.given() | {"model": dict(self.model.fingerprint)}

    def keep_in(self, folder: Path) -> None:
        """Replies are written to this folder as they come; those of an earlier session are not paid for again."""
        self.model.keep_in(folder)
        if self._trial is not self.model:
            self._trial.keep_in(folder)

    @property
    def n_replies(self) -> int:
        """How many replies are made to each request."""
        return self.options.samples

    def expected_usd(self, request: Request) -> float | None:
        """About what a request will cost: its prompt by a rule of thumb, and replies of a usual length.

        A model that reasons before it replies, and is paid for that, costs more. None where no price is known.
        """
        words = sum(tokens_about(text) for _, text in self.prompt(request).messages)
        usual = REASONED_TOKENS if self.options.answer == "reasoned" else LABEL_TOKENS
        usd = self.model.usd_of(words, min(usual, self.model_options.max_tokens or usual))
        return None if usd is None else usd * self.options.samples

    def certify(self) -> Certificate:
        """Asks about two fixed texts: whether the model answers at all, and what of its settings it takes.

        Raises AdapterError where it does not answer, or tells no probabilities where these are the answer.
        """
        found = tried(self.folder.name, self.name, self.unit, self._asked_once)
        price = self.model.price_told
        computed = found.computed | ({"price of a million tokens": price} if price else {})
        return found.model_copy(update={"computed": computed})

    def score(self, requests: Iterable[Request]) -> Iterator[Score]:
        """One score per request, as they come. Raises AdapterError where no request will be answered any more."""
        pending: dict[str, _Open] = {}
        n = self.options.samples

        def prompts() -> Iterator[Prompt]:
            for request in requests:
                pending[request.id] = _Open(request)
                for number in range(n):
                    yield self.prompt(request, number)

        for reply in self.model.replies(prompts()):
            request_id, _, number = reply.prompt_id.rpartition("#")
            waiting = pending[request_id]
            waiting.replies[int(number)] = reply
            if len(waiting.replies) == n:
                del pending[request_id]
                yield self._reader.score(waiting.request, [waiting.replies[number] for number in range(n)])

    def _asked_once(self, requests: Sequence[Request]) -> Iterator[tuple[Reply, Score]]:
        """The first reply to each of a few requests, and its score, in order."""
        found = {reply.prompt_id: reply for reply in self._trial.replies(map(self.prompt, requests))}
        came = [reply for reply in found.values() if reply.status in ("ok", "truncated")]
        if self.options.answer == "expected" and came and not any(reply.probabilities for reply in came):
            raise AdapterError(
                f"--set answer=expected: {self.name} told no probabilities; choose another (--fresh asks again)"
            )
        for request in requests:
            reply = found[self.prompt(request).id]
            yield reply, self._reader.score(request, [reply])

    def _rule(self) -> str | None:
        """The published script whose reading of replies is repeated."""
        if not self.options.reads_as_released:
            return None
        if self.folder.spec.official is None:
            raise ConfigError(f"--set parse=released: the judge {self.folder.name} was never published")
        return self.folder.spec.official.rule

    def prompt(self, request: Request, number: int = 0) -> Prompt:
        """What the model is asked about a request; `number` tells the samples apart."""
        spec, options = self.folder.spec, self.options
        expected = options.answer == "expected"
        structured = options.structured == "auto" and not self._official and "schema" in self.model.tells
        reasoned = options.answer == "reasoned"
        return Prompt(
            f"{request.id}#{number}",
            self.folder.prompt(request, answer="reasoned" if reasoned else "label", official=self._official),
            schema=spec.reply_schema if structured and reasoned else None,
            labels=tuple(spec.labels) if expected else (),
        )
