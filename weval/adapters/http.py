"""`http:URL`: a reward model behind a server. One request per text, several at once; replies are not believed."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from weval.adapters.certifying import check_plausible, drift_between, fixed_requests
from weval.adapters.protocols import PROTOCOLS, HttpOptions, ProtocolName, score_from
from weval.errors import AdapterError, ConfigError
from weval.remote.concurrency import answers
from weval.remote.posting import Key, NoAnswer, Poster, Reply
from weval.remote.retrying import GaveUp, Outage, Patience, retried
from weval.settings import updated
from weval.types import Certificate, Drift, Request, Score, Unit

if TYPE_CHECKING:
    import httpx

NAMED_BY_ROUTE: tuple[ProtocolName, ...] = ("predict", "weval")
"""Protocols whose route tells them from all others."""

LOST_ROUNDS = 3
"""A run ends when so many times its concurrency of requests in a row were given up."""


class Http:
    """Asks a server for the score of every text, by one of PROTOCOLS."""

    reads_ids: ClassVar[bool] = False

    def __init__(self, reference: str, /, **settings: str) -> None:
        self.url, self.options = located(reference, updated(HttpOptions(), settings))
        self.options.check()
        self.unit: Unit = self.options.unit
        self._key = Key.read(self.options.key_env)
        self._about: dict[str, str] = {}

    @property
    def fingerprint(self) -> Mapping[str, Any]:
        """The URL and the settings; what the server computes with is not known, and not in it."""
        return {"adapter": "Http", "url": self.url, **self.options.fingerprint()}

    def score(self, requests: Iterable[Request]) -> Iterator[Score]:
        """One score per request, as they come. Raises AdapterError where no request will be answered any more."""
        return self._scores(requests, self.options.concurrency)

    def certify(self) -> Certificate:
        """Scores fixed texts alone, several at once, and once more. Raises AdapterError for what cannot be right."""
        requests, several = fixed_requests(self.unit), self.options.concurrency
        before = alone = self._fixed(requests, 1)
        named = {request.id: value for request, value in zip(requests, alone, strict=True)}
        check_plausible(self.url, named, bounded=self.options.is_bounded)
        drift: dict[str, Drift] = {}
        if several > 1:
            before = self._fixed(requests, several)
            drift["batched"] = drift_between(requests, alone, before)
        drift["repeated"] = drift_between(requests, before, self._fixed(requests, several))
        return Certificate(
            n_texts=len(requests),
            easy=(alone[0], alone[1]),
            drift=drift,
            computed={"protocol": self.options.protocol, "url": self.url, **self._about},
            remarks=() if several > 1 else ("batched was not measured: --set concurrency=1 asks for one at a time",),
        )

    def _fixed(self, requests: list[Request], n_at_once: int) -> list[float]:
        """The scores of the fixed texts, in order. Raises AdapterError where one has none."""
        found = dict[str, float]()
        with closing(self._scores(requests, n_at_once)) as scores:
            for score in scores:
                if score.status != "ok":
                    raise AdapterError(f"{self.url} gives no score for a short text: {score.reason}")
                found[score.request_id] = score.values[0]
        return [found[request.id] for request in requests]

    def _scores(self, requests: Iterable[Request], n_at_once: int) -> Generator[Score, None, None]:
        poster = Poster(self.url, self._key, n_at_once)
        outage = Outage(self.url, LOST_ROUNDS * n_at_once)
        yield from answers(partial(self._ask, poster, outage), requests, n_at_once=n_at_once, at_end=poster.close)

    async def _ask(self, poster: Poster, outage: Outage, request: Request) -> Score:
        try:
            score = await self._asked(poster, request)
        except GaveUp as gone:
            outage.gave_up(gone)
            return Score.missing(request, "failed", str(gone))
        except NoAnswer as none:
            score = Score.missing(request, none.status, str(none))
        outage.answered()
        return score

    async def _asked(self, poster: Poster, request: Request) -> Score:
        options = self.options
        assert options.protocol is not None
        body = PROTOCOLS[options.protocol].body(options, request)
        patience = Patience(options.attempts, options.timeout_s, options.give_up_after_s)
        began = time.monotonic()
        reply = await retried(partial(poster.post, body), patience, request.id)
        seconds = time.monotonic() - began
        self._note(reply)
        return replace(score_from(reply.content, options, request), seconds=seconds)

    def _note(self, reply: Reply) -> None:
        """Keeps what the server says of itself, for the certificate."""
        if reply.server:
            self._about["server"] = reply.server
        if isinstance(reply.content, dict) and isinstance(model := reply.content.get("model"), str):
            self._about["served_model"] = self._key.hidden_in(model)


def located(reference: str, options: HttpOptions) -> tuple[str, HttpOptions]:
    """The whole URL, and the options with the protocol that goes with it. Raises ConfigError.

    `//host/path` is what is left of a URL that was given as the model itself.
    """
    import httpx

    try:
        url = httpx.URL(f"http:{reference}" if reference.startswith("//") else reference)
    except (httpx.InvalidURL, ValueError):  # as for half a character
        raise ConfigError(_SHAPE) from None
    _check(url)
    path = url.path.rstrip("/")
    if path.endswith("/v1/classify"):
        raise ConfigError(
            f"--model http:{url}: this route of SGLang takes a softmax, after which every model of one label says 1.0; "
            "its own route is /classify"
        )
    protocol = options.protocol or next((one for one in NAMED_BY_ROUTE if path.endswith(PROTOCOLS[one].route)), None)
    if protocol is None:
        raise ConfigError(f"--model http:{url}: say what is spoken there, by --set protocol={'|'.join(PROTOCOLS)}")
    whole = url if path else url.copy_with(path=PROTOCOLS[protocol].route)
    return str(whole), options.model_copy(update={"protocol": protocol})


_SHAPE = "--model http:URL: is written --model http:http://HOST:PORT/PATH"


def _check(url: httpx.URL) -> None:
    if url.userinfo or url.query or url.fragment:
        # The name of a model is written into the run's files, and shown; so this message does not repeat it.
        raise ConfigError(
            "--model http: its URL may hold no password, query or fragment, as it is written into the run's files; "
            "put a key into an environment variable and name that by --set key_env=NAME"
        )
    if (
        url.scheme not in ("http", "https")
        or not url.host
        or "%" in url.host
        or not 0 < (1 if url.port is None else url.port) < 2**16
    ):
        raise ConfigError(_SHAPE)
