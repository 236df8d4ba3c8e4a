"""The tables of downstream benchmarks: writers who were judged the same way in one, published figures apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from weval.bench.options import BenchOptions
from weval.bench.result import FigureStamp, Scored
from weval.bench.spec import BenchSpec, bench_folder, bench_names, read_bench
from weval.leaderboard.reruns import Badge
from weval.leaderboard.site.board import bands
from weval.leaderboard.site.cache import Cache, key_of
from weval.leaderboard.site.writers import WriterMeasured
from weval.published import PublishedTable, tables_about
from weval.wording import places

WRITER_BADGES: Mapping[Badge, str] = {
    "recomputed": "figures computed from the raw texts and verdicts, which are the submitter's",
    "self-reported": "figures computed from texts or verdicts that were in a file, so that nobody can ask for them "
    "again; they have no rank",
}
"""How far a row can be trusted. What writers write is drawn by chance, so nothing of it is repeated."""


@dataclass(frozen=True)
class WriterRow:
    """A writer judged in one way. `best` and `worst` are the ends of its rank band; both are 0 where it has no rank."""

    key: str
    measured: WriterMeasured
    best: int
    worst: int

    @property
    def writer(self) -> str:
        """The name of its folder."""
        return self.measured.writer

    @property
    def badge(self) -> Badge:
        """How far it can be trusted."""
        return "self-reported" if self.measured.is_given else "recomputed"

    @property
    def date(self) -> str:
        """The day on which the run was begun, in its own time zone."""
        return self.measured.record.created[:10]

    @property
    def headline(self) -> Scored:
        """What it is ranked by."""
        result = self.measured.result
        return result.figures[result.headline]

    @property
    def original(self) -> float | None:
        """The headline by the published arithmetic on the same replies; None also where the script stops."""
        return (self.measured.result.original or {}).get(self.measured.result.headline)

    @property
    def band(self) -> str:
        """Its rank, or from which to which."""
        return places(self.best, self.worst)


@dataclass(frozen=True)
class Way:
    """Writers who were asked and judged the same way: their figures are comparable, and no others are."""

    key: str
    rows: tuple[WriterRow, ...]

    @property
    def _first(self) -> WriterMeasured:
        return self.rows[0].measured

    @property
    def judge(self) -> str | None:
        """Who judged, None where nobody did."""
        found = self._first.result.judge
        return found.name.removeprefix("judge:") if found else None

    @property
    def is_given(self) -> bool:
        """Whether the verdicts were in a file."""
        judge = self._first.result.judge
        return bool(judge and judge.given)

    @property
    def set(self) -> str:
        """Which of the benchmark's sets of files."""
        return self._first.identity.benchmark.set

    @property
    def prompts(self) -> tuple[str, ...]:
        """The judge folders by which was asked, as far as the runs say; each with what its words are known by."""
        steps = self._first.identity.way()["steps"].values()
        found = [(step.get("judge"), step.get("sha256")) for step in steps if step]
        return tuple(
            f"{name[:60]} {digest[:12]}" for name, digest in found if isinstance(name, str) and isinstance(digest, str)
        )

    @property
    def settings(self) -> tuple[str, ...]:
        """The settings that are not at their defaults."""
        identity = self._first.identity
        usual = identity.kind.options_type().lasting()
        told = {*BenchOptions.model_fields} & {"prompt", "set"}  # said by other words
        return tuple(
            f"{name}={value}"
            for name, value in identity.options.items()
            if value != usual.get(name) and name not in told
        )

    @property
    def headline(self) -> str:
        """The figure by which is ranked."""
        return self._first.result.headline

    @property
    def stamps(self) -> Mapping[str, FigureStamp]:
        """All figures, the headline first."""
        found = self._first.result.stamps
        return {self.headline: found[self.headline], **found}

    @property
    def n_items(self) -> int:
        """How many items the benchmark has."""
        return self._first.result.n_items

    @property
    def n_ranked(self) -> int:
        """How many writers have a rank."""
        return sum(row.best > 0 for row in self.rows)


@dataclass(frozen=True)
class Bench:
    """All that is known about one benchmark."""

    spec: BenchSpec
    ways: tuple[Way, ...]
    reported: tuple[PublishedTable, ...]

    @property
    def name(self) -> str:
        """As in commands and addresses."""
        return self.spec.name

    @property
    def rows(self) -> list[WriterRow]:
        """All rows of all tables."""
        return [row for way in self.ways for row in way.rows]

    @property
    def card(self) -> str:
        """What its card says, as Markdown; empty where it has none."""
        path = bench_folder(self.name) / "README.md"
        return path.read_text(encoding="utf-8") if path.is_file() else ""


def benches(
    measured: Sequence[tuple[str, WriterMeasured]], tables: Sequence[PublishedTable], cache: Cache
) -> list[Bench]:
    """One for each benchmark that has submissions or published figures; those with most of ours first.

    `measured` holds submissions with the keys of their contents.
    """
    found = []
    for name in bench_names():
        ours = [one for one in measured if one[1].identity.benchmark.name == name]
        about = tuple(tables_about(tables, name))
        if ours or about:
            found.append(Bench(read_bench(name), _ways(ours, cache), about))
    return sorted(found, key=lambda bench: (-len(bench.rows), bench.name))


def _ways(measured: Sequence[tuple[str, WriterMeasured]], cache: Cache) -> tuple[Way, ...]:
    """Tables with most writers first."""
    by_key: dict[str, list[tuple[str, WriterMeasured]]] = {}
    for one in measured:
        by_key.setdefault(one[1].identity.key, []).append(one)
    ways = [Way(key, _rows(found, cache)) for key, found in by_key.items()]
    return tuple(sorted(ways, key=lambda way: (-len(way.rows), way.judge or "", way.key)))


def _rows(measured: Sequence[tuple[str, WriterMeasured]], cache: Cache) -> tuple[WriterRow, ...]:
    """The best first, equal ones by name; ranks are of those whose texts and verdicts can be asked for again."""
    order = sorted(measured, key=lambda one: (_place(one[1]), one[1].writer))
    key = key_of("writers' bands", *(key for key, _ in order))
    ranks = bands(key, [one.values for _, one in order], [not one.is_given for _, one in order], cache)
    return tuple(WriterRow(key, one, best, worst) for (key, one), (best, worst) in zip(order, ranks, strict=True))


def _place(one: WriterMeasured) -> float:
    """Where it stands by its headline figure, the least first."""
    name = one.result.headline
    found = one.result.figures[name].estimate
    if not found:
        return float("inf")
    return round(-found.value if one.result.stamps[name].higher else found.value, 9)
