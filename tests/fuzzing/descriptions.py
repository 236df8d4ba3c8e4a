"""Entry point `descriptions`: presets, tasks, benchmarks, recipes, manifests, judges, and the files beside a model."""

from __future__ import annotations

import json
import shutil
import struct
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.fuzzing.bounds import mended
from tests.fuzzing.source import Raw, Source, as_json, mutated, overwritten
from weval.adapters.classifier.options import ClassifierOptions
from weval.adapters.judge.folder import FOLDER as JUDGES
from weval.adapters.judge.folder import judge_names, read_judge
from weval.adapters.judge.options import JudgeOptions
from weval.bench.construction.pool import Pool
from weval.bench.construction.static import Static
from weval.bench.spec import BENCH, BenchSpec, bench_names
from weval.build.recipe import RECIPE as BUILD
from weval.build.recipe import read_recipe
from weval.files import read_yaml
from weval.presets import FOLDER as PRESETS
from weval.presets import preset_names, read_preset_file
from weval.published import PublishedFile
from weval.repository import located
from weval.reproduce.manifest import CELLS, Cells, Profile, needed_steps, profile_names
from weval.reproduce.manifest import FOLDER as MANIFESTS
from weval.rooms import room
from weval.settings import updated
from weval.tasks.spec import TASK, TaskSpec, task_names
from weval.textmodels.prices import FILE as PRICES
from weval.training.recipe import RECIPE as TRAINING
from weval.training.recipe import read_training, training_names
from weval.training.shapes import _read as shape_in
from weval.yamltree import YamlProblem, parse

WORDS = (
    ": ", "- ", "\n", "\n  ", "  ", "&a ", "*a", "!!python/object:os.system ", "!tag ", "|\n", ">-\n", "? ", "{", "}",
    "[", "]", ",", "#", "---\n", "...\n", "%YAML 1.1\n", "'", '"', "<<: ", "null", "~", "true", "yes", "0x10", "1e3",
    "1_000", ".inf", ".nan", "2026-01-01", "\t", "\x00", "\x85", "\u2028", "\ufeff", "{response}", "{answer}",
    "{mark}", "{n}", "reply", "judge", "classifier", "pair", "list", "brackets", "ranking", "bench", "A>B", "{step:a}",
    "a.b",
)  # fmt: skip


def _preset(path: Path) -> None:
    preset = read_preset_file(path)
    assert preset.price is None or preset.price.told()
    if preset.family == "judge":
        updated(JudgeOptions(), preset.strings()).check()
    else:
        updated(ClassifierOptions(), preset.strings()).check(str(preset.reference))


def _recipe(path: Path) -> None:
    read_recipe(str(path), {"answer.model": "openai/gpt-4o"})


def _training(path: Path) -> None:
    recipe, _ = read_training(str(path.parent))
    recipe.profile("tiny")


def _cells(path: Path) -> None:
    for table in read_yaml(path, Cells).tables:
        list(table.steps())


def _profile(path: Path) -> None:
    for step in read_yaml(path, Profile).steps.values():
        needed_steps(step)


@cache
def kinds() -> tuple[tuple[str, tuple[Path, ...], Callable[[Path], Any]], ...]:
    """The name of a file, files like it to begin with, and what reads it."""
    tasks, training = room("tasks"), room("training_recipes")
    presets = tuple(PRESETS / f"{name}.yaml" for name in preset_names())
    return (
        ("preset.yaml", presets, _preset),
        (TASK, tuple(tasks / name / TASK for name in task_names()), lambda path: read_yaml(path, TaskSpec)),
        (BENCH, tuple(tasks / name / BENCH for name in bench_names()), lambda path: read_yaml(path, BenchSpec)),
        (BUILD, (*tasks.glob(f"*/{BUILD}"), *training.glob(f"*/{BUILD}")), _recipe),
        (TRAINING, tuple(training / name / TRAINING for name in training_names()), _training),
        (CELLS, (MANIFESTS / CELLS,), _cells),
        ("paper.yaml", tuple(MANIFESTS / f"{name}.yaml" for name in profile_names()), _profile),
        ("domains.yaml", (tasks / "writingbench" / "domains.yaml",), lambda path: read_yaml(path, Pool)),
        ("criteria.yaml", (tasks / "writingbench" / "criteria.yaml",), lambda path: read_yaml(path, Static)),
        ("table.yaml", tuple(room("results/paper").glob("*.yaml")), lambda path: read_yaml(path, PublishedFile)),
        ("anything.yaml", (PRICES,), lambda path: None),
    )


@cache
def _trees(path: Path) -> Any:
    """What a file says, its long lists and texts cut short: a fuzzer is to change what matters."""
    return _shortened(parse(path.read_text(encoding="utf-8")).content)


def _shortened(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _shortened(value) for key, value in [*tree.items()][:30]}
    if isinstance(tree, list):
        return [_shortened(value) for value in tree[:3]]
    return tree[:100] if isinstance(tree, str) else tree


def fuzz(data: bytes) -> None:
    """One file, or the folder of a judge or of a model."""
    source = Source(data)
    how = source.below(8)
    if how <= 2:
        _model(source) if how == 0 else _judge(source)
        return
    name, files, read = source.pick(kinds())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(_content(source, source.pick(files)))
        with mended(YamlProblem):
            parse(path.read_text("utf-8", "replace")).line_of(("a", 0, "b"))
        with mended():
            read(path)


def _content(source: Source, file: Path) -> bytes:
    """Any bytes, a tree that was changed, or a text that was."""
    how = source.below(4)
    if how == 0:
        return source.rest()
    if how == 1:
        text = file.read_text(encoding="utf-8")[: 200 + source.below(2000)]
        at = source.below(len(text) + 1)
        return (text[:at] + source.text(WORDS) + text[at:]).encode("utf-8", "surrogateescape")
    return overwritten(source, dumped(mutated(source, _trees(file), WORDS)))


def dumped(tree: Any) -> bytes:
    """A tree as YAML, where it is one that YAML can hold; else as JSON."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {str(key): plain(found) for key, found in value.items()}
        if isinstance(value, list):
            return [plain(found) for found in value]
        return value.text[:100] if isinstance(value, Raw) else value

    try:
        return yaml.safe_dump(plain(tree), allow_unicode=True, sort_keys=False).encode("utf-8", "surrogateescape")
    except (yaml.YAMLError, UnicodeEncodeError):
        return json.dumps(plain(tree)).encode("utf-8", "surrogateescape")


def _judge(source: Source) -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "judge"
        shutil.copytree(JUDGES / source.pick(judge_names()), folder)
        spec, user = folder / "judge.yaml", folder / "user.txt"
        spec.write_bytes(_content(source, spec))
        if source.below(2):
            text = user.read_text(encoding="utf-8")
            at = source.below(len(text))
            changed = source.pick([text[:at] + source.text(WORDS) + text[at:], source.text(WORDS), text[at:]])
            user.write_text(changed, "utf-8", "surrogateescape")
        with mended():
            found = read_judge(str(folder))
            assert len(found.sha256) == 64


CONFIG = {
    "model_type": "qwen2", "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1,
    "intermediate_size": 16, "vocab_size": 32, "max_position_embeddings": 64, "tie_word_embeddings": True,
    "auto_map": {"AutoModel": "modeling.Model"}, "torch_dtype": "bfloat16", "head_dim": 4,
}  # fmt: skip
HEADER = {
    "__metadata__": {"format": "pt"},
    "a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
    "b": {"dtype": "F32", "shape": [2], "data_offsets": [8, 16]},
}


def _model(source: Source) -> None:
    """A folder of weights, of which nothing is loaded: what it is, and how large."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "model"
        folder.mkdir()
        for name, tree in (
            ("config.json", CONFIG),
            ("adapter_config.json", {"base_model_name_or_path": "base", "peft_type": "LORA"}),
            ("model.safetensors.index.json", {"weight_map": {"a": "model-1.safetensors"}}),
        ):
            if source.below(4):
                content = source.take(40) if source.below(8) == 0 else as_json(mutated(source, tree, WORDS))
                (folder / name).write_bytes(overwritten(source, content))
        header = as_json(mutated(source, HEADER))
        length = source.pick([len(header), len(header) + 1, 0, 2**31, 2**63])
        weights = overwritten(source, struct.pack("<Q", length) + header + bytes(16))
        (folder / source.pick(["model.safetensors", "model-1.safetensors", "model.bin"])).write_bytes(weights)
        with mended():
            repository = located(str(folder), None)
            for name in ("config.json", "adapter_config.json"):
                repository.json(name)
        shape_in(folder / "config.json")
