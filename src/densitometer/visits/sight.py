"""The photograph itself beside its measurement: what a second look at another visit needs."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.field import Field
from densitometer.measure import Measurement
from densitometer.photo import Photo
from densitometer.prepare import prepare
from densitometer.settings import PrepareSettings
from densitometer.visits.view import View, view_of


def with_darkness(
    view: View, rgb: NDArray[np.uint8], um_per_px: float, usable: NDArray[np.bool_], settings: PrepareSettings
) -> View:
    """Give a view the darkness of its photograph.

    Parameters
    ----------
    view : View
    rgb : uint8 array, shape (height, width, 3)
        The photograph, or a smaller picture of it.
    um_per_px : float
        Scale of ``rgb``.
    usable : bool array
        Countable skin of the photograph, of any size: it is brought to that of ``rgb``.
    settings : PrepareSettings
    """
    height, width = rgb.shape[:2]
    fitting = cv2.resize(usable.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
    prepared = prepare(rgb, Field(fitting, np.zeros_like(fitting)), um_per_px, settings)
    return replace(view, prepared=prepared, picture_um_per_px=um_per_px)


def sight_of(name: str, photo: Photo, measurement: Measurement, settings: PrepareSettings | None = None) -> View | None:
    """View of a photograph that was just measured, ready to be compared; None without a scale.

    Parameters
    ----------
    name : str
        By which the photograph is called where a comparison is refused.
    photo : Photo
    measurement : Measurement
        Of that photograph.
    settings : PrepareSettings, optional
    """
    view = view_of(name, measurement, measurement.marks)
    if view is None:
        return None
    return with_darkness(view, photo.rgb, view.um_per_px, measurement.field.usable, settings or PrepareSettings())
