from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from weval.bench.construction.pool import Place, read_pool
from weval.bench.construction.records import Query, read_rows
from weval.errors import ConfigError, DataError

SMALL = """\
languages: {en: English, zh: Chinese}
strategies:
- {name: length, text: Say how long it is to be.}
- {name: style, text: Say how it is to sound.}
- {name: readers, text: Say who reads it.}
domains:
  Arts: {own: [Prose, Poetry]}
  Law: {published: [Plea], own: [Opinion]}
"""


def pool_file(folder: Path, text: str = SMALL) -> Path:
    path = folder / "pool.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_pool_has_six_domains_and_a_hundred_kinds_of_text() -> None:
    pool = read_pool()
    assert list(pool.domains) == [
        "Academic & Engineering",
        "Finance & Business",
        "Politics & Law",
        "Literature & Arts",
        "Education",
        "Advertising & Marketing",
    ]
    assert sum(len(kinds.names) for kinds in pool.domains.values()) == 100
    assert len(list(pool.places())) == 200
    assert {way.name for way in pool.strategies} >= {"length", "format", "style", "readers", "material"}


def test_names_under_published_are_those_of_the_real_subset(shared: Path) -> None:
    path = shared / "data/upstream/X-PLUG/WritingBench/benchmark_query/requirement/length/length_subset.jsonl"
    rows = read_rows(path, Query)
    for domain, kinds in read_pool().domains.items():
        assert list(kinds.published) == sorted({str(row.domain2) for row in rows if row.domain1 == domain})


def test_places_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    pool = read_pool(pool_file(tmp_path))
    assert list(pool.places(["Law"], ["zh", "en"])) == [
        Place("Law", "Plea", "zh"),
        Place("Law", "Plea", "en"),
        Place("Law", "Opinion", "zh"),
        Place("Law", "Opinion", "en"),
    ]
    assert len(list(pool.places())) == 8
    with pytest.raises(ConfigError, match="unknown domain 'Lwa'; did you mean Law"):
        list(pool.places(["Lwa"]))
    with pytest.raises(ConfigError, match=r"unknown language 'fr' \(all: en, zh\)"):
        list(pool.places([], ["fr"]))


def test_strategies_are_drawn_by_seed_and_name_alone(tmp_path: Path) -> None:
    pool = read_pool(pool_file(tmp_path))
    drawn = [tuple(way.name for way in pool.drawn(2, 0, f"q{n}")) for n in range(300)]
    assert drawn == [tuple(way.name for way in pool.drawn(2, 0, f"q{n}")) for n in range(300)]
    counts = Counter(drawn)
    assert set(counts) == {("length", "style"), ("length", "readers"), ("style", "readers")}
    assert min(counts.values()) > 70
    assert drawn != [tuple(way.name for way in pool.drawn(2, 1, f"q{n}")) for n in range(300)]
    assert pool.drawn(0, 0, "q") == ()
    with pytest.raises(ConfigError, match="--set strategies=4: the pool has 3"):
        pool.drawn(4, 0, "q")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("[Prose, Poetry]", "[Prose, Prose]", r":7: domains.Arts: 'Prose' appears twice"),
        ("{own: [Prose, Poetry]}", "{}", r":7: domains.Arts: has no kinds of text"),
        ("Prose,", "'{query}',", r":7: domains.Arts.own\[0\]: '{query}' does not match"),
        ("name: style", "name: length", r"strategies: 'length' appears twice"),
        ("languages:", "tongues:", r"languages: is missing"),
    ],
)
def test_a_bad_pool_is_named_by_field(old: str, new: str, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=complaint):
        read_pool(pool_file(tmp_path, SMALL.replace(old, new)))
