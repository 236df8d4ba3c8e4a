"""What runs on strangers' pull requests: little is allowed, nothing of theirs is run, none of their words is believed.

What is released is what was tested, and what may publish it runs no code of ours.

The workflows are read as data; their shell is run here, against repositories made for it and a `gh` that keeps what it
is told.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

import weval

ROOT = Path(__file__).parents[1]
WORKFLOWS = ROOT / ".github/workflows"
TAKE = ROOT / ".github/take-submission.sh"

HARMLESS = re.compile(
    r"github\.(event\.pull_request\.number|event\.workflow_run\.(id|head_sha|event)|base_ref|repository|token)"
    r"|runner\.temp|steps\.\w+\.outputs\.page_url"
)
"""What may stand in ${{ }}: numbers, hashes and names that no stranger chooses."""

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "git"))), reason="needs bash and git, which are not here"
)


def read(name: str) -> dict[str, Any]:
    found = yaml.safe_load((WORKFLOWS / name).read_text(encoding="utf-8"))
    found["on"] = found.pop(True)  # YAML 1.1 takes the key `on` for a truth
    return dict(found)


BOARD, COMMENT = read("leaderboard.yml"), read("leaderboard-comment.yml")
AUDIT, RELEASE = read("audit.yml"), read("release.yml")
EVERY = {path.name: read(path.name) for path in sorted(WORKFLOWS.glob("*.yml"))}


def steps(*workflows: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for workflow in workflows:
        for job in workflow["jobs"].values():
            yield from job["steps"]


# what is allowed


def test_no_event_gives_a_stranger_the_rights_of_the_repository() -> None:
    assert BOARD["on"].keys() == {"pull_request", "push"}
    assert BOARD["on"]["pull_request"]["paths"] == ["results/**"]
    assert BOARD["on"]["push"] == {"branches": ["main"]}
    assert COMMENT["on"] == {"workflow_run": {"workflows": [BOARD["name"]], "types": ["completed"]}}
    for path in WORKFLOWS.glob("*.yml"):
        assert "pull_request_target" not in read(path.name)["on"]
        assert "secrets" not in path.read_text(encoding="utf-8")


def test_each_job_has_the_rights_that_it_needs_and_no_others() -> None:
    assert BOARD["permissions"] == COMMENT["permissions"] == {}
    assert {name: job["permissions"] for name, job in BOARD["jobs"].items()} == {
        "check": {"contents": "read"},
        "build": {"contents": "read"},
        "publish": {"pages": "write", "id-token": "write"},
    }
    assert COMMENT["jobs"]["comment"]["permissions"] == {"actions": "read", "pull-requests": "write"}
    for job in (*BOARD["jobs"].values(), *COMMENT["jobs"].values()):
        assert job["timeout-minutes"] <= 20


def test_what_may_write_runs_no_code_but_its_own() -> None:
    assert [step["uses"].partition("@")[0] for step in BOARD["jobs"]["publish"]["steps"]] == ["actions/deploy-pages"]
    first, second = COMMENT["jobs"]["comment"]["steps"]
    assert first["uses"].startswith("actions/download-artifact@")
    assert "uses" not in second
    assert not re.search(r"\b(git|pip|python|bash|sh|source|eval)\b ", second["run"])


def test_pages_are_published_from_main_alone() -> None:
    assert BOARD["jobs"]["build"]["if"] == "github.event_name == 'push'"
    assert BOARD["jobs"]["publish"]["needs"] == "build"
    assert BOARD["jobs"]["check"]["if"] == "github.event_name == 'pull_request'"
    assert COMMENT["jobs"]["comment"]["if"] == "github.event.workflow_run.event == 'pull_request'"


# what is run


def test_the_code_that_checks_is_the_base_branchs_and_keeps_no_token() -> None:
    checkout, *_ = BOARD["jobs"]["check"]["steps"]
    assert checkout["with"] == {"ref": "${{ github.base_ref }}", "persist-credentials": False}
    everything = "\n".join(str(step) for step in BOARD["jobs"]["check"]["steps"])
    assert everything.count("actions/checkout") == 1
    assert "github.head_ref" not in everything
    assert "head.sha" not in everything
    commands = [step["run"] for step in BOARD["jobs"]["check"]["steps"] if "run" in step]
    assert commands[0] == "python -m pip install --quiet ."
    assert not any(re.search(r"pip|checkout|switch|restore|merge |cd |pushd", command) for command in commands[1:])
    for step in steps(BOARD):
        if step.get("uses", "").startswith("actions/checkout"):
            assert step["with"]["persist-credentials"] is False


def test_no_text_of_a_stranger_gets_into_a_command() -> None:
    for step in steps(*EVERY.values()):
        assert "${{" not in step.get("run", "")
    for name in EVERY:
        for expression in re.findall(r"\$\{\{(.*?)\}\}", (WORKFLOWS / name).read_text(encoding="utf-8")):
            assert HARMLESS.fullmatch(expression.strip()), (name, expression)


def test_actions_are_pinned_to_a_commit_and_say_their_version() -> None:
    for name in EVERY:
        uses = re.findall(r"uses: (.*)", (WORKFLOWS / name).read_text(encoding="utf-8"))
        assert uses
        for used in uses:
            known = r"(actions/[\w-]+|pypa/gh-action-pypi-publish)@[0-9a-f]{40} # v\d+\.\d+\.\d+"
            assert re.fullmatch(known, used), (name, used)


@pytest.mark.parametrize("name", EVERY)
def test_no_workflow_may_write_but_in_a_job_that_says_so_and_none_keeps_its_token(name: str) -> None:
    workflow = EVERY[name]
    assert workflow["permissions"] in ({}, {"contents": "read"})
    for job in workflow["jobs"].values():
        rights = job.get("permissions", workflow["permissions"])
        has_code = any(step.get("uses", "").startswith("actions/checkout@") for step in job["steps"])
        assert rights == {"contents": "read"} or not has_code
        assert "timeout-minutes" in job
    for step in steps(workflow):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


# audits and releases


def test_versions_are_audited_every_week_and_when_they_change() -> None:
    assert AUDIT["on"].keys() == {"schedule", "push", "pull_request"}
    assert re.fullmatch(r"\d+ \d+ \* \* [0-6]", AUDIT["on"]["schedule"][0]["cron"])
    assert AUDIT["on"]["push"]["paths"] == AUDIT["on"]["pull_request"]["paths"]
    assert ".ci/*.txt" in AUDIT["on"]["push"]["paths"]
    assert [step["run"] for step in steps(AUDIT) if "run" in step] == ["make audit"]
    audited = subprocess.run(["make", "-n", "audit"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for file in (ROOT / ".ci").glob("*.txt"):
        assert f"pip-audit --strict --no-deps --disable-pip --requirement .ci/{file.name}" in audited


def test_a_release_is_a_tag_that_was_tested() -> None:
    assert RELEASE["on"] == {"push": {"tags": ["v*"]}}
    jobs = RELEASE["jobs"]
    assert {name: (job.get("needs"), job["permissions"]) for name, job in jobs.items()} == {
        "build": (None, {"contents": "read"}),
        "publish": ("build", {"id-token": "write"}),
        "attach": ("publish", {"contents": "write"}),
    }
    commands = [step["run"].strip() for step in jobs["build"]["steps"] if "run" in step]
    assert commands[1:4] == [
        "bash .ci/run",
        "make audit",
        ".venv/tools/bin/python -m build --no-isolation --outdir dist",
    ]
    assert commands[-1] == "make sbom"


def test_what_publishes_a_release_runs_no_code_of_ours_and_takes_no_password() -> None:
    taken, published = RELEASE["jobs"]["publish"]["steps"]
    assert taken["uses"].startswith("actions/download-artifact@")
    assert published["uses"].startswith("pypa/gh-action-pypi-publish@")
    assert published["with"] == {"attestations": True}
    assert RELEASE["jobs"]["publish"]["environment"] == "pypi"
    taken, attached = RELEASE["jobs"]["attach"]["steps"]
    assert taken["uses"].startswith("actions/download-artifact@")
    assert attached["run"].split()[:3] == ["gh", "release", "create"]
    assert "--verify-tag" in attached["run"]


@pytest.mark.parametrize(
    ("tag", "code", "said"),
    [
        ("v1.2.0", 0, ""),
        ("v1.2", 1, "the version is 1.2.0\n"),
        ("v1.2.0; id", 1, "the version is 1.2.0\n"),
        ("v1.3.0", 1, "CHANGELOG.md has no section 1.3.0\n"),
    ],
)
def test_the_tag_the_version_and_the_changelog_agree(tmp_path: Path, tag: str, code: int, said: str) -> None:
    (tmp_path / "weval").mkdir()
    (tmp_path / "weval/__init__.py").write_text(f'__version__ = "{"1.3.0" if "3" in tag else "1.2.0"}"\n')
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## 1.2.0 (2026-12-01)\n")
    script = next(step["run"] for step in RELEASE["jobs"]["build"]["steps"] if "run" in step)
    env = os.environ | {"GITHUB_REF_NAME": tag}
    done = subprocess.run(
        ["bash", "-e", "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (code, said)


def test_the_version_of_weval_is_read_as_the_release_reads_it() -> None:
    script = next(step["run"] for step in RELEASE["jobs"]["build"]["steps"] if "run" in step)
    command = script.splitlines()[0] + '; printf %s "$version"'
    done = subprocess.run(["bash", "-e", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == weval.__version__


# what is taken of a pull request


def git(folder: Path, *arguments: str) -> str:
    env = os.environ | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        **{f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    done = subprocess.run(["git", *arguments], cwd=folder, env=env, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A repository with a published submission, and a branch `theirs` that is worked on."""
    folder = tmp_path / "base"
    (folder / "results/old/weval").mkdir(parents=True)
    (folder / "results/paper").mkdir()
    (folder / "results/old/weval/run.json").write_text("{}")
    (folder / "results/paper/tables.yaml").write_text("paper")
    (folder / "results/README.md").write_text("read me")
    (folder / "code.py").write_text("ours")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "base")
    git(folder, "checkout", "-q", "-b", "theirs")
    return folder


def taken(base: Path, tmp_path: Path) -> tuple[int, str, dict[str, str]]:
    """Merges what lies in the work tree as GitHub would, and takes it: how it ended, what it said, what was written."""
    git(base, "add", "-A", "-f")
    git(base, "commit", "-q", "--allow-empty", "-m", "theirs")
    git(base, "checkout", "-q", "-f", "main")
    git(base, "merge", "-q", "--no-ff", "-m", "merge", "theirs")
    merge = git(base, "rev-parse", "HEAD")
    git(base, "reset", "-q", "--hard", "HEAD^1")
    return take(base, merge, tmp_path)


def take(base: Path, merge: str, tmp_path: Path) -> tuple[int, str, dict[str, str]]:
    new = tmp_path / "new"
    done = subprocess.run(["bash", TAKE, merge, new], cwd=base, capture_output=True, text=True, check=False)
    files = {path.relative_to(new).as_posix(): path.read_text() for path in new.rglob("*") if path.is_file()}
    return done.returncode, done.stdout + done.stderr, files


def test_a_submission_is_taken_with_all_that_is_published(base: Path, tmp_path: Path) -> None:
    (base / "results/new-model/weval/swapped").mkdir(parents=True)
    (base / "results/new-model/card.json").write_text("card")
    (base / "results/new-model/weval/swapped/run.json").write_text("run")
    assert taken(base, tmp_path) == (
        0,
        "",
        {
            "results/README.md": "read me",
            "results/paper/tables.yaml": "paper",
            "results/old/weval/run.json": "{}",
            "results/new-model/card.json": "card",
            "results/new-model/weval/swapped/run.json": "run",
        },
    )


def test_attributes_hide_nothing_and_change_nothing(base: Path, tmp_path: Path) -> None:
    (base / "results/m").mkdir()
    (base / "results/m/.gitattributes").write_text("* export-ignore eol=crlf text\n")
    (base / "results/m/card.json").write_text("a\nb\n")
    code, said, files = taken(base, tmp_path)
    assert (code, said) == (0, "")
    assert files["results/m/.gitattributes"].startswith("* export-ignore")
    assert files["results/m/card.json"] == "a\nb\n"


@pytest.mark.parametrize(
    "path",
    [
        "code.py",
        "setup.py",
        "conftest.py",
        ".github/workflows/leaderboard.yml",
        "results/README.md",
        "results/reruns.jsonl",
        "results/paper/tables.yaml",
        "results/.gitattributes",
        "results/UPPER/card.json",
        "results/m/a b.json",
        "results/m/$(touch x).json",
        "results/m/\nok",
        "results/m/-rf;",
        "results/m/..evil/x",
        "results/ü/card.json",
        "tasks/weval/gold.json",
    ],
)
def test_what_is_not_a_folder_of_a_model_is_refused(base: Path, tmp_path: Path, path: str) -> None:
    (base / "results/m").mkdir(exist_ok=True)
    (base / "results/m/card.json").write_text("fine")
    (base / path).parent.mkdir(parents=True, exist_ok=True)
    (base / path).write_text("theirs")
    code, said, files = taken(base, tmp_path)
    assert (code, files) == (2, {})
    assert "changes folders of models in results/ and nothing else" in said
    assert len(said.splitlines()) == 2
    assert said.isascii()


def test_a_published_file_that_is_removed_elsewhere_is_refused(base: Path, tmp_path: Path) -> None:
    (base / "results/README.md").unlink()
    assert taken(base, tmp_path)[0] == 2


def test_links_programs_and_other_repositories_are_refused(base: Path, tmp_path: Path) -> None:
    (base / "results/m").mkdir()
    (base / "results/m/card.json").symlink_to("/etc/passwd")
    code, said, files = taken(base, tmp_path)
    assert code == 2
    assert "results/m/card.json: is a link, a program or another repository" in said
    assert "results/m/card.json" not in files


def test_programs_are_refused(base: Path, tmp_path: Path) -> None:
    (base / "results/m").mkdir()
    (base / "results/m/card.json").write_text("#!/bin/sh")
    (base / "results/m/card.json").chmod(0o755)
    assert "is a link, a program" in taken(base, tmp_path)[1]


def test_a_huge_file_is_not_written(base: Path, tmp_path: Path) -> None:
    (base / "results/m").mkdir()
    (base / "results/m/scores.jsonl.gz").write_bytes(bytes(16 * 2**20 + 1))
    code, said, files = taken(base, tmp_path)
    assert code == 2
    assert "results/m/scores.jsonl.gz: is larger than 16777216 bytes" in said
    assert "results/m/scores.jsonl.gz" not in files


def test_nothing_changed_and_a_base_that_moved_on(base: Path, tmp_path: Path) -> None:
    assert taken(base, tmp_path)[:2] == (2, "the pull request changes nothing\n")
    merge = git(base, "rev-parse", "HEAD")
    (base / "code.py").write_text("newer")
    git(base, "commit", "-q", "-a", "-m", "newer")
    (base / "code.py").write_text("newest")
    git(base, "commit", "-q", "-a", "-m", "newest")
    code, said, _ = take(base, git(base, "rev-parse", "HEAD^"), tmp_path)
    assert (code, said) == (2, "the base branch has moved on meanwhile; run this check again\n")
    assert merge


# the step that checks


@pytest.mark.parametrize("ends", [0, 2])
def test_the_check_keeps_its_verdict_and_its_end(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: int
) -> None:
    (base / "results/m").mkdir()
    (base / "results/m/card.json").write_text("card")
    git(base, "add", ".")
    git(base, "commit", "-q", "-m", "theirs")
    git(base, "checkout", "-q", "main")
    git(base, "merge", "-q", "--no-ff", "-m", "merge", "theirs")
    git(base, "update-ref", "refs/pull/7/merge", "HEAD")
    git(base, "reset", "-q", "--hard", "HEAD^1")
    git(tmp_path, "clone", "-q", "--depth=1", "-b", "main", f"file://{base}", "checkout")
    (tmp_path / "checkout/.github").mkdir()
    shutil.copy(TAKE, tmp_path / "checkout/.github")
    weval = tmp_path / "bin/weval"
    weval.parent.mkdir()
    weval.write_text(
        f"""#!/usr/bin/env bash
echo "said of $*"
echo "note: checking" >&2
echo "weval: an error" >&2
exit {ends}
"""
    )
    weval.chmod(0o755)
    monkeypatch.setenv("PATH", f"{weval.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("NUMBER", "7")
    monkeypatch.setenv("RUNNER_TEMP", str(tmp_path))
    script = next(step["run"] for step in BOARD["jobs"]["check"]["steps"] if step.get("id") == "check")
    done = subprocess.run(["bash", "-e", "-c", script], cwd=tmp_path / "checkout", capture_output=True, check=False)
    assert done.returncode == ends
    assert (tmp_path / "verdict/number").read_text() == "7\n"
    verdict = (tmp_path / "verdict/verdict.txt").read_text()
    assert verdict == f"said of leaderboard check {tmp_path}/new/results --against results\nweval: an error\n"
    assert (tmp_path / "new/results/m/card.json").read_text() == "card"


# what is said under a pull request


@pytest.fixture
def posted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where the comment is made: a `gh` that knows pull request 7 and one comment of each of two people."""
    if not all(map(shutil.which, ("jq", "perl", "iconv"))):
        pytest.skip("needs jq, perl and iconv, which are not here")
    (tmp_path / "bin").mkdir()
    gh = tmp_path / "bin/gh"
    gh.write_text(
        """#!/usr/bin/env bash
printf '%s\\n' "$*" >>calls
case "$*" in
  "api repos/org/repo/pulls/7 --jq .head.sha") echo abc ;;
  *--paginate*) jq -r "${@: -1}" <comments.json ;;
  *--input*) cp body.json sent.json ;;
  *) exit 1 ;;
esac
"""
    )
    gh.chmod(0o755)
    (tmp_path / "verdict").mkdir()
    (tmp_path / "comments.json").write_text("[]")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    return tmp_path


def comment(folder: Path, number: str, verdict: bytes, checked: str = "abc") -> tuple[int, str]:
    """Runs the step: how it ended, and the comment that was sent."""
    (folder / "verdict/number").write_text(number)
    (folder / "verdict/verdict.txt").write_bytes(verdict)
    script = COMMENT["jobs"]["comment"]["steps"][1]["run"]
    env = os.environ | {"REPOSITORY": "org/repo", "CHECKED": checked, "GH_TOKEN": "t"}
    done = subprocess.run(["bash", "-e", "-c", script], cwd=folder, env=env, capture_output=True, check=False)
    sent = folder / "sent.json"
    return done.returncode, json.loads(sent.read_text())["body"] if sent.exists() else done.stdout.decode()


def test_the_verdict_is_posted_in_a_fence(posted: Path) -> None:
    code, body = comment(posted, "7\n", "ok       m/weval: correlation 0.5 – fine\n".encode())
    assert code == 0
    assert body == (
        "<!-- weval leaderboard -->\nWhat `weval leaderboard check` says of this submission:\n\n"
        "```text\nok       m/weval: correlation 0.5 – fine\n\n```\n"
    )
    assert "--method POST repos/org/repo/issues/7/comments" in (posted / "calls").read_text()


def test_an_earlier_verdict_is_replaced_and_other_comments_are_left_alone(posted: Path) -> None:
    comments = [
        {"id": 11, "user": {"login": "mallory"}, "body": "<!-- weval leaderboard --> mine"},
        {"id": 12, "user": {"login": "github-actions[bot]"}, "body": "something else"},
        {"id": 13, "user": {"login": "github-actions[bot]"}, "body": "<!-- weval leaderboard -->\nold"},
        {"id": 14, "user": {"login": "github-actions[bot]"}, "body": "<!-- weval leaderboard -->\nolder"},
    ]
    (posted / "comments.json").write_text(json.dumps(comments))
    assert comment(posted, "7", b"x\n")[0] == 0
    calls = (posted / "calls").read_text()
    assert "--method PATCH repos/org/repo/issues/comments/13 " in calls
    assert "POST" not in calls


@pytest.mark.parametrize(
    "evil",
    [
        b"```\n@everyone <img src=x>\n```text\n",
        b"~~~\n````\n",
        "\u202eturned\u2066 \x1b[2J\x00\r\n".encode(),
        b"\xff\xfe\xc3(",
        "ü".encode() * 30_000,
    ],
)
def test_a_strangers_text_stays_in_its_fence(posted: Path, evil: bytes) -> None:
    code, body = comment(posted, "7", evil)
    assert code == 0
    head, inside, rest = re.split(r"^```(?:text)?$", body, flags=re.MULTILINE)
    assert "`" not in inside
    assert rest == "\n"
    assert all(line.isprintable() for line in inside.split("\n"))
    assert len(body.encode()) < 21_000
    assert head.startswith("<!-- weval leaderboard -->")


@pytest.mark.parametrize(
    "number", ["", "0", "7; id", "7\n8", "$(id)", "../../pulls/7", "12345678901", "７", "-7", "07"]
)
def test_a_number_that_is_none_is_not_used(posted: Path, number: str) -> None:
    code, said = comment(posted, number, b"x")
    assert (code, said) == (1, "not the number of a pull request\n")
    assert not (posted / "calls").exists()


def test_a_verdict_on_another_commit_is_not_posted(posted: Path) -> None:
    code, said = comment(posted, "7", b"x", checked="def")
    assert (code, said) == (1, "not the commit that was checked, or no longer\n")
    assert not (posted / "sent.json").exists()


def test_links_in_the_artifact_are_not_followed(posted: Path) -> None:
    (posted / "secret").write_text("secret")
    (posted / "verdict/verdict.txt").symlink_to(posted / "secret")
    (posted / "verdict/number").write_text("7")
    script = COMMENT["jobs"]["comment"]["steps"][1]["run"]
    done = subprocess.run(["bash", "-e", "-c", script], cwd=posted, capture_output=True, check=False)
    assert done.returncode == 1
    assert b"no plain file" in done.stdout
    assert not (posted / "calls").exists()
