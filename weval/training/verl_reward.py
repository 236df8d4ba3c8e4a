"""The reward of a veRL run: asks a reward model behind HTTP. `weval train --export verl` puts a copy into the export.

It needs nothing but Python's own library, as veRL is best kept in an environment of its own. A text for which there is
no score raises: veRL then goes on without that text, and no number is made up for it.
"""

from __future__ import annotations

import functools
import json
import math
import os
import re
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any, NamedTuple

MAY_PASS = frozenset({408, 409, 429, 500, 502, 503, 504, 529})
"""HTTP statuses that are worth another attempt."""

FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 30.0

_THINK, _END = "<think>", "</answer>"
_BETWEEN = re.compile(r"</think>\s*<answer>")

MAX_REPLY_BYTES = 10 * 2**20


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Python's own would take the key along, to whatever host."""

    def redirect_request(self, *_: Any) -> None:  # noqa: ANN401 - as urllib has it
        """Nowhere: the answer counts as it is."""


# The reward model stands in the same cluster; a proxy to the outside would not find it.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


class NoReward(RuntimeError):
    """There is no score for a text; says why."""


class Server(NamedTuple):
    """Who is asked, and how: what stands below reward.custom_reward_function.reward_kwargs.

    `url` ends in /weval or /predict. `asked`: query is the whole prompt, requirement the mean over each by itself. With
    `reasoning` only what stands in <answer> is scored, and texts of another form earn 0. `key_env` names the
    environment variable that holds the server's key.
    """

    url: str
    asked: str = "query"
    reasoning: bool = False
    key_env: str | None = None
    attempts: int = 5
    timeout_s: float = 120.0


def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: str,
    extra_info: object = None,
    **settings: Any,  # noqa: ANN401 - those of Server
) -> dict[str, float]:
    """The reward of one text, as veRL asks for it. `ground_truth` is a training prompt as JSON (`weval build prompts`).

    Raises NoReward.
    """
    server = Server(**settings)
    answer = answer_in(solution_str) if server.reasoning else solution_str
    if answer is None:
        return {"score": 0.0, "well_formed": 0.0}
    return {"score": _mean(_scores(server, json.loads(ground_truth), answer)), "well_formed": 1.0}


def answer_in(text: str) -> str | None:
    """The answer of a text that is nothing but reasoning and answer, as weval/training/rewards/reasoned.py reads it."""
    if not text.startswith(_THINK) or not text.endswith(_END):
        return None
    found = _BETWEEN.search(text, len(_THINK))
    return text[found.end() : -len(_END)] if found and found.end() <= len(text) - len(_END) else None


def _scores(server: Server, about: dict[str, Any], answer: str) -> list[float]:
    """What the server says of a text, once or for each requirement."""
    whole = server.asked != "requirement"
    asked = [{"id": "whole", "text": about["prompt"][-1]["content"]}] if whole else about["requirements"]
    if server.url.rstrip("/").endswith("/predict"):
        replies = [_reply(server, server.url, {"question": one["text"], "answer": answer}) for one in asked]
        return [_number(reply.get("value")) for reply in replies]
    unit = _unit(server)
    posted = [_request(about, one, answer, whole=whole, by_requirement=unit == "requirement") for one in asked]
    scores = _reply(server, server.url, {"requests": posted}).get("scores")
    if not isinstance(scores, list) or len(scores) != len(posted):
        raise NoReward("the reply does not hold a score for each request")
    # What does not apply is left out of the mean, as in our own rewards; any other missing score is no reward.
    return [_value(score) for score in scores if not _does_not_apply(score)]


def _request(
    about: dict[str, Any], one: dict[str, Any], answer: str, *, whole: bool, by_requirement: bool
) -> dict[str, Any]:
    """What is asked of `weval serve`: as weval/training/rewards/asking.py has it, which a test compares."""
    instruction, alone = about["instruction"], not whole and not by_requirement
    gap = "" if about.get("language") in ("zh", "ja") else " "
    said = {
        "group": about["id"],
        "query": gap.join([instruction, one["text"]]) if alone else about["prompt"][-1]["content"],
        "instruction": "" if whole and by_requirement else instruction,
        "language": about.get("language"),
        "requirements": [one] if alone else about["requirements"],
        "response": answer,
        "requirement": one if by_requirement else None,
    }
    return {name: value for name, value in said.items() if value is not None}


@functools.cache
def _unit(server: Server) -> str:
    """What `weval serve` judges there: a response as a whole, or by requirement."""
    health = server.url.rstrip("/").removesuffix("/weval") + "/health"
    unit = _reply(server, health, None).get("unit")
    if unit not in ("response", "requirement"):
        raise NoReward(f"{health}: does not say what is judged there; is it weval serve?")
    return str(unit)


def _does_not_apply(score: object) -> bool:
    return isinstance(score, dict) and score.get("status") == "not_applicable"


def _value(score: object) -> float:
    if not isinstance(score, dict) or score.get("status") != "ok":
        raise NoReward(f"no score: {str(score)[:200]}")
    values = score.get("values")
    return _number(values[0] if isinstance(values, list) and len(values) == 1 else None)


def _number(found: object) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        raise NoReward(f"the reply holds {str(found)[:40]!r} where a number should be")
    return float(found)


def _mean(values: Sequence[float]) -> float:
    if not values:
        raise NoReward("none of the requirements applies")
    return math.fsum(values) / len(values)


def _reply(server: Server, url: str, content: dict[str, Any] | None) -> dict[str, Any]:
    """The reply, a JSON object; without content it is asked for by GET. What may pass is tried again."""
    wait = FIRST_WAIT_S
    for left in reversed(range(max(1, server.attempts))):
        try:
            return _once(server, url, content)
        except urllib.error.HTTPError as error:
            with error:
                said = _shown(server, error.read(200).decode("utf-8", "replace"))
            if error.code not in MAY_PASS or not left:
                raise NoReward(f"{url}: HTTP {error.code}: {said}") from None
        except (OSError, ValueError, RecursionError) as error:  # no connection, no answer in time; no JSON
            if not left:
                raise NoReward(f"{url}: {error}") from None
        time.sleep(wait)
        wait = min(2 * wait, LONGEST_WAIT_S)
    raise AssertionError("the last attempt returns or raises")


def _shown(server: Server, text: str) -> str:
    """What a server says, without the key, which it may repeat, and in signs that a terminal shows."""
    key = os.environ.get(server.key_env, "").strip() if server.key_env else ""
    text = text.replace(key, "[key]") if key else text
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


def _once(server: Server, url: str, content: dict[str, Any] | None) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"}
    if server.key_env:
        key = os.environ.get(server.key_env, "").strip()
        if not key:
            raise NoReward(f"{url}: the environment variable that key_env names is not set here, or empty")
        headers["Authorization"] = f"Bearer {key}"
    data = None if content is None else json.dumps(content).encode()
    asked = urllib.request.Request(url, data=data, headers=headers)
    with _OPENER.open(asked, timeout=server.timeout_s) as reply:
        content_read = reply.read(MAX_REPLY_BYTES + 1)
    if len(content_read) > MAX_REPLY_BYTES:
        raise NoReward(f"{url}: the reply is larger than {MAX_REPLY_BYTES // 2**20} MB")
    found = json.loads(content_read)
    if not isinstance(found, dict):
        raise NoReward(f"{url}: the reply is no JSON object")
    return found


def main(arguments: Sequence[str]) -> int:
    """Asks a server about one text: `python reward.py URL [KEY_ENV]`, which run.sh does before GPUs are busy."""
    url, key_env = arguments[0], arguments[1] if len(arguments) > 1 else None
    about = {"id": "check", "instruction": "Write about tea.", "requirements": [{"id": "c1", "text": "Be brief."}]}
    about |= {"prompt": [{"role": "user", "content": "Write about tea. Be brief."}]}
    try:
        found = compute_score("check", "Tea is hot.", json.dumps(about), url=url, key_env=key_env, attempts=1)
    except NoReward as error:
        sys.stderr.write(f"reward.py: {error}\n")
        return 2
    sys.stderr.write(f"reward.py: {url} answers; a short text gets {found['score']:.4g}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
