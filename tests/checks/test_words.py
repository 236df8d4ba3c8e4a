from __future__ import annotations

import pytest

from weval.checks.words import base_language, count_characters, count_sentences, count_words, longest_sentence


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("", 0),
        ("One two three.", 3),
        ("Don't re-read it.", 3),
        ("and/or 2.5 km", 3),
        ("sea—sky", 2),
        ("sea — sky – land - end", 4),
        ("**bold** *it* `code`", 3),
        ("half**bold**word", 1),
        ("# Title\n\n- one\n- two", 3),
        ("1. one\n2. two", 2),
        ("| a | b |\n|---|---|\n| 1 | 2 |", 4),
        ("|a|b|\n|-|-|\n|c|d|", 4),
        ("text\n---\n***\n===", 1),
        ("[the site](https://x.org/a/b)", 2),
        ("one\u00a0two\u202fthree", 3),
        ("to\u200bgether soft\u00adhyphen", 2),
        ("😀 yes 🎉 & !", 1),
        ("one<br>two<b>x</b>", 2),
        ("```\na = b\n```", 2),
        ("« Oui », dit-elle : non !", 3),
        ("¿Qué tal? ¡Muy bien!", 4),
        ("l'été d’hier", 2),
        ("我爱北京。", 4),
        ("我有3个apple", 5),
        ("2023年，GDP增长5.2%。", 6),
        ("apple，pear", 2),
        ("ひらがなカタカナ", 8),
        ("한국어 단어 셋", 3),
        ("Привет, мир", 2),
        ("a\r\nb\rc", 3),
    ],
)
def test_words(text: str, n: int) -> None:
    assert count_words(text) == n


@pytest.mark.parametrize(
    ("text", "language", "n"),
    [
        ("abc", "en", 3),
        ("a b\n\nc  d", "en", 6),
        ("**a** b", "en", 3),
        ("cafe\u0301", "fr", 4),
        ("你好，世界！", "zh", 6),
        ("你 好\n世 界", "zh-CN", 4),
        ("你 好 世 界", None, 4),
        ("a\u200bb", None, 2),
    ],
)
def test_characters(text: str, language: str | None, n: int) -> None:
    assert count_characters(text, language) == n


@pytest.mark.parametrize(
    ("text", "language", "n"),
    [
        ("", "en", 0),
        ("One. Two! Three?", "en", 3),
        ("Dr. Smith met Mr. Jones at 5 p.m. today. They left.", "en", 2),
        ("Use tools, e.g. hammers. Version 2.0 is out.", "en", 2),
        ("Wait... what? Really?!", "en", 2),
        ("Yes… Then go.", "en", 2),
        ("(It was late.) Fine.", "en", 2),
        ('"Are you sure?" she asked. "Yes."', "en", 2),
        ("He left.\nShe stayed.", "en", 2),
        ("the sea was calm,\nthe sky was red.", "en", 1),
        ("Roses are red\nViolets are blue", "en", 2),
        ("i came home. the light was on.", "en", 2),
        ("# A title\n\nOne. Two.", "en", 2),
        ("**A title**\nOne. Two.", "en", 2),
        ("**One is bold.** *Two is not.*", "en", 2),
        ("1. Mix it.\n2. Bake it.", "en", 2),
        ("Do this: 1. Mix it. 2. Bake it.", "en", 3),
        ("- milk\n- eggs", "en", 2),
        ("One.\n\n---\n\nTwo.", "en", 2),
        ("| a. b. | c |\n|---|---|\n| d. | e |\n\nOne.", "en", 1),
        ("Hi. 😀", "en", 1),
        ("¿Qué tal? ¡Bien! El Sr. Pérez llegó.", "es", 3),
        ("M. Dupont est là. Mme. Durand aussi.", "fr", 2),
        ("« Viens ! » Il part. Voilà.", "fr", 3),
        ("你好。你是谁？我是小明！", "zh", 3),
        ("你好。你是谁？", None, 2),
        ("好吧……然后呢？", "zh", 1),
        ("こんにちは。元気？", "ja", 2),
        ("One. Two.", "tlh", 2),
        ("One. Two.", "en_GB", 2),
    ],
)
def test_sentences(text: str, language: str | None, n: int) -> None:
    assert count_sentences(text, language) == n


@pytest.mark.parametrize(
    ("text", "language", "n"),
    [
        ("", "en", 0),
        ("One two. Three four five.", "en", 3),
        ("- one two\n- three\n\nA heading follows\n\n# one two three four", "en", 3),
        ("1. One two three.", "en", 3),
        ("我爱你。我们都爱北京。", "zh", 6),
    ],
)
def test_longest_sentence(text: str, language: str, n: int) -> None:
    assert longest_sentence(text, language) == n


def test_a_sentence_longer_than_the_window_stays_one() -> None:
    assert count_sentences("word " * 3000 + "end. And another.", "en") == 2
    assert longest_sentence("word " * 3000 + "end. And another.", "en") == 3001


def test_windows_do_not_change_the_count() -> None:
    assert count_sentences("Dr. Smith came home. " * 2000, "en") == 2000


def test_base_language() -> None:
    assert base_language("pt-BR", "") == "pt"
    assert base_language(None, "汉字") == "zh"
    assert base_language(None, "letters") == "en"
    assert base_language(None, "これはかなの文です。") == base_language("ja", "") == "ja"
