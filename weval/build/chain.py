"""The steps of a recipe in order, and which of them a recipe needs."""

from __future__ import annotations

from weval.build.recipe import Recipe
from weval.build.step import Step

STEPS: dict[str, Step] = {
    step.name: step
    for step in (
        Step("seeds", "seeds.jsonl", "first turns of users, deduplicated, with their languages",
             "seeding.seeds", (), ("seeds",)),
        Step("filter", "seeds.jsonl", "the seeds nearest to each category's prototypes, so many of each",
             "seeding.filter", ("seeds",), ("filter",)),
        Step("requirements", "drafts.jsonl", "those of each seed: written, extracted, or a task's",
             "drafting.requirements", ("filter",), ("requirements",)),
        Step("dropout", "queries.jsonl", "versions of each query that keep fewer and fewer requirements",
             "dropout", ("requirements",), ("dropout",)),
        Step("answer", "answers.jsonl", "the teacher's answer to each version by itself",
             "answer", ("dropout",), ("answer",)),
        Step("verify", "items.jsonl", "items whose answers were looked at: checks, judges, duplicates",
             "verifying.verify", ("requirements", "dropout", "answer"), ("verify",)),
        Step("card", "card.json", "what the data set is, and how it came about",
             "releasing.card", ("verify",), ("head", "seeds", "filter", "requirements", "dropout", "answer", "verify")),
        Step("export", "items.jsonl", "the task: our layout, the released layout, the card",
             "releasing.export", ("verify", "card"), ("head",)),
        Step("prompts", "prompts.jsonl", "training prompts with their requirements, none of them a task's item",
             "training.prompts", ("requirements",), ("prompts",)),
        Step("references", "references.jsonl", "references of rising quality for each training prompt",
             "training.references", ("prompts",), ("references",)),
        Step("pairs", "pairs.jsonl", "preference pairs: all requirements kept against some dropped",
             "training.pairs", ("verify",), ("pairs",), ("verdicts.jsonl",)),
    )
}  # fmt: skip
"""All steps, each after those that it reads."""

TO_ITEMS = ("requirements", "dropout", "answer", "verify", "card", "export")


def steps_of(recipe: Recipe) -> list[Step]:
    """What `weval build all` does: a data set of items, or (requirements.how: extract) prompts for training.

    References are made where the recipe names writers of them; pairs only by their own name.
    """
    how = recipe.requirements.how
    first = [] if how == "task" else ["seeds", "filter"]
    if how == "extract":
        rest = ["requirements", "prompts", *(["references"] if recipe.references.writers else [])]
    else:
        rest = list(TO_ITEMS)
    return [STEPS[name] for name in (*first, *rest)]


def reads(step: Step, recipe: Recipe) -> list[Step]:
    """The steps whose files a step reads, for this recipe.

    Requirements of a task need no seeds, pairs of given items no build.
    """
    if step.name == "requirements" and recipe.requirements.how == "task":
        return []
    if step.name == "pairs" and recipe.pairs.source is not None:
        return []
    return [STEPS[name] for name in step.needs]
