"""What the site has for machines and papers: the figures of the results, and no text that does anything."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from typing import Any

import pytest

from tests.leaderboard.factories import TASK, nasty_texts
from tests.leaderboard.site.conftest import Standing, tables_of
from tests.leaderboard.site.looking import data, files
from tests.leaderboard.site.test_measured import leaves
from weval.leaderboard.gold import gold_index
from weval.leaderboard.site.board import Board
from weval.leaderboard.site.columns import columns
from weval.leaderboard.site.files import board_bib, board_csv, board_json, items_js, models_js, row_js
from weval.leaderboard.site.itempages import page_of


def _json(site: Standing) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((site.out / f"data/{TASK}.json").read_text(encoding="utf-8"))
    return found


def _csv(text: str) -> list[dict[str, str]]:
    found = [*csv.DictReader(io.StringIO(text))]
    assert all(None not in row and None not in row.values() for row in found)  # as many cells as heads
    return found


# --- JSON --------------------------------------------------------------------------------------------------------


def test_json_has_every_figure_of_every_result(site: Standing, board: Board) -> None:
    models = _json(site)["models"]
    assert [model["model"] for model in models] == [row.model for row in board.rows]
    for model, row in zip(models, board.rows, strict=True):
        found = dict(leaves(model["result"]))
        expected = dict(leaves(row.measured.result.model_dump(mode="json", by_alias=True)))
        assert {*found} == {*expected} and len(found) > 200
        for name, value in expected.items():
            wanted = pytest.approx(value, abs=5.1e-7) if isinstance(value, float) else value
            assert found[name] == wanted, name


def test_json_tells_rank_badge_run_and_card(site: Standing, board: Board) -> None:
    for model, row in zip(_json(site)["models"], board.rows, strict=True):
        assert model["rank"] == ([row.best, row.worst] if row.best else None) and model["badge"] == row.badge
        assert model["run"]["scores_sha256"] == row.measured.digest and model["run"]["date"] == row.date
        assert model["run"]["command"].startswith("weval run --model ")
        assert model["card"]["name"] == row.name and model["card"]["schema"] == 1
    probed = next(model for model in _json(site)["models"] if model["model"] == "length")["probes"]
    row = next(row for row in board.rows if row.model == "length")
    expected = row.measured.probes["swapped"].metrics["correlation"]
    assert expected and probed["swapped"]["correlation"]["value"] == pytest.approx(expected.value, abs=1e-6)


def test_published_rows_are_no_models(tables: dict[str, Board]) -> None:
    content = json.loads(board_json(tables["weval"]))
    assert content["models"] == []
    assert len(content["reported_not_verified"]) == len(tables["weval"].reported) > 3
    for said, row in zip(content["reported_not_verified"], tables["weval"].reported, strict=True):
        assert said == {"name": row.name, "family": row.family, "released": row.figures, "source": row.source}
        assert "arXiv" in said["source"]


def test_a_model_without_a_rank_has_none(board: Board) -> None:
    rows = (replace(board.rows[0], best=0, worst=0),)
    assert json.loads(board_json(replace(board, rows=rows)))["models"][0]["rank"] is None


# --- CSV ---------------------------------------------------------------------------------------------------------


def test_csv_has_the_figures_and_intervals(site: Standing, board: Board) -> None:
    rows = _csv((site.out / f"data/{TASK}.csv").read_text(encoding="utf-8"))
    assert [row["model"] for row in rows] == [row.model for row in board.rows]
    for said, row in zip(rows, board.rows, strict=True):
        assert (said["rank_best"], said["rank_worst"]) == ((str(row.best), str(row.worst)) if row.best else ("", ""))
        assert (said["verified"], said["name"], said["family"]) == (row.badge, row.name, row.measured.card.family)
        for name in ("correlation", "reading"):
            found = row.measured.result.metrics[name]
            ends = (found.value, *(found.ci or (None, None))) if found else (None, None, None)
            for column, value in zip((name, f"{name} low", f"{name} high"), ends, strict=True):
                assert said[column] == ("" if value is None else str(round(value, 6)))


def test_csv_is_empty_where_there_is_nothing(site: Standing) -> None:
    text = (site.out / f"data/{TASK}.csv").read_text(encoding="utf-8")
    assert "–" not in text
    rows = {row["model"]: row for row in _csv(text)}
    assert rows["length"]["parameters"] == "" and rows["rules"]["swapped"] == ""
    assert rows["partly"]["parameters"] == "70600000000.0" and rows["holed"]["$ per 1,000"] == "2.0"


@pytest.mark.parametrize(
    "text", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\n=1", "\uff1d1+1", "=cmd|' /C calc'!A0", "-"]
)
def test_a_cell_that_would_be_computed_is_text(board: Board, text: str) -> None:
    row = board.rows[0]
    card = row.measured.card.model_copy(update={"name": text, "organisation": text})
    rows = (replace(row, measured=row.measured.model_copy(update={"card": card})),)
    (said,) = _csv(board_csv(replace(board, rows=rows), columns(board)))
    assert said["name"][0] == said["organisation"][0] == "'"


def test_a_category_that_would_be_computed_is_text(board: Board) -> None:
    assert board.index
    items = tuple(item.model_copy(update={"category": "=1+1"}) for item in board.index.items)
    other = replace(board, index=board.index.model_copy(update={"items": items}))
    head = next(csv.reader(io.StringIO(board_csv(other, columns(other)))))
    assert "'=1+1" in head and "=1+1" not in head


def test_negative_figures_stay_numbers(site: Standing) -> None:
    rows = {row["model"]: row for row in _csv((site.out / f"data/{TASK}.csv").read_text(encoding="utf-8"))}
    assert float(rows["length"]["correlation"]) < 0


# --- BibTeX ------------------------------------------------------------------------------------------------------


def _entries(text: str) -> list[dict[str, str]]:
    """The entries with their fields, by the rules of BibTeX: braces that an escape does not hide must balance."""
    found = []
    for entry in re.split(r"^(?=@)", text, flags=re.MULTILINE)[1:]:
        depth, key = 0, entry.partition("{")[2].partition(",")[0]
        fields = {"": key}
        for at, char in enumerate(entry):
            depth += (char == "{") - (char == "}")  # BibTeX counts escaped braces as well
            assert depth >= 0 and (depth > 0 or not entry[at + 1 :].strip() or at < entry.index("{")), entry
        assert depth == 0, entry
        for name, value in re.findall(r"^  (\w+) = \{(.*)\},?$", entry, flags=re.MULTILINE):
            fields[name] = value
        found.append(fields)
    return found


def test_bibtex_has_the_table_and_every_model(site: Standing, board: Board) -> None:
    table, *models = _entries((site.out / f"data/{TASK}.bib").read_text(encoding="utf-8"))
    assert table[""] == f"weval-{TASK}" and "version 1.0" in table["title"]
    assert [entry[""] for entry in models] == [f"weval-{TASK}-{row.model}" for row in board.rows]
    for entry, row in zip(models, board.rows, strict=True):
        found = row.correlation
        assert found and found.ci
        low, high = (f"{end:.3f}" for end in found.ci)
        rank = row.band.replace("–", "--")
        assert entry["note"] == f"correlation {found.value:.3f} [{low}, {high}], rank {rank}, {row.badge}"
        assert entry["year"] == row.date[:4]


@pytest.mark.parametrize("text", ["}, author={Evil}", "{", "}", "\\", "\\input{x}", "% & # _ $ ~ ^", '"', "{\\textbf}"])
def test_bibtex_is_balanced_and_escaped(board: Board, text: str) -> None:
    row = board.rows[0]
    card = row.measured.card.model_copy(update={"name": text, "organisation": text})
    record = row.measured.record.model_copy(update={"created": "}}@x"})
    rows = (replace(row, measured=row.measured.model_copy(update={"card": card, "record": record})),)
    found = board_bib(replace(board, rows=rows, title=text))
    bare = re.sub(r"\\(textbackslash|textasciitilde|textasciicircum)\{\}|\\[{}%&#_$]", "", found)
    assert len(re.findall("^@", bare, flags=re.MULTILINE)) == 2
    assert bare.count("{") == bare.count("}") and "\\" not in bare and not set("%&#_$~^") & set(bare)
    assert all(line.startswith(("@misc{weval-", "  ", "}")) or not line for line in bare.splitlines())


# --- scripts -----------------------------------------------------------------------------------------------------


def test_a_models_script_has_its_figures_and_scores(site: Standing, board: Board) -> None:
    for row in board.rows:
        text = (site.out / f"data/{TASK}/{row.model}.js").read_text(encoding="ascii")
        found = data(text, f"{TASK}/{row.model}")
        assert found["scores"] == [list(scores) for scores in row.measured.scores]
        assert found["figures"] == {name: list(values) for name, values in row.measured.figures.items()}


def test_the_items_script_has_no_texts(site: Standing, board: Board) -> None:
    found = data((site.out / f"data/{TASK}/_items.js").read_text(encoding="ascii"), f"{TASK}/_items")
    places = page_of(board)
    expected = [
        {"id": item.id, "category": item.category, "gold": list(item.counts), "page": places[item.id]}
        for item in gold_index(TASK).items
    ]
    assert found == expected


def test_the_list_of_models_is_that_of_the_tables(site: Standing, board: Board) -> None:
    (task,) = data((site.out / "data/models.js").read_text(encoding="ascii"), "models")
    assert (task["task"], task["title"], task["items"]) == (TASK, "WEval-mini", 60)
    assert [model["model"] for model in task["models"]] == [row.model for row in board.rows]


def test_data_cannot_end_its_script_or_be_anything_but_ascii(board: Board) -> None:
    text = '</script><!-- <script>alert(1)</script>\u2028\u2029"\\\ud800é'
    row = board.rows[0]
    card = row.measured.card.model_copy(update={"name": text})
    one = replace(row, measured=row.measured.model_copy(update={"card": card}))
    index = gold_index(TASK)
    item = index.items[0].model_copy(update={"id": text, "category": text})
    scripts = [
        models_js([replace(board, rows=(one,), title=text)]),
        items_js(TASK, index.model_copy(update={"items": (item,)}), {text: text}),
        row_js(one, TASK),
    ]
    for script, name in zip(scripts, ("models", f"{TASK}/_items", f"{TASK}/{row.model}"), strict=True):
        assert script.isascii() and "</" not in script and script.count("\n") == 1
        data(script, name)
    assert data(scripts[1], f"{TASK}/_items")[0]["page"] == text


def test_every_script_of_a_nasty_site_is_data(nasty: Standing) -> None:
    found = {path: content for path, content in files(nasty.out).items() if re.fullmatch(r"data/.*\.js", path)}
    assert len(found) == 14
    for path, content in found.items():
        text = content.decode("ascii")
        assert "</" not in text and text.count("\n") == 1
        data(text, path.removeprefix("data/").removesuffix(".js"))


def test_a_nasty_site_has_safe_files_for_machines(nasty: Standing) -> None:
    (board,) = (board for board in tables_of(nasty).values() if board.rows)
    rows = _csv((nasty.out / f"data/{TASK}.csv").read_text(encoding="utf-8"))
    assert len(rows) == 12
    for row in rows:
        for value in row.values():
            assert not value.startswith(("=", "+", "@", "\t", "\r")) and re.match(r"-[^\d]", value) is None
    assert len(_json(nasty)["models"]) == 12
    names = {model["card"]["name"] for model in _json(nasty)["models"]}
    assert names == {row.name for row in board.rows} and names <= {*nasty_texts()}
    bib = (nasty.out / f"data/{TASK}.bib").read_text(encoding="utf-8")
    bare = re.sub(r"\\(textbackslash|textasciitilde|textasciicircum)\{\}|\\[{}%&#_$]", "", bib)
    assert len(re.findall("^@misc{", bare, flags=re.MULTILINE)) == 13 and bare.count("{") == bare.count("}")
    assert not set("\\%&#_$~^") & set(bare)
