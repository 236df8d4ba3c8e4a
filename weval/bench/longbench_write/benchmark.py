"""LongBench-Write and LongWrite-Ruler: is a text as long as it was asked to be, and is it any good?

Source: THUDM/LongWriter 3fcfdff4, evaluation/ (pred.py, eval_length.py, eval_quality.py, judge.txt).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from weval.bench.benchmark import Benchmark
from weval.bench.figures import original_values
from weval.bench.items import BenchItem, Call, Figure, Mode, Row, Share, Step
from weval.bench.language import language_of
from weval.bench.longbench_write.parsing import DIMENSIONS, judged_original, parse_quality
from weval.bench.longbench_write.scoring import bucket, count_words, dimension_score, length_score, quality
from weval.bench.options import BenchOptions
from weval.bench.replies import ReplyRow
from weval.bench.told import Told, Written
from weval.errors import OriginalError
from weval.files import Problems, read_jsonl
from weval.types import Record, Text

RESPONSES = Step("responses", "writer", tries=1, fills="responses")
REPLIES = Step("replies", "judge", prompt="writing-quality-6", fills="replies")

S_L = Figure("s_l", "S_l", 0, 100, "how near the length is to the one asked for; 0 at a third or four times of it")
_QUALITY = tuple(
    Figure(name.lower().replace(" ", "_"), name, 0, 100, f"{name.lower()}, 1 to 5 by the judge, as 0 to 100")
    for name in DIMENSIONS
)


class PromptRow(Record):
    """One line of the published files."""

    prompt: Text
    type: Text
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LengthItem(BenchItem):
    """A request and the words that it asks for."""

    required: int


class Lengths(NamedTuple):
    """Words asked for and written, for the chart of one against the other; None where there is no text."""

    required: int
    written: int | None


class LongWriteRuler(Benchmark[LengthItem]):
    """Length alone."""

    figures: ClassVar[tuple[Figure, ...]] = (S_L,)
    repairs: ClassVar[Mapping[str, str]] = {
        "words": "words of every script are counted, numbers and Latin words within Chinese text among them",
        "reasoning": "reasoning before the text is no part of it",
        "empty": "an empty text scores 0, where the script stops",
    }

    @classmethod
    def steps(cls, options: BenchOptions) -> tuple[Step, ...]:
        """The texts."""
        return (RESPONSES,)

    def read(self) -> Iterator[LengthItem]:
        """The requests, by their place in the file."""
        path = self.data.path("prompts")
        problems = Problems(path)
        for line, row in read_jsonl(path, PromptRow, problems):
            if row.length < 1:
                problems.add(line, "length", f"is {row.length}; at least 1 word")
            language = language_of(row.prompt)
            groups = {"language": language, "length": bucket(row.length), "type": row.type}
            yield LengthItem(
                id=str(line), prompt=row.prompt, language=language, groups=groups, required=max(1, row.length)
            )
        problems.check()

    def call(self, step: Step, item: LengthItem, part: str, told: Told) -> Call:
        """The request as it is."""
        return Call(part, (("user", item.prompt),))

    def usual_tokens(self, item: LengthItem) -> int:
        """As long as asked for: four tokens for three words."""
        return max(1, item.required * 4 // 3)

    def row(self, item: LengthItem, told: Told, mode: Mode) -> Row:
        """The length score."""
        response = told.text("responses", item.id)
        known = response.kind in ("text", "empty")
        lengths = Lengths(item.required, count_words(response.text) if known else None)
        share, repairs = self._length(item, told, response, lengths.written, mode)
        shares = {} if response.kind == "unknown" else {"s_l": share}
        return Row(item.id, shares, response.why or None, repairs, lengths)

    def _length(
        self, item: LengthItem, told: Told, response: Written, written: int | None, mode: Mode
    ) -> tuple[Share | None, frozenset[str]]:
        """The length score, and which repairs made a difference to it."""
        row = told.get("responses", item.id)
        if row is None or written is None:
            return None, frozenset()
        if mode == "original":
            try:
                return (length_score(item.required, count_words(row.text, "original"), "original"), 1.0), frozenset()
            except OriginalError as error:
                raise OriginalError(f"item {item.id}: {error}") from None
        score = length_score(item.required, written)
        found = {"empty"} if response.kind == "empty" else set()
        raw = count_words(row.text, "original")
        if response.text != row.text.strip() and count_words(response.text, "original") != raw:
            found.add("reasoning")
        elif raw and length_score(item.required, raw) != score:
            found.add("words")
        return (score, 1.0), frozenset(found)


class LongBenchWrite(LongWriteRuler):
    """Length and quality; S-bar is the mean of both."""

    figures: ClassVar[tuple[Figure, ...]] = (
        Figure("s_bar", "S-bar", 0, 100, "the mean of S_l and S_q"),
        S_L,
        Figure("s_q", "S_q", 0, 100, "the mean of the six dimensions of quality"),
        *_QUALITY,
    )
    repairs: ClassVar[Mapping[str, str]] = {
        **LongWriteRuler.repairs,
        "dropped": "a text whose verdict cannot be read is missing, and counted, where the script drops it",
        "verdict": "a verdict is six integers from 1 to 5 in one JSON object, not any number, and not half an object",
        "unwritten": "an empty text gets the lowest marks without a judge",
    }

    @classmethod
    def steps(cls, options: BenchOptions) -> tuple[Step, ...]:
        """The texts, then what the judge says of each."""
        return RESPONSES, REPLIES

    def parts(self, step: Step, item: LengthItem, told: Told) -> Sequence[str]:
        """A judge is asked where there is a text."""
        if step.role == "writer" or told.text("responses", item.id).kind == "text":
            return ("1",)
        return ()

    def call(self, step: Step, item: LengthItem, part: str, told: Told) -> Call:
        """The request; or the request and the text, for the judge."""
        if step.role == "writer":
            return super().call(step, item, part, told)
        row = told.get("responses", item.id)
        original = self.options.mode == "original" and row is not None
        text = row.text if original and row else told.text("responses", item.id).text
        return self.voices[step.name].call(part, item.prompt, [text], language=item.language)

    def is_read(self, step: Step, row: ReplyRow) -> bool:
        """A verdict of the six dimensions."""
        if step.role == "writer":
            return super().is_read(step, row)
        return row.status == "ok" and parse_quality(row.text, self.options.mode) is not None

    def row(self, item: LengthItem, told: Told, mode: Mode) -> Row:
        """The length score, the six dimensions, and the mean of both."""
        length = super().row(item, told, mode)
        dimensions, why, repairs = self._quality(item, told, mode)
        shares = dict(length.shares)
        if dimensions is None:
            # Of verdicts alone, without the texts, no length is known, nor what takes it.
            absent = {"s_l"} if "s_l" in shares else {"s_l", "s_bar"}
            shares |= {figure.name: None for figure in self.figures if figure.name not in absent}
        elif dimensions:
            marks = {
                figure.name: (dimension_score(dimensions[figure.label]), 1.0)
                for figure in self.figures
                if figure.label in dimensions
            }
            found = quality(dimensions)
            shares |= marks | {"s_q": (found, 1.0)}
            if "s_l" in length.shares:
                of_length = length.shares["s_l"]
                shares["s_bar"] = None if of_length is None else ((of_length[0] + found) / 2, 1.0)
        return Row(item.id, shares, length.why or why, length.repairs | repairs, length.detail)

    def original_figures(self, rows: Sequence[Row]) -> dict[str, float | None]:
        """S-bar is the mean of two means, which need not be of the same texts."""
        found = original_values(self.figures, rows)
        s_l, s_q = found["s_l"], found["s_q"]
        return found | {"s_bar": None if s_l is None or s_q is None else (s_l + s_q) / 2}

    def _quality(
        self, item: LengthItem, told: Told, mode: Mode
    ) -> tuple[Mapping[str, float] | None, str | None, frozenset[str]]:
        """The dimensions (None: missing, and why; empty: nothing to count), and which repairs made a difference."""
        attempts = told.every("replies", item.id)
        original, _ = judged_original([row.text for row in attempts]) if attempts else (None, 0)
        if mode == "original":
            return _counted(item, original), None, frozenset()
        response = told.text("responses", item.id)
        if response.kind == "empty":
            return dict.fromkeys(DIMENSIONS, 1.0), None, frozenset({"unwritten"})
        reply = told.get("replies", item.id)
        if reply is None:
            return None, response.why or "the judge was not asked", frozenset()
        read = parse_quality(reply.text) if reply.status == "ok" else None
        if read is None:
            why = reply.reason or "the judge's verdict cannot be read"
            return None, f"judge: {why}", frozenset({"dropped" if original is None else "verdict"})
        return read, None, frozenset() if original == read or _same(original, read) else frozenset({"verdict"})


def _counted(item: LengthItem, scores: object) -> Mapping[str, float]:
    """What the script counts; nothing for an item that it drops. Raises OriginalError for what stops it."""
    if scores is None:
        return {}
    if not isinstance(scores, dict):
        raise OriginalError(f"item {item.id}: the verdict {scores!r} is no object; the script stops at it")
    try:
        return {name: float(scores[name]) for name in DIMENSIONS}
    except (TypeError, ValueError, KeyError) as error:
        raise OriginalError(f"item {item.id}: {error}; the script stops at it") from None


def _same(original: object, read: Mapping[str, float]) -> bool:
    return isinstance(original, dict) and all(original.get(name) == value for name, value in read.items())
