"""What --set takes for a benchmark: its own settings, and those of its writer and its judge."""

from __future__ import annotations

from collections.abc import Mapping

from weval.bench.catalogue import benchmark_class
from weval.bench.models import JUDGE, PATIENCE, WRITER
from weval.bench.spec import read_bench
from weval.bench.voice import Voice
from weval.run import told_settings
from weval.textmodels import TextModelOptions


def bench_setting_lines(name: str) -> dict[str, str]:
    """Every key of --set that a benchmark takes, with its default and what it does. Raises ConfigError.

    The defaults of writer and judge are those that the benchmark gives them; a model may have no use for some.
    """
    about, kind = read_bench(name), benchmark_class(name)
    fields = TextModelOptions.model_fields
    lines = told_settings(kind.options_type.model_fields, {"set": about.default_set})
    steps = kind.steps(kind.options_type())
    own: dict[str, Mapping[str, object]] = {}
    if any(step.role == "writer" for step in steps):
        own[WRITER] = {**PATIENCE, **about.writer}
    if prompts := [step.prompt for step in steps if step.role == "judge" and step.prompt]:
        own[JUDGE] = Voice.of(prompts[-1]).sampling
    for prefix, settings in own.items():
        lines |= {prefix + line: said for line, said in told_settings(fields, settings).items()}
    return lines
