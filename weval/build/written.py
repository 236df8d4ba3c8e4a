"""What a model wrote when it was asked for a text, and nothing that a server left around it."""

from __future__ import annotations

from dataclasses import dataclass

from weval.adapters.judge.outcome import NoVerdict, none_in
from weval.adapters.judge.reasoning import parted
from weval.types import Reply


@dataclass(frozen=True, slots=True)
class Written:
    """A text; or why there is none, in a word and in full."""

    text: str
    fault: str = ""
    detail: str = ""


def written(reply: Reply) -> Written:
    """The text of a reply without its reasoning; a refusal, a cut-off or an empty text is none.

    >>> written(Reply("p", "ok", "<think>Tea?</think>Tea.")).text
    'Tea.'
    """
    if reply.status != "ok":
        return Written("", reply.status, reply.reason or "")
    try:
        text = parted(reply.text).answer.strip()
    except NoVerdict as error:
        return Written("", "truncated", str(error))
    if not text:
        return Written("", "empty", "the answer is empty")
    # What begins as a refusal is none to the request, though the API calls it a whole text.
    return Written("", "refused", text) if none_in(text, "").status == "refused" else Written(text)
