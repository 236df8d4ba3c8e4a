"""Who judges, as a recipe names it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.training.comparing.ladders import comparison, judging, pairwise
from tests.training.comparing.runs import profile
from weval.errors import ConfigError
from weval.training.comparing.comparer import Comparer, Contest
from weval.training.comparing.judges import comparison_of, hashes, open_judge, open_judges


def test_the_grader_is_the_judge_unless_another_is_named() -> None:
    judges = open_judges(profile(comparison={"judge": "length"}))
    assert judges.grader is judges.judge
    judges = open_judges(profile(comparison={"judge": "length", "grader": "keywords"}))
    assert (judges.judge.unit, judges.grader.unit) == ("response", "requirement")


def test_a_preset_is_named_by_its_file(tmp_path: Path) -> None:
    path = tmp_path / "preset.yaml"
    with pytest.raises(ConfigError, match=r"comparison\.judge=.*preset\.yaml: is not there"):
        open_judge(comparison(str(path)), on_gpu=False)
    about = {"family": "length", "about": "Length.", "licence": "none", "source": "a test"}
    path.write_text(yaml.safe_dump(about), encoding="utf-8")
    assert open_judge(comparison(str(path)), on_gpu=False).unit == "response"


def test_what_a_paid_judge_replied_is_not_asked_again(tmp_path: Path) -> None:
    from tests.training.comparing.ladders import made

    with judging(lambda a, b: "[[B]]") as server:
        for _ in range(2):
            how = pairwise(server)
            comparer = Comparer(open_judge(how, on_gpu=False, out=tmp_path), how)
            assert comparer.rewards([Contest("0/1", made("tea", "a", "b"), "a", "text")]) == [1.0]
        assert len(server.asked) == 1
    assert (tmp_path / "judged" / "judge" / "0" / "replies.jsonl").is_file()


def test_nothing_is_written_before_the_folder_is_claimed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with judging(lambda a, b: "[[B]]") as server:
        judges = open_judges(profile(comparison=pairwise(server).model_dump()))
        assert not list(tmp_path.iterdir())
        judges.keep_in(tmp_path)
    assert [path.name for path in (tmp_path / "judged").iterdir()] == ["judge"]


def test_another_judge_and_other_grades_are_another_run(tmp_path: Path) -> None:
    def known(**said: str) -> dict[str, str]:
        about = profile(comparison={"judge": "length", **said})
        return hashes(about, open_judges(about))

    grades = tmp_path / "grades.jsonl"
    grades.write_text('{"id": "p1", "grade": 1.0}\n', encoding="utf-8")
    assert known() == known()
    assert known() != known(judge="shortest")
    assert known() != known(grader="keywords")
    assert set(known(grades=str(grades))) == {"judges", str(grades)}


def test_a_profile_without_comparisons_is_told_so() -> None:
    with pytest.raises(ConfigError, match="comparison: the profile has no such section"):
        comparison_of(profile(comparison=None))
