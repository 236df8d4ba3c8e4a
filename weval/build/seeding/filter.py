"""Seeds by category: those nearest to what people picked as its prototypes, as in the paper.

A category's centroid is the mean of its prototypes' embeddings. Each seed belongs to the category whose centroid is
nearest by cosine, and the nearest ones are chosen, so many for each category.

In memory are 100 bytes per seed, the texts of a block, and the vectors of prototypes and chosen seeds; the texts
stay in the file of seeds. What is chosen is embedded a second time, to be compared with what was chosen before.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from weval.build.recipe import Recipe
from weval.build.records import Chosen, Seed
from weval.build.seeding.embedding import Embedder, Vectors
from weval.build.seeding.prototypes import prototype_inputs, prototypes_of
from weval.build.seeding.scored import DECIMALS, Keys, Scored, ScoredFile, is_known, key_of
from weval.build.step import Work
from weval.errors import DataError
from weval.files import Problems, parsed_lines, read_lines
from weval.randomness import digest

BLOCK = 512
"""Seeds that are embedded together, and lost together where the process is killed."""


def inputs(recipe: Recipe, home: Path) -> Mapping[str, str]:
    """The prototypes and the model, each with a hash of what it is. Raises ConfigError, DataError.

    Without a model there is nothing to make the step of, but what somebody put in its place stands.
    """
    if recipe.filter.how == "none" or not recipe.filter.embedding:
        return {}
    fingerprint = Embedder(recipe.filter, home).fingerprint
    return {**prototype_inputs(recipe, home), f"model {recipe.filter.embedding}": fingerprint}


def make(work: Work) -> Iterator[Chosen]:
    """The chosen seeds by category, the nearest first; of equal ones the order is that of a hash of id and text.

    Left out are seeds of categories that are full (over_quota), those with a cosine below filter.min_similarity
    (too_far), and those that say the same as a prototype or as one that was chosen before (near_prototype,
    near_duplicate); the next one takes its place. Raises ConfigError, DataError, ResultError.
    """
    if work.recipe.filter.how == "none":
        for seed in work.read("seeds", Seed, key=lambda seed: seed.id):
            yield Chosen(**seed.model_dump())
        return
    prototypes = prototypes_of(work.recipe, work.home)
    embedder = Embedder(work.recipe.filter, work.home)
    work.models["embedding"] = embedder.stamp()
    examples = _Examples(prototypes, embedder)
    seeds = _Seeds(work.sources["seeds"])
    scored = ScoredFile(work.folder, digest(embedder.fingerprint, *examples.words, size=8).hex())
    _score(work, seeds, scored, examples)
    choice = _Choice(work, seeds, examples)
    choice.choose(*_aligned(seeds, scored, examples.categories))
    yield from choice.rows()


@dataclass
class _Seeds:
    """The file of seeds, and where in it each of them stands (8 bytes) and what it is known by (8 bytes)."""

    path: Path

    def __post_init__(self) -> None:
        self.starts, self.keys = array("Q"), array("Q")

    def read(self) -> Iterator[tuple[int, Seed]]:
        """All seeds with their keys, from the first; notes where they stand. Raises DataError."""
        problems = Problems(self.path)
        self.starts, self.keys = array("Q"), array("Q")
        names = array("Q")
        for _, seed in parsed_lines(self._noted(read_lines(self.path, problems)), Seed, problems):
            self.keys.append(key_of(seed))
            names.append(int.from_bytes(digest(seed.id)))
            yield self.keys[-1], seed
        problems.check()
        self._check_names(names, problems)

    def _noted(self, lines: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
        start = 0
        for number, line in lines:
            self.starts.append(start)
            start += len(line) + 1
            yield number, line

    @staticmethod
    def _check_names(names: array[int], problems: Problems) -> None:
        _, first, times = np.unique(np.array(names), return_index=True, return_counts=True)
        for line in first[times > 1]:
            problems.add(int(line) + 1, "id", "stands on another line, too")
        problems.check()

    def at(self, place: int) -> Seed:
        """One seed by its place."""
        with self.path.open("rb") as file:
            file.seek(self.starts[place])
            return Seed.model_validate_json(file.readline())


class _Examples:
    """The prototypes, their vectors, and the centroids of their categories."""

    def __init__(self, prototypes: Mapping[str, list[str]], embedder: Embedder) -> None:
        self.embedder = embedder
        self.categories = tuple(prototypes)
        self.names = [category for category, texts in prototypes.items() for _ in texts]
        self.words = [word for category, texts in prototypes.items() for text in texts for word in (category, text)]
        self.vectors = embedder.vectors([text for texts in prototypes.values() for text in texts])
        places = np.array([self.categories.index(name) for name in self.names])
        means = np.stack([self.vectors[places == place].mean(axis=0) for place in range(len(self.categories))])
        lengths = np.linalg.norm(means, axis=1, keepdims=True)
        if not lengths.all():
            raise DataError("filter.prototypes: those of a category cancel each other out")
        self.centroids = np.asarray(means / lengths, dtype=np.float32)

    def nearest(self, vectors: Vectors) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The place of the nearest category, the first by name of equal ones, and the cosine to its centroid."""
        cosines = rounded(vectors @ self.centroids.T)
        places = cosines.argmax(axis=1)
        return places, cosines[np.arange(len(vectors)), places]


def rounded(cosines: NDArray[np.float32]) -> NDArray[np.float64]:
    """Cosines without what is beyond float32."""
    return np.asarray(np.clip(np.round(cosines.astype(np.float64), DECIMALS), -1.0, 1.0))


def _score(work: Work, seeds: _Seeds, scored: ScoredFile, examples: _Examples) -> None:
    """Completes the file of scored seeds. A block of which one is missing is embedded whole, as it was before."""
    known = scored.keys()
    if len(known):
        work.watcher.notice(f"filter: {len(known):,} seeds are embedded already, in {scored.path}")
    problems = Problems(seeds.path)
    total = sum(1 for _ in read_lines(seeds.path, problems))
    problems.check()
    work.watcher.started(total, min(total, len(known)))
    rows = seeds.read()
    while block := list(islice(rows, BLOCK)):
        missing = ~is_known(known, (key for key, _ in block))
        if missing.any():
            places, cosines = examples.nearest(examples.embedder.vectors([seed.text for _, seed in block]))
            scored.add([
                Scored(id=seed.id, key=f"{key:016x}", category=examples.categories[place], similarity=float(cosine))
                for (key, seed), place, cosine in zip(block, places, cosines, strict=True)
            ])  # fmt: skip
        for _ in range(int(missing.sum())):
            work.watcher.scored()


def _aligned(
    seeds: _Seeds, scored: ScoredFile, categories: tuple[str, ...]
) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
    """Category and similarity of each seed, in the order of the file of seeds."""
    keys, places, similarities = scored.columns(categories)
    found = np.searchsorted(keys, np.array(seeds.keys))
    return places[found], similarities[found]


class _Choice:
    """Which seeds are chosen, and why each of the others is not."""

    def __init__(self, work: Work, seeds: _Seeds, examples: _Examples) -> None:
        self._work, self._seeds, self._examples = work, seeds, examples
        self._section = work.recipe.filter
        self._vectors, self._names = examples.vectors.copy(), list(examples.names)
        self._n = len(self._names)
        self._chosen: list[list[int]] = [[] for _ in examples.categories]
        self._same: dict[int, tuple[str, str]] = {}

    def choose(self, places: NDArray[np.int16], similarities: NDArray[np.float32]) -> None:
        """Goes through all seeds from the nearest to the farthest until every category is full."""
        self._places, self._similarities = places, similarities
        keys: Keys = np.array(self._seeds.keys)
        order = np.lexsort((keys, -similarities))
        near = iter(order[: int(np.count_nonzero(similarities >= np.float32(self._section.min_similarity)))])
        while block := list(islice((int(n) for n in near if not self._is_full(n)), BLOCK // 4)):
            candidates = [self._seeds.at(n) for n in block]
            vectors = self._examples.embedder.vectors([seed.text for seed in candidates])
            for n, seed, vector in zip(block, candidates, vectors, strict=True):
                if not self._is_full(n):
                    self._consider(n, seed, vector)

    def _is_full(self, n: int) -> bool:
        return len(self._chosen[self._places[n]]) >= self._section.per_category

    def _consider(self, n: int, seed: Seed, vector: NDArray[np.float32]) -> None:
        cosines = rounded(self._vectors[: self._n] @ vector)
        nearest = int(cosines.argmax())
        if cosines[nearest] >= self._section.near_duplicate:
            reason = "near_prototype" if nearest < len(self._examples.names) else "near_duplicate"
            self._same[n] = (reason, f"{cosines[nearest]:.3f} to {self._names[nearest]}")
            return
        if self._n == len(self._vectors):
            self._vectors = np.concatenate([self._vectors, np.empty_like(self._vectors)])
        self._vectors[self._n] = vector
        self._n += 1
        self._names.append(seed.id)
        self._chosen[self._places[n]].append(n)

    def rows(self) -> Iterator[Chosen]:
        """What was chosen; first it is noted why the others were not."""
        self._leave_out()
        said = {}
        for place, category in enumerate(self._examples.categories):
            chosen = self._chosen[place]
            said[category] = {
                "nearest": int(np.count_nonzero(self._places == place)),
                "chosen": len(chosen),
                "least_similarity": self._similarity(chosen[-1]) if chosen else None,
            }
            if len(chosen) < self._section.per_category:
                self._work.watcher.notice(
                    f"filter: {category} has {len(chosen):,} of {self._section.per_category:,} seeds"
                )
            for n in chosen:
                seed = self._seeds.at(n)
                yield Chosen(**seed.model_dump(), category=category, similarity=self._similarity(n))
        self._work.told["categories"] = said

    def _similarity(self, n: int) -> float:
        return round(float(self._similarities[n]), DECIMALS)

    def _leave_out(self) -> None:
        chosen = {n for each in self._chosen for n in each}
        for n, (_, seed) in enumerate(self._seeds.read()):
            if n in chosen:
                continue
            where = f"{self._examples.categories[self._places[n]]}, cosine {self._similarities[n]:.3f}"
            is_far = self._similarities[n] < np.float32(self._section.min_similarity)
            self._work.leave_out(seed.id, *self._same.get(n, ("too_far" if is_far else "over_quota", where)))
