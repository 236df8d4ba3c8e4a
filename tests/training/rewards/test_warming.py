"""The warm start: passages that end where sentences end, and a loss that falls."""

from __future__ import annotations

import pytest

from tests.training.rewards.tea import make_items
from weval.training.rewards.prompts import _example, prompt_ids
from weval.training.rewards.warming import IGNORED, learn, learnt, passage
from weval.training.sections import SmallModel, WarmStart
from weval.training.small import make_small, make_tokenizer

STORY = "It rained. The old man said: “Go!” She went. 雨が降った。"


@pytest.mark.parametrize(
    ("begin", "n_chars", "found"),
    [
        (0.0, 12, "It rained."),
        (0.0, 500, STORY),
        (0.1, 34, "The old man said: “Go!” She went."),
        (0.99, 500, STORY),
        (0.0, 6, "It"),
        (0.0, 1, "I"),
    ],
)
def test_passages_begin_and_end_with_sentences(begin: float, n_chars: int, found: str) -> None:
    assert passage(STORY, begin, n_chars) == found


def test_the_loss_is_of_the_passage_and_its_end_alone() -> None:
    examples = [_example(item) for item in make_items()]
    tokenizer = make_tokenizer([text for each in examples for text in each.answers], 320)
    texts = list(learnt(examples, tokenizer, 16, 20, 1))
    assert texts == list(learnt(examples, tokenizer, 16, 20, 1))
    assert texts != list(learnt(examples, tokenizer, 16, 20, 2))
    asked = [prompt_ids(each.prompt, tokenizer, reasoning=False) for each in examples]
    for ids, labels in texts:
        said = [label for label in labels if label != IGNORED]
        assert said[-1] == tokenizer.eos_token_id
        assert len(said) <= 16
        assert ids[: -len(said)] in asked
        assert ids[-len(said) :] == said
    assert list(learnt([type(each)(each.prompt) for each in examples], tokenizer, 16, 20, 1)) == []


def test_the_loss_falls(tmp_path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    examples = [_example(item) for item in make_items()]
    size = SmallModel(vocabulary=320, hidden=32, layers=1, heads=2)
    make_small(tmp_path / "lm", size, [text for each in examples for text in each.answers], "lm", seed=0)
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "lm")
    how = WarmStart(steps=20, batch=8, learning_rate=0.02)
    texts = list(learnt(examples, AutoTokenizer.from_pretrained(tmp_path / "lm"), 16, 160, 1))
    losses = learn(model, texts, how)
    assert losses[-1] < 0.5 * losses[0]
