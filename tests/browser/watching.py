"""Pages of a real browser, watched: what they logged, what went wrong, and every address that they asked for."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Root cannot use Chromium's sandbox. No name is looked up and no proxy is asked: a request to another host stays here.
FLAGS = ("--no-sandbox", "--no-proxy-server", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
INLINE = ("about", "blob", "data")
SERIOUS = ("serious", "critical")
TIMEOUT_MS = 10_000
# A page without JavaScript: axe-core takes all <noscript> for hidden, and waits for timers, which never ring there.
READY_FOR_AXE = """
if (matchMedia("(scripting: none)").matches) {
  for (const shown of document.body.querySelectorAll("noscript")) shown.replaceWith(...shown.childNodes);
  window.setTimeout = (call, _, ...values) => { if (call) Promise.resolve().then(() => call(...values)); return 0; };
}
"""


def find_chromium() -> str | None:
    """The program that CHROMIUM names, else the first of NAMES on the path; None where there is none."""
    named = os.environ.get("CHROMIUM")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)


def is_here(url: str) -> bool:
    """Whether an address stays on this machine.

    >>> [is_here(url) for url in ("file:///site/index.html", "http://127.0.0.1:8000/", "data:,")]
    [True, True, True]
    >>> [is_here(url) for url in ("http://127.0.0.1.example/", "https://cdn.example/x.js", "file://host/x.js")]
    [False, False, False]
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        return not parts.netloc
    return parts.scheme in INLINE or parts.hostname == "127.0.0.1"


@dataclass
class Seen:
    """What the pages of one test did, as text in the order of happening."""

    console: list[tuple[str, str]] = field(default_factory=list)
    """Kind (log, info, warning, error …) and text."""
    uncaught: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    """Requests that brought no answer, or an answer of 400 and above."""
    requests: list[str] = field(default_factory=list)
    """Every address asked for, sockets included; also what was refused by the page's own policy."""

    def watch(self, context: BrowserContext) -> None:
        """Writes down what happens in every page of this context from now on."""
        context.on("console", lambda message: self.console.append((message.type, message.text)))
        context.on("weberror", lambda error: self.uncaught.append(str(error.error)))
        context.on("request", lambda request: self.requests.append(request.url))
        context.on("requestfailed", self._failed)
        context.on("response", self._answered)
        context.on("page", lambda page: page.on("websocket", lambda socket: self.requests.append(socket.url)))

    def _failed(self, request: Any) -> None:
        if request.failure != "net::ERR_ABORTED":  # cut off by going on to another page
            self.failed.append(f"{request.url} {request.failure}")

    def _answered(self, response: Any) -> None:
        if response.status >= 400:
            self.failed.append(f"{response.url} {response.status}")

    @property
    def elsewhere(self) -> list[str]:
        """The requests to another machine."""
        return [url for url in self.requests if not is_here(url)]

    def problems(self) -> list[str]:
        """One line for each thing that no page of ours may do; console warnings are not among them."""
        return [
            *(f"console error: {text}" for kind, text in self.console if kind == "error"),
            *(f"uncaught: {text}" for text in self.uncaught),
            *(f"failed request: {text}" for text in self.failed),
            *(f"request to another host: {url}" for url in self.elsewhere),
        ]


@dataclass
class Opener:
    """Call it with an address for a page that has loaded; `seen` is what all pages so opened did."""

    browser: Browser
    seen: Seen = field(default_factory=Seen)
    contexts: list[BrowserContext] = field(default_factory=list)
    scripted: list[Page] = field(default_factory=list)
    """Those with JavaScript; without, a timer never rings."""

    def __call__(
        self,
        url: str,
        *,
        viewport: tuple[int, int] = (1280, 800),
        colour_scheme: str = "light",
        javascript: bool = True,
        **context: Any,
    ) -> Page:
        """A page with storage of its own.

        viewport: width and height in CSS pixels; colour_scheme: light or dark; context: what else Playwright's
        `new_context` takes, as `reduced_motion` or `forced_colors`. evaluate() works without JavaScript, too.
        """
        width, height = viewport
        made = self.browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=colour_scheme,
            java_script_enabled=javascript,
            locale="en-US",
            timezone_id="UTC",
            **context,
        )
        self.contexts.append(made)
        made.set_default_timeout(TIMEOUT_MS)
        self.seen.watch(made)
        page = made.new_page()
        if javascript:
            self.scripted.append(page)
        page.goto(url)
        return page


@contextmanager
def watched(browser: Browser) -> Iterator[Opener]:
    """Opens pages; raises AssertionError at the end when one of them did what no page of ours may do."""
    opener = Opener(browser)
    try:
        yield opener
        for page in opener.scripted:
            if not page.is_closed():
                page.evaluate("() => new Promise(resolve => setTimeout(resolve))")  # what is under way comes first
    finally:
        for context in opener.contexts:
            context.close()
    problems = opener.seen.problems()
    assert not problems, "\n".join(problems)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder under http://127.0.0.1:PORT, without a slash at the end."""
    server = _Quiet(("127.0.0.1", 0), partial(_Handler, directory=str(folder)))
    thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.01), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def serious_violations(page: Page) -> list[str]:
    """What axe-core finds of serious or critical impact: one line for each rule, naming the elements.

    The script comes by way of the debugging protocol, which the page's content security policy does not bind. Where no
    background is set, axe takes it to be white, in a dark colour scheme too. Call it last: it may change the page.
    """
    from axe_playwright_python.sync_playwright import Axe

    page.evaluate(READY_FOR_AXE)
    # preload would fetch the style sheets once more, which the policy forbids, for one rule about turned screens.
    found = Axe().run(page, options={"resultTypes": ["violations"], "preload": False}).response["violations"]
    return [_told(rule) for rule in found if rule["impact"] in SERIOUS]


def _told(rule: dict[str, Any]) -> str:
    places = ", ".join(" ".join(map(str, node["target"])) for node in rule["nodes"])
    return f"{rule['id']} ({rule['impact']}): {places}"


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that hangs up is no news."""


class _Handler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *values: Any) -> None:
        """Says nothing."""


AxeRun = Callable[["Page"], list[str]]
