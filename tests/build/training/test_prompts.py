from __future__ import annotations

from pathlib import Path

import datasets
import pytest

from tests.build.prompted import draft, left_out, lines, made, put
from weval.errors import DataError
from weval.tasks import load_task

FERRY = "Explain to my neighbour how the ferry timetable of our island works in winter, when it storms."
FERRY_AGAIN = "Please explain to my neighbour how the ferry timetable of our island works in winter, when it snows."


def test_prompts_are_chats_with_their_requirements(tmp_path: Path) -> None:
    put(
        tmp_path,
        "requirements",
        [draft("s1", FERRY, "Use a table.", "Be brief.", category="informational", source="file")],
    )
    (row,) = lines(made(tmp_path, "prompts").file)
    assert row["prompt"] == [{"role": "user", "content": f"{FERRY} Use a table. Be brief."}]
    assert row["instruction"] == FERRY and [r["text"] for r in row["requirements"]] == ["Use a table.", "Be brief."]
    assert (row["id"], row["language"], row["category"], row["source"]) == ("s1", "en", "informational", "file")


def test_extracted_requirements_are_not_said_twice(tmp_path: Path) -> None:
    put(tmp_path, "requirements", [draft("s1", FERRY + " Use a table.", "Use a table.")])
    (row,) = lines(made(tmp_path, "prompts", requirements={"how": "extract"}).file)
    assert row["prompt"][0]["content"] == FERRY + " Use a table."


def test_nothing_stands_between_chinese_sentences(tmp_path: Path) -> None:
    put(tmp_path, "requirements", [draft("s1", "写一首关于渡轮的诗。", "用四行。", language="zh")])
    (row,) = lines(made(tmp_path, "prompts").file)
    assert row["prompt"][0]["content"] == "写一首关于渡轮的诗。用四行。"


def test_near_duplicates_few_requirements_and_items_are_left_out_and_counted(tmp_path: Path) -> None:
    item = next(load_task("weval-mini").items())
    put(
        tmp_path,
        "requirements",
        [
            draft("first", FERRY, "Use a table.", "Be brief."),
            draft("again", FERRY_AGAIN, "Use verse.", "Be warm."),
            draft("few", "Write about moss.", "Be brief."),
            draft("item", item.instruction, "Be brief.", "Be warm."),
            draft("last", "Write about fog on the harbour wall.", "Be brief.", "Be warm."),
        ],
    )
    done = made(tmp_path, "prompts", prompts={"min_requirements": 2})
    assert [row["id"] for row in lines(done.file)] == ["first", "last"]
    assert left_out(done) == {"again": "near_duplicate", "few": "few_requirements", "item": "contaminated"}
    assert done.record.left_out == {"contaminated": 1, "few_requirements": 1, "near_duplicate": 1}
    why = {row["id"]: row["detail"] for row in lines(done.file.with_name("left_out.jsonl"))}
    assert why["again"].endswith("in first") and f"weval-mini/{item.id}" in why["item"]


@pytest.mark.parametrize("overlap, n", [(0.5, 1), (1.0, 2)])
def test_the_share_decides(tmp_path: Path, overlap: float, n: int) -> None:
    put(tmp_path, "requirements", [draft("first", FERRY), draft("again", FERRY_AGAIN)])
    assert made(tmp_path, "prompts", prompts={"overlap": overlap}).record.n_rows == n


def test_what_datasets_loads_has_the_columns_that_trl_and_rewards_take(tmp_path: Path) -> None:
    items = load_task("weval-mini").items()  # their requirements have checks of all forms
    rows = [
        draft(f"d{n}", f"{n} {FERRY}", requirements=[r.model_dump(mode="json") for r in item.requirements])
        for n, item in enumerate(items)
    ]
    put(tmp_path, "requirements", rows)
    done = made(tmp_path, "prompts", prompts={"overlap": 1.0})
    found = datasets.load_dataset("json", data_files=str(done.file), split="train", cache_dir=str(tmp_path / "cache"))
    assert found.num_rows == done.record.n_rows == 60
    assert {"prompt", "instruction", "requirements", "language", "category", "source", "id"} == set(found.column_names)
    assert found[0]["prompt"][0]["role"] == "user"
    checks = [r["check"] for row in found for r in row["requirements"]]
    assert any(check and check["kind"] == "word_count" for check in checks)


def test_no_two_prompts_have_the_same_name(tmp_path: Path) -> None:
    put(tmp_path, "requirements", [draft("s1", FERRY), draft("s1", "Write about fog on the harbour wall.")])
    with pytest.raises(DataError, match=r"drafts\.jsonl:2: 's1' is on line 1 already"):
        made(tmp_path, "prompts")
