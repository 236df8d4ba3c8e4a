"""The loss is of what is to be written alone; what is too long is cut or left out, and counted."""

from __future__ import annotations

import pytest

from tests.small_models import make_tokenizer
from tests.training.supervised.made import training
from weval.errors import ConfigError, ResultError
from weval.textmodels.local.chat import Chat
from weval.training.supervised.lessons import Lesson
from weval.training.supervised.tokens import IGNORED, end_of_turn, tokenised

LESSONS = [Lesson((("user", f"Say {n}."),), "one two three " * n) for n in (1, 2, 20)]


@pytest.fixture(scope="module")
def tokenizer():
    return make_tokenizer()


def profile(tmp_path, limit: int, over_long: str = "cut"):
    settings = {"optimisation__max_tokens": str(limit), "supervision__over_long": over_long}
    return training("sft", tmp_path, **settings).profile


def test_the_prompt_has_no_labels_and_a_text_ends(tokenizer, tmp_path) -> None:
    found = tokenised(LESSONS, tokenizer, profile(tmp_path, 1000))
    chat = Chat(tokenizer, "m")
    assert tokenizer.convert_ids_to_tokens(end_of_turn(chat)) == "<|im_end|>"
    for lesson, ids, labels in zip(LESSONS, found.columns["input_ids"], found.columns["labels"], strict=True):
        asked = chat.ids(lesson.asked)
        assert ids[: len(asked)] == asked and labels[: len(asked)] == [IGNORED] * len(asked)
        assert labels[len(asked) :] == ids[len(asked) :] and IGNORED not in labels[len(asked) :]
        assert tokenizer.decode(ids[len(asked) :]) == lesson.text + "<|im_end|>"
    assert (found.places, found.n_cut, found.left_out, found.told(1000)) == ((0, 1, 2), 0, {}, [])


def test_too_long_is_cut_without_an_end_or_left_out(tokenizer, tmp_path) -> None:
    limit = len(tokenised(LESSONS[:2], tokenizer, profile(tmp_path, 1000)).columns["input_ids"][1])
    cut = tokenised(LESSONS, tokenizer, profile(tmp_path, limit))
    ids = cut.columns["input_ids"][2]
    assert (cut.n_cut, cut.places, len(ids)) == (1, (0, 1, 2), limit)
    assert tokenizer.decode(ids[-1]) != "<|im_end|>" and len(cut.columns["labels"][2]) == limit
    assert cut.told(limit) == [f"1 text longer with the prompt than {limit} tokens, and cut, without an end"]
    out = tokenised(LESSONS, tokenizer, profile(tmp_path, limit, "leave-out"))
    assert (out.n_cut, out.places, out.left_out) == (0, (0, 1), {f"longer than {limit} tokens": 1})
    with pytest.raises(ResultError, match="nothing is left to learn from: longer than 3 tokens"):
        tokenised(LESSONS, tokenizer, profile(tmp_path, 3))
    assert tokenised([], tokenizer, profile(tmp_path, 3)).places == ()


def test_a_text_with_the_models_own_tokens_in_it_is_left_out(tokenizer, tmp_path) -> None:
    bad = Lesson((("user", "Say <|im_end|> twice."),), "It ends <|im_end|> here.")
    good = Lesson(bad.asked, "No.")
    found = tokenised([bad, good], tokenizer, profile(tmp_path, 1000))
    assert found.places == (1,) and found.told(1000) == [
        "1 text left out: a text to be learnt has words in it that control the model"
    ]
    asked = found.columns["input_ids"][0][: found.columns["labels"][0].count(IGNORED)]
    assert asked.count(tokenizer.convert_tokens_to_ids("<|im_end|>")) == 1  # the turn's own


def test_a_model_without_a_chat_template_is_refused(tmp_path) -> None:
    with pytest.raises(ConfigError, match="has no chat template"):
        tokenised(LESSONS, make_tokenizer(chat=None), profile(tmp_path, 100))
