"""Where a place of the baseline lies at the follow-up: a similarity, and a smooth bend for skin that stretches."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

POWERS = ((0, 1), (2, 0), (1, 1), (0, 2), (3, 0), (2, 1), (1, 2), (0, 3))
"""Terms of the bend: powers of u and of its conjugate. The first is stretch along one direction beside another."""
_AS_FAR_AS = 1.5  # radii from the middle: beyond, the bend stays what it is there, for nothing was seen so far out
_ROUNDS, _CLOSE_ENOUGH_UM = 60, 1e-4


@dataclass(frozen=True)
class Warp:
    """Map from places of the baseline to places of the follow-up, both (x, y) in um.

    Attributes
    ----------
    similarity : (2, 3) float array
        Turn, scale and shift, never a mirror image.
    bend : (8,) complex array
        What comes on top, in um: the sum of ``bend[k] * u ** m * conj(u) ** n`` over `POWERS`, where
        ``u = (x + iy - middle) / radius_um`` at the baseline. All zero for a similarity.
    middle_um : complex
        Middle x + iy of the roots that the bend was found from.
    radius_um : float
        How far from it they lie.
    """

    similarity: FloatArray = field(default_factory=lambda: np.eye(2, 3))
    bend: ComplexArray = field(default_factory=lambda: np.zeros(len(POWERS), complex))
    middle_um: complex = 0j
    radius_um: float = 1.0

    @property
    def _turn(self) -> complex:
        return complex(self.similarity[0, 0], self.similarity[1, 0])

    @property
    def _shift(self) -> complex:
        return complex(self.similarity[0, 2], self.similarity[1, 2])

    def _bent(self, at: ComplexArray) -> ComplexArray:
        return bend_terms(at, self.middle_um, self.radius_um) @ self.bend

    def forward(self, places_um: FloatArray) -> FloatArray:
        """Places of the baseline, (..., 2) um, as they lie at the follow-up."""
        at = _complex(places_um)
        there = self._turn * at + self._shift
        return _places(there + self._bent(at) if self.bend.any() else there)

    def backward(self, places_um: FloatArray) -> FloatArray:
        """Places of the follow-up, (..., 2) um, as they lay at the baseline."""
        there = _complex(places_um)
        at = (there - self._shift) / self._turn
        for _ in range(_ROUNDS if self.bend.any() else 0):
            before, at = at, (there - self._shift - self._bent(at)) / self._turn
            if at.size == 0 or np.abs(at - before).max() < _CLOSE_ENOUGH_UM:
                break
        return _places(at)

    @property
    def turn_rad(self) -> float:
        """By how much the picture is turned, anticlockwise as seen on screen."""
        return float(-np.arctan2(self.similarity[1, 0], self.similarity[0, 0]))

    @property
    def scale_ratio(self) -> float:
        """Follow-up over baseline, 1 where both scales are right."""
        return float(np.hypot(*self.similarity[:, 0]))


def similarity_of(turn: complex, shift: complex) -> FloatArray:
    """The (2, 3) array of z -> turn * z + shift."""
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def bend_terms(at: ComplexArray, middle_um: complex, radius_um: float) -> ComplexArray:
    """Terms of the bend at places x + iy: (..., 8)."""
    u = (at - middle_um) / radius_um
    u = u * np.minimum(1.0, _AS_FAR_AS / np.maximum(np.abs(u), 1e-12))
    v = np.conj(u)
    return np.stack([v, u * u, u * v, v * v, u * u * u, u * u * v, u * v * v, v * v * v], axis=-1)


def _complex(places_um: FloatArray) -> ComplexArray:
    places = np.asarray(places_um, float)
    return np.asarray(places[..., 0] + 1j * places[..., 1])


def _places(at: ComplexArray) -> FloatArray:
    return np.stack([at.real, at.imag], axis=-1)
