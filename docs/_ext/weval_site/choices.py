"""What there is to choose from by name: models and presets, judges, tasks, benchmarks, recipes."""

from __future__ import annotations

from collections.abc import Iterator

from weval.adapters import ADAPTERS
from weval.adapters.judge.folder import judge_names, read_judge
from weval.bench.catalogue import benchmark_class
from weval.bench.items import Figure
from weval.bench.spec import OwnFile, bench_names, read_bench
from weval.build.recipe import recipe_lines
from weval.presets import Preset, preset_names, read_preset
from weval.tasks import read_spec, task_names
from weval.textmodels import TEXT_MODELS
from weval.training.recipe import training_lines
from weval_site.markdown import MADE, cell, code, table


def models_page() -> str:
    """Families of adapters, backends, judge folders, presets with their settings."""
    return MADE + "".join(_models())


def _models() -> Iterator[str]:
    yield "# Models, judges and presets\n\nWhat `--model` takes. [Models](../models.md) says what each is for.\n\n"
    yield "## Families\n\n"
    rows = ((code(f"{n}:{f.reference}" if f.reference else n), cell(f.about)) for n, f in ADAPTERS.items())
    yield table(("--model", "is"), rows)
    yield "## Backends of text models\n\nAs `judge:BACKEND/MODEL`, and as writer of a benchmark or of a build.\n\n"
    backends = ((code(f"{n}/{b.reference}"), cell(b.about), code(b.extra)) for n, b in TEXT_MODELS.items())
    yield table(("backend", "is", "extra"), backends)
    yield "## Judge folders\n\nWhat `--set prompt=` takes.\n\n"
    specs = ((name, read_judge(name).spec) for name in judge_names())
    judges = ((code(n), cell(s.about), s.unit, s.reply.form, code(", ".join(s.reads))) for n, s in specs)
    yield table(("prompt", "asks", "unit", "verdict", "reads"), judges)
    yield "## Presets\n\nSettings are those that a preset sets; what you set wins over them.\n\n"
    for name in preset_names():
        yield _preset(name, read_preset(name))


def _preset(name: str, preset: Preset) -> str:
    facts = {
        "model": code(f"{preset.family}:{preset.reference}" if preset.reference else f"{preset.family}:, yours"),
        "licence": cell(preset.licence),
        "source": cell(preset.source),
        "address": code(preset.endpoint) if preset.endpoint else "",
        "price": cell(preset.price.told()) if preset.price else "",
        "parameters": f"{preset.parameters_b:g} billion" if preset.parameters_b else "",
        "memory": f"{preset.memory_gb:g} GB" if preset.memory_gb else "",
        "context": f"{preset.context:,} tokens" if preset.context else "",
        "to be asked for": "yes" if preset.gated else "",
        "settings": code(", ".join(f"{key}={said}" for key, said in preset.strings().items())),
    }
    return f"### {name}\n\n{cell(preset.about)}.\n\n" + table(("", " "), [(k, v) for k, v in facts.items() if v])


def tasks_page() -> str:
    """Tasks, benchmarks with their figures, recipes."""
    return MADE + "".join(_tasks())


def _tasks() -> Iterator[str]:
    yield "# Tasks, benchmarks and recipes\n\n## Tasks\n\nWhat `--task` takes.\n\n"
    for name in task_names():
        spec = read_spec(name)
        facts = {
            "version": spec.version,
            "languages": ", ".join(spec.languages),
            "licence": cell(spec.licence),
            "items": spec.source.kind,
            "options": code(", ".join(f"{k}={v}" for k, v in spec.options.model_dump(exclude_defaults=True).items())),
            "superseded by": spec.superseded_by or "",
        }
        yield f"### {name}\n\n{cell(spec.description)} [Its card](cards/{name}.md).\n\n"
        yield table(("", " "), [(key, said) for key, said in facts.items() if said and said != "``"])
    yield "## Benchmarks\n\n`weval bench NAME`. Figures by their names in `result.json`; the first is the headline.\n\n"
    for name in bench_names():
        yield _bench(name)
    yield "## Recipes of weval build\n\n"
    yield table(("recipe", "is"), ((code(name), cell(said)) for name, said in recipe_lines().items()))
    yield "## Recipes of weval train\n\n"
    yield table(("recipe", "is"), ((code(name), cell(said)) for name, said in training_lines().items()))


def _bench(name: str) -> str:
    spec, kind = read_bench(name), benchmark_class(name)
    facts = {
        "version": spec.version,
        "languages": ", ".join(spec.languages),
        "licence": cell(spec.licence),
        "sets": ", ".join(map(code, spec.sets)),
        "brought by --data": "; ".join(cell(f.where) for f in spec.files.values() if isinstance(f, OwnFile)),
        "writer": code(", ".join(f"{k}={v}" for k, v in spec.writer.items())) if spec.writer else "",
    }
    text = f"### {name}\n\n{cell(spec.about)}. [Its card](cards/{name}.md).\n\n"
    text += table(("", " "), [(key, said) for key, said in facts.items() if said])
    return text + table(("figure", "shown as", "range", "better", "is"), map(_figure, kind.figures))


def _figure(figure: Figure) -> tuple[str, str, str, str, str]:
    better = "higher" if figure.higher else "lower"
    return code(figure.name), cell(figure.label), f"{figure.low:g} to {figure.high:g}", better, cell(figure.about)
