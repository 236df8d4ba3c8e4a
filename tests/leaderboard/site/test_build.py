"""The whole site: the same bytes for the same submissions, nothing done twice, nothing that was not recomputed."""

from __future__ import annotations

import getpass
import json
import shutil
import socket
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.leaderboard.factories import (
    TASK,
    answered,
    change_last,
    kept_by,
    put,
    put_rows,
)
from tests.leaderboard.site.conftest import ROOT, Standing, built_again, confirm, place_tasks, plugin
from tests.leaderboard.site.looking import files, page, pages, parsed, times
from tests.leaderboard.writing import pin_here
from weval.errors import ConfigError, ResultError
from weval.leaderboard import gold
from weval.leaderboard.bundle import SCORES_GZ
from weval.leaderboard.card import CARD
from weval.leaderboard.site import build, build_site
from weval.leaderboard.site import pages as pages_module
from weval.leaderboard.site.board import Board
from weval.leaderboard.site.writing import MARK
from weval.leaderboard.tree import Entry
from weval.store import RESULT, RUN
from weval.tasks import load_task


def of_model(model: str) -> set[str]:
    """The files of a model, and of no other."""
    return {f"models/{model}.html", f"badges/{model}.{TASK}.svg", f"data/{TASK}/{model}.js"}


def changed(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
    """The files that are not the same in both."""
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


# --- the same bytes ----------------------------------------------------------------------------------------------


def test_two_builds_of_the_same_submissions_are_the_same_to_the_byte(
    rich: Path, site: Standing, tmp_path: Path
) -> None:
    """In another place, at another time; without a cache, from one, and from one that was filled one by one."""
    expected = files(site.out)
    assert len(expected) > 45
    build_site(rich, tmp_path / "from-cache", cache=Path(shutil.copytree(site.cache, tmp_path / "a")))
    growing = tmp_path / "other" / "place" / "results"
    shutil.copytree(rich / "paper", growing / "paper")
    shutil.copy(rich / "reruns.jsonl", growing)
    for model in sorted(path.parent.name for path in rich.glob(f"*/{CARD}")):
        shutil.copytree(rich / model, growing / model)
        build_site(growing, tmp_path / "grown", cache=tmp_path / "b")
    for name in ("from-cache", "grown"):
        found = files(tmp_path / name)
        assert changed(expected, found) == set(), name


def test_nothing_tells_when_where_or_by_whom_it_was_built(site: Standing) -> None:
    own = [str(site.out.parent), str(site.results.parent), str(Path.home()), str(ROOT), tempfile.gettempdir()]
    own += [f'"{getpass.getuser()}"', f"{datetime.now(UTC).date().isoformat()}T"]
    host = socket.gethostname()
    for path, content in files(site.out).items():
        if path.startswith("static/vendor"):
            continue
        text = content.decode()
        assert not [word for word in own if len(word) > 3 and word in text], path
        assert len(host) < 6 or host not in text, path


# --- nothing twice -----------------------------------------------------------------------------------------------


def test_an_unchanged_build_measures_and_writes_nothing(copy: Standing) -> None:
    before = times(copy.out)
    built = built_again(copy).built
    assert (built.n_submissions, built.n_recomputed, built.n_written) == (7, 0, 0)
    assert times(copy.out) == before


def test_one_that_has_changed_is_recomputed_and_the_others_are_not(copy: Standing) -> None:
    before = files(copy.out)
    told: list[str] = []
    put(copy.results / "looked-up" / CARD, {"contact": "somebody else"})
    built = build_site(copy.results, copy.out, told.append, copy.cache)
    assert (told, built.n_recomputed) == ([f"looked-up/{TASK}"], 1)
    of_table = {f"data/{TASK}.json"}
    assert changed(before, files(copy.out)) == of_table | {"models/looked-up.html"}
    assert built.n_written == 2


def test_other_scores_change_what_is_said_of_that_model(copy: Standing) -> None:
    before = files(copy.out)
    entry = Entry(copy.results, "looked-up", TASK)
    put_rows(entry, answered(entry, lambda row: len(row.id) + 0.37 * kept_by(row, row.candidates[0]) * hash_of(row.id)))
    assert built_again(copy).built.n_recomputed == 1
    found = changed(before, files(copy.out))
    assert of_model("looked-up") | {"index.html", "changes.html", f"charts/{TASK}.html", f"data/{TASK}.csv"} <= found
    assert not {path for path in found if path.startswith(("items/", "tasks/", "static/"))}
    assert not {path for path in found if path.startswith(f"data/{TASK}/")} - of_model("looked-up")


def hash_of(text: str) -> float:
    """A number between 0 and 1 that belongs to a text."""
    return int(text[:6], 16) / 16**6


def test_a_model_that_is_removed_goes_away_and_nothing_else_does(copy: Standing) -> None:
    before = {*files(copy.out)}
    shutil.rmtree(copy.results / "flat")
    built = built_again(copy).built
    after = files(copy.out)
    assert built.n_recomputed == 0 and before - {*after} == of_model("flat") and not {*after} - before
    assert not [path for path, content in after.items() if b"models/flat.html" in content]


def test_a_model_that_is_added_comes_and_nothing_else_does(copy: Standing) -> None:
    before = {*files(copy.out)}
    plugin(Entry(copy.results, "length", TASK), "New one", 9)
    built = built_again(copy).built
    assert built.n_recomputed == 1 and {*files(copy.out)} - before == of_model("new-one")


def test_a_repetition_changes_badges_and_measures_nothing(copy: Standing) -> None:
    before = files(copy.out)
    confirm(Entry(copy.results, "flat", TASK))
    assert built_again(copy).built.n_recomputed == 0
    found = changed(before, files(copy.out))
    of_table = {"index.html", f"tables/{TASK}.html", *(f"data/{TASK}.{kind}" for kind in ("json", "csv", "bib"))}
    assert found == of_table | {"models/flat.html", f"badges/flat.{TASK}.svg"}


def test_another_title_or_card_of_a_task_makes_anew_what_shows_it(
    copy: Standing, own_tasks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert built_again(copy).built.n_written == 0
    before = files(copy.out)
    card = own_tasks / TASK / "README.md"
    card.write_text(card.read_text(encoding="utf-8") + "\nOne more line.\n", encoding="utf-8")
    assert built_again(copy).built.n_recomputed == 0
    assert changed(before, files(copy.out)) == {f"tasks/{TASK}.html"}
    spec = own_tasks / TASK / "task.yaml"
    spec.write_text(spec.read_text(encoding="utf-8").replace("title: WEval-mini", "title: Another"), encoding="utf-8")
    assert built_again(copy).built.n_recomputed == 0
    fresh = build_site(copy.results, copy.out.parent / "fresh", cache=copy.cache.parent / "empty")
    assert changed(files(fresh.out), files(copy.out)) == set()
    assert all(b"WEval-mini" not in content for path, content in files(copy.out).items() if path.startswith("badges/"))


@pytest.mark.parametrize("name", ["templates/base.html.j2", "static/site.css"])
def test_another_template_or_style_makes_anew_what_depends_on_it(
    copy: Standing, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    own = Path(shutil.copytree(ROOT / "leaderboard", copy.out.parent / "leaderboard"))
    monkeypatch.setattr(pages_module, "room", lambda of: own if of == "leaderboard" else ROOT / of)
    assert built_again(copy).built.n_written == 0
    before = files(copy.out)
    text = (own / name).read_text(encoding="utf-8")
    changes = text.replace("<footer>", "<footer><p>ours</p>") if name.endswith("j2") else text + "\n/* ours */\n"
    (own / name).write_text(changes, encoding="utf-8")
    assert built_again(copy).built.n_recomputed == 0
    html = {path for path in before if path.endswith(".html")}
    assert changed(before, files(copy.out)) == (html if name.endswith("j2") else {"static/site.css"})


def test_a_damaged_cache_costs_time_and_nothing_else(copy: Standing) -> None:
    before = times(copy.out)
    for path in copy.cache.iterdir():
        path.write_bytes(path.read_bytes()[:50])
    built = built_again(copy).built
    assert (built.n_recomputed, built.n_written) == (7, 0) and times(copy.out) == before


def test_a_page_that_was_edited_by_hand_is_made_again(copy: Standing) -> None:
    before = files(copy.out)
    path = copy.out / "models" / "flat.html"
    path.write_bytes(before["models/flat.html"].replace(b"0.000", b"0.999"))
    (copy.out / "index.html").unlink()
    assert built_again(copy).built.n_written == 2
    assert files(copy.out) == before


def test_who_is_killed_in_between_leaves_whole_pages_and_can_begin_again(
    rich: Path, site: Standing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = files(site.out)
    cache = Path(shutil.copytree(site.cache, tmp_path / "cache"))
    real, calls = Path.replace, []

    def replace(part: Path, target: Path) -> Path:
        calls.append(target)
        if len(calls) == 30:
            raise KeyboardInterrupt
        return real(part, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(KeyboardInterrupt):
        build_site(rich, tmp_path / "site", cache=cache)
    monkeypatch.undo()
    left = {path: content for path, content in files(tmp_path / "site").items() if path != MARK}
    assert len(left) > 20
    assert all(path.endswith(".part") or content == expected[path] for path, content in left.items())
    build_site(rich, tmp_path / "site", cache=cache)
    assert changed(expected, files(tmp_path / "site")) == set()


def test_a_folder_that_is_no_site_is_refused_and_left(rich: Path, site: Standing, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine", encoding="utf-8")
    before = times(tmp_path / "mine")
    with pytest.raises(ConfigError, match="no site of weval"):
        build_site(rich, tmp_path / "mine", cache=site.cache)
    assert times(tmp_path / "mine") == before


def test_a_folder_that_is_not_there_is_no_site(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="no such folder"):
        build_site(tmp_path / "nowhere", tmp_path / "other", cache=tmp_path / "cache")
    assert not (tmp_path / "other").exists()


def test_with_papers_alone_every_link_leads_somewhere(rich: Path, tmp_path: Path) -> None:
    shutil.copytree(rich / "paper", tmp_path / "results" / "paper")
    built = build_site(tmp_path / "results", tmp_path / "site", cache=tmp_path / "cache")
    for path in pages(built.out):
        for link in page(path).all("a"):
            place = str(link.attributes.get("href", "")).partition("#")[0]
            assert not place or place.startswith("https:") or (path.parent / place).is_file(), (path, place)
    assert "Nobody has submitted" in page(built.out / "tables/weval.html").text


# --- nothing that was not recomputed -----------------------------------------------------------------------------


def test_what_a_submission_states_changes_no_byte(copy: Standing, tmp_path: Path) -> None:
    """Forged results, in place and in a build without a cache."""
    for model in ("length", "keywords", "flat"):
        put(
            copy.results / model / TASK / RESULT,
            {"metrics.correlation": {"value": 0.987, "ci": [0.98, 0.99], "n": 60}, "n_missing": 0},
        )
    (copy.results / "length" / TASK / "swapped" / RESULT).write_text("{", encoding="utf-8")
    assert built_again(copy).built.n_written == 0
    fresh = build_site(copy.results, tmp_path / "fresh", cache=tmp_path / "empty")
    assert changed(files(copy.out), files(fresh.out)) == set()


def test_what_cannot_be_published_is_named_and_stands_nowhere(copy: Standing) -> None:
    length = Entry(copy.results, "length", TASK)
    copied = plugin(length, "Copied gold", 11)
    put_rows(copied, answered(copied, lambda row: 2.0 * kept_by(row, row.candidates[0]) - 1))
    half = plugin(length, "Half done", 12)
    put(half.folder / RUN, {"identity.limit": 30})
    torn = plugin(length, "Torn apart", 13)
    (torn.folder / SCORES_GZ).write_bytes((torn.folder / SCORES_GZ).read_bytes()[:-40])
    old = plugin(length, "Out of date", 14)
    put(old.folder / RUN, {"identity.task.version": "0.1"})
    before = {*files(copy.out)}
    built = built_again(copy).built
    said = {one.entry.model: one.problems[0] for one in built.refused}
    assert {*said} == {"copied-gold", "half-done", "torn-apart", "out-of-date"}
    assert "holds gold" in said["copied-gold"] and "only 30 of the 60 items" in said["half-done"]
    assert "is cut off" in said["torn-apart"] and "run it again" in said["out-of-date"]
    assert built.n_submissions == 7 and built.n_recomputed == 0 and {*files(copy.out)} == before
    names = (b"opied gold", b"alf done", b"orn apart", b"ut of date", b"copied-gold", b"half-done", b"torn-apart")
    for path, content in files(copy.out).items():
        assert not [name for name in names if name in content], path


def test_a_refused_submission_takes_its_pages_with_it(copy: Standing) -> None:
    (copy.results / "flat" / TASK / SCORES_GZ).write_bytes(b"")
    before = {*files(copy.out)}
    built = built_again(copy).built
    assert [one.entry.model for one in built.refused] == ["flat"]
    assert before - {*files(copy.out)} == of_model("flat")


def test_changes_that_lack_a_figure_have_a_dash(copy: Standing) -> None:
    """A line of changes.jsonl need not have all of them: a check takes an earlier one as it was recorded."""
    entry = Entry(copy.results, "flat", TASK)
    change_last(entry, before={"il": 0.5}, after={"correlation": 0.125})
    built_again(copy)
    lines = [line.text for line in page(copy.out / "changes.html").all("tr") if "Flat" in line.text]
    assert len(lines) == 1 and f"{TASK} 1.0–0.125––" in lines[0]


# --- texts -------------------------------------------------------------------------------------------------------


def _texts() -> list[str]:
    found = []
    for item in load_task(TASK).items():
        found += [item.instruction, *(candidate.response for candidate in item.candidates)]
        found += [requirement.text for requirement in item.requirements]
    return found


def _with_text(site: Path) -> set[str]:
    """The files in which there is a piece of a text of an item: pages read as text, all others as they are."""
    pieces = [text.splitlines()[0][:40] for text in _texts() if len(text.splitlines()[0]) > 25]
    assert len(pieces) > 300
    found = set()
    for path, content in files(site).items():
        text = content.decode()
        text = parsed(text).text if path.endswith(".html") else text
        if any(piece in text for piece in pieces):
            found.add(path)
    return found


def test_texts_are_on_the_pages_of_items_where_the_licence_lets_them_be(copy: Standing, own_tasks: Path) -> None:
    of_items = {f"items/{TASK}/{number}.html" for number in (1, 2, 3)}
    assert _with_text(copy.out) - {f"tasks/{TASK}.html"} == of_items
    path = own_tasks / TASK / "task.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("show_texts: true", "show_texts: false"), encoding="utf-8")
    assert built_again(copy).built.n_recomputed == 0
    assert _with_text(copy.out) == set()
    assert not (copy.out / "items").exists()
    assert not [path for path, content in files(copy.out).items() if b"items/weval-mini/" in content]
    assert "does not let its texts be shown" in page(copy.out / "models/length.html").text


def test_a_task_of_which_only_the_gold_is_here_is_measured_without_texts(
    copy: Standing, own_tasks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gold.write_index(TASK)
    index = (own_tasks / TASK / gold.INDEX).read_bytes()
    assert not [text for text in _texts() if text.encode() in index]
    (own_tasks / TASK / "items.jsonl").unlink()
    path = own_tasks / TASK / "task.yaml"
    head = path.read_text(encoding="utf-8").partition("source:")[0]
    pin = {"kind": "github", "repository": "nobody/nothing", "commit": "0" * 40, "path": "x.jsonl", "blob": "0" * 40}
    fields = _pin_fields(pin)
    path.write_text(f"{head}source:\n{fields}", encoding="utf-8")
    built = built_again(copy).built
    assert built.n_submissions == 7 and not built.refused
    task = page(copy.out / f"tasks/{TASK}.html").text
    assert "Its items were not here when these pages were built" in task and "gold of weval-mini" not in task
    monkeypatch.undo()
    assert _with_text(copy.out) == set() and not (copy.out / "items").exists()
    assert not [path for path, content in files(copy.out).items() if b"items/weval-mini/" in content]
    fresh = copy.out.parent / "fresh"
    place_tasks(own_tasks, monkeypatch)
    build_site(copy.results, fresh, cache=copy.cache.parent / "empty")
    assert changed(files(fresh), files(copy.out)) == set()


def _pin_fields(pin: dict[str, str]) -> str:
    from weval.tasks.spec import PinnedSource

    known = {name: pin.get(name, "0") for name in PinnedSource.model_fields}
    return "".join(f"  {name}: {json.dumps(value)}\n" for name, value in known.items())


# --- how long it takes -------------------------------------------------------------------------------------------


def test_an_unchanged_build_is_several_times_as_fast(rich: Path, own_tasks: Path, tmp_path: Path) -> None:
    """Of twelve submissions, on a task whose gold has been written to its index: making that is work of its own."""
    gold.write_index(TASK)
    root = tmp_path / "results"
    for seed in range(12):
        shutil.copytree(rich / "keywords", root / f"model-{seed}")
        put(root / f"model-{seed}" / CARD, {"name": f"Model {seed}"})
    seconds = []
    for n_new in (12, 0, 0):
        started = time.process_time()
        built = build_site(root, tmp_path / "site", cache=tmp_path / "cache")
        seconds.append(time.process_time() - started)
        assert (built.n_submissions, built.n_recomputed) == (12, n_new)
    assert seconds[0] > 5 * min(seconds[1:])


def test_all_files_of_a_site_are_in_its_list(site: Standing) -> None:
    listed = (site.out / MARK).read_text(encoding="utf-8").splitlines()
    assert listed == sorted(files(site.out).keys() - {MARK})


@pytest.mark.parametrize(("results", "out"), [("a", "a/site"), ("a/results", "a"), ("a", "a")])
def test_site_and_submissions_lie_apart(tmp_path: Path, results: str, out: str) -> None:
    for folder in (results, out):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    with pytest.raises(ConfigError, match="keep them apart"):
        build_site(tmp_path / results, tmp_path / out, cache=tmp_path / "cache")


def test_nothing_to_show_is_no_site(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    with pytest.raises(ResultError, match="holds no submissions"):
        build_site(tmp_path / "results", tmp_path / "site", cache=tmp_path / "cache")
    assert not (tmp_path / "site").exists()


def test_a_page_is_made_anew_when_another_number_of_models_has_a_rank(board: Board) -> None:
    first, *others = board.rows
    ranked = next(row for row in others if row.best)
    fewer = replace(board, rows=tuple(replace(row, best=0, worst=0) if row is ranked else row for row in board.rows))
    assert build._row_key(fewer, first) != build._row_key(board, first)


# --- writers ------------------------------------------------------------------------------------------------------


def test_writers_have_a_tab_per_benchmark_and_need_no_models(written: Standing) -> None:
    assert (written.built.n_submissions, written.built.n_recomputed) == (4, 4)
    shown = page(written.out / "bench/longbench-write.html")
    tabs = shown.all("ul", aria_label="Benchmarks of writers")[0].all("a")
    assert [tab.text for tab in tabs][:2] == ["LongBench-Write", "Arena-Write"]
    assert [tab.text for tab in tabs if tab.attributes.get("aria-current")] == ["LongBench-Write"]
    heads = [head.text for head in shown.all("h2")]
    assert heads == ["Judged by server/judge", "Judged by server/second", "Reported, not verified"]
    (row,) = [row for row in shown.all("tr") if str(row.attributes.get("id")).endswith("_filed")]
    assert row.all("td")[0].text.strip() == "–"
    assert "self-reported" in row.text
    assert (written.out / "bench/longbench-write.card.html").is_file()
    assert not (written.out / "bench/arena-write.json").exists()


def test_writers_are_measured_and_written_once(
    written: Standing, made_writers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(made_writers / "cache"))
    pin_here(monkeypatch, made_writers / "pinned")
    first = build_site(written.results, tmp_path / "site", cache=tmp_path / "cache")
    again = build_site(written.results, tmp_path / "site", cache=tmp_path / "cache")
    assert (first.n_recomputed, again.n_recomputed, again.n_written) == (4, 0, 0)
    assert files(tmp_path / "site") == files(written.out)


def test_writers_of_a_benchmark_that_is_not_here_are_left_out_and_named(written: Standing, tmp_path: Path) -> None:
    built = build_site(written.results, tmp_path / "site", cache=tmp_path / "cache")
    assert built.n_submissions == 0
    assert len(built.refused) == 4
    shown = page(tmp_path / "site/bench/longbench-write.html")
    assert "Nobody has submitted a run of this benchmark yet" in shown.text
