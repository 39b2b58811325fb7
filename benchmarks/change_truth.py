"""What is true of two rendered photographs of one scalp: which hairs stand where, and the skin that both show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from densitometer.synthetic.scene import Scene
from densitometer.synthetic.truth import TrueHair
from densitometer.synthetic.visits import shows
from rendered_outcomes import LEAST_VISIBLE

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_STEP_PX = 4  # pixels of the field that are looked at, to know how much of it the other photograph shows


@dataclass(frozen=True)
class TruePair:
    """Two photographs of one scalp, and every hair that the picture of either shows.

    Attributes
    ----------
    baseline, followup : Scene
    before, after : (n,) bool arrays
        Whether the hair stands in the one photograph, and in the other.
    before_um, after_um : (n, 2) float arrays
        Where the place of its root lies in each, in px times um per px.
    common : (n,) bool array
        Whether that place lies in the fields of both.
    hidden : (n,) bool array
        Whether less than a tenth of it is seen where it stands: it need not be found.
    width_change_um : (n,) float array
        NaN but for hairs that stand in both.
    area_cm2 : float
        Skin in the fields of both.
    overlap : float
        That, as a share of the baseline's field.
    """

    baseline: Scene
    followup: Scene
    before: Bools
    after: Bools
    before_um: Floats
    after_um: Floats
    common: Bools
    hidden: Bools
    width_change_um: Floats
    area_cm2: float
    overlap: float

    @property
    def count(self) -> int:
        """Hairs of the baseline on the skin that both show."""
        return int((self.before & self.common).sum())

    @property
    def change(self) -> int:
        """Hairs gained there less hairs lost there."""
        return int((self.after & self.common).sum()) - self.count

    @property
    def width_change_mean_um(self) -> float:
        """Mean change of width of the hairs that stand in both photographs, on the skin that both show."""
        some = self.width_change_um[self.common & self.before & self.after]
        return float(some.mean()) if some.size else float("nan")

    def in_common(self, baseline_px: Floats) -> Bools:
        """Tell which places of the baseline, (n, 2) in px, are skin in the fields of both."""
        places_mm = on_scalp(self.baseline, baseline_px)
        return shows(self.baseline, places_mm) & shows(self.followup, places_mm)


def true_pair(baseline: Scene, followup: Scene) -> TruePair:
    """Lay the truths of two photographs of one scalp side by side."""
    old, new = rooted(baseline), rooted(followup)
    numbers = sorted(old.keys() | new.keys())
    roots_mm = np.array([(old.get(n) or new[n]).root_mm for n in numbers], float).reshape(-1, 2)
    area_cm2, overlap = common_skin(baseline, followup)
    return TruePair(
        baseline=baseline,
        followup=followup,
        before=np.array([n in old for n in numbers], bool),
        after=np.array([n in new for n in numbers], bool),
        before_um=in_photograph(baseline, roots_mm) * baseline.truth.um_per_px,
        after_um=in_photograph(followup, roots_mm) * followup.truth.um_per_px,
        common=shows(baseline, roots_mm) & shows(followup, roots_mm),
        hidden=np.array([_hidden(old.get(n)) or _hidden(new.get(n)) for n in numbers], bool),
        width_change_um=np.array([_wider(old, new, n) for n in numbers], float),
        area_cm2=area_cm2,
        overlap=overlap,
    )


def rooted(scene: Scene) -> dict[int, TrueHair]:
    """Growing hairs that touch the picture, by number."""
    return {hair.hair: hair for hair in scene.truth.hairs if hair.kind != "loose"}


def _hidden(hair: TrueHair | None) -> bool:
    return hair is not None and hair.visible_share < LEAST_VISIBLE


def _wider(old: Mapping[int, TrueHair], new: Mapping[int, TrueHair], number: int) -> float:
    if number not in old or number not in new:
        return float("nan")
    return new[number].width_um - old[number].width_um


def common_skin(baseline: Scene, followup: Scene) -> tuple[float, float]:
    """Skin in the fields of both photographs, in cm2, and as a share of the baseline's field."""
    rows, columns = np.nonzero(baseline.field[::_STEP_PX, ::_STEP_PX])
    at_px = np.asarray(np.column_stack([columns, rows]) * _STEP_PX, float)
    inverse = np.asarray(np.linalg.inv(baseline.truth.to_px), float)
    below = np.column_stack([at_px, np.ones(len(at_px))]) @ inverse[2]
    area_cm2 = abs(np.linalg.det(inverse)) / np.abs(below) ** 3 * _STEP_PX**2 / 100.0
    seen = shows(followup, on_scalp(baseline, at_px))
    whole = float(area_cm2.sum())
    return float(area_cm2[seen].sum()), float(area_cm2[seen].sum() / whole) if whole else 0.0


def on_scalp(scene: Scene, places_px: Floats) -> Floats:
    """Places of the scalp in mm, (n, 2), that a photograph shows at these pixels."""
    return _projected(np.asarray(np.linalg.inv(scene.truth.to_px), float), places_px)


def in_photograph(scene: Scene, places_mm: Floats) -> Floats:
    """Pixels, (n, 2), at which a photograph shows these places of the scalp."""
    return _projected(scene.truth.to_px, places_mm)


def _projected(homography: Floats, places: Floats) -> Floats:
    flat = np.column_stack([places, np.ones(len(places))]) @ homography.T
    return np.asarray(flat[:, :2] / flat[:, 2:])
