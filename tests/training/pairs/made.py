"""Items of which it is known what their answers are."""

from __future__ import annotations

from weval.types import Candidate, Item, Requirement

NAMES = ("harbour", "mountain", "library", "orchard")


def items() -> list[Item]:
    """Four items, nested: a1 kept all three requirements, a2 two, a3 one."""
    return [
        Item(
            id=name,
            language="en",
            instruction=f"Write about a {name}.",
            requirements=(
                Requirement(id="c1", text="Write exactly two sentences."),
                Requirement(id="c2", text="Do not use the word 'lovely'."),
                Requirement(id="c3", text="Use a gentle tone."),
            ),
            candidates=(
                Candidate(id="a1", kept=("c1", "c2", "c3"), response=text(name, 2)),
                Candidate(id="a2", kept=("c1", "c3"), response=text(name, 1) + " It is a lovely place."),
                Candidate(id="a3", kept=("c3",), response=text(name, 3) + " It is a lovely place."),
            ),
        )
        for name in NAMES
    ]


def text(name: str, n: int) -> str:
    """So many sentences, each with a word that only texts of this name have."""
    marks = {"harbour": "gulls anchors lanterns", "mountain": "glaciers shepherds summits"}
    marks |= {"library": "shelves readers pages", "orchard": "apples blossoms ladders"}
    numbers = ("seven", "eight", "nine")
    pairs = list(zip(numbers, marks[name].split(), strict=True))[:n]
    return " ".join(f"The {name} number {number} has many {mark} beside the door." for number, mark in pairs)
