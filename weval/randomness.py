"""Random numbers that depend on what they are for, never on order, threads or resumption."""

from __future__ import annotations

import hashlib

import numpy as np


def generator(seed: int, *purpose: str) -> np.random.Generator:
    """A generator for one purpose: the same seed and words always give the same numbers.

    >>> int(generator(0, "item-7", "shuffle").integers(100)) == int(generator(0, "item-7", "shuffle").integers(100))
    True
    """
    return np.random.default_rng(int.from_bytes(digest(str(seed), *purpose, size=16)))


def digest(*words: str, size: int = 8) -> bytes:
    """A hash of the words that keeps their boundaries."""
    hashed = hashlib.blake2b(digest_size=size)
    for word in words:
        encoded = word.encode("utf-8", "surrogatepass")
        hashed.update(len(encoded).to_bytes(8) + encoded)
    return hashed.digest()
