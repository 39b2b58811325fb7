"""Look again, in one photograph, for a hair that was found in the other alone.

What astronomers call forced photometry: a source known from one picture is measured at its place in another, whether
or not a search finds it there. A hair that is gone leaves bare skin; one that was overlooked is as dark as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.field import Field
from densitometer.prepare import prepare
from densitometer.settings import PrepareSettings, SecondLookSettings
from densitometer.visits.view import View

FloatArray = NDArray[np.float64]
Places = Callable[[FloatArray], FloatArray]

_SAMPLES = 15
_FROM, _TO = 0.1, 0.9
"""Part of a hair that is looked at: at its ends a small error of place or length leaves it."""
_LOW_PERCENTILE = 30
"""A shaft is dark nearly all along; a line that only crosses others is not."""
_LEAST_DARKNESS = 0.02
"""Darkness (as `Prepared.darkness`) of a hair below which its own photograph hardly shows it: nothing can be said."""
_MOST_ROWS = 32_000
"""OpenCV's remap takes no more rows than fit into 16 bits."""


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


def look_again(
    here: View,
    hairs: NDArray[np.int64],
    there: View,
    to_there: Places,
    turn: tuple[float, float],
    settings: SecondLookSettings | None = None,
) -> FloatArray:
    """How dark the places of some hairs are in the other photograph, as parts of how dark the hairs are in their own.

    Parameters
    ----------
    here : View
        In which the hairs were found.
    hairs : int array, shape (n,)
        Their indices in ``here``.
    there : View
        In which they are looked for.
    to_there : callable
        Turns places (n, 2) um of ``here`` into places of ``there``.
    turn : tuple of float
        Mean and standard deviation, in radians, of the angle by which hairs of this scalp point another way there once
        the warp is applied (x towards y): they are combed and cut between visits.
    settings : SecondLookSettings, optional

    Returns
    -------
    float array, shape (n,)
        About 1 where the hair still stands and 0 where skin is bare; NaN where that cannot be told: no picture, or a
        hair hardly seen in its own photograph.
    """
    settings = settings or SecondLookSettings()
    told = np.full(len(hairs), np.nan)
    if here.prepared is None or there.prepared is None or not len(hairs):
        return told
    root, reach = here.root_um[hairs], here.tip_um[hairs] - here.root_um[hairs]
    length = np.hypot(*reach.T)
    reach = reach * np.minimum(1, settings.length_um / np.maximum(length, 1e-9))[:, None]
    part = np.linspace(_FROM, _TO, _SAMPLES)[:, None]
    own_line = root[:, None] + part * reach[:, None]
    own = np.percentile(_darkness(here, own_line), 50, axis=1)
    at = to_there(root)
    pointing = to_there(root + reach) - at
    lines = _candidates(at, pointing, turn, settings)
    dark = np.percentile(_darkness(there, lines.reshape(-1, _SAMPLES, 2)), _LOW_PERCENTILE, axis=1)
    sign = np.sign(own) * (1 if here.prepared.light_hair == there.prepared.light_hair else -1)
    best = (dark.reshape(len(hairs), -1) * sign[:, None]).max(axis=1)
    seen = np.abs(own) >= _LEAST_DARKNESS
    told[seen] = best[seen] / np.abs(own[seen])
    return told


def _candidates(
    at: FloatArray, pointing: FloatArray, turn: tuple[float, float], settings: SecondLookSettings
) -> FloatArray:
    """Lines that each hair may take, (n, lines, samples, 2) um: turned as others turn, moved aside a little."""
    mean, spread = turn
    most = min(2 * spread, np.radians(settings.most_turn_deg))
    count = 1 + 2 * int(np.ceil(most / np.radians(settings.turn_step_deg)))
    angles = mean + np.linspace(-most, most, count)
    cos, sin = np.cos(angles), np.sin(angles)
    x, y = pointing.T
    turned = np.stack([np.outer(x, cos) - np.outer(y, sin), np.outer(x, sin) + np.outer(y, cos)], axis=-1)
    unit = turned / np.maximum(np.linalg.norm(turned, axis=-1, keepdims=True), 1e-9)
    across = np.stack([-unit[..., 1], unit[..., 0]], axis=-1)
    part = np.linspace(_FROM, _TO, _SAMPLES)[:, None]
    aside = np.array([-settings.aside_um, 0.0, settings.aside_um])
    first = at[:, None, None] + aside[:, None] * across[:, :, None]  # (n, angles, aside, 2)
    lines = first[..., None, :] + part * turned[:, :, None, None]
    return np.asarray(lines.reshape(len(at), -1, _SAMPLES, 2))


def _darkness(view: View, lines_um: FloatArray) -> FloatArray:
    """Darkness of a photograph at points of lines, shape (m, samples); 0, as on bare skin, beyond it."""
    prepared = view.prepared
    assert prepared is not None  # callers have looked
    points = prepared.from_photo(lines_um / view.picture_um_per_px).astype(np.float32)
    found = [
        cv2.remap(
            prepared.darkness, points[k : k + _MOST_ROWS], None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        for k in range(0, len(points), _MOST_ROWS)
    ]
    return np.concatenate(found).astype(float)
