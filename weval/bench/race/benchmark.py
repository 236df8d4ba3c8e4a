"""DeepResearch Bench RACE: how good is a research report beside a reference, on criteria made for its task?

Source: Ayanami0730/deep_research_bench 214741e4, deepresearch_bench_race.py and utils/. The criteria are the
task's own, and weighted; what a report has is its share of the points that it and the reference have together.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

from pydantic import Field

from weval.adapters.judge.outcome import NoVerdict
from weval.adapters.judge.reasoning import parted
from weval.bench.benchmark import Benchmark
from weval.bench.items import Call, Figure, Fills, Mode, Row, Step
from weval.bench.options import BenchOptions
from weval.bench.race.given import FIGURES, FIRST, RESULT, SECOND, given_reply, result_of
from weval.bench.race.replies import read_shares, shares_original
from weval.bench.race.scoring import both_orders
from weval.bench.race.tasks import RaceItem, read_references, read_tasks, shown_criteria, texts_of
from weval.bench.replies import ReplyRow
from weval.bench.result import FurtherTable
from weval.bench.told import Told
from weval.errors import DataError

RESPONSES = Step("responses", "writer", tries=1, fills="responses")
CLEANED = Step("cleaned", "judge", prompt="race-clean")
REPLIES = Step("replies", "judge", prompt="race", fills="replies")

SHORTEST = 100
"""Characters of a cleaned report; the original's own bound."""

OVERALL, *_ = FIGURES
_SHARE = "the report's share of the points that it and the reference have together"
_HALF = "0.5 is as good as the reference"
_SAME = 1e-9
_PER_CRITERION = 60
"""Tokens of what is said of one."""

_LABELS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "comprehensiveness": ("Comprehensiveness", "how much of the subject it covers"),
        "insight": ("Insight", "how deep it goes"),
        "instruction_following": ("Instructions", "how far it does what was asked"),
        "readability": ("Readability", "how well it reads"),
    }
)


class RaceOptions(BenchOptions):
    """What --set takes."""

    clean: bool = Field(default=True, description="whether a judge takes the citations out of a report first")


class Orders(NamedTuple):
    """The report's overall share where it is shown first, and where it is shown second."""

    first: float
    second: float


class Race(Benchmark[RaceItem]):
    """Each report beside the reference of its task, in both orders."""

    options_type: ClassVar[type[BenchOptions]] = RaceOptions
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure(OVERALL, "Overall", 0, 1, f"{_SHARE}; {_HALF}", decimals=4),
        *(Figure(name, label, 0, 1, f"{_SHARE}, for {about}", decimals=4) for name, (label, about) in _LABELS.items()),
    )
    repairs: ClassVar[Mapping[str, str]] = {
        "orders": "both articles are shown in both orders and the mean is taken, where the report is always the first",
        "verdict": "every criterion is scored once, from 0 to 10; none is guessed, left out or counted twice",
        "dropped": "a task without a verdict that can be read is missing, and counted, where the script drops it",
        "empty": "an empty report has 0 points, where the script drops its task",
        "short": f"a report of less than {SHORTEST} characters is judged as it is, where the script drops its task",
    }
    _references: Mapping[str, str] = MappingProxyType({})
    _has_results = False

    @classmethod
    def steps(cls, options: BenchOptions) -> tuple[Step, ...]:
        """The reports, the same without citations, then what the judge says of each."""
        return (RESPONSES, CLEANED, REPLIES) if _cleans(options) else (RESPONSES, REPLIES)

    def read(self) -> Iterator[RaceItem]:
        """The tasks with their criteria."""
        return read_tasks(self.data.path("queries"), self.data.path("criteria"))

    def needs(self, asked: Sequence[Step], items: Sequence[RaceItem]) -> None:
        """The reference reports, where a judge is to be shown them."""
        if REPLIES in asked:
            self._references = read_references(self.data.path("references"), items)

    def parts(self, step: Step, item: RaceItem, told: Told) -> Sequence[str]:
        """A judge is asked where there is a text."""
        if step == RESPONSES:
            return ("1",)
        text = told.text(RESPONSES.name, item.id)
        if text.kind != "text":
            return ()
        if step == CLEANED:
            return ("1",)
        if self._report(item, told) is None:
            return ()
        return (FIRST,) if self.options.mode == "original" else (FIRST, SECOND)

    def call(self, step: Step, item: RaceItem, part: str, told: Told) -> Call:
        """The task; the report to be cleaned; or both reports and the criteria, without their weights."""
        if step == RESPONSES:
            return Call(part, (("user", item.prompt),))
        voice = self.voices[step.name]
        if step == CLEANED:
            return voice.call(part, item.prompt, [told.text(RESPONSES.name, item.id).text], language=item.language)
        articles = [self._report(item, told) or "", self._references[item.id]]
        shown = articles if part == FIRST else articles[::-1]
        return voice.call(part, item.prompt, shown, shown_criteria(item), item.language)

    def reply_tokens(self, step: Step, item: RaceItem, size: int) -> int:
        """Who cleans a report writes all of it again; who judges, a sentence or two on every criterion."""
        if step == CLEANED:
            return size
        return super().reply_tokens(step, item, size) if step == RESPONSES else _PER_CRITERION * len(texts_of(item))

    def is_read(self, step: Step, row: ReplyRow) -> bool:
        """A cleaned report that is there; a verdict on every criterion."""
        if step == RESPONSES:
            return super().is_read(step, row)
        if row.status != "ok":
            return False
        if step == CLEANED:
            return _cleaned(row) is not None
        item = self.by_id.get(row.item)
        if item is None or row.part == RESULT:
            return item is not None
        if self.options.mode == "original":
            return shares_original([row.text], item)[1] == 1
        return _shares(row, item)[0] is not None

    def row(self, item: RaceItem, told: Told, mode: Mode) -> Row:
        """The mean of the shares in both orders; in mode original the shares where the report is first."""
        if (result := told.get(REPLIES.name, item.id, RESULT)) is not None:
            return self._brought(item, result, mode)
        original = self._original(item, told)
        if mode == "original":
            return Row(item.id, _counted(original) if original else {})
        text = told.text(RESPONSES.name, item.id)
        if text.kind == "empty":
            return Row(item.id, _counted(dict.fromkeys(FIGURES, 0.0)), text.why, frozenset({"empty"}))
        first, why = self._verdict(item, told, self._first(item, told))
        second, why_second = self._verdict(item, told, SECOND)
        mean = both_orders(first, second)
        if first is None or second is None or mean is None:
            cause = "dropped" if not original else "verdict" if first is None else "orders"
            return Row(item.id, dict.fromkeys(FIGURES), text.why or why or why_second, frozenset({cause}))
        repairs = set()
        if original is None and text.kind == "text" and self._is_short(text.text):
            repairs.add("short")
        elif not _same(original, first):
            repairs.add("verdict")
        if not _same(first, mean):
            repairs.add("orders")
        return Row(item.id, _counted(mean), None, frozenset(repairs), Orders(first[OVERALL], 1 - second[OVERALL]))

    def given(self, fills: Fills, content: Mapping[str, Any]) -> Sequence[ReplyRow] | None:
        """Rows of raw_results.jsonl, and judges' outputs in the published form."""
        found = given_reply(content, self.by_id) if fills == "replies" else None
        self._has_results |= found is not None and found.part == RESULT
        return None if found is None else [found]

    def further(self, rows: Sequence[Row]) -> tuple[FurtherTable, ...]:
        """Whether the judge prefers what it sees first."""
        orders = [row.detail for row in rows if isinstance(row.detail, Orders)]
        if not orders:
            return ()
        first, second = (fmean(found) for found in zip(*orders, strict=True))
        return (
            FurtherTable(
                name="orders",
                title="Which article is shown first",
                about=f"the overall share of the same {len(orders)} reports; the difference is the judge's, not theirs",
                headers=("shown first", "Overall"),
                rows=(("the report", first), ("the reference", second), ("difference", first - second)),
            ),
        )

    def remarks(self) -> tuple[str, ...]:
        """What is to be known of shares that were brought."""
        if not self._has_results:
            return ()
        return (
            "the shares that were brought are of one order, the report first; what the judge owes to it is in them",
        )

    def _is_short(self, text: str) -> bool:
        """Whether a report is too short for the original's cleaning."""
        return _cleans(self.options) and len(text) < SHORTEST

    def _report(self, item: RaceItem, told: Told) -> str | None:
        """What the judge is shown; None where cleaning has not come to anything."""
        text = told.text(RESPONSES.name, item.id).text
        row = told.get(CLEANED.name, item.id)
        if not _cleans(self.options) or self._is_short(text):
            return text
        return _cleaned(row) if row and row.status == "ok" else None

    def _first(self, item: RaceItem, told: Told) -> str:
        """The part of the replies where the report is first; in files without parts it is all there is."""
        return "1" if "1" in told.parts(REPLIES.name, item.id) else FIRST

    def _verdict(self, item: RaceItem, told: Told, part: str) -> tuple[dict[str, float] | None, str]:
        """The shares of the article that is shown first in this part, or None and why."""
        row = told.get(REPLIES.name, item.id, part)
        if row is not None:
            shares, why = _shares(row, item)
            return shares, why and f"judge (report {part}): {why}"
        cleaned = told.get(CLEANED.name, item.id) if _cleans(self.options) else None
        if cleaned is not None and _cleaned(cleaned) is None:
            return None, f"cleaning: {cleaned.reason or f'there are fewer than {SHORTEST} characters'}"
        return None, f"judge (report {part}): was not asked"

    def _original(self, item: RaceItem, told: Told) -> dict[str, float] | None:
        """What the published script makes of the replies where the report is first; None: it drops the task."""
        text = told.text(RESPONSES.name, item.id)
        rows = told.every(REPLIES.name, item.id, self._first(item, told))
        if not rows or text.kind in ("empty", "missing") or (text.kind == "text" and self._is_short(text.text)):
            return None
        return shares_original([row.text if row.status in ("ok", "truncated") else None for row in rows], item)[0]

    def _brought(self, item: RaceItem, row: ReplyRow, mode: Mode) -> Row:
        """Shares that somebody has computed already."""
        self._has_results = True
        try:
            if row.status != "ok":
                raise DataError(row.reason or "there is no result")
            return Row(item.id, _counted(result_of(row.text)))
        except DataError as error:
            missing = dict[str, None]() if mode == "original" else dict.fromkeys(FIGURES)
            return Row(item.id, missing, f"result: {error}", frozenset({"dropped"}))


def _cleans(options: BenchOptions) -> bool:
    return isinstance(options, RaceOptions) and options.clean


def _cleaned(row: ReplyRow) -> str | None:
    """The report that a judge gave back, if it is one."""
    try:
        text = parted(row.text).answer.strip()
    except NoVerdict:
        return None
    return text if len(text) >= SHORTEST else None


def _shares(row: ReplyRow, item: RaceItem) -> tuple[dict[str, float] | None, str]:
    """The shares in a reply, or None and why."""
    if row.status != "ok":
        return None, row.reason or row.status
    try:
        return read_shares(row.text, item), ""
    except NoVerdict as none:
        return None, str(none)


def _counted(shares: Mapping[str, float]) -> dict[str, tuple[float, float] | None]:
    return {name: (shares[name], 1.0) for name in FIGURES}


def _same(one: Mapping[str, float] | None, other: Mapping[str, float]) -> bool:
    return one is not None and all(math.isclose(one[name], other[name], abs_tol=_SAME) for name in FIGURES)
