"""One connection: only what was asked for is sent, and no answer is read beyond what one can be."""

from __future__ import annotations

import asyncio
import resource

import pytest

from tests.textmodels.servers import ROUTE, Faulty, chatting, header
from weval.errors import ConfigError
from weval.remote.posting import MAX_REPLY_BYTES, Key, NoAnswer
from weval.remote.retrying import Transient, Unreachable
from weval.textmodels import TextModelOptions, open_text_model
from weval.textmodels.hosting.hosted import Hosted
from weval.textmodels.hosting.wire import Answer, Wire, _certificates, host_of, located, what_came


def posted(url: str, text: str, key: Key | None = None) -> Answer:
    async def post() -> Answer:
        wire = Wire(url, key or Key(), 2)
        try:
            return await wire.post({"model": "m", "messages": [{"role": "user", "content": text}]})
        finally:
            await wire.close()

    return asyncio.run(post())


def test_nothing_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("API_KEY", "ADMIN_KEY", "ORG_ID", "PROJECT_ID", "WEBHOOK_SECRET", "BASE_URL", "CUSTOM_HEADERS")
    for name in names:
        monkeypatch.setenv(f"OPENAI_{name}", "X-Mine: hidden" if name == "CUSTOM_HEADERS" else "http://hidden/")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with chatting() as server:
        assert posted(f"{server.url}/v1", "say Tea \ud83d").status == 200
        assert posted(f"{server.url}/v1", "say Tea", Key("K", "sk-1")).status == 200
        bare, keyed = server.asked
    assert bare.path == ROUTE
    assert "hidden" not in str(bare.headers)
    assert header(bare, "Authorization") is None
    assert header(keyed, "Authorization") == "Bearer sk-1"
    assert header(bare, "Accept-Encoding") == "identity"


@pytest.mark.parametrize(("name", "value"), [("ALL_PROXY", "nonsense://h"), ("SSL_CERT_FILE", "/none/here.pem")])
def test_an_environment_that_cannot_be_used_is_said(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _certificates.cache_clear()
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match="proxy or certificate settings cannot be used"):
        Wire("https://h.example/v1", Key(), 2)


@pytest.mark.parametrize("fault", ["large", "large-400"])
def test_no_more_is_read_than_can_be_used(fault: str) -> None:
    with chatting(Faulty()) as server:
        found = posted(f"{server.url}/v1", fault)
    assert MAX_REPLY_BYTES < len(found.content) < MAX_REPLY_BYTES + 2**20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 4 * 2**20


@pytest.mark.parametrize("fault", ["zipped", "zipped-400"])
def test_what_is_packed_is_not_unpacked(fault: str) -> None:
    with chatting(Faulty()) as server:
        found = posted(f"{server.url}/v1", fault)
    assert found.is_packed
    assert found.content == b""


@pytest.mark.parametrize("fault", ["reset", "half", "babble"])
def test_broken_connections_may_pass(fault: str) -> None:
    with chatting(Faulty()) as server, pytest.raises(Transient) as caught:
        posted(f"{server.url}/v1", fault)
    assert not isinstance(caught.value, Unreachable)


def test_nobody_there() -> None:
    with pytest.raises(Unreachable):
        posted("http://127.0.0.1:9/v1", "say Tea")


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("http://127.0.0.1:8000/v1/", "http://127.0.0.1:8000/v1"),
        ("https://h.example", "https://h.example"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1"),
        ("https://h.example/v1beta/openai/", "https://h.example/v1beta/openai"),
    ],
)
def test_addresses(given: str, url: str) -> None:
    assert located(given) == url
    assert host_of(url) in url


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("http://me:secret@h/v1", "password"), ("http://h/v1?key=secret", "query"), ("http://h/v1#secret", "fragment"),
        ("ftp://h/v1", "is written"), ("h:8000/v1", "is written"), ("/v1", "is written"), ("http://", "is written"),
        ("http://h:99999/v1", "is written"), ("http://a b/v1", "is written"),
        ("http://h/v1/chat/completions", "address before"),
    ],
)  # fmt: skip
def test_what_is_no_address(given: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        located(given)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "raised"),
    [(b" ", Transient), (b'{"a": ', Transient), (b"[" * 10_000, Transient), (b" " * (MAX_REPLY_BYTES + 1), NoAnswer)],
)
def test_what_is_no_json_may_be_some_next_time_unless_it_is_too_large(content: bytes, raised: type[Exception]) -> None:
    with pytest.raises(raised):
        Answer(200, {}, content).parsed()
    assert Answer(200, {}, b"[1]").parsed() == [1]
    with pytest.raises(NoAnswer, match="compressed"):
        Answer(200, {"content-encoding": "gzip"}, b"[1]").parsed()


def test_a_fault_is_told_by_what_lies_behind_it() -> None:
    import httpx2

    behind = httpx2.ConnectError("nobody at sk-0123456789")
    behind.__cause__ = OSError("refused")
    wrapped = RuntimeError("Connection error.")
    wrapped.__cause__ = behind
    for error in (behind, wrapped):
        fault = what_came(error, Key("K", "sk-0123456789"))
        assert isinstance(fault, Unreachable)
        assert str(fault) == "nobody at [key]"
        assert fault.__cause__ is fault.__context__ is None


@pytest.mark.parametrize(
    ("reference", "variable", "own", "other"),
    [
        ("openai/m", "OPENAI_API_KEY", "https://eu.api.openai.com/v1", "https://api.openai.com.evil.example/v1"),
        ("openai/m", "OPENAI_API_KEY", "https://api.openai.com/v1", "http://api.openai.com/v1"),
        ("anthropic/m", "ANTHROPIC_API_KEY", "https://api.anthropic.com/v1", "https://evil.example/v1"),
    ],
)
def test_the_key_of_an_api_is_shown_to_its_hosts_and_this_machine_alone(
    monkeypatch: pytest.MonkeyPatch, reference: str, variable: str, own: str, other: str
) -> None:
    monkeypatch.setenv(variable, "sk-0123456789")
    monkeypatch.setenv("OTHER_KEY", "sk-9876543210")
    for url in (None, own, "http://127.0.0.1:8000/v1"):
        assert shown(reference, base_url=url) == "sk-0123456789"
    with pytest.raises(ConfigError, match=rf"the key in {variable} is for https://.*, by --set key_env=NAME"):
        shown(reference, base_url=other)
    assert shown(reference, base_url=other, key_env="OTHER_KEY") == "sk-9876543210"
    assert shown(reference, base_url=other, key_env=variable) == "sk-0123456789"  # who says so


def shown(reference: str, **options: str | None) -> str:
    model = open_text_model(reference, TextModelOptions.model_validate(options))
    assert isinstance(model, Hosted)
    return model._key.secret
