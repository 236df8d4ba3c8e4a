from __future__ import annotations

from weval.metrics import METRICS
from weval.report.wording import LABELS, MEANINGS


def test_every_figure_has_a_name_and_a_meaning() -> None:
    assert set(LABELS) == set(MEANINGS) == {*METRICS, "reading"}
