from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.factories import make_item, write_rows
from tests.training.rewardmodels.asked import make_profile
from weval.build.sections import Pairs
from weval.build.training.pairing import contrasts, crossed, pair_of, quadruple_of
from weval.errors import ConfigError, DataError
from weval.training.rewardmodels.built import built_files, built_preferences, check_built, is_built
from weval.training.rewardmodels.reading import head_of
from weval.training.rewardmodels.splitting import item_preferences
from weval.training.sections import RewardHead
from weval.types import Item, Request

ITEM = make_item(kept=((1, 2), (1,), (2,)), n_requirements=2, language="en")


def build(folder: Path, item: Item = ITEM, judged_on: str = "requirement", against: str = "all") -> Path:
    """What `weval build pairs` writes, all of it for training."""
    folder.mkdir(exist_ok=True)
    section = Pairs.model_validate({"judged_on": judged_on, "against": against})
    rows = [pair_of(item, contrast).model_dump() for contrast in contrasts(item, section)]
    write_rows(folder / "pairs.jsonl", rows)
    quadruples = [quadruple_of(item, *pair, "train").model_dump() for pair in crossed(item)]
    write_rows(folder / "quadruples.jsonl", quadruples)
    step: Mapping[str, Any] = {
        **{"schema": 1, "step": "pairs", "settings": section.model_dump(mode="json"), "inputs": {}, "files": {}},
        **{"n_rows": len(rows), "version": "1", "created": "now", "seconds": 0.0},
    }
    write_rows(folder / "step.json", [step])
    return folder


def head(**said: Any) -> RewardHead:
    return head_of(make_profile(**said))


def asked(request: Request) -> tuple[str, ...]:
    requirement = request.requirement.text if request.requirement else ""
    return request.asked, request.instruction if requirement else "", requirement, *request.responses


def same(folder: Path, item: Item, **said: Any) -> None:
    """What is read of a build is what the item itself gives."""
    ours = [
        ([asked(request) for request in found.requests], found.margin)
        for found in built_preferences(folder, head(**said), "train")
    ]
    theirs = [
        ([asked(request) for request in found.requests], found.margin) for found in item_preferences(item, head(**said))
    ]
    assert ours == theirs and ours


@pytest.mark.parametrize("language", ["en", "zh"])
def test_pairs_and_quadruples_ask_what_their_items_ask(tmp_path: Path, language: str) -> None:
    item = ITEM.model_copy(update={"language": language})
    folder = build(tmp_path, item)
    assert is_built(folder) and not is_built(tmp_path / "other")
    same(folder, item)
    same(folder, item, objective="double-difference")
    assert built_preferences(folder, head(), "test") == []
    assert built_preferences(folder, head(objective="double-difference"), "test") == []


def test_pairs_on_the_whole_query_have_margins(tmp_path: Path) -> None:
    folder = build(tmp_path, judged_on="query")
    same(folder, ITEM, unit="response", wire="{query} {response}", margin="dropped")
    same(folder, ITEM, unit="response", wire="{query} {response}")


def test_pairs_for_testing_lie_beside_them(tmp_path: Path) -> None:
    folder = build(tmp_path)
    (folder / "pairs.jsonl").rename(folder / "pairs_test.jsonl")
    build(folder)
    assert len(built_preferences(folder, head(), "test")) == len(built_preferences(folder, head(), "train")) == 4
    names = [path.name for path in built_files(folder, head(objective="double-difference"))]
    assert names == ["pairs.jsonl", "pairs_test.jsonl", "quadruples.jsonl"]
    assert [path.name for path in built_files(build(tmp_path / "b"), head())] == ["pairs.jsonl"]


def test_what_the_pairs_do_not_tell_is_refused(tmp_path: Path) -> None:
    folder = build(tmp_path)
    check_built(folder, head())
    with pytest.raises(ConfigError, match=r"judged on the requirement, and reward_head.unit is response"):
        check_built(folder, head(unit="response", wire="{query} {response}"))
    with pytest.raises(ConfigError, match=r"reward_head.wire: \{query\} is not in the pairs"):
        check_built(folder, head(wire="{query} {requirement} {response}"))
    (folder / "step.json").unlink()
    check_built(folder, head(unit="response", wire="{query} {response}"))  # nobody knows


def test_a_quadruple_whose_requirement_no_pair_is_about_is_refused(tmp_path: Path) -> None:
    folder = build(tmp_path)
    other = build(tmp_path / "other", make_item("i2", kept=((1, 2), (1,)), n_requirements=2))
    (other / "pairs.jsonl").replace(folder / "pairs.jsonl")
    with pytest.raises(DataError, match=r"quadruples.jsonl: .* no pair is about requirement c1 of item i1"):
        built_preferences(folder, head(objective="double-difference"), "train")


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    folder = build(tmp_path)
    with (folder / "pairs.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"id": "x"}\n')
    with pytest.raises(DataError, match=r"pairs.jsonl:5: prompt"):
        built_preferences(folder, head(), "train")
