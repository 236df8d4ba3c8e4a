"""OpenAI's batches, as `weval.textmodels.batches.service` wants them: a file goes in, one of answers and errors out."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from weval.errors import AdapterError
from weval.remote.posting import NoAnswer
from weval.remote.retrying import Transient
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
from weval.textmodels.hosting.completions import of_json
from weval.textmodels.hosting.wire import Answer, Told, what_came
from weval.textmodels.openai import OpenAIClient
from weval.types import Prompt, Reply

if TYPE_CHECKING:
    from openai import AsyncOpenAI

ENDPOINT: Literal["/v1/chat/completions"] = "/v1/chat/completions"
METADATA = "weval"
"""The name under which a batch bears that of its submission."""

CREATE_S = 120.0
_FULL = re.compile(r"token_limit_exceeded|enqueued token", re.IGNORECASE)
"""How it is said that more waits already than may: the batch can be taken when others have ended, or if smaller."""


class OpenAIBatches:
    """Batches over one connection."""

    provider = "OpenAI"
    max_requests = 49_000  # of 50,000
    max_bytes = 190 * 10**6  # of 200 MB
    settle_s = 60.0

    def __init__(self, client: OpenAIClient) -> None:
        self._client, self._key = client, client.wire.key

    @property
    def _sdk(self) -> AsyncOpenAI:
        return self._client.wire.sdk

    def request(self, custom_id: str, prompt: Prompt, dropped: frozenset[str]) -> bytes:
        """One line of the file."""
        body = self._client.body(prompt, dropped)
        return as_json({"custom_id": custom_id, "method": "POST", "url": ENDPOINT, "body": body})

    async def upload(self, intent: str, requests: Sequence[bytes]) -> str:
        """Uploads the file, and gives its id. A file without a batch costs nothing, so it may be uploaded again."""
        file = (f"weval-{intent}.jsonl", b"\n".join(requests) + b"\n", "application/jsonl")
        found = await self._found(self._sdk.files.with_raw_response.create(file=file, purpose="batch"))
        if not is_id(file_id := found.get("id")):
            raise NoAnswer("the uploaded file has no id")
        return file_id

    async def create(self, intent: str, uploaded: str, dropped: frozenset[str]) -> str:
        """Creates the batch, which bears the name of the submission."""
        create = self._sdk.batches.with_raw_response.create(
            input_file_id=uploaded, endpoint=ENDPOINT, completion_window="24h", metadata={METADATA: intent}
        )
        async with created_within(CREATE_S):
            answer = await self._answer(create)
        if is_uncertain(answer.status):
            raise Uncertain(f"HTTP {answer.status}")
        try:
            batch = self._taken(answer).get("id")
        except NoAnswer as error:
            if 200 <= answer.status < 300:
                raise Uncertain(str(error)) from error
            raise
        if not is_id(batch):
            raise Uncertain("the answer names no batch")
        return batch

    async def find(self, submission: Submission, known: frozenset[str]) -> str | None:
        """The batch that bears the name of a submission."""
        after: str | None = None
        for _ in range(MOST_PAGES):
            more: dict[str, Any] = {"after": after} if after else {}
            page = await self._found(self._sdk.batches.with_raw_response.list(limit=100, **more))
            rows = page.get("data")
            if not isinstance(rows, list):
                raise NoAnswer("the list of batches is none")
            for row in (row for row in rows if isinstance(row, dict)):
                metadata, batch = row.get("metadata"), row.get("id")
                if isinstance(metadata, dict) and metadata.get(METADATA) == submission.intent and is_id(batch):
                    return batch
                after = batch if is_id(batch) else after
            if page.get("has_more") is not True or not rows or _is_older(rows[-1], submission):
                return None
        return None

    async def status(self, batch: str) -> State:
        """Where it is. What was not taken as a whole has no results, and says why."""
        found = await self._batch(batch)
        status, files = found.get("status"), _files(found)
        if not isinstance(status, str):
            raise NoAnswer(f"batch {batch} has no status")
        if status == "failed" and not files:
            code, said = _errors(found)
            refused = self._key.hidden_in(said or "for no reason that was given")
            return State(ended=True, refused=refused, too_many=bool(_FULL.search(f"{code} {said}")))
        ended = status in ("completed", "expired", "cancelled", "failed")
        return State(ended, whole=status == "completed" and bool(files))

    async def results(self, batch: str) -> AsyncGenerator[bytes, None]:
        """The lines of both files: of the answers, and of the errors."""
        for file_id in _files(await self._batch(batch)):
            async for line in lines_in(self._pieces(file_id)):
                yield line

    async def _pieces(self, file_id: str) -> AsyncIterator[bytes]:
        import httpx2
        import openai

        try:
            async with self._sdk.files.with_streaming_response.content(file_id) as response:
                async for chunk in response.iter_bytes():
                    yield chunk
            return
        except (Told, openai.APIConnectionError, httpx2.RequestError, OSError) as error:
            found = what_came(error, self._key)
        raise found if isinstance(found, Transient) else self._complaint(found, f"the file {file_id} of its results")

    def reply_in(self, prompt: Prompt, found: Mapping[str, Any], dropped: frozenset[str]) -> Reply:
        """The reply in a line of either file."""
        if isinstance(error := found.get("error"), dict):  # it was not asked at all: expired, cancelled
            raise Transient(self._key.hidden_in(f"{error.get('code')}: {error.get('message')}"))
        response = found.get("response")
        status = response.get("status_code") if isinstance(response, dict) else None
        if not isinstance(response, dict) or not isinstance(status, int):
            raise NoAnswer("its line of the results holds no response")
        content = response.get("body")
        if 200 <= status < 300:
            return self._client.reply(prompt, content, dropped, batch=True)
        body = self._client.body(prompt, dropped)
        raise self._client.complaint(status, json.dumps(content).encode("ascii"), {}, body, dropped)

    async def _batch(self, batch: str) -> Mapping[str, Any]:
        return await self._found(self._sdk.batches.with_raw_response.retrieve(batch), f"batch {batch}")

    async def _found(self, call: Awaitable[Any], what: str = "") -> Mapping[str, Any]:
        """The JSON object that a call of the library gives. `what` is what is not there where it says 404."""
        return self._taken(await self._answer(call), what)

    def _taken(self, answer: Answer, what: str = "") -> Mapping[str, Any]:
        if not 200 <= answer.status < 300:
            raise self._complaint(answer, what)
        try:
            found = of_json(answer.content)
        except ValueError as error:
            raise NoAnswer(f"the answer is not JSON ({error})") from None
        if not isinstance(found, dict):
            raise NoAnswer("the answer is no JSON object")
        return found

    def _complaint(self, answer: Answer, what: str) -> Exception:
        if answer.status == 404 and what:
            return AdapterError(
                f"OpenAI does not know {what}, with this key; without {BATCHES} in the run's folder its requests are "
                "submitted, and paid for, again"
            )
        return self._client.complaint(answer.status, answer.content, answer.headers, {}, frozenset())

    async def _answer(self, call: Awaitable[Any]) -> Answer:
        async def answered() -> Answer:
            raw = await call
            return Answer(raw.status_code, raw.headers, raw.content)

        return await self._client.wire.answer(answered())

    async def close(self) -> None:
        """Ends all connections."""
        await self._client.close()


def _files(batch: Mapping[str, Any]) -> list[str]:
    """The files of its results, as far as there are any."""
    return [found for name in ("output_file_id", "error_file_id") if is_id(found := batch.get(name))]


def _errors(batch: Mapping[str, Any]) -> tuple[str, str]:
    """Code and message of what was wrong with a batch as a whole: the first, as each line may have its own."""
    errors = batch.get("errors")
    rows = errors.get("data") if isinstance(errors, dict) else None
    first = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else {}
    line = f"line {first['line']}: " if isinstance(first.get("line"), int) else ""
    return str(first.get("code")), f"{line}{first['message']}" if isinstance(first.get("message"), str) else ""


def _is_older(row: object, submission: Submission) -> bool:
    """Whether a batch was there before the submission; one without a time is none."""
    at = row.get("created_at") if isinstance(row, dict) else None
    return isinstance(at, int | float) and at < (submission.at - CLOCKS_DIFFER).timestamp()
