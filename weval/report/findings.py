"""The findings about the published tables in words and tables, section by section, for a terminal and for Markdown.

Every sentence is made of the numbers in the record: with other tables, it would say something else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from weval.reproduce.checks import Across, Bound, Checks, Count, Counts, Figures, Judge, JudgeType
from weval.wording import counted, interval, number

LABELS = {"correlation": "corr.", "il": "IL", "pl": "PL"}
NAMES = LABELS | {"correlation": "correlation"}


@dataclass(frozen=True, slots=True)
class Table:
    """A table without its frame; the first column has names, the others figures."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, and what stands below it in order: a paragraph of text, or a table."""

    title: str
    parts: tuple[str | Table, ...]


def findings(checks: Checks) -> list[Section]:
    """All sections; the first is about what was checked."""
    tables = list(dict.fromkeys(found.row.table for found in checks.bounds))
    about = (
        f"{counted(len(checks.bounds), 'row')} of {_listed(tables)}, of {counted(checks.n_items, 'instruction')} with "
        f"{checks.n_candidates} candidates each. Figures are percent, as printed. A printed one may be "
        f"{checks.rounding} points off: the script prints shares at four decimals, the tables percent at one."
    )
    return [
        Section("What the published tables tell without a model", (about,)),
        Section("1. Which IL was computed", tuple(_bounds(checks))),
        Section(f"2. What {checks.n_items} instructions can make", tuple(_counts(checks.counts))),
        Section("3. What the tables tell of each other", tuple(_repeats(checks))),
        Section("4. Judges that do not read", tuple(_judges(checks))),
        Section("5. What the rule for ties is worth to a judge", tuple(_ties(checks))),
    ]


# --- 1. bounds ---------------------------------------------------------------------------------------------------


def _bounds(checks: Checks) -> Iterator[str | Table]:
    n, found = checks.n_candidates, checks.bounds
    yield (
        f"In print, IL is the share of candidates in their place. A ranking of {n} that is not right has {n - 2} of "
        f"them in place at most, so IL is at most PL + {(n - 2) / n:.3g} (100 - PL), whatever becomes of ties. The "
        f"script computes 1 - D/{n * (n - 1)}, D being the sum of rank differences; with a correlation of t that lies "
        "between (100 + t)/2 and (300 + t)/4 (Diaconis and Graham)."
    )
    headers = (*LABELS.values(), "at most", "print", "between", "script")
    for name, rows in groupby(found, key=lambda each: each.row.table):
        yield Table((name, *headers), tuple(_bound_row(each) for each in rows))
    over = [each.row.figures.il - each.printed_most for each in found if each.by_printed == "no"]
    by_how_much = f": IL is {min(over):.1f} to {max(over):.1f} points too high, rounded or not" if over else ""
    yield f"By the printed formula {_of(len(found) - len(over), len(found))} can be{by_how_much}."
    by_script = sum(each.by_script != "no" for each in found)
    by_all = sum(each.by_all != "no" for each in found)
    yield (
        f"By the script's {_of(by_script, len(found))} can be. PL sharpens the upper ends, as a ranking that is not "
        f"right has D above the number of pairs in wrong order: {_of(by_all, len(found))} still can be{_close(found)}."
    )


def _bound_row(found: Bound) -> tuple[str, ...]:
    figures = found.row.figures
    script = interval(found.script, 2)
    return (found.row.name, *_shown(figures), number(found.printed_most, 2), found.by_printed, script, found.by_script)


def _close(found: Sequence[Bound]) -> str:
    """Rows that only fit the sharper bounds by rounding."""
    close = [each for each in found if each.by_all == "if rounded"]
    return "".join(
        f", {each.row.label} only since values are rounded ({each.row.figures.il} of {each.script_most:.3f} at most)"
        for each in close
    )


# --- 2. counts ---------------------------------------------------------------------------------------------------


def _counts(found: Counts) -> Iterator[str | Table]:
    made = [each for each in found.rows if each.rounded]
    n = found.n_items
    yield (
        f"PL is a count of instructions: k/{n}, so {found.makeable:.0%} of the values with one decimal. "
        f"{_of(len(made), len(found.rows))} of the printed ones are such values, k being "
        f"{_listed([' or '.join(map(str, each.rounded)) for each in made])}. {_fewest(found)}"
    )
    for odd in found.odd:
        yield _odd(odd.count, n, odd.fewest_rankings, odd.fewest_items)
        yield _cut(found, odd.count)
    rows = ((NAMES[step.figure], number(step.points, 3), number(step.in_a_decimal, 2)) for step in found.steps)
    yield Table(("figure", "least step", "steps in 0.1"), tuple(rows))
    yield "Where a printed decimal holds a step or more, every value can be made, and none tells anything."


def _fewest(found: Counts) -> str:
    if found.fewest_items == found.n_items:
        return "No smaller number of instructions can make all of these."
    return f"As few as {counted(found.fewest_items, 'instruction')} can make all of these."


def _odd(found: Count, n: int, rankings: int, items: int) -> str:
    value = found.row.figures.pl
    below = int(value * n / 100)
    near = f"{below}/{n} is {100 * below / n:.2f}, {below + 1}/{n} is {100 * (below + 1) / n:.2f}"
    return (
        f"{found.row.label} has {value}, which is no such value: {near}. It can be the mean of several rankings of "
        f"every instruction, {rankings} at least; or be of other instructions, {items} at least."
    )


def _cut(counts: Counts, found: Count) -> str:
    """What other ways of rounding would make of an odd value."""
    n, value = counts.n_items, found.row.figures.pl
    said = [
        f"Or {k}/{n}, which is {k / n:.4f} at the script's four decimals, was rounded again, and down to {value}."
        for k in found.twice
    ]
    if found.cut:
        lost = sum(not each.cut for each in counts.rows)
        said.append(f"If decimals were cut off instead of rounded, it would be one, but {lost} others would not.")
    return " ".join(said) or "Rounding it twice, or cutting decimals off, does not make it one."


# --- 3. repeats --------------------------------------------------------------------------------------------------


def _repeats(checks: Checks) -> Iterator[str | Table]:
    found = checks.repeats
    rows = [
        (name, *(number(each.spread, 1) for each in figures))
        for name, figures in ((name, list(of)) for name, of in groupby(found.across, key=lambda each: each.name))
    ]
    yield "How far apart a model's figures lie in the tables that it is in, each of other writers' texts:"
    yield Table(("from table to table", *LABELS.values()), tuple(rows))
    same = [each for each in found.across if each.equal]
    yield f"{' '.join(map(_same, same))}" if same else "No model has one figure twice."
    n = checks.n_items
    for lost in found.beaten:
        more = f", {round((lost.best - lost.own) * n / 100)} of {n} instructions more" if lost.figure == "pl" else ""
        yield (
            f"In {NAMES[lost.figure]} of {lost.table}, {lost.by} is above the paper's own model: {lost.best} and "
            f"{lost.own}{more}."
        )
    best = _of(found.n_columns - len(found.beaten), found.n_columns)
    yield f"The paper's text has its own model best on all three figures; among models, it is in {best} columns."


def _same(found: Across) -> str:
    values = dict(zip(found.tables, found.values, strict=True))
    return f"{found.name} has the same {NAMES[found.figure]} in {_listed(found.equal)} ({values[found.equal[0]]})."


# --- 4. judges ---------------------------------------------------------------------------------------------------


def _judges(checks: Checks) -> Iterator[str | Table]:
    found, n = checks.judges, len(checks.bounds)
    yield (
        "Exact expectations, over all outcomes. A coin says yes or no of each requirement, and so often yes, whatever "
        "the text. The script puts ties in gold order; our figures are the mean over all orders of what is tied."
    )
    yield Table(("by the released script", *LABELS.values()), tuple(_judge_row(j, j.released) for j in found.judges))
    yield Table(("by ours", *LABELS.values()), tuple(_judge_row(j, j.headline) for j in found.judges))
    beats = ((j.beats.correlation, j.beats.il, j.beats.pl, j.beats.all_three) for j in found.judges)
    rows = ((j.name, *(str(len(rows)) for rows in of)) for j, of in zip(found.judges, beats, strict=True))
    yield Table((f"of {n} printed rows, beats", *LABELS.values(), "all three"), tuple(rows))
    yield from (f"{_beats(judge, checks)}." for judge in found.judges if judge.yes_rate and judge.beats.pl)
    if found.least_rate is not None:
        yield f"A coin that says yes at {found.least_rate:.1%} or more beats every printed row on all three figures."


def _beats(judge: Judge, checks: Checks) -> str:
    """Which rows a coin beats: those on PL where it beats none on all three figures, else those that it does not."""
    rows, beats = [each.row.label for each in checks.bounds], judge.beats
    if not beats.all_three:
        return f'"{judge.name}" beats {_listed(beats.pl)} on PL'
    left = [row for row in rows if row not in beats.all_three]
    on_all = f"all rows but {_listed(left)}" if left else "every row"
    return f'"{judge.name}" beats {_of(len(beats.pl), len(rows))} on PL, and {on_all} on all three figures'


def _judge_row(judge: Judge, figures: Figures) -> tuple[str, ...]:
    return (judge.name, *_shown(figures))


# --- 5. ties -----------------------------------------------------------------------------------------------------


def _ties(checks: Checks) -> Iterator[str | Table]:
    found = checks.ties
    yield (
        f"One scorer, simulated on {found.n_items:,} items: all types have the same opinions of every requirement, and "
        "differ in what they emit. Ours is the expectation; favourable is gold order, as the script has it, adverse "
        "its reverse; IL is by the printed formula. A steep softmax, or yes or no, also takes noise off: that shows in "
        "ours. Only the gain is the rule's."
    )
    for figure in LABELS:
        headers = (NAMES[figure], "tied pairs", "adverse", "ours", "favourable", "gain")
        yield Table(headers, tuple(_type_row(each, figure) for each in found.types))
        yield _gain(found.types, figure)
    yield (
        "What a run of yours gains is in its result.json: diagnosis.tie_rules has its figures with ties in gold order, "
        "and against it."
    )


def _type_row(found: JudgeType, figure: str) -> tuple[str, ...]:
    values = [_get(by, figure) for by in (found.adverse, found.headline, found.favourable)]
    return (found.name, number(found.tied, 1), *(number(each, 1) for each in values), number(values[2] - values[1], 1))


def _gain(types: Sequence[JudgeType], figure: str) -> str:
    gains = {each.name: _get(each.favourable, figure) - _get(each.headline, figure) for each in types}
    least, most = min(gains, key=lambda name: gains[name]), max(gains, key=lambda name: gains[name])
    ours = max(types, key=lambda each: _get(each.headline, figure)).name
    favoured = max(types, key=lambda each: _get(each.favourable, figure)).name
    best = f'"{ours}" is best by both' if ours == favoured else f'By ours "{ours}" is best, by gold order "{favoured}"'
    return f'Gold order adds {gains[least]:.1f} points to "{least}", {gains[most]:.1f} to "{most}". {best}.'


# --- words -------------------------------------------------------------------------------------------------------


def _get(figures: Figures, name: str) -> float:
    value: float = getattr(figures, name)
    return value


def _shown(figures: Figures) -> tuple[str, ...]:
    return tuple(number(_get(figures, name), 1) for name in LABELS)


def _of(n: int, total: int) -> str:
    return f"all {total}" if n == total else f"{n or 'none'} of {total}"


def _listed(words: Iterable[str]) -> str:
    *first, last = list(words) or [""]
    return f"{', '.join(first)} and {last}" if first else last
