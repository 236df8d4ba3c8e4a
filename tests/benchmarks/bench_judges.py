"""1,000 requests of 200 ms, 64 at once: a model behind a server against a bare asyncio loop over the same server.

OMP_NUM_THREADS=1 python tests/benchmarks/bench_judges.py [REQUESTS] [ROUNDS]

The server is a process of its own, so that it takes no time from either. The rounds take turns; the ratio of a round is
that of two neighbours, and the median of the ratios is to be 1.15 at most.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

DELAY_S = 0.2
AT_ONCE = 64

SERVER = """
import asyncio, json
BODY = json.dumps({"id": "c", "object": "chat.completion", "created": 0, "model": "m", "choices": [{"index": 0,
    "message": {"role": "assistant", "content": "[[1]]"}, "finish_reason": "stop", "logprobs": None}],
    "usage": {"prompt_tokens": 900, "completion_tokens": 3, "total_tokens": 903}}).encode()
HEAD = b"HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(BODY)
async def serve(reader, writer):
    try:
        while True:
            head = await reader.readuntil(b"\\r\\n\\r\\n")
            lines = dict(line.split(b":", 1) for line in head.lower().split(b"\\r\\n")[1:] if line)
            await reader.readexactly(int(lines[b"content-length"]))
            await asyncio.sleep(DELAY)
            writer.write(HEAD + BODY)
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
    """The base URL of a server, in a process of its own, whose every answer takes so long."""
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
    from weval.textmodels import TextModelOptions, open_text_model
    from weval.types import Prompt

    began = time.perf_counter()
    model = open_text_model("server/m", TextModelOptions(base_url=url, temperature=0.0, concurrency=at_once))
    found = list(model.replies(Prompt(str(n), (("user", text),)) for n, text in enumerate(prompts)))
    assert len(found) == len(prompts)
    assert all(reply.status == "ok" for reply in found)
    return time.perf_counter() - began


def run_s(url: str, prompts: list[str], at_once: int = AT_ONCE) -> float:
    """Seconds from the first question to the last stored score of `weval run`, on as many questions of weval-mini."""
    from pathlib import Path
    from tempfile import TemporaryDirectory

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


def ratios(n: int, n_rounds: int, delay_s: float = DELAY_S, ours: Callable[..., float] = ours_s) -> Iterator[float]:
    """Our seconds by the bare loop's, for each of several rounds; both have run once before."""
    prompts = texts(n)
    with serving(delay_s) as url:
        for measure in (bare_s, ours):
            measure(url, prompts[:100])
        for number in range(n_rounds):
            order = (bare_s, ours) if number % 2 == 0 else (ours, bare_s)
            seconds = {measure: measure(url, prompts) for measure in order}
            ratio = seconds[ours] / seconds[bare_s]
            print(f"bare {seconds[bare_s]:6.2f} s   weval {seconds[ours]:6.2f} s   ratio {ratio:.3f}")
            yield ratio


def main() -> None:
    """Prints each round, and the median."""
    numbers = [int(word) for word in sys.argv[1:]]
    n, n_rounds = (*numbers, *(1000, 5)[len(numbers) :])
    print(f"{n:,} requests of {DELAY_S * 1000:.0f} ms, {AT_ONCE} at once")
    print(f"the text model: median ratio {statistics.median(ratios(n, n_rounds)):.3f}")
    n -= n % 25  # five requirements of five texts an item
    print(f"weval run: median ratio {statistics.median(ratios(n, n_rounds, ours=run_s)):.3f}")


if __name__ == "__main__":
    main()
