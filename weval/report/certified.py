"""A run's certificate in words: how far scores moved when only the way of computing them changed."""

from __future__ import annotations

from weval.report.beside import score_text
from weval.types import Certificate, Drift

CHANGES = {
    "repeated": "scored twice",
    "batched": "in a batch with others, instead of alone",
    "shared": "common beginnings computed once, instead of every time",
    "padding_side": "padding on the other side",
    "own_class": "by the model's own code, one text at a time",
    "float32": "in float32",
}
"""What was changed, in the order of the page."""


def certificate_lines(certificate: Certificate) -> list[tuple[str, str]]:
    """What to call each part, and what was found: how it was computed, what moved scores, what to know."""
    lines = [("tried on", f"{certificate.n_texts} fixed texts; {_easy(certificate)}")]
    known = {name: text for name, text in CHANGES.items() if name in certificate.drift}
    lines += [(text, _moved(certificate.drift[name])) for name, text in known.items()]
    told = (f"{name.replace('_', ' ')} {_told(name, value)}" for name, value in certificate.computed.items())
    lines.append(("asked" if "judge" in certificate.computed else "computed", ", ".join(told)))
    return lines + [("note", remark) for remark in certificate.remarks]


def _easy(certificate: Certificate) -> str:
    if certificate.easy is None:
        return "not both an answer and a text beside the point got a score"
    return f"an answer and a text beside the point got {' and '.join(map(score_text, certificate.easy))}"


def _moved(drift: Drift) -> str:
    if not drift.largest:
        return "no score moved"
    flipped = f"{drift.flipped} of {drift.n_pairs} pairs changed order" if drift.flipped else "no pair changed order"
    return f"moved a score by {drift.largest:.2g} at most; {flipped}"


def _told(name: str, value: str | int | float | None) -> str:
    if value is None or isinstance(value, bool):
        return "none" if value is None else "yes" if value else "no"
    if isinstance(value, str):
        return repr(value) if name.endswith("_token") else value  # a token may be a space
    return f"{value:,}"
