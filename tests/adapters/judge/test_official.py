"""Published prompts out of files of the shapes that they have in the wild: never run, and never half understood."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from weval import pins
from weval.adapters.judge import folder
from weval.adapters.judge.folder import read_judge
from weval.adapters.judge.official import criterion, fetch_prompt, official_of, read_official
from weval.adapters.judge.spec import OfficialSpec
from weval.errors import ConfigError, DataError
from weval.types import Request, Requirement

FORMAT = {"name": "asking", "places": {"text": "response", "rule": "requirement"}}
INSIDE = {"name": "prompt", "inside": "build", "places": {"text": "response", "rule": "requirement"}}

FSTRING = """\
import nothing_that_is_installed
PATTERN = "\\d"

def other(item):
    prompt = f"{item} of another function"
    return prompt

def build(item):
    text = item["text"]
    prompts = []
    for rule in item["rules"]:
        prompt = f'''回复：{text}
{{kept}} "{rule}"'''
        prompts.append(prompt)
    return prompts
"""


def blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def spec(content: bytes, **changes: Any) -> OfficialSpec:
    source = {"repository": "owner/repo", "commit": "0" * 40, "path": "judge/asking.py", "blob": blob(content)}
    return OfficialSpec.model_validate({"source": source, "user": FORMAT, "rule": "r"} | changes)


def asked(response: str, requirement: str = "Be brief.") -> Request:
    one = Requirement(id="c1", text=requirement)
    return Request("1", "g", "Write.", "Write.", None, (one,), (response,), one)


def turns(tmp_path: Path, source: str, **changes: Any) -> tuple[tuple[str, str], ...]:
    path = tmp_path / "asking.py"
    path.write_bytes(source.encode())
    return read_official(path, spec(source.encode(), **changes)).prompt(asked("Tea {rule} {{.", "Be 'brief'."))


# --- shapes


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('asking = "{text}|{rule}|{{}}"', "Tea {rule} {{.|Be 'brief'.|{}"),
        ('asking = """\n{text}\n{rule} \n""".strip()', "Tea {rule} {{.\nBe 'brief'."),
        ('asking = """\n{text} {rule}\n"""', "\nTea {rule} {{. Be 'brief'.\n"),
        ('asking: str = ("{rule} "\n  "{text} {rule}")', "Be 'brief'. Tea {rule} {{. Be 'brief'."),
        ('asking = "{text}{rule}\\n\\u4e2d"\nasked = asking.format(text=1, rule=2)', "Tea {rule} {{.Be 'brief'.\n中"),
        ('def f():\n  asking = 3\nasking = "{text}{rule}"', "Tea {rule} {{.Be 'brief'."),
        ('text = rule = 1\nasking = f"{text}{{{rule}"', "Tea {rule} {{.{Be 'brief'."),
        ('# -*- coding: utf-8 -*-\r\nasking = """{text}\r\n{rule}"""\r\n', "Tea {rule} {{.\nBe 'brief'."),
    ],
)
def test_texts_are_rendered_as_python_would(tmp_path: Path, source: str, expected: str) -> None:
    assert turns(tmp_path, source) == (("user", expected),)


def test_an_fstring_in_a_function(tmp_path: Path) -> None:
    assert turns(tmp_path, FSTRING, user=INSIDE) == (("user", "回复：Tea {rule} {{.\n{kept} \"Be 'brief'.\""),)


def test_a_system_prompt_is_taken_as_it_is(tmp_path: Path) -> None:
    source = 'before = """\nYou {judge} {}.\n""".strip()\nasking = "{text}{rule}"'
    system, user = turns(tmp_path, source, system={"name": "before"})
    assert system == ("system", "You {judge} {}.")
    assert user[0] == "user"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("asked = 3", "asking: is assigned 0 times at the top of the file, not once"),
        ('asking = "{text}{rule}"\nasking = "{rule}{text}"', "asking: is assigned 2 times"),
        ("asking = other", "line 1: asking: is neither a string nor an f-string"),
        ("asking = 3", "is neither a string nor an f-string"),
        ('asking = b"{text}{rule}"', "is neither a string nor an f-string"),
        ('asking = "{text}" + "{rule}"', "is neither a string nor an f-string"),
        ('asking = "{text}{rule}".strip("\\n")', "is neither a string nor an f-string"),
        ('asking = "{text}{rule}".lower()', "is neither a string nor an f-string"),
        ('asking = f"{text}{rule}".strip()', "is neither a string nor an f-string"),
        ('asking = open("/etc/passwd").read()', "is neither a string nor an f-string"),
        ('asking = "{text}{rule}{__import__}"', "has a field '__import__' that is not among its places"),
        ('asking = "{text.__class__}{rule}"', "has a field 'text.__class__' that is not"),
        ('asking = "{text!r}{rule}"', "{text} is more than a name"),
        ('asking = "{text:>5}{rule}"', "{text} is more than a name"),
        ('asking = "{}{rule}"', "has a field '' that is not"),
        ('asking = "{text"', "is no text for str.format"),
        ('asking = "{text}"', "asking: has no field rule"),
        ('asking = f"{text!r}{rule}"', "{text} is more than a name"),
        ('asking = f"{text:>5}{rule}"', "{text} is more than a name"),
        ('asking = f"{exit(1)}{rule}"', "{exit(1)} is more than a name"),
        ("asking = (", "is not Python that this version can read"),
        ("asking = '\0'", "is not Python that this version can read"),
        ("asking = " + "(" * 500, "is not Python that this version can read"),
        ("asking = " + "-" * 100_000 + "1", "is not Python that this version can read"),
    ],
)
def test_anything_else_is_refused(tmp_path: Path, source: str, said: str) -> None:
    with pytest.raises(DataError) as found:
        turns(tmp_path, source)
    (problem,) = found.value.problems
    assert problem.startswith(f"{tmp_path}/asking.py: ")
    assert said in problem


def test_nothing_is_executed(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    source = f'open({str(mark)!r}, "w")\nasking = "{{text}}{{rule}}"\nraise SystemExit(1)\n'
    assert turns(tmp_path, source)
    assert not mark.exists()


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nothing\.py: No such file"):
        read_official(tmp_path / "nothing.py", spec(b""))


# --- whole files


def whole(tmp_path: Path, content: bytes, places: dict[str, str], request: Request) -> tuple[tuple[str, str], ...]:
    (tmp_path / "judge.txt").write_bytes(content)
    read = spec(content, user={"places": places}, rule=None)
    assert read.rule is None
    return read_official(tmp_path / "judge.txt", read).prompt(request)


def test_a_text_file_is_filled_in_one_pass(tmp_path: Path) -> None:
    content = "评 {x}\n$RULE$ <$TEXT$>\r\n$TEXT$ $T".encode()
    marks = {"$TEXT$": "response", "$RULE$": "requirement"}
    said = whole(tmp_path, content, marks, asked("$RULE$ \\1 {x} $TEXT$", "$TEXT$"))
    assert said == (("user", "评 {x}\n$TEXT$ <$RULE$ \\1 {x} $TEXT$>\r\n$RULE$ \\1 {x} $TEXT$ $T"),)


def test_the_longer_of_two_marks_that_begin_alike_is_meant(tmp_path: Path) -> None:
    marks = {"(A": "response", "(AB)": "requirement"}
    assert whole(tmp_path, b"(AB)(A(AB(.", marks, asked("1", "2")) == (("user", "211B(."),)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"$TEXT$", "has no $RULE$ in it"), (b"", "has no $TEXT$ in it"), (b"$TEXT$$RULE$\xff", "is not UTF-8")],
)
def test_a_text_file_of_another_shape_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(DataError) as found:
        whole(tmp_path, content, {"$TEXT$": "response", "$RULE$": "requirement"}, asked("Tea."))
    assert found.value.problems == [f"{tmp_path}/judge.txt: {said}"]


# --- fetching

OWN = """\
version: "1"
about: Is it brief?
unit: requirement
reads: [response, requirement]
reply: {form: brackets, values: {"1": 1, "0": 0}}
answers: {reasoned: "[[1]] or [[0]]"}
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A judge of the user's own, with a published prompt; the file lies in the folder `from` already."""
    monkeypatch.chdir(tmp_path)
    content = b'asking = "{text} {rule}"\n'
    (tmp_path / "mine").mkdir()
    (tmp_path / "from").mkdir()
    (tmp_path / "from" / "asking.py").write_bytes(content)
    official = json.dumps({"official": spec(content).model_dump(mode="json", exclude_none=True)})
    (tmp_path / "mine" / "judge.yaml").write_text(OWN + official[1:-1] + "\n")
    (tmp_path / "mine" / "user.txt").write_text("{response} {requirement} {answer}")
    return "./mine"


def test_a_prompt_that_is_not_here_says_how_to_get_it(mine: str) -> None:
    with pytest.raises(ConfigError, match=r"^the official prompt of mine is not here yet: weval fetch \./mine$"):
        official_of(read_judge(mine))


def test_a_prompt_is_taken_from_a_folder_and_kept(mine: str) -> None:
    path = fetch_prompt(mine, Path("from"))
    judge = read_judge(mine)
    official = official_of(judge)
    assert path == judge.spec.official.source.cached
    assert judge.prompt(asked("Tea."), official=official) == (("user", "Tea. Be brief."),)
    assert official.rule == "r"
    assert official.fingerprint["blob"] == blob(b'asking = "{text} {rule}"\n')
    path.write_bytes(b"other")
    with pytest.raises(ConfigError, match="is not here yet"):
        official_of(judge)


def test_another_file_of_that_name_is_refused(mine: str) -> None:
    Path("from/asking.py").write_text('asking = "{text} {rule} [[1]]"')
    with pytest.raises(DataError, match="is not the pinned file"):
        fetch_prompt(mine, Path("from"))


def test_without_a_network_the_way_by_hand_is_said(mine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pins, "RAW_HOST", "http://127.0.0.1:9")
    monkeypatch.setattr(pins, "WAIT_S", 0.0)
    with pytest.raises(ConfigError) as found:
        fetch_prompt(mine)
    assert str(found.value).endswith(f"by hand: weval fetch {mine} --from DIR")


def test_a_judge_without_one_says_so() -> None:
    for ask in (lambda: official_of(read_judge("rubric-10")), lambda: fetch_prompt("rubric-10")):
        with pytest.raises(ConfigError, match="the judge rubric-10 has no official prompt, only our own wording"):
            ask()


# --- what was published


def test_writingbench_is_rendered_as_its_script_does(shared: Path, tmp_path: Path) -> None:
    """The file is made of the case and the facts: that its blob is the pinned one shows that both are right."""
    case = json.loads((shared / "conformance" / "b_writingbench_parse.json").read_text())["rendered_prompt"]
    given, expected = case["input"], case["expected"]
    said = re.search(r"`prompt.py` blob 8f81b867: system `([^`]*)`", (shared / "facts" / "benchmarks.md").read_text())
    assert said
    response = given["response"].partition("</think>\n\n")[2]  # what its script judges
    doubled = expected.replace("{", "{{").replace("}", "}}")
    for name, text in (("criteria", criterion(given["criteria"])), ("query", given["query"]), ("response", response)):
        doubled = doubled.replace(f"```{text}```".replace("{", "{{").replace("}", "}}"), f"```{{{name}}}```")
    source = f'evaluate_system = """\n{said[1]}\n""".strip()\n\nevaluate_prompt = """\n{doubled}\n""".strip()\n'
    (tmp_path / "prompt.py").write_text(source, encoding="utf-8")

    assert fetch_prompt("critic-10", tmp_path).name == "prompt.py"
    judge = read_judge("critic-10")
    request = Request(
        "1", "g", given["query"], "", None, (), (response,), Requirement(id="c", text=criterion(given["criteria"]))
    )
    assert judge.prompt(request, official=official_of(judge)) == (("system", said[1]), ("user", expected))


def test_a_criterion_is_the_repr_of_its_dict() -> None:
    assert criterion({"name": 'it\'s "q"', "1-2": "a\n中"}) == "{'name': 'it\\'s \"q\"', '1-2': 'a\\n中'}"


def test_pins_are_those_of_the_cases(shared: Path) -> None:
    source = json.loads((shared / "conformance" / "a_weval_judges.json").read_text(encoding="utf-8"))["source"]
    for name in ("requirement-binary", "critic-10-paper"):
        pin = read_judge(name).spec.official.source
        assert pin.repository == source["repo"]
        assert pin.commit == source["commit"]
        assert pin.blob == source["paths"][pin.path]


def test_the_judge_of_longbench_write_is_asked_as_its_script_does(shared: Path) -> None:
    folder = shared / "data" / "upstream"
    path = fetch_prompt("writing-quality-6", folder)
    judge = read_judge("writing-quality-6")
    template = (folder / "THUDM" / "LongWriter" / "evaluation" / "judge.txt").read_text(encoding="utf-8")
    assert path.read_text(encoding="utf-8") == template
    request = Request("1", "g", "Write $5.", "", None, (), ("Tea $INST$ $RESPONSE$ {query}.",), None)
    before, _, rest = template.partition("$INST$")
    between, _, after = rest.partition("$RESPONSE$")
    expected = f"{before}Write $5.{between}Tea $INST$ $RESPONSE$ {{query}}.{after}"
    official = official_of(judge)
    assert official.rule is None
    assert judge.prompt(request, official=official) == (("user", expected),)


def test_sampling_is_that_of_the_cases(shared: Path) -> None:
    cases = json.loads((shared / "conformance" / "a_weval_judges.json").read_text(encoding="utf-8"))["judge_parse"]
    for name, script in (("requirement-binary", "llm_judge.py"), ("critic-10-paper", "WritingBench-Critic.py")):
        official = read_judge(name).spec.official
        assert official
        assert official.sampling.items() <= cases[script]["sampling"].items()


def test_the_room_is_where_the_code_looks() -> None:
    assert folder.FOLDER.name == "prompts"
