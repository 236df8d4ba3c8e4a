"""`weval doctor`: what this machine has, lacks, and how to get it."""

from __future__ import annotations

from weval.cli.options import AsJson


def doctor(as_json: AsJson = False) -> None:
    """Check the installation: version, extras, tasks and their files. Uses no network."""
    from weval.cli.output import print_rows
    from weval.doctor import findings

    print_rows(findings(), as_json=as_json)
