"""`weval compare` for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from weval.comparison import Comparison, Difference, Duel, ItemApart, RunStamp
from weval.disagreement import Disagreement
from weval.report.tables import estimated, table, wrapped
from weval.report.wording import LABELS, label_of
from weval.wording import DASH, interval, number, value_of

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
TESTS = (
    "p: paired sign-flip permutation test. d: Cohen's d of the paired differences. items: needed to find such a "
    "difference four times in five at the 5 % level. Of several figures each is tested by itself; decide by one, "
    "chosen beforehand."
)
"""What the columns of a table of differences are."""

MOST_SENTENCES = 10
"""Of pairs that are not told apart, among several runs."""

FEW = 15
"""Below so many items that differ, an interval of the difference is too narrow (the tests simulate it)."""


def compared_text(comparison: Comparison) -> str:
    """Who is better and how sure that is; of two runs also where they disagree."""
    letters = letters_of(comparison)
    parts = [wrapped(f"{letter}  {name}") for name, letter in letters.items()]
    parts += [wrapped(compared_counts(comparison)), *(wrapped(f"note: {text}") for text in comparison.notices)]
    parts += ["", _runs_table(comparison.runs, letters), "", *_own_tables(comparison, letters)]
    if len(comparison.duels) == 1:
        (duel,) = comparison.duels
        parts += [_figures_table(duel), "", *map(wrapped, verdict(duel, letters)), "", _disagreement_table(duel), ""]
        parts += [wrapped(line) for line in _apart(duel)]
    else:
        parts += [_duels_table(comparison.duels, letters), ""]
        undecided = [duel for duel in comparison.duels if (d := duel.metrics["correlation"]) and d.p_holm > 0.05]
        parts += [wrapped(verdict(duel, letters)[0]) for duel in undecided[:MOST_SENTENCES]]
        if more := len(undecided) - MOST_SENTENCES:
            parts += [f"{more:,} more pairs are not told apart."] if more > 0 else []
        parts.append(wrapped("p holm: adjusted over all pairs of runs; Wilcoxon and t are not. Compare two for more."))
    return "\n".join([*parts, wrapped(TESTS)])


def letters_of(comparison: Comparison) -> dict[str, str]:
    """A letter for each run, by its name; beyond 26 runs a number."""
    return lettered([run.name for run in comparison.runs])


def lettered(names: Sequence[str]) -> dict[str, str]:
    """A letter for each name, in order; beyond 26 a number.

    >>> lettered(["tea", "milk"])
    {'tea': 'A', 'milk': 'B'}
    """
    return {name: _LETTERS[i] if i < len(_LETTERS) else str(i + 1) for i, name in enumerate(names)}


def compared_counts(comparison: Comparison) -> str:
    """On which items, and on how many of them."""
    n, task = comparison.n_items, comparison.task
    of = f"{n} item{'s' if n != 1 else ''}"
    return f"{task.name} {task.version}: {of}, {comparison.n_compared} scored by all and compared"


def verdict(duel: Duel, letters: Mapping[str, str]) -> list[str]:
    """What may be said of two runs, in sentences: the correlation first, then reading, then how alike they are."""
    said = []
    for name in ("correlation", "reading"):
        if found := duel.metrics[name]:
            said.append(sentence(LABELS[name], found, (letters[duel.first], letters[duel.second])))
    few = [label_of(name) for name, found in duel.metrics.items() if found and 0 < found.n_differ < FEW]
    if few:
        said.append(f"On fewer than {FEW} items the two differ in {', '.join(few)}: believe p, not the interval.")
    if duel.concordance:
        said.append(
            f"How alike the two rank: {number(duel.concordance.value)} ({interval(duel.concordance.ci)}); "
            "1 is the same order without ties, 0 unrelated."
        )
    return said


def p_value(p: float | None) -> str:
    """Three decimals; what is below them is said to be."""
    return DASH if p is None else "<0.001" if p < 0.001 else f"{p:.3f}"


def needed(items: int | None) -> str:
    """A number of items, with thousands set apart; more than a million is only said to be."""
    return DASH if items is None else ">1,000,000" if items > 1_000_000 else f"{items:,}"


def sentence(label: str, found: Difference, names: tuple[str, str], *, decimals: int = 3, higher: bool = True) -> str:
    """Which of two runs is ahead in a figure; or that no difference is found, and which would have been."""
    better, worse = names if (found.value > 0) is higher else names[::-1]
    p = p_value(found.p_holm)
    if found.p_holm <= 0.05:
        return f"{better} is ahead of {worse} in {label} by {number(abs(found.value), decimals)} (p {p})."
    enough = number(found.detectable, decimals)
    missed = f"; one of {enough} would be found four times in five" if found.detectable else ""
    return f"No difference of {names[0]} and {names[1]} in {label} is found (p {p}){missed}."


def _runs_table(runs: tuple[RunStamp, ...], letters: Mapping[str, str]) -> str:
    rows = [
        (
            letters[run.name],
            value_of(run.metrics["correlation"]),
            interval(found.ci if (found := run.metrics["correlation"]) else None),
            *(value_of(run.metrics[name]) for name in ("reading", "il", "pl", "top1")),
        )
        for run in runs
    ]
    return table(["", "corr.", "95 % interval", "reading", "IL", "PL", "best first"], rows)


def _own_tables(comparison: Comparison, letters: Mapping[str, str]) -> Iterator[str]:
    """The runs by each metric of the user's own."""
    for metric in (name for name in comparison.runs[0].metrics if name not in LABELS):
        rows = [(letters[run.name], *estimated(run.metrics[metric])) for run in comparison.runs]
        yield from (table([metric, "value", "95 % interval", "items"], rows), "")


def difference_row(name: str, found: Difference | None, p: float | None, decimals: int = 3) -> tuple[str, ...]:
    """A difference as a row: name, value, interval, the p value given, Wilcoxon's and t's, d, items needed."""
    if found is None:
        return (name, *[DASH] * 7)
    return (
        name,
        number(found.value, decimals),
        interval(found.ci, decimals),
        p_value(p),
        p_value(found.wilcoxon),
        p_value(found.t),
        DASH if found.effect_size is None else f"{found.effect_size:.2f}",
        needed(found.items_needed),
    )


def _figures_table(duel: Duel) -> str:
    rows = [difference_row(label_of(name), found, found.p if found else None) for name, found in duel.metrics.items()]
    return table(["A - B", "value", "95 % interval", "p", "Wilcoxon", "t", "d", "items"], rows)


def _duels_table(duels: tuple[Duel, ...], letters: Mapping[str, str]) -> str:
    rows = []
    for duel in duels:
        found = duel.metrics["correlation"]
        name = f"{letters[duel.first]} - {letters[duel.second]}"
        rows.append(difference_row(name, found, found.p_holm if found else None))
    return table(["corr.", "value", "95 % interval", "p holm", "Wilcoxon", "t", "d", "items"], rows)


def _disagreement_table(duel: Duel) -> str:
    found = duel.disagreement
    groups = [{"all pairs": found.overall}, found.category, found.requirement_type, by_gap(found.dropped)]
    rows = [_disagreement_row(name, part) for group in groups for name, part in group.items()]
    return table(["pairs in gold order", "pairs", "both", "only A", "only B", "A ahead", "95 % interval"], rows)


def by_gap(dropped: Mapping[str, Disagreement]) -> dict[str, Disagreement]:
    """The parts by number of requirements apart, under names that say so."""
    return {f"{gap} apart": part for gap, part in dropped.items()}


def _disagreement_row(name: str, part: Disagreement) -> tuple[str, ...]:
    counts = (part.advantage.n_pairs, part.both, part.only_first, part.only_second)
    return (name, *(f"{count:,}" for count in counts), value_of(part.advantage), interval(part.advantage.ci))


def _apart(duel: Duel) -> Iterator[str]:
    for letter, items in zip("AB", (duel.most_apart["first"], duel.most_apart["second"]), strict=True):
        if items:
            yield f"{letter} is most ahead on {', '.join(map(_item, items))}."


def _item(item: ItemApart) -> str:
    return f"{item.id} ({number(item.first)} against {number(item.second)})"
