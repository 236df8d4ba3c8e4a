"""The converter of the released layout: every reading of a row, and what the paper's script guesses or drops."""

from __future__ import annotations

import importlib.util
import json
import random
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import write_rows
from weval.errors import DataError
from weval.tasks import load_data
from weval.tasks.released import Converted, DataOptions, convert
from weval.tasks.shards import shards_of
from weval.types import Item

CASES = Path(__file__).parents[1] / "conformance"
TEXTS = ("Be short.", "Use a list.", "Name a bird.", "End with a question.", "Rhyme.")
Row = dict[str, Any]


def own_rows(
    instruction: str, kept: Iterable[Sequence[int]], texts: Sequence[str] = TEXTS, joint: str = " "
) -> list[Row]:
    """Rows that carry only the requirements they kept, in their prompt, their list and their ids."""
    rows = []
    for mine in kept:
        chosen = [texts[i] for i in mine]
        rows.append(
            {
                "prompt": joint.join([instruction, *chosen]),
                "chosen": f"answer of {len(mine)} to {instruction}",
                "constraint": chosen,
                "instruction_id_list": ["soft"] * len(mine),
            }
        )
    return rows


def full_rows(instruction: str, kept: Iterable[Sequence[int]], ids: Sequence[str], prompt: str) -> list[Row]:
    """Rows that list all requirements and the ids of the kept ones; the prompt shows `kept`, `all` or none."""
    rows = []
    for mine in kept:
        shown = {"kept": [TEXTS[i] for i in mine], "all": list(TEXTS), "bare": []}[prompt]
        rows.append(
            {
                "prompt": " ".join([instruction, *shown]),
                "chosen": f"answer of {len(mine)} to {instruction}",
                "constraint": list(TEXTS),
                "instruction_id_list": [ids[i] for i in mine],
            }
        )
    return rows


NESTED = [range(n) for n in (5, 4, 3, 2, 1)]
INDEPENDENT = [(0, 1, 2, 3, 4), (0, 2, 3, 4), (1, 2, 4), (0, 3), (2,)]
UNIQUE, SOFT = ("k1", "k2", "k3", "k4", "k5"), ("soft",) * 5


def converted(tmp_path: Path, rows: Iterable[Row], **options: Any) -> Converted:
    return convert(shards_of(write_rows(tmp_path / "eval.jsonl", rows)), DataOptions(**options))


def problems(tmp_path: Path, rows: Iterable[Row], **options: Any) -> list[str]:
    with pytest.raises(DataError) as caught:
        converted(tmp_path, rows, **options)
    return [line.removeprefix(str(tmp_path / "eval.jsonl")) for line in caught.value.problems]


def kept_texts(item: Item) -> list[set[str] | int]:
    text = {r.id: r.text for r in item.requirements}
    return [c.kept if isinstance(c.kept, int) else {text[k] for k in c.kept} for c in item.candidates]


def texts_of(kept: Iterable[Sequence[int]]) -> list[set[str]]:
    return [{TEXTS[i] for i in mine} for mine in kept]


# --- readings of a row


@pytest.mark.parametrize("kept", [NESTED, INDEPENDENT], ids=["nested", "independent"])
def test_rows_that_carry_only_what_they_kept(tmp_path: Path, kept: list[Sequence[int]]) -> None:
    found = converted(tmp_path, own_rows("Write a poem.", kept))
    (item,) = found.items
    assert item.instruction == "Write a poem."
    assert [r.text for r in item.requirements] == list(TEXTS)
    assert kept_texts(item) == texts_of(kept)
    assert [c.response for c in item.candidates] == [f"answer of {len(mine)} to Write a poem." for mine in kept]
    assert len(found.notices) == 1
    assert "all candidates are judged on the full row's" in found.notices[0]


@pytest.mark.parametrize("prompt", ["kept", "all", "bare"])
@pytest.mark.parametrize("ids", [UNIQUE, SOFT], ids=["unique", "soft"])
@pytest.mark.parametrize("kept", [NESTED, INDEPENDENT], ids=["nested", "independent"])
def test_rows_that_list_all_requirements(
    tmp_path: Path, kept: list[Sequence[int]], ids: tuple[str, ...], prompt: str
) -> None:
    found = converted(tmp_path, full_rows("Write a poem.", kept, ids, prompt))
    (item,) = found.items
    assert item.instruction == "Write a poem."
    assert [c.gold for c in item.candidates] == [5, 4, 3, 2, 1]
    if ids is UNIQUE or prompt == "kept":
        assert kept_texts(item) == texts_of(kept)
        assert found.notices == ()
    else:  # nothing says which; the full row kept all, whatever its ids
        assert kept_texts(item) == [set(TEXTS), 4, 3, 2, 1]
        assert found.notices == (
            "4 candidates say only how many requirements they kept, not which: no reading for their items",
        )


def test_the_column_may_be_called_response(tmp_path: Path) -> None:
    rows = [{**row, "response": row["chosen"]} for row in own_rows("Write.", NESTED)]
    for row in rows:
        del row["chosen"]
    assert len(converted(tmp_path, rows).items) == 1


def test_other_keys_are_other_peoples_business(tmp_path: Path) -> None:
    rows = [{**row, "kwargs": [None], "score": 0.5} for row in own_rows("Write.", NESTED)]
    assert len(converted(tmp_path, rows).items) == 1


def test_a_requirement_that_ends_with_another_one(tmp_path: Path) -> None:
    texts = ("Rhyme.", "Do not Rhyme.")
    for kept in ([(0, 1), (0,)], [(0, 1), (1,)], [(1, 0), (1,)]):
        (item,) = converted(tmp_path, own_rows("Write.", kept, texts)).items
        assert item.instruction == "Write."


def test_chinese_prompts_have_no_spaces(tmp_path: Path) -> None:
    texts = ("不超过一百字。", "用三个比喻。", "以问句结尾。")
    rows = own_rows("写一首诗。", [(0, 1, 2), (0, 2), (1,)], texts, joint="")
    (item,) = converted(tmp_path, rows, language="zh").items
    assert item.instruction == "写一首诗。"
    assert item.query(q.id for q in item.requirements) == "写一首诗。" + "".join(texts) == rows[0]["prompt"]
    assert [c.kept for c in item.candidates] == [("c1", "c2", "c3"), ("c1", "c3"), ("c2",)]


def test_a_row_that_kept_nothing_needs_the_full_list(tmp_path: Path) -> None:
    rows = full_rows("Write.", [*NESTED, ()], UNIQUE, "kept")
    (item,) = converted(tmp_path, rows).items
    assert item.candidates[-1].kept == ()
    rows[-1]["constraint"] = []
    assert problems(tmp_path, rows) == [":6: constraint: has too few entries (0; at least 1)"]


def test_an_instruction_that_is_one_of_its_requirements(tmp_path: Path) -> None:
    rows = [{**row, "prompt": "Rhyme."} for row in full_rows("x", NESTED, UNIQUE, "bare")]
    (item,) = converted(tmp_path, rows).items
    assert item.instruction == "Rhyme."


@pytest.mark.parametrize("prompt", [" Rhyme.", "Rhyme. ", "\n\nRhyme.\n"])
def test_an_instruction_is_never_taken_away_whole(tmp_path: Path, prompt: str) -> None:
    rows = [{**row, "prompt": prompt} for row in full_rows("x", NESTED, UNIQUE, "bare")]
    (item,) = converted(tmp_path, rows).items
    assert item.instruction.strip() == "Rhyme."


def test_a_blank_prompt(tmp_path: Path) -> None:
    rows = [{**row, "prompt": "  "} for row in full_rows("x", NESTED, UNIQUE, "bare")]
    assert problems(tmp_path, rows) == [":1: prompt: is blank"]


# --- grouping


@pytest.mark.parametrize("make", [own_rows, lambda name, kept: full_rows(name, kept, UNIQUE, "bare")])
def test_rows_may_lie_in_any_order(tmp_path: Path, make: Any) -> None:
    rows = [row for name in ("One.", "Two.", "Three.") for row in make(name, INDEPENDENT)]
    ordered = {item.instruction: item for item in converted(tmp_path, rows).items}
    for seed in range(5):
        random.Random(seed).shuffle(rows)
        shuffled = {item.instruction: item for item in converted(tmp_path, rows).items}
        assert {name: item.model_copy(update={"id": ""}) for name, item in shuffled.items()} == {
            name: item.model_copy(update={"id": ""}) for name, item in ordered.items()
        }


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.data())
def test_order_says_nothing_whatever_was_kept(tmp_path: Path, data: st.DataObject) -> None:
    sizes = [5, *data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=4, unique=True))]
    kept = [sorted(data.draw(st.permutations(range(5)))[:size]) for size in sizes]
    rows = own_rows("Write a poem.", kept)
    (item,) = converted(tmp_path, data.draw(st.permutations(rows))).items
    assert [set(c.kept) for c in item.candidates if not isinstance(c.kept, int)] == [
        {f"c{i + 1}" for i in mine} for mine in sorted(kept, key=len, reverse=True)
    ]


def test_the_same_instruction_with_other_requirements_is_another_query(tmp_path: Path) -> None:
    other = ("Be long.", "Use a table.", "Name a fish.")
    rows = own_rows("Write.", [(0, 1, 2), (0, 1), (0,)]) + own_rows("Write.", [(0, 1, 2), (1, 2), (2,)], other)
    random.Random(1).shuffle(rows)
    found = converted(tmp_path, rows)
    assert sorted({r.text for r in item.requirements} == set(other) for item in found.items) == [False, True]
    assert all([c.gold for c in item.candidates] == [3, 2, 1] for item in found.items)


def test_the_same_instruction_with_requirements_of_another_number(tmp_path: Path) -> None:
    other = ("Be long.", "Use a table.")
    rows = own_rows("Write.", [(0, 1, 2), (0,)]) + own_rows("Write.", [(0, 1), (1,)], other)
    assert [len(item.requirements) for item in converted(tmp_path, rows).items] == [3, 2]


def test_a_row_that_fits_two_queries_is_not_guessed(tmp_path: Path) -> None:
    rows = own_rows("Write.", [(0, 1), (0,)]) + own_rows("Write.", [(0, 2), (2,)])
    assert problems(tmp_path, rows) == [
        ":2: prompt: fits 2 queries; --set group_size=N takes each N consecutive rows for one query"
    ]
    assert len(converted(tmp_path, rows, group_size=2).items) == 2


def test_the_same_query_answered_twice_is_not_guessed(tmp_path: Path) -> None:
    rows = own_rows("Write.", NESTED) * 2
    found = problems(tmp_path, rows)
    assert len(found) == 10
    assert found[0].startswith(":1: prompt: 2 rows of its query kept all 5 requirements; --set group_size=N")
    assert len(converted(tmp_path, rows, group_size=5).items) == 2


def test_a_query_without_its_full_row(tmp_path: Path) -> None:
    found = problems(tmp_path, full_rows("Write.", NESTED[1:], UNIQUE, "bare"))
    assert [line.partition(";")[0] for line in found] == [
        f":{n}: prompt: no row of its query kept all 5 requirements" for n in (1, 2, 3, 4)
    ]


def test_a_row_that_is_missing(tmp_path: Path) -> None:
    rows = [row for name in ("One.", "Two.", "Three.") for row in own_rows(name, NESTED)]
    del rows[7]
    assert problems(tmp_path, rows) == [":6: prompt: its query has 4 rows, the others have 5"]


def test_a_query_of_one_row(tmp_path: Path) -> None:
    rows = [*own_rows("One.", [range(2), range(1)]), *own_rows("Two.", [range(2)])]
    assert problems(tmp_path, rows) == [":3: prompt: no other row has this query: there is nothing to rank"]


# --- group_size


def test_consecutive_rows(tmp_path: Path) -> None:
    rows = own_rows("One.", NESTED) + own_rows("Two.", NESTED)
    assert [item.instruction for item in converted(tmp_path, rows, group_size=5).items] == ["One.", "Two."]


def test_rows_left_over_are_not_dropped(tmp_path: Path) -> None:
    rows = own_rows("One.", NESTED) + own_rows("Two.", NESTED[:2])
    assert problems(tmp_path, rows, group_size=5) == [":6: prompt: the last 2 of 7 rows do not fill a query of 5"]
    assert problems(tmp_path, rows[:3], group_size=5) == [":1: prompt: the last 3 of 3 rows do not fill a query of 5"]


@pytest.mark.parametrize("size", [2, 3, 4])
def test_a_wrong_group_size_mixes_queries_and_is_refused(tmp_path: Path, size: int) -> None:
    rows = [row for name in ("One.", "Two.", "Three.", "Four.") for row in own_rows(name, NESTED)]
    found = problems(tmp_path, rows[: len(rows) // size * size], group_size=size)
    assert any(f"group_size={size} mixes them" in line for line in found)


def test_interleaved_queries_are_refused_with_a_group_size_and_found_without(tmp_path: Path) -> None:
    rows = [row for pair in zip(own_rows("One.", NESTED), own_rows("Two.", NESTED), strict=True) for row in pair]
    assert all(
        "is another query than line 1; group_size=5 mixes them" in p for p in problems(tmp_path, rows, group_size=5)[:1]
    )
    assert len(converted(tmp_path, rows).items) == 2


# --- gold


def test_ties_have_to_be_meant(tmp_path: Path) -> None:
    rows = own_rows("Write.", [range(3), (0, 1), (1, 2)])
    assert problems(tmp_path, rows) == [
        ":1: instruction_id_list: kept counts tie ([3, 2, 2]); --set gold=partial if meant"
    ]
    (item,) = converted(tmp_path, rows, gold="partial").items
    assert [c.gold for c in item.candidates] == [3, 2, 2]


def test_a_query_whose_rows_all_tie_ranks_nothing(tmp_path: Path) -> None:
    rows = full_rows("Write.", [range(5), range(5)], UNIQUE, "bare")
    found = problems(tmp_path, rows, gold="partial", group_size=2)
    assert found == [":1: instruction_id_list: all rows of this query list 5; nothing to rank"]


@pytest.mark.parametrize("key", ["prompt", "constraint", "instruction_id_list"])
def test_a_missing_key_is_an_error_with_its_line(tmp_path: Path, key: str) -> None:
    rows = own_rows("Write.", NESTED)
    del rows[2][key]
    assert problems(tmp_path, rows) == [f":3: {key}: is missing"]


def test_more_ids_than_requirements(tmp_path: Path) -> None:
    rows = own_rows("Write.", [range(2), range(1)])
    rows[0]["instruction_id_list"] = ["a", "b", "c"]
    assert ":1: instruction_id_list: lists 3, and no row of this query lists all 2" in problems(
        tmp_path, rows, group_size=2
    )
    assert problems(tmp_path, rows)[0].startswith(":1: prompt: no row of its query kept all 2")


def test_a_requirement_named_twice(tmp_path: Path) -> None:
    rows = own_rows("Write.", [(0, 0), (0,)])
    assert any("names a requirement twice" in line for line in problems(tmp_path, rows, group_size=2))


# --- options


def test_broken_answers_are_left_out_with_a_notice(tmp_path: Path) -> None:
    rows = own_rows("One.", NESTED) + own_rows("Two.", NESTED)
    rows[3]["chosen"] = "x" * 2_000_000
    assert problems(tmp_path, rows)[0].startswith(":4: response: has 2,000,000 characters; --set max_response_chars=N")
    found = converted(tmp_path, rows, max_response_chars=1000)
    assert [item.instruction for item in found.items] == ["Two."]
    assert found.notices[0] == "left out 1 of 2 queries: an answer longer than 1,000 characters"
    assert problems(tmp_path, rows, max_response_chars=1) == [": no query is left"]


def test_requirements_added_one_by_one_are_shuffled_the_same_way_every_time(tmp_path: Path) -> None:
    rows = [row for i in range(8) for row in own_rows(f"Query {i}.", NESTED)]
    plain, first, again = (
        converted(tmp_path, rows, shuffle_requirements=shuffled).items for shuffled in (False, True, True)
    )
    assert first == again
    assert len({tuple(r.text for r in item.requirements) for item in first}) > 1
    assert [kept_texts(item) for item in first] == [kept_texts(item) for item in plain]
    assert {tuple(r.id for r in item.requirements) for item in first} == {("c1", "c2", "c3", "c4", "c5")}


# --- the paper's own files


@pytest.mark.parametrize(
    "name",
    ["eval.jsonl", "5c.jsonl", "3c.jsonl", "4c_eval.jsonl", "5c (1).jsonl", "10c/eval.jsonl", "eval_5C.jsonl",
     "v2_12cand.jsonl", "rm2024checkpoint_5c.jsonl", "c5.jsonl", "x.parquet.jsonl"],
)  # fmt: skip
def test_a_file_name_says_nothing(tmp_path: Path, name: str) -> None:
    """The script reads its group size off the name: 5c (1).jsonl is 5, eval.jsonl 3, rm2024checkpoint_5c.jsonl 2024."""
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    (item,) = convert(shards_of(write_rows(path, own_rows("Write.", NESTED))), DataOptions()).items
    assert len(item.candidates) == 5


def outcome(tmp_path: Path, lists: list[int | None], size: int) -> str:
    """What becomes of rows like those of a case: accepted, or the first complaint without its line."""
    rows = []
    for n, count in enumerate(lists):
        row = {"prompt": f"Query {n // 5}.", "chosen": f"answer {n}", "constraint": list(TEXTS)}
        rows.append(row if count is None else {**row, "instruction_id_list": list(UNIQUE[:count])})
    try:
        return f"{len(converted(tmp_path, rows, group_size=size).items)} items"
    except DataError as error:
        return error.problems[0].removeprefix(str(tmp_path / "eval.jsonl")).lstrip(":0123456789 ")


def edge_cases() -> list[Any]:
    cases = json.loads((CASES / "a_weval_edge.json").read_text(encoding="utf-8"))["cases"]
    return [pytest.param(case["id"], case["input"], id=case["id"]) for case in cases]


OURS = {
    "missing-instruction_id_list-equal-scores": "instruction_id_list: is missing",
    "missing-instruction_id_list-descending": "instruction_id_list: is missing",
    "duplicate-lengths": "instruction_id_list: kept counts tie ([5, 4, 4, 2, 1])",
    "duplicate-lengths-swapped": "instruction_id_list: kept counts tie ([5, 4, 4, 2, 1])",
    "default-group-size-4-on-5-blocks": "prompt: the last 2 of 10 rows do not fill a query of 4",
    "judge-default-group-size-3-on-5-blocks": "prompt: is another query than line",
    "empty-file": "is empty",
    "rows-shuffled-across-groups": "instruction_id_list: kept counts tie",
}
"""Where the script guesses, drops or crashes, and we refuse; every other case is accepted as it stands."""


@pytest.mark.parametrize(("name", "case"), edge_cases())
def test_where_the_script_guesses_we_say_what_is_wrong(tmp_path: Path, name: str, case: dict[str, Any]) -> None:
    lists = [len(r["instruction_id_list"]) if "instruction_id_list" in r else None for r in case["records"]]
    if case["group_size"] == 1:  # where the script divides by zero
        with pytest.raises(ValueError, match="group_size"):
            outcome(tmp_path, lists, 1)
    elif name in OURS:
        assert outcome(tmp_path, lists, case["group_size"]).startswith(OURS[name])
    else:
        assert outcome(tmp_path, lists, case["group_size"]) == f"{len(lists) // 5} items"


# --- Parquet

needs_parquet = pytest.mark.skipif(importlib.util.find_spec("pyarrow") is None, reason="needs pyarrow")


def write_parquet(path: Path, rows: list[Row]) -> Path:
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    return path


@needs_parquet
def test_parquet_gives_the_same_items(tmp_path: Path) -> None:
    rows = [row for i in range(300) for row in own_rows(f"Query {i}.", INDEPENDENT)]  # more than one batch
    from_parquet = convert(shards_of(write_parquet(tmp_path / "a.bin", rows)), DataOptions())
    assert from_parquet == converted(tmp_path, rows)
    assert load_data(tmp_path / "a.bin").n_items == 300


@needs_parquet
def test_parquet_rows_are_checked_like_lines(tmp_path: Path) -> None:
    rows = own_rows("Write.", NESTED)
    rows[1]["prompt"] = None
    rows[3]["constraint"] = [None]
    path = write_parquet(tmp_path / "a.parquet", rows)
    with pytest.raises(DataError) as caught:
        convert(shards_of(path), DataOptions())
    assert [line.removeprefix(str(path)) for line in caught.value.problems] == [
        ":2: prompt: must be a string, not null",
        ":4: constraint[0]: must be a string, not null",
    ]


@needs_parquet
@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"a": 1}], ":1: prompt: is missing"),
        ([{"prompt": 1, "chosen": "x", "constraint": ["a"], "instruction_id_list": ["b"]}], ":1: prompt: must be"),
        ([], ": holds no rows"),
    ],
)
def test_parquet_of_something_else(tmp_path: Path, rows: list[Row], said: str) -> None:
    path = write_parquet(tmp_path / "a.parquet", rows)
    with pytest.raises(DataError) as caught:
        convert(shards_of(path), DataOptions())
    assert caught.value.problems[0].removeprefix(str(path)).startswith(said)


@needs_parquet
def test_damaged_parquet_is_read_or_refused_in_one_line(tmp_path: Path) -> None:
    whole = write_parquet(tmp_path / "a.parquet", own_rows("Write.", NESTED)).read_bytes()
    damaged = [whole[:n] for n in (4, 5, 100, len(whole) - 1)]
    rng = random.Random(0)
    for _ in range(150):
        content = bytearray(whole)
        for _ in range(3):
            content[rng.randrange(4, len(content))] = rng.randrange(256)
        damaged.append(bytes(content))
    refused = 0
    for content in damaged:
        (tmp_path / "b.parquet").write_bytes(content)
        try:
            convert(shards_of(tmp_path / "b.parquet"), DataOptions())
        except DataError as error:
            refused += 1
            assert all(line.startswith(f"{tmp_path}/b.parquet:") and line.isprintable() for line in error.problems)
    assert refused > 50


@needs_parquet
def test_the_published_sample(shared: Path) -> None:
    path = shared / "data" / "wrl_writing_sample.parquet"
    task = load_data(path, {"language": "en", "shuffle_requirements": "true", "max_response_chars": "20000"})
    items = list(task.items())
    assert len(items) == task.n_items == 60
    for item in items:
        assert len(item.requirements) == 5
        assert [c.gold for c in item.candidates] == [5, 4, 3, 2, 1]
        sets = [set(c.kept) for c in item.candidates if not isinstance(c.kept, int)]
        assert all(wide > narrow for wide, narrow in pairwise(sets))
        assert not any(r.text in item.instruction for r in item.requirements)
    assert len(task.notices) == 1


@needs_parquet
def test_the_published_sample_is_the_prepared_one(shared: Path) -> None:
    """The same groups were converted by other hands: instructions, requirements and responses have to agree."""
    prepared = load_data(shared / "data" / "real_dropout_dev.jsonl")
    theirs = {item.instruction.strip(): item for item in prepared.items()}
    ours = list(load_data(shared / "data" / "wrl_writing_sample.parquet").items())
    known = [item for item in ours if item.instruction.strip() in theirs]
    assert len(known) > 40
    for item in known:
        other = theirs[item.instruction.strip()]
        assert {r.text for r in item.requirements} == {r.text for r in other.requirements}
        assert [c.response for c in item.candidates] == [c.response for c in other.candidates]
        assert kept_texts(item) == kept_texts(other)
