"""Every file that weval reads or writes, and what `--json` prints: each record with all its fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module

from pydantic import BaseModel

from weval.types import MAX_RESPONSE_CHARS
from weval_site.markdown import MADE
from weval_site.records import sections
from weval_site.schemas import reached


@dataclass(frozen=True)
class File:
    """A file or an output: what it is called, what is to be said of it, the records in it as `module:Class`."""

    title: str
    about: str
    roots: tuple[str, ...]

    def records(self) -> list[type[BaseModel]]:
        """The records."""
        found = []
        for root in self.roots:
            module, _, name = root.partition(":")
            found.append(getattr(import_module(f"weval.{module}"), name))
        return found


ITEMS = (
    File("Items", "JSON Lines, an item a line. [Data](../data.md) says more.", ("types.items:Item",)),
    File("task.yaml", "What a task is. [Data](../data.md#tasks) says more.", ("tasks.spec:TaskSpec",)),
    File("bench.yaml", "What a benchmark of writers is made of.", ("bench.spec:BenchSpec",)),
    File("gold.json", "Of a task whose texts are not here: all that figures need.", ("leaderboard.gold:GoldIndex",)),
    File("Presets", "YAML. [Presets](../presets.md#add-one) says more.", ("presets:Preset",)),
    File("judge.yaml", "[A judge of your own](../judge-folders.md) says more.", ("adapters.judge.spec:JudgeSpec",)),
    File("prices.yaml", "What models cost, with date and source.", ("textmodels.prices:_Table",)),
    File("Scores of your own", "`--model scores:FILE`, JSON Lines.", ("adapters.recorded:ScoreLine",)),
    File("Rankings", "`--model human:FILE` and `weval agree`, JSON Lines.", ("ratings:RatingLine",)),
    File(
        "Over HTTP",
        "What `weval serve` takes and gives, and `--model http:URL` sends and reads.",
        ("adapters.exchange:PostedRequest", "adapters.exchange:PostedScore"),
    ),
)

RUNS = (
    File("run.json", "What was run. `identity` holds one of the two records below it.", ("store:RunRecord",)),
    File(
        "identity in run.json",
        "Of `weval run`, and of `weval bench`.",
        ("identity:Identity", "bench.identity:BenchIdentity", "bench.options:Computed"),
    ),
    File("scores.jsonl", "A line for each answer.", ("store:ScoreRow",)),
    File("replies.jsonl", "Of judges: what was paid for, as it came.", ("textmodels.journal:KeptReply",)),
    File("batches.jsonl", "Of judges in batches.", ("textmodels.batches.record:Step",)),
    File("result.json", "The figures. [Figures](../metrics.md) says what they mean.", ("results:Result",)),
    File(
        "weval compare --json",
        "[Comparing runs](../comparing.md) says more.",
        ("comparison:Comparison", "disagreement:Disagreements"),
    ),
    File("weval agree --json", "[Agreement](../agreement.md) says more.", ("agree.records:Agreement",)),
    File("weval audit --json", "[Does gold hold?](../audit.md) says more.", ("audit.records:Audit",)),
    File("The page of weval annotate", "What lies in it.", ("annotate.contents:Contents",)),
)

BENCH = (
    File(
        "STEP.jsonl",
        "A line for each text and each verdict; also `--responses` and `--replies`.",
        ("bench.replies:ReplyRow",),
    ),
    File("result.json", "Of `weval bench`.", ("bench.result:BenchResult",)),
    File(
        "best-of.json",
        "Of `--best-of`.",
        (
            "bench.best_of.result:BestOfIdentity",
            "bench.best_of.result:Computed",
            "bench.best_of.result:BestOfResult",
            "bench.best_of.beside:Beside",
        ),
    ),
    File("weval bench report --json", "Of several writers.", ("bench.compare:BenchComparison",)),
    File(
        "How a benchmark is made",
        "`weval bench queries`, `criteria` and `preferences`.",
        (
            "bench.construction.pool:Pool",
            "bench.construction.records:Query",
            "bench.construction.records:Criterion",
            "bench.construction.records:Made",
            "bench.construction.records:LeftOut",
            "bench.construction.records:Preference",
            "bench.construction.preferences:ScoredJudgement",
            "bench.construction.preferences:PreferencesResult",
            "bench.construction.static:Static",
        ),
    ),
    File(
        "The benchmarks' own files",
        "As they are published; keys that are not listed are passed over where the record says so.",
        (
            "bench.arena_write.reading:TaskRow",
            "bench.creative_writing.benchmark:_PromptRow",
            "bench.finder.benchmark:ChecklistRow",
            "bench.longbench_v2.questions:Question",
            "bench.longbench_write.benchmark:PromptRow",
            "bench.race.tasks:QueryRow",
            "bench.race.tasks:CriteriaRow",
            "bench.race.tasks:ReferenceRow",
            "bench.race.results:ResultRow",
            "bench.rewardbench.pairs:Pair",
            "bench.writingbench.reading:QueryRow",
        ),
    ),
)

BUILDS = (
    File("build.yaml", "A recipe of `weval build`. [Building](../building.md) says more.", ("build.recipe:Recipe",)),
    File(
        "Lines of the steps",
        "What each step writes, a record a line.",
        (
            "build.records:Seed",
            "build.seeding.scored:Scored",
            "build.seeding.prototypes:Prototype",
            "build.records:Chosen",
            "build.records:Draft",
            "build.records:Query",
            "build.records:Answered",
            "build.verifying.findings:Findings",
            "build.records:Verdict",
            "build.verifying.findings:Read",
            "build.records:LeftOut",
            "build.records:TrainingPrompt",
            "build.records:Reference",
            "build.records:Laddered",
            "build.records:Pair",
            "build.records:Quadruple",
            "build.releasing.released_rows:ReleasedRow",
        ),
    ),
    File("step.json", "What a step was made of.", ("build.records:StepRecord",)),
    File("card.json", "What a data set is.", ("build.releasing.datacard:DataCard",)),
    File("recipe.yaml", "Of `weval train`. [Training](../training.md) says more.", ("training.recipe:Recipe",)),
    File(
        "The folder of a training",
        "What it was told, and what came of it.",
        ("training.folder:TrainingRecord", "training.outcome:TrainingResult"),
    ),
    File("weval train --dry-run --json", "What would be trained.", ("training.dryrun:DryRun",)),
    File(
        "Beside a training",
        "What recipes keep while they run.",
        (
            "training.pairs.plan:PairPlan",
            "training.rewardmodels.measured:OnItems",
            "training.rewardmodels.measured:Measured",
            "training.rewards.heldout:HeldOut",
            "training.rewards.alarms:Alarm",
            "training.rewards.heldout:Change",
            "training.comparing.choosing:OwnText",
            "training.comparing.choosing:Chosen",
            "training.comparing.grading:PolicyGrade",
            "training.comparing.store:Schedule",
            "training.comparing.store:Moved",
            "training.comparing.verl_reward:Setup",
            "training.supervised.instances:Instance",
            "training.supervised.written:Answered",
            "training.supervised.filtering:Filtered",
            "training.supervised.filtering:Graded",
            "training.supervised.heldout:HeldOut",
            "training.supervised.judged:Judged",
        ),
    ),
)

LEADERBOARD = (
    File(
        "card.json",
        "What a submitter says. [The leaderboard](../leaderboard.md) says more.",
        ("leaderboard.card:Card",),
    ),
    File("changes.jsonl", "How the figures of a submission changed.", ("leaderboard.changes:Change",)),
    File("reruns.jsonl", "What maintainers have repeated.", ("leaderboard.reruns:Rerun",)),
    File(
        "Submissions of writers",
        "What of a run's identity makes a table.",
        ("leaderboard.writers.identity:WriterIdentity",),
    ),
    File("Published tables", "`results/paper/*.yaml`, as printed.", ("published:PublishedFile",)),
    File(
        "Reproductions",
        "The manifest of the paper's tables, its plan, and what came of it.",
        (
            "reproduce.manifest:Profile",
            "reproduce.manifest:Cells",
            "reproduce.manifest:Fetch",
            "reproduce.manifest:Build",
            "reproduce.manifest:Train",
            "reproduce.manifest:Run",
            "reproduce.manifest:Bench",
            "reproduce.manifest:Doing",
            "reproduce.sizes:Sizes",
            "reproduce.planning:Plan",
            "reproduce.finished:Finished",
            "reproduce.outcome:Reproduction",
            "reproduce.checks.checked:Checks",
        ),
    ),
)

FILES: Mapping[str, tuple[str, Sequence[File]]] = {
    "items": ("Files that are read", ITEMS),
    "runs": ("Files of a run", RUNS),
    "bench": ("Files of benchmarks", BENCH),
    "builds": ("Files of builds and trainings", BUILDS),
    "leaderboard": ("Files of the leaderboard", LEADERBOARD),
}
"""By the page's name: its title, and what is on it."""


def held() -> dict[str, list[list[type[BaseModel]]]]:
    """For each page the records of each of its files; a record is told once, where it is first held."""
    told: set[type[BaseModel]] = set()
    found: dict[str, list[list[type[BaseModel]]]] = {}
    for name, (_, files) in FILES.items():
        for file in files:
            within = dict.fromkeys(one for root in file.records() for one in reached(root))
            found.setdefault(name, []).append([one for one in within if one not in told])
            told |= within.keys()
    return found


def _page(name: str) -> str:
    title, files = FILES[name]
    text = f"{MADE}# {title}\n\nEvery record refuses keys that it does not have, text where a number is meant, NaN and "
    text += "infinity. Defaults stand for keys that are left out; needed ones may not be. "
    text += f"No text has more than {MAX_RESPONSE_CHARS:,} characters.\n\n"
    return text + "".join(
        f"## {file.title}\n\n{file.about}\n\n{sections(records)}"
        for file, records in zip(files, held()[name], strict=True)
    )


PAGES: Mapping[str, Callable[[], str]] = {name: partial(_page, name) for name in FILES}
