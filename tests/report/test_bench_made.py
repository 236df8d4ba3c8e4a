from __future__ import annotations

from rich.cells import cell_len

from weval.bench.construction.agreement import AgreementFigures, Apart
from weval.bench.construction.preferences import KindResult, PreferencesResult
from weval.bench.construction.records import LeftOut, Made
from weval.report.bench_made import made_text, preferences_text
from weval.results import Cost, ModelStamp, PairEstimate

COST = Cost(requests=9, tokens_in=None, tokens_out=None, usd=0.125, seconds=None)


def made(n_left_out: int) -> Made:
    return Made(
        file="q.jsonl",
        n_asked=20,
        n_rows=20 - n_left_out,
        duplicates={"drafts": 2},
        left_out=tuple(LeftOut(id=f"q{n}", reason="unsound", detail="no JSON") for n in range(n_left_out)),
        replies={"sound": 18, "no_json": 3},
        cost=COST,
        model={},
        settings={},
    )


def test_rows_replies_and_what_was_left_out() -> None:
    assert made_text(made(1)).splitlines() == [
        "q.jsonl: 19 of 20; 2 duplicates after drafts",
        "replies: 18 sound, 3 no json; 0.12 USD",
        "left out: q0: unsound (no JSON)",
    ]


def test_of_many_that_were_left_out_a_few_are_named() -> None:
    lines = made_text(made(9)).splitlines()
    assert len(lines) == 2 + 5 + 1 and lines[-1] == "and 4 more (--json names all)"


def figures(value: float | None, missing: int = 0) -> KindResult:
    share = None if value is None else PairEstimate(value=value, ci=(value - 0.1, value + 0.1), n_pairs=280)
    known = AgreementFigures(
        value=share, three_way=share, pessimistic=value, n_human_ties=20, n_scored_ties=3, n_missing=missing
    )
    return KindResult(agreement=known, statuses={"ok": 1400}, reasons={"unparsed": "q1: no score"} if missing else {})


def test_kinds_of_criteria_within_80_columns() -> None:
    text = preferences_text(
        PreferencesResult(
            file="p.jsonl",
            sha256="0" * 64,
            judge=ModelStamp(name="judge:server/m", unit="requirement", fingerprint={}, reads_ids=False),
            n_judgements=300,
            n_items=100,
            n_annotators=3,
            kinds={"query": figures(0.83), "global": figures(None, missing=4)},
            apart=(
                Apart(
                    first="query", second="global", difference=0.1, p=0.01, p_adjusted=0.02, n_items=99, n_judgements=9
                ),
            ),
            settings={},
            cost=COST,
            versions={},
        )
    )
    rows = {line.split()[0]: line.split() for line in text.splitlines() if line.startswith(("query", "global"))}
    assert rows["global"][1:] == ["–", "–", "–", "0", "3", "4"]
    assert "query − global       0.100  0.010   0.020       99" in text
    assert "0.830  0.730 … 0.930" in text and "global: unparsed: q1: no score" in text
    assert "20 ties" in " ".join(text.split())
    assert max(map(cell_len, text.splitlines())) <= 80
