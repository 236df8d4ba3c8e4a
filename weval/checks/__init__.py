"""Mechanical requirement checks: does a response meet what a program can see? Pure functions of text.

`COUNTERS` holds one function per countable kind; its docstring is the reference for who writes a check.
"""

from __future__ import annotations

from weval.checks.verdict import COUNTERS, count, met

__all__ = ["COUNTERS", "count", "met"]
