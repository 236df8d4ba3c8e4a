"""The browser's watch can fail: each thing that no page of ours may do is found when a page does it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.watching import find_chromium, watched

STRICT = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'"
SOUND = "<main><h1>A heading</h1><p>Some text.</p></main>"


def write(folder: Path, body: str = SOUND, *, script: str = "", style: str = "", policy: str = STRICT) -> Path:
    """A page with one classic script and one style sheet, under a content security policy."""
    (folder / "page.js").write_text(script, encoding="utf-8")
    (folder / "page.css").write_text(style, encoding="utf-8")
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">' if policy else ""
    # Without an icon of its own, a page from a server asks for /favicon.ico.
    links = '<link rel="icon" href="data:,"><link rel="stylesheet" href="page.css">'
    head = f'<meta charset="utf-8">{meta}<title>A page</title>{links}'
    page = folder / "page.html"
    page.write_text(
        f'<!doctype html><html lang="en"><head>{head}<script src="page.js" defer></script></head>'
        f"<body>{body}</body></html>",
        encoding="utf-8",
    )
    return page


@pytest.fixture(params=["file", "http"])
def address(request, tmp_path, serve):
    """Where the page that a test writes is opened: from the disk, and from a server."""
    page = tmp_path / "page.html"
    return page.as_uri() if request.param == "file" else f"{serve(tmp_path)}/page.html"


def test_a_sound_page_passes_under_the_strict_policy(open_page, axe, tmp_path, address) -> None:
    write(tmp_path, script="document.querySelector('p').textContent = 'Written.'", style="p { color: rgb(1, 2, 3) }")
    page = open_page(address)
    assert page.inner_text("p") == "Written."
    assert page.evaluate("getComputedStyle(document.querySelector('p')).color") == "rgb(1, 2, 3)"
    assert axe(page) == []
    assert {url.rpartition("/")[2] for url in open_page.seen.requests} == {"page.html", "page.js", "page.css"}


@pytest.mark.parametrize(
    ("page", "told"),
    [
        ({"script": "console.error('it broke')"}, "console error: it broke"),
        ({"script": "missing()"}, "uncaught: .*missing is not defined"),
        ({"script": "setTimeout(() => missing())"}, "uncaught: .*missing is not defined"),
        ({"body": '<img src="gone.png" alt="">'}, "failed request: .*/gone.png"),
        ({"body": '<p style="color: red">x</p>'}, "console error: .*Content Security Policy"),
        ({"body": "<script>var x</script>"}, "console error: .*Content Security Policy"),
        ({"script": "new Function('1')"}, "uncaught: .*Content Security Policy"),
        ({"body": '<img src="https://cdn.example/x.png" alt="">'}, "console error: .*cdn.example"),
        (
            {"body": '<img src="https://cdn.example/x.png" alt="">', "policy": ""},
            "request to another host: https://cdn.example/x.png",
        ),
        (
            {"script": "new WebSocket('ws://live.example/')", "policy": ""},
            "request to another host: ws://live.example/",
        ),
    ],
)
def test_what_no_page_may_do_is_found(browser, tmp_path, page, told) -> None:
    url = write(tmp_path, **page).as_uri()
    with pytest.raises(AssertionError, match=told), watched(browser) as open_page:
        open_page(url)


def test_an_answer_of_404_is_found(browser, tmp_path, serve) -> None:
    with pytest.raises(AssertionError, match=r"failed request: .*/none.html 404"), watched(browser) as open_page:
        open_page(f"{serve(tmp_path)}/none.html")


@pytest.mark.parametrize(
    ("body", "style", "told"),
    [
        ('<main><h1>H</h1><img src="data:,"></main>', "", "image-alt (critical): img"),
        (
            "<main><h1>H</h1><p>Some text.</p></main>",
            "p { color: #bbb; background: #fff }",
            "color-contrast (serious): p",
        ),
    ],
)
def test_a_violation_of_accessibility_is_found(open_page, axe, tmp_path, body, style, told) -> None:
    assert axe(open_page(write(tmp_path, body, style=style).as_uri())) == [told]


def test_contrast_is_judged_in_the_colour_scheme_asked_for(open_page, axe, tmp_path) -> None:
    style = "p { color: #222; background: #fff } @media (prefers-color-scheme: dark) { p { background: #333 } }"
    url = write(tmp_path, style=style).as_uri()
    assert axe(open_page(url)) == []
    assert axe(open_page(url, colour_scheme="dark")) == ["color-contrast (serious): p"]


def test_axe_reads_what_only_a_page_without_javascript_shows(open_page, axe, tmp_path) -> None:
    url = write(tmp_path, f"{SOUND}<noscript><button></button></noscript>").as_uri()
    assert axe(open_page(url)) == []
    assert axe(open_page(url, javascript=False)) == ["button-name (critical): button"]


def test_viewport_and_javascript_are_as_asked(open_page, tmp_path) -> None:
    url = write(tmp_path, script="document.querySelector('p').textContent = innerWidth").as_uri()
    assert open_page(url, viewport=(375, 667)).inner_text("p") == "375"
    assert open_page(url, javascript=False).inner_text("p") == "Some text."


def test_pages_share_no_storage(open_page, tmp_path) -> None:
    url = write(
        tmp_path, script="document.title = localStorage.getItem('x'); localStorage.setItem('x', 'kept')"
    ).as_uri()
    first = open_page(url)
    first.reload()
    assert (first.title(), open_page(url).title()) == ("kept", "null")


def test_the_variable_names_the_program(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    assert find_chromium() is None
    program = tmp_path / "google-chrome"
    program.touch(mode=0o755)
    assert find_chromium() == str(program)
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "none"))
    assert find_chromium() is None
