"""Fine blood vessels in the skin: branching ones, short loops, and the pale pink streaks along the skin's lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from densitometer.synthetic.dice import Range, between, stream
from densitometer.synthetic.ground import Array, Ground
from densitometer.synthetic.places import Points, sow, strokes

_STEP_UM = 8.0
_SIGMA = 1 / 2.355  # of a Gaussian, as a share of its width at half height
_TREE_LENGTH_MM = (0.9, 2.6)


@dataclass(frozen=True)
class _Kind:
    """What one kind of vessel looks like; ``wander`` is how far it strays from its way, in radians."""

    per_cm2: float
    length_mm: Range
    width_um: Range
    depth: Range
    wander: float
    branches: int


_TREES = _Kind(9.0, _TREE_LENGTH_MM, (18.0, 55.0), (0.25, 0.75), 0.55, 4)
_STREAKS = _Kind(280.0, (0.3, 1.4), (20.0, 60.0), (0.10, 0.36), 0.42, 2)
_LOOPS = _Kind(70.0, (0.08, 0.22), (14.0, 26.0), (0.25, 0.6), 0.2, 0)


@dataclass(frozen=True)
class _Path:
    points_mm: Points
    width_um: Points
    depth: Points


def vessels(ground: Ground, amount: float, redness: float) -> Array:
    """Haemoglobin of the vessels in the skin.

    Parameters
    ----------
    ground : Ground
        What the camera sees.
    amount : float
        0 for none, about 1 for plenty.
    redness : float
        Red skin has fuller vessels, and more of them in one place.

    Returns
    -------
    (height, width) float32 array
        Amount of haemoglobin, 0 where there is no vessel.
    """
    dice = stream(ground.seed, "vessels of the skin")
    usual = float(dice.uniform(0, np.pi))
    # skins differ in what is to be seen: the pale net nearly everywhere, trees and loops only on some
    shares = (float(dice.random() ** 1.5), 0.6 + 0.4 * float(dice.random()), float(dice.random() ** 2))
    fullness = (0.85 + 0.35 * min(amount, 1.5)) * (1 + 0.4 * redness)
    paths: list[_Path] = []
    for name, kind, share in zip(("tree", "streak", "loop"), (_TREES, _STREAKS, _LOOPS), shares, strict=True):
        points, luck = sow(
            ground, kind.per_cm2 * share * amount * (1 + 0.5 * redness), kind.length_mm[1], "vessel", name
        )
        for start, chances in zip(points, luck, strict=True):
            own = stream(ground.seed, "vessel", name, int(chances[0] * 2**31))
            bearing = usual + (np.pi / 3) * round(float(own.normal(0, 0.9))) + float(own.normal(0, 0.35))
            if name == "loop":
                paths.append(_loop(kind, start, own))
            else:
                paths += _grow(kind, start, bearing, own)
    if not paths:
        return np.zeros(ground.shape, dtype=np.float32)
    at, width, depth = (np.concatenate([getattr(p, key) for p in paths]) for key in ("points_mm", "width_um", "depth"))
    return strokes(ground, at, width * _SIGMA, depth * fullness, _STEP_UM)


def _grow(kind: _Kind, start: Points, bearing: float, dice: np.random.Generator) -> list[_Path]:
    """A vessel with its branches."""
    trunk = _wander(kind, start, bearing, between(dice, kind.length_mm), dice)
    width, depth = between(dice, kind.width_um), between(dice, kind.depth)
    return _branch(kind, trunk, width, depth, kind.branches, dice)


def _branch(
    kind: _Kind, line: Points, width: float, depth: float, branches: int, dice: np.random.Generator
) -> list[_Path]:
    """A line as a vessel, and thinner ones that leave it."""
    found = [_dress(line, width, depth, dice)]
    for _ in range(int(dice.integers(0, branches + 1))):
        at = int(dice.uniform(0.1, 0.85) * (len(line) - 2))
        ahead = line[min(at + 6, len(line) - 1)] - line[at]
        turn = float(dice.choice([-1.0, 1.0]) * dice.uniform(0.35, 1.0))
        bearing = float(np.arctan2(ahead[1], ahead[0])) + turn
        length = _STEP_UM / 1000 * len(line) * float(dice.uniform(0.25, 0.6))
        twig = _wander(kind, line[at], bearing, length, dice)
        thin = width * float(dice.uniform(0.5, 0.8))
        found += _branch(kind, twig, thin, depth * float(dice.uniform(0.6, 0.95)), branches // 2, dice)
    return found


def _wander(kind: _Kind, start: Points, bearing: float, length_mm: float, dice: np.random.Generator) -> Points:
    """A tortuous line of points `_STEP_UM` apart."""
    steps = max(6, int(length_mm * 1000 / _STEP_UM))
    stray = kind.wander * (_noise(steps, 90.0, dice) + 0.8 * _noise(steps, 350.0, dice))
    heading = bearing + stray
    ways = np.column_stack([np.cos(heading), np.sin(heading)]) * (_STEP_UM / 1000)
    return np.asarray(start + np.cumsum(ways, axis=0))


def _noise(steps: int, grain_um: float, dice: np.random.Generator) -> Points:
    """Numbers about 0 that change evenly over ``grain_um``."""
    knots = int(steps * _STEP_UM / grain_um) + 3
    places = np.arange(steps) * _STEP_UM / grain_um + float(dice.random())
    values, before = dice.normal(size=knots), places.astype(np.int64)
    return np.asarray(values[before] + (values[before + 1] - values[before]) * (places - before))


def _dress(line: Points, width_um: float, depth: float, dice: np.random.Generator) -> _Path:
    """Width and depth along a line: it dives here and there, and fades at its ends."""
    steps = len(line)
    along = np.arange(1.0, steps + 1)
    ends = np.minimum(np.minimum(along, steps + 1 - along) * (_STEP_UM / 120), 1.0)
    full = _noise(steps, 140.0, dice)
    seen = np.minimum(np.maximum(0.8 + 0.3 * full, 0.1), 1.3)
    widths = width_um * np.minimum(np.maximum(1 + 0.08 * full, 0.75), 1.25)
    return _Path(line, np.maximum(widths, 12.0), depth * ends * seen)


def _loop(kind: _Kind, start: Points, dice: np.random.Generator) -> _Path:
    """A comma or a hairpin: the loop of a single papilla, seen from above or from the side."""
    length, turn = between(dice, kind.length_mm), float(dice.uniform(0.8, 3.6)) * float(dice.choice([-1.0, 1.0]))
    steps = max(6, int(length * 1000 / _STEP_UM))
    heading = float(dice.uniform(0, 2 * np.pi)) + turn * np.linspace(0, 1, steps) ** 1.5
    line = start + np.cumsum(np.column_stack([np.cos(heading), np.sin(heading)]), axis=0) * (_STEP_UM / 1000)
    width = between(dice, kind.width_um) * np.linspace(1.2, 0.8, steps)
    depth = between(dice, kind.depth) * np.clip(np.minimum(np.arange(steps) + 1, steps - np.arange(steps)) / 4, 0, 1)
    return _Path(np.asarray(line), np.maximum(width, 12.0), depth)
