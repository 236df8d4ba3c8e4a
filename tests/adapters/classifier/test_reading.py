from __future__ import annotations

from typing import Any

import pytest

from tests.small_models import make_tokenizer
from weval.adapters.classifier.options import ClassifierOptions
from weval.adapters.classifier.reading import Read, Reader
from weval.errors import AdapterError, ConfigError
from weval.settings import updated
from weval.types import Request, Requirement, Score

WATER = Requirement(id="c1", text="Mention water.")


def request(response: str = "Hot water.", query: str = "Write about tea. Mention water.") -> Request:
    return Request("r1", "g", query, "Write about tea.", "en", (WATER,), (response,), requirement=WATER)


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return make_tokenizer()


def reader(tokenizer: Any, limit: int | None = None, **said: str) -> Reader:
    return Reader(tokenizer, updated(ClassifierOptions(), said), limit, "m")


def read(found: Reader, *requests: Request, find_response: bool = False) -> Read:
    (only,) = found.read(requests, find_response=find_response)
    assert isinstance(only, Read)
    return only


def test_a_chat_is_what_the_template_makes_of_it(tokenizer: Any) -> None:
    ids = read(reader(tokenizer), request()).ids
    text = "<|im_start|>user\nWrite about tea. Mention water.<|im_end|>\n<|im_start|>assistant\nHot water.<|im_end|>\n"
    assert tokenizer.decode(ids) == text
    prompted = read(reader(tokenizer, generation_prompt="true"), request()).ids
    assert tokenizer.decode(prompted) == text + "<|im_start|>assistant\n"


def test_a_wire_text_is_sent_as_it_is() -> None:
    tokenizer = make_tokenizer(bos=True)
    wire = "Only  1.  R: {response}. C: {requirement}"
    ids = read(reader(tokenizer, wire=wire), request()).ids
    assert tokenizer.decode(ids) == "<s>Only  1.  R: Hot water.. C: Mention water."
    bare = read(reader(tokenizer, wire=wire, special_tokens="no"), request()).ids
    assert list(bare) == list(ids[1:])


def test_a_chat_gets_no_second_bos() -> None:
    tokenizer = make_tokenizer(chat="<s>{% for m in messages %}{{ m['content'] }}\n{% endfor %}", bos=True)
    ids = list(read(reader(tokenizer), request()).ids)
    assert ids.count(tokenizer.bos_token_id) == 1
    with pytest.raises(AdapterError, match="begins with '<s>' and the tokenizer adds another; --set special_tokens=no"):
        read(reader(tokenizer, special_tokens="yes"), request())


def test_no_chat_template_needs_a_wire_format() -> None:
    with pytest.raises(ConfigError, match="m has no chat template; give the exact text"):
        reader(make_tokenizer(chat=None))


def test_a_template_that_refuses_says_so_in_one_line() -> None:
    refuses = make_tokenizer(chat="{{ raise_exception('System role not supported\\n!') }}")
    with pytest.raises(AdapterError, match=r"its chat template refuses the chat \(System role not supported") as caught:
        read(reader(refuses, system="Be kind."), request())
    assert str(caught.value).isprintable()


def test_a_template_that_can_be_told_the_date_gets_the_same_every_day() -> None:
    says = "{{ date_string if date_string is defined else strftime_now('%d %b %Y') }}: "
    told = reader(make_tokenizer(chat=says + "{% for m in messages %}{{ m['content'] }} {% endfor %}"))
    assert told.tokenizer.decode(read(told, request()).ids).startswith("26 Jul 2024: Write about tea.")
    assert not list(told.remarks())


def test_a_template_that_asks_the_clock_is_known(tokenizer: Any) -> None:
    dated = make_tokenizer(chat="{{ strftime_now('%Y') }}: {% for m in messages %}{{ m['content'] }} {% endfor %}")
    assert "today's date" in next(reader(dated).remarks())
    assert not list(reader(dated, wire="{response}").remarks())
    assert not list(reader(tokenizer).remarks())


def test_the_end_token_is_put_where_it_is_missing(tokenizer: Any) -> None:
    end = tokenizer.eos_token_id
    assert read(reader(tokenizer, append_eos="true"), request()).ids[-1] == end
    once = list(read(reader(tokenizer, append_eos="true", wire="{response}</s>"), request()).ids)
    assert once.count(end) == 1
    with pytest.raises(ConfigError, match="m has no end-of-sequence token"):
        reader(make_tokenizer(eos_token=None), append_eos="true")


def test_an_empty_text_has_nothing_to_read(tokenizer: Any) -> None:
    (score,) = reader(tokenizer, wire="{response}").read([request("")])
    assert isinstance(score, Score)
    assert (score.status, score.request_id) == ("failed", "r1")


def test_what_is_too_long_is_left_without_a_score_unless_it_may_be_cut(tokenizer: Any) -> None:
    (score,) = reader(tokenizer, limit=20, wire="{response}").read([request("word " * 100)])
    assert isinstance(score, Score)
    assert score.status == "truncated"
    assert "tokens, and the model reads 20" in str(score.reason)


@pytest.mark.parametrize(
    ("side", "kept", "parts"),
    [("right", "aaaa", "response, requirement"), ("left", "water.", "response"), ("middle", "water.", "response")],
)
def test_a_cut_says_what_was_lost(side: str, kept: str, parts: str, tokenizer: Any) -> None:
    found = reader(tokenizer, limit=20, wire="R: {response}. C: {requirement}", truncation=side)
    one = read(found, request("a" * 400 + " b" * 400))
    assert len(one.ids) == 20
    lost = str(one.cut).partition(": ")[2].split(", ")
    assert sorted(lost) == sorted(parts.split(", "))
    assert str(one.cut).startswith("cut ") and f"({side})" in str(one.cut)
    assert kept in tokenizer.decode(one.ids)
    assert tokenizer.decode(one.ids).startswith("R: aa") == (side != "left")


def test_a_text_of_just_the_limit_is_whole(tokenizer: Any) -> None:
    n_tokens = len(read(reader(tokenizer), request()).ids)
    assert read(reader(tokenizer, limit=n_tokens), request()).cut is None
    (score,) = reader(tokenizer, limit=n_tokens - 1).read([request()])
    assert isinstance(score, Score)


def test_the_response_is_found_in_the_text_even_where_the_query_quotes_it(tokenizer: Any) -> None:
    quoting = request("Hot water.", query="Say 'Hot water.' in other words.")
    one = read(reader(tokenizer, user="{query}"), quoting, find_response=True)
    assert one.start is not None
    assert tokenizer.decode(one.ids[one.start :]).lstrip() == "Hot water.<|im_end|>\n"


def test_a_template_that_changes_the_response_is_an_error_where_it_must_be_found() -> None:
    upper = make_tokenizer(chat="{% for m in messages %}{{ m['content'] | upper }}{% endfor %}")
    with pytest.raises(AdapterError, match="the response cannot be found"):
        read(reader(upper), request("hot water"), find_response=True)


def test_foreign_braces_are_never_places(tokenizer: Any) -> None:
    ids = read(reader(tokenizer, wire="{response} C: {requirement}"), request("{requirement}{response}")).ids
    assert tokenizer.decode(ids) == "{requirement}{response} C: Mention water."
