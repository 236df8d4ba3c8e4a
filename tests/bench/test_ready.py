"""What is checked before the first call: arguments, settings, judges, and by which words they are asked."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.bench.scripted import NAME, Noting, requests, verdict, write_rows
from weval.adapters.judge.folder import FOLDER, read_judge
from weval.bench.longbench_write.benchmark import LongBenchWrite
from weval.bench.ready import BenchRun, Ready, default_folder, makers_of, prepare
from weval.errors import ConfigError, DataError
from weval.run import Watcher

URL = "http://127.0.0.1:9/v1"
SERVERS = {"writer.base_url": URL, "judge.base_url": URL}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return requests(tmp_path, 3)


def _spec(data: Path, **more: Any) -> BenchRun:
    settings = SERVERS | more.pop("settings", {})
    return BenchRun(NAME, model="server/w", judge="server/j", data=data, settings=settings, **more)


def _ready(spec: BenchRun) -> Ready:
    return prepare(spec, Watcher())


def _options_of(ready: Ready, step: str) -> Any:
    model: Any = ready.cast.steps[step]
    return model.options


def test_sampling_is_the_sources_own_and_the_user_s_goes_before(data: Path) -> None:
    ready = _ready(_spec(data))
    writer, judge = _options_of(ready, "responses"), _options_of(ready, "replies")
    assert (writer.temperature, writer.max_tokens, writer.timeout_s) == (0.5, 32768, 3600)
    assert (judge.temperature, judge.max_tokens, judge.timeout_s) == (0.5, 2048, 180)
    ready = _ready(_spec(data, settings={"writer.temperature": "1", "writer.timeout_s": "5", "judge.max_tokens": "77"}))
    writer, judge = _options_of(ready, "responses"), _options_of(ready, "replies")
    assert (writer.temperature, writer.max_tokens, writer.timeout_s) == (1, 32768, 5)
    assert (judge.temperature, judge.max_tokens) == (0.5, 77)


def test_a_local_writer_is_given_only_what_it_has_a_use_for(data: Path, lm: Path) -> None:
    ready = _ready(replace(_spec(data), model=f"transformers/{lm}", settings={"judge.base_url": URL}))
    assert _options_of(ready, "responses").timeout_s == 180


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"benchmark": "longbench-wirte"}, "unknown benchmark 'longbench-wirte'; did you mean longbench-write"),
        ({"model": None}, "--model BACKEND/MODEL: who writes? Or --responses FILE"),
        ({"judge": None}, "--judge BACKEND/MODEL: who judges? Or --replies FILE"),
        ({"model": "gpt-4o"}, "gpt-4o: a text model is written BACKEND/MODEL"),
        ({"judge": "oppenai/gpt-4o"}, "unknown backend 'oppenai'; did you mean openai"),
        ({"judge": "openai/"}, "openai/: is written openai/MODEL"),
        ({"judge": "skywork-rm"}, "skywork-rm: is a classifier, which writes no text; name BACKEND/MODEL"),
        ({"model": "length"}, "length: a text model is written BACKEND/MODEL"),
        ({"limit": 0}, "--limit 0: at least 1"),
        ({"limit": -2}, "--limit -2: at least 1"),
        ({"benchmark": "longwrite-ruler"}, "--judge server/j: longwrite-ruler asks no judge"),
    ],
)
def test_wrong_arguments_are_one_line(change: dict[str, Any], said: str, data: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        _ready(replace(_spec(data), **change))
    assert said in str(caught.value) and len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("temperature=1", "unknown setting 'temperature'"),
        ("writer.temprature=1", "unknown setting 'writer.temprature'; did you mean writer.temperature"),
        ("judge.prompt=x", "unknown setting 'judge.prompt'"),
        ("judge.temperature=9", "--set judge.temperature=9: "),
        ("writer.max_tokens=many", "--set writer.max_tokens=many: "),
        ("writer.dtype=float16", "--set writer.dtype: has no effect with server/"),
        ("writer.batch=leave", "--set writer.batch: has no effect with server/"),
        ("mode=repared", "--set mode=repared: "),
        ("tries=0", "--set tries=0: "),
        ("tries=21", "--set tries=21: "),
        ("resamples=7", "--set resamples=7: "),
        ("wording=published", "--set wording=published: "),
        ("set=zh", "unknown set 'zh' (all: all, en)"),
        ("prompt=writing-quality", "unknown prompt 'writing-quality'; did you mean writing-quality-6"),
        ("prompt=./nowhere", "nowhere: no such folder"),
        ("prompt=pairwise", "--set prompt=pairwise: is of unit pair and form brackets; this benchmark reads"),
        ("prompt=critic-10", "as writing-quality-6, of unit response and form bench"),
        ("wording=official", "the official prompt of writing-quality-6 is not here yet: weval fetch writing-quality-6"),
        ("writer.key_env=NO_SUCH_KEY", "NO_SUCH_KEY"),
    ],
)
def test_wrong_settings_are_one_line(setting: str, said: str, data: Path) -> None:
    key, _, value = setting.partition("=")
    with pytest.raises((ConfigError, DataError)) as caught:
        _ready(_spec(data, settings={key: value}))
    assert said in str(caught.value) and len(str(caught.value).splitlines()) == 1


def test_settings_for_nobody_are_refused(data: Path, tmp_path: Path) -> None:
    texts = write_rows(tmp_path / "t.jsonl", [{"item": str(n), "text": "Tea."} for n in (1, 2, 3)])
    verdicts = write_rows(tmp_path / "v.jsonl", [{"item": str(n), "text": verdict(3)} for n in (1, 2, 3)])
    with pytest.raises(ConfigError, match=r"--set writer\.base_url: has no effect, as no writer is asked here"):
        _ready(_spec(data, responses=texts))
    with pytest.raises(ConfigError, match=r"--set judge\.base_url: has no effect, as no judge is asked here"):
        _ready(replace(_spec(data, replies=verdicts), settings={"judge.base_url": URL}))
    with pytest.raises(ConfigError, match=r"--set judge\.base_url: has no effect, as no judge is asked here"):
        _ready(BenchRun("longwrite-ruler", model="server/w", data=data, settings=SERVERS))
    with pytest.raises(ConfigError, match="--replies: longwrite-ruler has no step that a file could stand for so"):
        _ready(BenchRun("longwrite-ruler", data=data, replies=verdicts))
    with pytest.raises(ConfigError, match="--set prompt, wording: this benchmark asks no judge"):
        _ready(BenchRun("longwrite-ruler", data=data, responses=texts, settings={"wording": "official"}))


def test_data_that_are_not_there_or_broken(data: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere: no such file or folder"):
        _ready(_spec(tmp_path / "nowhere"))
    data.write_text('{"prompt": "Write.", "type": "note", "length": 0}\n{"prompt": "", "length": "x"}\n')
    with pytest.raises(DataError) as caught:
        _ready(_spec(data))
    assert caught.value.problems[0].split(": ")[:2] == [f"{data}:1", "length"]
    assert {line.split(": ")[1] for line in caught.value.problems[1:]} == {"prompt", "type", "length"}


def test_a_judge_folder_of_one_s_own_is_asked_by(data: Path, tmp_path: Path) -> None:
    own = shutil.copytree(FOLDER / "writing-quality-6", tmp_path / "mine")
    (own / "system.txt").write_text("You like tea.\n")
    ready = _ready(_spec(data, settings={"prompt": str(own)}))
    assert ready.cast.voices["replies"].folder.name == "mine"
    call = ready.cast.voices["replies"].call("1", "Write.", ["Tea."])
    assert call.messages[0] == ("system", "You like tea.")
    assert ready.identity().steps["replies"]["judge"] == "mine"
    assert ready.identity().steps["replies"]["sha256"] != _ready(_spec(data)).identity().steps["replies"]["sha256"]


@pytest.fixture
def official(monkeypatch: pytest.MonkeyPatch) -> None:
    """A published prompt that lies in the cache; its words are ours."""
    content = b"Judge this.\n\n$INST$\n\n$RESPONSE$\n"
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()

    def pinned(name: str) -> Any:
        found = read_judge(name)
        if name != "writing-quality-6" or found.spec.official is None:
            return found
        spec = found.spec.official
        source = spec.source.model_copy(update={"blob": blob})
        changed = found.spec.model_copy(update={"official": spec.model_copy(update={"source": source})})
        source.cached.parent.mkdir(parents=True, exist_ok=True)
        source.cached.write_bytes(content)
        return replace(found, spec=changed)

    monkeypatch.setattr("weval.bench.voice.read_judge", pinned)


@pytest.mark.usefixtures("official")
def test_the_published_wording_is_asked_by_with_its_own_sampling(data: Path) -> None:
    ready = _ready(_spec(data, settings={"wording": "official"}))
    assert ready.cast.voices["replies"].call("1", "Write.", ["Tea."]).messages == (
        ("user", "Judge this.\n\nWrite.\n\nTea.\n"),
    )
    assert _options_of(ready, "replies").max_tokens == 1024
    assert "official" in ready.identity().steps["replies"]


def _preset(path: Path, **settings: Any) -> str:
    content = {
        "family": "judge", "reference": "server/critic", "about": "Mine.", "licence": "none", "source": "here",
        "settings": {"temperature": 0.9, "max_tokens": 99, "base_url": URL, **settings},
    }  # fmt: skip
    path.write_text(json.dumps(content))
    return f"preset:{path}"


@pytest.mark.usefixtures("official")
def test_a_preset_brings_its_settings_and_its_wording_where_it_is_for_this_very_prompt(
    data: Path, tmp_path: Path
) -> None:
    fits = _preset(tmp_path / "fits.yaml", prompt="writing-quality-6", wording="official")
    spec = replace(_spec(data), judge=fits, settings={"writer.base_url": URL})
    ready = _ready(spec)
    assert ready.benchmark.options.wording == "official"
    assert (_options_of(ready, "replies").temperature, _options_of(ready, "replies").max_tokens) == (0.9, 99)
    assert ready.judge is not None and ready.judge.name == fits
    ours = _ready(replace(spec, settings={**spec.settings, "wording": "own", "judge.temperature": "0"}))
    assert ours.benchmark.options.wording == "own"
    assert _options_of(ours, "replies").temperature == 0

    other = _preset(tmp_path / "other.yaml", prompt="critic-10", wording="official", parse="released")
    ready = _ready(replace(spec, judge=other))
    assert ready.benchmark.options.wording == "own"
    assert ready.cast.voices["replies"].folder.name == "writing-quality-6"


def test_the_key_of_a_preset_is_shown_at_its_own_address_only(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", "secret-secret")
    preset = _preset(tmp_path / "p.yaml", key_env="MY_KEY")
    spec = replace(_spec(data), judge=preset, settings={"writer.base_url": URL})
    assert _options_of(_ready(spec), "replies").key_env == "MY_KEY"
    elsewhere = {**spec.settings, "judge.base_url": "http://127.0.0.1:10/v1"}
    assert _options_of(_ready(replace(spec, settings=elsewhere)), "replies").key_env is None


def test_default_folders_say_what_the_run_is(data: Path) -> None:
    spec = _spec(data)
    assert default_folder(_ready(spec)) == Path("runs/server-w/longbench-write-by-server-j")
    assert default_folder(_ready(replace(spec, judge="judge:server/j"))).name == "longbench-write-by-server-j"
    assert default_folder(_ready(replace(spec, limit=2))).name.endswith("-first2")
    assert default_folder(_ready(replace(spec, limit=3))).name == "longbench-write-by-server-j"
    settings = {**spec.settings, "mode": "original", "set": "en"}
    assert default_folder(_ready(replace(spec, settings=settings))).name == "longbench-write-en-by-server-j-original"
    strange = replace(spec, model="server/../a b\x1b[31m", judge="server/" + "j/../..")
    assert default_folder(_ready(strange)).parts[0] == "runs" and len(default_folder(_ready(strange)).parts) == 3
    assert ".." not in default_folder(_ready(strange)).parts


def test_writer_and_judge_by_file_are_named_by_it_or_as_the_user_says(data: Path, tmp_path: Path) -> None:
    texts = write_rows(tmp_path / "gpt-4o.jsonl", [{"item": "1", "text": "Tea."}])
    spec = BenchRun(NAME, data=data, responses=texts, judge="server/j", settings={"judge.base_url": URL})
    noting = Noting()
    ready = prepare(spec, noting)
    assert ready.writer.name == "gpt-4o" and ready.writer.given
    assert ready.writer.fingerprint == {"file": hashlib.sha256(texts.read_bytes()).hexdigest()}
    assert len(noting.notices) == 1
    assert _ready(replace(spec, model="mine")).writer.name == "mine"
    writer, judge = makers_of(ready.identity(), ready.steps)
    assert writer == ready.writer
    assert judge is not None and set(judge.fingerprint) == {"replies"}
    assert makers_of(ready.identity().model_copy(update={"judge": None}), ready.steps)[1] is None


def test_the_class_is_the_catalogue_s(data: Path) -> None:
    assert type(_ready(_spec(data)).benchmark) is LongBenchWrite
