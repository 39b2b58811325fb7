"""Draw what a method found in a rendered scene over what is true of it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.synthetic.scene import Scene
from outcomes import COLOURS
from rendered_outcomes import Finding, lies_along, match_roots, seen_part

LOOSE = (167, 121, 204)  # reddish purple of the same palette, as blue, green, red


def draw(scene: Scene, finding: Finding) -> NDArray[np.uint8]:
    """Show the scene as it is beside the scene with all hairs drawn; blue, green, red order as OpenCV writes it.

    True hairs are thin lines: green found, yellow missed, white neither right nor wrong, purple loose. Found ones are
    thick: blue right, vermilion invented, purple invented on a loose piece, grey neither. Dots are roots.
    """
    matched = match_roots(scene.truth, finding)
    plain = np.ascontiguousarray(scene.rgb[..., ::-1])
    picture = plain.copy()
    for at, line in enumerate(_lines(finding)):
        _draw(picture, line, _found_colour(at, finding, matched.roots.pairs[:, 1], matched.roots.false, scene), 3)
    for at, hair in enumerate(matched.growing):
        name = "missed" if at in matched.roots.missed else "true"
        _draw(picture, hair.points_px, COLOURS[name] if matched.scored[at] else (255, 255, 255), 1)
    for hair in scene.truth.hairs:
        if hair.kind == "loose":
            _draw(picture, seen_part(hair, scene.truth.size_px).points_px, LOOSE, 1)
    return np.hstack([plain, picture])


def _lines(finding: Finding) -> list[NDArray[np.float64]]:
    return list(finding.lines) if len(finding.lines) else [hair.reshape(2, 2) for hair in finding.ends]


def _found_colour(
    at: int, finding: Finding, right: NDArray[np.intp], false: NDArray[np.intp], scene: Scene
) -> tuple[int, int, int]:
    if at in right:
        return COLOURS["matched"]
    if at not in false:
        return COLOURS["ignored"]
    loose = [hair.points_px for hair in scene.truth.hairs if hair.kind == "loose"]
    return LOOSE if lies_along(finding.ends[[at]], loose, scene.truth.um_per_px)[0] else COLOURS["false"]


def _draw(picture: NDArray[np.uint8], line: NDArray[np.float64], colour: tuple[int, int, int], thick: int) -> None:
    points = np.round(line).astype(np.int32)
    cv2.polylines(picture, [points[:, None]], False, colour, thick, cv2.LINE_AA)
    cv2.circle(picture, (int(points[0, 0]), int(points[0, 1])), 2 + thick, colour, -1, cv2.LINE_AA)
