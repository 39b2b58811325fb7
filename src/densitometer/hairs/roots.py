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
from densitometer.settings import RootSettings
from densitometer.strands import StrandMap


def point_rods(strands: StrandMap, rods: Rods, settings: RootSettings) -> tuple[Rods, NDArray[np.float64]]:
    """Turn every rod so that its first end is the root.

    Returns
    -------
    rods : float array, shape (n, 7)
    confidence : float array, shape (n,)
        Probability, 0.5 to 1, that the first end is the root.
    """
    if not len(rods):
        return rods, np.zeros(0)
    trail = _trail_difference(strands, rods, settings)
    own = np.clip(trail / settings.trail_scale, -3, 3)
    vote = own + settings.neighbour_weight * _neighbours_say(rods, own, settings.reach_um / strands.um_per_px)
    pointed = np.where((vote < 0)[:, None], rod.turned(rods), rods)
    return pointed, 1 / (1 + np.exp(-np.abs(vote)))


def _trail_difference(strands: StrandMap, rods: Rods, settings: RootSettings) -> NDArray[np.float64]:
    """How much more trail lies beyond the first end than beyond the second, in units of darkness."""
    first, second = (trails(strands, each, settings) for each in (rods, rod.turned(rods)))
    return np.where(np.isfinite(first) & np.isfinite(second), first - second, 0.0)


def trails(strands: StrandMap, rods: Rods, settings: RootSettings) -> NDArray[np.float64]:
    """Mean shade of the strip that continues each rod beyond its first end; NaN where it is hidden."""
    prepared = strands.prepared
    near, far = (um / strands.um_per_px for um in settings.trail_um)
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
    hair = cv2.remap(strands.evidence, points, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    sampled = np.where((hidden > 0) & (hair < settings.hair_evidence), sampled, np.nan)
    seen = np.isfinite(sampled)
    total = np.where(seen, sampled, 0).sum(axis=1)
    return np.where(seen.sum(axis=1) >= 8, total / np.maximum(seen.sum(axis=1), 1), np.nan)


def _neighbours_say(rods: Rods, own: NDArray[np.float64], reach_px: float) -> NDArray[np.float64]:
    """Mean evidence of the other hairs, those near and along the same line counting most."""
    middle = (rods[:, :2] + rods[:, 2:4]) / 2
    distance2 = ((middle[:, None] - middle[None]) ** 2).sum(axis=2)
    angle = rod.angles(rods)
    agree = np.cos(angle[:, None] - angle[None])
    weight = np.exp(-distance2 / (2 * reach_px**2)) * np.abs(agree)
    np.fill_diagonal(weight, 0)
    return np.asarray((weight * np.sign(agree)) @ own / (weight.sum(axis=1) + 1e-9))
