"""What `weval --help` costs beside importing typer and rich. Prints figures; run it on an idle machine:

OMP_NUM_THREADS=1 python tests/benchmarks/bench_startup.py
"""

from __future__ import annotations

import resource
import subprocess
import sys

ROUNDS = 15


def cpu_seconds(command: list[str]) -> float:
    """User and system time of one run of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def main() -> None:
    """Alternates the two commands, so that a busy neighbour burdens both, and compares their medians."""
    imports = [sys.executable, "-c", "import typer, rich"]
    helped = [sys.executable, "-m", "weval", "--help"]
    pairs = [(cpu_seconds(imports), cpu_seconds(helped)) for _ in range(ROUNDS)]
    base, ours = (sorted(column)[ROUNDS // 2] for column in zip(*pairs, strict=True))
    print(f"import typer, rich: {base:.3f} s   weval --help: {ours:.3f} s   ratio {ours / base:.2f} (at most 1.6)")


if __name__ == "__main__":
    main()
