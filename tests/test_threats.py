"""docs/threats.md: every threat has a test, and those that belong to no single module are tried here."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import re
import socket
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tests.cpu import cpu_within
from tests.factories import make_item, write_items, write_rows
from tests.fuzzing.replies import readers
from weval.adapters.judge.outcome import NoVerdict
from weval.adapters.judge.released_rules import RELEASED
from weval.adapters.judge.verdicts import read_brackets, read_label, read_ranking, read_score
from weval.bench.arena_write.parsing import parse_verdict
from weval.bench.creative_writing.parsing import parse_scores
from weval.bench.finder.parsing import parse_answer
from weval.bench.longbench_v2.choice import parse_choice
from weval.bench.race.parsing import extract_json
from weval.bench.writing_rl import extracting
from weval.bench.writingbench.parsing import parse_reply
from weval.cli.main import main
from weval.engine import cluster
from weval.engine.options import EngineOptions
from weval.errors import WevalError
from weval.replied import Unsound
from weval.report.page import environment
from weval.run import RunSpec, run
from weval.store import RESULT, RUN
from weval.tasks import remote

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/threats.md").read_text(encoding="utf-8")
TEST_NAME = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")

NO_THREATS = ("Who, and what they could gain", "What is not defended")
"""Sections without a table of threats."""


def rows() -> Iterator[tuple[str, str]]:
    """Each row of a table of threats, with its section."""
    for part in PAGE.split("\n## ")[1:]:
        title, _, text = part.partition("\n")
        lines = [line for line in text.splitlines() if line.startswith("|")]
        if title not in NO_THREATS:
            assert lines[0] == "| threat | what stands against it | test |", title
            assert len(lines) > 2, title
            yield from ((title, line) for line in lines[2:])


def test_every_threat_has_what_stands_against_it_and_a_test() -> None:
    assert len(list(rows())) > 100
    for title, row in rows():
        threat, against, tests = (cell.strip() for cell in row.strip("|").rsplit(" | ", 2))
        assert threat and against, (title, row)
        assert TEST_NAME.search(tests), (title, row)


def test_every_test_that_the_page_names_is_there() -> None:
    for file, test in TEST_NAME.findall(PAGE):
        assert (ROOT / file).is_file(), file
        assert not test or f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), f"{file}::{test}"


# what no code of ours does

FORBIDDEN = re.compile(
    r"eval|exec|compile|__import__|(pickle|marshal|joblib|dill|cloudpickle)\.loads?|os\.(system|popen)|torch\.load"
    r"|yaml\.(load|load_all|unsafe_load|full_load)|tempfile\.mktemp|shutil\.unpack_archive|.*\.extractall|.*\.from_string"
    r"|(builtins\.)?input"
)
"""What runs, or unpacks, what it is given."""

LOOSE = {"shell": True, "allow_pickle": True, "autoescape": False, "verify": False, "trust_remote_code": True}
"""Arguments that do."""

ALLOWED = {("weval/engine/pool.py", "pickle.loads")}
"""Between the processes of one Ray cluster, which trust each other (see the page)."""

SECRETS = {
    "weval/remote/posting.py",
    "weval/serving/routes.py",
    "weval/serving/server.py",
    "weval/textmodels/anthropic.py",
    "weval/textmodels/batches/service.py",
    "weval/textmodels/hosting/faults.py",
    "weval/textmodels/hosting/hosted.py",
    "weval/textmodels/hosting/wire.py",
    "weval/textmodels/inspect.py",
}
"""Who touches a key itself: what puts it into a header, and what hides it."""


def kept(tree: ast.AST) -> Iterator[ast.AST]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call | ast.Attribute))


@cache
def sources() -> dict[str, tuple[ast.AST, ...]]:
    """What is called and looked up in our code, by file."""
    files = [path for folder in ("weval", "training_recipes") for path in sorted((ROOT / folder).rglob("*.py"))]
    return {path.relative_to(ROOT).as_posix(): tuple(kept(ast.parse(path.read_bytes()))) for path in files}


def dotted(node: ast.AST) -> str:
    """What is called, as it is written; of what is no name, its last part."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "_"


def test_nothing_that_is_read_is_run() -> None:
    found = set()
    for name, nodes in sources().items():
        for node in nodes:
            if isinstance(node, ast.Call):
                called = dotted(node.func)
                if FORBIDDEN.fullmatch(called):
                    found.add((name, called))
                for word in node.keywords:
                    if isinstance(word.value, ast.Constant) and word.value.value is LOOSE.get(str(word.arg), ...):
                        found.add((name, f"{called}({word.arg}={word.value.value})"))
    assert found == ALLOWED


def test_only_what_sends_or_hides_a_key_touches_it() -> None:
    touched = {
        name
        for name, nodes in sources().items()
        for node in nodes
        if isinstance(node, ast.Attribute) and node.attr == "secret"
    }
    assert touched <= SECRETS


def test_templates_are_ours_in_a_sandbox_and_escape_all_they_are_given() -> None:
    templates = environment()
    assert isinstance(templates, ImmutableSandboxedEnvironment)
    evil = "{{ ''.__class__ }}<script>alert(1)</script>"
    shown = templates.from_string("{{ text }}").render(text=evil)
    assert shown == "{{ &#39;&#39;.__class__ }}&lt;script&gt;alert(1)&lt;/script&gt;"


# folders of somebody else's


@pytest.fixture
def theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run of somebody else's, in a folder where a module lies that tells when it is imported."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "evil.py").write_text("open('imported', 'w').close()\nclass Evil: pass\n")
    data = write_items(tmp_path / "items.jsonl", [make_item("i1"), make_item("i2")])
    return run(RunSpec("length", data=data, out=tmp_path / "theirs")).folder


def changed(folder: Path, name: str, **parts: Any) -> None:
    content = json.loads((folder / name).read_text())
    for key, value in parts.items():
        content[key] = {**content[key], **value} if isinstance(value, dict) else value
    (folder / name).write_text(json.dumps(content))


def weval(*arguments: str) -> int:
    """The command, in this process: its exit code."""
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as ended:
        patch.setattr("sys.argv", ["weval", *arguments])
        main()
        raise SystemExit(0)
    return int(ended.value.code or 0)


@pytest.mark.parametrize("model", ["plugin:evil:Evil", "preset:/dev/stdin", "judge:openai/gpt-4o", "evil.yaml"])
def test_a_run_folder_runs_nothing_that_it_names(theirs: Path, capsys: pytest.CaptureFixture[str], model: str) -> None:
    stamp = {"name": model, "unit": "response", "fingerprint": {"adapter": model}}
    changed(theirs, RUN, identity={"model": stamp}, command=f"weval run --model {model}", settings={"metric": "evil:f"})
    changed(theirs, RESULT, model=stamp)
    for verb in (["show"], ["rescore"], ["compare", "theirs"]):
        assert weval(*verb, "theirs") in (0, 2)
    assert weval("submit", "theirs", "--to", "results") == 2
    assert not Path("imported").exists()
    assert "\x1b" not in "".join(capsys.readouterr())


@pytest.mark.parametrize("url", ["https://evil.example/items.jsonl", "s3://evil/items.jsonl", "memory://items.jsonl"])
def test_a_run_folder_makes_nobody_ask_an_address(
    theirs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(remote, "fetched", lambda *said: asked.append(said))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *said, **_: asked.append(said))
    changed(theirs, RUN, data=url)
    for verb in (["rescore"], ["compare", "theirs"]):
        assert weval(*verb, "theirs") == 2
    assert "is not here; bring it" in capsys.readouterr().err
    assert asked == []


def test_what_a_file_says_moves_no_cursor(theirs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evil = "\x1b]0;owned\x07\x1b[2J\u202e\r\n"
    changed(theirs, RESULT, model={"name": f"length{evil}"})
    changed(theirs, RUN, identity={"model": {"name": f"length{evil}"}})
    scores = [{"item_id": evil, "candidate_id": evil, "score": 1.0}]
    scores += [{"item_id": f"i{n}", "candidate_id": f"a{m}", "score": m} for n in (1, 2) for m in (1, 2, 3)]
    write_rows(Path("scores.jsonl"), scores)
    weval("show", "theirs")
    weval("rescore", "theirs")
    weval("show", "theirs", "--json")
    assert weval("run", "--model", "scores:scores.jsonl", "--data", "items.jsonl", "--out", "of-scores") == 0
    said = capsys.readouterr()
    assert "as \\x1b]0;owned" in said.err  # the notice about names that no item has
    for line in (said.out + said.err).split("\n"):
        assert line.isprintable(), line


def test_a_page_loads_and_sends_nothing(theirs: Path) -> None:
    weval("rescore", "theirs")
    page = (theirs / "report.html").read_text(encoding="utf-8")
    (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="(.*?)">', page)
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    assert page.index("Content-Security-Policy") < page.index("<title>")


# clusters


def test_a_cluster_of_a_run_has_a_token_that_nobody_else_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, str | None]] = []

    @contextlib.contextmanager
    def noted(*_: object) -> Iterator[SimpleNamespace]:
        seen.append({name: os.environ.get(name) for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN")})
        yield SimpleNamespace(address=lambda: "127.0.0.1:1")

    for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(cluster, "Head", noted)
    monkeypatch.setattr(cluster, "_connection", noted)
    for name in ("ray_library", "_described"):
        monkeypatch.setattr(cluster, name, lambda *_: None)
    for _ in "ab":
        with cluster.connected(EngineOptions(engine="ray")):
            pass
        assert "RAY_AUTH_TOKEN" not in os.environ
    head, connection, another, _ = seen
    assert head == connection != another
    assert (head["RAY_AUTH_MODE"], len(str(head["RAY_AUTH_TOKEN"]))) == ("token", 64)


# replies of models

UNITS = (
    "[[", "]]", "[", "{", '{"a":', "}", '"', "`", "```\n", "<think>", "</think>", "</think>\n", "<answer>", " ", "\n",
    "\t", "a", "a ", "1", "1. ", "- ", "*", "**", "_", "|\n", "(", "\\", "Score: ", "[[A>B]]\n", "A>B ", '"score": 1,',
    "一", "。", "\u2028", "0++", "-", "--", "Comprehensiveness", "answer is ",
)  # fmt: skip
"""What a pattern could be made to read again and again."""


def test_no_reply_keeps_its_reader_busy() -> None:
    five = {"A>>B": 1.0, "A>B": 1.0, "A=B": 0.5, "B>A": 0.0, "B>>A": 0.0}
    ours: tuple[Callable[[str], Any], ...] = (
        partial(read_brackets, values=five),
        partial(read_ranking, n=3),
        partial(read_score, field="score", low=1, high=10),
        partial(read_label, values={"7": 7.0, "8": 8.0}),
    )
    published: tuple[Callable[[str], Any], ...] = (
        *RELEASED.values(), parse_verdict, parse_scores, parse_answer, parse_choice, extract_json, parse_reply,
        extracting.extract_json, extracting.extract_solution,
    )  # fmt: skip
    for read in (*readers(), *ours, *published):
        for unit in UNITS:
            text = unit * (20_000 // len(unit))
            # what is quadratic takes longer by far
            with cpu_within(3, of=(read, unit)), contextlib.suppress(NoVerdict, Unsound, WevalError):
                read(text)
