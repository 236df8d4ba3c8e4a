"""What a scorer notices: which kind of dropped requirement, and how much it goes by length."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import numpy.typing as npt

from weval.metrics.arrays import BoolArray, FloatArray, IntArray, pair_signs, ratio, rows, same_rows


def type_points(
    scores: npt.ArrayLike, kept: npt.ArrayLike, types: npt.ArrayLike, n_types: int
) -> tuple[FloatArray, IntArray]:
    """Per item and requirement type, points and number of the pairs that differ by dropped requirements of that type.

    A pair counts when one candidate kept all that the other kept and more, and everything it kept more is of one known
    type. Scores are (m, n), kept (m, n, r), types (m, r) codes below n_types with -1 for unknown; both results are
    (m, n_types). The candidate that kept more gives 1 point when it is above, half a point when the two are tied.
    Accuracy of a type is the sum of its points over the sum of its pairs, undefined without pairs.

    >>> points, pairs = type_points([[0.9, 0.5]], [[[True, True], [True, False]]], [[0, 1]], n_types=2)
    >>> points.tolist(), pairs.tolist()
    ([[0.0, 1.0]], [[0, 1]])
    """
    values = rows("scores", scores)
    codes = pair_types(kept, types, n_types)
    if codes.shape[:2] != values.shape:
        raise ValueError(f"scores {values.shape} and kept {codes.shape[:2]} do not fit")
    won = (1 + pair_signs(values)) / 2
    of_type = [codes == code for code in range(n_types)]
    points = [(won * chosen).sum(axis=(1, 2)) for chosen in of_type]
    pairs = [chosen.sum(axis=(1, 2)) for chosen in of_type]
    return np.stack(points, axis=1), np.stack(pairs, axis=1)


def pair_types(kept: npt.ArrayLike, types: npt.ArrayLike, n_types: int) -> npt.NDArray[np.int8]:
    """For each item and ordered pair of candidates the type of what sets them apart, (m, n, n).

    The code of a type where the first kept all that the second kept and more, and everything more is of that type; -1
    elsewhere. Kept is (m, n, r), types (m, r) codes below n_types with -1 for unknown.

    >>> pair_types([[[True, True], [True, False]]], [[0, 1]], n_types=2).tolist()
    [[[-1, 1], [-1, -1]]]
    """
    held, codes = np.asarray(kept, dtype=np.bool_), np.asarray(types, dtype=np.int64)
    if held.ndim != 3 or codes.shape != (held.shape[0], held.shape[2]):
        raise ValueError(f"kept {held.shape} and types {codes.shape} do not fit")
    if codes.size and not -1 <= codes.min() <= codes.max() < n_types:
        raise ValueError(f"types: codes must lie between -1 and {n_types - 1}")
    m, n, _ = held.shape
    found = np.full((m, n, n), -1, dtype=np.int8)
    for i, j in permutations(range(n), 2):
        found[:, i, j] = _dropped_type(held[:, i], held[:, j], codes)
    return found


def length_bias(gold: npt.ArrayLike, scores: npt.ArrayLike, lengths: npt.ArrayLike) -> FloatArray:
    """How much more the score follows length than gold itself does, shape (m,).

    The rank correlation of score with length within an item, minus that of gold with length; each is concordant minus
    discordant pairs over all n(n-1)/2 pairs, a tie on either side adding 0. Range -2 to 2; 0 is unbiased, above 0 the
    scorer prefers longer texts than it should. Never undefined.

    >>> length_bias([[3, 2, 1]], [[0.1, 0.5, 0.9]], [[100, 200, 300]]).tolist()
    [2.0]
    """
    truth, answer = same_rows(gold, scores)
    size = rows("lengths", lengths)
    if size.shape != truth.shape:
        raise ValueError(f"lengths have shape {size.shape}, gold has {truth.shape}")
    n = truth.shape[1]
    # Both correlations share the denominator, so the difference of signs can be taken pair by pair.
    excess = (pair_signs(answer) - pair_signs(truth)) * pair_signs(size)
    return ratio(excess.sum(axis=(1, 2), dtype=np.int64), np.array(n * (n - 1)))


def _dropped_type(more: BoolArray, less: BoolArray, codes: IntArray) -> IntArray:
    """The type of all that `more` kept beyond `less`, or -1 where they are not nested or types are mixed or unknown."""
    extra = more & ~less
    highest = np.where(extra, codes, -1).max(axis=1, initial=-1)
    pure = (~extra | (codes == highest[:, None])).all(axis=1)
    nested = ~(less & ~more).any(axis=1)
    return np.where(pure & nested, highest, -1)
