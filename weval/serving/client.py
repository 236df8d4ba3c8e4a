"""A reward model behind `weval serve`, for a training loop: groups of requests go together, and no fault stops it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import NamedTuple

from weval.adapters.exchange import posted, score_of
from weval.adapters.http import located
from weval.adapters.protocols import HttpOptions
from weval.remote.concurrency import answers
from weval.remote.posting import Key, NoAnswer, Poster
from weval.remote.retrying import GaveUp, Patience, retried
from weval.types import Request, Score

PATIENCE = Patience(attempts=8, timeout_s=300.0, give_up_after_s=900.0)
"""How long a group is tried: a server that is started anew meanwhile is waited for."""


class _Group(NamedTuple):
    """Requests that are posted together, and the place of the first of them."""

    first: int
    requests: Sequence[Request]


class RemoteReward:
    """Asks a server at a URL, as http://127.0.0.1:8311. Up to `group` requests are posted at once, `n_at_once` posts.

    The adapter `http:` asks for one score at a time, and ends a run where its server is lost; this is for training,
    where requests that share a prompt are to arrive together, and a step without some rewards is better than none.
    `key_env` names the environment variable that holds the server's key.
    """

    def __init__(
        self,
        url: str,
        *,
        key_env: str | None = None,
        group: int = 64,
        n_at_once: int = 4,
        patience: Patience = PATIENCE,
    ) -> None:
        self.url, _ = located(url, HttpOptions(protocol="weval"))
        self._key, self._group, self._n_at_once, self._patience = Key.read(key_env), group, n_at_once, patience

    def score(self, requests: Iterable[Request]) -> list[Score]:
        """One score per request, in order. What has none is failed and says why: also where no server answers.

        Raises AdapterError for what no other attempt would mend: a key that is not accepted, a URL that is no route.
        """
        asked = list(requests)
        groups = [_Group(first, asked[first : first + self._group]) for first in range(0, len(asked), self._group)]
        poster = Poster(self.url, self._key, self._n_at_once)
        found: dict[int, list[Score]] = {}
        for first, scores in answers(
            partial(self._scores, poster), groups, n_at_once=self._n_at_once, at_end=poster.close
        ):
            found[first] = scores
        return [score for first in sorted(found) for score in found[first]]

    async def _scores(self, poster: Poster, group: _Group) -> tuple[int, list[Score]]:
        body = {"requests": [posted(request) for request in group.requests]}
        try:
            reply = await retried(partial(poster.post, body), self._patience, group.requests[0].id)
            return group.first, _read(reply.content, group.requests)
        except GaveUp as gone:
            return group.first, [Score.missing(request, "failed", str(gone)) for request in group.requests]
        except NoAnswer as none:
            return group.first, [Score.missing(request, none.status, str(none)) for request in group.requests]


def _read(content: object, requests: Sequence[Request]) -> list[Score]:
    """The scores of a group. Raises NoAnswer where the reply is no list of as many."""
    said = content.get("scores") if isinstance(content, dict) else None
    if not isinstance(said, list) or len(said) != len(requests):
        raise NoAnswer(f"the reply holds no list of {len(requests)} scores")
    return [_one(entry, request) for entry, request in zip(said, requests, strict=True)]


def _one(entry: object, request: Request) -> Score:
    try:
        return score_of(entry, request)
    except NoAnswer as none:
        return Score.missing(request, none.status, str(none))
