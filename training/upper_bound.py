"""What would the network reach if it saw photographs? Train it on the choosing half of the annotated ones.

    python training/upper_bound.py RUN
    python training/upper_bound.py RUN --start RENDERED/checkpoint.pt

The first learns from photographs alone, the second goes on from weights learned on renders. Both say what it costs that
the packaged weights have seen rendered scenes only; neither may be shipped, for the photographs are of patients, so RUN
must lie outside the repository. Photographs of the reporting half are not read. It goes on from checkpoints as
`train.py` does.

A mark is a root and a tip: the hair between is taken as straight, and its width is not asked for. What was not marked
is no hair only where annotators marked all they saw: away from the edges of their quadrants and off the padding.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from patches import Scene
from scenes import at_working_scale, scaled
from targets import WIDTH_UNIT_UM

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "benchmarks"))

import real  # noqa: E402
from densitometer.photo import read_photo  # noqa: E402

STRAND_MARGIN_PX = real.MARGIN_PX + 45.0
"""Half a hair farther in than `real.MARGIN_PX`, which is measured to middles: unmarked hairs reach so far."""


class MarkedScenes:
    """Annotated photographs as scenes, each read when it is first drawn."""

    def __init__(self, photos: Sequence[real.MarkedPhoto]) -> None:
        self.photos = tuple(photos)
        self.scenes: dict[str, Scene] = {}

    def draw(self, _number: int, rng: np.random.Generator) -> Scene:
        """Scene of a patch, any photograph as likely as another."""
        photo = self.photos[int(rng.integers(len(self.photos)))]
        if photo.name not in self.scenes:
            rgb = read_photo(photo.path).rgb
            self.scenes[photo.name] = scene_of(rgb, photo.um_per_px, real.hairs(photo), photo.bottom_pad_px)
        return self.scenes[photo.name]


def scene_of(rgb: NDArray[np.uint8], um_per_px: float, marks: real.MarkedHairs, bottom_pad_px: int = 0) -> Scene:
    """Photograph and its marks in the arrays that `scenes.py` writes, with masks of where marks are complete."""
    small, factor = at_working_scale(rgb, um_per_px)
    hairs = len(marks.root_tip)
    loose = marks.kind == "loose"
    return {
        "rgb": small,
        "points": scaled(marks.root_tip.reshape(-1, 2), factor),
        "widths_um": np.full(2 * hairs, WIDTH_UNIT_UM),
        "first": np.arange(hairs + 1) * 2,
        "loose": loose,
        "counted": ~loose,
        "visible_share": np.ones(hairs),
        "middles_asked": _resized(marked_throughout(rgb.shape[:2], real.MARGIN_PX, bottom_pad_px), small.shape[:2]),
        "strands_asked": _resized(marked_throughout(rgb.shape[:2], STRAND_MARGIN_PX, bottom_pad_px), small.shape[:2]),
    }


def marked_throughout(shape: tuple[int, ...], margin_px: float, bottom_pad_px: int = 0) -> NDArray[np.bool_]:
    """Pixels farther than a margin from every edge of the annotators' quadrants, and not in the padding."""
    rows, columns = (
        np.abs(at - np.round(at / quadrant) * quadrant) > margin_px
        for at, quadrant in zip((np.arange(side) for side in shape), real.QUADRANT_PX[::-1], strict=True)
    )
    rows[shape[0] - bottom_pad_px :] = False
    return np.asarray(rows[:, None] & columns)


def _resized(mask: NDArray[np.bool_], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    resized = cv2.resize(mask.astype(np.uint8), shape[::-1], interpolation=cv2.INTER_NEAREST)
    return np.asarray(resized, np.uint8)


def outside_repository(text: str) -> Path:
    """Folder that an option names.

    Raises
    ------
    argparse.ArgumentTypeError
        When it lies in the repository.
    """
    folder = Path(text)
    if folder.resolve().is_relative_to(REPOSITORY):
        raise argparse.ArgumentTypeError(
            "must name a folder outside the repository: weights that saw photographs of patients may not enter it"
        )
    return folder


def main() -> None:
    """Command line."""
    import train  # torch, which tests do without

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    train.add_arguments(parser, outside_repository)
    given = parser.parse_args()
    if not real.available():
        parser.error("there are no annotated photographs at ../shared/real beside this repository")
    scenes = MarkedScenes(real.halves()["choose"])
    weights = {**train.WEIGHTS, "width": 0.0}
    train.train(given.run, scenes, given.patches, given.threads, given.start, weights)


if __name__ == "__main__":
    main()
