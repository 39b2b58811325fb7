"""Tell root from tip: where the shaft goes on under the skin, and which way the neighbours point.

At the root the shaft lies under the skin for a while and shows as a soft, bluish, darker trail beyond the end of what
is seen of it; beyond the tip lies bare skin. One hair's evidence is weak, but trimmed hair of one photograph points
one way (coherence 0.94 to 0.99 on annotated photographs), so neighbours vote. Where neither tells, it is said so:
a weak prior could turn a whole photograph round.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.hairs import rods as rod
from densitometer.hairs.rods import Rods
from densitometer.prepare import Prepared
from densitometer.settings import RootSettings

_BLOCK = 500
"""Hairs whose neighbours are weighed at once: all against all would take gigabytes on wide photographs."""


def root_votes(
    prepared: Prepared,
    evidence: NDArray[np.float32],
    ends: tuple[Rods, Rods],
    chords: Rods,
    settings: RootSettings,
    further: NDArray[np.float64] | float = 0.0,
) -> NDArray[np.float64]:
    """Evidence (logit) that each hair's first end is its root: its own, its trail's and its neighbours'.

    Parameters
    ----------
    prepared : Prepared
    evidence : float32 array, shape (h, w)
        How much each pixel speaks for hair, as in `StrandMap`.
    ends : two float arrays, shape (n, 7)
        Rods that end a hair: their own first end is the hair's first, or last.
    chords : float array, shape (n, 7)
        Rods from each hair's first end to its last.
    settings : RootSettings
    further : float array, shape (n,), optional
        Other evidence (logit) that the first end is the root.

    Returns
    -------
    float array, shape (n,)
    """
    if not len(chords):
        return np.zeros(0)
    first, last = (trails(prepared, evidence, some, settings) for some in ends)
    # Beside a hidden end, such as one that the border cuts off, a trail tells, but its absence does not.
    bare = settings.trail_scale / 2
    own = np.where(np.isfinite(last), first - last, np.maximum(first - bare, 0))
    own = np.where(np.isfinite(first), own, -np.maximum(last - bare, 0))
    own = np.clip(np.nan_to_num(own) / settings.trail_scale, -3, 3) + further
    middle = (chords[:, :2] + chords[:, 2:4]) / 2
    said = neighbours_say(middle, rod.angles(chords), own, settings.reach_um / prepared.um_per_px)
    return np.asarray(own + settings.neighbour_weight * said)


def trails(
    prepared: Prepared, evidence: NDArray[np.float32], rods: Rods, settings: RootSettings
) -> NDArray[np.float64]:
    """Mean shade of the strip that continues each rod beyond its first end; NaN where it is hidden."""
    near, far = (um / prepared.um_per_px for um in settings.trail_um)
    chord = rods[:, 2:4] - rods[:, :2]
    unit = chord / (np.hypot(chord[:, 0], chord[:, 1]) + 1e-9)[:, None]
    normal = np.stack([-unit[:, 1], unit[:, 0]], axis=1)
    along = np.linspace(near, far, 8)[None, :, None, None]
    across = (np.linspace(-0.5, 0.5, 5)[None, None, :, None]) * rods[:, rod.WIDTH][:, None, None, None]
    points = rods[:, None, None, :2] - along * unit[:, None, None] + across * normal[:, None, None]
    points = points.reshape(len(rods), -1, 2).astype(np.float32)
    shade = np.clip(prepared.darkness + settings.blue_weight * prepared.blueness, -0.3, 0.6).astype(np.float32)
    sampled = cv2.remap(shade, points, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=np.nan)
    hidden = cv2.remap(
        prepared.visible.astype(np.uint8), points, None, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT
    )
    # Another hair beyond the end would pass for a dark trail.
    hair = cv2.remap(evidence, points, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    sampled = np.where((hidden > 0) & (hair < settings.hair_evidence), sampled, np.nan)
    seen = np.isfinite(sampled)
    total = np.where(seen, sampled, 0).sum(axis=1)
    return np.where(seen.sum(axis=1) >= 8, total / np.maximum(seen.sum(axis=1), 1), np.nan)


def neighbours_say(
    middle: NDArray[np.float64], angle: NDArray[np.float64], own: NDArray[np.float64], reach_px: float
) -> NDArray[np.float64]:
    """Mean evidence of the other hairs, those near and along the same line counting most.

    Parameters
    ----------
    middle : float array, shape (n, 2)
        Where the hairs are, in px.
    angle : float array, shape (n,)
        Which way each points, in radians.
    own : float array, shape (n,)
        Evidence that each points the right way.
    reach_px : float
        Standard deviation of the distance at which neighbours count.
    """
    said = np.zeros(len(middle))
    for start in range(0, len(middle), _BLOCK):
        some = slice(start, start + _BLOCK)
        distance2 = ((middle[some, None] - middle[None]) ** 2).sum(axis=2)
        agree = np.cos(angle[some, None] - angle[None])
        weight = np.exp(-distance2 / (2 * reach_px**2)) * np.abs(agree)
        weight[np.arange(len(weight)), np.arange(start, start + len(weight))] = 0
        said[some] = (weight * np.sign(agree)) @ own / (weight.sum(axis=1) + 1e-9)
    return said
