"""A reproduction's tables as a LaTeX document that compiles by itself, with booktabs; each table is a longtable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from weval.report.escaping import latex_number, latex_text
from weval.report.reproduced_wording import CHECK, Shown, cells_of, counts_of_cells, reading_of, reasons_of_table
from weval.reproduce.outcome import ReproducedTable, Reproduction

_HEAD = r"""% Written by weval reproduce. Compile it twice: widths are known only then.
% The tables alone: what is between \begin{longtable} and \end{longtable}.
\documentclass{article}
\usepackage{iftex}
\ifPDFTeX\usepackage[T1]{fontenc}\usepackage[utf8]{inputenc}\fi
\usepackage{textcomp}
\usepackage[margin=2cm]{geometry}
\usepackage{booktabs,longtable}
\setlength{\LTleft}{0pt}
\raggedright
\begin{document}"""

LONG = 60
"""Characters of a row's name beyond which it is broken into lines."""

COMPARED = ("", "published", "released", "95\\,\\%", "headline", "95\\,\\%", "difference", "verdict")
CHECKED = ("", "released", "95\\,\\%", "headline", "95\\,\\%", "")


def reproduced_latex(reproduction: Reproduction) -> str:
    """The document. Every text is typeset as it stands: nothing of a name is a command."""
    lines = [_HEAD, rf"\section*{{{latex_text(reproduction.title)}}}", latex_text(reproduction.about), ""]
    if reproduction.is_check:
        lines += [rf"\noindent\textbf{{{latex_text(CHECK)}}}", ""]
    lines += [latex_text(f"{counts_of_cells(reproduction)}. {reading_of(reproduction)}"), ""]
    for table in reproduction.tables:
        lines += _table(table, is_check=reproduction.is_check)
    return "\n".join([*lines, r"\end{document}", ""])


def _table(table: ReproducedTable, *, is_check: bool) -> Iterator[str]:
    headers = CHECKED if is_check else COMPARED
    yield rf"\subsection*{{{latex_text(f'{table.label}. {table.title}')}}}"
    yield rf"\begin{{longtable}}{{l{'r' * (len(headers) - 2)}l}}"
    yield from (r"\toprule", _row(headers), r"\midrule", r"\endhead", r"\bottomrule", r"\endfoot")
    for at, (row, cells) in enumerate(cells_of(table)):
        gap = r"\addlinespace " if at else ""
        wide = r"p{0.9\linewidth}" if len(row.name) > LONG else "l"
        yield rf"{gap}\multicolumn{{{len(headers)}}}{{{wide}}}{{{latex_text(row.name)}}} \\*"
        for shown in cells:
            yield _row([rf"\quad {latex_text(shown.label)}", *map(latex_number, _cells(shown, is_check=is_check))])
    yield r"\end{longtable}"
    said = [f"{what}: {why}" for what, why in reasons_of_table(table)]
    about = [f"{row.name}: {row.about}" for row in table.rows if row.about]
    if lines := [*said, *about, *table.notes]:
        yield from (r"\begin{itemize}\small", *(rf"\item {latex_text(line)}" for line in lines), r"\end{itemize}")


def _row(cells: Sequence[str]) -> str:
    return rf"{' & '.join(cells)} \\"


def _cells(shown: Shown, *, is_check: bool) -> list[str]:
    figures = [shown.released, shown.released_ci, shown.headline, shown.headline_ci]
    if is_check:
        return [*figures, shown.verdict if shown.verdict == "not run" else ""]
    return [shown.published, *figures, shown.difference, shown.verdict]
