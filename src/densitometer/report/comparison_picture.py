"""One picture of a comparison: baseline and follow-up side by side on the same skin, with the fate of every hair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from densitometer.report.fate_marks import Mark, draw_marks, label_of_match, shown_as
from densitometer.report.panels import Frame, Panels, common_frame, lay_panels
from densitometer.report.strips import STRIP_RGB, KeyEntry, key_strip, title_strip
from densitometer.visits.comparison import Comparison, HairMatch
from densitometer.visits.view import View

Rgb = NDArray[np.uint8]
FloatArray = NDArray[np.float64]

SIDE_PX = (960, 1280)
"""Least and most of the longer side of a panel: room for marks and letters, and no more than a screen shows."""
_MOST_HIGH_PX = 1024
_GAP_PX = 12
MARGIN_UM = 150.0
_REFERENCE_SIDE_PX = 1024.0
_DIMMED = 0.55
_QUALITY = 88
_A4_LINES = 76.0
"""How many letters are as high as a picture is wide: on 180 mm of paper they are 2.4 mm, or 6.7 points."""


def draw_comparison(
    baseline_rgb: Rgb,
    followup_rgb: Rgb,
    um_per_view_px: tuple[float, float],
    comparison: Comparison,
    views: tuple[View, View],
    names: tuple[str, str] = ("Baseline", "Follow-up"),
) -> Rgb:
    """Draw baseline and follow-up side by side, the follow-up laid on the baseline, with the fate of every hair.

    A lost hair is drawn on the baseline, and its place is marked by a dashed circle at the follow-up; a gained hair
    the other way round, by a diamond; one that may be either by a triangle. Each of these has the same
    label in both panels and in the report: L and the hair's number at the baseline, or G and that at the follow-up.
    A hair that was probably overlooked in the other photograph is dotted where it was found, and not marked there.
    What is not countable skin in both photographs is dimmed. Photographs that are not comparable are drawn side by
    side as they are.

    Parameters
    ----------
    baseline_rgb, followup_rgb : uint8 array, shape (height, width, 3)
        The photographs, perhaps reduced.
    um_per_view_px : tuple of float
        Scale of each of these pictures, as they are given.
    comparison : Comparison
    views : tuple of View
        What was compared: baseline, follow-up.
    names : tuple of str
        Title of each panel: visit and date.

    Returns
    -------
    uint8 array, shape (height, width, 3)
    """
    pictures = (baseline_rgb, followup_rgb)
    if not comparison.comparable or comparison.alignment is None:
        return _side_by_side(pictures, names)
    frame = common_frame(baseline_rgb, um_per_view_px[0], views, comparison, MARGIN_UM, SIDE_PX)
    panels = lay_panels(pictures, um_per_view_px, views, comparison, frame)
    drawn = [
        _drawn(picture, panels, list(marks_of(comparison, views, frame, number)), pen_of(frame))
        for number, picture in enumerate((panels.baseline, panels.followup))
    ]
    body = np.hstack([drawn[0], _gap(frame.height), drawn[1]])
    size = _letter_px(body.shape[1])
    titles = title_strip(names, (frame.width, frame.width), _GAP_PX, size)
    key = key_strip(key_entries(comparison.matches), _NOTES, body.shape[1], frame.um_per_px, size)
    return np.vstack([titles, body, key])


def write_picture(path: Path, rgb: Rgb) -> None:
    """Write a comparison picture as JPEG; the same picture gives the same bytes."""
    Image.fromarray(rgb).save(path, "JPEG", quality=_QUALITY, subsampling=0, optimize=True)


_NOTES = ("bright: counted in both", "hatched: not photographed")


def pen_of(frame: Frame) -> float:
    """Size of pens and letters relative to a panel whose shorter side has 1024 px."""
    return min(frame.width, frame.height) / _REFERENCE_SIDE_PX


def marks_of(comparison: Comparison, views: tuple[View, View], frame: Frame, panel: int) -> Iterator[Mark]:
    """Give the marks of all matches in one panel: 0 for the baseline, 1 for the follow-up.

    A hair that was probably overlooked has none where it is missing.
    """
    matches = comparison.matches
    if comparison.alignment is None or not matches:
        return
    backward = comparison.alignment.warp.backward
    roots = np.array([match.followup_um if panel else match.baseline_um for match in matches], float)
    numbers = [match.followup_hair if panel else match.baseline_hair for match in matches]
    view = views[panel]
    at = {int(number): place for place, number in enumerate(view.hair)}
    tips = np.array([roots[i] if n is None else view.tip_um[at[n]] for i, n in enumerate(numbers)], float)
    roots_px, tips_px = (frame.px(backward(places) if panel else places) for places in (roots, tips))
    for match, number, root, tip in zip(matches, numbers, roots_px, tips_px, strict=True):
        shown, found = shown_as(match), number is not None
        if shown == "overlooked" and not found:
            continue
        end = (float(tip[0]), float(tip[1])) if found else None
        yield Mark(shown, found, (float(root[0]), float(root[1])), end, label_of_match(match))


def key_entries(matches: Sequence[HairMatch]) -> list[KeyEntry]:
    """Give a key to the marks that are there, with how many of each."""
    counts = Counter(shown_as(match) for match in matches)
    entries = [KeyEntry("persisting", True, f"in both: {counts['persisting']}")]
    if counts["lost"]:
        entries.append(KeyEntry("lost", True, f"lost (L): {counts['lost']}"))
    if counts["gained"]:
        entries.append(KeyEntry("gained", True, f"gained (G): {counts['gained']}"))
    if counts["ambiguous"]:
        entries.append(KeyEntry("ambiguous", True, f"unsure (?): {counts['ambiguous']}"))
    if marked := next((entry.fate for entry in entries if entry.fate != "persisting"), None):
        entries.append(KeyEntry(marked, False, "dashed: missing here"))
    if counts["overlooked"]:
        entries.append(KeyEntry("overlooked", True, f"probably overlooked: {counts['overlooked']}"))
    return entries


def _letter_px(width_px: int) -> int:
    """Height of the letters above and below a picture: those of small print on a sheet of A4 that it spans."""
    return max(12, round(width_px / _A4_LINES))


def _gap(height: int) -> Rgb:
    return np.full((height, _GAP_PX, 3), STRIP_RGB, np.uint8)


def _drawn(picture: Rgb, panels: Panels, marks: Sequence[Mark], pen: float) -> Rgb:
    """Panel with what is not common dimmed, its border drawn, and all marks."""
    canvas = picture.copy()
    cv2.copyTo(cv2.convertScaleAbs(canvas, alpha=_DIMMED), (~panels.common).astype(np.uint8), canvas)
    edges, _ = cv2.findContours(panels.common.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    cv2.drawContours(canvas, edges, -1, (255, 255, 255), max(1, round(1.2 * pen)), cv2.LINE_AA)
    draw_marks(canvas, marks, pen)
    return canvas


def _side_by_side(pictures: tuple[Rgb, Rgb], names: tuple[str, str]) -> Rgb:
    """Both photographs as they are, as high as one another, for a person to see why they do not compare."""
    height = min(_MOST_HIGH_PX, pictures[0].shape[0])
    drawn = []
    for rgb in pictures:
        width = min(SIDE_PX[1], max(1, round(rgb.shape[1] * height / rgb.shape[0])))
        drawn.append(np.asarray(cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA), np.uint8))
    body = np.hstack([drawn[0], _gap(height), drawn[1]])
    titles = title_strip(names, [picture.shape[1] for picture in drawn], _GAP_PX, _letter_px(body.shape[1]))
    return np.vstack([titles, body])
