"""How the marked hairs of a picture look, in numbers with names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from look_regions import Floats, Picture, read_at, unit
from outcomes import distance_to_hairs

SHARES = (0.35, 0.5, 0.65)
REACH_UM = 200.0
STEP_UM = 2.0
SHORTEST_UM = 150.0
LEAST_CONTRAST = 5.0
CLEAR_UM = 50.0
STRETCHES_UM = ((20, 100), (100, 200), (200, 300))

MEANINGS: dict[str, str] = {
    "hairs_per_cm2": "marked hairs that grow, per cm2 of field",
    "hair_length_um": "median distance from root to tip",
    "hair_length_spread": "90th less 10th percentile of that, over the median",
    "hair_direction_sd_deg": "circular standard deviation of the directions of the hairs",
    "root_gap_um": "median distance from a root to the next one",
    "width_um": "median width of shafts half way, at half level",
    "width_p10_um": "10th percentile of that",
    "width_p90_um": "90th percentile of that",
    "contrast": "median darkness of shafts: L* of the skin around less that of the middle of the shaft",
    "contrast_p10": "10th percentile of that",
    "contrast_p90": "90th percentile of that",
    "shaft_L": "median L* of the middle of the shaft",
    "shaft_a": "median a* there",
    "shaft_b": "median b* there",
    "shaft_variation": "standard deviation of L* along the middle of the shaft, median of hairs",
    "shaft_glints": "95th percentile of L* along the middle of the shaft less its median, median of hairs",
    "shaft_fade": "L* near the tip less that near the root, median of hairs",
    "edge_um": "10 to 90 % width of the edges of shafts half way, the shadow beside them included",
    "edge_steep_um": "height of these edges over their steepest slope (2.5 sigma of a blur), median",
    "edge_steep_p10_um": "10th percentile of that (the sharpest hairs)",
    "edge_steep_p90_um": "90th percentile of that (hairs out of focus)",
    "edge_halo": "L* 10 to 35 um outside the edge less that at 60 to 110 um (sharpening: above 0; shadow: below)",
    **{f"trail_L_{a}": f"L* at {a} to {b} um beyond the root less that of the skin around" for a, b in STRETCHES_UM},
    **{f"trail_a_{a}": f"a* at {a} to {b} um beyond the root less that of the skin around" for a, b in STRETCHES_UM},
    **{f"trail_b_{a}": f"b* at {a} to {b} um beyond the root less that of the skin around" for a, b in STRETCHES_UM},
    "trail_width_um": "standard deviation of the darkness across the trail at 100 um beyond the root, in um",
    "ring_L": "L* at 50 to 120 um to both sides of the root, clear of other hairs, less that of the skin around",
    "ring_b": "the same of b*",
    "ring_bright": "90th percentile of L* in that ring less the skin around (white scale, glare)",
    "tip_L": "L* at 20 to 100 um beyond the tip less that of the skin around",
}


def statistics(picture: Picture) -> dict[str, float]:
    """Statistics of the marked hairs; NaN where there are none to measure."""
    root_tip = picture.root_tip
    length = np.linalg.norm(root_tip[:, 2:] - root_tip[:, :2], axis=1) * picture.um_per_px
    usable = root_tip[length >= SHORTEST_UM]
    found = _layout(picture, length)
    if len(usable):
        found |= {**_profiles(picture, usable), **_along(picture, usable), **_beyond(picture, usable)}
    return {name: float(found.get(name, np.nan)) for name in MEANINGS}


def _layout(picture: Picture, length: Floats) -> dict[str, float]:
    area_cm2 = picture.usable.sum() * (picture.um_per_px * 1e-4) ** 2
    found: dict[str, float] = {"hairs_per_cm2": len(length) / area_cm2}
    if len(length) < 2:
        return found
    root, tip = picture.root_tip[:, :2], picture.root_tip[:, 2:]
    together = min(1.0, float(np.linalg.norm(unit(tip - root).mean(axis=0))))
    gap = cKDTree(root).query(root, k=2)[0][:, 1] * picture.um_per_px
    low, middle, high = np.percentile(length, (10, 50, 90))
    return found | {
        "hair_length_um": middle,
        "hair_length_spread": (high - low) / middle,
        "hair_direction_sd_deg": np.degrees(np.sqrt(-2 * np.log(max(together, 1e-9)))),
        "root_gap_um": float(np.median(gap)),
    }


@dataclass(frozen=True)
class Edge:
    """One side of one shaft: place of its half level, two widths of its edge in um, L* just outside less skin."""

    half_um: float
    width_um: float
    steep_um: float
    halo: float


def read_edge(outward: Floats, dark: float) -> Edge | None:
    """Read the edge of a shaft from L* every 2 um from its middle outwards; None where no clear skin follows.

    Parameters
    ----------
    outward : float array, shape (n,)
    dark : float
        L* of the shaft.
    """
    beside, half, first = float(np.percentile(outward, 80)), 0.0, 0
    for _ in range(2):  # with the brighter part of the profile as skin, then with what lies beside the edge
        level = (dark + beside) / 2
        above = np.flatnonzero(outward >= level)
        if not above.size or above[0] == 0 or beside - dark < LEAST_CONTRAST:
            return None
        first = int(above[0])
        half = _crossing(outward, first, level)
        outside = outward[_span(half, 60, 110)]
        if len(outside) < 20 or outward[_span(half, 8, 110)].min() < level:  # too near the end, or another hair
            return None
        beside = float(outside.mean())
    low, high = dark + 0.1 * (beside - dark), dark + 0.9 * (beside - dark)
    under = np.flatnonzero(outward[: first + 1] <= low)
    over = np.flatnonzero(outward[first:] >= high)
    if not under.size or not over.size:
        return None
    start = _crossing(outward, int(under[-1]) + 1, low)
    end = _crossing(outward, first + int(over[0]), high)
    slope = float((outward[4 : first + 20] - outward[: first + 16]).max()) / (4 * STEP_UM)
    halo = float(outward[_span(end, 10, 35)].mean()) - beside
    return Edge(half, end - start, (beside - dark) / max(slope, 1e-9), halo)


def _crossing(values: Floats, at: int, level: float) -> float:
    """Place in um where values that are below the level at `at` - 1 and not at `at` reach it."""
    if at == 0 or values[at] == values[at - 1]:
        return at * STEP_UM
    return float(at - np.clip((values[at] - level) / (values[at] - values[at - 1]), 0, 1)) * STEP_UM


def _span(start_um: float, low_um: float, high_um: float) -> slice:
    return slice(round((start_um + low_um) / STEP_UM), round((start_um + high_um) / STEP_UM))


def _profiles(picture: Picture, root_tip: Floats) -> dict[str, float]:
    """Width, darkness, colour and edges, from profiles across the shaft at three places of each hair."""
    root, way = root_tip[:, :2], root_tip[:, 2:] - root_tip[:, :2]
    along = unit(way)
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1)
    offsets = np.arange(-REACH_UM, REACH_UM + 1, STEP_UM)
    middle = np.concatenate([root + share * way for share in SHARES])
    normal = np.tile(normal, (len(SHARES), 1))
    points = middle[:, None] + offsets[None, :, None] / picture.um_per_px * normal[:, None]
    lab = read_at(picture.lab, points)
    ground = read_at(picture.ground, middle[:, None])[:, 0]
    edges: list[Edge] = []
    widths, shafts, contrast = [], [], []
    for profile, skin in zip(lab, ground, strict=True):
        if np.isnan(profile).any() or np.isnan(skin).any():
            continue
        centre = _darkest(profile[:, 0], offsets)
        core = profile[np.abs(offsets - offsets[centre]) <= 10]
        shafts.append(np.median(core, axis=0))
        contrast.append(skin[0] - shafts[-1][0])
        sides = [read_edge(side, shafts[-1][0]) for side in (profile[centre:, 0], profile[centre::-1, 0])]
        edges += [side for side in sides if side]
        if sides[0] and sides[1]:
            widths.append(sides[0].half_um + sides[1].half_um)
    found = _percentiles("width", widths, "_um") | _percentiles("edge_steep", [edge.steep_um for edge in edges], "_um")
    found |= _percentiles("contrast", contrast, "")
    found |= {f"shaft_{c}": float(np.median([s[k] for s in shafts])) for k, c in enumerate("Lab") if shafts}
    if edges:
        found["edge_um"] = float(np.median([edge.width_um for edge in edges]))
        found["edge_halo"] = float(np.median([edge.halo for edge in edges]))
    return found


def _darkest(light: Floats, offsets: Floats) -> int:
    """Index of the darkest 20 um within 40 um of the marked line, which may lie beside the shaft's middle."""
    smooth = np.convolve(light, np.ones(11) / 11, mode="same")
    smooth[np.abs(offsets) > 40] = np.inf
    return int(np.argmin(smooth))


def _percentiles(name: str, values: list[float], unit_name: str) -> dict[str, float]:
    if not values:
        return {}
    low, middle, high = np.percentile(values, (10, 50, 90))
    return {f"{name}{unit_name}": middle, f"{name}_p10{unit_name}": low, f"{name}_p90{unit_name}": high}


def _along(picture: Picture, root_tip: Floats) -> dict[str, float]:
    """L* along the middle of each shaft, mean of 11 um across."""
    root, way = root_tip[:, :2], root_tip[:, 2:] - root_tip[:, :2]
    share = np.linspace(0.15, 0.85, 60)
    light = np.mean([read_at(picture.light, p) for p in _lines(picture, root, way, share)], axis=0)
    light = light[~np.isnan(light).any(axis=1)]
    if not len(light):
        return {}
    glints = np.percentile(light, 95, axis=1) - np.median(light, axis=1)
    fade = light[:, 45:].mean(axis=1) - light[:, :15].mean(axis=1)
    return {
        "shaft_variation": float(np.median(light.std(axis=1))),
        "shaft_glints": float(np.median(glints)),
        "shaft_fade": float(np.median(fade)),
    }


def _lines(picture: Picture, start: Floats, way: Floats, share: Floats) -> list[Floats]:
    """Places on three parallel lines 5.5 um apart, each (hairs, places, 2)."""
    along = unit(way)
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1) / picture.um_per_px
    middle = start[:, None] + share[None, :, None] * way[:, None]
    return [middle + aside * normal[:, None] for aside in (-5.5, 0.0, 5.5)]


def _beyond(picture: Picture, root_tip: Floats) -> dict[str, float]:
    """What lies beyond the root, round it, and beyond the tip, each less the skin around; medians of hairs."""
    root, tip = root_tip[:, :2], root_tip[:, 2:]
    along = unit(tip - root)
    found: dict[str, float] = {}
    for low, high in STRETCHES_UM:
        rest = _clear_means(picture, root_tip, _patch(root, -along, (low, high), 15, picture.um_per_px))
        found |= {f"trail_{c}_{low}": _middle(rest[:, k]) for k, c in enumerate("Lab")}
    rest = _clear_means(picture, root_tip, _patch(tip, along, (20, 100), 15, picture.um_per_px))
    found["tip_L"] = _middle(rest[:, 0])
    # The side ways only: the shaft lies ahead, its trail behind.
    turn = np.radians([*range(50, 131, 10), *range(230, 311, 10)])
    cos, sin = np.cos(turn), np.sin(turn)
    ways = np.stack([along[:, :1] * cos - along[:, 1:] * sin, along[:, :1] * sin + along[:, 1:] * cos], axis=2)
    radius = np.arange(50, 121, 10) / picture.um_per_px
    points = (root[:, None, None] + radius[None, None, :, None] * ways[:, :, None]).reshape(len(root), -1, 2)
    rest = _clear_means(picture, root_tip, points)
    found |= {"ring_L": _middle(rest[:, 0]), "ring_b": _middle(rest[:, 2])}
    found["ring_bright"] = _middle(_clear_means(picture, root_tip, points, 90)[:, 0])
    found["trail_width_um"] = _trail_width(picture, root, along)
    return found


def _clear_means(picture: Picture, root_tip: Floats, points: Floats, percentile: float | None = None) -> Floats:
    """CIELAB less the skin around, mean or percentile over each hair's places that no other hair comes near.

    Parameters
    ----------
    points : float array, shape (hairs, places, 2)

    Returns
    -------
    float array, shape (hairs, 3)
        NaN where fewer than half of the places are clear of other hairs by 50 um and inside the picture.
    """
    rest = _less_ground(picture, points)
    out = np.full((len(points), 3), np.nan)
    for hair, (places, values) in enumerate(zip(points, rest, strict=True)):
        others = np.delete(root_tip, hair, axis=0)
        clear = ~np.isnan(values).any(axis=1)
        if len(others):
            clear &= distance_to_hairs(places, others).min(axis=1) * picture.um_per_px > CLEAR_UM
        if clear.mean() >= 0.5:
            some = values[clear]
            out[hair] = some.mean(axis=0) if percentile is None else np.percentile(some, percentile, axis=0)
    return out


def _patch(start: Floats, way: Floats, stretch_um: tuple[int, int], half_um: float, um_per_px: float) -> Floats:
    """Places in a rectangle ahead of each start: (hairs, places, 2)."""
    normal = np.stack([-way[:, 1], way[:, 0]], axis=1)
    ahead, aside = np.meshgrid(np.arange(*stretch_um, 5), np.arange(-half_um, half_um + 1, 5))
    ahead, aside = ahead.ravel() / um_per_px, aside.ravel() / um_per_px
    return np.asarray(start[:, None] + ahead[None, :, None] * way[:, None] + aside[None, :, None] * normal[:, None])


def _less_ground(picture: Picture, points: Floats) -> Floats:
    return read_at(picture.lab, points) - read_at(picture.ground, points)


def _middle(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if known.size else float("nan")


def _trail_width(picture: Picture, root: Floats, along: Floats) -> float:
    """Width of the mean dark profile across the trails, 60 to 140 um beyond the root."""
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1)
    aside = np.arange(-120, 121, 5.0)
    total = []
    for back in np.arange(60, 141, 10):
        start = root - along * back / picture.um_per_px
        points = start[:, None] + aside[None, :, None] / picture.um_per_px * normal[:, None]
        total.append(_less_ground(picture, points)[..., 0])
    rest = np.mean(total, axis=0)
    rest = rest[~np.isnan(rest).any(axis=1)]
    if not len(rest):
        return float("nan")
    dark = -np.median(rest, axis=0)
    dark = np.clip(dark - np.minimum(dark[:5].mean(), dark[-5:].mean()), 0, None)
    if not dark.sum() > 1:
        return float("nan")
    middle = (aside * dark).sum() / dark.sum()
    return float(np.sqrt((((aside - middle) ** 2) * dark).sum() / dark.sum()))
