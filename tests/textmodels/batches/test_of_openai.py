"""OpenAI's batches: two files of results, and what can be told of a batch that was lost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.textmodels.fake_batches import KEY, Fake, serving
from weval.errors import AdapterError
from weval.remote.posting import NoAnswer
from weval.remote.retrying import Transient, Unreachable
from weval.textmodels import TextModelOptions, open_text_model
from weval.textmodels.batches.of_openai import OpenAIBatches
from weval.textmodels.batches.record import Submission
from weval.textmodels.batches.service import State, Uncertain
from weval.textmodels.hosting.hosted import NotTaken
from weval.types import Prompt

INTENT = "0123456789abcdef"
PROMPT = Prompt("p", (("user", "say a"),))
REQUEST = {"custom_id": f"{INTENT}_a", "body": {"messages": [{"role": "user", "content": "say a"}]}}


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with serving() as server:
        yield server


def service(fake: Fake) -> OpenAIBatches:
    model: Any = open_text_model("openai/gpt-4o", TextModelOptions(base_url=fake.url, temperature=0.5))
    return OpenAIBatches(model.client())


def call(fake: Fake, name: str, *given: Any) -> Any:
    """What one method gives, over a connection of its own."""

    async def ask() -> Any:
        one = service(fake)
        try:
            found = getattr(one, name)(*given)
            return [line async for line in found] if name == "results" else await found
        finally:
            await one.close()

    return asyncio.run(ask())


def test_a_lost_batch_is_known_by_the_name_it_bears(fake: Fake) -> None:
    ours = fake.create("openai", [REQUEST], "", metadata={"weval": INTENT})
    for metadata in (None, {}, {"weval": "other"}):  # newer ones, on further pages
        fake.create("openai", [REQUEST], "", metadata=metadata)
    lost = Submission(INTENT, datetime.now(UTC), 1, set(), frozenset())
    assert call(fake, "find", lost, frozenset()) == ours.id
    lost.intent = "fedcba9876543210"
    assert call(fake, "find", lost, frozenset()) is None


@pytest.mark.parametrize(
    ("how", "raised"),
    [("429", Transient), ("400 no", NoAnswer), ("500-after", Uncertain), ("reset-before", Uncertain),
     ("nonsense-after", Uncertain)],
)  # fmt: skip
def test_only_a_sure_refusal_may_be_repeated(how: str, raised: type[Exception], fake: Fake) -> None:
    fake.at_create = [how]
    uploaded = call(fake, "upload", INTENT, [b"{}"])
    fake.files[uploaded] = b""
    with pytest.raises(raised) as found:
        call(fake, "create", INTENT, uploaded, frozenset())
    assert type(found.value) is raised


def test_a_server_that_is_not_there_has_created_nothing(fake: Fake) -> None:
    fake.shutdown()
    fake.server_close()
    with pytest.raises(Unreachable):
        call(fake, "create", INTENT, "file-1", frozenset())


def test_the_file_is_what_was_given(fake: Fake) -> None:
    uploaded = call(fake, "upload", INTENT, [b'{"a":1}', b'{"b":2}'])
    assert fake.files[uploaded] == b'{"a":1}\n{"b":2}\n'


def test_a_batch_has_the_lines_of_both_files(fake: Fake) -> None:
    failing = {"custom_id": f"{INTENT}_b", "body": {"messages": [{"role": "user", "content": "bad"}]}}
    batch = fake.create("openai", [REQUEST, failing], "", metadata={})
    assert call(fake, "status", batch.id) == State(ended=True)
    assert len(call(fake, "results", batch.id)) == 3
    batch.outputs, batch.errors = [], []
    assert call(fake, "status", batch.id) == State(ended=True, whole=False)  # completed, and nothing there
    assert call(fake, "results", batch.id) == []


@pytest.mark.parametrize(("code", "too_many"), [("model_not_found", False), ("token_limit_exceeded", True)])
def test_a_batch_that_was_refused_says_why(code: str, too_many: bool, fake: Fake) -> None:
    fake.refuse = (code, "No.")
    batch = fake.create("openai", [REQUEST], "", metadata={})
    assert call(fake, "status", batch.id) == State(ended=True, refused="line 1: No.", too_many=too_many)


def test_a_batch_that_is_gone_says_what_to_do(fake: Fake) -> None:
    with pytest.raises(AdapterError, match=r"does not know batch batch_7, with this key; without batches.jsonl"):
        call(fake, "status", "batch_7")


@pytest.mark.parametrize(
    ("found", "raised"),
    [
        ({}, NoAnswer),
        ({"response": 7}, NoAnswer),
        ({"response": {"status_code": "200"}}, NoAnswer),
        ({"error": {"code": "batch_expired", "message": "x"}}, Transient),
        ({"response": {"status_code": 503, "body": None}}, Transient),
        ({"response": {"status_code": 401, "body": {"error": {"message": f"bad {KEY}"}}}}, AdapterError),
        ({"response": {"status_code": 200, "body": {"error": {"message": "busy"}}}}, Transient),
    ],
)
def test_lines_mean_what_answers_of_their_own_would(found: Any, raised: type[Exception], fake: Fake) -> None:
    with pytest.raises(raised) as error:
        service(fake).reply_in(PROMPT, found, frozenset())
    assert KEY not in str(error.value)


def test_parameters_that_are_not_taken_have_our_names(fake: Fake) -> None:
    said = {"message": "Unsupported parameter: 'max_completion_tokens'", "code": "unsupported_parameter"}
    body = {"error": {**said, "param": "temperature"}}
    with pytest.raises(NotTaken) as error:
        service(fake).reply_in(PROMPT, {"response": {"status_code": 400, "body": body}}, frozenset())
    assert error.value.parameter == "temperature"


@pytest.mark.parametrize("body", [None, 7, [], {}, {"choices": [7]}])
def test_a_reply_of_another_shape_is_failed(body: Any, fake: Fake) -> None:
    found = {"response": {"status_code": 200, "body": body}}
    assert service(fake).reply_in(PROMPT, found, frozenset()).status == "failed"
