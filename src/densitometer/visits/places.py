"""Places of hairs on the skin that two photographs share, each found at one visit or at both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from densitometer.visits.comparison import Alignment
from densitometer.visits.pairing import Pairing
from densitometer.visits.view import View

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

_NONE = -1


@dataclass(frozen=True)
class Places:
    """Places of hairs in the common field.

    Attributes
    ----------
    baseline, followup : (n,) int arrays
        Index into either view; -1 where it was not found.
    baseline_um, followup_um : (n, 2) float arrays
        Where its root lies, or would lie, in each photograph.
    fit : (n,) float array
        Log odds that the two are one; 0 where there is one only.
    surest_after : (n,) bool array
        Whether the follow-up shows it more surely: what may have been gained rather than lost.
    """

    baseline: IntArray
    followup: IntArray
    baseline_um: FloatArray
    followup_um: FloatArray
    fit: FloatArray
    surest_after: BoolArray

    def __len__(self) -> int:
        return len(self.baseline)

    @property
    def paired(self) -> BoolArray:
        """Whether it was found at both visits."""
        return (self.baseline >= 0) & (self.followup >= 0)


def common_places(baseline: View, followup: View, alignment: Alignment, pairing: Pairing) -> Places:
    """All hairs of the common field, paired ones first; roots that both photographs show lie in the middle of both."""
    alone = [
        np.setdiff1d(np.arange(len(view)), found)
        for view, found in ((baseline, pairing.baseline), (followup, pairing.followup))
    ]
    first = np.concatenate([pairing.baseline, alone[0], np.full(len(alone[1]), _NONE)]).astype(np.int64)
    second = np.concatenate([pairing.followup, np.full(len(alone[0]), _NONE), alone[1]]).astype(np.int64)
    fit = np.concatenate([pairing.fit, np.zeros(len(alone[0]) + len(alone[1]))])
    before = taken(baseline.root_um, first, np.nan)
    after = taken(followup.root_um, second, np.nan)
    before = np.where(first[:, None] >= 0, before, alignment.warp.backward(np.nan_to_num(after)))
    after = np.where(second[:, None] >= 0, after, alignment.warp.forward(np.nan_to_num(before)))
    middle = (before + alignment.warp.backward(after)) / 2
    both = baseline.shows(middle) & followup.shows(alignment.warp.forward(middle))
    surest = taken(followup.confidence, second, 0.0) > taken(baseline.confidence, first, 0.0)
    return Places(first[both], second[both], before[both], after[both], fit[both], surest[both])


def taken(values: FloatArray, index: IntArray, missing: float) -> FloatArray:
    """Values at indices, and another where the index is -1."""
    padded = np.concatenate([values, np.full((1, *values.shape[1:]), missing)])
    return np.asarray(padded[index])
