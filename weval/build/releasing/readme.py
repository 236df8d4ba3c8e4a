"""The data card to read: README.md of an exported data set, in the form that the Hugging Face Hub reads too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml

from weval.audit import Audit, Met, Share
from weval.build.releasing.datacard import DataCard
from weval.build.verifying.findings import Beside, Findings, Looked
from weval.errors import visible
from weval.tasks import TaskSpec
from weval.wording import DASH, counted

LICENCES = frozenset(
    {"apache-2.0", "mit", "cc0-1.0", "cc-by-2.0", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0",
     "cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nd-4.0", "cc-by-nc-nd-3.0", "cc-by-nc-nd-4.0",
     "cc-by-nc-sa-2.0", "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0", "odc-by", "odbl", "pddl", "cdla-sharing-1.0",
     "cdla-permissive-1.0", "cdla-permissive-2.0", "bsd", "bsd-2-clause", "bsd-3-clause", "gpl-3.0", "agpl-3.0"}
)  # fmt: skip
"""Licences that the Hub knows by these names."""

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
"""The Hub's names of sizes, each with its upper end."""

MAX_SHOWN = 300
"""Characters of a name or text in the card; a longer one is cut."""


def readme(card: DataCard, spec: TaskSpec, released: Mapping[str, str] | None) -> str:
    """The whole page. `released` are the settings that read released.jsonl; None where there is no such file."""
    parts = [
        f"# {md(card.title)}",
        md(card.description, 2000),
        *(f"> **Note.** {md(warning)}" for warning in card.warnings),
        *_contents(card, released),
        *_sizes(card),
        *_sources(card),
        *_steps(card),
        *_gold(card),
    ]
    front = yaml.safe_dump(_front(card, spec, released is not None), sort_keys=False, allow_unicode=True, width=10_000)
    return f"---\n{front}---\n\n" + "\n\n".join(parts) + "\n"


def md(text: str, limit: int = MAX_SHOWN) -> str:
    """Somebody's text on one line of Markdown that shows it as it is: no markup, no HTML, no links of its own.

    >>> md("<b>*Tea*</b> [x](y)")
    '\\\\<b\\\\>\\\\*Tea\\\\*\\\\</b\\\\> \\\\[x\\\\](y)'
    """
    line = visible(" ".join(text.split()))
    line = line[:limit] + ("…" if len(line) > limit else "")
    escaped = re.sub(r"([\\`*_{}\[\]<>#|~&$@])", r"\\\1", line)
    return re.sub(r"(?i)(https?|ftp|www)([:.])", r"\1\\\2", escaped)  # nor one that is made of a bare address


def _front(card: DataCard, spec: TaskSpec, is_released: bool) -> dict[str, Any]:
    """What the Hub reads: licence, languages, sizes, and which files are its rows."""
    slug = card.licence.strip().lower().replace(" ", "-")
    known = slug in LICENCES
    languages = [one for one in spec.languages if re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", one)]
    configs = [{"config_name": "items", "data_files": [{"split": "test", "path": "items.jsonl"}], "default": True}]
    if is_released:
        configs.append({"config_name": "released", "data_files": [{"split": "test", "path": "released.jsonl"}]})
    size = next((name for end, name in SIZES if card.n_items < end), "n>1M")
    return {
        "pretty_name": visible(card.title),
        "license": slug if known else "other",
        **({} if known else {"license_name": re.sub(r"[^a-z0-9.]+", "-", slug).strip("-") or "not-stated"}),
        **({"language": languages} if languages else {}),
        "task_categories": ["text-ranking", "text-generation"],
        "size_categories": [size],
        "tags": ["weval", "instruction-following", "reward-model"],
        "configs": configs,
    }


def _contents(card: DataCard, released: Mapping[str, str] | None) -> Iterator[str]:
    yield "## Files"
    rows = [
        ("`items.jsonl`", "an instruction a line, with its requirements, and answers that kept all, fewer and fewer"),
        ("`task.yaml`", "what the set is called, its version, and the sha256 of its items"),
        ("`card.json`", "all of this page for programs"),
    ]
    if released is not None:
        given = "".join(f" --set {name}={value}" for name, value in released.items())
        rows.append(
            (
                "`released.jsonl`",
                f"the same in the layout of the released WEval{f' (`{given.strip()}`)' if given else ''}",
            )
        )
    yield table(("file", "holds"), rows)
    yield "```sh\nweval run --model MODEL --data FOLDER\n```"


def _sizes(card: DataCard) -> Iterator[str]:
    yield "## Size"
    yield (
        f"{counted(card.n_items, 'item')}, {counted(card.n_candidates, 'answer')}, "
        f"{counted(card.n_requirements, 'requirement')}."
    )
    for what, counts in (
        ("category", card.categories),
        ("language", card.languages),
        ("requirement type", card.requirement_types),
    ):
        yield table((what, "n"), [(md(name), f"{n:,}") for name, n in counts.items()])
    chars = Audit.model_validate(card.audit, strict=False).length.chars_by_kept
    yield table(
        ("requirements kept", "answers", "mean characters"),
        [(kept, f"{n:,}", f"{chars[kept].value:,.0f}" if kept in chars else DASH) for kept, n in card.kept.items()],
    )


def _sources(card: DataCard) -> Iterator[str]:
    yield "## Sources and licences"
    yield f"This data set: {md(card.licence)}. The texts of users that it starts from:"
    rows = [
        (md(one.name), md(one.licence), md(one.revision or DASH), DASH if one.n_items is None else f"{one.n_items:,}")
        for one in card.sources
    ]
    yield table(("source", "licence", "revision", "items"), rows) if rows else "Nobody said."


def _steps(card: DataCard) -> Iterator[str]:
    yield "## How it was made"
    rows = []
    for step in card.steps:
        out = ", ".join(f"{n:,} {md(reason.replace('_', ' '))}" for reason, n in step.left_out.items()) or DASH
        models = ", ".join(md(_name_of(model)) for model in step.models.values()) or DASH
        usd = DASH if step.spent.cost_usd is None else f"{step.spent.cost_usd:,.2f}"
        rows.append((step.step, f"{step.n_rows:,}", out, models, f"{step.spent.replies:,}", usd))
    yield table(("step", "rows", "left out", "models", "replies", "USD"), rows)
    for step in card.steps:
        bad = {reason: n for reason, n in step.replies.items() if reason != "sound"}
        if bad:
            said = ", ".join(f"{n:,} {md(reason.replace('_', ' '))}" for reason, n in bad.items())
            n = sum(step.replies.values())
            yield f"{step.step}: {sum(bad.values()):,} of {n:,} replies were not taken: {said}."
    yield f"Made by weval {md(card.weval)}. Settings, fingerprints and hashes of every step are in `card.json`."


def _name_of(model: Any) -> str:  # noqa: ANN401 - a fingerprint
    """What a fingerprint calls the model."""
    if isinstance(model, Mapping):
        for name in ("model", "name", "reference"):
            if name in model:
                return _name_of(model[name])
    return str(model) if isinstance(model, str) else DASH


def _gold(card: DataCard) -> Iterator[str]:
    yield "## What its gold is worth"
    yield "\n".join(f"- {md(remark, 600)}" for remark in Audit.model_validate(card.audit, strict=False).remarks) or DASH
    if card.findings:
        yield from _findings(card.findings)


def _findings(found: Findings) -> Iterator[str]:
    looked = [("mechanical checks", found.checks), (md(found.judge.model or "") if found.judge else "", found.judge)]
    rows = [row for who, one in looked if one for row in _looked(who, one)]
    if rows:
        yield f"Of {counted(found.n_items, 'item')}, before any was left out for it (95 % interval; met of judged):"
        yield table(("by", "of", "kept requirements", "dropped ones anyway"), rows)
    if found.reader:
        read = found.reader
        yield (
            f"Fluency and coherence beside the answer that kept all, by {md(read.model)} in both orders. "
            f"{counted(read.n_contradictory, 'answer')} with contradictory verdicts count as equal; "
            f"{counted(read.n_missing, 'answer')} without both verdicts are left out."
        )
        groups = {"all": read.overall, **{f"{n} dropped": one for n, one in read.by_dropped.items()}}
        yield table(("answers", "better", "equal", "worse"), [(name, *_beside(one)) for name, one in groups.items()])


def _looked(who: str, looked: Looked) -> Iterator[tuple[str, ...]]:
    if looked.adherence is None:
        return
    parts: dict[str, Met] = {"all": looked.adherence.overall}
    parts |= {md(name): met for name, met in looked.adherence.by_type.items()}
    parts |= {f"{n} dropped": met for n, met in looked.adherence.by_dropped.items()}
    yield from ((who, name, _share(met.kept), _share(met.dropped)) for name, met in parts.items())


def _beside(one: Beside) -> tuple[str, str, str]:
    return _share(one.better), _share(one.equal), _share(one.worse)


def _share(share: Share | None) -> str:
    if share is None:
        return DASH
    ends = f" ({100 * share.ci[0]:.1f} … {100 * share.ci[1]:.1f})" if share.ci else ""
    return f"{100 * share.value:.1f} %{ends}; {share.count:,} of {share.n:,}"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table of Markdown; its cells are Markdown already."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
