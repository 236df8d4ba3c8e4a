from __future__ import annotations

import pytest

from weval.metrics import METRICS
from weval.report.wording import LABELS, MEANINGS, cost_text
from weval.results import Cost


def test_every_figure_has_a_name_and_a_meaning() -> None:
    assert set(LABELS) == set(MEANINGS) == {*METRICS, "reading"}


@pytest.mark.parametrize(
    ("usd", "tokens", "said"),
    [
        (None, (None, None), ""),
        (None, (1200, 30), "1,200 tokens read, 30 tokens written"),
        (1234.5, (None, None), "$1,234.50"),
        (0.000123, (1, 0), "$0.00012, 1 tokens read, 0 tokens written"),
        (0.0, (5, None), "$0, 5 tokens read"),
    ],
)
def test_what_is_unknown_of_the_cost_is_not_said(
    usd: float | None, tokens: tuple[int | None, int | None], said: str
) -> None:
    assert cost_text(Cost(requests=9, tokens_in=tokens[0], tokens_out=tokens[1], usd=usd, seconds=1.0)) == said
