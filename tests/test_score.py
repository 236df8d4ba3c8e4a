from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.factories import Scripted, write_rows
from weval import score
from weval.errors import AdapterError, ConfigError
from weval.score import score_texts
from weval.types import Request, Score, Unit

TEXTS = ["Hot water?", "asdf asdf"]


def scripted(unit: Unit, answer: Any, monkeypatch: pytest.MonkeyPatch) -> Scripted:
    adapter = Scripted(unit, answer)
    monkeypatch.setattr(score, "open_adapter", lambda model, settings: adapter)
    return adapter


def by_length(request: Request) -> Score:
    return Score.ok(request, float(len(request.responses[0])))


def test_a_response_has_one_answer() -> None:
    found = score_texts("length", "Tea.", TEXTS, ["Mention water."], {})
    assert (found.unit, found.scores) == ("response", (10.0, 9.0))
    assert [answer.responses for answer in found.answers] == [(1,), (2,)]
    assert found.certificate is None


def test_requirements_are_asked_one_by_one_and_averaged() -> None:
    found = score_texts("keywords", "Tea.", TEXTS, ["Mention water.", "asdf"], {})
    assert [(answer.responses, answer.requirement) for answer in found.answers] == [
        ((1,), 1), ((1,), 2), ((2,), 1), ((2,), 2),
    ]  # fmt: skip
    assert found.scores == (0.25, 0.5)


def test_what_is_asked_holds_the_whole_query(monkeypatch: pytest.MonkeyPatch) -> None:
    adapter = scripted("requirement", by_length, monkeypatch)
    score_texts("length", "Tea.", TEXTS[:1], ["One.", "Two."], {})
    assert {request.query for request in adapter.asked} == {"Tea. One. Two."}
    assert [request.asked for request in adapter.asked] == ["Tea. One.", "Tea. Two."]
    assert len({request.id for request in adapter.asked}) == 2


def test_pairs_are_shown_in_both_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted("pair", lambda request: Score.ok(request, float(request.responses[0] == "Hot water?")), monkeypatch)
    found = score_texts("length", "Tea.", [*TEXTS, "third"], [], {})
    assert len(found.answers) == 6
    assert found.scores == (1.0, 0.25, 0.25)


def test_a_list_has_a_value_for_each_text() -> None:
    assert score_texts("first", "Tea.", TEXTS, [], {}).scores == (0.0, -1.0)


def test_a_missing_answer_is_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(request: Request) -> Score:
        status = "failed" if "Hot" in request.responses[0] else "not_applicable"
        return Score.missing(request, status, "said nothing") if request.asked.endswith("One.") else by_length(request)

    scripted("requirement", answer, monkeypatch)
    found = score_texts("length", "Tea.", TEXTS, ["One.", "Two."], {})
    assert found.scores == (None, 9.0)
    assert (found.answers[0].status, found.answers[0].values, found.answers[0].note) == ("failed", (), "said nothing")


def test_an_adapter_that_says_nothing_is_told_on(monkeypatch: pytest.MonkeyPatch) -> None:
    adapter = scripted("response", by_length, monkeypatch)
    monkeypatch.setattr(adapter, "score", lambda requests: iter(()))
    with pytest.raises(AdapterError, match="gave no answer"):
        score_texts("length", "Tea.", TEXTS, [], {})


@pytest.mark.parametrize(
    ("model", "responses", "requirements", "settings", "message"),
    [
        ("length", [], [], {}, "--response: give at least one"),
        ("keywords", TEXTS, [], {}, "--requirement: this model judges a text on one requirement at a time"),
        ("first", TEXTS[:1], [], {}, "judges a list of texts; give at least two"),
        ("length", TEXTS, [], {"seed": "3"}, "unknown setting 'seed'"),
        ("lenght", TEXTS, [], {}, "did you mean length"),
        ("paper-rm", TEXTS, [], {}, "has no public weights; name yours, as --model paper-rm:FOLDER"),
    ],
)
def test_what_cannot_be_asked(
    model: str, responses: list[str], requirements: list[str], settings: dict[str, str], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        score_texts(model, "Tea.", responses, requirements, settings)


def test_a_file_of_scores_knows_no_new_text(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "s.jsonl", [{"item_id": "i", "candidate_id": "a", "score": 1.0}])
    with pytest.raises(ConfigError, match="looks scores up, and knows none of a new text"):
        score_texts(f"scores:{path}", "Tea.", TEXTS, [], {})


def test_a_model_is_tried_before_it_is_believed(rm: Path) -> None:
    found = score_texts(f"classifier:{rm}", "Tea.", TEXTS, [], {})
    assert found.certificate is not None
    assert found.scores[0] != found.scores[1]
