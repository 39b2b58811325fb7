"""Draw what a perfect strand network would answer for root segments of known ends, as vectors round their middles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from densitometer.strands.hair_fields import FloatMap, HairFields
from drawn import Scene
from drawn_fields import SHAPE, UM_PER_PX, draw_strands, root_segment

_SIGMA_PX = 0.9


@dataclass(frozen=True)
class Segment:
    """A root segment in px of the maps, with the score of its middle and how well its root is known."""

    root: tuple[float, float]
    end: tuple[float, float]
    width_um: float = 60.0
    score: float = 0.9
    knows_root: float = 1.0

    @property
    def middle(self) -> NDArray[np.float64]:
        return (np.array(self.root) + self.end) / 2

    @property
    def half(self) -> NDArray[np.float64]:
        return (np.array(self.root) - self.end) / 2


def segment(middle: tuple[float, float], degrees: float, length_um: float = 640.0, **more: float) -> Segment:
    """A segment round a middle, whose root lies ``degrees`` from x towards y as in the maps."""
    half = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))]) * length_um / 2 / UM_PER_PX
    return Segment(tuple(np.array(middle) + half), tuple(np.array(middle) - half), **more)


def draw_vectors(
    segments: Sequence[Segment],
    shape: tuple[int, int] = SHAPE,
    px_per_px: float = 2.0,
    strand: FloatMap | None = None,
    jitter_deg: float = 0.0,
) -> HairFields:
    """Fields that hold these segments; every pixel tells of the one whose middle is nearest.

    ``jitter_deg`` turns the axis, from pixel to pixel, by so much to one side and the other.
    """
    y, x = np.mgrid[: shape[0], : shape[1]].astype(float)
    score, nearest = np.zeros(shape), np.full(shape, np.inf)
    axis, to_root = np.zeros((2, *shape)), np.zeros((2, *shape))
    half_um, width_um = np.full(shape, 250.0), np.full(shape, 60.0)
    sides = np.radians(jitter_deg) * (-1.0) ** (x + y)
    for one in segments:
        distance = np.hypot(x - one.middle[0], y - one.middle[1])
        score = np.maximum(score, one.score * np.exp(-(distance**2) / (2 * _SIGMA_PX**2)))
        mine, nearest = distance < nearest, np.minimum(nearest, distance)
        length = float(np.hypot(*one.half))
        angle = np.arctan2(one.half[1], one.half[0]) + sides[mine]
        axis[:, mine] = np.cos(2 * angle), np.sin(2 * angle)
        to_root[:, mine] = (one.knows_root * one.half / length)[:, None]
        half_um[mine], width_um[mine] = length * UM_PER_PX, one.width_um
    maps = (each.astype(np.float32) for each in (score, axis, half_um, to_root, width_um))
    nothing = np.zeros((8, *shape), np.float32)
    return HairFields(*maps, nothing if strand is None else strand, UM_PER_PX, px_per_px)


def answer_to(scene: Scene, scores: Sequence[float] = (), knows_root: float = 1.0) -> HairFields:
    """What a perfect network would say of a drawn scene."""
    px_per_px = UM_PER_PX / scene.um_per_px
    shape = (int(np.ceil(scene.shape[0] / px_per_px)), int(np.ceil(scene.shape[1] / px_per_px)))
    lines = [(scene.to_px(hair.points_um) + 0.5) / px_per_px - 0.5 for hair in scene.hairs]
    segments = []
    for k, (line, hair) in enumerate(zip(lines, scene.hairs, strict=True)):
        x0, y0, x1, y1 = root_segment(line)
        score = scores[k] if scores else 0.9
        segments.append(Segment((x0, y0), (x1, y1), hair.width_um, score, knows_root))
    return draw_vectors(segments, shape, px_per_px, draw_strands(lines, shape))
