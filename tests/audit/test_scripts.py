from __future__ import annotations

from pathlib import Path

import pytest

from tests.audit.conftest import audited
from tests.factories import make_item
from weval.audit import WritingSystems
from weval.audit.records import Foreign
from weval.audit.scripts import writing_system
from weval.tasks import load_task
from weval.types import Item


@pytest.mark.parametrize(
    ("text", "system"),
    [
        ("A cup of tea", "Latin"),
        ("Ｆｕｌｌ ｗｉｄｔｈ 𝓯𝓪𝓷𝓬𝔂", "Latin"),
        ("чашка чая", "Cyrillic"),
        ("كوب من الشاي", "Arabic"),
        ("ένα φλιτζάνι", "Greek"),
        ("차 한 잔", "Hangul"),
        ("चाय का कप", "Devanagari"),
        ("写一篇关于OpenAI的ChatGPT的文章", "Han"),
        ("小説を書いてください", "Kana"),
        ("ﾃｽﾄ", "Kana"),
        ("说说日本的の字", "Kana"),
        ("", None),
        ("42 … 🙂 +", None),
    ],
)
def test_the_main_writing_system(text: str, system: str | None) -> None:
    assert writing_system(text) == system


def test_a_stray_kana_makes_no_japanese() -> None:
    assert writing_system("我们在这里讨论日语里的の这个字的用法和意义" * 2 + "以及其他") == "Han"


def in_systems(*texts: str, name: str = "i1", instruction: str = "Write.") -> Item:
    item = make_item(name, instruction=instruction)
    candidates = (c.model_copy(update={"response": text}) for c, text in zip(item.candidates, texts, strict=True))
    return item.model_copy(update={"candidates": tuple(candidates)})


def found_in(path: Path, *items: Item) -> WritingSystems:
    return audited(path, items).writing_systems


def test_foreign_responses_are_counted_by_number_kept(tmp_path: Path) -> None:
    found = found_in(
        tmp_path,
        in_systems("茶很好喝", "Tea is nice.", "123"),
        in_systems("чай", "茶", "茶很好", name="i2", instruction="写茶"),
    )
    assert found.foreign
    assert (found.foreign.count, found.foreign.n) == (2, 5)
    assert {kept: (share.count, share.n) for kept, share in found.by_kept.items()} == {
        "3": (2, 2),
        "2": (0, 2),
        "1": (0, 1),
    }
    assert found.examples == (
        Foreign(item="i1", candidate="a1", instruction="Latin", response="Han"),
        Foreign(item="i2", candidate="a1", instruction="Han", response="Cyrillic"),
    )
    # Only the second item has letters everywhere: two of its three pairs go with gold, one is tied.
    assert found.correlation
    assert found.correlation.n == 1
    assert found.correlation.value == pytest.approx(2 / 3)


def test_an_instruction_without_letters_says_nothing(tmp_path: Path) -> None:
    found = found_in(tmp_path, in_systems("茶", "Tea", "чай", instruction="1 + 1 = ?"))
    assert found.foreign is None
    assert found.by_kept == {}
    assert found.correlation is None


def test_weval_mini_answers_in_the_system_of_its_instructions() -> None:
    for item in load_task("weval-mini").items():
        expected = "Han" if item.language == "zh" else "Latin"
        assert writing_system(item.instruction) == expected
        assert {writing_system(candidate.response) for candidate in item.candidates} == {expected}
