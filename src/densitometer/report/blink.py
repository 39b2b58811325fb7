"""An animated picture that shows both visits in one place by turns: what changed blinks, what stayed stands still."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from densitometer.report.comparison_picture import MARGIN_UM, marks_of
from densitometer.report.fate_marks import FATE_RGB, draw_rings
from densitometer.report.panels import common_frame, lay_panels
from densitometer.report.strips import STRIP_RGB, title_strip
from densitometer.visits.comparison import Comparison
from densitometer.visits.view import View

Rgb = NDArray[np.uint8]

SIDE_PX = (640, 900)
_FRAME_MS = 1000
_COLOURS = 256
_OWN_RGB = (FATE_RGB["lost"], FATE_RGB["gained"], STRIP_RGB, (255, 255, 255))
"""Colours of rings and letters, which are too few to be found in the picture."""


def write_blink(
    path: Path,
    baseline_rgb: Rgb,
    followup_rgb: Rgb,
    um_per_view_px: tuple[float, float],
    comparison: Comparison,
    views: tuple[View, View],
    names: tuple[str, str] = ("Baseline", "Follow-up"),
) -> bool:
    """Write an animated GIF of both visits on the skin they share, a second each, without end.

    GIF because every browser, viewer and slide program plays it. The places of lost and gained hairs carry a thin
    outline and a small label in both frames; the hairs themselves are left bare.

    Parameters
    ----------
    path : Path
        To write; should end in ``.gif``.
    baseline_rgb, followup_rgb, um_per_view_px, comparison, views, names
        See `densitometer.report.comparison_picture.draw_comparison`.

    Returns
    -------
    bool
        False, and nothing is written, for photographs that are not comparable.
    """
    frames = blink_frames(baseline_rgb, followup_rgb, um_per_view_px, comparison, views, names)
    if frames is None:
        return False
    _save(path, frames)
    return True


def blink_frames(
    baseline_rgb: Rgb,
    followup_rgb: Rgb,
    um_per_view_px: tuple[float, float],
    comparison: Comparison,
    views: tuple[View, View],
    names: tuple[str, str],
) -> tuple[Rgb, Rgb] | None:
    """Give the two frames of the animation, of one size; None for photographs that are not comparable."""
    if not comparison.comparable or comparison.alignment is None:
        return None
    pictures = (baseline_rgb, followup_rgb)
    frame = common_frame(baseline_rgb, um_per_view_px[0], views, comparison, MARGIN_UM, SIDE_PX)
    panels = lay_panels(pictures, um_per_view_px, views, comparison, frame)
    found = [mark for panel in (0, 1) for mark in marks_of(comparison, views, frame, panel) if mark.found]
    drawn = []
    for panel, picture in enumerate((panels.baseline, panels.followup)):
        canvas = picture.copy()
        draw_rings(canvas, found, 0.9)  # one list for both, so that labels stand still
        title = f"{panel + 1} of 2: {names[panel]}"
        drawn.append(np.vstack([title_strip([title], [frame.width], 0, 20), canvas]))
    return drawn[0], drawn[1]


def _save(path: Path, frames: tuple[Rgb, Rgb]) -> None:
    """One palette for both frames, so that what changes in the picture changed in the photographs."""
    palette = _palette(np.vstack(frames))
    first, second = (_in_colours(frame, palette) for frame in frames)
    first.save(
        path, "GIF", save_all=True, append_images=[second], duration=_FRAME_MS, loop=0, optimize=False, disposal=1
    )


def _palette(rgb: Rgb) -> list[int]:
    """Colours of a picture, as many as leave room for those of rings and letters."""
    room = 3 * (_COLOURS - len(_OWN_RGB))
    sample = np.ascontiguousarray(rgb[::3, ::3])
    found = Image.fromarray(sample).quantize(_COLOURS - len(_OWN_RGB), Image.Quantize.MEDIANCUT).getpalette() or []
    return (found + found[:3] * _COLOURS)[:room]


def _in_colours(rgb: Rgb, palette: list[int]) -> Image.Image:
    """Picture in the colours of the palette; rings and letters keep theirs, which are not sprinkled over the skin."""
    least = _COLOURS - len(_OWN_RGB)
    colours = Image.new("P", (1, 1))
    colours.putpalette(palette + palette[:3] * len(_OWN_RGB))
    index = np.array(Image.fromarray(rgb).quantize(palette=colours, dither=Image.Dither.FLOYDSTEINBERG))
    index[index >= least] = 0  # the first colour again
    for place, colour in enumerate(_OWN_RGB, least):
        index[(rgb == colour).all(-1)] = place
    image = Image.fromarray(index)
    image.putpalette([*palette, *(part for colour in _OWN_RGB for part in colour)])
    return image
