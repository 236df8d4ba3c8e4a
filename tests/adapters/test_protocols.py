"""What servers are asked, and what is read from their replies."""

from __future__ import annotations

import math
from typing import Any

import pytest

from weval.adapters.protocols import PROTOCOLS, HttpOptions, score_from, score_in, tokens_in
from weval.errors import ConfigError
from weval.remote.posting import NoAnswer
from weval.settings import updated
from weval.types import Request, Requirement, Score

WIRE = "<user>{asked}<assistant>{response}"
TWO = (Requirement(id="c1", text="Mention water."), Requirement(id="c2", text="Be short."))


def options(protocol: str, **settings: str) -> HttpOptions:
    found = updated(HttpOptions(), {"protocol": protocol, **settings})
    found.check()
    return found


def request(requirement: Requirement | None = None) -> Request:
    return Request("r", "g", "Tea. Mention water. Be short.", "Tea.", "en", TWO, ("It is hot.",), requirement)


def body(found: HttpOptions, requirement: Requirement | None = None) -> dict[str, Any]:
    assert found.protocol
    return PROTOCOLS[found.protocol].body(found, request(requirement))


# --- what is asked


def test_weval_is_asked_about_the_whole_request() -> None:
    (asked,) = body(options("weval", unit="requirement"), TWO[0])["requests"]
    assert asked["instruction"] == "Tea."
    assert asked["requirement"] == {"id": "c1", "text": "Mention water."}
    assert [one["id"] for one in asked["requirements"]] == ["c1", "c2"]


def test_weval_answers_with_a_status_or_a_value() -> None:
    def read(*scores: dict[str, Any]) -> Score:
        return score_from({"model": "rm", "scores": list(scores)}, options("weval"), request())

    assert read({"status": "ok", "values": [-3.5], "tokens_in": 9}) == Score("r", "ok", (-3.5,), tokens_in=9)
    missing = {"status": "truncated", "reason": "9 tokens, and the model reads 8"}
    assert read(missing) == Score("r", "truncated", reason="9 tokens, and the model reads 8")
    with pytest.raises(NoAnswer, match=r"^scores of the reply is a list of 2 without \[0\]$"):
        read(missing, missing)


def test_the_released_protocol_asks_about_the_query_or_one_requirement() -> None:
    found = options("predict")
    assert body(found) == {"question": "Tea. Mention water. Be short.", "answer": "It is hot."}
    assert body(found, TWO[0]) == {"question": "Mention water.", "answer": "It is hot."}


def test_vllm_is_asked_for_raw_scores_of_a_chat() -> None:
    turns = [{"role": "user", "content": "Tea. Mention water."}, {"role": "assistant", "content": "It is hot."}]
    found = body(options("vllm", unit="requirement"), TWO[0])
    assert found == {"messages": turns, "use_activation": False, "add_special_tokens": False}
    named = body(options("vllm", model="rm", system="Judge.", user="{query}", special_tokens="yes"))
    assert named["model"] == "rm"
    assert [turn["role"] for turn in named["messages"]] == ["system", "user", "assistant"]
    assert named["add_special_tokens"] is True


def test_vllm_is_asked_for_raw_scores_of_a_text() -> None:
    found = body(options("vllm", wire=WIRE))
    text = "<user>Tea. Mention water. Be short.<assistant>It is hot."
    assert found == {"input": text, "use_activation": False, "add_special_tokens": True}
    assert body(options("vllm", wire=WIRE, special_tokens="no"))["add_special_tokens"] is False


def test_sglang_is_asked_with_the_text() -> None:
    text = "<user>Tea. Mention water. Be short.<assistant>It is hot."
    assert body(options("sglang", wire=WIRE, model="rm")) == {"model": "rm", "text": [text]}


# --- settings


@pytest.mark.parametrize(
    ("protocol", "settings", "said"),
    [
        ("predict", {"wire": WIRE}, "--set wire: has no effect with protocol=predict"),
        ("weval", {"head": "class", "label": "1"}, "--set head, label: has no effect with protocol=weval"),
        ("predict", {"model": "rm", "user": "x", "head": "class", "label": "1"}, "--set model, user, head, label: has"),
        ("predict", {"special_tokens": "no"}, "--set special_tokens: has no effect"),
        ("sglang", {}, "--set protocol=sglang: /classify takes no chat; give the text"),
        ("sglang", {"wire": WIRE, "system": "x"}, "--set system: has no effect with protocol=sglang"),
        ("sglang", {"wire": WIRE, "special_tokens": "no"}, "--set special_tokens: has no effect"),
        ("vllm", {"head": "class"}, "--set head=class: needs the label, as --set label=1"),
        (
            "vllm",
            {"head": "logit_difference", "label": "1"},
            "--set head=logit_difference: needs the label that is sub",
        ),
        (
            "vllm",
            {"head": "class", "label": "1", "other_label": "0"},
            "--set other_label: nothing is subtracted with head=class",
        ),
        ("vllm", {"label": "1"}, "--set label: head=logit has one label"),
        ("vllm", {"unit": "requirement", "user": "{query}"}, "--set unit=requirement: the text names none"),
        ("vllm", {"unit": "requirement", "wire": "{query} {response}"}, "--set unit=requirement: the text names none"),
        ("vllm", {"concurrency": "0", "timeout_s": "nan"}, "--set concurrency=0: .*; --set timeout_s=nan: "),
        ("vllm", {"attempts": "many"}, "--set attempts=many: "),
        ("tgi", {}, "--set protocol=tgi: "),
        ("vllm", {"key": "secret"}, "--set key=secret: is not a known key"),
    ],
)
def test_settings_that_make_no_sense(protocol: str, settings: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=f"^{said}"):
        options(protocol, **settings)


@pytest.mark.parametrize(
    ("protocol", "settings", "bounded"),
    [
        ("predict", {}, True),
        ("predict", {"bounded": "false"}, False),
        ("vllm", {}, False),
        ("vllm", {"bounded": "true"}, True),
        ("vllm", {"head": "class", "label": "1"}, True),
        ("vllm", {"head": "logit_difference", "label": "1", "other_label": "0"}, False),
        ("sglang", {"wire": WIRE}, False),
        ("weval", {}, True),
        ("weval", {"bounded": "false"}, False),
    ],
)
def test_which_scores_are_bounded(protocol: str, settings: dict[str, str], bounded: bool) -> None:
    assert options(protocol, **settings).is_bounded is bounded


def test_the_fingerprint_holds_what_could_change_a_score() -> None:
    slow = {"concurrency": "2", "timeout_s": "5", "attempts": "2", "give_up_after_s": "9", "bounded": "true"}
    assert {*slow, "key_env"} == HttpOptions.neutral
    assert options("vllm", key_env="K", **slow).fingerprint() == {"protocol": "vllm"}
    more = {"model": "rm", "wire": WIRE, "special_tokens": "no", "unit": "requirement"}
    assert options("vllm", **more).fingerprint() == {"protocol": "vllm", **more}


# --- what is read


def vllm_reply(*probs: Any) -> dict[str, Any]:
    data = {"index": 0, "label": "LABEL_0", "probs": list(probs), "num_classes": len(probs)}
    return {"object": "list", "model": "rm", "data": [data], "usage": {"prompt_tokens": 12, "total_tokens": 12}}


def sglang_reply(*embedding: Any) -> list[Any]:
    return [{"embedding": list(embedding), "meta_info": {"prompt_tokens": 9}}]


def test_scores_and_tokens() -> None:
    assert score_in({"value": 0.125, "pred": 0}, options("predict")) == 0.125
    assert score_in({"value": 0}, options("predict")) == 0
    assert tokens_in({"value": 0.125}, options("predict")) is None
    assert score_in(vllm_reply(-3.5), options("vllm")) == -3.5
    assert tokens_in(vllm_reply(-3.5), options("vllm")) == 12
    assert score_in(sglang_reply(23.125), options("sglang", wire=WIRE)) == 23.125
    assert tokens_in(sglang_reply(23.125), options("sglang", wire=WIRE)) == 9


@pytest.mark.parametrize("n", [None, True, -1, 1.5, "12", 2**60])
def test_a_count_of_tokens_that_is_none(n: Any) -> None:
    assert tokens_in(vllm_reply(1) | {"usage": {"prompt_tokens": n}}, options("vllm")) is None


def test_heads_of_several_labels() -> None:
    reply = vllm_reply(1.0, 3.0, -2.0)
    one = options("vllm", head="class", label="1")
    assert score_in(reply, one) == pytest.approx(math.exp(3) / (math.e + math.exp(3) + math.exp(-2)))
    assert score_in(vllm_reply(-900.0, 900.0), one) == 1
    less = options("vllm", head="logit_difference", label="1", other_label="2")
    assert score_in(reply, less) == 5
    assert score_in(sglang_reply(1.0, 3.0), options("sglang", wire=WIRE, head="class", label="0")) < 0.5


DIFFERENCE = {"head": "logit_difference", "label": "1", "other_label": "0"}


@pytest.mark.parametrize(
    ("protocol", "settings", "content", "reason"),
    [
        ("predict", {}, {}, "the reply is an object without value"),
        ("predict", {}, [0.7], "the reply is a list of 1 without value"),
        ("predict", {}, None, "the reply is null without value"),
        ("predict", {}, 0.7, "the reply is a number without value"),
        ("predict", {}, {"value": None}, "value of the reply is null, not a number"),
        ("predict", {}, {"value": "0.7"}, "value of the reply is a text, not a number"),
        ("predict", {}, {"value": True}, "value of the reply is true or false, not a number"),
        ("predict", {}, {"value": [0.7]}, "value of the reply is a list, not a number"),
        ("predict", {}, {"value": math.inf}, "value of the reply is no finite number"),
        ("predict", {}, {"value": 10**400}, "value of the reply is no finite number"),
        ("vllm", {}, {"data": {}}, "data of the reply is an object without [0].probs"),
        ("vllm", {}, {"data": []}, "data of the reply is a list of 0 without [0].probs"),
        ("vllm", {}, {"data": [{"probs": [1]}, {"probs": [2]}]}, "data of the reply is a list of 2 without [0].probs"),
        ("vllm", {}, {"data": [{"probs": 1.0}]}, "data[0].probs of the reply is a number, not a list of numbers"),
        ("vllm", {}, vllm_reply(), "data[0].probs of the reply is a list, not a list of numbers"),
        ("vllm", {}, vllm_reply("1"), "data[0].probs[0] of the reply is a text, not a number"),
        ("vllm", {}, vllm_reply(1.0, 2.0), "the server gives 2 scores for a text; say which, as --set head=class"),
        ("vllm", DIFFERENCE, vllm_reply(1.0), "label 1 is not there: the server gives 1, counted from 0"),
        ("vllm", DIFFERENCE, vllm_reply(-1e308, 1e308), "the scores of the labels are too far apart for a number"),
        ("sglang", {"wire": WIRE}, {"embedding": [1.0]}, "the reply is an object without [0].embedding"),
        ("sglang", {"wire": WIRE}, [{"error": "x"}], "[0] of the reply is an object without embedding"),
        ("sglang", {"wire": WIRE}, [[1.0]], "[0] of the reply is a list of 1 without embedding"),
    ],
)
def test_replies_without_a_score(protocol: str, settings: dict[str, str], content: Any, reason: str) -> None:
    with pytest.raises(NoAnswer) as caught:
        score_in(content, options(protocol, **settings))
    assert str(caught.value).startswith(reason)
    assert caught.value.status == "failed"
