"""Where a task's items come from: a file beside its task.yaml, a pinned public file, or nowhere: never released."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from weval.pins import Pin
from weval.types import Record


class BundledSource(Record):
    """Items that lie beside task.yaml, in our layout."""

    kind: Literal["bundled"]
    path: Annotated[str, Field(pattern=r"^\w[\w.-]*$")]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]

    @property
    def is_here(self) -> bool:
        """Always: the file comes with weval."""
        return True

    def remedy(self, name: str) -> str:
        """What brings the items here: they are."""
        return ""


class PinnedSource(Pin):
    """A public file, named by commit and git blob hash, in the released layout."""

    kind: Literal["github"]

    def remedy(self, name: str) -> str:
        """What brings the items here."""
        return f"weval fetch {name}"


class UnreleasedSource(Record):
    """Items that were described and never released: there is a recipe to build others like them, beside task.yaml.

    Two builds of one recipe are two data sets, so there is no hash and no table of their figures; each carries its own.
    """

    kind: Literal["unreleased"]

    @property
    def is_here(self) -> bool:
        """Never: what is built, or brought, is asked for by --data."""
        return False

    def remedy(self, name: str) -> str:
        """What makes such items, or takes them from somebody who has."""
        return f"weval build all {name}, or --data FILE"


Source = Annotated[BundledSource | PinnedSource | UnreleasedSource, Field(discriminator="kind")]
