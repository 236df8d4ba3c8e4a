"""Whether two answers are what they were written to be: kept requirements met, dropped ones unmet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from weval.build.records import Verdict, about
from weval.build.training.pairing import Contrast, kept_by
from weval.checks import met
from weval.files import Problems, is_file, read_jsonl
from weval.types import Item

Standing = Literal["validated", "refuted", "unverified"]
"""`refuted`: somebody says otherwise of a requirement; `unverified`: of some nothing is known."""

Met = Callable[[str, str], bool | None]
"""From a candidate and a requirement of an item to whether it is met; None where nobody knows."""


class Verdicts:
    """What was found about answers earlier, if these are still the texts, and what mechanical checks say of the others.

    Where a check and a judge looked at the same, the check is believed.
    """

    def __init__(self, path: Path | None = None) -> None:
        """Reads a file of verdicts, where there is one. Raises DataError where it is broken."""
        self._found: dict[tuple[str, str, str], tuple[bool, str | None]] = {}
        if path is None or not is_file(path) or not path.stat().st_size:
            return
        problems = Problems(path)
        for _, row in read_jsonl(path, Verdict, problems):
            key = (row.item_id, row.candidate_id, row.requirement_id)
            if row.by == "check" or key not in self._found:
                self._found[key] = row.met, row.about
        problems.check()

    def of(self, item: Item) -> Met:
        """What is known of an item's answers."""
        responses = {candidate.id: candidate.response for candidate in item.candidates}
        asked = {requirement.id: requirement for requirement in item.requirements}
        known: dict[tuple[str, str], bool | None] = {}

        def is_met(candidate: str, requirement: str) -> bool | None:
            key = (candidate, requirement)
            told, texts = self._found.get((item.id, *key), (None, None))
            if told is not None and texts in (None, about(responses[candidate], asked[requirement].text)):
                return told
            if key not in known:
                check = asked[requirement].check
                known[key] = None if check is None else met(check, responses[candidate], item.language)
            return known[key]

        return is_met


def standing(item: Item, contrast: Contrast, is_met: Met) -> Standing:
    """Whether what a pair stands for is known to be so.

    On a requirement: chosen meets it, rejected does not. On the query: chosen meets all that it kept, rejected all that
    it kept and none that it dropped. What is not known does not count as so.
    """
    if contrast.requirement is not None:
        wanted = [(contrast.chosen, contrast.requirement, True), (contrast.rejected, contrast.requirement, False)]
    else:
        kept = {candidate.id: kept_by(item, candidate) for candidate in item.candidates}
        chosen, rejected = kept[contrast.chosen], kept[contrast.rejected]
        if chosen is None or rejected is None:
            return "unverified"
        wanted = [(contrast.chosen, name, True) for name in item.requirement_ids if name in chosen]
        wanted += [(contrast.rejected, name, name in rejected) for name in item.requirement_ids]
    verdicts = [(is_met(candidate, requirement), should) for candidate, requirement, should in wanted]
    if any(verdict is not None and verdict != should for verdict, should in verdicts):
        return "refuted"
    return "unverified" if any(verdict is None for verdict, _ in verdicts) else "validated"
