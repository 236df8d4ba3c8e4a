"""The share of checklist items that are met: FINDER_DEFT bdabeb9d, checklist_eval/llm_judge.py, or mended.

The share is over items, not over tasks (of which one has 3 to 5): a task with more items weighs more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from weval.bench.finder.parsing import parse_answer
from weval.bench.items import Mode, is_original
from weval.errors import OriginalError

_NO_ARTICLE = "[生成失败]"
"""What its writers put where generation failed."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What the published script counts of one file of articles."""

    articles: int
    passed: int
    total: int


@dataclass(frozen=True, slots=True)
class OriginalRun:
    """What the published script prints of a folder. `printed` is its pass rate, None where it prints none.

    `skipped_ids` are of empty articles, `no_standard` of those for whose id, type included, there is no checklist.
    """

    per_file: dict[str, Counted]
    skipped_ids: tuple[Any, ...]
    no_standard: tuple[Any, ...]

    @property
    def passed(self) -> int:
        """Items that are met, of all files together."""
        return sum(counted.passed for counted in self.per_file.values())

    @property
    def total(self) -> int:
        """Items that were judged, of all files together."""
        return sum(counted.total for counted in self.per_file.values())

    @property
    def printed(self) -> str | None:
        """The pass rate as it is printed: files are pooled."""
        return f"{self.passed / self.total * 100:.2f}%" if self.total else None


def pass_rate(answers: Iterable[bool | None], mode: Mode = "repaired") -> float | None:
    """The share of items that are met, 0 to 1; None without any. `answers` are those of all items of all tasks.

    An answer that is None is missing: it leaves the share, and who publishes the share says how many are. In mode
    original it counts as No. The items of an empty article are not missing: they are not met, and are given as False
    (see is_empty_article); the original leaves them out, so there they are not given at all.

    >>> pass_rate([True, False, None, True]), pass_rate([True, False, None, True], mode="original")
    (0.6666666666666666, 0.5)
    """
    takes_none = is_original(mode)
    counted = [bool(answer) for answer in answers if takes_none or answer is not None]
    return sum(counted) / len(counted) if counted else None


def is_empty_article(article: str) -> bool:
    """Whether there is nothing to judge: then none of the requirements is met.

    >>> is_empty_article(" "), is_empty_article("[生成失败]")
    (True, True)
    """
    return article.strip() in ("", _NO_ARTICLE)


def original_run(
    files: Mapping[str, Sequence[Mapping[str, Any]]],
    reply: Callable[[str, Any, str], str | None],
    checklist: Sequence[Mapping[str, Any]],
) -> OriginalRun:
    """What the published script counts of files of articles by name, in a folder where nothing was judged before.

    `reply(article, id, title)` is what the judge says of an item, `checklist` the rows of checklist.jsonl. An article
    that is empty or has no checklist is left out; one that is there twice counts twice. Raises OriginalError for an
    article without an id.
    """
    skipped: list[Any] = []
    unknown: list[Any] = []
    per_file: dict[str, Counted] = {}
    for name, rows in files.items():
        answers: list[list[bool]] = []
        for row in rows:
            if "id" not in row:
                raise OriginalError(f"llm_judge.py stops at {name}: an article has no id")
            article = row["article"] if "article" in row else row.get("prediction", "")
            task = next((task for task in checklist if task["id"] == row["id"]), None)
            if not article or article == _NO_ARTICLE:
                skipped.append(row["id"])
            elif task is None:
                unknown.append(row["id"])
            else:
                titles = [item["title"] for item in task["checklist"]]
                answers.append([bool(parse_answer(reply(article, row["id"], t), mode="original")) for t in titles])
        per_file[name] = Counted(len(answers), sum(map(sum, answers)), sum(map(len, answers)))
    return OriginalRun(per_file, tuple(skipped), tuple(unknown))
