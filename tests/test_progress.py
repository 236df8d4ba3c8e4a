from __future__ import annotations

import io
import time

import pytest
from rich.console import Console

from weval import progress
from weval.progress import Progress


def watch(monkeypatch: pytest.MonkeyPatch, *, terminal: bool) -> tuple[Progress, io.StringIO]:
    said = io.StringIO()
    watcher = Progress()
    monkeypatch.setattr(watcher, "_console", Console(file=said, force_terminal=terminal, width=80, highlight=False))
    return watcher, said


def test_a_terminal_gets_a_bar_with_a_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    watcher, said = watch(monkeypatch, terminal=True)
    monkeypatch.setattr(progress, "BAR_EVERY_S", 0.0)
    monkeypatch.setattr(progress, "RATE_AFTER_S", 0.0)
    with watcher:
        watcher.started(20, 5)
        for _ in range(15):
            watcher.scored()
    assert "continuing: 5 of 20" in said.getvalue()
    assert "20/20" in said.getvalue()
    assert "/s" in said.getvalue()


def test_a_file_gets_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    watcher, said = watch(monkeypatch, terminal=False)
    with watcher:
        watcher.started(3, 0)
        watcher.scored()
    assert said.getvalue() == ""
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0.0)
    with watcher:
        watcher.started(3, 0)
        watcher.scored()
    assert said.getvalue() == "note: 1 of 3 scored\n"


def test_a_rate_counts_from_the_first_answer_on(monkeypatch: pytest.MonkeyPatch) -> None:
    watcher, said = watch(monkeypatch, terminal=False)
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    with watcher:
        watcher.started(1000, 100)
        now += 60  # models load
        for _ in range(10):
            watcher.scored()
        assert said.getvalue().splitlines()[1:] == []
        now += 20
        watcher.scored()
    assert said.getvalue().splitlines()[1:] == ["note: 111 of 1,000 scored, 0.5/s"]


def test_downloads_show_only_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for terminal in (True, False):
        watcher, said = watch(monkeypatch, terminal=terminal)
        with watcher:
            watcher.download(10, None)
            watcher.download(20, 40)
        assert ("downloading" in said.getvalue()) is terminal


def test_ctrl_c_is_told_how_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    watcher, said = watch(monkeypatch, terminal=False)
    with pytest.raises(KeyboardInterrupt), watcher:
        raise KeyboardInterrupt
    assert "the same command continues" in said.getvalue()


def test_what_is_counted_goes_by_its_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    watcher = Progress("asking", "answered")
    monkeypatch.setattr(watcher, "_console", Console(file=said, force_terminal=True, width=80, highlight=False))
    monkeypatch.setattr(progress, "BAR_EVERY_S", 0.0)
    with pytest.raises(KeyboardInterrupt), watcher:
        watcher.started(20, 0)
        watcher.scored()
        raise KeyboardInterrupt
    assert "asking" in said.getvalue() and "scoring" not in said.getvalue()
    assert "stopped; what was answered is kept" in said.getvalue()


def test_notices_are_text_and_not_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    watcher, said = watch(monkeypatch, terminal=False)
    watcher.notice("[red]x[/red] " + "y" * 200)
    assert said.getvalue() == "note: [red]x[/red] " + "y" * 200 + "\n"


def test_what_is_counted_may_change_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    watcher, said = watch(monkeypatch, terminal=False)
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0.0)
    with pytest.raises(KeyboardInterrupt), watcher:
        watcher.counts("writing", "written")
        watcher.started(2, 0)
        watcher.scored()
        watcher.counts("judging", "judged")
        watcher.started(2, 1)
        watcher.scored()
        raise KeyboardInterrupt
    lines = said.getvalue().splitlines()
    assert lines[0] == "note: 1 of 2 written"
    assert lines[1] == "note: continuing: 1 of 2 judged already"
    assert lines[2] == "note: 2 of 2 judged"
    assert lines[3] == "note: stopped; what was judged is kept, and the same command continues"


def test_what_is_beside_the_count_is_shown_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    watcher, said = watch(monkeypatch, terminal=False)
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0.0)
    with watcher:
        watcher.started(2, 0)
        watcher.beside("loss 0.5")
        watcher.scored()
    assert said.getvalue() == "note: 1 of 2 scored, loss 0.5\n"
