"""Waiting for what a page will be: the pages' policy keeps Playwright's own way of asking again and again from them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

PATIENCE_S = 30.0


def until(page: Page, expression: str) -> None:
    """Waits until a JavaScript expression is true in a page. Raises AssertionError naming it when it takes too long."""
    end = time.monotonic() + PATIENCE_S
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"never came true: {expression}"
        page.wait_for_timeout(20)
