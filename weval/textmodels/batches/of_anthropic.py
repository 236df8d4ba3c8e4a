"""Anthropic's Message Batches, as `weval.textmodels.batches.service` wants them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from weval.errors import AdapterError
from weval.remote.posting import NoAnswer
from weval.remote.retrying import Transient
from weval.textmodels.anthropic import AnthropicClient
from weval.textmodels.batches.record import BATCHES, Submission
from weval.textmodels.batches.service import (
    CLOCKS_DIFFER,
    MOST_PAGES,
    State,
    Uncertain,
    as_json,
    created_within,
    is_id,
    is_uncertain,
    lines_in,
)
from weval.textmodels.hosting.messages import SAMPLING, Asked, complaint, reply_of
from weval.textmodels.hosting.wire import Answer
from weval.types import Prompt, Reply

PATH = "/v1/messages/batches"
CREATE_S = 900.0
_TRIED_LINES = 10
"""Some may be broken."""


class AnthropicBatches:
    """Batches over one connection. Nothing can be attached to one, so one that was lost is known by its results."""

    provider = "Anthropic"
    max_requests = 95_000  # of 100,000
    max_bytes = 240 * 10**6  # of 256 MB
    settle_s = 600.0

    def __init__(self, client: AnthropicClient) -> None:
        self._client = client

    @property
    def _nothing(self) -> Asked:
        """What is sent beside no prompt: no parameter, and so by the newest version of the API."""
        return replace(self._client.asked(frozenset(SAMPLING)), taken={})

    def request(self, custom_id: str, prompt: Prompt, dropped: frozenset[str]) -> bytes:
        """One of the requests."""
        return as_json({"custom_id": custom_id, "params": self._client.asked(dropped).body(prompt)})

    async def upload(self, intent: str, requests: Sequence[bytes]) -> bytes:
        """The requests go along when the batch is created; there is nothing to upload."""
        return b'{"requests":[' + b",".join(requests) + b"]}"

    async def create(self, intent: str, uploaded: bytes, dropped: frozenset[str]) -> str:
        """Creates the batch. The version of the API is that of all its requests."""
        asked = self._client.asked(dropped)
        async with created_within(CREATE_S):
            answer = await self._client.answer("post", PATH, asked, uploaded)
        if is_uncertain(answer.status):
            raise Uncertain(f"HTTP {answer.status}")
        return _id_in(self._client.taken(answer, asked))

    async def status(self, batch: str) -> State:
        """Where it is. What was cancelled or expired says so in its own line of the results."""
        found = await self._get(f"{PATH}/{batch}", batch)
        status = found.get("processing_status")
        if not isinstance(status, str):
            raise NoAnswer(f"batch {batch} has no status")
        if found.get("archived_at") is not None:
            raise _lost(f"keeps the results of batch {batch} no more")
        return State(ended=status == "ended")

    async def results(self, batch: str) -> AsyncGenerator[bytes, None]:
        """The lines of the results. They are asked for at our address: the one that the answer names gets no key."""
        pieces = self._client.pieces(f"{PATH}/{batch}/results", self._nothing)
        async with aclosing(pieces):
            async for line in lines_in(pieces):
                yield line

    def reply_in(self, prompt: Prompt, found: Mapping[str, Any], dropped: frozenset[str]) -> Reply:
        """The reply in a line of the results."""
        asked, key = self._client.asked(dropped), self._client.key
        result = found.get("result")
        kind = result.get("type") if isinstance(result, dict) else None
        if not isinstance(result, dict) or not isinstance(kind, str):
            raise NoAnswer("its line of the results holds no result")
        if kind in ("expired", "canceled"):
            raise Transient(f"the request was {kind}")
        if kind == "errored":
            raise complaint(None, result, asked, key, {}, prompt)
        if kind != "succeeded":
            raise NoAnswer(f"an unknown kind of result: {key.hidden_in(kind)}")
        return reply_of(prompt, result.get("message"), asked, key, batch=True)

    async def find(self, submission: Submission, known: frozenset[str]) -> str | None:
        """The batch of a submission: one of its size, created since, whose results bear its name.

        As long as one that could be it has not ended, that is not known; each ends within a day.
        """
        undecided = None
        async for one in self._created_since(submission.at - CLOCKS_DIFFER):
            batch, counts = one.get("id"), one.get("request_counts")
            if not is_id(batch) or batch in known or _n(counts) != submission.n_requests:
                continue
            if one.get("processing_status") != "ended":
                undecided = batch
            elif one.get("archived_at") is None and await self._bears(batch, submission.intent):
                return batch
        if undecided:
            raise Uncertain(f"batch {undecided} could be it")
        return None

    async def _bears(self, batch: str, intent: str) -> bool:
        """Whether the results of a batch bear the name of a submission, as every line of its own would."""
        n_read = 0
        try:
            async with aclosing(self.results(batch)) as lines:
                async for line in lines:
                    n_read += 1
                    if f'"{intent}_'.encode() in line:
                        return True
                    if n_read == _TRIED_LINES:
                        return False
        except (AdapterError, NoAnswer):  # its results are gone, so whatever it was, it is of no use
            pass
        return False

    async def _created_since(self, moment: datetime) -> AsyncIterator[Mapping[str, Any]]:
        """Batches of the workspace, the newest first."""
        after = ""
        for _ in range(MOST_PAGES):
            page = await self._get(f"{PATH}?limit=100{after}")
            rows = page.get("data")
            if not isinstance(rows, list):
                raise NoAnswer("the list of batches is none")
            for row in rows:
                if isinstance(row, dict):
                    if _moment(row.get("created_at")) < moment:
                        return
                    yield row
            last = page.get("last_id")
            if page.get("has_more") is not True or not is_id(last):
                return
            after = f"&after_id={last}"

    async def _get(self, path: str, batch: str = "") -> Mapping[str, Any]:
        """The JSON object at a path; `batch` is what is not there where that says 404."""
        answer = await self._client.answer("get", path, self._nothing)
        if answer.status == 404 and batch:
            raise _lost(f"does not know batch {batch}, with this key")
        found = self._client.taken(answer, self._nothing).parsed()
        if not isinstance(found, dict):
            raise NoAnswer("the answer is no JSON object")
        return found

    async def close(self) -> None:
        """Ends all connections."""
        await self._client.close()


def _lost(how: str) -> AdapterError:
    return AdapterError(
        f"Anthropic {how}; without {BATCHES} in the run's folder its requests are submitted, and paid for, again"
    )


def _id_in(answer: Answer) -> str:
    try:
        content = answer.parsed()
    except (Transient, NoAnswer) as error:
        raise Uncertain(str(error)) from error
    batch = content.get("id") if isinstance(content, dict) else None
    if not is_id(batch):
        raise Uncertain("the answer names no batch")
    return batch


def _n(counts: object) -> int | None:
    """How many requests a batch has."""
    if not isinstance(counts, dict):
        return None
    return sum(n for n in counts.values() if isinstance(n, int))


def _moment(text: object) -> datetime:
    """When; a time that cannot be read is taken for a late one, so that nothing is passed over."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
