"""What Creative Writing Bench judges by: the names are data, and its replies are read by them.

Source: EQ-bench/creative-writing-bench at e7ab00917c96aeae577e3eeea15eba882be9d5e0.
"""

from __future__ import annotations

_OF_CRAFT = (
    "Adherence to Instructions",
    "Believable Character Actions",
    "Nuanced Characters",
    "Consistent Voice/Tone of Writing",
    "Imagery and Descriptive Quality",
    "Elegant Prose",
    "Emotionally Engaging",
    "Emotionally Complex",
    "Coherent",
)
_FAULTS = (
    "Meandering",
    "Weak Dialogue",
    "Tell-Don't-Show",
    "Unsurprising or Uncreative",
    "Amateurish",
    "Purple Prose",
    "Overwrought",
    "Incongruent Ending Positivity",
    "Unearned Transformations",
)
_OF_ALL = (
    "Well-earned Lightness or Darkness",
    "Sentences Flow Naturally",
    "Overall Reader Engagement",
    "Overall Impression",
)

CRITERIA = (*_OF_CRAFT, *_FAULTS, *_OF_ALL)
"""The 22 criteria of a piece, each scored from 0 to 20, in the order of the prompt."""

NEGATIVE = frozenset(_FAULTS)
"""Of these less is better: a score counts as 20 minus itself."""

PAIRWISE = (
    "character_authenticity_insight",
    "interesting_original",
    "writing_quality",
    "coherence",
    "instruction_following",
    "world_and_atmosphere",
    "avoids_cliches",
    "avoids_verbosity",
    "avoids_poetic_overload",
)
"""The nine criteria on which two pieces are compared."""

COUNTED_TWICE = frozenset({"coherence", "avoids_verbosity", "avoids_poetic_overload"})
"""On these the loser also loses the pluses that the winner gets."""

FIRST, SECOND = "A0493", "A0488"
"""What a judge calls the piece that it is shown first, and the other."""

IGNORED_PROMPTS = frozenset({"5", "16", "20", "21", "26", "28", "30"})
"""Prompts that are scored, but left out of the ratings."""

ANCHORS = {"deepseek/deepseek-r1": 1500.0, "meta-llama/llama-3.2-1b-instruct": 200.0}
"""The two writers whose ratings are set, and to what."""
