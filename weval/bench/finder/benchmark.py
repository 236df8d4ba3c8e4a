"""FINDER: which points of its checklist does a research report fulfil?

Source: OPPO-PersonalAI/FINDER_DEFT bdabeb9d, checklist_eval/llm_judge.py and data/reference/checklist.jsonl.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import Field

from weval.adapters.judge.outcome import NoVerdict
from weval.bench.benchmark import Benchmark
from weval.bench.finder.replies import met_original, read_met
from weval.bench.finder.scoring import is_empty_article
from weval.bench.items import BenchItem, Call, Figure, Fills, Mode, Row, Step
from weval.bench.options import BenchOptions
from weval.bench.replies import ReplyRow
from weval.bench.told import Told, Written
from weval.files import Problems, one_line, read_jsonl
from weval.types import Id, Record, Text

RESPONSES = Step("responses", "writer", tries=1, fills="responses")
REPLIES = Step("replies", "judge", prompt="checklist-yes-no", fills="replies")

PASS_RATE, TASKS_PASSED = "pass_rate", "tasks_passed"


class Point(Record):
    """A point of a checklist."""

    title: Text
    description: Text


class ChecklistRow(Record):
    """A line of checklist.jsonl."""

    id: int
    topic: Id
    language: Id
    prompt: Text
    checklist: Annotated[tuple[Point, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class FinderItem(BenchItem):
    """A task and its checklist."""

    points: tuple[Point, ...]

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of the points among the replies, from 1 on."""
        return tuple(str(number) for number in range(1, len(self.points) + 1))


class Finder(Benchmark[FinderItem]):
    """A judge is asked about every point by itself, and shown the report without its task."""

    figures: ClassVar[tuple[Figure, ...]] = (
        Figure(PASS_RATE, "Pass rate", 0, 100, "the share of all points that are fulfilled, in percent", decimals=2),
        Figure(TASKS_PASSED, "Tasks passed", 0, 100, "the share of tasks all of whose points are, in percent"),
    )
    repairs: ClassVar[Mapping[str, str]] = {
        "word": "the answer is the word with which a reply begins or ends, not yes or no anywhere in it",
        "unread": "a task with an answer that cannot be read, or never came, is missing; the script takes that for No",
        "empty": "an empty report fulfils nothing, where the script leaves its task out",
    }

    @classmethod
    def steps(cls, options: BenchOptions) -> tuple[Step, ...]:
        """The reports, then what the judge says of each point."""
        return RESPONSES, REPLIES

    def read(self) -> Iterator[FinderItem]:
        """The tasks in the order of the file."""
        path = self.data.path("checklist")
        problems = Problems(path)
        rows: dict[str, ChecklistRow] = {}
        for line, row in read_jsonl(path, ChecklistRow, problems):
            if str(row.id) in rows:
                problems.add(line, "id", f"{row.id} is there already")
            if len({point.title for point in row.checklist}) < len(row.checklist):
                problems.add(line, "checklist", "two points have the same title")
            rows[str(row.id)] = row
        problems.check()
        topics = topic_names([row.topic for row in rows.values()])
        for name, row in rows.items():
            groups = {"language": row.language, "topic": topics[row.topic]}
            yield FinderItem(id=name, prompt=row.prompt, language=row.language, groups=groups, points=row.checklist)

    def parts(self, step: Step, item: FinderItem, told: Told) -> Sequence[str]:
        """A judge is asked about each point, where there is a report."""
        if step == RESPONSES:
            return ("1",)
        text = told.text(RESPONSES.name, item.id)
        return item.parts if text.kind == "text" and not _is_empty(text) else ()

    def call(self, step: Step, item: FinderItem, part: str, told: Told) -> Call:
        """The task; or the report and one point."""
        if step == RESPONSES:
            return Call(part, (("user", item.prompt),))
        point = item.points[int(part) - 1]
        text = told.text(RESPONSES.name, item.id).text
        asked = f"{point.title}\n{point.description}"
        return self.voices[step.name].call(part, item.prompt, [text], [asked], item.language)

    def is_read(self, step: Step, row: ReplyRow) -> bool:
        """An answer; in mode original every reply is one."""
        if step == RESPONSES or self.options.mode == "original":
            return super().is_read(step, row)
        return _answer(row)[0] is not None

    def row(self, item: FinderItem, told: Told, mode: Mode) -> Row:
        """How many points are fulfilled."""
        text = told.text(RESPONSES.name, item.id)
        original = None if _is_empty(text) else self._original(item, told)
        if mode == "original":
            return Row(item.id, {} if original is None else _counted(original))
        if _is_empty(text):
            why = text.why or "the writer wrote nothing"
            return Row(item.id, _counted([False] * len(item.points)), why, frozenset({"empty"}))
        answers, reasons = [], []
        for part in item.parts:
            answer, why = _answer(told.get(REPLIES.name, item.id, part))
            answers.append(answer)
            reasons += [f"judge: point {part}: {why}"] if answer is None else []
        if reasons:
            unread = frozenset() if original is None else frozenset({"unread"})
            missing, weights = {PASS_RATE: None, TASKS_PASSED: None}, {PASS_RATE: float(len(item.points))}
            return Row(item.id, missing, text.why or reasons[0], unread, weights=weights)
        met = [bool(answer) for answer in answers]
        return Row(item.id, _counted(met), None, frozenset() if met == original else frozenset({"word"}))

    def given(self, fills: Fills, content: Mapping[str, Any]) -> Sequence[ReplyRow] | None:
        """An answer to a point, which is named by `title` or by `part`, its number."""
        if fills != "replies":
            return None
        item = self.by_id.get(str(content.get("item", content.get("id"))))
        if item is None:
            return None
        if "part" in content:
            if str(content["part"]) not in item.parts:
                raise ValueError(f"part: {one_line(str(content['part']), 40)} is none of {', '.join(item.parts)}")
            return None
        title, text = content.get("title"), content.get("reply", content.get("text"))
        part = next((part for part, point in zip(item.parts, item.points, strict=True) if point.title == title), None)
        if part is None:
            raise ValueError(f"part: is missing, and title is that of no point of task {item.id}")
        if not isinstance(text, str):
            raise ValueError("holds no text under reply, text")
        return [ReplyRow(item=item.id, part=part, text=text)]

    def _original(self, item: FinderItem, told: Told) -> list[bool] | None:
        """What the published script takes each point for; None where it was asked about none."""
        if not told.parts(REPLIES.name, item.id):
            return None
        every = ([_said(row) for row in told.every(REPLIES.name, item.id, part)] for part in item.parts)
        return [met_original(replies or [None])[0] for replies in every]


def topic_names(topics: Iterable[str]) -> dict[str, str]:
    """One name for topics that differ in blanks and capitals only: that with the most blanks, then the first.

    >>> topic_names(["Art&Design", "Art & Design"])
    {'Art&Design': 'Art & Design', 'Art & Design': 'Art & Design'}
    """
    found = list(dict.fromkeys(topics))
    best: dict[str, str] = {}
    for topic in sorted(found, key=lambda name: (-name.count(" "), name)):
        best.setdefault(_letters(topic), topic)
    return {topic: best[_letters(topic)] for topic in found}


def _letters(topic: str) -> str:
    return "".join(topic.split()).casefold()


def _is_empty(text: Written) -> bool:
    return text.kind == "empty" or (text.kind == "text" and is_empty_article(text.text))


def _said(row: ReplyRow) -> str | None:
    """What the published script gets; None for a call that failed."""
    return None if row.status == "failed" else row.text


def _answer(row: ReplyRow | None) -> tuple[bool | None, str]:
    """Whether a point is met, or None and why."""
    if row is None:
        return None, "was not asked"
    if row.status != "ok":
        return None, row.reason or row.status
    try:
        return read_met(row.text), ""
    except NoVerdict as none:
        return None, str(none)


def _counted(met: Sequence[bool]) -> dict[str, tuple[float, float] | None]:
    return {PASS_RATE: (100.0 * sum(met), float(len(met))), TASKS_PASSED: (100.0 * all(met), 1.0)}
