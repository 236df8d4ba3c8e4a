"""Judges behind a server that takes 200 ms a reply: beside a bare asyncio loop, by requests, and by how many at once.

The server is a process of its own, so that it takes no time from either. With 1,000 requests, 64 at once, the median
of the ratios is to be 1.15 at most.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.records import Figure, Measured, Ratio, Series
from tests.benchmarks.timing import Taken, by_both_clocks, grown, in_turn, timed

DELAY_S = 0.2
AT_ONCE = 64

SERVER = """
import asyncio, json, zlib
def reply(body):
    said = str(zlib.crc32(json.loads(body)["messages"][-1]["content"].encode()) % 2)
    return json.dumps({"id": "c", "object": "chat.completion", "created": 0, "model": "m", "choices": [{"index": 0,
        "message": {"role": "assistant", "content": "[[" + said + "]]"}, "finish_reason": "stop", "logprobs": None}],
        "usage": {"prompt_tokens": 900, "completion_tokens": 3, "total_tokens": 903}}).encode()
HEAD = b"HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Length: %d\\r\\n\\r\\n"
async def serve(reader, writer):
    try:
        while True:
            head = await reader.readuntil(b"\\r\\n\\r\\n")
            lines = dict(line.split(b":", 1) for line in head.lower().split(b"\\r\\n")[1:] if line)
            said = reply(await reader.readexactly(int(lines[b"content-length"])))
            await asyncio.sleep(DELAY)
            writer.write(HEAD % len(said) + said)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


@contextmanager
def serving(delay_s: float = DELAY_S) -> Iterator[str]:
    """The base URL of a server, in a process of its own, whose every answer takes so long.

    It says [[0]] or [[1]], by the prompt: who asks the same hears the same.
    """
    code = SERVER.replace("DELAY", repr(delay_s))
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def texts(n: int) -> list[str]:
    """Prompts of a judge's length, each another."""
    return [f"{number}. " + "Is the text short, and does it end with a question? " * 80 for number in range(n)]


def bare_s(url: str, prompts: list[str], at_once: int = AT_ONCE) -> float:
    """Seconds of a loop without retries, limits of time, journal or suspicion, over the faster of two libraries."""
    import httpx2

    async def run() -> None:
        limits = httpx2.Limits(max_connections=at_once, max_keepalive_connections=at_once)
        async with httpx2.AsyncClient(limits=limits, timeout=None, trust_env=False) as client:
            left = iter(prompts)

            async def work() -> None:
                for prompt in left:
                    body = {"model": "m", "messages": [{"role": "user", "content": prompt}], "temperature": 0}
                    response = await client.post(f"{url}/chat/completions", json=body)
                    assert json.loads(response.content)["choices"][0]["message"]["content"]

            await asyncio.gather(*(work() for _ in range(at_once)))

    began = time.perf_counter()
    asyncio.run(run())
    return time.perf_counter() - began


def ours_s(url: str, prompts: list[str], at_once: int = AT_ONCE) -> float:
    """Seconds of the text model."""
    began = time.perf_counter()
    assert None not in replies(url, prompts, at_once)
    return time.perf_counter() - began


def replies(url: str, prompts: list[str], at_once: int = AT_ONCE) -> list[str | None]:
    """What the text model hears, in the order of the prompts; None for what failed."""
    from weval.textmodels import TextModelOptions, open_text_model
    from weval.types import Prompt

    model = open_text_model("server/m", TextModelOptions(base_url=url, temperature=0.0, concurrency=at_once))
    found = {
        reply.prompt_id: reply.text if reply.status == "ok" else None
        for reply in model.replies(Prompt(str(n), (("user", text),)) for n, text in enumerate(prompts))
    }
    return [found[str(n)] for n in range(len(prompts))]


def run_s(url: str, prompts: list[str], at_once: int = AT_ONCE) -> float:
    """Seconds from the first question to the last stored score of `weval run`, on as many questions of weval-mini."""
    from weval.run import RunSpec, Watcher, run

    class Clock(Watcher):
        """When scoring began and when the last score was stored."""

        began = ended = 0.0

        def started(self, total: int, done: int) -> None:
            assert (total, done) == (len(prompts), 0)
            self.began = time.perf_counter()

        def scored(self) -> None:
            self.ended = time.perf_counter()

    settings = {"base_url": url, "concurrency": str(at_once), "prompt": "requirement-binary", "temperature": "0"}
    with TemporaryDirectory() as folder:
        spec = RunSpec(
            "judge:server/m", "weval-mini", settings=settings, limit=len(prompts) // 25, out=Path(folder) / "r"
        )
        clock = Clock()
        result = run(spec, clock).result
    assert result.statuses == {"ok": len(prompts)}
    return clock.ended - clock.began


def ratios(n: int, n_rounds: int, delay_s: float = DELAY_S) -> Iterator[float]:
    """The text model's seconds by the bare loop's, round by round, for who looks only until one is calm."""
    for _ in range(n_rounds):
        yield beside(n, 1, "the text model", ours_s, delay_s).median


def beside(n: int, n_rounds: int, name: str, ours: Callable[..., float] = ours_s, delay_s: float = DELAY_S) -> Ratio:
    """One of our ways beside the bare loop, in turn."""
    prompts = texts(n)
    with serving(delay_s) as url:
        for way in (bare_s, ours):
            way(url, prompts[: min(n, 100)])
        theirs = (f"a bare loop over httpx2, {n:,} requests", lambda: bare_s(url, prompts))
        return in_turn((name, lambda: ours(url, prompts)), theirs, n_rounds, "wall", warm=False)


def measure(quick: bool) -> Measured:
    """Seconds on the clock; the ideal is the delay times requests by those at once, the last ones together."""
    n, rounds, delay_s = (50, 1, 0.02) if quick else (1000, 3, DELAY_S)
    few, prompts, called = rounds // 2 or 1, texts(n), f"a bare loop over httpx2, {n:,} requests"
    with serving(delay_s) as url:
        ours = ("the text model", lambda: timed(lambda: ours_s(url, prompts)))
        bare = by_both_clocks(ours, (called, lambda: timed(lambda: bare_s(url, prompts))), rounds)
    ratios = (*bare, beside(n, rounds, "weval run, first question to last stored score", run_s, delay_s))
    with serving(delay_s) as url:
        ours_s(url, texts(10))
        asked = {k: (url, texts(k), AT_ONCE) for k in (n // 4, n // 2, n)}
        by_requests = series("the text model, 64 at once", "requests", asked, few)
        half = texts(n // 2)
        asked = {width: (url, half, width) for width in (16, 32, 64, 128)}
        by_width = series(f"the text model, {len(half):,} requests", "how many at once", asked, few)
    best = [
        Figure(
            name=f"{point.n} at once, by the ideal",
            value=point.seconds / (-(-len(half) // point.n) * delay_s),
            unit="times",
        )
        for point in by_width.points
    ]
    by_width = by_width.model_copy(update={"growth": None})  # more at once take less, down to what one core can do
    return Measured(series=(by_requests, by_width), ratios=ratios, figures=tuple(best))


def series(name: str, unit: str, asked: dict[int, tuple[str, list[str], int]], rounds: int) -> Series:
    """What some askings of the text model take on the clock."""
    runs = {n: lambda given=given: Taken(0.0, ours_s(*given)) for n, given in asked.items()}
    return grown(name, unit, runs, rounds, "wall")
