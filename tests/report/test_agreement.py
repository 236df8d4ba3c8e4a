"""`weval agree` as text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from tests.factories import make_item, write_items, write_rows
from weval.agree import Agreement, AgreeOptions, Confusion, agree
from weval.report import agreement_text
from weval.report.wording import RELEASED_WHY
from weval.tasks import load_data
from weval.wording import DASH, interval, number

THREE = ["a1", "a2", "a3"]
CYCLE = {"p": THREE, "q": ["a2", "a3", "a1"], "r": ["a3", "a1", "a2"]}


def rated(folder: Path, rankings: dict[str, Any], labels: dict[str, Any], *, gold: bool) -> Agreement:
    rows = [
        {"item_id": item, "annotator": who, field: said}
        for field, every in (("ranking", rankings), ("category", labels))
        for item, given in every.items()
        for who, said in given.items()
    ]
    path = write_rows(folder / "people.jsonl", rows)
    items = [make_item(f"i{n}", category="story") for n in range(3)]
    task = load_data(write_items(folder / "items.jsonl", items)) if gold else None
    return agree(path, task, AgreeOptions(resamples=200))


@pytest.fixture
def full(tmp_path: Path) -> Agreement:
    """Every kind of figure, and something to remark on each."""
    rankings = {"i0": {"p": THREE, "q": THREE}, "i1": CYCLE, "i2": {"p": ["a1", "a2"]}, "i9": {"p": THREE}}
    labels = {
        "i0": {"p": "story", "q": "story"},
        "i1": {"p": "plan", "q": "plan"},
        "i2": {"p": "story", "q": "plan"},
    }
    return rated(tmp_path, rankings, labels, gold=True)


def test_every_figure_stands_with_its_interval_and_count(full: Agreement) -> None:
    lines = agreement_text(full).splitlines()
    assert lines[:2] == ["people.jsonl on items own-data", "3 annotators, 6 rankings of 3 items, 6 labels of 3 items"]
    assert full.rankings is not None
    assert full.majority is not None
    kappa, correlation = full.rankings.overall.kappa, full.majority.metrics["correlation"]
    assert kappa is not None
    assert correlation is not None
    line = next(line for line in lines if line.startswith("kappa  "))
    assert line.split() == ["kappa", number(kappa.value), *interval(kappa.ci).split(), "2", "6", "pairs"]
    line = next(line for line in lines if line.startswith("correlation"))
    assert line.split() == ["correlation", number(correlation.value), *interval(correlation.ci).split(), "2", "1.000"]
    assert any(line.startswith("story → plan") for line in lines)
    assert [line.split()[:2] for line in lines if line[:2] in ("p ", "q ", "r ")] == [
        ["p", "3"],
        ["q", "2"],
        ["r", "1"],
    ]


def test_what_a_reader_must_know_is_said(full: Agreement) -> None:
    text = " ".join(agreement_text(full).split())
    for said in (
        "note: people.jsonl: 3 of 11 answers are for no text of this task, as i9 a1",
        "note: 1 of 6 rankings leave candidates out, and count in kappa alone, not in alpha and W",
        "note: the majority goes round in a circle (a over b over c over a) in 1 item",
        "note: 1 item left out of the majority and gold: nobody compared some pair of candidates",
        "note: 1 item without a majority category: two are given as often",
        RELEASED_WHY,
    ):
        assert said in text


def test_one_annotator_gets_dashes_and_the_majority_its_figures(tmp_path: Path) -> None:
    found = rated(tmp_path, {"i0": {"p": THREE}, "i1": {"p": THREE}}, {"i0": {"p": "story"}}, gold=True)
    text = agreement_text(found)
    for name in ("kappa", "alpha", "W"):
        line = next(line for line in text.splitlines() if line.startswith(f"{name} "))
        assert line.split()[1:4] == [DASH, DASH, "0"]
    assert "correlation                      1.000" in text
    assert "note: one annotator: agreement among annotators is undefined" in text


def test_without_a_task_nothing_is_said_of_gold(tmp_path: Path) -> None:
    text = agreement_text(rated(tmp_path, {"i0": CYCLE}, {}, gold=False))
    assert text.startswith("people.jsonl\n3 annotators, 3 rankings of 1 item\n")
    assert "gold  " in text  # a column of dashes
    assert "majority and gold" not in text
    assert RELEASED_WHY.split()[0] not in text


def test_labels_alone_have_no_rankings(tmp_path: Path) -> None:
    text = agreement_text(rated(tmp_path, {}, {"i0": {"p": "story", "q": "plan"}}, gold=False))
    assert "2 annotators, 2 labels of 1 item" in text
    assert "kappa: Fleiss, over pairs" not in text


@pytest.mark.parametrize("name", ["x" * 200, "写" * 100, "a\nb\x1b[31m", "[bold]{{7*7}}", ""])
def test_long_and_hostile_names_fit_80_columns_and_cut_no_figure(full: Agreement, name: str) -> None:
    assert full.rankings is not None
    assert full.labels is not None
    assert full.task is not None
    rankings = full.rankings.model_copy(update={"by_category": {name: full.rankings.overall}})
    labels = full.labels.model_copy(update={"confusions": (Confusion(gold=name, majority=name, n=123_456),)})
    update = {
        "ratings": name,
        "task": full.task.model_copy(update={"name": name}),
        "annotators": {name: full.annotators["p"]},
        "rankings": rankings,
        "labels": labels,
        "notices": (name,),
    }
    text = agreement_text(full.model_copy(update=update))
    assert max(map(cell_len, text.splitlines())) <= 80
    assert "123456" in text
    assert "\x1b" not in text
    with_others = full.annotators["p"].with_others
    assert with_others is not None
    assert number(with_others.value) in text
