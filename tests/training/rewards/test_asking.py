"""What a scorer is asked about a text, for every unit and way of asking."""

from __future__ import annotations

import pytest

from tests.factories import Scripted
from tests.training.rewards.tea import make_items, make_prompt
from weval.adapters import open_adapter
from weval.errors import ConfigError
from weval.plan import PlanOptions, plan
from weval.training.rewards.asking import check_asked, requests, reward_of
from weval.types import Score, Unit


def adapter(unit: Unit) -> Scripted:
    return Scripted(unit, lambda request: Score.ok(request, 1.0))


def asked(unit: Unit, how, name=("0", "0")):
    return list(requests(make_prompt(), "Tea.", asked=how, adapter=adapter(unit), name=name))


def test_the_whole_prompt_is_asked_about_once() -> None:
    (one,) = asked("response", "query")
    assert one.asked == one.query == "Say how you like tea. Mention sugar. Be brief."
    assert (one.requirement, one.responses, len(one.requirements)) == (None, ("Tea.",), 2)


def test_to_a_scorer_of_requirements_the_whole_prompt_is_the_requirement() -> None:
    (one,) = asked("requirement", "query")
    assert one.requirement is not None
    assert one.requirement.text == one.asked == "Say how you like tea. Mention sugar. Be brief."


def test_each_requirement_by_itself_is_asked_as_a_run_asks() -> None:
    item = make_items()[0].model_copy(update={"requirements": make_prompt().requirements})
    theirs = [r for r, source in plan(item, "requirement", PlanOptions()) if source.candidates == ("a0",)]
    ours = list(
        requests(
            make_prompt(), item.candidates[0].response, asked="requirement", adapter=adapter("requirement"), name="1"
        )
    )
    for mine, other in zip(ours, theirs, strict=True):
        assert (mine.asked, mine.query, mine.instruction, mine.requirement, mine.requirements, mine.responses) == (
            other.asked, other.query, other.instruction, other.requirement, other.requirements, other.responses
        )  # fmt: skip


def test_a_scorer_of_responses_is_asked_about_queries_of_one_requirement() -> None:
    assert [one.asked for one in asked("response", "requirement")] == [
        "Say how you like tea. Mention sugar.",
        "Say how you like tea. Be brief.",
    ]


def test_ids_differ_by_text_and_step_and_the_group_does_not() -> None:
    found = [one for name in (("0", "0"), ("0", "1"), ("1", "0")) for one in asked("requirement", "requirement", name)]
    assert len({one.id for one in found}) == len(found) == 6
    assert len({one.group for one in found}) == 1


def test_what_has_no_score_is_none_and_what_does_not_apply_is_left_out() -> None:
    ok, failed = Score("1", "ok", (0.5,)), Score("2", "failed", reason="down")
    idle = Score("3", "not_applicable", reason="no rule")
    assert reward_of([ok, idle]) == 0.5
    assert reward_of([ok, failed]) is reward_of([idle]) is reward_of([]) is None


def test_who_compares_texts_gives_no_reward() -> None:
    with pytest.raises(ConfigError, match="judges a list of texts, and a reward is of one"):
        check_asked(open_adapter("first", {}), "first")
