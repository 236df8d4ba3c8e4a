"""Stand-ins of RACE's three files in their layouts, a report for every task, and judges of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bench.scripted import number, write_rows
from weval.bench.race import DIMENSIONS

REPORT = "The report says what is known. " * 10
REFERENCE = "The reference says what is known. " * 10
N_CRITERIA = 5
"""Of a stand-in task: two of comprehensiveness, one of each other dimension."""

Scores = Sequence[tuple[float, float]]


def criteria_of(task: int) -> dict[str, list[dict[str, Any]]]:
    """Those of a stand-in task."""
    texts = {"comprehensiveness": {"Breadth": 0.75, "Depth": 0.25}}
    texts |= {name: {f"{name} at all": 1.0} for name in DIMENSIONS[1:]}
    return {
        name: [{"criterion": f"{text} {task}", "explanation": f"Why {text}.", "weight": w} for text, w in rows.items()]
        for name, rows in texts.items()
    }


def rows_of(n: int) -> dict[str, list[dict[str, Any]]]:
    """The lines of the three files, for tasks 1 to n."""
    weights = dict(zip(DIMENSIONS, (0.4, 0.3, 0.2, 0.1), strict=True))
    prompts = {task: f"What is known of subject {task}?" for task in range(1, n + 1)}
    return {
        "query": [
            {"id": task, "topic": "Health" if task % 2 else "Games", "language": "en", "prompt": prompt}
            for task, prompt in prompts.items()
        ],
        "criteria": [
            {"id": task, "prompt": prompt, "dimension_weight": weights, "criterions": criteria_of(task)}
            for task, prompt in prompts.items()
        ],
        "reference": [
            {"id": task, "prompt": prompt, "article": f"{REFERENCE}{task}"} for task, prompt in prompts.items()
        ],
    }


def stand_in(folder: Path, n: int = 3, rows: Mapping[str, list[dict[str, Any]]] | None = None) -> Path:
    """A folder with the three files; those in `rows` are as given."""
    folder.mkdir(exist_ok=True)
    for name, content in (rows_of(n) | dict(rows or {})).items():
        write_rows(folder / f"{name}.jsonl", content)
    return folder


def responses(path: Path, texts: Mapping[int, str]) -> Path:
    """A file of reports in the published layout."""
    prompts = [row["prompt"] for row in rows_of(max(texts))["query"]]
    return write_rows(path, [{"id": t, "prompt": prompts[t - 1], "article": text} for t, text in texts.items()])


def numbered(scores: Scores) -> str:
    """A reply in our own form."""
    entries = [
        {"criterion": at, "reason": "So it is.", "article_a": a, "article_b": b}
        for at, (a, b) in enumerate(scores, start=1)
    ]
    return json.dumps({"scores": entries})


def published(task: int, scores: Scores) -> dict[str, list[dict[str, Any]]]:
    """A judge's output in the published form."""
    texts = [(name, row["criterion"]) for name, rows in criteria_of(task).items() for row in rows]
    output: dict[str, list[dict[str, Any]]] = {name: [] for name in DIMENSIONS}
    for (name, text), (one, two) in zip(texts, scores, strict=True):
        output[name].append({"criterion": text, "analysis": "So.", "article_1_score": one, "article_2_score": two})
    return output


def n_criteria(prompt: str) -> int:
    """How many criteria a prompt shows."""
    return len(re.findall(r"<requirement-\d+-[0-9a-f]{8}>", prompt))


def shown(prompt: str, tag: str) -> str:
    """What stands between the tags of a prompt."""
    found = re.search(rf"<{tag}-([0-9a-f]{{8}})>\n(.*?)\n</{tag}-\1>", prompt, re.DOTALL)
    assert found, tag
    return found[2]


def is_cleaning(prompt: str) -> bool:
    """Whether a prompt asks for a report without citations."""
    return "without its citations" in prompt


def cleaned(prompt: str) -> str:
    """The report without its citations."""
    return shown(prompt, "response").replace(" [1]", "")


def judging(scores: Callable[[str, str], tuple[float, float]]) -> Callable[[str], str]:
    """A judge that cleans, and gives every criterion the same scores, by the two texts that it sees."""

    def says(prompt: str) -> str:
        if is_cleaning(prompt):
            return cleaned(prompt)
        return numbered([scores(shown(prompt, "response-A"), shown(prompt, "response-B"))] * n_criteria(prompt))

    return says


def varied(prompt: str) -> str:
    """A judge whose scores depend on all it sees."""
    if is_cleaning(prompt):
        return cleaned(prompt)
    marks = number(re.sub(r"-[0-9a-f]{8}>", ">", prompt))
    scores = [(1 + (marks >> k) % 9, 1 + (marks >> k + 3) % 9 + 0.5) for k in range(n_criteria(prompt))]
    return numbered(scores)
