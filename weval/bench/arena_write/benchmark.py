"""Arena-Write from end to end: a text for each task, judged beside those of its baselines, in both orders.

Sources: the data set's card (THU-KEG/Arena-Write 313ff4f); no code was published. What a verdict is worth, and what
the published arithmetic is, is Arena-Hard's (lmarena/arena-hard-auto 196f6b82, gen_judgment.py, show_result.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from weval.bench.arena_write.parsing import Rule, parse_verdict, points_of_a
from weval.bench.arena_write.reading import ArenaItem, Baseline, read_tasks
from weval.bench.arena_write.scoring import Game, battles
from weval.bench.arena_write.tables import STRONG, WRITER, pooled, tables
from weval.bench.benchmark import Benchmark
from weval.bench.items import Call, Figure, Fills, Mode, Row, Share, Step
from weval.bench.options import BenchOptions
from weval.bench.replies import ReplyRow
from weval.bench.result import FurtherTable
from weval.bench.told import Told
from weval.errors import OriginalError

if TYPE_CHECKING:
    from weval.bench.finish import BenchOutcome

RESPONSES = Step("responses", "writer", tries=1, fills="responses")
REPLIES = Step("replies", "judge", prompt="arena-write", fills="replies")

ORDERS = ("first", "second")
"""In a first game the baseline is shown as A and the writer as B, in a second the other way round."""

LOST = ("A>>B", "B>>A")
"""The verdicts of the two games that an empty text loses."""

_RESULTS = {"win": 1.0, "tie": 0.5, "loss": 0.0}


class ArenaWrite(Benchmark[ArenaItem]):
    """A task counts by all verdicts on it. `Row.detail` are its games, of WRITER."""

    figures: ClassVar[tuple[Figure, ...]] = (
        Figure("win_rate", "Win rate", 0, 100, "points of all verdicts, ties half"),
        Figure("win_rate_w3", "Win rate, strong ×3", 0, 100, "the same, strong verdicts three times, as in Arena-Hard"),
        Figure("win", "Won", 0, 100, "verdicts for the writer"),
        Figure("tie", "Tied", 0, 100, "verdicts for neither", higher=True),
        Figure("loss", "Lost", 0, 100, "verdicts for a baseline", higher=False),
    )
    repairs: ClassVar[Mapping[str, str]] = {
        "verdict": "a verdict is one of five labels that stands alone on the last line, not the last label anywhere",
        "again": "the judge is asked again where its reply has no verdict",
        "dropped": "a task with a game without a verdict is missing, and counted, where the script drops the game",
        "unwritten": "an empty text loses every game without a judge",
    }

    @classmethod
    def steps(cls, options: BenchOptions) -> tuple[Step, ...]:
        """The texts, then the games."""
        return RESPONSES, REPLIES

    def read(self) -> Iterator[ArenaItem]:
        """The tasks."""
        return read_tasks(self.data.path("tasks"))

    def parts(self, step: Step, item: ArenaItem, told: Told) -> Sequence[str]:
        """Two games with each baseline, where there is a text."""
        if step.role == "writer":
            return ("1",)
        return _parts(item) if told.text("responses", item.id).kind == "text" else ()

    def call(self, step: Step, item: ArenaItem, part: str, told: Told) -> Call:
        """The task as it is; for the judge with the two texts."""
        if step.role == "writer":
            return Call(part, (("user", item.prompt),))
        baseline, order = _game_of(item, part)
        texts = [baseline.text, told.text("responses", item.id).text]
        shown = texts if order == ORDERS[0] else texts[::-1]
        return self.voices[step.name].call(part, item.prompt, shown, language=item.language)

    def usual_tokens(self, item: ArenaItem) -> int:
        """As long as asked for: four tokens for three words."""
        return item.required * 4 // 3 if item.required else super().usual_tokens(item)

    def is_read(self, step: Step, row: ReplyRow) -> bool:
        """A verdict. The script takes what came, and asks no second time."""
        came = super().is_read(step, row)
        if step.role == "writer" or self.options.mode == "original":
            return came
        return row.status == "ok" and parse_verdict(row.text) is not None

    def row(self, item: ArenaItem, told: Told, mode: Mode) -> Row:
        """The shares of the verdicts; of the script, of those of the games that it keeps."""
        before = [self._game(item, told, baseline, place, "original") for place, baseline in _numbered(item)]
        if mode == "original":
            return Row(item.id, _original(item, before), detail=tuple(before))
        response = told.text("responses", item.id)
        if response.kind == "empty":
            lost = tuple(Game(item.id, WRITER, baseline.name, LOST) for baseline in item.baselines)
            return Row(item.id, _shares(lost, "repaired"), None, frozenset({"unwritten"}), lost)
        games = tuple(self._game(item, told, baseline, place, mode) for place, baseline in _numbered(item))
        repairs = self._repairs(item, told, games, before)
        if any(None in game.labels for game in games):
            why = response.why or self._why(item, told)
            missing = dict.fromkeys(figure.name for figure in self.figures)
            weights = {name: float(len(_parts(item))) for name in missing}
            weights["win_rate_w3"] *= STRONG  # where all of them are strong ones
            return Row(item.id, missing, why, repairs, games, weights)
        return Row(item.id, _shares(games, "repaired"), None, repairs, games)

    def given(self, fills: Fills, content: Mapping[str, Any]) -> Sequence[ReplyRow] | None:
        """A line of Arena-Hard's judgment files: `{"uid", "baseline", "games": [{"score", "judgment"}, …]}`."""
        if fills == "responses":
            return None
        key = str(content.get("uid", content.get("idx", content.get("item", ""))))
        item = self.by_id.get(key)
        if "games" in content:
            if item is None:
                raise ValueError(f"uid: {key[:40]!r} is no task here")
            return _published(item, content)
        if item and content.get("part") not in _parts(item):
            raise ValueError(
                "holds no games, and no part, which is B1/first for the first game with the first baseline"
            )
        return None

    def further(self, rows: Sequence[Row]) -> tuple[FurtherTable, ...]:
        """How the games ended by baseline, ratings, and what the order of showing did."""
        return tables([game for row in rows for game in row.detail], self.options.resamples)

    def across(self, outcomes: Sequence[BenchOutcome], n_resamples: int | None) -> tuple[FurtherTable, ...]:
        """Ratings of all writers and the baselines."""
        return pooled(outcomes, n_resamples)

    def remarks(self) -> tuple[str, ...]:
        """Baselines that nobody named."""
        unnamed = any(baseline.name.startswith("baseline-") for item in self.items for baseline in item.baselines)
        return ("the file does not name its baselines; they go by their place in it",) if unnamed else ()

    def _game(self, item: ArenaItem, told: Told, baseline: Baseline, place: int, mode: Mode) -> Game:
        labels = [_label(told, item, f"B{place}/{order}", mode) for order in ORDERS]
        return Game(item.id, WRITER, baseline.name, (labels[0], labels[1]))

    def _repairs(self, item: ArenaItem, told: Told, now: Sequence[Game], before: Sequence[Game]) -> frozenset[str]:
        """Which repairs make a difference to the points of a task."""
        found = set()
        for place, (game, old) in enumerate(zip(now, before, strict=True), start=1):
            for order, label, was in zip(ORDERS, game.labels, old.labels, strict=True):
                if points_of_a(label) != points_of_a(was) or (label is None) != (was is None):
                    part = f"B{place}/{order}"
                    later = label is not None and len(told.attempts("replies", item.id, part)) > 1
                    found.add("again" if later else "verdict")
        kept = [game for game in before if None not in game.labels]
        if kept and any(None in game.labels for game in now):
            found.add("dropped")
        return frozenset(found)

    def _why(self, item: ArenaItem, told: Told) -> str:
        """What became of the first call without a verdict."""
        rows = [told.get("replies", item.id, part) for part in _parts(item)]
        if None in rows:
            return "the judge was not asked about all of its games"
        lacking = next(row for row in rows if row and (row.status != "ok" or parse_verdict(row.text) is None))
        return f"judge: {lacking.reason or 'its reply has no verdict that can be read'}"


def _numbered(item: ArenaItem) -> Iterator[tuple[int, Baseline]]:
    return enumerate(item.baselines, start=1)


def _parts(item: ArenaItem) -> list[str]:
    return [f"B{place}/{order}" for place, _ in _numbered(item) for order in ORDERS]


def _game_of(item: ArenaItem, part: str) -> tuple[Baseline, str]:
    place, _, order = part.removeprefix("B").partition("/")
    return item.baselines[int(place) - 1], order


def _label(told: Told, item: ArenaItem, part: str, mode: Mode) -> str | None:
    """The verdict of a game; of the script that of the first reply, by its rule."""
    if mode == "original":
        attempts = told.every("replies", item.id, part)
        return parse_verdict(attempts[0].text, "v2") if attempts else None
    row = told.get("replies", item.id, part)
    return parse_verdict(row.text) if row and row.status == "ok" else None


def _original(item: ArenaItem, games: Sequence[Game]) -> Mapping[str, Share | None]:
    try:
        return _shares(games, "v2")
    except OriginalError as error:
        raise OriginalError(f"task {item.id}: {error}") from None


def _shares(games: Sequence[Game], rule: Rule) -> dict[str, Share | None]:
    """The figures of the games that count; none where no game does."""
    alike, strong = ([battle.points for battle in battles(games, weight, rule)] for weight in (1, STRONG))
    if not alike:
        return {}
    shares: dict[str, Share | None] = {
        "win_rate": (100 * sum(alike), float(len(alike))),
        "win_rate_w3": (100 * sum(strong), float(len(strong))),
    }
    return shares | {name: (100.0 * alike.count(worth), float(len(alike))) for name, worth in _RESULTS.items()}


def _published(item: ArenaItem, content: Mapping[str, Any]) -> Sequence[ReplyRow]:
    """The replies of a line of a judgment file. Raises ValueError."""
    names = {baseline.name: place for place, baseline in _numbered(item)}
    name, games = content.get("baseline"), content["games"]
    if name is None and len(names) == 1:
        name = next(iter(names))
    if name not in names:
        raise ValueError(f"baseline: {str(name)[:40]!r} is none of this task ({', '.join(names)})")
    if not isinstance(games, list) or len(games) != len(ORDERS):
        raise ValueError("games: are not two, one for each order")
    return [_reply(item, f"B{names[name]}/{order}", game) for order, game in zip(ORDERS, games, strict=True)]


def _reply(item: ArenaItem, part: str, game: object) -> ReplyRow:
    """A game of a judgment file: what the judge said, else the label that was read from it."""
    said = game if isinstance(game, Mapping) else {}
    judgment, score = said.get("judgment"), said.get("score")
    if isinstance(judgment, Mapping):
        judgment = judgment.get("answer")
    if isinstance(judgment, str):
        return ReplyRow(item=item.id, part=part, text=judgment)
    if isinstance(score, str):
        return ReplyRow(item=item.id, part=part, text=f"[[{score}]]")
    if game is None or ("score" in said and score is None):
        return ReplyRow(item=item.id, part=part, status="unparsed", reason="the file has no verdict for the game")
    raise ValueError("games: have neither judgment nor score")
