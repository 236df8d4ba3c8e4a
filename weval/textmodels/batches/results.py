"""Reads the results of a batch that has ended: what each of its requests came to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from weval.errors import AdapterError
from weval.remote.posting import NoAnswer
from weval.remote.retrying import Transient
from weval.textmodels.batches.record import Outcome, Submission
from weval.textmodels.batches.service import Service
from weval.textmodels.hosting.completions import of_json
from weval.textmodels.hosting.hosted import NotTaken, without_text
from weval.types import Prompt, Reply


@dataclass(slots=True)
class Reading:
    """The results of one batch, as they are read. `waiting` are the prompts that somebody waits for, by key.

    Every reply goes to `keep` at once, so that what was read is there whatever happens next; read twice, as after a
    broken connection, nothing changes. What no reply came of is in `outcome`; `trouble` is what will not pass.
    """

    submission: Submission
    batch: str
    waiting: Mapping[str, Prompt]
    keep: Callable[[Prompt, Reply], Reply]
    outcome: Outcome = field(default_factory=Outcome)
    replies: list[Reply] = field(default_factory=list)
    trouble: list[AdapterError] = field(default_factory=list)

    async def read(self, service: Service) -> None:
        """Reads all lines. Raises what `service.results` raises."""
        async for line in service.results(self.batch):
            if reply := self._taken(line, service):
                self.replies.append(reply)

    def finish(self, *, whole: bool) -> None:
        """What becomes of those without a line; `whole` says that each request was tried."""
        for key in sorted((self.submission.keys & self.waiting.keys()) - self.outcome.keys):
            self.outcome.keys.add(key)
            if whole:
                reason = f"the results of batch {self.batch} have no line for it that can be read"
                self.outcome.failed[key] = reason
                self.replies.append(Reply(self.waiting[key].id, "failed", reason=reason))
            else:
                self.outcome.again[key] = f"batch {self.batch} ended before its turn"

    def _taken(self, line: bytes, service: Service) -> Reply | None:
        """The reply in a line, kept; else what is to become of its request goes to `outcome`.

        Lines that cannot be read, of requests that nobody waits for, and further ones of the same request, are passed
        over.
        """
        submission, outcome = self.submission, self.outcome
        found = _object(line)
        intent, _, key = str(found.get("custom_id")).partition("_")
        prompt = self.waiting.get(key)
        if intent != submission.intent or prompt is None or key not in submission.keys or key in outcome.keys:
            return None
        outcome.keys.add(key)
        try:
            reply = service.reply_in(prompt, found, submission.dropped)
        except Transient as again:
            outcome.again[key] = str(again)
            return None
        except NotTaken as error:
            if error.parameter in submission.dropped:
                self.trouble.append(AdapterError(f"{error.parameter} is not taken: {error}"))
            outcome.dropped.add(error.parameter)
            return None
        except AdapterError as error:
            self.trouble.append(error)
            return None
        except NoAnswer as none:
            reply = without_text(prompt, none)
        reply = self.keep(prompt, reply)
        if reply.status == "failed":
            outcome.failed[key] = reply.reason or ""
        return reply


def _object(line: bytes) -> Mapping[str, Any]:
    """The JSON object of a line; an empty one where it is none."""
    try:
        found = of_json(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
