"""What a model is asked for requirements: the seed fenced off as foreign text, the answer's form, what was wrong.

The words are text files beside this module. Nothing of a seed reaches them but its text, between tags that it cannot
contain (see weval.adapters.judge.template), and nothing of an earlier reply does.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, get_args

from weval.adapters.judge.template import filled
from weval.build.drafting.unsound import TOLD
from weval.build.records import Chosen
from weval.build.sections import Requirements
from weval.randomness import digest
from weval.types import CountCheck, Prompt, Request, RequirementType, Role

FOLDER = Path(__file__).parent / "prompts"


def prompt(seed: Chosen, section: Requirements, attempt: int = 1, fault: str | None = None) -> Prompt:
    """The prompt of one attempt; `fault` is the reason (of TOLD) why the attempt before was not taken."""
    again = _text("again").replace("{fault}", TOLD[fault]) if fault else ""
    answer = _text("answer") + (_text("quote") if section.how == "extract" else "")
    # Our own words first: only then the seed, in one pass with the mark, so that its braces are no places.
    template = _text(f"{section.how}/user")
    for place, own in (("{number}", str(section.n)), ("{min_types}", str(section.min_types)), ("{again}", again)):
        template = template.replace(place, own)
    asked = Request(seed.id, seed.id, seed.text, seed.text, seed.language, (), ())
    messages: tuple[tuple[Role, str], ...] = (
        ("system", _text(f"{section.how}/system").strip()),
        ("user", filled(template, answer, asked).strip()),
    )
    return Prompt(f"{seed.id}#{attempt}", messages, schema(section))


def wording(section: Requirements) -> str:
    """A hash of all that a model could be told, but for the seed, in hex."""
    names = (f"{section.how}/system", f"{section.how}/user", "answer", "quote", "again")
    return digest(*map(_text, names), *TOLD, *TOLD.values(), size=32).hex()


def schema(section: Requirements) -> Mapping[str, Any]:
    """The JSON schema of a reply. How many requirements there are is not in it: not every server can hold to that."""
    keys: dict[str, Any] = {"type": {"type": "string", "enum": list(get_args(RequirementType))}, "text": _STRING}
    keys["check"] = {"anyOf": [{"type": "null"}, *_CHECKS]}
    if section.how == "extract":
        keys["quote"] = _STRING
    return _object({"requirements": {"type": "array", "items": _object(keys)}})


def _object(keys: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(keys), "required": list(keys), "additionalProperties": False}


def _kinds(*names: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(names)}


_STRING = {"type": "string"}
_NUMBER, _END = {"type": "integer"}, {"type": ["integer", "null"]}
_STRINGS, _MAYBE = {"type": "array", "items": _STRING}, {"type": ["array", "null"], "items": _STRING}
_COUNTED = get_args(CountCheck.model_fields["kind"].annotation)
_CHECKS = [
    _object({"kind": _kinds(*_COUNTED), "min": _END, "max": _END}),
    _object({"kind": _kinds("max_sentence_words"), "max": _NUMBER}),
    _object({"kind": _kinds("contains"), "any": _MAYBE, "all": _MAYBE, "min_times": _NUMBER}),
    _object({"kind": _kinds("not_contains"), "any": _STRINGS}),
    _object({"kind": _kinds("starts_with", "ends_with"), "text": _STRING}),
    _object({"kind": _kinds("separator_count"), "text": _STRING, "min": _END, "max": _END}),
    _object({"kind": _kinds("table", "all_lowercase")}),
]


@cache
def _text(name: str) -> str:
    """A text file of the prompts."""
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
