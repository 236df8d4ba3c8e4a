"""Every folder in weval/prompts/ is a whole judge: a data-only change is fully tested here."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from weval.adapters.judge.folder import FOLDER, JudgeFolder, judge_lines, judge_names, read_judge
from weval.adapters.judge.released_rules import RELEASED
from weval.adapters.judge.spec import JudgeSpec, Place, ReplyForm
from weval.adapters.judge.template import OWN_PLACES, PLACES, places_in
from weval.presets import preset_names
from weval.tasks import task_names
from weval.types import Request, Requirement

FILES = {"judge.yaml", "user.txt", "system.txt"}
JUDGES = {name: read_judge(name) for name in judge_names()}
FOREIGN: tuple[Place, ...] = (
    "query",
    "instruction",
    "requirements",
    "response",
    "responses",
    "response_a",
    "response_b",
)

judge_param = pytest.mark.parametrize("name", JUDGES)


def asked(judge: JudgeFolder, n: int = 3) -> Request:
    """A request of the judge's unit; lists have n responses."""
    requirements = (Requirement(id="c1", text="Be brief."), Requirement(id="c2", text="Rhyme."))
    shown = {"pair": 2, "list": n}.get(judge.spec.unit, 1)
    one = requirements[0] if judge.spec.unit == "requirement" else None
    return Request("1", "g", "Write. Be brief. Rhyme.", "Write.", "en", requirements, ("Tea.",) * shown, one)


def everything(judge: JudgeFolder) -> str:
    """All that the folder says to a model."""
    answers = judge.spec.answers
    return "\n".join((judge.system or "", judge.user, answers.reasoned, answers.label or ""))


def test_the_judges_of_the_design_are_here() -> None:
    assert set(JUDGES) >= {"requirement-binary", "critic-10", "critic-10-paper", "rubric-10", "listwise", "pairwise"}
    assert set(JUDGES) >= {"writing-quality-6", "arena-write", "race", "race-clean", "checklist-yes-no", "creative-22"}


def test_the_room_holds_judges_only() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(JUDGES)
    for name in JUDGES:
        assert {path.name for path in (FOLDER / name).iterdir()} <= FILES, "no code, and no file that nobody reads"


@judge_param
def test_a_name_is_short_and_no_other_thing(name: str) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9-]{1,29}", name)
    assert name not in {*task_names(), *preset_names()}


@judge_param
def test_a_judge_is_described_in_one_line(name: str) -> None:
    about = JUDGES[name].spec.about
    assert about.isprintable() and len(about) <= 100
    assert about.endswith(".") or about.endswith("?")
    assert judge_lines()[name].startswith(about)


@judge_param
def test_files_are_plain_and_end_in_one_line_end(name: str) -> None:
    for path in (FOLDER / name).iterdir():
        text = path.read_text(encoding="utf-8")
        assert text.endswith("\n") and not text.endswith("\n\n")
        assert not re.search(r"[ \t]$|\t", text, re.MULTILINE)


@judge_param
def test_a_judge_is_told_which_texts_are_material(name: str) -> None:
    user = JUDGES[name].user
    said, _, _ = user.partition("\n\n")
    assert "{mark}" in said and "never an instruction" in said and "any" not in re.findall(r"\{(\w+)\}", said)
    assert not {place for _, place in places_in(said)} - {"mark", "n"}, "it is told before it reads them"


@judge_param
def test_what_varies_comes_last(name: str) -> None:
    """Prompts about the same response begin alike, so that a server computes their beginning once."""
    places = [place for _, place in places_in(JUDGES[name].user)]
    foreign = [place for place in places if place in (*FOREIGN, "requirement")]
    assert "requirement" not in foreign[:-1]
    assert places[-1] == "answer"
    task = [place for place in foreign if place in ("query", "instruction", "requirements")]
    assert foreign[: len(task)] == task, "what is asked comes before what is judged"


@judge_param
def test_the_place_for_the_verdict_is_the_last_line(name: str) -> None:
    judge = JUDGES[name]
    for answer in ("reasoned", "label") if judge.spec.labels else ("reasoned",):
        assert answer in ("reasoned", "label")
        *system, (role, user) = judge.prompt(asked(judge), answer=answer)
        assert role == "user" and len(system) == (judge.system is not None)
        assert not re.search(r"\{\w+\}", user), "every place is filled"
        assert user.rstrip() == user


@judge_param
def test_the_reasoned_answer_names_the_form_that_is_read(name: str) -> None:
    judge, said = JUDGES[name], JUDGES[name].spec.answers.reasoned
    reply = judge.spec.reply
    if reply.form == "brackets":
        assert "last line" in said
        assert set(re.findall(r"\[\[(.*?)\]\]", said)) == set(reply.values)
    elif reply.form == "json":
        assert f'"{reply.reason}"' in said and f'"{reply.field}"' in said
        assert said.index(f'"{reply.reason}"') < said.index(f'"{reply.field}"'), "reasons come before the score"
        assert f"from {reply.low} to {reply.high}" in said
    elif reply.form == "ranking":
        assert "last line" in said and "{n}" in said
    else:
        assert "nothing else" in said, "a benchmark is to find what it reads"


@judge_param
def test_the_prompt_holds_no_verdict_to_copy(name: str) -> None:
    """A list of all verdicts is fair; one example would be an answer that is only waiting to be repeated."""
    judge = JUDGES[name]
    text = everything(judge)
    assert not re.search(r'"score"\s*:\s*\d', text)
    assert not re.search(r"\[\[[\d\s>=]*[>=][\d\s>=]*\]\]", text)


@judge_param
def test_the_label_answer_names_its_labels_in_order(name: str) -> None:
    judge = JUDGES[name]
    if not judge.spec.labels:
        assert judge.spec.unit == "list" or judge.spec.reply.form == "bench"
        return
    assert judge.spec.answers.label is not None
    assert "one character" in judge.spec.answers.label or "one digit" in judge.spec.answers.label
    worth = list(judge.spec.labels.values())
    assert worth in (sorted(worth), sorted(worth, reverse=True))
    for label in (min(judge.spec.labels), max(judge.spec.labels)):
        assert label in judge.spec.answers.label


@judge_param
def test_a_pair_is_judged_alike_from_both_sides(name: str) -> None:
    spec = JUDGES[name].spec
    if spec.unit == "pair":
        for verdict, points in spec.reply.values.items():
            turned = verdict.translate(str.maketrans("AB", "BA"))
            assert spec.reply.values.get(turned, points) == 1 - points
        labels = list(spec.labels.values())
        assert labels == [1 - points for points in reversed(labels)]


@judge_param
def test_sampling_leaves_room_for_reasons(name: str) -> None:
    sampling = JUDGES[name].spec.sampling
    assert sampling["max_tokens"] >= 2000
    assert "sampling_seed" not in sampling, "that is for the user to choose"


@judge_param
def test_published_prompts_are_python_or_text_by_pin(name: str) -> None:
    official = JUDGES[name].spec.official
    if official:
        assert Path(official.source.path).suffix == (".py" if official.user.name else ".txt")
        assert len(official.source.blob) == 40
        assert official.sampling
        assert official.rule in (RELEASED if JUDGES[name].spec.reply.form != "bench" else [None])


def test_both_critics_score_by_the_same_bands() -> None:
    bands = re.compile(r"^\d+-\d+: .*$", re.MULTILINE)
    one, other = (bands.findall(JUDGES[name].user) for name in ("critic-10", "critic-10-paper"))
    assert one == other and len(one) == 5
    assert len(bands.findall(JUDGES["rubric-10"].user)) == 5


def test_protocols_show_what_their_papers_showed() -> None:
    reads = {name: set(judge.spec.reads) for name, judge in JUDGES.items()}
    assert reads["requirement-binary"] == reads["critic-10-paper"] == {"response", "requirement"}
    assert reads["critic-10"] == {"query", "response", "requirement"}
    assert JUDGES["critic-10-paper"].system is None
    assert JUDGES["listwise"].prompt(asked(JUDGES["listwise"], 5))[1][1].count("from 1 to 5") == 1


# --- judges of benchmarks

SIX = ("Relevance", "Accuracy", "Coherence", "Clarity", "Breadth and Depth", "Reading Experience")
MERITS = (
    "Adherence to Instructions",
    "Believable Character Actions",
    "Nuanced Characters",
    "Consistent Voice/Tone of Writing",
    "Imagery and Descriptive Quality",
    "Elegant Prose",
    "Emotionally Engaging",
    "Emotionally Complex",
    "Coherent",
    "Well-earned Lightness or Darkness",
    "Sentences Flow Naturally",
    "Overall Reader Engagement",
    "Overall Impression",
)
FAULTS = (
    "Meandering",
    "Weak Dialogue",
    "Tell-Don't-Show",
    "Unsurprising or Uncreative",
    "Amateurish",
    "Purple Prose",
    "Overwrought",
    "Incongruent Ending Positivity",
    "Unearned Transformations",
)


def test_six_dimensions_are_explained_and_asked_for_after_the_analysis() -> None:
    judge = JUDGES["writing-quality-6"]
    keys = re.findall(r'"([^"]+)"', judge.spec.answers.reasoned)
    assert keys == ["Analysis", *SIX]
    assert re.findall(r"^([A-Z][\w ]+): (?:is|does)", judge.user, re.MULTILINE) == list(SIX)
    assert "from 1 to 5" in judge.spec.answers.reasoned
    assert re.findall(r"^(\d): ", judge.user, re.MULTILINE) == ["1", "2", "3", "4", "5"]
    assert "How long the response is" in judge.user


def test_merits_and_faults_are_told_apart() -> None:
    paragraphs = JUDGES["creative-22"].user.split("\n\n")
    for names, said in ((MERITS, "are merits: 0"), (FAULTS, "are faults, and a higher score means more of the fault")):
        (listed,) = [paragraph.splitlines() for paragraph in paragraphs if said in paragraph]
        assert tuple(listed[1:]) == names and listed[0].startswith(f"These {len(names)} ")
    assert "22 lines" in JUDGES["creative-22"].spec.answers.reasoned


def test_criteria_of_creative_writing_are_those_of_the_cases(shared: Path) -> None:
    case = json.loads((shared / "conformance" / "h_creative_writing_bench.json").read_text(encoding="utf-8"))
    assert {*MERITS, *FAULTS} == set(case["criteria"])
    assert set(FAULTS) == set(case["negative_criteria"])


def test_numbers_of_criteria_are_those_of_their_tags() -> None:
    judge = JUDGES["race"]
    user = judge.prompt(asked(judge))[-1][1]
    assert re.search(r"^<requirement-2-[0-9a-f]{8}>\nRhyme\.$", user, re.MULTILINE)
    keys = re.findall(r'"(\w+)"', judge.spec.answers.reasoned)
    assert keys == ["scores", "criterion", "reason", "article_a", "article_b"]


def test_what_the_benchmarks_sampled_with() -> None:
    told = {name: dict(judge.spec.sampling) for name, judge in JUDGES.items()}
    assert told["arena-write"] == {"temperature": 0, "max_tokens": 4096}
    assert told["race"] == {"max_tokens": 16000}
    assert told["checklist-yes-no"] == {"temperature": 0.1, "max_tokens": 2000}
    assert told["creative-22"] == {"temperature": 0, "max_tokens": 4000}
    official = JUDGES["writing-quality-6"].spec.official
    assert official and official.sampling == {"temperature": 0.5, "max_tokens": 1024}


# --- the guide


def guide() -> str:
    return (Path(__file__).parents[1] / "docs" / "judge-folders.md").read_text(encoding="utf-8")


def test_the_judge_in_the_guide_is_a_judge(tmp_path: Path) -> None:
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", guide(), re.MULTILINE | re.DOTALL)
    spec, user, _ = [text for language, text in blocks if not language]
    (tmp_path / "judge.yaml").write_text(spec, encoding="utf-8")
    (tmp_path / "user.txt").write_text(user, encoding="utf-8")
    judge = read_judge(str(tmp_path))
    assert "\nTea.\n</response-" in judge.prompt(asked(judge))[0][1]
    assert judge.spec.reply_schema


def test_the_guide_names_every_key_and_every_place() -> None:
    for name in (
        *JudgeSpec.model_fields,
        *ReplyForm.model_fields,
        *get_args(ReplyForm.model_fields["form"].annotation),
    ):
        assert f"`{name}`" in guide(), name
    for place in (*PLACES, *OWN_PLACES):
        assert f"`{{{place}}}`" in guide(), place


def test_the_guide_to_judges_lists_them_all_with_their_units() -> None:
    text = (Path(__file__).parents[1] / "docs" / "judges.md").read_text(encoding="utf-8")
    section = text.partition("## What it is asked")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([a-z0-9-]+)` \|[^|]*\| (\w+) \|", section, re.MULTILINE)
    assert dict(rows) == {name: judge.spec.unit for name, judge in JUDGES.items()}
