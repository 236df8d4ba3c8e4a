"""Names of Ray's own modules, for what it has no setting for. A later version may not have them: what one is for is
then left out, and nothing ends. All that weval takes of this kind is asked for here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

GET_NODE = "_private.services.get_node"
"""How a node that starts is asked for. It gives up after 30 s, too soon on a busy machine."""

PRINT = "_private.worker.print_to_stdstream"
"""Prints deaths of workers, in paragraphs."""

READ_SETTINGS, READ_TOKEN = "_raylet.Config.initialize", "_raylet.AuthenticationTokenLoader.instance"
"""What is in the environment is read once in a process; these read it again."""

FIND = "_private.services.canonicalize_bootstrap_address"
"""Where Ray would connect: which cluster `auto` means, and which address of this machine."""


def inner(ray: Any, path: str) -> Any:  # noqa: ANN401 - a module, and whatever is in it
    """What is at a path in Ray; None where this version has it no longer.

    >>> import json
    >>> inner(json, "decoder.JSONDecoder").__name__, inner(json, "decoder.Gone.either")
    ('JSONDecoder', None)
    """
    for name in path.split("."):
        ray = getattr(ray, name, None)
    return ray


@contextmanager
def replaced(ray: Any, path: str, make: Callable[[Any], Any]) -> Iterator[None]:  # noqa: ANN401 - as above
    """For a while what is at a path is what `make` makes of it; where nothing is, nothing is put there."""
    own = inner(ray, path)
    if own is None:
        yield
        return
    where, _, name = path.rpartition(".")
    setattr(inner(ray, where), name, make(own))
    try:
        yield
    finally:
        setattr(inner(ray, where), name, own)


def read_environment(ray: Any) -> None:  # noqa: ANN401 - as above
    """Ray sees settings and a token as they are now. Where it was connected before, it has others."""
    if initialize := inner(ray, READ_SETTINGS):
        initialize("")
    if (loader := inner(ray, READ_TOKEN)) and (forget := getattr(loader(), "reset_cache", None)):
        forget()


def found_address(ray: Any, address: str) -> str:  # noqa: ANN401 - as above
    """The HOST:PORT that Ray makes of an address. Raises ConnectionError where `auto` means none."""
    find = inner(ray, FIND)
    return str(find(address) or address) if find else address
