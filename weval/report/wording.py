"""Names, meanings and sentences that the terminal and the page say alike."""

from __future__ import annotations

from collections.abc import Mapping

from weval.plan import Probe
from weval.results import Cost, Result
from weval.wording import DASH

LABELS = {
    "correlation": "correlation",
    "il": "IL",
    "pl": "PL",
    "reading": "reading",
    "spearman": "Spearman",
    "pairwise_accuracy": "pairwise accuracy",
    "top1": "best first",
    "tie_rate": "tied pairs",
}
"""The figures in the order in which they are shown."""


def label_of(name: str) -> str:
    """How a figure is called; one by a metric of the user's own by the name that they gave.

    >>> label_of("il"), label_of("mine:top2")
    ('IL', 'mine:top2')
    """
    return LABELS.get(name, name)


MEANINGS = {
    "correlation": "agreement of the ranking with gold (Kendall); chance 0",
    "il": "share of candidates at their gold position; chance 0.2 of five",
    "pl": "chance that the whole ranking is right; chance 1/120 of five",
    "reading": "does the score follow the requirement (1) or only the look of the text (0)",
    "spearman": "rank correlation with gold",
    "pairwise_accuracy": "share of pairs in gold order; a tie counts half",
    "top1": "chance that the best candidate is ranked first",
    "tie_rate": "share of pairs with equal scores",
}

LENGTH_BIAS = (
    "how much more the score follows the length of a text than gold does; a scorer that is blind to length has the "
    "same as `constant` on this task"
)

EFFECT = (
    "Effect: by how much one more kept requirement of the type raises the log-odds of standing above; 0 is not noticed."
)

RELEASED_WHY = (
    "Released figures repeat the paper's script, which puts tied scores in gold order and measures IL by rank "
    "distance: a constant scorer gets 1.000 there. Compare with the paper by them, judge by ours."
)

PROBED: Mapping[Probe, str] = {
    "swapped": "In this probe the model was asked about another item's requirements, which are not shown.",
    "response_only": "In this probe the model saw the responses only: no instruction and no requirement.",
    "echoed": (
        "In this probe the model saw the requirement again at the end of each response, which is not shown and which "
        "no check was given."
    ),
    "injected": (
        "In this probe every response ended with a note to the judge that demands the best verdict, which is not shown."
    ),
}
"""What the model was asked, where that is not what a page shows."""


def heading(result: Result) -> str:
    """Who was measured on what."""
    return f"{result.model.name} on {result.task.name} {result.task.version}"


def counts(result: Result) -> str:
    """How many items there were and what became of them."""
    parts = [
        f"{result.n_items} item{'s' if result.n_items != 1 else ''}",
        f"{result.n_scored} scored",
        f"{result.n_missing} missing",
    ]
    if result.n_not_applicable:
        parts.append(f"{result.n_not_applicable} not applicable")
    if result.coverage is not None:
        parts.append(f"{result.coverage:.0%} of requirements applicable")
    return ", ".join(parts)


def usd_text(value: float | None) -> str:
    """Dollars of an estimate or a sum, in a column of them.

    >>> usd_text(1234.5), usd_text(None)
    ('1,234.50', '–')
    """
    return DASH if value is None else f"{value:,.2f}"


def cost_text(cost: Cost) -> str:
    """What the answers took, as far as it is known; an empty text where nothing is.

    >>> cost_text(Cost(requests=2, tokens_in=1200, tokens_out=30, usd=0.0021, seconds=None))
    '$0.0021, 1,200 tokens read, 30 tokens written'
    """
    parts = []
    if cost.usd is not None:
        parts.append(f"${cost.usd:,.2f}" if cost.usd >= 1 else f"${cost.usd:.2g}")
    if cost.tokens_in is not None:
        parts.append(f"{cost.tokens_in:,} tokens read")
    if cost.tokens_out is not None:
        parts.append(f"{cost.tokens_out:,} tokens written")
    return ", ".join(parts)


def remarks(result: Result) -> list[str]:
    """What a reader must know before believing the figures."""
    said = list(result.notices)
    if not result.publishable:
        said += [f"not publishable: {reason}" for reason in result.unpublishable_because]
    for status, reason in result.reasons.items():
        said.append(f"answers {status}: {result.statuses.get(status, 0)}, for example {reason}")
    if result.released_failures == "zero":
        said.append("the released figures count failed answers as 0, as the script did")
    if result.model.reads_ids:
        said.append("scores were looked up in a file, not computed from the texts")
    return said
