"""The guide as a site: it builds without a warning, links lead somewhere, the reference has all that the code knows."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

import weval
from tests.browser.watching import FLAGS, find_chromium
from weval.adapters import ADAPTERS, family_settings
from weval.bench.settings import bench_setting_lines
from weval.bench.spec import bench_names
from weval.errors import WevalError
from weval.presets import preset_names
from weval.run import setting_lines
from weval.tasks import task_names
from weval.types import Record

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
sys.path.insert(0, str(DOCS / "_ext"))

from weval_site import FOLDER, MADE, commands, contents, failures, formats, links, markdown, records, schemas, settings  # noqa: E402
from weval_site.schemas import reached  # noqa: E402

CACHES = {"_Bands", "_Pages", "Measured", "WriterMeasured", "_Index", "_Shard"}
"""Records in the user's cache, of the site's builder and of what was fetched: for nobody to read."""

INSIDE = {"_Range", "Judge", "OfTask", "LabelOptions", "TextOptions", "HeadOptions"}
"""Records that only others are made of: their fields are told there."""


# --- contents


def test_every_page_is_in_one_part_of_the_guide() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    listed = [page for part in contents.PARTS for page in contents.pages_of(index, part)]
    assert sorted(listed) == sorted(page.stem for page in DOCS.glob("*.md") if page.stem != "index")


@pytest.mark.parametrize(
    "text, page, turned",
    [
        ("[a](../tasks/weval/README.md#x)", "judges.md", "[a](reference/cards/weval.md#x)"),
        ("[a](metrics.md#ties)", "judges.md", "[a](metrics.md#ties)"),
        ("[a](../weval/textmodels/prices.yaml)", "judges.md", "[a](../weval/textmodels/prices.yaml)"),
        ("see [the tasks](../tasks)", "judges.md", "see the tasks"),
        ("![a](images/report.png)", "judges.md", "![a](images/report.png)"),
        ("[a](https://example.org/b.md) [b](#c)", "judges.md", "[a](https://example.org/b.md) [b](#c)"),
        ("```text\n[a](../tasks/weval/README.md)\n```\n", "judges.md", "```text\n[a](../tasks/weval/README.md)\n```\n"),
    ],
)
def test_links_are_turned_to_where_the_site_has_them(text: str, page: str, turned: str) -> None:
    assert links.turned(text, f"docs/{page}", page, ROOT) == turned


def test_a_card_links_to_the_guide_and_to_other_cards() -> None:
    text = "[a](../../docs/audit.md) [b](../weval-gpt4o/README.md) [c](../../README.md)"
    turned = links.turned(text, "tasks/weval/README.md", "reference/cards/weval.md", ROOT)
    assert turned == "[a](../../audit.md) [b](weval-gpt4o.md) [c](../../index.md)"


# --- the reference


@pytest.mark.parametrize("module", [markdown, records, schemas])
def test_examples_in_the_room_of_the_site_hold(module: ModuleType) -> None:
    found = doctest.testmod(module)
    assert found.attempted and not found.failed


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """The pages that are made of the code, by name."""
    return {name: page() for name, page in MADE.items()}


def test_every_verb_and_option_is_in_the_reference(made: dict[str, str]) -> None:
    sections = dict(re.findall(r"^## (weval .*?)\n(.*?)(?=^## |\Z)", made["commands"], re.MULTILINE | re.DOTALL))
    verbs = dict((name, command) for name, command, _ in commands.verbs())
    assert sections.keys() == verbs.keys() >= {"weval run", "weval list", "weval bench NAME", "weval leaderboard check"}
    for name, command in verbs.items():
        for parameter in command.params:
            said = parameter.metavar if parameter.param_type_name == "argument" else max(parameter.opts, key=len)
            said = (said or parameter.name).replace("|", "\\|")
            assert said == "--help" or f"`{said}" in sections[name], (name, said)
    assert (
        "| `--model MODEL` | A model, or family:reference. See: weval list models | needed |" in sections["weval run"]
    )


def settings_known() -> Iterator[tuple[str, str]]:
    """Every key of --set with its description, as the code that takes it knows them."""
    for line, said in setting_lines().items():
        yield line.partition("=")[0], said
    for name in ADAPTERS:
        for key, field in family_settings(name).items():
            yield key, field.description or ""
    for name in bench_names():
        for line, said in bench_setting_lines(name).items():
            yield line.partition("=")[0].rpartition(".")[2], said
    for _, record in settings.VERBS.values():
        for key, field in record.model_fields.items():
            yield key, field.description or ""


def test_every_setting_is_in_the_reference(made: dict[str, str]) -> None:
    plain = made["settings"].replace("\\|", "|").replace("\\[", "[").replace("&lt;", "<")
    for key, said in settings_known():
        assert re.search(rf"^\| `{key}` \|.*{re.escape(said)}", plain, re.MULTILINE), key
    for dotted in ("seeds.min_chars", "answer.failed", "optimisation.max_steps", "hardware.gpus"):
        assert f"| `{dotted}` |" in plain


def test_presets_tasks_and_benchmarks_are_in_the_reference(made: dict[str, str]) -> None:
    assert all(f"\n### {name}\n" in made["models"] for name in preset_names())
    assert all(f"\n### {name}\n" in made["tasks"] for name in (*task_names(), *bench_names()))


def records_of_weval() -> set[type[Record]]:
    for module in pkgutil.walk_packages(weval.__path__, "weval."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found = [Record]
    for each in found:
        found += [below for below in each.__subclasses__() if below.__module__.startswith("weval.")]
    return {*found[1:]}


def test_every_field_of_every_record_is_in_the_reference(made: dict[str, str]) -> None:
    told: set[type[Any]] = set()
    for name, files in formats.held().items():
        for record in (record for those in files for record in those):
            told.add(record)
            _, title, below = made[f"formats-{name}"].partition(f"### {record.__name__.lstrip('_')}\n")
            assert title, record
            for key, field in record.model_fields.items():
                assert f"| `{field.alias or key}` |" in below, (record, key)
    options = {one for _, one in settings.VERBS.values()} | {*settings.families().values()}
    asked = {record for one in options for record in reached(one)}
    left = {record.__name__ for record in records_of_weval() - told - asked if not record.__name__.endswith("Options")}
    assert left <= CACHES | INSIDE | {"Settings"}


def test_what_a_field_takes_is_told_with_its_range(made: dict[str, str]) -> None:
    assert "| `id` | text (1 to 200 characters) | needed |" in made["formats-items"]
    assert "| `probe` | `swapped`, `response_only`, `echoed` or `injected` | – |" in made["settings"]
    assert "| `max_batch` | integer (at least 1, at most 65,536) | `256` |" in made["settings"]


def test_the_public_interface_and_the_errors_are_in_the_reference(made: dict[str, str]) -> None:
    assert all(f"\n## {name}\n" in made["api"] for name in weval.__all__)
    assert {one.__name__ for one in failures.classes()} >= {WevalError.__name__, "DataError", "Pending"}
    assert all(f"| `{one.__name__}` |" in made["errors"] for one in failures.classes())


def test_drawings_in_docstrings_are_kept_as_they_are_drawn(made: dict[str, str]) -> None:
    assert "```text\nWevalError\n├── ConfigError " in made["errors"]
    assert "```text\ntask --load--> Item" in made["api"]
    assert "([docs/versioning.md](../versioning.md))" in made["api"]


def test_a_default_in_words_stands_among_the_defaults_and_null_nowhere(made: dict[str, str]) -> None:
    assert (
        "| `resamples` | integer (at least 100, at most 1,000,000) | 10,000, beyond 10,000 items 1,000 |"
        in made["settings"]
    )
    assert "null" not in made["settings"].replace("json_schema", "")


# --- the site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built from a copy of docs/, so that nothing is written into the checkout."""
    root = tmp_path_factory.mktemp("checkout")
    shutil.copytree(DOCS, root / "docs", ignore=shutil.ignore_patterns(FOLDER, "_build", "__pycache__"))
    for path in ROOT.iterdir():
        if path.name != "docs" and not path.name.startswith("."):
            (root / path.name).symlink_to(path)
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "docs", "html"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return root / "html"


class Page(HTMLParser):
    """What a page links to, what it loads, and the anchors in it."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.loads: set[str] = set()
        self.anchors: set[str] = {""}
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors.add(given.get("id", ""))
        self.loads |= {given[name] for name in ("src", "data") if name in given and tag != "a"}
        if tag == "a" and "href" in given:
            self.links.add(given["href"])
        elif tag == "link" and given.get("rel") in ("stylesheet", "icon"):
            self.loads.add(given["href"])


@pytest.mark.slow
def test_the_site_builds_and_every_link_leads_somewhere(site: Path) -> None:
    pages = {file: Page(file) for file in site.rglob("*.html")}
    names = {file.relative_to(site).with_suffix(".md").as_posix() for file in pages}
    assert names >= {page.name for page in DOCS.glob("*.md")} | {f"{FOLDER}/{name}.md" for name in MADE}
    assert names >= set(links.taken_in(ROOT).values())
    for file, page in pages.items():
        for link in page.links | page.loads:
            target = urlsplit(link)
            if target.scheme or target.netloc:
                assert link in page.links and link not in page.loads, f"{file.name} loads {link}"
                continue
            found = (file.parent / unquote(target.path)).resolve() if target.path else file
            assert found.exists(), f"{file.name}: {link}"
            if found in pages:
                assert unquote(target.fragment) in pages[found].anchors, f"{file.name}: {link}"


@pytest.mark.slow
def test_the_search_works_from_the_disk(site: Path) -> None:
    program = find_chromium()
    if program is None:
        pytest.skip("needs a Chromium")
    address = f"{(site / 'search.html').as_uri()}?q=quadruple"
    command = [program, "--headless", *FLAGS, "--virtual-time-budget=10000", "--dump-dom", address]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    assert "metrics.html" in shown.partition('id="search-results"')[2]
