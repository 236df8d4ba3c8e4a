"""Questions found in a file that is never held: a list or an object a line, and what breaks it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cpu import cpu_within
from weval.bench.longbench_v2.questions import Placed, context_of, questions
from weval.errors import DataError


def question(number: int, **more: Any) -> dict[str, Any]:
    """A question in the published layout."""
    return {
        "_id": f"q{number}",
        "domain": "Tea" if number % 2 else "Rain",
        "sub_domain": "Green tea",
        "difficulty": "easy" if number % 2 else "hard",
        "length": ("short", "medium", "long")[number % 3],
        "question": f'What is "{number}" {{in the text?',
        "choice_A": "one",
        "choice_B": "two",
        "choice_C": "three",
        "choice_D": "four",
        "answer": "ABCD"[number % 4],
        "context": f'Text {number} says }}]"\\ and é茶.\n' * 5,
        **more,
    }


ROWS = [question(number) for number in range(1, 8)]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(ROWS),
        json.dumps(ROWS, indent=2, ensure_ascii=False) + "\n",
        "".join(json.dumps(row) + "\n" for row in ROWS),
        "\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS),
        "[" + ",\n".join(json.dumps({**row, "more": [{"a": {}}]}) for row in ROWS) + "]",
    ],
)
def test_every_layout_is_read_alike(tmp_path: Path, text: str) -> None:
    path = tmp_path / "data.json"
    path.write_text(text, encoding="utf-8")
    found = list(questions(path))
    assert [row.model_dump(by_alias=True) for _, row in found] == ROWS
    assert [context_of(path, place, row.id) for place, row in found] == [row["context"] for row in ROWS]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "holds no questions"),
        ("[]", "holds no questions"),
        ("{}", "1: "),
        ("tea", "1: is neither"),
        ('"tea"', "1: is neither"),
        (json.dumps(ROWS)[:-400], ":1: is neither"),
        (json.dumps(ROWS) + "]", ":1: is neither"),
        (json.dumps(ROWS[0]) + "\n;" + json.dumps(ROWS[1]), ":1: is neither"),
        (json.dumps(ROWS[0]) + '\n"' + json.dumps(ROWS[1]), ":1: is neither"),
        ("[\n" + json.dumps(ROWS[0]) + ",\n" + json.dumps(ROWS[0]) + "]", ":3: _id: 'q1' is there already"),
        (json.dumps(ROWS[0]) + "\n" + json.dumps(question(2, answer="E")), ":2: answer: "),
        (json.dumps(question(2, difficulty="odd", context=None)), ":1: difficulty: "),
        ('{"a": tea}', ":1: is not JSON"),
        ('{"a": "\udcff"}', ":1: "),
        ("[" * 100_000, "is neither"),
        ('{"a":' * 100_000, "is neither"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, ":1: "),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "data.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(DataError) as error:
        list(questions(path))
    assert complaint in str(error.value)


def test_no_file(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(DataError):
            list(questions(path))


@pytest.mark.parametrize("text", ['{"a": "' + '\\"' * 2_000_000, '"' * 4_000_001, "}" * 4_000_000, "{" * 4_000_000])
def test_hostile_files_are_read_in_linear_time(tmp_path: Path, text: str) -> None:
    path = tmp_path / "data.json"
    path.write_text(text, encoding="utf-8")
    with cpu_within(20), pytest.raises(DataError):
        list(questions(path))


def test_a_long_context_full_of_escapes(tmp_path: Path) -> None:
    context = 'He said "tea"\n\\ ' * 400_000
    path = tmp_path / "data.json"
    path.write_text(json.dumps([question(1, context=context), question(2)]), encoding="utf-8")
    (first, _), (second, row) = questions(path)
    assert context_of(path, first, "q1") == context
    assert context_of(path, second, row.id) == ROWS[1]["context"]


def test_a_file_that_changed_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    path.write_text(json.dumps(ROWS), encoding="utf-8")
    places = [place for place, _ in questions(path)]
    for place in (places[1], Placed(places[0].start + 1, places[0].length)):
        with pytest.raises(DataError, match="was changed by somebody else"):
            context_of(path, place, "q1")
