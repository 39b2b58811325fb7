"""What anyone would try first: a ridge filter, a threshold and a skeleton, from scikit-image, written fairly.

They work on full-resolution photographs. Their few settings were chosen on the ``choose`` half
of the photographs, as ours are (``python benchmarks/peers.py --tune`` shows the whole grid).
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from scipy.spatial.distance import cdist
from skimage.filters import apply_hysteresis_threshold, sato, threshold_otsu
from skimage.morphology import skeletonize

import real
from densitometer.evaluate import mean_count_error, pool

EIGHT = np.ones((3, 3), dtype=int)
NAMES = {
    "pieces": "Sato (four widths) + Otsu + skeleton components",
    "one_width": "Sato (one width) + Otsu + skeleton components",
    "tips": "Sato (one width) + hysteresis + half the skeleton's tips",
}


@dataclass(frozen=True)
class PeerSettings:
    """Widths of the ridge filter, the thresholds on its answer, and the shortest skeleton kept, all in px."""

    sigmas_px: tuple[float, ...]
    min_length_px: int
    low: float = 0.0
    high: float = 0.0


# The best of the grid by F1, over the widths that hair has and at the one width that suits these photographs best;
# for the tips, the best by count error.
COMPONENTS = PeerSettings(sigmas_px=(2, 4, 6, 8), min_length_px=30)
ONE_WIDTH = PeerSettings(sigmas_px=(5,), min_length_px=30)
TIPS = PeerSettings(sigmas_px=(6,), min_length_px=30, low=12, high=18)


def grey(path: Path) -> NDArray[np.float64]:
    """Read a photograph as grey values, 0 to 255."""
    with Image.open(path) as picture:
        return np.asarray(picture.convert("L"), dtype=float)


def ridges(picture: NDArray[np.float64], sigmas_px: tuple[float, ...]) -> NDArray[np.float64]:
    """Answer of the Sato ridge filter to dark lines."""
    return np.asarray(sato(picture, sigmas=sigmas_px, black_ridges=True))


def tip_pixels(skeleton: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels of a skeleton that have exactly one neighbour."""
    neighbours = ndimage.convolve(skeleton.astype(np.uint8), EIGHT.astype(np.uint8), mode="constant")
    return np.asarray(skeleton & (neighbours == 2))  # itself and one neighbour


def drop_short(skeleton: NDArray[np.bool_], min_length_px: int) -> tuple[NDArray[np.intp], int]:
    """Label the connected pieces of a skeleton, without those of fewer pixels than asked."""
    labels, count = ndimage.label(skeleton, structure=EIGHT)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    kept, many = ndimage.label(skeleton & (sizes[labels] >= min_length_px), structure=EIGHT)
    return kept, many


def pieces(skeleton: NDArray[np.bool_], min_length_px: int) -> NDArray[np.float64]:
    """Take each connected piece for a hair between its two tips farthest apart: (n, 4) as x, y, x, y in px."""
    labels, count = drop_short(skeleton, min_length_px)
    rows, columns = np.nonzero(tip_pixels(labels > 0))
    points, owner = np.column_stack([columns, rows]).astype(float), labels[rows, columns]
    hairs = []
    for label in range(1, count + 1):
        tips = points[owner == label]
        if len(tips) > 1:
            far = np.unravel_index(np.argmax(cdist(tips, tips)), (len(tips), len(tips)))
            hairs.append([*tips[far[0]], *tips[far[1]]])
    return np.array(hairs, dtype=float).reshape(-1, 4)


def components_from(answer: NDArray[np.float64], settings: PeerSettings = COMPONENTS) -> NDArray[np.float64]:
    """Peer 1 from the ridge filter's answer: Otsu's threshold, skeleton, each connected piece a hair."""
    return pieces(skeletonize(answer > threshold_otsu(answer)), settings.min_length_px)


def tips_from(
    answer: NDArray[np.float64], settings: PeerSettings = TIPS
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Peer 2 from the ridge filter's answer: hysteresis, skeleton; half of its tips is the count.

    Returns
    -------
    hairs : float array, shape (n, 4)
        Its connected pieces, as peer 1 gives them.
    tips : float array, shape (m, 2)
        All tips as (x, y) in px.
    """
    skeleton = skeletonize(apply_hysteresis_threshold(answer, settings.low, settings.high))
    labels, _ = drop_short(skeleton, settings.min_length_px)
    rows, columns = np.nonzero(tip_pixels(labels > 0))
    return pieces(skeleton, settings.min_length_px), np.column_stack([columns, rows]).astype(float)


def components(picture: NDArray[np.float64], settings: PeerSettings = COMPONENTS) -> NDArray[np.float64]:
    """Peer 1, Sato + Otsu + skeleton components, on a grey picture: hairs as (n, 4) in px."""
    return components_from(ridges(picture, settings.sigmas_px), settings)


def half_tips(
    picture: NDArray[np.float64], settings: PeerSettings = TIPS
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Peer 2, Sato + hysteresis + half the skeleton's tips, on a grey picture: its pieces and its tips."""
    return tips_from(ridges(picture, settings.sigmas_px), settings)


def half_tip_count(tips: NDArray[np.float64], photo: real.MarkedPhoto) -> float:
    """Half the number of tips in the scored area, without those at the ends of loose hairs, as hairs are scored."""
    inside = tips[~real.in_margin(np.hstack([tips, tips]))]
    marks = real.hairs(photo)
    loose = marks.root_tip[marks.kind == "loose"].reshape(-1, 2)
    at_loose = (cdist(inside, loose) <= real.TOLERANCE_UM / photo.um_per_px).any(axis=1)
    return float((~at_loose).sum()) / 2


def true_count(photo: real.MarkedPhoto) -> int:
    """Count the true hairs in the scored area."""
    marks = real.hairs(photo)
    return int(((marks.kind != "loose") & ~real.in_margin(marks.root_tip)).sum())


def tune(some: list[real.MarkedPhoto]) -> Iterator[str]:
    """Try the grid of settings of both peers; one line for each."""
    for sigmas in [(2.0, 4.0, 6.0, 8.0), (3.0, 5.0, 7.0), (4.0, 6.0), (5.0,), (6.0,)]:
        answers = [ridges(grey(photo.path), sigmas) for photo in some]
        for length in (10, 20, 30, 40):
            settings = PeerSettings(sigmas, length)
            scores = [real.score(components_from(a, settings), p) for a, p in zip(answers, some, strict=True)]
            whole = pool(scores)
            error = mean_count_error(scores)
            yield f"pieces {sigmas} {length}: F1 {whole.f1:.3f} bias {whole.count_bias:+.1%} error {error:.1%}"
        for low, ratio, length in itertools.product((8.0, 10.0, 12.0, 14.0), (1.5, 2.0), (15, 30)):
            settings = PeerSettings(sigmas, length, low, low * ratio)
            found = [tips_from(a, settings) for a in answers]
            counts = np.array([half_tip_count(f[1], p) for f, p in zip(found, some, strict=True)])
            true = np.array([true_count(p) for p in some])
            whole = pool(real.score(f[0], p) for f, p in zip(found, some, strict=True))
            error = float(np.mean(np.abs(counts - true) / true))
            bias = counts.sum() / true.sum() - 1
            yield f"tips {sigmas} {low} {low * ratio} {length}: F1 {whole.f1:.3f} bias {bias:+.1%} error {error:.1%}"


def main() -> None:
    """Show the grid of settings on the ``choose`` half."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--tune", action="store_true", required=True, help="try the grid of settings")
    arguments.add_argument("--every", type=int, default=1, metavar="N", help="take every Nth photograph only")
    options = arguments.parse_args()
    if not real.available():
        print(real.ABSENT)
        return
    for line in tune(list(real.halves()["choose"][:: options.every])):
        print(line, flush=True)


if __name__ == "__main__":
    main()
