"""Creative Writing Bench v3 from end to end: three pieces a prompt, and what a judge says of each by 22 criteria.

Source: EQ-bench/creative-writing-bench at e7ab0091 (prompts, core/scoring.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, ClassVar, cast

from pydantic import Field, RootModel

from weval.bench.benchmark import Benchmark
from weval.bench.creative_writing.criteria import CRITERIA, NEGATIVE
from weval.bench.creative_writing.parsing import HIGHEST, parse_scores
from weval.bench.creative_writing.scoring import PERCENT, aggregate, piece_score
from weval.bench.items import BenchItem, Call, Figure, Fills, Mode, Row, Share, Step
from weval.bench.options import BenchOptions
from weval.bench.replies import ReplyRow
from weval.bench.told import Told, written
from weval.errors import DataError
from weval.files import read_json
from weval.types import Record, Text

RESPONSES = Step("responses", "writer", tries=3, fills="responses")
REPLIES = Step("replies", "judge", prompt="creative-22", fills="replies")

SEED = "<SEED>"
"""Where a prompt takes its modifier."""

SHORTEST = 500
"""A piece with fewer characters is written again."""

_PIECES = 3
_VERDICT_TOKENS = 500

LOWEST: Mapping[str, float] = {name: HIGHEST if name in NEGATIVE else 0.0 for name in CRITERIA}
"""The scores of a piece that is empty."""


def slug(criterion: str) -> str:
    """The name of a criterion's figure.

    >>> slug("Tell-Don't-Show")
    'tell_dont_show'
    """
    return re.sub("[^a-z]+", "_", criterion.lower().replace("'", ""))


class CreativeOptions(BenchOptions):
    """What --set takes for Creative Writing Bench."""

    iterations: int = Field(default=_PIECES, ge=1, le=100, description="pieces for each prompt, the published 3")


class _PromptRow(Record):
    category: Text
    title: Text
    writing_prompt: Text
    seed_modifiers: tuple[Text, ...] = Field(min_length=1)


class _Prompts(RootModel[dict[str, _PromptRow]]):
    """The published file: prompts by their number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreativeItem(BenchItem):
    """A prompt, with SEED where one of its modifiers goes."""

    modifiers: tuple[str, ...]

    def prompt_of(self, part: str) -> str:
        """What is written for a piece: the n-th with the n-th modifier, from the start again where there are fewer."""
        return self.prompt.replace(SEED, self.modifiers[(int(part) - 1) % len(self.modifiers)])


@dataclass(frozen=True, slots=True)
class Piece:
    """What one piece comes to: the judge's scores by criterion, as far as they count; None where they are missing."""

    scores: Mapping[str, float] | None
    why: str | None = None
    repairs: frozenset[str] = frozenset()


class CreativeWriting(Benchmark[CreativeItem]):
    """A prompt counts as the mean of its pieces."""

    options_type: ClassVar[type[BenchOptions]] = CreativeOptions
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure("eqbench_creative_score", "Creative score", 0, 100, "five times the overall score"),
        Figure("overall_score", "Overall", 0, 20, "the mean of 22 criteria; faults count 20 minus theirs", decimals=2),
        *(
            Figure(
                slug(name),
                name,
                0,
                20,
                "a fault: 0 is free of it" if name in NEGATIVE else "as the judge scored it",
                higher=name not in NEGATIVE,
            )
            for name in CRITERIA
        ),
    )
    repairs: ClassVar[Mapping[str, str]] = {
        "criteria": "a score is read for its criterion however the judge wrote the line, so that faults count as "
        "faults; other lines with numbers are no criteria",
        "partial": "a piece without a score for each of the 22 criteria is missing, and counted, where the script "
        "takes the mean of those that it finds",
        "pieces": "a prompt of which a piece is missing is missing, where the script goes on without the piece",
        "unwritten": "an empty piece gets the lowest scores without a judge",
    }

    @classmethod
    def steps(cls, options: BenchOptions) -> tuple[Step, ...]:
        """The pieces, then what the judge says of each."""
        return RESPONSES, REPLIES

    def read(self) -> Iterator[CreativeItem]:
        """The prompts, by their numbers."""
        path = self.data.path("prompts")
        prompts = read_json(path, _Prompts).root
        if not prompts:
            raise DataError(f"{path}: holds no prompts")
        for number, row in prompts.items():
            if SEED not in row.writing_prompt:
                raise DataError(f"{path}: {number}.writing_prompt: has no {SEED} in it, where its modifiers go")
            yield CreativeItem(
                id=number,
                prompt=row.writing_prompt,
                language="en",
                groups={"category": row.category},
                modifiers=row.seed_modifiers,
            )

    def parts(self, step: Step, item: CreativeItem, told: Told) -> Sequence[str]:
        """Each piece; a judge is asked where there is a text."""
        if step.role == "writer":
            return self._pieces
        return [part for part in self._pieces if told.text("responses", item.id, part).kind == "text"]

    def call(self, step: Step, item: CreativeItem, part: str, told: Told) -> Call:
        """The prompt with its modifier; for the judge with the piece. The script's judge sees the bare SEED."""
        if step.role == "writer":
            return Call(part, (("user", item.prompt_of(part)),))
        if self.options.mode == "original" and (row := told.get("responses", item.id, part)):
            return self.voices[step.name].call(part, item.prompt, [row.text], language=item.language)
        text = told.text("responses", item.id, part).text
        return self.voices[step.name].call(part, item.prompt_of(part), [text], language=item.language)

    def usual_tokens(self, item: CreativeItem) -> int:
        """Prompts ask for about 1,000 words."""
        return 1400

    def reply_tokens(self, step: Step, item: CreativeItem, size: int) -> int:
        """A judge writes an analysis of 200 words, and 22 lines."""
        return super().reply_tokens(step, item, size) if step.role == "writer" else _VERDICT_TOKENS

    def is_read(self, step: Step, row: ReplyRow) -> bool:
        """A piece of some length; all 22 scores. The script asks its judge once."""
        came = super().is_read(step, row)
        if self.options.mode == "original":
            return came and (step.role == "judge" or len(row.text) >= SHORTEST)
        if step.role == "judge":
            return row.status == "ok" and piece_score(parse_scores(row.text)) is not None
        return came and len(written(row).text) >= SHORTEST

    def row(self, item: CreativeItem, told: Told, mode: Mode) -> Row:
        """The means over the prompt's pieces; of the script, the sums over those that it has."""
        if mode == "original":
            found = [scores for part in self._pieces if (scores := _original(told, item, part))]
            sums = [score for scores in found if (score := piece_score(scores, "original")) is not None]
            shares: dict[str, Share | None] = {}
            if sums:
                # A prompt with all of its pieces weighs 1, as it does repaired; pieces weigh alike all the same.
                total, n = (value / len(self._pieces) for value in (sum(sums), len(sums)))
                shares = {"eqbench_creative_score": (total * PERCENT, n), "overall_score": (total, n)}
            return Row(item.id, shares, detail=found)
        pieces = [_piece(told, item, part) for part in self._pieces]
        repairs = frozenset[str]().union(*(piece.repairs for piece in pieces))
        scored = [piece.scores for piece in pieces if piece.scores is not None]
        if len(scored) < len(pieces):
            why = next(piece.why for piece in pieces if piece.why)
            repairs |= {"pieces"} if scored else set()
            return Row(item.id, dict.fromkeys(self._names), why, repairs, scored)
        return Row(item.id, _means(scored), None, repairs, scored)

    def given(self, fills: Fills, content: Mapping[str, Any]) -> Sequence[ReplyRow] | None:
        """A task of the published archives: pieces and what was said of them, by modifier."""
        if "results_by_modifier" not in content:
            return None
        results, number = content["results_by_modifier"], content.get("prompt_id")
        item = self.by_id.get(str(number))
        if item is None:
            raise ValueError(f"prompt_id: {str(number)[:40]!r} is no prompt")
        if not isinstance(results, dict) or not all(isinstance(result, dict) for result in results.values()):
            raise ValueError("results_by_modifier: is no object of objects")
        key = "model_response" if fills == "responses" else "raw_judge_text"
        texts = {modifier: result.get(key) for modifier, result in results.items()}
        if any(not isinstance(text, str | None) for text in texts.values()):
            raise ValueError(f"{key}: is no text")
        index = content.get("iteration_index")
        by_index = isinstance(index, int) and len(texts) == 1
        parts = {modifier: str(index) if by_index else _place(item, modifier) for modifier in texts}
        return [ReplyRow(item=item.id, part=parts[name], text=text) for name, text in texts.items() if text]

    def original_figures(self, rows: Sequence[Row]) -> dict[str, float | None]:
        """The mean over pieces, whatever their prompt, at two decimals."""
        return dict.fromkeys(self._names) | aggregate(
            ((row.item, scores) for row in rows for scores in row.detail), "original"
        )

    def remarks(self) -> tuple[str, ...]:
        """Another number of pieces than the published one."""
        n = len(self._pieces)
        return () if n == _PIECES else (f"{n} pieces for each prompt; published figures are of {_PIECES}",)

    @property
    def _pieces(self) -> Sequence[str]:
        n = cast(CreativeOptions, self.options).iterations
        return [str(number) for number in range(1, n + 1)]

    @property
    def _names(self) -> Sequence[str]:
        return [figure.name for figure in self.figures]


def _place(item: CreativeItem, modifier: str) -> str:
    """Which piece is the one with a modifier."""
    if modifier not in item.modifiers:
        raise ValueError(f"results_by_modifier: {modifier[:60]!r} is no modifier of prompt {item.id}")
    return str(item.modifiers.index(modifier) + 1)


def _original(told: Told, item: CreativeItem, part: str) -> Mapping[str, float]:
    """The scores that the script finds in the first reply; nothing where there is none."""
    replies = told.every("replies", item.id, part)
    came = bool(replies) and replies[0].status in ("ok", "truncated")
    return parse_scores(replies[0].text, "original") if came else {}


def _piece(told: Told, item: CreativeItem, part: str) -> Piece:
    """A piece, and which repairs made a difference to it."""
    text = told.text("responses", item.id, part)
    if text.kind == "empty":
        return Piece(LOWEST, None, frozenset({"unwritten"}))
    reply = told.get("replies", item.id, part)
    if reply is None:
        return Piece(None, text.why or "the judge was not asked")
    published = piece_score(_original(told, item, part), "original")
    scores = parse_scores(reply.text) if reply.status == "ok" else {}
    score = piece_score(scores)
    if score is None:
        lacking = [name for name in CRITERIA if name not in scores]
        why = reply.reason or f"{len(lacking)} of {len(CRITERIA)} criteria have no score, {lacking[0]} among them"
        return Piece(None, f"judge: {why}", frozenset() if published is None else frozenset({"partial"}))
    same = published is not None and abs(published - score) < 1e-9  # sums in another order differ in the last digits
    return Piece(scores, None, frozenset() if same else frozenset({"criteria"}))


def _means(pieces: Sequence[Mapping[str, float]]) -> dict[str, Share | None]:
    overall = fmean(cast(float, piece_score(scores)) for scores in pieces)
    by_criterion = {slug(name): (fmean(scores[name] for scores in pieces), 1.0) for name in CRITERIA}
    return {"eqbench_creative_score": (overall * PERCENT, 1.0), "overall_score": (overall, 1.0), **by_criterion}
