"""Prices: exact ids at their own host, dated, and never a guess."""

from __future__ import annotations

from datetime import date

import pytest

from weval.textmodels.prices import FILE, Usage, _prices, price_of


def cost_usd(model: str, usage: Usage, *, batch: bool = False) -> float | None:
    price = price_of(model, batch=batch)
    assert price is not None
    return price.cost_usd(usage)


def test_every_price_has_a_date_and_a_source() -> None:
    assert FILE.exists()
    for name, price in _prices().items():
        assert name == name.strip().lower()
        assert date(2025, 1, 1) < price.as_of <= date(2026, 11, 25)
        assert price.source.startswith("https://")
        assert 0 < (price.cached_input or price.input) <= price.input <= price.output


def test_tokens_are_paid_for() -> None:
    assert cost_usd("gpt-4o", Usage(1_000_000, 100_000)) == pytest.approx(2.5 + 1.0)
    assert cost_usd("gpt-4o", Usage(1_000_000, 0, cached=400_000)) == pytest.approx(0.6 * 2.5 + 0.4 * 1.25)
    assert cost_usd("gpt-4o", Usage(1_000_000, 100_000), batch=True) == pytest.approx(1.75)
    assert cost_usd("gpt-4o", Usage(0, 0)) == 0


@pytest.mark.parametrize("model", ["gpt-4o-2024-05-13", "gpt-4", "GPT-4o", "gpt-4o-", "openai/gpt-4o", "", "tiny"])
def test_no_price_is_guessed(model: str) -> None:
    assert price_of(model) is None


def test_a_listed_name_of_a_day_has_the_price() -> None:
    assert price_of("gpt-4o-2024-08-06") == price_of("gpt-4o")


@pytest.mark.parametrize("usage", [Usage(None, 5), Usage(5, None), Usage(None, None)])
def test_what_was_not_counted_has_no_cost(usage: Usage) -> None:
    assert cost_usd("gpt-4o", usage) is None


def test_a_longer_prompt_has_another_price() -> None:
    assert cost_usd("gemini-2.5-pro", Usage(200_000, 1)) is not None
    assert cost_usd("gemini-2.5-pro", Usage(200_001, 1)) is None


def test_another_host_has_another_price() -> None:
    assert price_of("deepseek-chat", host="API.deepseek.com") is not None
    assert price_of("deepseek-chat", host="127.0.0.1") is None


def test_no_batch_price_where_there_are_no_batches() -> None:
    assert price_of("deepseek-chat", batch=True) is None
