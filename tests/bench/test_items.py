from __future__ import annotations

from weval.bench.items import BenchItem, Call, Figure, Row, Step


def test_what_is_missing_counts_the_worse_end() -> None:
    assert Figure("s", "S", 0, 100, "good").worst == 0
    assert Figure("w", "Wrong", 0, 1, "bad", higher=False).worst == 1


def test_steps_and_items_have_plain_defaults() -> None:
    step = Step("responses", "writer")
    assert (step.prompt, step.tries, step.fills) == (None, None, None)
    assert BenchItem(id="1", prompt="Write.").groups == {}
    assert Call("1").messages == () and Row("1", {}).repairs == frozenset()
