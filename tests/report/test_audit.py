from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.factories import make_item, write_items, write_rows
from tests.report.conftest import HOSTILE
from weval.audit import Audit, audit, open_task
from weval.report import audit_text
from weval.run import RunSpec, run
from weval.wording import DASH, interval, number


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    """weval-mini with a judge of each kind."""
    folder = tmp_path_factory.mktemp("judges")
    runs = [run(RunSpec(model, task="weval-mini", out=folder / model)).folder for model in ("rules", "length")]
    return audit(open_task("weval-mini"), runs)


def bare(folder: Path, **changes: object) -> Audit:
    return audit(open_task(str(write_items(folder / "items.jsonl", [make_item("i1", (3, 2), **changes)]))))


def test_everything_fits_80_columns(full: Audit, tmp_path: Path) -> None:
    long = full.judges[0].model_copy(update={"run": "x/" * 100, "model": "scores:" + "写" * 60})
    for found in (full, full.model_copy(update={"judges": (long,)}), bare(tmp_path, language="写" * 60)):
        assert max(cell_len(line) for line in audit_text(found).splitlines()) <= 80


def test_remarks_come_before_the_tables(full: Audit) -> None:
    text = audit_text(full)
    assert text.startswith("gold of weval-mini 1.0\n60 items, 300 candidates, 300 requirements, 154 with a check\n")
    assert text.index("note: dropped requirements are met anyway") < text.index(
        "requirements met, by mechanical checks"
    )


def test_every_part_of_adherence_has_a_line_with_both_shares(full: Audit) -> None:
    lines = audit_text(full).splitlines()
    assert full.adherence
    for name, met in (
        ("all", full.adherence.overall),
        ("type style", full.adherence.by_type["style"]),
        ("3 dropped", full.adherence.by_dropped["3"]),
        ("language en", full.adherence.by_language["en"]),
    ):
        line = next(line for line in lines if line.startswith(name))
        for share in (met.kept, met.dropped):
            assert share
            assert f"{number(share.value)}  {interval(share.ci)}" in line
            assert f" {share.n}" in line
    assert next(line for line in lines if line.startswith("0 dropped")).split()[-3:] == [DASH] * 3


def test_figures_stand_with_intervals_and_counts(full: Audit) -> None:
    lines = audit_text(full).splitlines()
    assert next(line for line in lines if line.startswith("pairs: fewer met")).split()[-3:] == ["29", "of", "580"]
    assert next(line for line in lines if line.startswith("a perfect reader's")).endswith("60 items")
    assert next(line for line in lines if line.startswith("5 ")).split()[1] == "0.994"


def test_judges_have_tables_of_their_own(full: Audit) -> None:
    text = audit_text(full)
    said = " ".join(text.split())  # the runs' folders, in brackets, may be too long for a line
    assert "requirements met, by rules (" in said
    assert "scores of length (" in said
    assert "kept fewer than the best by" in text


@pytest.mark.parametrize("scale", [1.0, 1e14, 1e20, 1e140])
def test_scores_of_any_size_fit_80_columns(tmp_path: Path, scale: float) -> None:
    items = [make_item(f"i{k}") for k in range(3)]
    rows = [
        {"item_id": item.id, "candidate_id": candidate.id, "score": scale * (place + number / 7)}
        for number, item in enumerate(items)
        for place, candidate in enumerate(item.candidates)
    ]
    path = write_items(tmp_path / "items.jsonl", items)
    spec = RunSpec(f"scores:{write_rows(tmp_path / 's.jsonl', rows)}", data=path, out=tmp_path / "run")
    lines = audit_text(audit(open_task(str(path)), [run(spec).folder])).splitlines()
    assert max(cell_len(line) for line in lines) <= 80
    at = next(place for place, line in enumerate(lines) if line.startswith("kept fewer than the best"))
    assert lines[at + 1].split() == ["1", *f"{scale:.4g} {scale:.4g} … {scale:.4g}".split(), "3"]


def test_without_checks_there_is_no_line_about_them(tmp_path: Path) -> None:
    text = audit_text(bare(tmp_path))
    assert "checks and gold" not in text
    assert "requirements met" not in text
    assert "position" not in text
    assert f" {DASH} " in text


def test_near_duplicates_and_other_systems_have_lines_where_there_are_any(tmp_path: Path) -> None:
    item = make_item()
    texts = ("Tea is good. " * 9, "Tea is good. " * 9, "茶")
    candidates = tuple(c.model_copy(update={"response": t}) for c, t in zip(item.candidates, texts, strict=True))
    path = write_items(tmp_path / "items.jsonl", [item.model_copy(update={"candidates": candidates})])
    text = audit_text(audit(open_task(str(path))))
    assert "near duplicates, by gap in gold" in text
    assert "1 apart" in text
    assert "other script" in text
    assert "being so and gold: correlation" in text


def test_hostile_names_are_text_on_one_line(tmp_path: Path) -> None:
    name = f"{HOSTILE}\nnote: all is well\x1b[31m"
    items = [make_item(f"{name}{k}", language=f"{name}{k}", instruction=f"Write. {name}") for k in range(2)]
    path = write_items(tmp_path / "items.jsonl", items)
    rows = [{"item_id": i.id, "candidate_id": c.id, "score": 1.0} for i in items for c in i.candidates]
    spec = RunSpec(f"scores:{write_rows(tmp_path / 's.jsonl', rows)}", data=path, out=tmp_path / "run")
    found = audit(open_task(str(path)), [run(spec).folder])
    lines = audit_text(found).splitlines()
    assert all(line.isprintable() for line in lines)
    assert "note: all is well" not in lines
    assert any("[bold red]" in line for line in lines)
    task = found.task.model_copy(update={"name": name})
    assert all(line.isprintable() for line in audit_text(found.model_copy(update={"task": task})).splitlines())
