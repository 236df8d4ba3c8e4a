"""Whether what a step fetched is still here: the files lie in the cache, which somebody may have emptied."""

from __future__ import annotations

from weval.adapters.judge.folder import is_judge, read_judge
from weval.bench.spec import PinnedFile, bench_names, read_bench
from weval.errors import unknown
from weval.tasks import read_spec, task_names


def is_fetched(name: str) -> bool:
    """Whether all pinned files of a benchmark, a task or an official prompt are here.

    Files are looked for, not read: who uses them verifies them. A name may be a task's and a benchmark's at once, and
    is then the benchmark's, as for `weval fetch`. Raises ConfigError for a name of nothing.
    """
    if name in bench_names():
        return all(file.is_here for file in read_bench(name).files.values() if isinstance(file, PinnedFile))
    if name in task_names():
        return read_spec(name).source.is_here
    if is_judge(name):
        official = read_judge(name).spec.official
        return official is not None and official.source.is_here
    raise unknown("task, benchmark or prompt", name, [*task_names(), *bench_names()], "tasks|benchmarks|prompts")
