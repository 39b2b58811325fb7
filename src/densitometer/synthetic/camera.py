"""A camera above the scalp: where it stands, how it is turned and tilted, and so which pixel sees which place."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from densitometer.errors import RenderError
from densitometer.synthetic.dice import between, stream
from densitometer.synthetic.ground import View
from densitometer.synthetic.placement import MOST_MM
from densitometer.synthetic.style import CameraStyle

SIDES_PX = (64, 8000)
_SCALES_UM_PER_PX = (1.0, 40.0)
_NEAREST = 4.0
_FARTHEST = 9.0
"""Distance of the camera in diagonals of what it sees; nearer ones would show more perspective than such cameras do."""

Matrix = NDArray[np.float64]


def draw_scale(camera: CameraStyle, seed: int) -> float:
    """Micrometres per pixel of the device of a scene: one device, the same at every visit."""
    return between(stream(seed, "camera scale"), camera.um_per_px)


def scalp_size_mm(
    um_per_px: float,
    size_px: tuple[int, int],
    margin_mm: float = 0.0,
    *,
    shift_mm: float = 0.0,
    turn_rad: float = 0.0,
    tilt_deg: float = 10.0,
) -> tuple[float, float]:
    """Width and height of scalp that no allowed view looks beyond.

    Parameters
    ----------
    um_per_px : float
        The largest scale of all visits.
    size_px : tuple of int
        Width and height of the picture.
    margin_mm : float
        Scalp that is wanted on every side of what can be seen, for hairs that reach into the picture.
    shift_mm, turn_rad, tilt_deg : float
        The most that the camera is shifted along x and along y, turned either way, and tilted in any direction.

    Raises
    ------
    RenderError
        The size of the picture, the scale or the tilt makes no sense, or the picture shows too much skin.
    """
    _check(size_px, um_per_px)
    if not 0 <= tilt_deg <= 30:
        raise RenderError(f"a tilt of {tilt_deg:g} degrees cannot be rendered; take one between 0 and 30")
    width, height = (side * um_per_px / 1000 for side in size_px)
    tilt = math.radians(tilt_deg)
    # at the far side of a tilted picture, half a diagonal from its middle, a pixel spans this much more skin
    far = 1 / (math.cos(tilt) - math.sin(tilt) / (2 * _NEAREST))
    more = 2 * (margin_mm + shift_mm)
    size_mm = far * _turned(width, height, abs(turn_rad)) + more, far * _turned(height, width, abs(turn_rad)) + more
    if max(size_mm) > MOST_MM:
        raise RenderError(
            f"a picture of {size_px[0]} x {size_px[1]} px at {um_per_px:.4g} um per px takes {size_mm[0]:.0f} x "
            f"{size_mm[1]:.0f} mm of scalp, margins included, and up to {MOST_MM:g} mm a side can be rendered; "
            "take fewer px or fewer um per px"
        )
    return size_mm


def choose_view(
    camera: CameraStyle,
    seed: int,
    visit: int,
    size_px: tuple[int, int],
    scalp_size_mm: tuple[float, float],
    *,
    shift_mm: tuple[float, float] = (0.0, 0.0),
    turn_rad: float = 0.0,
    um_per_px: float | None = None,
) -> View:
    """Place the camera of one visit: it looks at the middle of the scalp, more or less from above.

    The tilted camera foreshortens along its tilt and shows what is nearer larger; across the tilt, the scale at the
    middle of the picture is exact.

    Parameters
    ----------
    camera : CameraStyle
        Its scale is drawn once for all visits, its tilt and distance anew for each.
    seed, visit : int
    size_px : tuple of int
        Width and height of the picture, 64 to 8000 each.
    scalp_size_mm : tuple of float
        Width and height of the scalp; the camera looks at its middle.
    shift_mm : tuple of float
        Shift of the camera along the scalp's x and y.
    turn_rad : float
        Turn of the camera about its optical axis, from x towards y; the picture turns the other way.
    um_per_px : float, optional
        Scale of another device than the scene's own.

    Raises
    ------
    RenderError
        The size of the picture, the scale or the scalp makes no sense.
    """
    scale = draw_scale(camera, seed) if um_per_px is None else um_per_px
    _check(size_px, scale)
    if not all(math.isfinite(side) and side > 0 for side in scalp_size_mm):
        raise RenderError(
            f"a scalp of {scalp_size_mm[0]:g} x {scalp_size_mm[1]:g} mm cannot be seen; give its size in mm"
        )
    dice = stream(seed, "camera", visit)
    tilt = math.radians(between(dice, camera.tilt_deg))
    towards = float(dice.uniform(0, 2 * math.pi))
    distance_mm = float(dice.uniform(_NEAREST, _FARTHEST)) * math.hypot(*size_px) * scale / 1000
    aim = (scalp_size_mm[0] / 2 + shift_mm[0], scalp_size_mm[1] / 2 + shift_mm[1])
    to_px = _onto_sensor(size_px, turn_rad) @ _tilted(tilt, towards, distance_mm, scale) @ _moved(-aim[0], -aim[1])
    lean = -math.sin(tilt) * 1000 / scale * np.array([math.cos(towards - turn_rad), math.sin(towards - turn_rad)])
    return View(size_px, to_px / to_px[2, 2], lean, scale)


def _tilted(tilt: float, towards: float, distance_mm: float, um_per_px: float) -> Matrix:
    """From mm round the aim to pixels round the middle, seen by a pinhole that leans ``towards`` a direction."""
    onto = _rotation(-towards)
    focal_px = distance_mm * 1000 / um_per_px
    seen = np.diag([focal_px * math.cos(tilt), focal_px, distance_mm])
    seen[2, 0] = -math.sin(tilt)
    return np.asarray(_rotation(towards) @ seen @ onto)


def _onto_sensor(size_px: tuple[int, int], turn_rad: float) -> Matrix:
    """Turn what is seen, and shift it to the middle of the picture."""
    return np.asarray(_moved((size_px[0] - 1) / 2, (size_px[1] - 1) / 2) @ _rotation(-turn_rad))


def _rotation(angle: float) -> Matrix:
    cos, sin = math.cos(angle), math.sin(angle)
    return np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])


def _moved(x: float, y: float) -> Matrix:
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])


def _turned(side: float, other: float, turn: float) -> float:
    """Widest extent of a rectangle along its ``side`` when it is turned by up to ``turn``."""
    worst = min(turn, math.atan2(other, side))
    return side * math.cos(worst) + other * math.sin(worst)


def _check(size_px: tuple[int, int], um_per_px: float) -> None:
    low, high = SIDES_PX
    if not all(low <= side <= high for side in size_px):
        raise RenderError(
            f"a picture of {size_px[0]} x {size_px[1]} px cannot be rendered; its sides must be {low} to {high} px"
        )
    least, most = _SCALES_UM_PER_PX
    if not least <= um_per_px <= most:
        raise RenderError(f"a scale of {um_per_px:g} um per px cannot be rendered; take one from {least:g} to {most:g}")
