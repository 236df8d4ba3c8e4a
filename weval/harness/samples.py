"""lm-eval's samples of a weval task: every line checked against the questions that weval asks, or refused and why.

Of a line only the document's names and hashes, the prompt as it was sent and the model's first reply are looked at;
what lm-eval, or somebody, wrote beside them as a metric is not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from weval.errors import DataError, WevalError
from weval.files import Problems, one_line, read_jsonl, read_lines
from weval.harness.suite import Question, Suite, opened_anew
from weval.randomness import digest
from weval.types import Id, Text

_MADE_BY = "is no sample of a weval task; lm-eval run --tasks weval_mini --log_samples --output_path DIR writes such"
_READ = ConfigDict(frozen=True, strict=True, extra="ignore", allow_inf_nan=False)


class Document(BaseModel):
    """What a sample says it was asked about (weval.harness.suite makes these)."""

    model_config = _READ

    task: Id
    data: str
    data_sha256: Id
    id: Id
    item: Id
    candidate: Id
    requirement: Id
    sha256: Id
    system: Text
    user: Text


class Sent(BaseModel):
    """What a model was sent: its prompt, in whatever form it takes one, and the settings of generation."""

    model_config = _READ

    arg_0: Any
    arg_1: dict[str, Any]


class Sample(BaseModel):
    """One line of samples_*.jsonl, as far as it is read."""

    model_config = _READ

    doc: Document
    arguments: dict[Literal["gen_args_0"], Sent] = Field(min_length=1)
    resps: tuple[tuple[str, ...], ...] = Field(min_length=1, max_length=1)

    @property
    def sent(self) -> Sent:
        """What the one request of the document was."""
        return self.arguments["gen_args_0"]

    @property
    def reply(self) -> str | None:
        """The first reply, as it came; None where there is none."""
        return self.resps[0][0] if self.resps[0] else None


@dataclass
class Samples:
    """All lines of a file that are samples of one task: the replies by the id of their request.

    `generation` is what the model was told of sampling, the same for all. `is_plain` is whether prompts were sent
    without a chat template.
    """

    suite: Suite
    generation: dict[str, Any]
    is_plain: bool
    replies: dict[str, str] = field(default_factory=dict)


def read_samples(path: Path) -> Samples:
    """The samples of a file. lm-eval writes a line per filter, so a question may be there twice, with one reply.

    Raises DataError naming line and field for what is no sample, is of another task or file than the first, asks in
    other words than weval does, or replies otherwise than an earlier line; ConfigError, DataError for its task.
    """
    problems = Problems(path)
    if _is_foreign(path):
        problems.add(1, "", _MADE_BY)
        raise problems.error()
    found: Samples | None = None
    first: dict[str, int] = {}
    for line, sample in read_jsonl(path, Sample, problems):
        if found is None:
            found = _begun(sample, line, problems)
            if found is None:
                break
        faults = [*_faults(sample, found)]
        earlier = first.setdefault(sample.doc.id, line)
        if earlier != line and found.replies.get(sample.doc.id, sample.reply) != sample.reply:
            faults.append(("resps", f"is another reply than that of line {earlier} to the same question"))
        for where, said in faults:
            problems.add(line, where, said)
        if not faults and sample.reply is not None:
            found.replies[sample.doc.id] = sample.reply
    problems.check()
    assert found is not None  # an empty file is a problem
    return found


def _is_foreign(path: Path) -> bool:
    """Whether the first line is somebody else's. What is wrong with a line of ours is said when it is read."""
    first = next((line for _, line in read_lines(path, Problems(path))), b"")
    try:
        content = json.loads(first)
    except (ValueError, RecursionError):
        return False
    doc = content.get("doc") if isinstance(content, dict) else None
    return not isinstance(doc, dict) or not {"task", "item", "candidate", "requirement"} <= doc.keys()


def _begun(sample: Sample, line: int, problems: Problems) -> Samples | None:
    """The task of the first sample; None with a problem noted where its items are not here."""
    try:
        suite = opened_anew(sample.doc.task, sample.doc.data)
    except WevalError as error:
        for said in error.problems if isinstance(error, DataError) else [str(error)]:
            problems.add(line, "doc.data" if sample.doc.data else "doc.task", said)
        return None
    if other := _other_file(sample.doc, suite):
        problems.add(line, *other)
        return None
    return Samples(suite, sample.sent.arg_1, _is_plain(sample))


def _faults(sample: Sample, of: Samples) -> Iterator[tuple[str, str]]:
    """Why a sample is not of this task, or not of this way of asking: the field, and what is wrong."""
    doc, suite = sample.doc, of.suite
    if (doc.task, doc.data) != (suite.name, suite.data):
        yield "doc.task", f"is {one_line(doc.data or doc.task, 80)}, the first line's {suite.data or suite.name}"
        return
    if other := _other_file(doc, suite):
        yield other
        return
    question = suite.questions.get(doc.id)
    if question is None:
        yield "doc.id", f"{doc.id[:40]!r} is no question about {suite.name}"
        return
    yield from _unlike(sample, question)
    if sample.sent.arg_1 != of.generation:
        yield "arguments.gen_args_0.arg_1", "is not what the first line says"
    if _is_plain(sample) != of.is_plain:
        yield (
            "arguments.gen_args_0.arg_0",
            "is put by a chat template where the first line's is not, or not where it is",
        )
    if sample.reply is None:
        yield "resps", "holds no reply"


def _other_file(doc: Document, suite: Suite) -> tuple[str, str] | None:
    """What there is to say of a document of other items than those that are here; None where there is nothing."""
    theirs, ours = doc.data_sha256, suite.task.sha256
    if theirs == ours:
        return None
    return "doc.data_sha256", f"is of another file (sha256 {one_line(theirs[:12])}…) than is here ({ours[:12]}…)"


def _unlike(sample: Sample, question: Question) -> Iterator[tuple[str, str]]:
    """How what was asked is not the question."""
    doc, source = sample.doc, question.source
    told = (doc.item, doc.candidate, doc.requirement)
    if told != (source.item, *source.candidates, source.requirement):
        yield "doc.item", f"{one_line(' '.join(told), 120)} is not what the question {doc.id} is about"
    if doc.sha256 != question.sha256:
        yield "doc.sha256", "is of other words than this version of weval asks in"
    sent = "\n".join(_texts(sample.sent.arg_0))
    if any(text.strip() not in sent for _, text in question.turns):
        yield "arguments.gen_args_0.arg_0", "does not hold the judge's system text and its question"


def _is_plain(sample: Sample) -> bool:
    return isinstance(sample.sent.arg_0, str) and sample.sent.arg_0 == f"{sample.doc.system}\n\n{sample.doc.user}"


def _texts(sent: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    """Every text in a prompt: of a chat for an API too, which is written as JSON."""
    if isinstance(sent, Mapping):
        sent = list(sent.values())
    if isinstance(sent, list):
        for part in sent:
            yield from _texts(part)
    elif isinstance(sent, str):
        yield sent
        if sent.startswith("["):
            try:
                yield from _texts(json.loads(sent))
            except (ValueError, RecursionError):  # it only looks like it
                return


def digest_of(samples: Samples) -> str:
    """A hash of all replies by question, whatever order they came in."""
    return digest(*(part for pair in sorted(samples.replies.items()) for part in pair), size=32).hex()
