"""Keep of a photograph what comparing it needs, and give it back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.errors import ResultsError
from densitometer.measure import Measurement
from densitometer.results.record import Kept, Record
from densitometer.settings import PrepareSettings
from densitometer.visits.sight import with_darkness
from densitometer.visits.view import View, view_from_rows

Rgb = NDArray[np.uint8]

_LONGEST_PX = 1600
_QUALITY = 85


def keep(rgb: Rgb, measurement: Measurement) -> Kept:
    """Take from a photograph and its measurement what comparing will need."""
    usable = measurement.field.usable.astype(np.uint8) * 255
    mask_png = _encoded(".png", usable, [cv2.IMWRITE_PNG_BILEVEL, 1])
    marks = tuple((float(x), float(y), float(radius)) for x, y, radius in measurement.marks)
    return Kept(mask_png, shrunk_jpeg(rgb, _LONGEST_PX, _QUALITY), marks)


def shrunk_jpeg(rgb: Rgb, longest_px: int, quality: int) -> bytes:
    """JPEG of a picture, of at most ``longest_px`` in width and height."""
    height, width = rgb.shape[:2]
    shrink = min(1.0, longest_px / max(height, width))
    size = max(1, round(width * shrink)), max(1, round(height * shrink))
    small = rgb if shrink == 1 else cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    return _encoded(".jpg", small[:, :, ::-1].copy(), [cv2.IMWRITE_JPEG_QUALITY, quality])


@dataclass(frozen=True)
class Sight:
    """A measured photograph as comparing sees it.

    Attributes
    ----------
    view : View
        With the picture evened out, to look at again.
    rgb : uint8 array, shape (height, width, 3)
        The picture that was kept, smaller than the photograph where that is large.
    um_per_px : float
        Scale of ``rgb``.
    """

    view: View
    rgb: Rgb
    um_per_px: float


def sight(record: Record, photo: str, settings: PrepareSettings | None = None) -> Sight:
    """Photograph as comparing sees it, from the record.

    Raises
    ------
    ResultsError
        When it has no scale, or the record does not hold what is needed.
    """
    um_per_px = record.photo_row(photo)["um_per_px"]
    if not isinstance(um_per_px, int | float):
        raise ResultsError(f"{photo} has no scale; state it with --um-per-px or in visits.csv and measure it again")
    kept = record.kept(photo)
    usable = _decoded(kept.mask_png, cv2.IMREAD_GRAYSCALE, photo) > 0
    bare = view_from_rows(photo, float(um_per_px), record.hairs(photo), usable, kept.marks_px)
    rgb = np.ascontiguousarray(_decoded(kept.view_jpeg, cv2.IMREAD_COLOR, photo)[:, :, ::-1])
    of_picture = float(um_per_px) * max(usable.shape) / max(rgb.shape[:2])
    return Sight(with_darkness(bare, rgb, of_picture, usable, settings or PrepareSettings()), rgb, of_picture)


def _encoded(suffix: str, array: NDArray[np.uint8], options: list[int]) -> bytes:
    done, data = cv2.imencode(suffix, array, options)
    if not done:
        raise RuntimeError("the picture could not be encoded")
    return data.tobytes()


def _decoded(data: bytes, kind: int, photo: str) -> NDArray[Any]:
    array = cv2.imdecode(np.frombuffer(data, np.uint8), kind)
    if array is None:
        raise ResultsError(f"what was kept of {photo} is damaged; measure the photographs again")
    return array
