from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.report.reproductions import check, worst
from weval.report.reproduced_latex import CHECKED, COMPARED, reproduced_latex
from weval.reproduce.outcome import Reproduction

ENGINES = ("pdflatex", "tectonic", "xelatex", "lualatex")


@pytest.fixture(scope="module")
def texts(folder: Path, found: Reproduction) -> dict[str, str]:
    hostile = worst(found)
    every = {"real": found, "check": check(folder), "hostile": hostile}
    every["hostile-check"] = hostile.model_copy(update={"is_check": True})
    return {name: reproduced_latex(one) for name, one in every.items()}


def bodies(text: str) -> list[str]:
    return re.findall(r"^\\begin\{longtable\}(.*?)^\\end\{longtable\}", text, re.DOTALL | re.MULTILINE)


def plain(text: str) -> str:
    """Without what stands for a sign: what is left of \\ { } & is structure."""
    return re.sub(r"\\(textbackslash|[a-z]+)\{\}|\\[{}&%#_$]", "", text)


@pytest.mark.parametrize("name", ["real", "check", "hostile", "hostile-check"])
def test_the_document_is_well_formed(name: str, texts: dict[str, str]) -> None:
    text = texts[name]
    assert re.match(r"(% .*\n)+\\documentclass\{article\}\n", text)
    assert text.endswith("\\end{document}\n")
    depth, places = 0, list[str]()
    for found in re.finditer(r"[{}]|\\(begin|end)\{(\w+)\}", plain(text)):
        if found[0] in "{}":
            depth += 1 if found[0] == "{" else -1
        elif found[1] == "begin":
            places.append(found[2])
        else:
            assert places.pop() == found[2]
        assert depth >= 0
    assert depth == 0
    assert places == []


@pytest.mark.parametrize("name", ["real", "check", "hostile", "hostile-check"])
def test_every_line_of_a_table_has_as_many_cells_as_there_are_columns(name: str, texts: dict[str, str]) -> None:
    n = len(CHECKED if "check" in name else COMPARED)
    assert bodies(texts[name])
    for body in bodies(texts[name]):
        (columns,) = re.findall(r"\A\{([lr]+)\}\n", body)
        assert len(columns) == n
        lines = [line for line in plain(body).splitlines() if line.endswith((r"\\", r"\\*"))]
        spans = [line for line in lines if rf"\multicolumn{{{n}}}" in line]
        assert spans and all("&" not in line for line in spans)
        assert all(line.count("&") == n - 1 for line in lines if line not in spans)


def test_a_cell_is_typeset_with_its_figures(texts: dict[str, str]) -> None:
    assert (
        r"\quad Correlation & 85.4 & 91.7 & 83.3 \dots{} 98.3 & 58.3 & 47.0 \dots{} 67.5 & +6.3 & within \\"
        in texts["real"]
    )
    assert r"\quad PL & 42.7 & 0.0 & 0.0 \dots{} 24.2 & 0.0 & 0.0 \dots{} 24.2 & $-$42.7 & outside \\" in texts["real"]
    assert r"\item Our-RM-7B: not run: t4-blocked: needs 1 GPU, here is none" in texts["real"]


def test_a_check_says_so_first_and_compares_nothing(texts: dict[str, str]) -> None:
    text = texts["check"]
    assert text.index(r"\noindent\textbf{This is a check of the machinery.") < text.index("\n\\begin{longtable}")
    assert r"\quad Correlation & 91.7 & 83.3 \dots{} 98.3 & 58.3 & 47.0 \dots{} 67.5 &  \\" in text
    assert "85.4" not in text and "published &" not in text


def test_nothing_that_others_wrote_is_a_command(texts: dict[str, str]) -> None:
    text = texts["hostile"]
    assert r"\frac" not in text  # which the hostile text has
    assert r"\$\textbackslash{}frac\{\$" in text
    assert text.isascii() or all(ord(char) <= 0xFF for char in text)
    assert {*re.findall(r"\\([a-zA-Z]+)", plain(text))} <= {
        "documentclass", "usepackage", "ifPDFTeX", "fi", "setlength", "LTleft", "raggedright", "begin", "end",
        "section", "subsection", "toprule", "midrule", "bottomrule", "endhead", "endfoot", "multicolumn", "linewidth",
        "quad", "item", "addlinespace", "small",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["real", "check", "hostile", "hostile-check"])
def test_it_compiles(name: str, texts: dict[str, str], tmp_path: Path) -> None:
    engine = next((found for found in ENGINES if shutil.which(found)), None)
    if engine is None:
        pytest.skip(f"needs a TeX: one of {', '.join(ENGINES)}")
    (tmp_path / "tables.tex").write_text(texts[name], encoding="utf-8")
    options = [] if engine == "tectonic" else ["-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape"]
    ran = subprocess.run([engine, *options, "tables.tex"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout[-2000:]
    assert (tmp_path / "tables.pdf").stat().st_size > 1000
