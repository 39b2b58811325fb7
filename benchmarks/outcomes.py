"""What a method got right and wrong on one photograph, hair by hair, in numbers and as a picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

import real
from densitometer.evaluate import Score, midpoints, score_matching

CLOSE_UM = 150.0
# Blue-green-red, from the colour-blind-safe palette of Okabe and Ito (2008).
COLOURS = {
    "true": (115, 158, 0),  # green: a mark, scored or not
    "matched": (233, 180, 86),  # sky blue: found and right
    "missed": (66, 228, 240),  # yellow: marked and not found
    "false": (0, 94, 213),  # vermilion: invented
    "ignored": (160, 160, 160),  # grey: found, neither right nor wrong
}


@dataclass(frozen=True)
class Outcome:
    """One method on one photograph.

    Attributes
    ----------
    score : Score
    count : float
        Hairs counted in the scored area: the found hairs that are scored, or the method's own count.
    kind, close, hit : arrays, shape (n,)
        Of each scored true hair: its kind, whether another counted root lies within 150 um, whether it was found.
    doubled : int
        Invented hairs with their midpoint within 125 um of any point of a marked hair: found twice, or in parts.
    """

    score: Score
    count: float
    kind: NDArray[np.str_]
    close: NDArray[np.bool_]
    hit: NDArray[np.bool_]
    doubled: int


def close_roots(root_tip: NDArray[np.float64], um_per_px: float) -> NDArray[np.bool_]:
    """Tell which hairs have another root within 150 um of theirs."""
    apart = cdist(root_tip[:, :2], root_tip[:, :2]) * um_per_px
    np.fill_diagonal(apart, np.inf)
    return np.asarray((apart < CLOSE_UM).any(axis=1))


def distance_to_hairs(points: NDArray[np.float64], root_tip: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the distance of each point (n, 2) to the straight line from root to tip of each hair (m, 4): (n, m)."""
    root, along = root_tip[:, :2], root_tip[:, 2:] - root_tip[:, :2]
    length = np.maximum((along**2).sum(axis=1), np.finfo(float).tiny)
    offset = points[:, None] - root
    share = np.clip((offset * along).sum(axis=2) / length, 0, 1)
    return np.asarray(np.linalg.norm(offset - share[..., None] * along, axis=2))


def outcome(photo: real.MarkedPhoto, found: NDArray[np.float64], count: float | None = None) -> Outcome:
    """Score found hairs, shape (n, 4) in px; `count` where the method counts otherwise than by its hairs."""
    marks, matching = real.hairs(photo), real.match(found, photo)
    score = score_matching(marks.root_tip, found, matching)
    scored = np.union1d(matching.pairs[:, 0], matching.missed)
    counted = np.flatnonzero(marks.kind != "loose")
    close = np.zeros(len(marks.kind), dtype=bool)
    close[counted] = close_roots(marks.root_tip[counted], photo.um_per_px)
    apart = distance_to_hairs(midpoints(found)[matching.false], marks.root_tip)
    return Outcome(
        score=score,
        count=float(score.found_count) if count is None else count,
        kind=marks.kind[scored],
        close=close[scored],
        hit=np.isin(scored, matching.pairs[:, 0]),
        doubled=int((apart <= real.TOLERANCE_UM / photo.um_per_px).any(axis=1).sum()),
    )


def draw(photo: real.MarkedPhoto, found: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Draw marks and found hairs on the photograph, roots as dots; blue, green, red order as OpenCV writes it."""
    marks, matching = real.hairs(photo), real.match(found, photo)
    picture = np.asarray(cv2.imread(str(photo.path)), dtype=np.uint8)
    for at, hair in enumerate(marks.root_tip):
        _line(picture, hair, COLOURS["missed" if at in matching.missed else "true"], 1)
    for name, some in (("matched", matching.pairs[:, 1]), ("false", matching.false), ("ignored", matching.ignored)):
        for hair in found[some]:
            _line(picture, hair, COLOURS[name], 2)
    return picture


def _line(picture: NDArray[np.uint8], hair: NDArray[np.float64], colour: tuple[int, int, int], thick: int) -> None:
    x0, y0, x1, y1 = (round(float(v)) for v in hair)
    cv2.line(picture, (x0, y0), (x1, y1), colour, thick, cv2.LINE_AA)
    cv2.circle(picture, (x0, y0), 3 + thick, colour, -1, cv2.LINE_AA)
