"""A submission's requests asked again: confirmed by the same model, by no other, and never by code that it names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.factories import Scripted
from tests.leaderboard.factories import answered, put, put_rows, put_run, restate, rows_of
from tests.leaderboard.writing import Writers, entry_of
from weval.errors import AdapterError, ConfigError, DataError, ResultError, WevalError
from weval.leaderboard.bundle import read_run_of
from weval.leaderboard.card import CARD
from weval.leaderboard.rerun import Repeated, RerunSpec, record, rerun
from weval.leaderboard.reruns import badge_of, read_reruns
from weval.leaderboard.tree import RERUNS, Entry
from weval.run import Watcher
from weval.store import RUN
from weval.types import Certificate, Drift, Request, Score

Answer = Callable[[Request], Score]


class Computing(Scripted):
    """A model that computes, as a reward model does."""

    def certify(self) -> Certificate:
        drift = {"repeated": Drift(largest=0.125, flipped=0, n_pairs=1)}
        return Certificate(n_texts=1, easy=None, drift=drift, computed={}, remarks=("it is tried",))


@pytest.fixture
def stands_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[Scripted], dict[str, Any]]:
    """Puts an adapter in the place of whatever is opened; what was asked for is kept."""

    def put_in(adapter: Scripted) -> dict[str, Any]:
        opened: dict[str, Any] = {}

        def open_adapter(model: str, settings: Mapping[str, str]) -> Scripted:
            opened.update(model=model, settings=dict(settings))
            return adapter

        monkeypatch.setattr("weval.leaderboard.rerun.open_adapter", open_adapter)
        return opened

    return put_in


def computed(entry: Entry, *, noise: float | None = None, **fields: Any) -> None:
    """Makes it the submission of a reward model in this process."""
    put(entry.model_folder / CARD, {"family": "scalar RM"})
    drift = {"batched": Drift(largest=noise, flipped=0, n_pairs=1)} if noise is not None else {}
    certificate = Certificate(n_texts=1, easy=(1.0, 0.0), drift=drift, computed={})
    about = {"identity.model.name": "classifier:org/reward", "identity.model.fingerprint": {"adapter": "Classifier"}}
    put(entry.folder / RUN, {**about, "certificate": certificate.model_dump(mode="json"), **fields})
    restate(entry)


def as_submitted(entry: Entry, shift: Callable[[int], float] = lambda at: 0.0) -> Answer:
    """Answers as the submission has them, the n-th that is asked moved by so much."""
    known = {row.id: row for row in rows_of(entry)}
    asked: list[str] = []

    def answer(request: Request) -> Score:
        asked.append(request.id)
        row = known[request.id]
        return Score(row.id, row.status, tuple(v + shift(len(asked) - 1) for v in row.values), row.reason)

    return answer


def like(entry: Entry, answer: Answer, kind: type[Scripted] = Computing) -> Scripted:
    """An adapter with the fingerprint that the submission names."""
    _, identity = read_run_of(entry.folder)
    adapter = kind(identity.model.unit, answer)
    adapter.fingerprint = identity.model.fingerprint
    return adapter


# the same model


@pytest.mark.parametrize("model", ["length", "keywords", "rules"])
def test_what_weval_brings_is_confirmed(root: Path, model: str) -> None:
    found = rerun(root / model / "weval-mini", RerunSpec(n=40, seed=1), by="me")
    assert found.rerun.confirmed
    assert (found.rerun.n, found.rerun.within, found.equal, found.rerun.largest) == (40, 40, 40, 0.0)
    assert found.unlike == ()
    assert (found.lost, found.gained) == (0, 0)
    assert 0 < found.compared <= 40


def test_the_sample_is_drawn_by_chance_unless_a_seed_is_given(
    length: Entry, stands_in: Callable[[Scripted], dict[str, Any]]
) -> None:
    def asked(seed: int | None) -> list[str]:
        adapter = like(length, as_submitted(length), Scripted)
        stands_in(adapter)
        rerun(length.folder, RerunSpec(n=20, seed=seed))
        return [request.id for request in adapter.asked]

    first, again, other, chance = asked(3), asked(3), asked(4), asked(None)
    assert first == again
    assert len({*first}) == 20
    assert first != other
    assert chance != asked(None)


def test_more_than_there_are_is_all(length: Entry) -> None:
    found = rerun(length.folder, RerunSpec(n=10**6, seed=0))
    assert found.rerun.n == found.n_questions == len(rows_of(length))


def test_requests_are_those_of_the_run(length: Entry, stands_in: Callable[[Scripted], dict[str, Any]]) -> None:
    adapter = like(length, as_submitted(length), Scripted)
    opened = stands_in(adapter)
    rerun(length.folder, RerunSpec(n=5, seed=0))
    assert opened == {"model": "length", "settings": {}}
    by_id = {row.id: row for row in rows_of(length)}
    for request in adapter.asked:
        assert request.source is None
        assert by_id[request.id].values == (float(len(request.responses[0])),)


def test_a_forged_score_is_found(root: Path, length: Entry) -> None:
    put_rows(length, answered(length, lambda row: row.values[0] + 0.5))
    found = rerun(length.folder, RerunSpec(n=10, seed=0))
    assert not found.rerun.confirmed
    assert (found.rerun.within, found.rerun.largest) == (0, 0.5)
    assert (
        badge_of(found.rerun.model, found.rerun.task, found.rerun.scores, [found.rerun], reads_ids=False)
        == "recomputed"
    )


# how near


@pytest.mark.parametrize(
    ("noise", "shift", "confirmed", "within"),
    [
        (0.25, lambda at: 0.375, True, 50),
        (0.25, lambda at: 0.25 if at < 45 else 0.5, True, 45),
        (0.25, lambda at: 0.25 if at < 44 else 0.5, False, 44),
        (0.25, lambda at: 0.0 if at else 1000.0, False, 49),
        (1e9, lambda at: 1000.0, False, 0),
        (None, lambda at: 0.5, True, 50),
        (None, lambda at: 0.0 if at < 45 else 1000.0, True, 45),
        (None, lambda at: 0.0 if at < 44 else 1000.0, False, 44),
    ],
)
def test_models_that_compute_may_drift(
    length: Entry,
    stands_in: Callable[[Scripted], dict[str, Any]],
    noise: float | None,
    shift: Callable[[int], float],
    confirmed: bool,
    within: int,
) -> None:
    computed(length, noise=noise)
    stands_in(like(length, as_submitted(length, shift)))
    found = rerun(length.folder, RerunSpec(n=50, seed=0))
    assert (found.rerun.confirmed, found.rerun.within) == (confirmed, within)
    assert ("the drift of the submitted run, " in found.rule) == (noise is not None)


def test_an_answer_that_is_gone_is_not_as_submitted(
    length: Entry, stands_in: Callable[[Scripted], dict[str, Any]]
) -> None:
    computed(length)
    right = as_submitted(length)

    def answer(request: Request) -> Score:
        return Score(request.id, "failed", reason="overloaded") if int(request.id[:2], 16) % 2 else right(request)

    stands_in(like(length, answer))
    found = rerun(length.folder, RerunSpec(n=50, seed=0))
    assert not found.rerun.confirmed
    assert found.lost + found.rerun.within == 50
    assert found.lost > 5


def test_an_answer_that_was_missing_and_is_there_now_is_not_as_submitted(
    keywords: Entry, stands_in: Callable[[Scripted], dict[str, Any]]
) -> None:
    rows = rows_of(keywords)
    gone = {row.id for row in rows[:3]}
    put_rows(
        keywords,
        [
            row.model_copy(update={"status": "unparsed", "values": (), "reason": "no verdict"})
            if row.id in gone
            else row
            for row in rows
        ],
    )
    known = {row.id: row for row in rows}
    stands_in(like(keywords, lambda request: Score(request.id, "ok", known[request.id].values), Scripted))
    found = rerun(keywords.folder, RerunSpec(n=len(rows), seed=0))
    assert (found.gained, found.lost, found.rerun.confirmed) == (3, 0, False)


def test_what_is_missing_on_both_sides_is_the_same_but_confirms_nothing_alone(root: Path) -> None:
    rules = Entry(root, "rules", "weval-mini")
    rows = rows_of(rules)
    seed = next(seed for seed in range(1000) if _first_drawn(rows, seed).status == "not_applicable")
    found = rerun(rules.folder, RerunSpec(n=1, seed=seed))
    assert (found.rerun.within, found.compared, found.rerun.confirmed) == (1, 0, False)


def _first_drawn(rows: list[Any], seed: int) -> Any:
    from weval.leaderboard.rerun import _drawn

    return _drawn(rows, 1, seed)[0]


def test_an_adapter_that_answers_what_nobody_asked(
    length: Entry, stands_in: Callable[[Scripted], dict[str, Any]]
) -> None:
    stands_in(like(length, lambda request: Score("other", "ok", (1.0,)), Scripted))
    with pytest.raises(AdapterError, match="'other', which was not asked"):
        rerun(length.folder, RerunSpec(n=3))


def test_an_adapter_that_answers_nothing(length: Entry, stands_in: Callable[[Scripted], dict[str, Any]]) -> None:
    class Silent(Scripted):
        def score(self, requests: Iterable[Request]) -> Iterator[Score]:
            return iter(())

    stands_in(like(length, as_submitted(length), Silent))
    found = rerun(length.folder, RerunSpec(n=3))
    assert (found.lost, found.rerun.within, found.rerun.confirmed) == (3, 0, False)


# what a submission names


def refused(entry: Entry, kind: type[WevalError] = ConfigError, **spec: Any) -> str:
    with pytest.raises(kind) as caught:
        rerun(entry.folder, RerunSpec(**spec))
    return str(caught.value)


@pytest.mark.parametrize(
    ("model", "settings", "words"),
    [
        ("plugin:evil:Model", {}, "plugin runs code"),
        ("http:http://127.0.0.1:9/predict", {}, "http runs code, asks an address"),
        ("scores:/etc/passwd", {}, "reads a file"),
        ("classifier:/srv/model", {}, "is not the name of a repository"),
        (
            "classifier:org/reward",
            {"remote_code": "true", "revision": "0" * 40},
            "--set remote_code=true: may load code",
        ),
        ("judge:openai/gpt-4o", {"base_url": "http://127.0.0.1:9"}, "--set base_url=http://127.0.0.1:9"),
        ("judge:openai/gpt-4o", {"prompt": "./evil"}, "--set prompt=./evil"),
    ],
)
def test_code_and_addresses_that_a_submission_names_are_left_to_the_maintainer(
    length: Entry, monkeypatch: pytest.MonkeyPatch, model: str, settings: dict[str, str], words: str
) -> None:
    def opened(*_: object) -> None:
        raise AssertionError("opened")

    monkeypatch.setattr("weval.leaderboard.rerun.open_adapter", opened)
    family = {"plugin": "judge", "judge": "judge", "scores": "judge"}.get(model.partition(":")[0], "scalar RM")
    put(length.model_folder / CARD, {"family": family})
    put(length.folder / RUN, {"identity.model.fingerprint": {"adapter": "Model"}})
    put_run(length, identity__model__name=model, settings=settings)
    said = refused(length)
    assert words in said
    assert said.endswith("read what that is, and give --model and --set yourself")


def test_a_run_that_does_not_keep_its_settings(length: Entry) -> None:
    put(length.folder / RUN, {"settings": None})
    restate(length)
    said = refused(length)
    assert "does not keep its settings" in said


def test_the_maintainers_settings_are_put_on_top_and_their_model_takes_its_own_alone(
    length: Entry, stands_in: Callable[[Scripted], dict[str, Any]]
) -> None:
    computed(length, settings={"dtype": "float32", "device": "cuda", "seed": "0", "resamples": "500"})
    opened = stands_in(like(length, as_submitted(length)))
    rerun(length.folder, RerunSpec(n=2, settings={"device": "cpu"}))
    assert opened == {"model": "classifier:org/reward", "settings": {"dtype": "float32", "device": "cpu"}}
    rerun(length.folder, RerunSpec(n=2, model="plugin:mine:Model", settings={"a": "b"}))
    assert opened == {"model": "plugin:mine:Model", "settings": {"a": "b"}}


def test_a_lower_price_is_not_waited_for(length: Entry, stands_in: Callable[[Scripted], dict[str, Any]]) -> None:
    computed(length, settings={"batch_tokens": "100", "batch": "wait"})
    opened = stands_in(like(length, as_submitted(length)))
    rerun(length.folder, RerunSpec(n=2))
    assert opened["settings"] == {"batch_tokens": "100"}


def test_another_fingerprint_informs_and_confirms_nothing(
    length: Entry, stands_in: Callable[[Scripted], dict[str, Any]]
) -> None:
    adapter = like(length, as_submitted(length), Scripted)
    adapter.fingerprint = {**adapter.fingerprint, "revision": 99}
    stands_in(adapter)
    found = rerun(length.folder, RerunSpec(n=5, model="mine"))
    assert found.unlike == ("revision was 1, is 99",)
    assert found.rerun.within == 5
    assert not found.rerun.confirmed
    with pytest.raises(ResultError, match="length/weval-mini: not recorded, as what was asked is not"):
        record(found)
    assert not (length.root / RERUNS).exists()


def test_another_unit_or_a_file_of_scores_repeats_nothing(
    length: Entry, stands_in: Callable[[Scripted], dict[str, Any]]
) -> None:
    assert refused(length, model="rules") == "--model rules: scores each requirement, the submission response"

    class Looking(Scripted):
        reads_ids = True

    stands_in(like(length, as_submitted(length), Looking))
    assert "looks scores up in a file" in refused(length, model="scores:x")


# what can be repeated at all


def test_one_submission_at_a_time(root: Path, length: Entry) -> None:
    assert rerun(length.model_folder, RerunSpec(n=1, seed=0)).entry == length
    with pytest.raises(ResultError, match="holds 3 submissions; name one"):
        rerun(root, RerunSpec())
    with pytest.raises(ResultError, match="no such folder"):
        rerun(root / "nobody", RerunSpec())
    assert refused(length, n=0) == "-n 0: at least 1"


def test_a_submission_that_a_check_refuses_is_not_asked(length: Entry) -> None:
    put(length.folder / "result.json", {"metrics.correlation.value": 0.99})
    assert "length/weval-mini: result.json: metrics.correlation.value is 0.99" in refused(length, DataError)


# the record


def test_a_repetition_is_added_to_the_record(length: Entry) -> None:
    first = rerun(length.folder, RerunSpec(n=5, seed=1), by="Ada")
    assert record(first) == length.root / RERUNS
    with (length.root / RERUNS).open("a") as file:
        file.write('{"half')  # what a killed process left
    second = rerun(length.folder, RerunSpec(n=6, seed=2), by="Ada")
    record(second)
    kept = read_reruns(length.root)
    assert kept == [first.rerun, second.rerun]
    assert (kept[0].by, kept[0].seed, kept[0].n) == ("Ada", 1, 5)
    assert badge_of(second.rerun.model, second.rerun.task, second.rerun.scores, kept, reads_ids=False) == "re-run"


def test_a_record_that_cannot_be_written(length: Entry) -> None:
    found: Repeated = rerun(length.folder, RerunSpec(n=1, seed=1))
    (length.root / RERUNS).mkdir()
    with pytest.raises(ResultError, match="cannot write"):
        record(found)


def test_the_watcher_is_told(length: Entry, stands_in: Callable[[Scripted], dict[str, Any]]) -> None:
    class Listening(Watcher):
        def __init__(self) -> None:
            self.heard: list[object] = []

        def started(self, total: int, done: int) -> None:
            self.heard.append((total, done))

        def scored(self) -> None:
            self.heard.append("scored")

        def notice(self, text: str) -> None:
            self.heard.append(text)

    class Costly(Computing):
        n_replies = 1

        def keep_in(self, folder: Path) -> None:
            raise AssertionError("nothing of an earlier session is used again")

        def expected_usd(self, request: Request) -> float:
            return 0.25

    computed(length)
    stands_in(like(length, as_submitted(length), Costly))
    watcher = Listening()
    rerun(length.folder, RerunSpec(n=4), watcher)
    assert watcher.heard == [
        "asking classifier:org/reward 4 requests again, about $1.00",
        "trying the model on fixed texts",
        "it is tried",
        (4, 0),
        *["scored"] * 4,
    ]


def test_texts_of_a_writer_are_not_repeated(writers: Writers) -> None:
    entry = entry_of(writers.results, "good")
    with pytest.raises(ConfigError, match="a writer's texts are drawn by chance, and are not repeated"):
        rerun(entry.folder, RerunSpec())
