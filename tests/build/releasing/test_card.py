"""The data card: what is in the set, how it came about, and nothing that is nobody's business."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.servers import serving
from tests.build.answered import RECIPE, made, put, rows
from tests.build.judges import JudgeServer
from tests.factories import make_item
from weval.audit import Audit
from weval.build.releasing.card import public, sha256_of_items
from weval.build.releasing.datacard import DataCard
from weval.errors import ResultError
from weval.files import read_json
from weval.hashes import sha256_of

SEEDED = RECIPE + "seeds:\n  sets:\n    - {source: file, path: seeds.jsonl, licence: CC0}\n"


def card_of(root: Path, recipe: str = SEEDED, n: int = 4, **settings: str) -> DataCard:
    put(root, rows(n), recipe)
    made("verify", root, **settings)
    return read_json(made("card", root, **settings).file, DataCard)


def test_the_card_counts_what_is_there(tmp_path: Path) -> None:
    card = card_of(tmp_path)
    assert (card.name, card.version, card.n_items, card.n_candidates, card.n_requirements) == ("tea", "2", 4, 12, 12)
    assert (card.categories, card.languages) == ({"creative": 4}, {"en": 4})
    assert card.requirement_types == {"content": 4, "length": 4, "style": 4}
    assert card.kept == {"3": 4, "2": 4, "1": 4}
    assert [(one.name, one.licence, one.n_items) for one in card.sources] == [("seeds.jsonl", "CC0", 4)]
    assert card.redistributable
    audit = Audit.model_validate_json(json.dumps(card.audit))
    assert (audit.n_items, audit.n_checked, audit.task.name, audit.task.sha256) == (4, 8, "tea", card.items_sha256)
    assert audit.length.chars_by_kept.keys() == {"3", "2", "1"}
    assert card.findings and card.findings.checks and card.findings.checks.n_answers == 24


def test_what_has_no_category_or_type_is_counted_apart(tmp_path: Path) -> None:
    content = rows(3, category=None, language=None)
    for draft in content["requirements"]:
        draft["requirements"] = [{**one, "type": None} for one in draft["requirements"]]
    put(tmp_path, content)
    made("verify", tmp_path)
    card = read_json(made("card", tmp_path).file, DataCard)
    assert (card.categories, card.languages, card.requirement_types) == ({"-": 3}, {"-": 3}, {"-": 9})


def test_the_hash_is_that_of_the_exported_items(tmp_path: Path) -> None:
    card = card_of(tmp_path)
    assert card.items_sha256 == sha256_of(made("export", tmp_path).file)
    assert sha256_of_items([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_every_step_tells_what_it_left_out_and_what_was_done_by_hand(tmp_path: Path) -> None:
    content = rows(4)
    content["answer"][0]["response"] = "No such thing."
    put(tmp_path, content)
    made("verify", tmp_path, verify__keep="kept_met")
    card = read_json(made("card", tmp_path, verify__keep="kept_met").file, DataCard)
    (step,) = card.steps
    assert (step.step, step.n_rows, step.left_out, step.by_hand) == ("verify", 3, {"kept_unmet": 1}, ())
    assert step.settings["verify"]["keep"] == "kept_met"
    assert step.replies == {}  # it asked nobody
    assert step.files.keys() == {"items.jsonl", "left_out.jsonl", "verdicts.jsonl"}
    assert "answer: answers.jsonl put there or edited by hand" in card.warnings
    items = tmp_path / "build" / "verify" / "items.jsonl"
    items.write_text("".join(items.read_text().splitlines(keepends=True)[1:]))
    card = read_json(made("card", tmp_path, verify__keep="kept_met").file, DataCard)
    assert (card.n_items, card.steps[0].by_hand) == (2, ("items.jsonl",))
    assert "verify: items.jsonl put there or edited by hand" in card.warnings


def test_the_card_is_the_same_whenever_it_is_made(tmp_path: Path) -> None:
    card_of(tmp_path)
    path = tmp_path / "build" / "card" / "card.json"
    before = path.read_bytes()
    (tmp_path / "build" / "card" / "step.json").unlink()
    path.unlink()
    assert made("card", tmp_path).file.read_bytes() == before


def test_what_is_private_stays_so(tmp_path: Path) -> None:
    with serving(JudgeServer(lambda texts: "[[1]]")) as server:
        settings: dict[str, Any] = {
            "verify.judge": "judge:server/m",
            "verify.judge_settings.base_url": f"{server.url}/v1",
            "seeds.sets.0.path": f"{tmp_path}/seeds.jsonl",
        }
        card = card_of(tmp_path, **settings)
    text = card.model_dump_json()
    assert server.url not in text and str(tmp_path) not in text
    (step,) = card.steps
    assert step.models["judge"]["model"]["base_url"] == "URL"
    assert step.spent.replies == card.spent.replies == 36
    assert card.spent.tokens_in == 360
    assert card.findings and card.findings.judge and card.findings.judge.model == "judge:server/m"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("openai/gpt-4o", "openai/gpt-4o"),
        ("transformers//home/me/models/small", "transformers/small"),
        ("judge:transformers/~/models/small/", "judge:transformers/small"),
        ("preset:./mine.yaml", "preset:mine.yaml"),
        ("../seeds/a.jsonl", "a.jsonl"),
        ("http:https://10.0.0.1:8000/predict?key=abc", "http:URL"),
        ("/home/my name/seeds of mine.jsonl", "seeds of mine.jsonl"),
        (r"C:\Users\my name\seeds.jsonl", "seeds.jsonl"),
        (r"transformers/C:\models\small", "transformers/small"),
        (r"..\seeds\a.jsonl", "a.jsonl"),
        (r"\\server\share\a.jsonl", "a.jsonl"),
        (["/a/b", {"path": "/a/b/c.jsonl", "n": 3}], ["b", {"path": "c.jsonl", "n": 3}]),
        ("Write 3/4 of a page and/or a list.", "Write 3/4 of a page and/or a list."),
    ],
)
def test_paths_and_addresses_are_cut(said: Any, shown: Any) -> None:
    assert public(said) == shown


def test_seeds_that_lie_here_are_none_of_a_tasks(tmp_path: Path) -> None:
    put(tmp_path, {"seeds": [{"id": "s1", "text": "Write about tea, please.", "source": "seeds.jsonl"}]})
    (tmp_path / "tea.jsonl").write_text(make_item("i1").model_dump_json() + "\n", encoding="utf-8")
    recipe = RECIPE + "requirements: {how: task, task: tea.jsonl}\n"
    edited = [one for one in card_of(tmp_path, recipe).warnings if one.endswith("by hand")]
    assert [one.partition(":")[0] for one in edited] == ["requirements", "dropout", "answer"]


def test_no_items_no_card(tmp_path: Path) -> None:
    content = rows(2)
    for one in content["answer"]:
        one["response"] = "All the same."
    put(tmp_path, content)
    made("verify", tmp_path)
    with pytest.raises(ResultError, match=r"items\.jsonl: holds no item; .*left_out\.jsonl says why"):
        made("card", tmp_path)


def test_a_card_of_stale_items_is_refused(tmp_path: Path) -> None:
    put(tmp_path, rows(3))
    made("verify", tmp_path)
    path = tmp_path / "build" / "answer" / "answers.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-3]))
    with pytest.raises(ResultError, match=r"items\.jsonl: was made of another answer/answers\.jsonl than is here"):
        made("card", tmp_path)
