from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import pytest

from tests.build.prompted import Notes, left_out, lines, made, put
from tests.factories import make_item, write_items, write_rows
from weval.build import Done
from weval.checks import met
from weval.errors import ConfigError, ResultError
from weval.tasks import load_data, load_task

MINI = {item.id: item for item in load_task("weval-mini").items()}
OWN = [
    make_item(f"i{n}", kept=((1, 2, 3), (1, 2), (3,)), instruction=f"Write about {topic}.")
    for n, topic in enumerate(("ferries", "moss", "violins", "fog", "postmen", "engines", "orchards", "glaciers"))
]

Pairs = Callable[..., Done]


@pytest.fixture
def pairs(tmp_path: Path) -> Pairs:
    def of(**section: Any) -> Done:
        return made(tmp_path, "pairs", pairs=section)

    return of


@pytest.fixture
def mini(pairs: Pairs) -> Pairs:
    return lambda **section: pairs(source="weval-mini", allow=["weval-mini"], **section)


@pytest.fixture
def own(pairs: Pairs, tmp_path: Path) -> Pairs:
    write_items(tmp_path / "own.jsonl", OWN)
    return lambda **section: pairs(source="own.jsonl", **section)


def both(done: Done) -> list[dict[str, Any]]:
    return [*lines(done.file), *lines(done.file.with_name("pairs_test.jsonl"))]


def test_the_whole_query_sets_the_full_answer_against_each_other_one(mini: Pairs) -> None:
    rows = both(mini())
    assert len(rows) == 60 * 4 and len({row["id"] for row in rows}) == len(rows)
    for row in rows:
        item = MINI[row["item_id"]]
        responses = {c.id: c.response for c in item.candidates}
        kept = {c.id: c.kept for c in item.candidates}
        assert row["prompt"] == item.query(item.requirement_ids)
        assert row["chosen"] == responses[row["chosen_id"]] and row["rejected"] == responses[row["rejected_id"]]
        assert set(row["requirement_ids"]) == set(item.requirement_ids) - set(kept[row["rejected_id"]])
        assert row["margin"] == len(row["requirement_ids"]) == len(row["requirement_texts"])


def test_one_requirement_is_asked_as_models_of_that_unit_are(mini: Pairs) -> None:
    for row in both(mini(judged_on="requirement", against="all")):
        item, (name,) = MINI[row["item_id"]], row["requirement_ids"]
        kept = {c.id: c.kept for c in item.candidates}
        assert row["prompt"] == item.query([name])
        assert name in kept[row["chosen_id"]] and name not in kept[row["rejected_id"]] and row["margin"] == 1


def test_no_query_is_on_both_sides_and_the_seed_decides(mini: Pairs) -> None:
    found = {}
    for seed in (0, 1):
        done = mini(judged_on="requirement", seed=seed, holdout=0.2)
        train, test = lines(done.file), lines(done.file.with_name("pairs_test.jsonl"))
        assert not {row["item_id"] for row in train} & {row["item_id"] for row in test}
        assert not {row["prompt"] for row in train} & {row["prompt"] for row in test}
        assert done.record.told["test"]["queries"] == 12 and done.record.told["train"]["queries"] == 48
        assert done.record.n_rows == len(train) == done.record.told["train"]["pairs"]
        found[seed] = {row["item_id"] for row in test}
    assert found[0] != found[1]


def test_queries_that_say_the_same_stay_together(pairs: Pairs, tmp_path: Path) -> None:
    long = "Write a letter to the harbour master about the noise of the new crane at night"
    items = [make_item(f"i{n}", instruction=f"{long}, {n}" if n % 2 else f"Topic {n}.") for n in range(10)]
    write_items(tmp_path / "own.jsonl", items)
    done = pairs(source="own.jsonl", holdout=0.5)
    sides = [{row["item_id"] for row in lines(path)} for path in (done.file, done.file.with_name("pairs_test.jsonl"))]
    odd = {f"i{n}" for n in range(1, 10, 2)}
    assert all(side & odd in (odd, set()) for side in sides) and all(sides)


@pytest.mark.parametrize("judged_on", ["query", "requirement"])
@pytest.mark.parametrize("against", ["best", "all"])
def test_matched_by_length_the_longer_text_is_chosen_half_the_time(mini: Pairs, judged_on: str, against: str) -> None:
    done = mini(judged_on=judged_on, against=against, length_matched=True, holdout=0.3)
    for name, file in (("train", "pairs.jsonl"), ("test", "pairs_test.jsonl")):
        rows, told = lines(done.file.with_name(file)), done.record.told[name]
        longer = sum(len(row["chosen"].strip()) > len(row["rejected"].strip()) for row in rows)
        shorter = sum(len(row["chosen"].strip()) < len(row["rejected"].strip()) for row in rows)
        assert longer == shorter > 0
        assert told["length_only_accuracy"] == 0.5 != told["length_only_accuracy_before"]
        assert told["lengths"]["chosen_longer"] == longer
    assert done.record.left_out["length_unmatched"] > 0


def test_only_validated_pairs(mini: Pairs) -> None:
    done = mini(judged_on="requirement", against="all", validated=True)
    rows = both(done)
    for row in rows:
        item, (name,) = MINI[row["item_id"]], row["requirement_ids"]
        check = next(r.check for r in item.requirements if r.id == name)
        assert check and met(check, row["chosen"], item.language) and not met(check, row["rejected"], item.language)
    every = both(mini(judged_on="requirement", against="all"))
    assert done.record.left_out.keys() == {"refuted", "unverified"}
    assert len(rows) + sum(done.record.left_out.values()) == len(every)


def test_verdicts_of_this_build_validate_its_own_items(pairs: Pairs, tmp_path: Path) -> None:
    folder = put(tmp_path, "verify", [item.model_dump(mode="json") for item in OWN]).parent
    with pytest.raises(ResultError, match=r"none is left \(16 unverified\)"):
        pairs(validated=True)
    said = [
        {"item_id": item.id, "candidate_id": c.id, "requirement_id": r, "kept": r in c.kept, "by": "judge",
         "met": r in c.kept or (item.id == "i0" and c.id == "a2")}
        for item in OWN for c in item.candidates if c.id != "a3" for r in item.requirement_ids
    ]  # fmt: skip
    write_rows(folder / "verdicts.jsonl", said)
    done = pairs(validated=True)
    assert {row["rejected_id"] for row in both(done)} == {"a2"}
    assert done.record.left_out == {"refuted": 1, "unverified": 8}


def test_texts_that_are_empty_or_the_same_are_no_pair(pairs: Pairs, tmp_path: Path) -> None:
    rows = [item.model_dump(mode="json") for item in OWN]
    rows[0]["candidates"][1]["response"] = " \n"
    rows[1]["candidates"][2]["response"] = rows[1]["candidates"][0]["response"] + "\n"
    write_rows(tmp_path / "own.jsonl", rows)
    done = pairs(source="own.jsonl")
    assert left_out(done) == {"i0": "empty_text", "i1": "same_text"} and len(both(done)) == 14


def test_items_of_tasks_are_not_trained_on(pairs: Pairs, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"weval-mini is a task that models are judged on; with pairs\.allow"):
        pairs(source="weval-mini")
    items = [*list(MINI.values())[:3], *OWN]
    write_items(tmp_path / "mixed.jsonl", [item.model_copy(update={"id": f"x{n}"}) for n, item in enumerate(items)])
    done = pairs(source="mixed.jsonl")
    assert left_out(done) == {"x0": "contaminated", "x1": "contaminated", "x2": "contaminated"}
    assert {row["item_id"] for row in both(done)} == {f"x{n}" for n in range(3, 11)}
    write_items(tmp_path / "mini.jsonl", MINI.values())
    with pytest.raises(ResultError, match=r"none is left \(60 contaminated\); pairs\.allow names"):
        pairs(source="mini.jsonl")
    assert pairs(source="mini.jsonl", allow=["weval-mini"]).record.told["contamination"]["allowed"] == ["weval-mini"]
    with pytest.raises(ConfigError, match=r"pairs\.allow: weval-maxi: is no task"):
        pairs(source="mini.jsonl", allow=["weval-maxi"])


def test_pairs_are_made_again_when_their_source_or_a_file_they_are_held_against_changes(
    own: Pairs, tmp_path: Path
) -> None:
    assert own().is_new and not own().is_new
    write_items(tmp_path / "own.jsonl", OWN[1:])
    assert own().is_new
    write_items(tmp_path / "other.jsonl", [OWN[2]])
    done = own(also=["other.jsonl"])
    assert left_out(done) == {"i2": "contaminated"}


def test_an_item_without_anything_to_compare_is_counted(pairs: Pairs, tmp_path: Path) -> None:
    write_items(tmp_path / "own.jsonl", [*OWN, make_item("n", kept=(2, 1), instruction="Only numbers.")])
    assert left_out(pairs(source="own.jsonl", judged_on="requirement")) == {"n": "nothing_to_compare"}


def test_quadruples_cross_and_are_split_as_the_pairs_are(mini: Pairs) -> None:
    done = mini(quadruples=True, holdout=0.2)
    rows = lines(done.file.with_name("quadruples.jsonl"))
    assert len(rows) == 429 and "quadruples.jsonl" in done.record.files
    test = {row["item_id"] for row in lines(done.file.with_name("pairs_test.jsonl"))}
    for row in rows:
        item = MINI[row["item_id"]]
        kept = {c.id: c.kept for c in item.candidates}
        a, b = row["requirement_a"], row["requirement_b"]
        assert a in kept[row["first_id"]] and a not in kept[row["second_id"]]
        assert b in kept[row["second_id"]] and b not in kept[row["first_id"]]
        assert (row["split"] == "test") == (row["item_id"] in test)
    assert (
        0
        < len(lines(mini(quadruples=True, validated=True, judged_on="requirement").file.with_name("quadruples.jsonl")))
        < 429
    )


def test_datasets_loads_what_a_reward_trainer_takes(mini: Pairs, tmp_path: Path) -> None:
    done = mini(judged_on="requirement")
    files = {"train": str(done.file), "test": str(done.file.with_name("pairs_test.jsonl"))}
    found = datasets.load_dataset("json", data_files=files, cache_dir=str(tmp_path / "cache"))
    assert found["train"].num_rows == done.record.n_rows and found["test"].num_rows > 0
    features = found["train"].features
    assert features["margin"].dtype == "float64"
    assert all(features[name].dtype in ("string", "large_string") for name in ("prompt", "chosen", "rejected"))
    chats = found["train"].map(
        lambda row: {
            "prompt": [{"role": "user", "content": row["prompt"]}],
            "chosen": [{"role": "assistant", "content": row["chosen"]}],
            "rejected": [{"role": "assistant", "content": row["rejected"]}],
        },
        remove_columns=found["train"].column_names,
    )
    assert chats.column_names == ["prompt", "chosen", "rejected"] and chats[0]["chosen"][0]["role"] == "assistant"


def test_real_items(pairs: Pairs, tmp_path: Path, shared: Path) -> None:
    source = shared / "data" / "real_dropout_dev.jsonl"
    if not source.is_file():
        pytest.skip("needs real_dropout_dev.jsonl")
    (tmp_path / "real.jsonl").symlink_to(source)
    n = load_data(source).n_items
    done = pairs(source="real.jsonl", length_matched=True)
    told = done.record.told
    assert told["train"]["queries"] + told["test"]["queries"] <= n
    assert told["train"]["length_only_accuracy"] == told["test"]["length_only_accuracy"] == 0.5
    assert told["train"]["length_only_accuracy_before"] > 0.5  # there, longer answers kept more
    assert len(both(done)) + done.record.left_out["length_unmatched"] == 4 * n - sum(
        count for reason, count in done.record.left_out.items() if reason != "length_unmatched"
    )


def test_absent_tasks_are_told(own: Pairs, tmp_path: Path) -> None:
    notes = Notes()
    made(tmp_path, "pairs", notes, pairs={"source": "own.jsonl"})
    assert any("weval (weval fetch weval)" in note for note in notes.notes)
    assert json.loads((tmp_path / "build" / "pairs" / "step.json").read_text())["told"]["contamination"]["not_checked"]
