"""What a method got right and wrong on one rendered scene, whose truth is known to the last hair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial import KDTree
from scipy.spatial.distance import cdist

import real
from densitometer.evaluate import Matching, Score, match_hairs, score_matching
from densitometer.synthetic import seen
from densitometer.synthetic.truth import TrueHair, Truth

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

ROOT_UM = 120.0
LEAST_VISIBLE = 0.1
ON_LINE_UM = 60.0
_STEP_UM = 20.0
_TERMINAL_UM = 30.0


@dataclass(frozen=True)
class Finding:
    """What a method says of one picture.

    Attributes
    ----------
    ends : (n, 4) float array
        root_x, root_y, tip_x, tip_y of each hair that counts, in px.
    count : float
        Its number of hairs.
    knows_roots : bool
        False where the method does not tell a root from a tip.
    lines : sequence of (k, 2) float arrays
        Centre lines, root first; empty where it gives none.
    widths_um : (n,) float array
        NaN where a hair has no width; empty where the method gives none.
    units : (n,) int array
        Number of each hair's follicular unit; empty where the method forms none.
    values : mapping
        Columns of ``photos.csv`` by name.
    flags : tuple of str
    declined : bool
    read_um_per_px : float or None
        Scale read from the picture alone.
    """

    ends: Floats
    count: float
    knows_roots: bool = False
    lines: Sequence[Floats] = ()
    widths_um: Floats = field(default_factory=lambda: np.empty(0))
    units: NDArray[np.int_] = field(default_factory=lambda: np.empty(0, int))
    values: Mapping[str, float | int | None] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    declined: bool = False
    read_um_per_px: float | None = None


@dataclass(frozen=True)
class SceneOutcome:
    """One method on one scene.

    Attributes
    ----------
    style, seed : str, int
    count, true_count : float, int
        Hairs that the method counts, and hairs rooted in the field, hidden ones too.
    roots, hairs : Score
        By the place of the root, and by the midpoint as on photographs.
    on_loose, along_hair : int
        Inventions that lie on a loose piece; of the others, those along a growing hair: found twice, in parts, or
        turned about.
    true_widths_um, hit : (n,) arrays
        Of each scored true hair: its width, and whether its root was found.
    widths_um : (k, 2) float array
        True and found width of the matched hairs that have one.
    unit_sizes, unit_right : (u,) arrays
        True size of each follicular unit, and whether the unit matched to it has that size.
    unit_count : float
        Units formed; NaN where the method forms none.
    area_error, terminal_error : float
        Area over true area less one; share of hairs of 30 um or more less the true share; NaN where not given.
    covered, detection_covered : float
        1 where the interval of the density holds the truth, 0 where not, NaN where there is none.
    um_per_px, read_um_per_px : float, float or None
        True scale, and that read from the picture alone.
    flags : tuple of str
    declined : bool
    printed_bar : bool
    """

    style: str
    seed: int
    count: float
    true_count: int
    roots: Score
    hairs: Score
    on_loose: int
    along_hair: int
    true_widths_um: Floats
    hit: Bools
    widths_um: Floats
    unit_sizes: NDArray[np.int_]
    unit_right: Bools
    unit_count: float
    area_error: float
    terminal_error: float
    covered: float
    detection_covered: float
    um_per_px: float
    read_um_per_px: float | None = None
    flags: tuple[str, ...] = ()
    declined: bool = False
    printed_bar: bool = False


@dataclass(frozen=True)
class Matched:
    """The hairs of a truth and what became of them.

    Attributes
    ----------
    growing : tuple of TrueHair
        All but loose pieces, cut to what lies in the picture; indices of the matching are into these.
    scored : (n,) bool array
        Which of them must be found.
    roots : Matching
    """

    growing: tuple[TrueHair, ...]
    scored: Bools
    roots: Matching


def seen_part(hair: TrueHair, size_px: tuple[int, int]) -> TrueHair:
    """Cut a hair to what lies in the picture, from its first point there to its last."""
    part = seen.seen_part(hair.points_px, size_px)
    return replace(hair, points_px=hair.points_px[part], widths_um=hair.widths_um[part])


def ends_of(hairs: Sequence[TrueHair]) -> Floats:
    """Root and tip of each hair, (n, 4)."""
    return np.array([[*hair.root_px, *hair.tip_px] for hair in hairs], float).reshape(-1, 4)


def match_roots(truth: Truth, finding: Finding) -> Matched:
    """Match found to true roots one to one within 120 um.

    Hairs rooted outside the field, and hairs hidden below others, need not be found; what is found at their roots is
    neither right nor wrong. Of a method that does not tell roots, the end nearer a true root is taken.
    """
    growing = tuple(seen_part(hair, truth.size_px) for hair in truth.hairs if hair.kind != "loose")
    scored = np.array([hair.counted and hair.visible_share >= LEAST_VISIBLE for hair in growing], bool)
    roots, tolerance = ends_of(growing)[:, :2], ROOT_UM / truth.um_per_px
    at = finding.ends[:, :2] if finding.knows_roots else nearer_ends(finding.ends, roots, scored, tolerance)
    twice = np.hstack([roots, roots])  # a hair without length has its midpoint at its root
    return Matched(growing, scored, match_hairs(twice, np.hstack([at, at]), tolerance, true_ignored=~scored))


def nearer_ends(ends: Floats, roots: Floats, scored: Bools, tolerance: float) -> Floats:
    """Take of each hair the end nearer a root that is scored, or nearer any root where none of these is in reach."""
    if not len(ends) or not len(roots):
        return ends[:, :2]
    both = np.stack([ends[:, :2], ends[:, 2:]], axis=1)
    apart = cdist(both.reshape(-1, 2), roots)
    to_scored = np.where(scored, apart, np.inf).min(axis=1).reshape(-1, 2)
    to_any = apart.min(axis=1).reshape(-1, 2)
    reach = (to_scored <= tolerance).any(axis=1, keepdims=True)
    which = np.where(reach, to_scored, to_any).argmin(axis=1)
    return np.asarray(both[np.arange(len(ends)), which])


def match_middles(truth: Truth, finding: Finding, matched: Matched) -> Matching:
    """Match hairs by their midpoints within 125 um, as on photographs."""
    tolerance = real.TOLERANCE_UM / truth.um_per_px
    return match_hairs(ends_of(matched.growing), finding.ends, tolerance, true_ignored=~matched.scored)


def lies_along(ends: Floats, lines: Sequence[Floats], um_per_px: float) -> Bools:
    """Tell of which hairs (n, 4) three of five places from end to end lie within 60 um of one of the lines."""
    if not len(ends) or not lines:
        return np.zeros(len(ends), bool)
    tree = KDTree(np.vstack([dense(line, _STEP_UM / um_per_px) for line in lines]))
    share = np.linspace(0.1, 0.9, 5)[:, None, None]
    places = (1 - share) * ends[:, :2] + share * ends[:, 2:]
    return np.asarray((tree.query(places)[0] * um_per_px <= ON_LINE_UM).sum(axis=0) >= 3)


def dense(line: Floats, step_px: float) -> Floats:
    """Lay points along a line no farther apart than a step."""
    along = np.concatenate([[0.0], np.hypot(*np.diff(line, axis=0).T).cumsum()])
    at = np.linspace(0, along[-1], int(np.ceil(along[-1] / step_px)) + 1)
    return np.column_stack([np.interp(at, along, line[:, 0]), np.interp(at, along, line[:, 1])])


def width_pairs(truth: Truth, finding: Finding, matched: Matched) -> Floats:
    """True and found widths in um, (k, 2), of the matched hairs that have a width.

    The hairs of one opening lie nearer one another than a root can be told, so each found width stands beside that of
    the true hair, of those rooted within 120 um, whose line the found one follows most closely.
    """
    if not len(finding.widths_um):
        return np.empty((0, 2))
    roots, tolerance = ends_of(matched.growing)[:, :2], ROOT_UM / truth.um_per_px
    pairs = []
    for true, at in matched.roots.pairs:
        if np.isfinite(finding.widths_um[at]):
            near = matched.scored & (np.hypot(*(roots - finding.ends[at, :2]).T) <= tolerance)
            hairs = [matched.growing[i] for i in np.union1d(np.flatnonzero(near), true)]
            follows = min(hairs, key=lambda hair: _apart(finding.lines[at], hair, truth.um_per_px))
            pairs.append((follows.width_um, float(finding.widths_um[at])))
    return np.array(pairs, float).reshape(-1, 2)


def _apart(line: Floats, hair: TrueHair, um_per_px: float) -> float:
    points = dense(hair.points_px, _STEP_UM / um_per_px)
    return float(np.median(cdist(line, points).min(axis=1)))


def unit_outcome(truth: Truth, finding: Finding, matched: Matched) -> tuple[NDArray[np.int_], Bools]:
    """True size of each unit, and whether the unit found for it has that size.

    Units are paired one to one so that as many matched roots as can be lie in paired units.
    """
    true = sorted(truth.unit_sizes)
    sizes = np.array([truth.unit_sizes[unit] for unit in true], int)
    right = np.zeros(len(true), bool)
    if not len(finding.units) or not true:
        return sizes, right
    found, found_sizes = np.unique(finding.units, return_counts=True)
    shared = np.zeros((len(true), len(found)))
    for i, j in matched.roots.pairs:
        shared[true.index(matched.growing[i].unit), np.searchsorted(found, finding.units[j])] += 1
    rows, columns = linear_sum_assignment(shared, maximize=True)
    right[rows] = (shared[rows, columns] > 0) & (sizes[rows] == found_sizes[columns])
    return sizes, right


def outcome(truth: Truth, finding: Finding, *, printed_bar: bool = False) -> SceneOutcome:
    """Score what a method found in a scene against the scene's truth."""
    matched = match_roots(truth, finding)
    ends = ends_of(matched.growing)
    false = finding.ends[matched.roots.false]
    loose = lies_along(false, [hair.points_px for hair in truth.hairs if hair.kind == "loose"], truth.um_per_px)
    along = lies_along(false, [hair.points_px for hair in matched.growing], truth.um_per_px) & ~loose
    sizes, right = unit_outcome(truth, finding, matched)
    scored = np.flatnonzero(matched.scored)
    values = {name: float("nan") if value is None else float(value) for name, value in finding.values.items()}
    return SceneOutcome(
        style=truth.style,
        seed=truth.seed,
        count=finding.count,
        true_count=len(truth.counted),
        roots=score_matching(ends, finding.ends, matched.roots),
        hairs=score_matching(ends, finding.ends, match_middles(truth, finding, matched)),
        on_loose=int(loose.sum()),
        along_hair=int(along.sum()),
        true_widths_um=np.array([matched.growing[i].width_um for i in scored]),
        hit=np.isin(scored, matched.roots.pairs[:, 0]),
        widths_um=width_pairs(truth, finding, matched),
        unit_sizes=sizes,
        unit_right=right,
        unit_count=values.get("unit_count", float("nan")),
        area_error=values.get("area_cm2", float("nan")) / truth.area_cm2 - 1 if truth.area_cm2 else float("nan"),
        terminal_error=_terminal_error(truth, values),
        covered=_covers(truth, values, "density_low_per_cm2", "density_high_per_cm2"),
        detection_covered=_covers(truth, values, "density_detection_low_per_cm2", "density_detection_high_per_cm2"),
        um_per_px=truth.um_per_px,
        read_um_per_px=finding.read_um_per_px,
        flags=finding.flags,
        declined=finding.declined,
        printed_bar=printed_bar,
    )


def _terminal_error(truth: Truth, values: Mapping[str, float]) -> float:
    """Share of hairs of 30 um or more, less the true share."""
    if not values.get("density_per_cm2") or not truth.counted:
        return float("nan")
    true = np.mean([seen_part(hair, truth.size_px).width_um >= _TERMINAL_UM for hair in truth.counted])
    return float(values.get("terminal30_per_cm2", float("nan")) / values["density_per_cm2"] - true)


def _covers(truth: Truth, values: Mapping[str, float], low: str, high: str) -> float:
    if low not in values or not np.isfinite(truth.density_per_cm2):
        return float("nan")
    return float(values[low] <= truth.density_per_cm2 <= values[high])
