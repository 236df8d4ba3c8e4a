from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import weval.run
from tests.factories import Scripted, make_item, write_items, write_rows
from weval.errors import AdapterError, ConfigError, ResultError
from weval.plan import PROBES
from weval.readback import read_result, rescore
from weval.report import write_report
from weval.run import RunSpec, Watcher, estimate, run, setting_lines
from weval.store import RESULT, SCORES, read_rows, read_run
from weval.types import Certificate, Drift, Request, Score

ITEMS = [make_item(f"i{n}") for n in range(6)]


class Notes(Watcher):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.n_scored = 0
        self.start = (0, 0)

    def started(self, total: int, done: int) -> None:
        self.start = (total, done)

    def scored(self) -> None:
        self.n_scored += 1

    def notice(self, text: str) -> None:
        self.notes.append(text)


@pytest.fixture
def spec(tmp_path: Path) -> RunSpec:
    """A run on six small items."""
    return RunSpec("length", data=write_items(tmp_path / "items.jsonl", ITEMS), out=tmp_path / "out")


def use(monkeypatch: pytest.MonkeyPatch, adapter: Any) -> None:
    monkeypatch.setattr(weval.run, "open_adapter", lambda model, settings: adapter)


def test_a_run_writes_everything_needed_to_repeat_it(spec: RunSpec) -> None:
    watcher = Notes()
    outcome = run(spec, watcher)
    record = read_run(outcome.folder)
    assert record.identity["task"]["sha256"] == outcome.result.task.sha256
    assert record.identity["model"] == outcome.result.model.model_dump()
    assert record.identity["plan"] == {"seed": 0, "judged_on": "all", "against": None, "probe": None}
    assert record.environment["weval"]
    assert len(list(read_rows(outcome.folder))) == 18
    assert read_result(outcome.folder) == outcome.result
    assert (watcher.start, watcher.n_scored) == ((18, 0), 18)


def test_the_same_command_again_asks_nothing_and_changes_nothing(spec: RunSpec) -> None:
    first = run(spec)
    before = (first.folder / RESULT).read_bytes()
    watcher = Notes()
    run(spec, watcher)
    assert (watcher.start, watcher.n_scored) == ((18, 18), 0)
    assert (first.folder / RESULT).read_bytes() == before


def test_a_run_that_failed_half_way_goes_on(spec: RunSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    undisturbed = run(spec).result

    class Breaks(Scripted):
        def score(self, requests: Iterable[Request]) -> Iterator[Score]:
            for number, score in enumerate(super().score(requests)):
                if number == 7:
                    raise KeyboardInterrupt
                yield score

    answer = lambda request: Score.ok(request, float(len(request.responses[0])))  # noqa: E731
    broken, whole = Breaks("response", answer), Scripted("response", answer)
    broken.fingerprint = whole.fingerprint = undisturbed.model.fingerprint
    use(monkeypatch, broken)
    again = RunSpec("length", data=spec.data, out=spec.data.parent / "again")
    with pytest.raises(KeyboardInterrupt):
        run(again)
    use(monkeypatch, whole)
    assert run(again).result == undisturbed
    assert len(whole.asked) == 18 - 7


def test_failed_answers_are_asked_again_and_then_count(spec: RunSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    down = Scripted("response", lambda request: Score.missing(request, "failed", "server down"))
    use(monkeypatch, down)
    with pytest.raises(ResultError, match="18 failed"):
        run(spec)
    up = Scripted("response", lambda request: Score.ok(request, 1.0))
    use(monkeypatch, up)
    assert run(spec).result.statuses == {"ok": 18}


def test_requests_are_drawn_as_they_are_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A streaming adapter never makes the run hold more than it has asked for."""
    data = write_items(tmp_path / "many.jsonl", (make_item(f"i{n}") for n in range(50)))
    ahead: list[int] = []

    class Window(Scripted):
        def score(self, requests: Iterable[Request]) -> Iterator[Score]:
            held = [request for request, _ in zip(requests, range(4), strict=False)]
            drawn = len(held)
            for request in requests:
                drawn += 1
                held.append(request)
                yield self.answer(held.pop(0))
                ahead.append(drawn - len(self.asked))
            yield from map(self.answer, reversed(held))

    adapter = Window("response", lambda r: (adapter.asked.append(r), Score.ok(r, 1.0))[1])
    use(monkeypatch, adapter)
    found = run(RunSpec("x", data=data, out=tmp_path / "out"))
    # zip draws one more than it uses: that one is never answered, and so it is failed rather than lost.
    assert found.result.statuses == {"ok": 149, "failed": 1}
    assert max(ahead) <= 5


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda r: Score("elsewhere", "ok", (1.0,)), "was not asked"),
        (lambda r: Score.ok(r, 1.0, 2.0), "expected 1 values"),
    ],
)
def test_an_adapter_that_breaks_its_contract(
    spec: RunSpec, monkeypatch: pytest.MonkeyPatch, answer: Any, message: str
) -> None:
    use(monkeypatch, Scripted("response", answer))
    with pytest.raises(AdapterError, match=message):
        run(spec)


def test_points_of_a_pair_lie_between_0_and_1(spec: RunSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, Scripted("pair", lambda r: Score.ok(r, 1.5)))
    with pytest.raises(AdapterError, match="0 to 1 points"):
        run(spec)


def test_limit_takes_the_first_items_into_a_folder_of_its_own(
    spec: RunSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = run(RunSpec("length", data=spec.data, limit=2))
    assert outcome.folder == Path("runs/length/items-first2")
    assert (outcome.result.n_items, outcome.result.n_scored) == (2, 2)
    assert outcome.result.unpublishable_because == ("only the first 2 of 6 items were judged",)
    assert not outcome.result.publishable
    assert rescore(outcome.folder).result == outcome.result
    with pytest.raises(ConfigError, match="--limit 0"):
        run(RunSpec("length", data=spec.data, limit=0))


def test_a_limit_beyond_the_items_is_none(spec: RunSpec) -> None:
    found = run(RunSpec("length", data=spec.data, out=spec.out, limit=100)).result
    assert (found.n_items, found.publishable) == (6, True)


def test_a_run_is_rescored_from_anywhere(spec: RunSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = run(RunSpec("length", data=Path("items.jsonl"), out=tmp_path / "out"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert rescore(outcome.folder).result == outcome.result


def test_estimate_counts_and_writes_nothing(spec: RunSpec) -> None:
    volume = estimate(spec)
    characters = sum(len(i.query(["c1", "c2", "c3"])) + len(c.response) for i in ITEMS for c in i.candidates)
    assert (volume.items, volume.requests, volume.characters) == (6, 18, characters)
    assert not Path(str(spec.out)).exists()


def test_rescore_gives_the_same_result_and_takes_settings(spec: RunSpec) -> None:
    outcome = run(spec)
    (outcome.folder / RESULT).unlink()
    with pytest.raises(ResultError, match="weval rescore"):
        read_result(outcome.folder)
    assert rescore(outcome.folder).result == outcome.result
    assert rescore(outcome.folder, {"resamples": "200"}).result.resamples == 200
    with pytest.raises(ConfigError, match="unknown setting 'seed'"):
        rescore(outcome.folder, {"seed": "1"})


def test_rescore_keeps_the_settings_of_the_run(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", ITEMS)
    outcome = run(RunSpec("length", data=data, settings={"resamples": "300"}, out=tmp_path / "out"))
    assert rescore(outcome.folder).result == outcome.result


def test_rescore_refuses_another_file(spec: RunSpec) -> None:
    outcome = run(spec)
    write_items(Path(str(spec.data)), ITEMS[:-1])
    with pytest.raises(ResultError, match="another file"):
        rescore(outcome.folder)


def test_settings_find_their_owner_or_are_refused(spec: RunSpec) -> None:
    with pytest.raises(ConfigError, match=r"unknown setting 'sed'; did you mean seed\?"):
        run(RunSpec("length", data=spec.data, settings={"sed": "1"}))
    with pytest.raises(ConfigError, match="--set seed=x"):
        run(RunSpec("length", data=spec.data, settings={"seed": "x"}))
    with pytest.raises(ConfigError, match=r"--set resamples=1e3: .*; --set gold=some: "):
        run(RunSpec("length", data=spec.data, settings={"resamples": "1e3", "gold": "some"}))
    assert {line.partition("=")[0] for line in setting_lines()} >= {"seed", "judged_on", "resamples", "group_size"}
    assert all(setting_lines().values())


def test_judged_on_own_reaches_the_adapter(spec: RunSpec, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    adapter = Scripted("response", lambda r: Score.ok(r, float(len(r.requirements))))
    use(monkeypatch, adapter)
    own = RunSpec("x", data=spec.data, settings={"judged_on": "own"}, out=tmp_path / "own")
    correlation = run(own).result.metrics["correlation"]
    assert correlation is not None
    assert correlation.value == 1


def test_the_baselines_do_not_see_gold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Candidates are in gold order in the file; what depends on the order shown must come out at chance."""
    data = write_items(tmp_path / "many.jsonl", (make_item(f"i{n}") for n in range(600)))
    for model in ("first", "random"):
        found = run(RunSpec(model, data=data, out=tmp_path / model)).result.metrics["correlation"]
        assert found is not None
        assert found.ci is not None
        assert abs(found.value) < 0.1
        assert found.ci[0] < 0 < found.ci[1]


def test_scores_are_readable_lines(spec: RunSpec) -> None:
    folder = run(spec).folder
    rows = [json.loads(line) for line in (folder / SCORES).read_text().splitlines()]
    assert {"id", "item", "candidates", "status", "values"} == set(rows[0])


@pytest.mark.parametrize("name", PROBES)
def test_a_probe_asks_other_questions_in_a_folder_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spec: RunSpec, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    plain = run(replace(spec, out=None))
    probe = run(replace(spec, out=None, settings={"probe": name}))
    assert (plain.folder.name, probe.folder.name) == ("items", f"items-{name}")
    assert probe.result.unpublishable_because == (f"this is a probe ({name}), not the benchmark",)
    assert plain.result.publishable


@pytest.mark.parametrize("name", PROBES)
def test_a_look_up_cannot_be_probed(spec: RunSpec, tmp_path: Path, name: str) -> None:
    rows = [{"item_id": item.id, "candidate_id": c.id, "score": 1.0} for item in ITEMS for c in item.candidates]
    scores = write_rows(tmp_path / "scores.jsonl", rows)
    with pytest.raises(ConfigError, match="looks scores up"):
        run(replace(spec, model=f"scores:{scores}", settings={"probe": name}))


def test_only_swapped_needs_another_item(spec: RunSpec, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="needs two items or more"):
        run(replace(spec, limit=1, settings={"probe": "swapped"}))
    for probe in ("response_only", "echoed", "injected"):
        found = run(replace(spec, limit=1, settings={"probe": probe}, out=tmp_path / probe))
        assert found.result.n_items == 1


def test_checks_have_nothing_to_say_where_requirements_are_hidden(tmp_path: Path) -> None:
    settings = {"probe": "response_only"}
    with pytest.raises(ResultError, match="can judge no item"):
        run(RunSpec("rules", task="weval-mini", limit=3, settings=settings, out=tmp_path / "run"))


def test_an_estimate_counts_what_a_probe_adds_and_hides(spec: RunSpec) -> None:
    plain, blind, echoed = (
        estimate(replace(spec, settings=settings)) for settings in ({}, {"probe": "response_only"}, {"probe": "echoed"})
    )
    assert blind.requests == plain.requests == echoed.requests
    assert blind.characters < plain.characters < echoed.characters


# --- models that compute are tried first --------------------------------------------------------------------------


class Computing(Scripted):
    """An adapter that certifies itself."""

    def __init__(self, noise: float, *remarks: str) -> None:
        super().__init__("response", lambda request: Score.ok(request, float(len(request.responses[0]))))
        drift = {"batched": Drift(largest=noise, flipped=0, n_pairs=1)}
        self.certificate = Certificate(n_texts=2, easy=(1.0, 0.0), drift=drift, computed={}, remarks=remarks)
        self.n_tried = 0

    def certify(self) -> Certificate:
        self.n_tried += 1
        return self.certificate


def test_a_certificate_is_kept_shown_and_used_as_the_drift(spec: RunSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    adapter, watcher = Computing(1.0, "one by one"), Notes()
    use(monkeypatch, adapter)
    outcome = run(spec, watcher)
    assert read_run(outcome.folder).certificate == adapter.certificate
    assert outcome.run.certificate == adapter.certificate
    assert "one by one" in watcher.notes
    resolution = outcome.result.diagnosis.resolution
    assert (resolution.drift, resolution.near_ties) == (1.0, pytest.approx(2 / 3))
    assert "one by one" in (page := write_report(outcome).read_text())
    assert "Can its numbers be trusted?" in page
    assert rescore(outcome.folder).result == outcome.result
    assert rescore(outcome.folder, {"drift": "0.5"}).result.diagnosis.resolution.near_ties == 0


def test_a_model_is_tried_only_where_something_is_left_to_score(spec: RunSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    adapter = Computing(0.0)
    use(monkeypatch, adapter)
    run(spec)
    run(spec)
    assert adapter.n_tried == 1
    run(replace(spec, fresh=True))
    assert adapter.n_tried == 2


def test_a_model_that_cannot_be_right_scores_nothing(spec: RunSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    adapter = Computing(0.0)
    use(monkeypatch, adapter)

    def refuse() -> Certificate:
        raise AdapterError("m gives everything the same score")

    monkeypatch.setattr(adapter, "certify", refuse)
    with pytest.raises(AdapterError, match="the same score"):
        run(spec)
    assert adapter.asked == []
    assert spec.out is not None and not (spec.out / RESULT).exists()


def test_an_estimate_looks_for_no_model(spec: RunSpec) -> None:
    volume = estimate(replace(spec, model="classifier:no/such-repository", settings={"head": "class", "label": "1"}))
    assert volume.requests == 18


def test_settings_of_a_model_are_known_by_name() -> None:
    assert "head=logit" in setting_lines("classifier")
    assert "head=class" in setting_lines("paper-rm")
    assert setting_lines("length") == {}
    assert any(line.endswith("…") for line in setting_lines("paper-rm"))
    with pytest.raises(ConfigError, match="unknown model 'nope'"):
        setting_lines("nope")
    with pytest.raises(ConfigError, match="unknown setting 'hed'; did you mean head"):
        run(RunSpec("skywork-rm", settings={"hed": "logit"}))
