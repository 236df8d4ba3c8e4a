"""`lm-eval/…`: its own Hugging Face model type with a small model, and model types made for a test."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lm_eval.api.model import LM
from lm_eval.api.registry import model_registry

from tests.small_models import CHAT, make_lm, make_tokenizer
from tests.textmodels.asking import asked, copied, prompts
from weval.errors import AdapterError, ConfigError
from weval.textmodels import TextModelOptions, open_text_model
from weval.types import Prompt

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")


class Dummy(LM):
    """Replies what a test says; remembers what it was asked."""

    replies: Any = "fine"
    asked: list[tuple[Any, dict[str, Any]]]

    def __init__(self, batch_size: int = 1, color: str = "") -> None:
        super().__init__()
        type(self).asked, self.color = [], color

    def loglikelihood(self, requests: Any) -> Any:
        raise NotImplementedError

    loglikelihood_rolling = loglikelihood

    def generate_until(self, requests: Any) -> Any:
        print("progress, as some print it")
        type(self).asked += [request.args for request in requests]
        return [self.replies for _ in requests] if not isinstance(self.replies, list) else self.replies


@pytest.fixture
def dummy() -> Iterator[type[Dummy]]:
    class Own(Dummy):
        pass

    name = f"weval-dummy-{id(Own)}"
    model_registry.register(name, target=Own)
    Own.name = name
    yield Own
    del model_registry._objs[name]


def hf(lm: Path, given: list[Prompt], **options: Any) -> Any:
    return asked("lm-eval/hf", given, **({"model_args": f"pretrained={lm},device=cpu", "max_tokens": 8} | options))


def test_its_hugging_face_models_reply_as_by_transformers(lm: Path, capfd: pytest.CaptureFixture[str]) -> None:
    given = prompts(4)
    here = hf(lm, given, temperature=0, batch_size=3)
    there = asked(f"transformers/{lm}", given, temperature=0, max_tokens=8, device="cpu")
    for key, reply in here.items():
        assert (reply.text, reply.tokens_in) == (there[key].text, there[key].tokens_in)
        assert reply.sent == {"temperature": 0.0, "max_tokens": 8}
    assert capfd.readouterr().out == ""


def test_a_reply_as_long_as_allowed_is_cut_off(dummy: type[Dummy]) -> None:
    dummy.tok_encode = lambda self, text: list(text.encode())
    dummy.replies = "1234"
    reply = asked(f"lm-eval/{dummy.name}", prompts(1), max_tokens=4)["p0"]
    assert (reply.status, reply.reason) == ("truncated", "the reply was cut off at 4 tokens")
    assert asked(f"lm-eval/{dummy.name}", prompts(1), max_tokens=5)["p0"].status == "ok"
    dummy.replies = "12 STOP 5"
    reply = asked(f"lm-eval/{dummy.name}", prompts(1), max_tokens=4, stop="STOP")["p0"]
    assert (reply.status, reply.text) == ("ok", "12 ")


def test_a_prompt_that_it_would_cut_is_not_asked(lm: Path) -> None:
    given = [Prompt("long", (("user", "word " * 80),)), *prompts(1)]
    replies = hf(lm, given, temperature=0, model_args=f"pretrained={lm},device=cpu,max_length=100")
    assert replies["long"].status == "truncated"
    assert "cut it from the left" in str(replies["long"].reason)
    assert replies["p0"].tokens_out


def test_a_text_with_marks_of_turns_or_half_a_character_is_not_asked(lm: Path) -> None:
    replies = hf(lm, [Prompt("p", (("user", "x<|im_end|>"),)), Prompt("h", (("user", "\ud83d"),))])
    assert (replies["p"].status, replies["p"].text) == ("failed", "")
    assert "<|im_end|>" in str(replies["p"].reason)
    assert "half a character" in str(replies["h"].reason)


def test_a_system_turn_that_the_template_refuses_is_not_lost(tmp_path: Path) -> None:
    refusing = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}" + CHAT
    folder = make_lm(tmp_path, make_tokenizer(chat=refusing))
    model: Any = open_text_model("lm-eval/hf", TextModelOptions(model_args=f"pretrained={folder},device=cpu"))
    context = model._context(Prompt("p", (("system", "Be strict."), ("user", "Judge."))))
    assert context == "<|im_start|>user\nBe strict.\n\nJudge.<|im_end|>\n<|im_start|>assistant\n"


def test_parameters_are_lm_evals(dummy: type[Dummy]) -> None:
    options: dict[str, Any] = {
        "temperature": 0.5,
        "top_p": 0.9,
        "max_tokens": 7,
        "stop": "END",
        "model_args": "color=red",
    }
    reply = asked(f"lm-eval/{dummy.name}", prompts(1, schema={}, labels=("1",)), **options)["p0"]
    ((context, said),) = dummy.asked
    assert context == "Judge.\n\nNumber 0", "it has no chat template"
    assert said == {"until": ["END"], "max_gen_toks": 7, "do_sample": True, "temperature": 0.5, "top_p": 0.9}
    assert reply.sent.items() >= {"temperature": 0.5, "top_p": 0.9, "max_tokens": 7, "stop": "END"}.items()
    assert reply.sent.items() >= {"probabilities": None}.items()
    asked(f"lm-eval/{dummy.name}", prompts(1), top_p=0.9)
    ((_, said),) = dummy.asked
    assert said == {"until": [], "do_sample": False, "temperature": 0.0}


def test_a_chat_apis_prompt_is_handed_over_as_it_makes_it(dummy: type[Dummy]) -> None:
    class Made(str):
        __slots__ = ()

    dummy.apply_chat_template = lambda self, turns, add_generation_prompt=True: Made(json.dumps(turns))
    asked(f"lm-eval/{dummy.name}", prompts(1))
    ((context, _),) = dummy.asked
    assert type(context) is Made
    assert json.loads(context)[0] == {"role": "system", "content": "Judge."}


def test_a_model_type_that_breaks_its_contract_is_said(dummy: type[Dummy]) -> None:
    dummy.replies = ["one", "two"]
    with pytest.raises(AdapterError, match="gave 2 replies to 1 prompts"):
        asked(f"lm-eval/{dummy.name}", prompts(1))
    dummy.replies = [None]
    reply = asked(f"lm-eval/{dummy.name}", prompts(1))["p0"]
    assert (reply.status, reply.reason) == ("failed", "the reply is no text (NoneType)")
    with pytest.raises(AdapterError, match=r"cannot be made .*colour"):
        asked(f"lm-eval/{dummy.name}", prompts(1), model_args="colour=red")


def test_it_prints_nothing_where_results_go(dummy: type[Dummy], capfd: pytest.CaptureFixture[str]) -> None:
    asked(f"lm-eval/{dummy.name}", prompts(1))
    said = capfd.readouterr()
    assert said.out == ""
    assert "progress" in said.err


def test_the_folder_in_model_args_is_part_of_what_it_is(lm: Path, other_lm: Path, tmp_path: Path) -> None:
    def files(folder: Path) -> Any:
        model = open_text_model("lm-eval/hf", TextModelOptions(model_args=f"pretrained={folder},device=cpu"))
        return model.fingerprint["files"]

    assert files(lm).keys() == {"pretrained"}
    assert files(lm) == files(copied(lm, tmp_path / "same")) != files(other_lm)


def test_a_model_type_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match=r"no model type 'hff'; did you mean hf"):
        asked("lm-eval/hff", prompts(1))
    monkeypatch.setitem(sys.modules, "lm_eval.models", None)
    with pytest.raises(ConfigError, match=r"pip install 'weval\[lm-eval\]'"):
        asked("lm-eval/hf", prompts(1))


@pytest.mark.parametrize(
    "secret",
    [
        "api_key=sk-1",
        "pretrained=x,token=hf_1",
        "header={'Authorization': 'x'}",
        "model=m,base_url=https://me:sk-1@localhost/v1",
        "base_url=http://localhost/v1?api-version=1&api_key=sk-1,model=m",
    ],
)
def test_secrets_are_not_taken_where_they_would_be_written_down(secret: str) -> None:
    with pytest.raises(ConfigError, match="reads keys from the environment") as caught:
        open_text_model("lm-eval/hf", TextModelOptions(model_args=secret))
    assert "sk-1" not in str(caught.value)
    for taken in (
        "pretrained=x,token=True,pad_token=<p>,add_bos_token=True",
        "base_url=http://localhost:80/v1/a@b,model=c@d",
    ):
        open_text_model("lm-eval/hf", TextModelOptions(model_args=taken))


COMMIT = "0123456789abcdef0123456789abcdef01234567"


def test_code_of_a_repository_waits_for_a_pinned_commit(tmp_path: Path) -> None:
    for given in (
        "pretrained=a/b,trust_remote_code=True",
        "pretrained=a/b, trust_remote_code = true,revision=main",
        "pretrained=a/b,trust_remote_code='1'",
        f"pretrained=a/b,trust_remote_code=1,revision={COMMIT},tokenizer=c/d",
        f"pretrained={tmp_path},peft=c/d,trust_remote_code=True",
    ):
        with pytest.raises(ConfigError, match=r"its code is run only at a pinned commit that you have read"):
            open_text_model("lm-eval/hf", TextModelOptions(model_args=given))
    for given in (
        "pretrained=a/b,trust_remote_code=False",
        "pretrained=a/b",
        f"pretrained=a/b,trust_remote_code=True,revision={COMMIT}",
        f"pretrained={tmp_path},trust_remote_code=True",
    ):
        open_text_model("lm-eval/hf", TextModelOptions(model_args=given))
