"""Replies to a request into its score: a verdict, an expectation over labels, or the reason why there is neither."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from weval.adapters.judge.expected import expected_score
from weval.adapters.judge.options import JudgeOptions
from weval.adapters.judge.outcome import NoVerdict, Verdict
from weval.adapters.judge.released_rules import RELEASED
from weval.adapters.judge.samples import combined
from weval.adapters.judge.spec import JudgeSpec
from weval.adapters.judge.verdicts import read_brackets, read_label, read_ranking, read_score
from weval.errors import ConfigError
from weval.types import Reply, Request, Score


class Reader:
    """Reads the replies of one judge. `rule` names the published script whose reading is repeated, None for ours."""

    def __init__(self, spec: JudgeSpec, options: JudgeOptions, rule: str | None) -> None:
        if rule is not None and rule not in RELEASED:
            raise ConfigError(f"no parse rule is called {rule!r}; there are {', '.join(RELEASED)}")
        assert spec.reply.form != "bench"  # whose replies hold what makes no score
        self._spec, self._options, self._rule = spec, options, rule

    def score(self, request: Request, replies: Sequence[Reply]) -> Score:
        """The score that the replies to a request make; their tokens, cost and time are added up."""
        taken = _taken(replies)
        if self._options.answer == "expected":
            return self._expected(request, replies[0], taken)
        n = len(request.responses) if self._spec.unit == "list" else 1
        found = combined([self._verdict(reply, len(request.responses)) for reply in replies], n)
        samples = found.samples if len(replies) > 1 else None
        return Score(request.id, found.status, found.values, reason=found.reason, samples=samples, **taken)

    def _expected(self, request: Request, reply: Reply, taken: Mapping[str, Any]) -> Score:
        """Cut off after its first token, as was asked, a reply has all that is needed."""
        try:
            if reply.status not in ("ok", "truncated") or (reply.status == "truncated" and not reply.probabilities):
                raise _unread(reply)
            value, mass = expected_score(reply.probabilities, self._spec.labels, self._options.least_mass)
        except NoVerdict as none:
            return Score(request.id, none.status, reason=str(none), **taken)
        return Score(request.id, "ok", (value,), mass=mass, **taken)

    def _verdict(self, reply: Reply, n_responses: int) -> Verdict | NoVerdict:
        if reply.status != "ok":
            return _unread(reply)
        try:
            return self._read(reply.text, n_responses)
        except NoVerdict as none:
            return none

    def _read(self, text: str, n_responses: int) -> Verdict:
        if self._rule is not None:
            found = RELEASED[self._rule](text)
            if found.value is None:
                raise NoVerdict(f"the rule {self._rule} finds no verdict in the reply")
            return Verdict((found.value,), str(found.label))
        if self._options.answer == "label":
            return read_label(text, self._spec.labels)
        reply = self._spec.reply
        read = {
            "brackets": partial(read_brackets, values=reply.values),
            "json": partial(read_score, field=reply.field, low=reply.low, high=reply.high),
            "ranking": partial(read_ranking, n=n_responses),
        }
        return read[reply.form](text)


def _unread(reply: Reply) -> NoVerdict:
    """A reply that is not read, as it is no whole text: a verdict in half a reply may not be its last word."""
    assert reply.status != "ok"
    return NoVerdict(reply.reason or reply.status, reply.status)


def _taken(replies: Sequence[Reply]) -> dict[str, Any]:
    """What was written, and what it took: the fields of a Score that have nothing to do with the verdict."""
    texts = [reply.text for reply in replies]
    return {
        "raw": texts[0] if len(texts) == 1 else json.dumps(texts, ensure_ascii=False),
        "tokens_in": _whole(reply.tokens_in for reply in replies),
        "tokens_out": _whole(reply.tokens_out for reply in replies),
        "cost_usd": _sum(reply.cost_usd for reply in replies),
        "seconds": _sum(reply.seconds for reply in replies),
    }


def _sum(amounts: Iterable[float | None]) -> float | None:
    """The sum of what is known; None where nothing is."""
    known = [amount for amount in amounts if amount is not None]
    return math.fsum(known) if known else None


def _whole(amounts: Iterable[int | None]) -> int | None:
    total = _sum(amounts)
    return None if total is None else int(total)
