"""A pair of texts to learn from, and the requests that it is made of."""

from __future__ import annotations

from dataclasses import dataclass

from weval.randomness import digest
from weval.types import Item, Request, Requirement, joined


@dataclass(frozen=True, slots=True)
class TextPair:
    """`chosen` should be scored above `rejected`; both ask about one requirement. `why` is the kind of pair.

    The two differ in the response, or in the requirement that it is held against.
    """

    chosen: Request
    rejected: Request
    why: str


def asked(item: Item, response: str, requirement: str) -> Request:
    """The request that holds a response to an item's instruction against a requirement, the item's own or not."""
    held = Requirement(id="asked", text=requirement)
    return Request(
        id=digest(item.id, response, requirement).hex(),
        group=item.id,
        query=joined(item.language, item.instruction, requirement),
        instruction=item.instruction,
        language=item.language,
        requirements=(held,),
        responses=(response,),
        requirement=held,
    )
