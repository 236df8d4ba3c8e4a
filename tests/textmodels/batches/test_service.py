"""What the files of all providers have in common."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from weval.textmodels.batches import service as batch_service
from weval.textmodels.batches.service import as_json, is_uncertain, lines_in


def lines(*chunks: bytes) -> list[bytes]:
    async def pieces() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    async def read() -> list[bytes]:
        return [line async for line in lines_in(pieces())]

    return asyncio.run(read())


def test_lines_are_whole_however_they_come() -> None:
    content = b'{"a": 1}\n{"b": "\xe4\xb8\xad\xe2\x80\xa8"}\n\n{"c": 3}'
    wanted = [b'{"a": 1}', '{"b": "中\u2028"}'.encode(), b"", b'{"c": 3}']
    for size in (1, 3, 1000):
        assert lines(*(content[n : n + size] for n in range(0, len(content), size))) == wanted


def test_a_line_that_is_too_long_is_empty_and_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_service, "MAX_REPLY_BYTES", 5)
    assert lines(b"a\nbbbb", b"bbbb", b"bbbb\nc\n", b"dddddd\ne") == [b"a", b"", b"c", b"", b"e"]
    assert lines(b"bbbb", b"bbbb") == []


@pytest.mark.parametrize(
    ("status", "uncertain"), [(200, False), (400, False), (401, False), (429, False), (529, False), (500, True)]
)
def test_only_some_answers_leave_open_what_was_done(status: int, uncertain: bool) -> None:
    assert is_uncertain(status) is uncertain


def test_requests_are_one_line_of_utf8() -> None:
    assert as_json({"a": "中\n"}) == '{"a":"中\\n"}'.encode()
    with pytest.raises(UnicodeEncodeError):
        as_json({"a": "\ud83d"})
