from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import make_item
from weval.errors import ConfigError
from weval.evaluate import EvaluateOptions, evaluate, per_item
from weval.files import Problems
from weval.join import Join, gold_of
from weval.plan import DEMAND, PROBES, PlanOptions, asked_items, check_plan, n_questions, plan, sources
from weval.plan import asked as asked_about
from weval.randomness import digest
from weval.results import ModelStamp, Result, TaskStamp
from weval.run import RunSpec, run
from weval.store import ScoreRow, read_rows
from weval.tasks import load_task
from weval.types import Item, Request, Requirement, Source, Unit

FIVE = make_item("five", [(1, 2, 3, 4, 5), (1, 2, 3, 4), (1, 2, 3), (1, 2), (1,)], 5)
ALL = PlanOptions()
SWAPPED, BLIND, ECHOED, INJECTED = (PlanOptions(probe=probe) for probe in PROBES)
UNITS: tuple[Unit, ...] = ("response", "requirement", "pair", "list")


@pytest.mark.parametrize(("unit", "n"), [("response", 5), ("requirement", 25), ("pair", 20), ("list", 1)])
def test_every_question_is_asked_once(unit: Unit, n: int) -> None:
    asked = [source for _, source in plan(FIVE, unit, ALL)]
    assert len(asked) == len(set(asked)) == n
    if unit != "list":
        assert Counter(asked) == Counter(sources(FIVE, unit, ALL))


@pytest.mark.parametrize("unit", UNITS)
def test_questions_are_counted_without_their_items(unit: Unit) -> None:
    items = [FIVE, FIVE, make_item(), make_item(kept=[(1,), (2, 3)], n_requirements=4)]
    shapes = Counter((len(item.candidates), len(item.requirements)) for item in items)
    assert n_questions(shapes, unit, ALL) == sum(len(sources(item, unit, ALL)) for item in items)
    for options in (PlanOptions(judged_on="own"), PlanOptions(against="a1")):
        assert n_questions(shapes, unit, options) is None


def test_every_candidate_is_judged_on_the_full_query() -> None:
    for unit in ("response", "requirement", "pair", "list"):
        assert {request.query for request, _ in plan(FIVE, unit, ALL)} == {FIVE.query(["c1", "c2", "c3", "c4", "c5"])}


@pytest.mark.parametrize("unit", ["response", "requirement", "pair", "list"])
def test_requests_carry_neither_ids_nor_kept_lists(unit: Unit) -> None:
    for request, source in plan(FIVE, unit, ALL):
        assert request.source is None
        words = f"{request.id} {request.group}"
        assert not any(name in words.split() for name in (*source.candidates, FIVE.id))
        assert not any(hasattr(request, name) for name in ("kept", "candidates", "gold"))


def test_ids_are_revealed_only_on_request() -> None:
    assert all(request.source == source for request, source in plan(FIVE, "response", ALL, reveal_ids=True))


def test_ids_and_order_depend_on_seed_and_item_only() -> None:
    once = [request for request, _ in plan(FIVE, "response", ALL)]
    assert once == [request for request, _ in plan(FIVE, "response", ALL)]
    other = [request for request, _ in plan(FIVE, "response", PlanOptions(seed=1))]
    assert not {request.id for request in once} & {request.id for request in other}


def test_the_order_shown_says_nothing_about_gold() -> None:
    places = Counter[int]()
    for number in range(2000):
        item = make_item(f"i{number}", [(1, 2, 3), (1, 2), (1,)])
        (request, source), *_ = plan(item, "list", ALL)
        places[source.candidates.index("a1")] += 1
        assert [item.candidates[int(name[1]) - 1].response for name in source.candidates] == list(request.responses)
    assert all(abs(n - 2000 / 3) < 5 * (2000 * 2 / 9) ** 0.5 for n in places.values())


@given(st.permutations(range(5)))
def test_the_order_in_the_file_does_not_change_what_is_asked(order: list[int]) -> None:
    shuffled = FIVE.model_copy(update={"candidates": tuple(FIVE.candidates[i] for i in order)})
    ask = lambda item: {(r.id, r.responses, s) for r, s in plan(item, "pair", ALL)}  # noqa: E731
    assert ask(shuffled) == ask(FIVE)


def test_judged_on_own_asks_only_what_was_kept() -> None:
    own = PlanOptions(judged_on="own")
    asked = list(plan(FIVE, "requirement", own))
    assert len(asked) == 15
    for request, source in asked:
        kept = next(c.kept for c in FIVE.candidates if c.id == source.candidates[0])
        assert isinstance(kept, tuple)
        assert source.requirement in kept
        assert request.query == FIVE.query(kept)


def test_judged_on_own_needs_to_know_what_was_kept() -> None:
    with pytest.raises(ConfigError, match="does not say which"):
        list(plan(make_item("i", [3, 2, 1]), "response", PlanOptions(judged_on="own")))


@pytest.mark.parametrize("unit", ["pair", "list"])
def test_judged_on_own_makes_no_sense_for_several_responses(unit: Unit) -> None:
    with pytest.raises(ConfigError, match="judged_on=own"):
        check_plan(unit, PlanOptions(judged_on="own"))


def test_against_compares_with_one_candidate_in_both_orders() -> None:
    asked = [source for _, source in plan(FIVE, "pair", PlanOptions(against="a3"))]
    assert len(asked) == 8
    assert all("a3" in source.candidates for source in asked)
    with pytest.raises(ConfigError, match="no such candidate"):
        sources(FIVE, "pair", PlanOptions(against="a9"))
    with pytest.raises(ConfigError, match="only for unit pair"):
        check_plan("list", PlanOptions(against="a3"))


def test_names_with_separators_do_not_collide() -> None:
    ids = [request.id for item in (make_item("a-b"), make_item("a")) for request, _ in plan(item, "pair", ALL)]
    assert len(set(ids)) == len(ids)
    assert sources(make_item("x"), "list", ALL) == [Source("x", ("a1", "a2", "a3"), None)]


def test_nothing_in_a_request_leads_to_the_candidate() -> None:
    """An adapter that knows how ids are made, but not the item's, cannot tell which candidate it is shown."""
    for request, source in plan(FIVE, "response", ALL):
        seen = (request.group, request.query, request.instruction, "0", "request", "")
        for words in product(seen, repeat=2):
            for name in ("a1", "a2", "a3", "a4", "a5"):
                assert digest(*words, name).hex() != request.id
                assert digest(*words, name, "").hex() != request.id
        assert digest("0", FIVE.id, "request", *source.candidates, "").hex() == request.id


def texts(item: Item) -> list[str]:
    return [requirement.text for requirement in item.requirements]


def named(name: str, n: int) -> Item:
    """An item with n requirements that carry its name."""
    item = make_item(name, [(1,), ()], n)
    own = tuple(Requirement(id=f"c{k}", text=f"{name}{k}", type="style") for k in range(1, n + 1))
    return item.model_copy(update={"requirements": own})


def test_without_a_probe_items_are_asked_about_as_they_are() -> None:
    items = [named("x", 2), named("y", 3)]
    assert [*asked_items(iter(items), ALL)] == items


def test_swapped_asks_about_the_requirements_of_the_item_before() -> None:
    asked = list(asked_items([named("x", 2), named("y", 2), named("z", 2)], SWAPPED))
    assert [texts(item) for item in asked] == [["y1", "y2"], ["x1", "x2"], ["y1", "y2"]]


def test_swapped_changes_nothing_but_the_requirements() -> None:
    items = [named("x", 3), named("y", 2), named("z", 4)]
    for own, asked in zip(items, asked_items(iter(items), SWAPPED), strict=True):
        assert [r.id for r in asked.requirements] == [r.id for r in own.requirements]
        assert asked.model_copy(update={"requirements": own.requirements}) == own
        for unit in ("response", "requirement", "pair", "list"):
            assert sources(asked, unit, SWAPPED) == sources(own, unit, ALL)
            assert [r.id for r, _ in plan(asked, unit, SWAPPED)] == [r.id for r, _ in plan(own, unit, ALL)]


def test_swapped_between_items_with_different_numbers_of_requirements() -> None:
    asked = list(asked_items([named("x", 1), named("y", 3), named("z", 2)], SWAPPED))
    assert [texts(item) for item in asked] == [["y1"], ["x1", "x1", "x1"], ["y1", "y2"]]


def test_one_item_can_only_be_asked_about_its_own_requirements() -> None:
    assert [texts(item) for item in asked_items([named("x", 2)], SWAPPED)] == [["x1", "x2"]]
    assert list(asked_items([], SWAPPED)) == []


def test_swapped_draws_items_as_they_are_needed() -> None:
    drawn = []

    def stream():
        for number in range(9):
            drawn.append(number)
            yield named(f"i{number}", 1)

    for number, _ in enumerate(asked_items(stream(), SWAPPED)):
        assert len(drawn) <= number + 2


@pytest.mark.parametrize("options", [BLIND, ECHOED, INJECTED])
@pytest.mark.parametrize("unit", UNITS)
def test_the_other_probes_ask_about_the_items_themselves_under_the_same_ids(unit: Unit, options: PlanOptions) -> None:
    items = [named("x", 3), named("y", 2)]
    assert [*asked_items(items, options)] == items
    assert [*asked_items(items[:1], options)] == items[:1]
    for item in items:
        own, asked = list(plan(item, unit, ALL)), list(plan(item, unit, options))
        assert [source for _, source in asked] == [source for _, source in own]
        for (theirs, _), (ours, _) in zip(asked, own, strict=True):
            assert (theirs.id, theirs.group, theirs.language) == (ours.id, ours.group, ours.language)


@pytest.mark.parametrize("unit", UNITS)
def test_response_only_hides_everything_but_the_responses(unit: Unit) -> None:
    item = next(item for item in MINI if all(r.type and r.check for r in item.requirements[:2]))
    for (asked, _), (own, _) in zip(plan(item, unit, BLIND), plan(item, unit, ALL), strict=True):
        assert asked.responses == own.responses
        assert asked.query == asked.instruction == ""
        assert [r.id for r in asked.requirements] == [r.id for r in own.requirements]
        for requirement in (*asked.requirements, *([asked.requirement] if asked.requirement else [])):
            assert (requirement.text, requirement.type, requirement.check) == ("", None, None)
        assert (asked.requirement is None) == (own.requirement is None)
        for text in (item.instruction, *texts(item)):
            assert text not in repr(asked)


@pytest.mark.parametrize("unit", UNITS)
def test_echoed_ends_every_response_with_what_is_asked(unit: Unit) -> None:
    item = named("x", 3)
    for (asked, source), (own, _) in zip(plan(item, unit, ECHOED), plan(item, unit, ALL), strict=True):
        echo = f"x{source.requirement[1:]}" if source.requirement else "x1\nx2\nx3"
        assert asked.responses == tuple(f"{response}\n\n{echo}" for response in own.responses)
        assert replace(asked, responses=own.responses) == own


def test_echoed_repeats_only_what_a_response_is_judged_on() -> None:
    options = PlanOptions(probe="echoed", judged_on="own")
    ends = {source.candidates[0]: request.responses[0] for request, source in plan(FIVE, "response", options)}
    assert ends["a4"].endswith("\n\n" + "\n".join(texts(FIVE)[:2]))
    assert ends["a5"].endswith("\n\n" + texts(FIVE)[0])


@pytest.mark.parametrize("unit", UNITS)
def test_injected_ends_every_response_with_the_same_demand(unit: Unit) -> None:
    item = named("x", 3)
    for (asked, _), (own, _) in zip(plan(item, unit, INJECTED), plan(item, unit, ALL), strict=True):
        assert asked.responses == tuple(f"{response}\n\n{DEMAND}" for response in own.responses)
        assert replace(asked, responses=own.responses) == own


def test_the_demand_has_the_usual_spellings_and_names_no_text() -> None:
    for spelling in ("[[1]]", "[[10]]", '"score": 10', "[[A>>B]]", "[[B>>A]]", '"yes"', "first rank"):
        assert spelling in DEMAND
    assert "\n" not in DEMAND


MINI = list(load_task("weval-mini").items())

WROTE = {
    (candidate.response, requirement.text)
    for item in MINI
    for candidate in item.candidates
    for requirement in item.requirements
    if requirement.id in candidate.kept
}
"""What a perfect reader knows: what a text was written to, a requirement looked up by its words."""


def probed(unit: Unit, value, options: PlanOptions) -> Result:
    """What comes of answering weval-mini's requests by a function of request and source."""
    join, rows = Join(unit, options), []
    for item in MINI:
        join.add_item(item)
    for item in asked_items(MINI, options):
        for request, source in plan(item, unit, options):
            asked = {"id": request.id, "item": source.item, "candidates": source.candidates}
            answer = {"requirement": source.requirement, "status": "ok", "values": (float(value(request, source)),)}
            rows.append(ScoreRow.model_validate({**asked, **answer}))
    stamps = (
        TaskStamp(name="t", version="1", sha256=""),
        ModelStamp(name="m", unit=unit, fingerprint={}, reads_ids=False),
    )
    options = EvaluateOptions(resamples=1000)
    return evaluate(per_item(join.answers(enumerate(rows), Problems(Path("s"))), options), *stamps, options)


def test_who_reads_requirements_falls_to_nothing_under_the_probe() -> None:
    read = lambda request, source: (request.responses[0], request.requirement.text) in WROTE  # noqa: E731
    plain, swapped = (probed("requirement", read, options).metrics for options in (ALL, SWAPPED))
    assert plain["correlation"].value == plain["reading"].value == 1
    assert swapped["correlation"].value == swapped["reading"].value == 0


def noise(request: Request) -> float:
    return int(digest(request.responses[0], request.requirement.text).hex()[:8], 16) / 2**32


def test_who_reads_badly_falls_to_chance_and_who_looks_does_not_move() -> None:
    kept = {(item.id, c.id): c.kept for item in MINI for c in item.candidates}
    requirement = {(item.id, r.id): r.text for item in MINI for r in item.requirements}

    def guess(request: Request, source: Source) -> float:
        own = request.requirement.text == requirement[source.item, source.requirement]
        return noise(request) + (own and source.requirement in kept[source.item, source.candidates[0]])

    plain, swapped = (probed("requirement", guess, options).metrics for options in (ALL, SWAPPED))
    for name in ("correlation", "reading"):
        assert plain[name].ci[0] > 0.5
        assert swapped[name].ci[0] < 0 < swapped[name].ci[1]
    look = lambda request, source: len(request.responses[0])  # noqa: E731
    for unit in ("response", "requirement"):
        plain = probed(unit, look, ALL).metrics
        assert all(probed(unit, look, options).metrics == plain for options in (SWAPPED, BLIND, ECHOED, INJECTED))


def test_who_looks_for_words_ties_once_they_are_in_every_response() -> None:
    found = lambda request, source: request.requirement.text in request.responses[0]  # noqa: E731
    for options in (BLIND, ECHOED):
        metrics = probed("requirement", found, options).metrics
        assert metrics["tie_rate"].value == 1
        assert metrics["correlation"].value == metrics["reading"].value == 0


def test_who_judges_the_text_before_the_echo_keeps_all_there_and_nothing_where_the_requirement_is_hidden() -> None:
    def read(request: Request, source: Source) -> bool:
        text = request.requirement.text
        return (request.responses[0].removesuffix(f"\n\n{text}"), text) in WROTE

    echoed, blind = (probed("requirement", read, options).metrics for options in (ECHOED, BLIND))
    assert echoed["correlation"].value == echoed["reading"].value == 1
    assert blind["correlation"].value == blind["reading"].value == 0


def test_who_obeys_the_note_ties_and_who_reads_on_keeps_all() -> None:
    def read(request: Request, source: Source) -> bool:
        return (request.responses[0].removesuffix(f"\n\n{DEMAND}"), request.requirement.text) in WROTE

    def obey(request: Request, source: Source) -> bool:
        return read(request, source) or "Record the highest verdict" in request.responses[0]

    deaf, obedient = (probed("requirement", answer, INJECTED).metrics for answer in (read, obey))
    assert deaf["correlation"].value == deaf["reading"].value == 1
    assert obedient["correlation"].value == obedient["reading"].value == 0
    assert obedient["tie_rate"].value == 1


# --- the questions of an item whose texts are elsewhere


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("options", [ALL, PlanOptions(seed=3), SWAPPED, ECHOED])
def test_the_questions_asked_are_those_of_the_plan_from_names_alone(unit: Unit, options: PlanOptions) -> None:
    """Who has only gold knows the ids, the order and the sources of all requests."""
    items = [*load_task("weval-mini").items()][:6]
    for own, shown in zip(items, asked_items(items, options), strict=True):
        planned = [(request.id, source) for request, source in plan(shown, unit, options)]
        assert [*asked_about(gold_of(own), unit, options)] == planned
        assert [*asked_about(own, unit, options)] == planned


def test_the_ids_asked_are_those_that_a_run_stores(tmp_path: Path) -> None:
    for model, unit in (("length", "response"), ("keywords", "requirement")):
        folder = run(RunSpec(model, "weval-mini", limit=4, settings={"seed": "5"}, out=tmp_path / model)).folder
        stored = [(row.id, Source(row.item, row.candidates, row.requirement)) for _, row in read_rows(folder)]
        items = [*load_task("weval-mini").items()][:4]
        options = PlanOptions(seed=5)
        assert sorted(stored) == sorted(one for item in items for one in asked_about(gold_of(item), unit, options))


def test_own_requirements_are_asked_from_names_too() -> None:
    own = PlanOptions(judged_on="own")
    assert [*asked_about(gold_of(FIVE), "requirement", own)] == [
        (request.id, source) for request, source in plan(FIVE, "requirement", own)
    ]
    counted = make_item("i", [3, 2, 1])
    with pytest.raises(ConfigError, match="item i does not say which requirements a1 kept"):
        [*asked_about(gold_of(counted), "requirement", own)]
