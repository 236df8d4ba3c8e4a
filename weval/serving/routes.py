"""The routes of `weval serve`: whole requests, the released form, and what is served here. Every answer is JSON."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from weval.adapters.exchange import ROUTE, NoRequest, answer, request_in
from weval.remote.posting import leads_here
from weval.serving.batching import Batcher, Full
from weval.serving.service import Service
from weval.store import writable
from weval.types import Request, Score

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request as Incoming
    from starlette.responses import Response

BODY_S = 60.0
"""How long what is posted may take to come."""

Handler = Callable[["Incoming"], Awaitable[dict[str, Any]]]


class Refusal(Exception):
    """An answer other than 200, and what it says."""

    def __init__(self, code: HTTPStatus, message: str, wait_s: int | None = None, **more: str) -> None:
        super().__init__(message)
        self.code, self.wait_s = code, wait_s
        self.content: dict[str, Any] = {"error": message, **more}


def application(service: Service, batcher: Batcher) -> Starlette:
    """The web application; the batcher is the caller's to start and to close."""
    from starlette.applications import Starlette
    from starlette.routing import Route

    routes = _Routes(service, batcher)
    return Starlette(
        routes=[
            Route(ROUTE, routes.answering(routes.several), methods=["POST"]),
            Route("/predict", routes.answering(routes.predict), methods=["POST"]),
            Route("/health", routes.answering(routes.health), methods=["GET"]),
        ]
    )


class _Routes:
    def __init__(self, service: Service, batcher: Batcher) -> None:
        self._service, self._batcher = service, batcher
        self._about = service.about()  # once: files may have to be read for it

    def answering(self, handler: Handler) -> Callable[[Incoming], Awaitable[Response]]:
        """A handler with what all have in common: who may ask, and refusals."""

        async def answered(incoming: Incoming) -> Response:
            from starlette.requests import ClientDisconnect

            try:
                self._check_key(incoming) if self._service.key.secret else _check_place(incoming)
                return _response(HTTPStatus.OK, await handler(incoming))
            except Refusal as refusal:
                return _response(refusal.code, refusal.content, refusal.wait_s)
            except ClientDisconnect:  # nobody is left to read this
                return _response(HTTPStatus.REQUEST_TIMEOUT, {"error": "the client has gone"})

        return answered

    async def health(self, incoming: Incoming) -> dict[str, Any]:
        """What is served, and how much has been done."""
        done = self._batcher.tally
        return self._about | {
            "n_waiting": self._batcher.n_waiting,
            "n_ok": done.n_ok,
            "n_missing": done.n_missing,
            "n_batches": done.n_batches,
        }

    async def several(self, incoming: Incoming) -> dict[str, Any]:
        """`{"requests": […]}` to `{"scores": […]}`, in the same order. One that is none gets a failed score."""
        content = await self._json(incoming)
        posted = content.get("requests") if isinstance(content, dict) else None
        if not isinstance(posted, list):
            raise Refusal(HTTPStatus.BAD_REQUEST, 'the body must be an object with a list: {"requests": […]}')
        limit = self._service.options.max_queue
        if len(posted) > limit:  # before each of them is read
            why = f"{len(posted):,} requests at once; at most {limit:,} are taken (max_queue)"
            raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, why)
        found: list[Request | str] = [self._request(one) for one in posted]
        scores = iter(await self._scores(incoming, [one for one in found if isinstance(one, Request)]))
        said = [
            answer(next(scores)) if isinstance(one, Request) else {"status": "failed", "reason": one} for one in found
        ]
        return {"model": self._service.name, "unit": self._service.adapter.unit, "scores": said}

    async def predict(self, incoming: Incoming) -> dict[str, Any]:
        """The released server's form: a question and an answer to a value. A missing score is no 200."""
        content = await self._json(incoming)
        texts = [content.get(name) if isinstance(content, dict) else None for name in ("question", "answer")]
        found = self._asked(*texts)
        if not isinstance(found, Request):
            raise Refusal(HTTPStatus.BAD_REQUEST, 'the body must be an object with two texts, "question" and "answer"')
        (score,) = await self._scores(incoming, [found])
        if score.status != "ok":
            said = f"too long: {score.reason}" if score.status == "truncated" else str(score.reason)
            raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, said, status=score.status)
        return {"value": score.values[0], "model": self._service.name}

    def _asked(self, question: object, response: object) -> Request | None:
        """What the released form asks: of a requirement, if that is what the model judges, else of the whole query."""
        if not (isinstance(question, str) and isinstance(response, str) and question):
            return None
        said: dict[str, Any] = {"query": question, "response": response}
        if self._service.adapter.unit == "requirement":
            one = {"id": "c1", "text": question}
            said |= {"instruction": "", "requirements": [one], "requirement": one}
        try:
            return request_in(said)
        except NoRequest:
            return None

    def _request(self, content: object) -> Request | str:
        """A request, or why it is none."""
        try:
            request = request_in(content)
        except NoRequest as error:
            return str(error)
        return self._service.complaint(request) or request

    async def _scores(self, incoming: Incoming, requests: Sequence[Request]) -> list[Score]:
        try:
            futures = self._batcher.submit(requests)
        except Full as full:
            raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, str(full), full.wait_s) from None
        return await _awaited(incoming, futures)

    async def _json(self, incoming: Incoming) -> Any:  # noqa: ANN401 - any JSON
        body = await _body(incoming, self._service.options.max_body_mb)
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as error:
            raise Refusal(HTTPStatus.BAD_REQUEST, f"the body is not JSON ({error})") from None

    def _check_key(self, incoming: Incoming) -> None:
        """Raises Refusal where a key is needed and not shown. The time that takes tells nothing of the key."""
        for name, value in self._service.key.headers.items():
            shown = incoming.headers.get(name, "")
            if not hmac.compare_digest(shown.encode(), value.encode()):
                raise Refusal(HTTPStatus.UNAUTHORIZED, "a key is needed, as Authorization: Bearer KEY")


def _check_place(incoming: Incoming) -> None:
    """Raises Refusal for what a browser asks for a page of another host; there is no key that keeps such a page out.

    It may have made its own name lead to this machine, which Host shows, or post here without that, which Origin shows.
    """
    if not leads_here(f"//{incoming.headers.get('host', '')}"):
        raise Refusal(
            HTTPStatus.FORBIDDEN,
            "without a key, this server is asked as 127.0.0.1 or localhost alone; behind another name, start it with "
            "--key-env NAME",
        )
    if "origin" in incoming.headers:
        raise Refusal(HTTPStatus.FORBIDDEN, "without a key, this server answers programs, and no page in a browser")


async def _body(incoming: Incoming, max_mb: int) -> bytes:
    """What was posted. Too large a body is read to its end, or the client, still writing, would not see the answer."""
    found, size = bytearray(), 0
    try:
        async with asyncio.timeout(BODY_S):
            async for chunk in incoming.stream():
                size += len(chunk)
                if size <= max_mb * 2**20:
                    found += chunk
    except TimeoutError:
        raise Refusal(HTTPStatus.REQUEST_TIMEOUT, f"the body did not come within {BODY_S:.0f} s") from None
    if size > max_mb * 2**20:
        raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is larger than {max_mb} MB (max_body_mb)")
    return bytes(found)


async def _awaited(incoming: Incoming, futures: Sequence[Future[Score]]) -> list[Score]:
    """The scores, in order. Where the client goes away first, those that are not in work are not computed."""
    from starlette.requests import ClientDisconnect

    scores = asyncio.gather(*map(asyncio.wrap_future, futures))
    gone = asyncio.ensure_future(incoming.receive())  # after the body, all that comes is the end
    try:
        either: set[asyncio.Future[Any]] = {scores, gone}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not scores.done():
            raise ClientDisconnect
        return [replace(one, reason=writable(one.reason), raw=writable(one.raw)) for one in scores.result()]
    finally:
        scores.cancel()
        gone.cancel()


def _response(status: HTTPStatus, content: dict[str, Any], wait_s: int | None = None) -> Response:
    from starlette.responses import Response

    headers = {} if wait_s is None else {"Retry-After": str(wait_s)}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(json.dumps(content, allow_nan=False), status, headers, media_type="application/json")
