"""What training changed on texts that it did not see; the measuring itself runs in test_writing_sft.py."""

from __future__ import annotations

import numpy as np

from weval.training.supervised.heldout import HeldOut, compared


def test_the_change_is_paired_over_texts() -> None:
    before = np.linspace(3.0, 6.0, 12)
    found = HeldOut(n_texts=12, loss=compared(before, before - 1.0 + 0.01 * np.arange(12)))
    change = found.loss.change
    assert change and change.ci and np.isclose(change.value, -0.945)
    assert change.ci[0] > -1.0 and change.ci[1] < -0.9  # much narrower than the texts differ
    assert found.told().startswith("Loss per token on 12 texts held out: 4.500 before training, 3.555 after it")
