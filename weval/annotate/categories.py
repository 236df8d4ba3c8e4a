"""The categories that a page offers: the five of the paper, each with what belongs to it, and those of the items."""

from __future__ import annotations

from collections.abc import Iterable

from weval.types import Id, Record


class Category(Record):
    """A category: the name that stands in a ratings file, and what a person reads about it. Blank where unknown."""

    name: Id
    title: str
    scope: str = ""
    forms: str = ""


PAPER = (
    Category(
        name="creative_narrative",
        title="Creative narrative",
        scope="Invents or tells: imagination and feeling, with means such as metaphor, rhythm, suspense or a twist; "
        "for readers of any age.",
        forms="short story, serial, musical, film script, lyrics",
    ),
    Category(
        name="structured_plans",
        title="Structured plans",
        scope="Puts something in order: outlines, frameworks, workflows and templates, in levels, bullets or steps.",
        forms="project plan, design framework, step-by-step guide, workflow",
    ),
    Category(
        name="academic_writing",
        title="Academic writing",
        scope="Argues from sources and data: essays, papers and technical reports, formal, with headings, citations or "
        "a part on method.",
        forms="thesis, article, white paper, review, manual",
    ),
    Category(
        name="discussion_expression",
        title="Discussion and expression",
        scope="Exchanges views: questions and answers, debate, dialogue or role play, with more than one side.",
        forms="interview, Socratic dialogue, debate transcript, board thread, reflection",
    ),
    Category(
        name="informational_practical",
        title="Informational and practical",
        scope="Informs or instructs: reports, letters and directions in plain language, with numbered steps or tables.",
        forms="business report, user manual, formal letter, policy, how-to",
    ),
)
"""Five task categories (arXiv 2604.27453, its table of categories), described in our words."""


def offered(used: Iterable[str | None]) -> tuple[Category, ...]:
    """The paper's categories, then by name those that items have besides.

    Which item has which is what a page asks, so it must not be told by what is offered: `used` is of the whole task.

    >>> [category.name for category in offered(["story", "academic_writing", None])][-2:]
    ['informational_practical', 'story']
    """
    others = sorted({*filter(None, used)} - {category.name for category in PAPER})
    return (*PAPER, *(Category(name=name, title=name) for name in others))
