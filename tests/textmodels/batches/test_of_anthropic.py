"""Anthropic's batches: what can be told of one that was lost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.textmodels.fake_batches import KEY, Fake, serving
from weval.errors import AdapterError
from weval.remote.posting import NoAnswer
from weval.remote.retrying import Transient, Unreachable
from weval.textmodels import TextModelOptions, open_text_model
from weval.textmodels.batches.of_anthropic import AnthropicBatches
from weval.textmodels.batches.record import Submission
from weval.textmodels.batches.service import State, Uncertain
from weval.types import Prompt

INTENT = "0123456789abcdef"
PROMPT = Prompt("p", (("user", "say a"),))


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    with serving() as server:
        yield server


def call(fake: Fake, name: str, *given: Any) -> Any:
    """What one method gives, over a connection of its own."""
    model: Any = open_text_model("anthropic/claude-x", TextModelOptions(base_url=fake.url))

    async def ask() -> Any:
        service = AnthropicBatches(model.client())
        try:
            found = getattr(service, name)(*given)
            return [line async for line in found] if name == "results" else await found
        finally:
            await service.close()

    return asyncio.run(ask())


def lost(n_requests: int = 1, at: datetime | None = None) -> Submission:
    return Submission(INTENT, at or datetime.now(UTC), n_requests, set(), frozenset())


def requests(n: int = 1, intent: str = INTENT) -> list[dict[str, Any]]:
    params = {"messages": [{"role": "user", "content": "say a"}]}
    return [{"custom_id": f"{intent}_{k}", "params": params} for k in range(n)]


def test_a_lost_batch_is_known_by_its_size_its_time_and_its_results(fake: Fake) -> None:
    fake.create("anthropic", requests(2), "")
    ours = fake.create("anthropic", requests(), "")
    for _ in range(3):  # newer ones, on further pages
        fake.create("anthropic", requests(intent="fedcba9876543210"), "")
    assert call(fake, "find", lost(), frozenset()) == ours.id
    assert call(fake, "find", lost(3), frozenset()) is None
    assert call(fake, "find", lost(), frozenset({ours.id})) is None
    assert call(fake, "find", lost(at=datetime.now(UTC) + timedelta(hours=1)), frozenset()) is None


def test_one_that_could_be_it_leaves_that_open_until_it_ends(fake: Fake) -> None:
    fake.ends = False
    fake.create("anthropic", requests(), "")
    with pytest.raises(Uncertain, match="could be it"):
        call(fake, "find", lost(), frozenset())
    fake.end()
    assert call(fake, "find", lost(), frozenset())


@pytest.mark.parametrize(
    ("how", "raised"),
    [("429", Transient), ("400 no", NoAnswer), ("500-after", Uncertain), ("reset-before", Uncertain),
     ("nonsense-after", Uncertain)],
)  # fmt: skip
def test_only_a_sure_refusal_may_be_repeated(how: str, raised: type[Exception], fake: Fake) -> None:
    fake.at_create = [how]
    with pytest.raises(raised) as found:
        call(fake, "create", INTENT, b'{"requests":[]}', frozenset())
    assert type(found.value) is raised


def test_a_server_that_is_not_there_has_created_nothing(fake: Fake) -> None:
    fake.shutdown()
    fake.server_close()
    with pytest.raises(Unreachable):
        call(fake, "create", INTENT, b'{"requests":[]}', frozenset())


def test_results_are_fetched_from_our_address_whatever_the_answer_names(fake: Fake) -> None:
    batch = fake.create("anthropic", requests(), "")
    assert call(fake, "status", batch.id) == State(ended=True)
    assert len(call(fake, "results", batch.id)) == 2
    assert fake.asked[-1] == f"GET /v1/messages/batches/{batch.id}/results"


def test_a_batch_that_is_gone_says_what_to_do(fake: Fake) -> None:
    with pytest.raises(AdapterError, match=r"does not know batch msgbatch_7, with this key; without batches.jsonl"):
        call(fake, "status", "msgbatch_7")


@pytest.mark.parametrize("result", [None, 7, {}, {"type": 7}, {"type": "new"}, {"type": "succeeded", "message": 7}])
def test_a_result_of_another_shape_is_none(result: Any, fake: Fake) -> None:
    model: Any = open_text_model("anthropic/claude-x", TextModelOptions(base_url=fake.url))
    with pytest.raises(NoAnswer):
        AnthropicBatches(model.client()).reply_in(PROMPT, {"result": result}, frozenset())
