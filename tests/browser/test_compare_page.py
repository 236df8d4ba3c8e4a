"""The page that compares models: it says what `weval compare` says of the same runs, and stands what can go wrong."""

from __future__ import annotations

import shutil
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from tests.browser.waiting import until
from tests.browser.watching import watched
from weval.compare import compare
from weval.comparison import Comparison
from weval.metrics import bootstrap, holm, sign_flip

PAGE = "compare.html#task=weval-mini&models="
EMPTY = "compare.html"


def opened(open_page: Any, at: str, *models: str) -> Any:
    page = open_page(f"{at}/{PAGE}{','.join(models)}")
    page.wait_for_selector("#result table")
    return page


def shown(page: Any, label: str) -> dict[str, list[str]]:
    """A table of the page: the cells of each row by its head."""
    read = """(rows) => rows.map((row) => [
        row.querySelector("th").innerText, [...row.querySelectorAll("td")].map((cell) => cell.innerText)
    ])"""  # at once: the page may put another table in its place between two questions
    return dict(page.locator(f'[aria-label="{label}"] tbody tr').evaluate_all(read))


def within(interval: tuple[float, float]) -> float:
    """How far two bootstraps of 10,000 resamples may have their ends apart."""
    return max(0.01, 0.05 * (interval[1] - interval[0]))


def by_weval(folder: Path, *models: str) -> Comparison:
    return compare([folder / "runs" / model / "weval-mini" for model in models]).comparison


# --- the statistics -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def call(browser, folder):
    """`call(name, …)` is what a function of statistics.js gives."""
    with watched(browser) as open_page:
        page = open_page(f"{(folder / 'site').as_uri()}/{EMPTY}")
        yield lambda name, *values: page.evaluate(
            "([name, values]) => window.wevalStatistics[name](...values)", [name, list(values)]
        )


def test_the_normal_distribution(call) -> None:
    ours = NormalDist()
    for share in (0.5 / 10_000, 0.001, 0.025, 0.3, 0.5, 0.84, 0.975, 0.9999, 1 - 0.5 / 10_000):
        assert call("quantileOfNormal", share) == pytest.approx(ours.inv_cdf(share), abs=1e-9)
    for z in (-6, -4.3, -4.2, -3, -0.5, 0, 1e-9, 1, 4.25, 5):
        assert call("shareOfNormal", z) == pytest.approx(ours.cdf(z), rel=1e-9)


def draws(kind: str, n: int) -> list[float]:
    draw = np.random.default_rng(n)
    found = {
        "even": draw.normal(0.1, 0.3, n),
        "skew": draw.exponential(0.4, n) - 0.3,
        "few values": draw.choice([-0.2, 0, 0, 0.2, 0.6], n),
        "rare": np.where(np.arange(n) < 2, 0.8, 0.0),
    }[kind]
    return [float(value) for value in found.round(6)]


@pytest.mark.parametrize("n", [8, 60, 400])
@pytest.mark.parametrize("kind", ["even", "skew", "few values", "rare"])
def test_intervals_are_those_of_weval(call, kind, n) -> None:
    values = draws(kind, n)
    found = bootstrap(np.array(values)[:, None], seed=0, n_resamples=10_000)
    spread = float(found.high[0] - found.low[0])
    assert call("interval", values) == pytest.approx([found.low[0], found.high[0]], abs=0.06 * spread + 1e-9)


def test_intervals_without_a_spread(call) -> None:
    assert call("interval", [0.25, 0.25, 0.25]) == [0.25, 0.25]
    assert call("interval", [0.25]) is None


@pytest.mark.parametrize(
    "values", [[], [0.0, 0.0], [0.2, 0.4, 0.1], [0.2, -0.2], draws("even", 14), draws("few values", 20)]
)
def test_the_test_of_few_items_is_exact(call, values) -> None:
    assert np.count_nonzero(values) <= 14
    assert call("signFlip", values) == pytest.approx(sign_flip(values, seed=0), abs=1e-12)


@pytest.mark.parametrize("values", [draws("even", 15), draws("skew", 60), draws("few values", 300)])
def test_the_test_of_many_items_agrees_within_the_error_of_drawing(call, values) -> None:
    theirs = sign_flip(values, seed=0, n_flips=200_000)
    assert call("signFlip", values) == pytest.approx(theirs, abs=5 * (theirs * (1 - theirs) / 20_000) ** 0.5 + 1e-4)


@pytest.mark.parametrize("values", [[], [0.01, 0.04, 0.03], [0.5, 0.9, 0.8, 0.02], [0.02, 0.02], [1, 1]])
def test_holm(call, values) -> None:
    assert call("holm", values) == pytest.approx(holm(values).tolist())


# --- against weval compare ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("models", [("rules", "keywords"), ("keywords", "length"), ("rules", "random")])
def test_two_models_are_compared_as_weval_does(open_page, at_file, folder, models) -> None:
    page = opened(open_page, at_file, *models)
    (duel,) = by_weval(folder, *models).duels
    first, second = models
    for figure in ("correlation", "reading"):
        theirs, lines = duel.metrics[figure], shown(page, f"Differences in {figure}")
        if theirs is None:
            assert not lines
            continue
        ((name, (value, interval, p, n, verdict)),) = lines.items()
        assert (name, n) == (f"{first} − {second}", str(theirs.n))
        assert float(value) == pytest.approx(theirs.value, abs=5.1e-4)
        assert [float(end) for end in interval.split(" … ")] == pytest.approx(theirs.ci, abs=within(theirs.ci))
        told = 0.0005 if p == "< 0.001" else float(p)
        assert told == pytest.approx(theirs.p, abs=6e-4 + 5 * (2 * theirs.p * (1 - theirs.p) / 20_000) ** 0.5)
        better = f"{first if theirs.value > 0 else second} is better"
        assert verdict == (better if theirs.p <= 0.05 else "not told apart")
        exact = page.evaluate(
            "([first, second, figure]) => window.wevalStatistics.compare("
            "...[first, second].map((model) => window.wevalData[`weval-mini/${model}`].figures[figure])).value",
            [first, second, figure],
        )
        assert exact == pytest.approx(theirs.value, abs=1e-6)


def test_three_models_are_adjusted_by_holm_over_the_items_of_all(open_page, at_file, folder) -> None:
    models = ("length", "rules", "keywords")
    page = opened(open_page, at_file, *models)
    found = by_weval(folder, *models)
    lines = shown(page, "Differences in correlation")
    assert list(lines) == [f"{duel.first} − {duel.second}" for duel in found.duels]
    for duel, (value, interval, p, n, _) in zip(found.duels, lines.values(), strict=True):
        theirs = duel.metrics["correlation"]
        assert theirs is not None
        assert int(n) == theirs.n == found.n_compared < found.n_items
        assert float(value) == pytest.approx(theirs.value, abs=5.1e-4)
        assert [float(end) for end in interval.split(" … ")] == pytest.approx(theirs.ci, abs=within(theirs.ci))
        told = 0.0005 if p == "< 0.001" else float(p)
        assert told == pytest.approx(theirs.p_holm, abs=6e-4 + 15 * (theirs.p * (1 - theirs.p) / 20_000) ** 0.5)


def test_what_is_compared_stands_above_its_differences(open_page, at_file) -> None:
    page = opened(open_page, at_file, "rules", "keywords")
    figures = shown(page, "Figures")
    assert {model: items for model, (*_, items) in figures.items()} == {"rules": "58", "keywords": "58"}
    ((difference, *_),) = shown(page, "Differences in correlation").values()
    first, second = (float(correlation) for correlation, *_ in figures.values())
    assert first - second == pytest.approx(float(difference), abs=1.1e-3)
    assert "Holm" not in page.inner_text("#result")
    page = opened(open_page, at_file, "rules", "keywords", "length")
    assert shown(page, "Figures")["length"][1] == "–"
    assert "Holm" in page.inner_text("#result")


def test_what_is_shown_for_three_models_is_the_adjusted_p(open_page, at_file) -> None:
    models = ("constant", "random", "length")
    page = opened(open_page, at_file, *models)
    bare = page.evaluate(
        """(models) => models.flatMap((one, at) => models.slice(at + 1).map((other) =>
          window.wevalStatistics.compare(...[one, other].map(
            (model) => window.wevalData[`weval-mini/${model}`].figures.correlation)).p))""",
        models,
    )
    told = [p for _, _, p, *_ in shown(page, "Differences in correlation").values()]
    wanted, unadjusted = (
        ["< 0.001" if p < 0.001 else f"{p:.3f}" for p in values] for values in (holm(bare).tolist(), bare)
    )
    assert told == wanted != unadjusted


def test_the_items_on_which_they_are_furthest_apart(open_page, at_file, folder) -> None:
    page = opened(open_page, at_file, "rules", "length")
    (duel,) = by_weval(folder, "rules", "length").duels
    for side, wanted in (("0,1", "first"), ("1,0", "second")):
        page.select_option("#side", side)
        lines = shown(page, "Items")
        theirs = duel.most_apart[wanted]
        assert list(lines)[: len(theirs)] == [item.id for item in theirs]
        for item in theirs:
            category, *figures = lines[item.id]
            ends = (item.first, item.second) if side == "0,1" else (item.second, item.first)
            assert category == item.category
            assert [float(figures[0]), float(figures[2])] == pytest.approx(ends, abs=5.1e-4)
            assert len(figures[1].split()) == len(figures[3].split()) == 5


def test_items_are_filtered_shown_on_demand_and_linked(open_page, at) -> None:
    page = opened(open_page, at, "rules", "length")
    assert len(shown(page, "Items")) == 10
    page.click("#result button")
    assert len(shown(page, "Items")) == 20
    page.select_option("#category", "academic_writing")
    lines = shown(page, "Items")
    assert {category for category, *_ in lines.values()} == {"academic_writing"}
    assert 0 < len(lines) <= 12
    page.click('[aria-label="Items"] tbody a >> nth=0')
    page.wait_for_selector("details[open] .response")
    assert page.locator("details[open] summary b").inner_text() == next(iter(lines))


# --- choosing -----------------------------------------------------------------------------------------------------


def test_boxes_and_address_follow_each_other_and_four_are_the_most(open_page, at) -> None:
    page = open_page(f"{at}/{EMPTY}")
    assert "Tick two models or more" in page.inner_text("#state")
    for model in ("rules", "length", "random", "constant"):
        page.check(f"#models input[value={model}]")
    until(page, "document.querySelectorAll('[aria-label=\"Differences in correlation\"] tbody tr').length === 6")
    assert page.url.endswith("models=rules,constant,random,length")
    assert page.locator("#models input:disabled").count() == 8
    page.evaluate("location.hash = 'task=weval-mini&models=keywords,rules'")
    until(page, "document.querySelectorAll('#models input:checked').length === 2")
    until(page, "document.querySelector('[aria-label^=Differences] tbody th')?.textContent === 'rules − keywords'")
    assert page.locator("#models input:disabled").count() == 0


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("task=weval-mini&models=nobody,rules", "Not among the models on WEval-mini: nobody. Tick two models or more"),
        ("task=weval-mini&models=<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>. Tick two"),
        ("task=none&models=..%2F..%2Fx,constructor,__proto__", "../../x, constructor, __proto__. Tick two"),
        ("task=weval-mini&models=rules,rules", "Tick two models or more"),
        ("%E0%A4%A", "Tick two models or more"),
    ],
)  # fmt: skip
def test_an_address_that_names_what_is_not_there(open_page, at_file, address, told) -> None:
    page = open_page(f"{at_file}/compare.html#{address}")
    assert told in page.inner_text("#state")
    assert not page.locator("#result *").count()
    assert not page.locator("main img").count()


def test_a_model_that_is_not_there_does_not_keep_the_others_from_being_compared(open_page, at_file) -> None:
    page = opened(open_page, at_file, "rules", "gone", "length")
    assert page.inner_text("#state") == "Not among the models on WEval-mini: gone."
    page.uncheck("#models input[value=length]")
    assert page.inner_text("#state").startswith("Tick two")


@pytest.mark.parametrize(
    ("content", "watch", "told"),
    [
        (None, "failed request|ERR_FILE_NOT_FOUND", "weval-mini/length could not be loaded"),
        ("(window.wevalData ??= {})['weval-mini/leng", "uncaught", "weval-mini/length is damaged"),
        ("window.wevalData['weval-mini/length'] = {figures: {correlation: [1]}, scores: []};", None, "is damaged"),
        ("window.wevalData['weval-mini/length'] = 7;", None, "weval-mini/length is damaged"),
    ],
)
def test_a_data_file_that_is_lost_or_damaged_is_told_plainly(browser, folder, tmp_path, content, watch, told) -> None:
    site = shutil.copytree(
        folder / "site", tmp_path / "site", ignore=shutil.ignore_patterns("items", "models", "vendor")
    )
    shutil.copy(folder / "site" / "data" / "models.js", site / "data")
    file = site / "data" / "weval-mini" / "length.js"
    sound = file.read_text(encoding="utf-8")
    file.unlink() if content is None else file.write_text(content, encoding="utf-8")

    def look(open_page: Any) -> None:
        page = open_page(f"{site.as_uri()}/{PAGE}rules,length")
        until(page, "document.getElementById('state').textContent.includes('whole folder')")
        assert told in page.inner_text("#state"), page.inner_text("#state")
        assert not page.locator("#result *").count()
        if content is None or watch:  # it is asked for once more when it is chosen again
            file.write_text(sound, encoding="utf-8")
            page.uncheck("#models input[value=length]")
            page.check("#models input[value=length]")
            page.wait_for_selector("#result table")

    if watch is None:
        with watched(browser) as open_page:
            look(open_page)
        return
    with pytest.raises(AssertionError, match=watch), watched(browser) as open_page:
        look(open_page)


def test_of_quick_clicks_the_last_one_counts(open_page, server) -> None:
    page = open_page(f"{server}/{PAGE}keywords,constant")
    page.wait_for_selector("#result table")

    late: list[Any] = []
    page.route("**/length.js", lambda route: late.append(route))
    page.evaluate(
        """() => {
          const box = (model) => document.querySelector(`#models input[value=${model}]`);
          box("constant").click(); box("length").click(); box("length").click(); box("rules").click();
        }"""
    )
    until(page, "document.querySelector('[aria-label^=Differences] tbody th')?.textContent === 'rules − keywords'")
    (route,) = late  # what was asked for in between comes when nobody wants it any more
    route.continue_()
    until(page, "'weval-mini/length' in window.wevalData")
    page.evaluate("() => new Promise((resolve) => setTimeout(resolve))")
    assert list(shown(page, "Differences in correlation")) == ["rules − keywords"]
    assert page.inner_text("#state") == ""
