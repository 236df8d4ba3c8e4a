"""Sound rows of every benchmark's files, as few as there can be, and benchmarks made of such files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from weval.bench.benchmark import Benchmark
from weval.bench.catalogue import benchmark_class
from weval.bench.construction.records import FIELDS
from weval.bench.data import BenchData
from weval.bench.longbench_write import DIMENSIONS as SIX
from weval.bench.race.parsing import DIMENSIONS as FOUR
from weval.bench.spec import OwnFile, read_bench

WORDS = (
    "item", "index", "id", "idx", "_id", "prompt", "text", "reply", "replies", "part", "sample", "attempt", "status",
    "ok", "failed", "truncated", "first", "second", "result", "1", "2", "c1", "c1.2", "en", "zh", "A", "B>A",
    "[[A>B]]", "i1", "a1", "anna", "Chat", "alpacaeval-easy", "style", "criteria", "baseline-1", "<SEED>", "easy",
    "short", "index",
)  # fmt: skip

_CRITERIA = [{field: f"{field} {n}" for field in FIELDS} for n in range(2)]


def seeds(name: str) -> dict[str, Any]:
    """The rows of each part of a benchmark's data: a list for JSON Lines, an object for a file of JSON."""
    known: dict[str, dict[str, Any]] = {
        "arena-write": {
            "tasks": [
                {"idx": 1, "question": "Write.", "type": "x", "length": 100, "baseline_response": ["a", "b"]},
                {"idx": 2, "question": "Rhyme.", "baseline_response": [{"model": "m", "response": "r"}]},
                {"idx": "3", "question": "Sing.", "baseline_response": {"m": "r", "n": "s"}},
            ]
        },
        "creative-writing": {
            "prompts": {
                n: {"category": "x", "title": "T", "writing_prompt": "Write <SEED>.", "seed_modifiers": ["a", "b"]}
                for n in ("1", "2")
            }
        },
        "finder": {
            "checklist": [
                {"id": n, "topic": "t", "language": "en", "prompt": f"Find {n}.",
                 "checklist": [{"title": "a", "description": "b"}, {"title": "c", "description": "d"}]}
                for n in (1, 2)
            ]
        },
        "longbench-v2": {
            "questions": [
                {"_id": f"q{n}", "domain": "d", "sub_domain": "s", "difficulty": "easy", "length": "short",
                 "question": "Which?", **{f"choice_{c}": c for c in "ABCD"}, "answer": "A", "context": "A long one."}
                for n in (1, 2)
            ]
        },
        "longbench-write": {
            "prompts": [{"prompt": f"Write {n} words.", "type": "x", "length": n} for n in (100, 600, 3000)]
        },
        "race": {
            "queries": [{"id": 1, "topic": "t", "language": "en", "prompt": "Report."}],
            "criteria": [
                {"id": 1, "prompt": "Report.", "dimension_weight": dict.fromkeys(FOUR, 0.25),
                 "criterions": {d: [{"criterion": "Depth", "explanation": "e", "weight": 1.0}] for d in FOUR}}
            ],
            "references": [{"id": 1, "prompt": "Report.", "article": "A report."}],
        },
        "rewardbench": {
            "pairs": [
                {"prompt": "P", "chosen": "c", "rejected": "r", "subset": subset, "id": 1}
                for subset in ("alpacaeval-easy", "anthropic_helpful")
            ]
        },
        "writingbench": {
            "all": [
                {"index": n, "domain1": "Politics & Law", "domain2": "x", "lang": "en", "query": f"Q{n}",
                 "checklist": _CRITERIA}
                for n in (1, 2)
            ]
        },
    }  # fmt: skip
    return known["longbench-write" if name == "longwrite-ruler" else name]


def files_of(name: str) -> dict[str, Any]:
    """The same by the names that the files have in a folder that is given by --data."""
    spec = read_bench(name)
    named = {
        part: file.name if isinstance(file, OwnFile) else Path(file.path).name
        for part, at in spec.sets[spec.default_set].items()
        for file in [spec.files[at]]
    }
    found = seeds(name)
    parts = {"all": "queries"} if name == "writingbench" else {}
    return {named[parts.get(part, part)]: rows for part, rows in found.items()}


def built(name: str, folder: Path) -> Benchmark[Any]:
    """The benchmark on the files of a folder, as nobody asks anything. Raises WevalError."""
    kind = benchmark_class(name)
    return kind(BenchData(read_bench(name), None, folder), kind.options_type(), {})


def given_seeds(name: str) -> list[dict[str, Any]]:
    """Texts and verdicts, in the general layouts and in the benchmark's own."""
    six, four = dict.fromkeys(SIX, 4), dict.fromkeys(FOUR, 0.5)
    own: dict[str, list[dict[str, Any]]] = {
        "arena-write": [
            {"item": "1", "part": "m.1", "text": "[[A>B]]"}, {"idx": 1, "question": "Write.", "response": "r"}
        ],
        "creative-writing": [
            {"prompt_id": "1", "results_by_modifier": {"a": {"model_response": "t", "judge_scores": {"Coherent": 7}}}}
        ],
        "finder": [{"id": 1, "article": "A"}, {"id": 1, "checklist": [{"id": 1, "answer": "Yes"}], "text": "No"}],
        "longbench-v2": [{"_id": "q1", "response": "The correct answer is (B)", "pred": "B", "judge": True}],
        "race": [
            {"id": 1, "prompt": "Report.", "overall_score": 0.5, **four},
            {"id": 1, **{d: [{"criterion": "Depth", "article_1_score": 7, "article_2_score": 8}] for d in FOUR}},
            {"item": "1", "part": "first", "text": json.dumps({"scores": []})},
        ],
        "rewardbench": [
            {"item": "alpacaeval-easy/1", "text": "a"}, {"id": "anthropic_helpful/1", "prompt": "P", "response": "r"}
        ],
        "writingbench": [
            {"index": 1, "response": "r",
             "scores": {"name 0": [{"score": 7, "reason": "r"}], "name 1": [{"score": 5}]}},
            {"item": "1", "part": "c1", "text": '{"score": 7, "reason": "r"}'},
        ],
    }  # fmt: skip
    general: list[dict[str, Any]] = [
        {"item": "1", "text": "Tea."},
        {"index": 2, "prompt": "Write 100 words.", "response": "Tea."},
        {"item": "1", "replies": ["no", json.dumps(six)], "part": "1"},
        {"item": "1", "part": "1", "attempt": 2, "status": "truncated", "text": "", "tokens_out": 3},
    ]
    return [*own.get(name, []), *general]
