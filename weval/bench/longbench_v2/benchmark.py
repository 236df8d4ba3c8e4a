"""LongBench v2 from end to end: which of four choices a writer takes on a question about a long text.

Source: THUDM/LongBench at 2e00731f (pred.py, result.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, cast

from pydantic import Field

from weval.bench.benchmark import Benchmark
from weval.bench.items import BenchItem, Call, Figure, Fills, Mode, Row, Step
from weval.bench.longbench_v2.choice import Choice, parse_choice
from weval.bench.longbench_v2.prompts import Wording, asked, conclusion, without_middle
from weval.bench.longbench_v2.questions import Placed, context_of, questions
from weval.bench.longbench_v2.table import Answered, result
from weval.bench.options import BenchOptions
from weval.bench.replies import ReplyRow
from weval.bench.result import FurtherTable
from weval.bench.told import Told

REASONING = Step("reasoning", "writer", tries=1, sampling={"max_tokens": 1024})
RESPONSES = Step("responses", "writer", tries=1, fills="responses")


class LongOptions(BenchOptions):
    """What --set takes for LongBench v2."""

    cot: bool = Field(default=False, description="have the writer reason first, and choose after that")
    context_tokens: int | None = Field(
        default=None, ge=2, description="leave out the middle of a context with more tokens than about these"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LongItem(BenchItem):
    """A question, and where its context stands: that is read when it is asked about."""

    choices: Mapping[Choice, str]
    answer: Choice
    difficulty: str
    length: str
    place: Placed


class Taken(NamedTuple):
    """The choice that a reply takes, and what that comes to. `how` is for the table of replies."""

    answered: Answered
    choice: Choice | None
    how: str


class LongBenchV2(Benchmark[LongItem]):
    """Accuracy. A reply that takes no choice is wrong."""

    options_type: ClassVar[type[BenchOptions]] = LongOptions
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure("overall", "Accuracy", 0, 100, "percent of questions answered correctly; a guess gets 25"),
    )
    repairs: ClassVar[Mapping[str, str]] = {
        "choice": "a choice is a letter that stands alone, whatever is between it and the words before it; who states "
        "two different ones takes none",
        "reasoning": "what stands in the reasoning is no answer",
        "empty": "an empty reply is wrong, where the script leaves the question out",
        "dropped": "a question whose reply never came is missing, and counted, where the script leaves it out",
    }

    @classmethod
    def steps(cls, options: BenchOptions) -> tuple[Step, ...]:
        """The answers, after the reasoning if there is any."""
        return (REASONING, RESPONSES) if cast(LongOptions, options).cot else (RESPONSES,)

    def read(self) -> Iterator[LongItem]:
        """The questions, without their contexts."""
        self._path = self.data.path("questions")
        for place, row in questions(self._path):
            yield LongItem(
                id=row.id,
                prompt=row.question,
                language="en",
                groups={"difficulty": row.difficulty, "length": row.length, "domain": row.domain},
                choices={"A": row.choice_A, "B": row.choice_B, "C": row.choice_C, "D": row.choice_D},
                answer=row.answer,
                difficulty=row.difficulty,
                length=row.length,
                place=place,
            )

    def parts(self, step: Step, item: LongItem, told: Told) -> Sequence[str]:
        """The answer is asked for where the reasoning came."""
        lacks = step is RESPONSES and self._reasons and told.text("reasoning", item.id).kind == "missing"
        return () if lacks else ("1",)

    def call(self, step: Step, item: LongItem, part: str, told: Told) -> Call:
        """The question with its context; or what was said of it so far, and the question for a choice."""
        options = cast(LongOptions, self.options)
        context = context_of(self._path, item.place, item.id)
        context = without_middle(context.strip(), options.context_tokens)
        reasoning = told.text("reasoning", item.id).text if step is RESPONSES and self._reasons else ""
        name: Wording = "reasoning" if step is REASONING or reasoning else "answer"
        question = asked(name, context, item.prompt, item.choices)
        if not reasoning:
            return Call(part, (("user", question),))
        return Call(part, (("user", question), ("assistant", reasoning), ("user", conclusion())))

    def usual_tokens(self, item: LongItem) -> int:
        """A sentence; or its reasoning."""
        return 400 if self._reasons else 10

    def row(self, item: LongItem, told: Told, mode: Mode) -> Row:
        """Whether the choice is the right one."""
        row, text = told.get("responses", item.id), told.text("responses", item.id)
        came = row is not None and text.kind != "missing"
        published = row.text if row and came and row.text.strip() else None
        old = None if published is None else parse_choice(published, "original")
        if mode == "original":
            return _row(item, old, "") if published else Row(item.id, {}, detail=_taken(item, None, "", correct=None))
        if not came:
            reasoning = told.text("reasoning", item.id).why if self._reasons else ""
            detail = _taken(item, None, "no reply", correct=None)
            return Row(item.id, {"overall": None}, reasoning or text.why, frozenset({"dropped"}), detail)
        new = parse_choice(text.text)
        how = "a choice" if new else "nothing" if text.kind == "empty" else "no choice"
        how += ", cut off" if row and row.status == "truncated" and not new else ""
        if published is None:
            return _row(item, new, how, "empty")
        if (old == item.answer) == (new == item.answer):
            return _row(item, new, how)
        return _row(item, new, how, "choice" if parse_choice(text.text, "original") == old else "reasoning")

    def given(self, fills: Fills, content: Mapping[str, Any]) -> Sequence[ReplyRow] | None:
        """A line of the published script's predictions, which repeats the question and its answer."""
        if "_id" not in content:
            return None
        number, text = content["_id"], content.get("response")
        for name, value in (("_id", number), ("response", text)):
            if not isinstance(value, str):
                raise ValueError(f"{name}: is no text")
        return [ReplyRow(item=str(number), text=str(text))]

    def original_figures(self, rows: Sequence[Row]) -> dict[str, float | None]:
        """The first column of the published table. The script stops at a class without questions."""
        return {"overall": result((row.detail.answered for row in rows), "original")["Overall"]}

    def further(self, rows: Sequence[Row]) -> tuple[FurtherTable, ...]:
        """What the replies took, and how often that was right."""
        n, right = Counter[str](), Counter[str]()
        for row in rows:
            n[row.detail.how] += 1
            right[row.detail.how] += bool(row.detail.answered.correct)
        return (
            FurtherTable(
                name="replies",
                title="Replies",
                about="what they took; a reply without a choice is wrong, a question without a reply is missing",
                headers=("reply", "questions", "right"),
                rows=tuple((how, count, right[how]) for how, count in n.most_common()),
            ),
        )

    @property
    def _reasons(self) -> bool:
        return cast(LongOptions, self.options).cot


def _taken(item: LongItem, choice: Choice | None, how: str, *, correct: bool | None) -> Taken:
    return Taken(Answered(item.difficulty, item.length, correct), choice, how)


def _row(item: LongItem, choice: Choice | None, how: str, *repairs: str) -> Row:
    correct = choice == item.answer
    detail = _taken(item, choice, how, correct=correct)
    return Row(item.id, {"overall": (100.0 * correct, 1.0)}, repairs=frozenset(repairs), detail=detail)
