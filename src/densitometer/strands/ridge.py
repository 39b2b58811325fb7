"""Strands by classical means: local contrast for shafts, a two-sided line filter for fine hair."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.prepare import Prepared
from densitometer.settings import RidgeSettings
from densitometer.strands.strand_map import StrandMap


def find_strands(prepared: Prepared, settings: RidgeSettings | None = None) -> StrandMap:
    """Find strands by their darkness against the skin around and by line contrast.

    Parameters
    ----------
    prepared : Prepared
    settings : RidgeSettings, optional
    """
    settings = settings or RidgeSettings()
    return StrandMap(shaft_evidence(prepared, settings), _line_contrast(prepared, settings), prepared)


def shaft_evidence(prepared: Prepared, settings: RidgeSettings) -> NDArray[np.float32]:
    """Bounded evidence, 0 at the edge of a hair.

    The edge of a shaft lies at a share of the shaft's own darkness: the threshold follows the darkest that lies
    within reach, so that black shafts are not fattened and brown ones are not lost.
    """
    reach = 2 * round(settings.reach_um / prepared.um_per_px) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    darkest = cv2.GaussianBlur(cv2.dilate(prepared.darkness, kernel), (0, 0), max(reach / 4, 0.5))
    edge = np.maximum(settings.edge_darkness, settings.edge_share * darkest)
    evidence = np.clip((prepared.darkness / edge - 1) * settings.gain, settings.skin_evidence, settings.hair_evidence)
    evidence[prepared.glare] = 0
    evidence[~prepared.visible] = settings.skin_evidence
    return np.asarray(evidence, np.float32)


def _line_contrast(prepared: Prepared, settings: RidgeSettings) -> NDArray[np.float32]:
    """Contrast of the best short line through each pixel against the darker of its two sides.

    Taking the darker side, not the mean of both, is what keeps the edges of thick shafts, of shadows and of folds
    from passing for lines.
    """
    darkness = prepared.darkness
    length = round(settings.line_length_um / prepared.um_per_px) | 1
    side = settings.line_side_um / prepared.um_per_px
    best = np.full(darkness.shape, -1.0, np.float32)
    for k in range(settings.line_directions):
        angle = np.pi * k / settings.line_directions
        mean = cv2.filter2D(darkness, -1, _line_kernel(length, angle), borderType=cv2.BORDER_REPLICATE)
        normal = np.array([-np.sin(angle), np.cos(angle)]) * side
        sides = np.maximum(_shifted(mean, normal), _shifted(mean, -normal))
        np.maximum(best, mean - sides, out=best)
    best[~prepared.visible] = 0
    return best


def _line_kernel(length: int, angle: float) -> NDArray[np.float32]:
    """Anti-aliased unit line through the centre of a square kernel."""
    reach = (length - 1) / 2
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    along = x * np.cos(angle) + y * np.sin(angle)
    across = y * np.cos(angle) - x * np.sin(angle)
    kernel = np.clip(1 - np.abs(across), 0, 1) * (np.abs(along) <= reach)
    return np.asarray(kernel / kernel.sum(), np.float32)


def _shifted(image: NDArray[np.float32], by: NDArray[np.float64]) -> NDArray[np.float32]:
    """Value at each pixel plus ``by`` (x, y)."""
    matrix = np.array([[1, 0, -by[0]], [0, 1, -by[1]]])
    return np.asarray(
        cv2.warpAffine(image, matrix, image.shape[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    )
