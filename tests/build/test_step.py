from __future__ import annotations

from pathlib import Path

import pytest

from tests.build.started import Notices, Teacher, draft, lines, put
from tests.textmodels.servers import chatting
from weval.build.recipe import Recipe
from weval.build.records import Draft, Spent
from weval.build.sections import Writer
from weval.build.step import LEFT_OUT, Tally, Work, n_kept, opened
from weval.errors import ConfigError, DataError, ResultError
from weval.files import part_of
from weval.textmodels import TextModelOptions
from weval.types import Prompt, Reply


def work(folder: Path, **sources: Path) -> Work:
    recipe = Recipe(name="n", title="t", description="d")
    (folder / "own").mkdir(exist_ok=True)
    return Work(recipe, folder, folder / "own", sources, Notices())


def test_rows_of_an_earlier_step_are_read_one_by_one(tmp_path: Path) -> None:
    path = put(tmp_path / "drafts.jsonl", [draft(1), draft(2)])
    assert [row.id for row in work(tmp_path, requirements=path).read("requirements", Draft)] == ["i1", "i2"]


def test_a_file_that_was_edited_badly_names_line_and_field(tmp_path: Path) -> None:
    path = put(tmp_path / "drafts.jsonl", [draft(1), draft(2, instruction=""), draft(3, more=1), draft(1)])
    rows = work(tmp_path, requirements=path).read("requirements", Draft, lambda row: row.id)
    with pytest.raises(DataError) as error:
        list(rows)
    assert error.value.problems == [
        f"{path}:2: instruction: must not be empty",
        f"{path}:3: more: is not a known key",
        f"{path}:4: 'i1' is on line 1 already",
    ]


def test_what_is_left_out_is_on_its_way_to_a_file_and_counted(tmp_path: Path) -> None:
    at_work = work(tmp_path)
    for name, reason in (("i1", "refused"), ("i2", "empty"), ("i3", "refused")):
        at_work.leave_out(name, reason, "said\n\x1b[31m" + "x" * 400)
    at_work.left_out.close()
    at_work.left_out.put_in_place()
    assert at_work.reasons() == {"empty": 1, "refused": 2}
    rows = lines(at_work.folder / LEFT_OUT)
    assert [row["id"] for row in rows] == ["i1", "i2", "i3"]
    assert rows[0]["detail"].startswith("said\\n\\x1b[31mxxx")
    assert len(rows[0]["detail"]) < 320


def test_a_file_beside_the_main_one_is_written_where_it_waits(tmp_path: Path) -> None:
    at_work = work(tmp_path)
    path = at_work.beside("released/eval.jsonl")
    assert path == part_of(at_work.folder / "released" / "eval.jsonl")
    assert path.parent.is_dir()
    assert at_work.side_files == ["released/eval.jsonl"]


def test_replies_are_kept_in_a_folder_of_the_role_and_found_again(tmp_path: Path) -> None:
    teacher = Teacher()
    prompts = [Prompt(f"p{n}", (("user", f"{n}"),)) for n in range(5)]
    with chatting(teacher) as server:
        writer = Writer(model="server/m", settings=TextModelOptions(base_url=f"{server.url}/v1"))
        for _ in range(2):
            at_work = work(tmp_path)
            replies = list(at_work.ask(at_work.open("teacher", writer), prompts, 5))
            assert sorted(reply.prompt_id for reply in replies) == ["p0", "p1", "p2", "p3", "p4"]
            assert at_work.paid.spent == Spent(replies=5, tokens_in=50, tokens_out=15)
            assert at_work.models["teacher"]["model"] == "m"
    assert teacher.asked.total() == 5
    assert n_kept(tmp_path / "own" / "teacher" / "replies.jsonl") == 5
    assert isinstance(at_work.watcher, Notices)
    assert at_work.watcher.said[0].startswith("teacher: 5 replies are kept in ")


def test_what_was_paid_does_not_depend_on_the_order_of_replies() -> None:
    costs = [0.1, 1e-9, 3e7, 0.1, None, 0.2]
    sums = []
    for order in (costs, costs[::-1]):
        tally = Tally()
        for cost in order:
            tally.add(Reply("p", "ok", cost_usd=cost, tokens_in=2))
        sums.append(tally.spent)
    assert sums[0] == sums[1]
    assert (sums[0].replies, sums[0].tokens_in, sums[0].tokens_out) == (6, 12, None)
    assert Tally().spent == Spent()


def test_a_role_without_a_model_says_how_to_name_one() -> None:
    with pytest.raises(ConfigError, match=r"^answer\.model: the recipe names none; --set answer\.model=BACKEND/MODEL"):
        opened("answer", Writer())


def test_kept_replies_of_a_folder_that_cannot_be_read(tmp_path: Path) -> None:
    assert n_kept(tmp_path / "nothing") == 0
    with pytest.raises(ResultError, match=r"cannot read .*: Is a directory"):
        n_kept(tmp_path)
