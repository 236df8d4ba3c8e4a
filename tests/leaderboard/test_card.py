"""Names, addresses and sizes of models: as people write them, and without tricks."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from weval.adapters import ADAPTERS
from weval.leaderboard.card import FAMILIES, Card, slug_of

GOOD: dict[str, Any] = {
    "name": "Skywork-Reward V2 (8B)",
    "organisation": "Skywork",
    "family": "scalar RM",
    "licence": "Apache-2.0",
    "trained_on_weval": False,
}


def card(**more: Any) -> Card:
    return Card.model_validate(GOOD | more)


def test_a_card_comes_back_from_json() -> None:
    made = card(parameters=8 * 10**9, link="https://huggingface.co/Skywork/x?a=b&c=%22#d", contact="a@b.example")
    assert Card.model_validate_json(made.model_dump_json(by_alias=True)) == made
    assert '"schema":1' in made.model_dump_json(by_alias=True)


@pytest.mark.parametrize("field", GOOD)
def test_what_every_card_says(field: str) -> None:
    with pytest.raises(ValidationError):
        Card.model_validate({key: value for key, value in GOOD.items() if key != field})


@pytest.mark.parametrize(
    ("written", "meant"),
    [("7B", 7 * 10**9), ("1.5b", 1_500_000_000), ("350 M", 350_000_000), ("70000000", 70_000_000), ("1T", 10**12)],
)
def test_sizes_as_people_write_them(written: str, meant: int) -> None:
    assert Card.model_validate(GOOD | {"parameters": written}, strict=False).parameters == meant


@pytest.mark.parametrize(
    "written", ["seven", "-7B", "0", "7BB", "9999T", "1.23456K", "1e9", "7,5B", "9" * 5000, "\u0667x"]
)
def test_what_is_no_size(written: str) -> None:
    with pytest.raises(ValidationError):
        Card.model_validate(GOOD | {"parameters": written}, strict=False)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("gpt-4o", "gpt-4o"),
        ("  \u00c9t\u00e9 42 ", "ete-42"),
        ("\u5199\u4f5c RM", "rm"),
        ("../../etc/passwd", "etc-passwd"),
        ("a" * 63 + " b", "a" * 63),
        ("\u2460", "1"),
        ("\u5199\u4f5c", ""),
        ("<script>", "script"),
    ],
)
def test_folders_of_models(name: str, slug: str) -> None:
    assert slug_of(name) == slug


@pytest.mark.parametrize(
    "name", ["Ge\u0301", "a\u202eb", "a\u200bb", "a\u00adb", " a", "a  b", "a\u00a0b", "\ue000a", "a\n"]
)
def test_names_that_are_not_what_is_seen(name: str) -> None:
    with pytest.raises(ValidationError):
        card(name=name)


@pytest.mark.parametrize(
    "name",
    [
        "<b>bold</b>",
        'O\'Neill & "Sons"',
        "\u5199\u4f5c\u6a21\u578b 7B",
        "\u0939\u093f\u0928\u094d\u0926\u0940 RM",
        "\u0e44\u0e17\u0e22\u0e17\u0e35\u0e48 1",
        "Ti\u1ebfng Vi\u1ec7t 2",
        "\U0001f999 llama",
        "=1+1",
        "a" * 80,
    ],
)
def test_names_in_any_script(name: str) -> None:
    assert card(name=name).name == name


@pytest.mark.parametrize("name", ["paper", "Paper!", "CON", "nul"])
def test_folders_that_no_model_has(name: str) -> None:
    with pytest.raises(ValidationError, match="cannot be that of a model"):
        card(name=name)


@pytest.mark.parametrize(
    "link", ["https://example.com", "https://example.com/a_b?c=d&e=%20#f", "https://xn--e1a.example/"]
)
def test_addresses(link: str) -> None:
    assert card(link=link).link == link


@pytest.mark.parametrize(
    "link",
    [
        "http://example.com/",
        "HTTPS://user@example.com/",
        "https://example.com\\@evil.example/",
        "https://example.com\t/",
        "https:///example.com",
        "https://[::1]/",
        "https://example.com:443/",
        "https://.com/..",
        "https://",
        "javascript:alert(1)//https://",
        " https://example.com/",
        "https://example.com/'x",
        "https://example.com/\u202e",
    ],
)
def test_what_is_no_plain_address(link: str) -> None:
    with pytest.raises(ValidationError, match="link"):
        card(link=link)


def test_every_adapter_has_a_family_or_leaves_it_to_the_submitter() -> None:
    classes = {family.location.rpartition(":")[2] for family in ADAPTERS.values()}
    ways = {"ScoresFile", "load", "read_preset_file", "lm_eval_judge"}  # files, plug-ins, presets by file, a judge
    assert classes - set(FAMILIES) == ways
    assert set(FAMILIES) <= classes
