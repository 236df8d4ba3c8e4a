from __future__ import annotations

import pytest

from weval.checks.lists import count_bullets, count_numbered


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("", 0),
        ("- a\n- b", 2),
        ("* a\n+ b\n– c", 3),
        ("• a\n•b\n◦ c\n▪ d", 4),
        ("Intro:\n- a\n- b\nOutro", 2),
        ("- a\n  - nested\n    - deeper", 3),
        ("\t- tab", 1),
        ("• a • b • c", 3),
        ("a • b • c", 0),
        ("- **Term:** text", 1),
        ("* *emphasis* inside", 1),
        ("*emphasis* is no bullet", 0),
        ("**bold** is no bullet", 0),
        ("-5 degrees\n+1", 0),
        ("— Hola, dijo.", 0),
        ("---\n- - -\n* * *", 0),
        ("-\n- ", 0),
        ("```\n- a\n- b\n```", 0),
        ("> - quoted", 1),
        ("-\u00a0no-break", 1),
        ("✅ done\n☐ open", 2),
        ("- 苹果\n- 梨", 2),
        ("1. a\n2. b", 0),
        ("| - a | b |\n|---|---|\n| - c | d |", 0),
        ("- a\r\n- b\r\n", 2),
    ],
)
def test_bullets(text: str, n: int) -> None:
    assert count_bullets(text) == n


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("", 0),
        ("1. a\n2. b\n3. c", 3),
        ("1) a\n2) b", 2),
        ("(1) a\n(2) b", 2),
        ("（1）买\n（2）卖", 2),
        ("1、买菜\n2、做饭\n3、洗碗", 3),
        ("１．买菜\n２．做饭", 2),
        ("1.买菜\n2.做饭", 2),
        ("① a\n② b", 2),
        ("1️⃣ Plan\n2️⃣ Focus\n3️⃣ Rest", 3),
        ("**1.** a\n**2.** b", 2),
        ("**1. Bold** a\n**2. Bold** b", 2),
        ("### 1. A\ntext\n### 2. B", 2),
        ("1. a\n\nText.\n\n2. b", 2),
        ("1. a\n1. b\n1. c", 3),
        ("1. a\n   1. x\n   2. y\n2. b", 4),
        ("1. a\n2. b\n\nNext:\n\n1. c\n2. d", 4),
        ("Why us? 1. Plan. 2. Focus. 3. Rest.", 3),
        ("Three steps: 1. Plan 2. Focus 3. Rest", 3),
        ("1. Plan 2. Focus 3. Rest", 3),
        ("Steps: (1) plan, (2) focus, (3) rest.", 3),
        ("步骤：1、计划；2、专注；3、休息。", 3),
        ("Steps: ①plan ②focus", 2),
        ("It ended in 1999. 2. Bundesliga was new.", 0),
        ("Version 2.0 and 1.5 km, 3.14", 0),
        ("In 2020. In 2021. In 2022.", 0),
        ("2. b\n3. c", 0),
        ("5. e", 0),
        ("1999. A year.", 0),
        ("There was 1. Then came 2. And 3. too", 0),
        ("Look: 1. only", 0),
        ("1.5 kg of flour\n2.5 kg of sugar", 0),
        ("1. Meet at 2. Then go.\n\n2. Eat.", 2),
        ("```\n1. a\n2. b\n```", 0),
        ("> 1. a\n> 2. b", 2),
        ("a. one\nb. two\nii. three", 0),
        ("- a\n- b", 0),
        ("1. a\r\n2. b", 2),
    ],
)
def test_numbered(text: str, n: int) -> None:
    assert count_numbered(text) == n
