"""Which reference a response is compared with: the next better one each time that the writer has beaten one.

Source: Tongyi-Zhiwen/Writing-RL at 3f16f298, writing_rl.py and scripts/create_index_file.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from weval.bench.items import Mode, is_original
from weval.bench.writing_rl.reward import WIN
from weval.errors import DataError, OriginalError


def starting_index(n_prompts: int) -> dict[str, int]:
    """The original's index before training; it has one key more than there are prompts.

    >>> starting_index(1)
    {'0': 0, '1': 0}
    """
    return {str(at): 0 for at in range(n_prompts + 1)}


class References:
    """How far each prompt has got along its references, which go from easy to hard. Not safe for several threads.

    Repaired: prompts are known by their id, 0 and "0" being the same, and begin at the first reference; however often
    a prompt's reference is beaten in one batch, it moves one step, when the batch ends, and never beyond the last.
    Original: every win moves its prompt at once and without end, past references that nothing was compared with; an id
    that the index does not have, as a number where it has texts, raises OriginalError.

    >>> references = References()
    >>> for reward in (1.0, 1.0, 0.0):
    ...     references.note("7", ["easy", "hard", "harder"], reward)
    >>> references.end_batch()
    >>> references.current("7", ["easy", "hard", "harder"])
    'hard'
    """

    def __init__(self, index: Mapping[str, int] | None = None, mode: Mode = "repaired") -> None:
        self._index = dict(index or {})
        self._original = is_original(mode)
        self._beaten: dict[str, int] = {}

    @property
    def index(self) -> dict[str, int]:
        """How far every prompt has got, as JSON can hold it; a new object from it goes on from there."""
        return dict(self._index)

    def current(self, prompt: str | int | None, references: Sequence[str]) -> str:
        """The reference that a prompt is at. Raises DataError, or OriginalError, without id or references."""
        at = self._at(prompt)
        if not references:
            raise self._error(f"prompt {prompt}: no references", "IndexError: list index out of range")
        return references[min(at, len(references) - 1)]

    def note(self, prompt: str | int | None, references: Sequence[str], reward: float | None) -> None:
        """Takes down what a comparison with the current reference came to; None, no reward, is no win."""
        at = self._at(prompt)
        if reward is None or reward < WIN:
            return
        if self._original:
            self._index[str(prompt)] = at + 1
        else:
            self._beaten[str(prompt)] = max(min(at + 1, len(references) - 1), 0)

    def end_batch(self) -> None:
        """Moves the prompts whose reference was beaten since the last call."""
        self._index |= self._beaten
        self._beaten.clear()

    def _at(self, prompt: str | int | None) -> int:
        if prompt is None:
            raise self._error("a prompt has no id", "KeyError: 'id'")
        if not self._original:
            return self._index.get(str(prompt), 0)
        if not isinstance(prompt, str) or prompt not in self._index:
            raise OriginalError(f"the index of references has no {prompt!r}; the original stops: KeyError: {prompt!r}")
        return self._index[prompt]

    def _error(self, problem: str, original: str) -> DataError | OriginalError:
        if not self._original:
            return DataError(problem)
        return OriginalError(f"{problem}; the original stops: {original}")
