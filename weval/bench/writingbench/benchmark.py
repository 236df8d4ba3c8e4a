"""WritingBench from end to end: a response to each query, and a judge's 1 to 10 for each of the query's criteria.

Source: X-PLUG/WritingBench ae2d5176 (evaluate_benchmark.py, calculate_scores.py); arXiv 2503.05244.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, cast

from pydantic import Field

from weval.adapters.judge.official import criterion as repr_of
from weval.bench.benchmark import Benchmark
from weval.bench.construction.judging import PROMPT, rendered
from weval.bench.construction.records import N_CRITERIA, Kind
from weval.bench.items import Call, Figure, Fills, Mode, Row, Share, Step
from weval.bench.options import BenchOptions
from weval.bench.replies import ReplyRow
from weval.bench.told import Told
from weval.bench.writingbench import marks
from weval.bench.writingbench.parsing import HIGH, LOW, judged_response, parse_reply
from weval.bench.writingbench.reading import QueryItem, read_items
from weval.bench.writingbench.scoring import REQUIREMENTS, criteria_means, query_mean
from weval.errors import OriginalError

RESPONSES = Step("responses", "writer", tries=1, fills="responses")
REPLIES = Step(marks.REPLIES, "judge", prompt=PROMPT, fills="replies")

SCALE = 10
"""The leaderboard shows ten times the scores of the files."""


class WritingOptions(BenchOptions):
    """What --set takes for WritingBench."""

    samples: int = Field(default=1, ge=1, le=20, description="scores for each criterion, of which the mean counts")
    criteria: Kind = Field(
        default="query", description="query: those written for each query; domain, global: weval's own, as baselines"
    )


def _figure(name: str, label: str, about: str) -> Figure:
    return Figure(name, label, SCALE * LOW, SCALE * HIGH, about)


class WritingBench(Benchmark[QueryItem]):
    """A query counts as the mean of its scores."""

    options_type: ClassVar[type[BenchOptions]] = WritingOptions
    figures: ClassVar[tuple[Figure, ...]] = (
        _figure("overall", "Overall", "the mean over queries of ten times the judge's scores"),
        *(
            figure
            for name in REQUIREMENTS
            for figure in (
                _figure(f"{name}_R", f"{name.title()} R", f"the mean over the queries that ask for a {name}"),
                _figure(f"{name}_C", f"{name.title()} C", f"of these queries, the criteria about the {name} alone"),
            )
        ),
    )
    repairs: ClassVar[Mapping[str, str]] = {
        "verdict": "a score is the integer from 1 to 10 in the JSON object that ends the reply, however it is fenced; "
        "true and 1e0 are none",
        "partial": "a query without all of its scores is missing, and counted, where the script takes those it has",
        "weights": "every query counts alike in Overall, where the script counts every score",
        "reasoning": "reasoning before the response is taken off, whatever its tags, where the script knows one tag "
        "with two line breaks; this changes what the judge sees, not how these replies are read",
        "unwritten": "an empty response gets the lowest scores without a judge",
    }

    @classmethod
    def steps(cls, options: BenchOptions) -> tuple[Step, ...]:
        """The responses, then what the judge says of each by each criterion."""
        return RESPONSES, REPLIES

    def read(self) -> Iterator[QueryItem]:
        """The queries."""
        return read_items(self.data, self._options.criteria)

    def parts(self, step: Step, item: QueryItem, told: Told) -> Sequence[str]:
        """Each criterion, where there is a text; the script asks about an empty one too."""
        if step.role == "writer":
            return ("1",)
        kinds = ("text", "empty") if self.options.mode == "original" else ("text",)
        return self._parts(item) if told.text("responses", item.id).kind in kinds else ()

    def call(self, step: Step, item: QueryItem, part: str, told: Told) -> Call:
        """The query as it is; for the judge with the response and one criterion."""
        if step.role == "writer":
            return Call(part, (("user", item.prompt),))
        row, place, voice = told.get("responses", item.id), marks.place_of(part), self.voices[step.name]
        assert row is not None and place is not None, "a judge is asked about texts"
        criterion = (repr_of if voice.official else rendered)(item.criteria[place])
        response = judged_response(row.text, self.options.mode) or ""
        return voice.call(part, item.prompt, [response], [criterion], item.language)

    def is_read(self, step: Step, row: ReplyRow) -> bool:
        """A score from 1 to 10."""
        if step.role == "writer":
            return super().is_read(step, row)
        return row.status == "ok" and parse_reply(row.text, self.options.mode) is not None

    def row(self, item: QueryItem, told: Told, mode: Mode) -> Row:
        """The mean of all scores; for a requirement of the query the same, and the scores by the criteria about it."""
        before = marks.original_scores(item, told)
        if mode == "original":
            return self._original(item, before)
        response = told.text("responses", item.id)
        if response.kind == "empty":
            lowest: marks.Scores = {fields["name"]: [LOW] for fields in item.criteria}
            return self._row(item, lowest, None, frozenset({"unwritten"}))
        scores = marks.scores_of(item, told, self._parts(item))
        repairs = marks.repairs_made(item, told, scores, before)
        if query_mean(scores) is None:
            return self._row(item, scores, response.why or marks.why_missing(item, told, self._parts(item)), repairs)
        uneven = len(item.criteria) != N_CRITERIA
        return self._row(item, scores, None, repairs | ({"weights"} if uneven else set()))

    def given(self, fills: Fills, content: Mapping[str, Any]) -> Sequence[ReplyRow] | None:
        """A line of the published score files: `{"index", "scores": {criterion: [{"score", "reason"}]}}`."""
        if fills == "responses":
            return None
        key = str(content.get("index", content.get("item", content.get("id", ""))))
        item = self.by_id.get(key)
        if "scores" not in content:
            place = marks.place_of(str(content.get("part")))
            if place is None:
                raise ValueError("holds no scores by criterion, and no part, which is c1 for the first criterion")
            if item and place >= len(item.criteria):
                raise ValueError(f"part: query {key} has {len(item.criteria)} criteria")
            return None
        if not isinstance(content["scores"], dict):
            raise ValueError("scores: is no object with scores by criterion")
        if item is None:
            raise ValueError(f"index: {key[:40]!r} is no query here")
        return marks.published_rows(item, content["scores"])

    def remarks(self) -> tuple[str, ...]:
        """What the queries and criteria are, where they are not those of the leaderboard."""
        kind, found = self._options.criteria, []
        if kind != "query":
            whose = "one set for all queries" if kind == "global" else "one set for each domain"
            found.append(f"criteria: weval's own, {whose}; a baseline, not WritingBench's figures")
        if self.data.set_name != self.data.spec.default_set and not self.data.is_own:
            found.append(f"these are {len(self.items):,} queries, not the 1,000 of the leaderboard: {self._which}")
        return tuple(found)

    @property
    def _options(self) -> WritingOptions:
        return cast(WritingOptions, self.options)

    @property
    def _which(self) -> str:
        first = self.data.set_name == "v1"
        return "the first release, those with a requirement" if first else "those that ask for a length"

    def _parts(self, item: QueryItem) -> list[str]:
        samples = range(1, self._options.samples + 1)
        return [marks.part_name(place, sample) for place in range(len(item.criteria)) for sample in samples]

    def _row(self, item: QueryItem, scores: marks.Scores, why: str | None, repairs: frozenset[str]) -> Row:
        """A query's row by its scores; `why` says why they are not complete."""
        mean = query_mean(scores)
        whole: Share | None = None if mean is None else (SCALE * mean, 1.0)
        shares, weights = {"overall": whole}, dict[str, float]()
        for name, about in item.requirements.items():
            shares[f"{name}_R"] = whole
            if self._options.criteria == "query":
                means, weights[f"{name}_C"] = criteria_means(scores, about) if about else None, float(len(about) or 1)
                shares[f"{name}_C"] = None if means is None else (SCALE * sum(means), float(len(means)))
                why = why or (f"which of its criteria are about the {name} is not told" if means is None else None)
        return Row(item.id, shares, why, repairs, scores, weights)

    def _original(self, item: QueryItem, scores: marks.Scores) -> Row:
        """What the script counts of a query: nothing where it has no line. Raises OriginalError where it stops."""
        if not scores:
            return Row(item.id, {}, detail=scores)
        try:
            marks.check_original(scores)
            known = [score for given in scores.values() for score in given if score is not None]
            mean = query_mean(scores, "original") or 0.0
            # A usual query has the weight 1, as it has repaired; only how scores weigh against each other matters.
            usual = N_CRITERIA * self._options.samples
            shares: dict[str, Share | None] = {"overall": (SCALE * sum(known) / usual, len(known) / usual)}
            for name, about in item.requirements.items():
                shares[f"{name}_R"] = (SCALE * mean, 1.0)
                if self._options.criteria == "query":
                    if not about:
                        raise OriginalError(f"WritingBench's script has a KeyError: {name} has no criteria of it")
                    means = criteria_means(scores, about, "original") or []
                    shares[f"{name}_C"] = (SCALE * sum(means), float(len(means)))
        except OriginalError as error:
            raise OriginalError(f"query {item.id}: {error}") from None
        return Row(item.id, shares, detail=scores)
