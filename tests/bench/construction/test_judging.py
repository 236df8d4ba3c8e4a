from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.bench.construction.asked import Author, Notices, criterion, five, settings
from tests.textmodels.servers import chatting
from weval.adapters.judge import Judge
from weval.bench.construction.judging import Case, Scores, opened_judge, rendered, shown_by
from weval.errors import AdapterError, ConfigError
from weval.types import Request, Score, Unit


@dataclass
class Scripted:
    """A judge in this process that says what a function makes of a request."""

    says: Callable[[Request], Score]
    unit: Unit = "requirement"
    asked: list[Request] = field(default_factory=list)
    reads_ids: ClassVar[bool] = False

    @property
    def fingerprint(self) -> Mapping[str, Any]:
        return {"adapter": "Scripted"}

    def score(self, requests: Iterable[Request]) -> Iterator[Score]:
        for request in requests:
            self.asked.append(request)
            yield self.says(request)


def case(**criteria: Any) -> Case:
    return Case("q1", "Write about tea.", "en", ("Long text.", "Short."), criteria or {"query": five()})


def by_length(request: Request) -> Score:
    return Score.ok(request, len(request.responses[0]))


def test_every_response_is_asked_about_by_every_criterion_once(tmp_path: Path) -> None:
    judge, watcher = Scripted(by_length), Notices()
    scores, one = Scores(judge), case(query=five(), **{"global": [criterion("Whole")]})
    scores.ask([one], tmp_path, watcher)
    assert watcher.totals == [12] and watcher.n_scored == 12
    assert len({request.id for request in judge.asked}) == 12
    (first, *_) = judge.asked
    assert first.query == first.instruction == "Write about tea." and first.language == "en"
    assert first.requirement and first.requirement.text == rendered(five()[0])
    assert (scores.mean(one, "query", "Long text."), scores.mean(one, "global", "Short.")) == (10.0, 6.0)
    assert scores.told([one], "query") == ({"ok": 10}, {})
    assert scores.costs.cost.requests == 12


def test_a_score_that_is_missing_makes_the_mean_missing(tmp_path: Path) -> None:
    def says(request: Request) -> Score:
        assert request.requirement
        if request.requirement.text.startswith("Plot") and request.responses == ("Short.",):
            return Score.missing(request, "unparsed", "no number")
        return by_length(request)

    scores, one = Scores(Scripted(says)), case()
    scores.ask([one], tmp_path, Notices())
    assert (scores.mean(one, "query", "Long text."), scores.mean(one, "query", "Short.")) == (10.0, None)
    assert scores.told([one], "query") == ({"ok": 9, "unparsed": 1}, {"unparsed": "no number"})


def test_what_does_not_apply_is_left_out_and_no_answer_is_a_failure(tmp_path: Path) -> None:
    def says(request: Request) -> Score:
        assert request.requirement
        if request.responses == ("Short.",) or request.requirement.text.startswith("Plot"):
            return Score.missing(request, "not_applicable", "no check")
        return by_length(request)

    scores, one = Scores(Scripted(says)), case()
    scores.ask([one], tmp_path, Notices())
    assert (scores.mean(one, "query", "Long text."), scores.mean(one, "query", "Short.")) == (10.0, None)
    unasked = Scores(Scripted(says))
    assert unasked.mean(one, "query", "Long text.") is None
    assert unasked.told([one], "query") == ({"failed": 10}, {"failed": "the judge gave no answer"})


def test_a_judge_that_breaks_its_contract_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(AdapterError, match="gave 2 values to one question"):
        Scores(Scripted(lambda request: Score.ok(request, 1, 2))).ask([case()], tmp_path, Notices())


def test_the_folder_is_critic_10_unless_another_is_named() -> None:
    at = {"base_url": "http://127.0.0.1:9/v1"}
    judge = opened_judge("judge:server/m", at)
    assert isinstance(judge, Judge) and judge.folder.name == "critic-10"
    other = opened_judge("judge:server/m", at | {"prompt": "requirement-binary"})
    assert isinstance(other, Judge) and other.folder.name == "requirement-binary"
    with pytest.raises(ConfigError, match="judges by response; criteria need one that judges by requirement"):
        opened_judge("judge:server/m", at | {"prompt": "rubric-10"})


def test_a_preset_keeps_its_judge_where_that_has_a_scale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    found = opened_judge("gpt-4o-judge", {})
    assert isinstance(found, Judge) and found.folder.name == "critic-10"
    critic = {"wording": "own", "parse": "strict"}
    kept = opened_judge("writing-critic:server/critic", critic | {"base_url": "http://127.0.0.1:9/v1"})
    assert isinstance(kept, Judge) and kept.folder.name == "critic-10-paper"


@pytest.mark.parametrize("model", ["length", "random"])
def test_what_judges_whole_responses_cannot_judge_by_criteria(model: str) -> None:
    with pytest.raises(ConfigError, match="criteria need one that judges by requirement"):
        opened_judge(model, {})


def test_criteria_are_shown_fenced_and_replies_are_kept(tmp_path: Path) -> None:
    author = Author({"<query-": ['{"reason": "Fine.", "score": 7}']})
    with chatting(author) as server:
        for _ in range(2):
            judge = opened_judge("judge:server/m", settings(server.url))
            scores, watcher = Scores(judge), Notices()
            scores.ask([case()], tmp_path, watcher)
            assert scores.mean(case(), "query", "Short.") == 7
    assert len(author.prompts) == 12  # two of them to try the judge
    shown = [prompt for prompt in author.prompts if "Tone: criteria_description of Tone\n1-2: 1-2 of Tone\n" in prompt]
    assert len(shown) == 2 and all("<requirement-" in prompt for prompt in shown)


def test_a_published_prompt_is_shown_the_dict() -> None:
    judge = opened_judge("judge:server/m", {"base_url": "http://127.0.0.1:9/v1"})
    assert shown_by(judge)(five()[0]).startswith("Tone: ")
    assert isinstance(judge, Judge)
    judge.options = judge.options.model_copy(update={"wording": "official"})
    assert shown_by(judge)(five()[0]) == repr(five()[0])
