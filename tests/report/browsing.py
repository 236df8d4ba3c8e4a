"""A page in Chromium, without a window: what sticks out of it at a given width."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

_PROBE = """<script>onload = () => {
  const outside = [...document.querySelectorAll("body *")].filter(e => !e.closest(".scroll") && !e.closest("svg"));
  const wide = outside.filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName);
  const fits = document.documentElement.scrollWidth <= innerWidth;
  parent.postMessage(JSON.stringify([fits, wide, document.images.length]), "*");
}</script></body>"""


def seen_in_browser(html: str, width: int, folder: Path) -> str:
    """`[fits, what sticks out, images]` of a page shown so wide, as JSON. Skips the test where no browser is."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("needs chromium, which is not here")
    # The probe is ours; the page's own policy would keep it out.
    opened = html.replace("default-src 'none'", "default-src 'unsafe-inline'").replace("</body>", _PROBE)
    (folder / "page.html").write_text(opened, encoding="utf-8")
    frame = f'<iframe src="page.html" style="width:{width}px;height:900px;border:0"></iframe>'
    asked = f"<script>onmessage = e => document.body.dataset.found = e.data</script>{frame}"
    (folder / "frame.html").write_text(f"<!doctype html><body>{asked}", encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    options += [
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
        f"--user-data-dir={folder / 'user'}",
    ]
    command = [browser, *options, "--virtual-time-budget=3000", "--dump-dom", (folder / "frame.html").as_uri()]
    seen = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    found = re.search(r'data-found="([^"]*)"', seen)
    assert found, "the page did not load"
    return found[1]
