"""What a rendered scene says of itself is what its pixels show: widths, areas, counts, and the same bytes again."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from functools import cache

import numpy as np
import pytest

from densitometer.errors import RenderError
from densitometer.synthetic import Scene, Style, TrueHair, find_style, read_truth, render_scene, truth_record
from densitometer.synthetic.dice import Range
from densitometer.synthetic.styles import styles

NONE = (0.0, 0.0)
SMALL = (128, 96)


def sparse(um_per_px: float, tilt_deg: Range = NONE, **hair: object) -> Style:
    """Few hairs far apart, so that what belongs to each is plain."""
    alone = {"density_per_cm2": (60, 60), "unit_weights": (1.0,), "regularity": 1.0, "width_um": (30, 110)}
    return find_style(
        "trimmed_crossing",
        {
            "hair": alone | {"width_spread": (0.4, 0.4), "length_mm": (0.4, 0.8)} | hair,
            "camera": {"um_per_px": (um_per_px, um_per_px), "tilt_deg": tilt_deg},
            "extras": {"clippings_per_cm2": NONE},
        },
    )


@cache
def scenes() -> tuple[Scene, ...]:
    return tuple(
        render_scene(sparse(um_per_px, tilt), seed, (640, 512))
        for um_per_px, tilt in ((5.0, NONE), (8.3, NONE), (6.1, (9.0, 9.0)))
        for seed in (1, 2)
    )


def box(hair: TrueHair, um_per_px: float) -> tuple[np.ndarray, np.ndarray]:
    """Corners of a box that holds every pixel of a hair."""
    reach = hair.widths_um.max() / um_per_px / 2 + 3
    low, high = hair.points_px.min(axis=0) - reach, hair.points_px.max(axis=0) + reach
    return np.floor(low).astype(int), np.ceil(high).astype(int)


def isolated(scene: Scene) -> list[tuple[TrueHair, np.ndarray]]:
    """Hairs whole in the picture, with no other in their box, and their part of the mask."""
    boxes = [box(hair, scene.truth.um_per_px) for hair in scene.truth.hairs]
    height, width = scene.mask.shape
    found = []
    for number, (hair, (low, high)) in enumerate(zip(scene.truth.hairs, boxes, strict=True)):
        others = [other for k, other in enumerate(boxes) if k != number]
        apart = all((high < a).any() or (low > b).any() for a, b in others)
        if apart and (low >= 0).all() and (high < [width, height]).all():
            found.append((hair, scene.mask[low[1] : high[1] + 1, low[0] : high[0] + 1]))
    return found


def um_per_px_at(scene: Scene, at: np.ndarray) -> float:
    """Scale at a place of a tilted picture, from the homography."""
    onto = np.linalg.inv(scene.truth.to_px)
    a, b, c = (onto @ np.array([*(at + step), 1.0]) for step in ([0.0, 0.0], [0.5, 0.0], [0.0, 0.5]))
    a, b, c = (point[:2] / point[2] for point in (a, b, c))
    (ux, uy), (vx, vy) = (b - a) * 2, (c - a) * 2
    return 1000.0 * float(np.sqrt(abs(ux * vy - uy * vx)))


def length_px(hair: TrueHair) -> float:
    return float(np.hypot(*np.diff(hair.points_px, axis=0).T).sum())


def recovered() -> list[tuple[float, float]]:
    """Width of each isolated hair in um, from its area in the mask and from the truth."""
    return [
        (float(mask.sum()) / length_px(hair) * um_per_px_at(scene, hair.points_px.mean(axis=0)), hair.width_um)
        for scene in scenes()
        for hair, mask in isolated(scene)
    ]


def test_widths_are_in_the_mask_to_half_a_micrometre() -> None:
    widths = np.array(recovered())
    assert len(widths) >= 25
    assert widths[:, 1].min() < 40 and widths[:, 1].max() > 70
    np.testing.assert_allclose(widths[:, 0], widths[:, 1], atol=0.5)


def test_widths_are_no_whole_pixels() -> None:
    in_px = [float(mask.sum()) / length_px(hair) for scene in scenes()[:4] for hair, mask in isolated(scene)]
    off = np.abs(np.array(in_px) - np.round(in_px))
    assert len(off) >= 15
    assert 0.15 < off.mean() < 0.35  # evenly spread: 0.25; lines of whole pixels: 0
    assert len(set(np.round(in_px, 3))) == len(in_px)


def test_the_mask_has_nothing_but_hair() -> None:
    for scene in scenes():
        rest = scene.mask.copy()
        for hair in scene.truth.hairs:
            low, high = box(hair, scene.truth.um_per_px)
            (x0, y0), (x1, y1) = np.maximum(low, 0), np.maximum(high + 1, 0)
            rest[y0:y1, x0:x1] = 0
        assert rest[20:-20, 20:-20].sum() == 0  # at the edge shafts reach in whose centre line stays outside
        assert scene.mask.min() >= 0 and scene.mask.max() <= 1 + 1e-5


def test_the_area_is_that_of_the_pixels_seen() -> None:
    for scene in scenes()[:4]:
        um_per_px = scene.truth.um_per_px
        assert scene.truth.area_cm2 == pytest.approx(scene.field.sum() * um_per_px**2 * 1e-8, rel=1e-9)
    for scene in scenes()[4:]:  # tilted: the far side shows more skin than the near side less
        assert scene.truth.area_cm2 == pytest.approx(scene.field.sum() * scene.truth.um_per_px**2 * 1e-8, rel=0.05)
        places = np.argwhere(scene.field)[::997, ::-1].astype(float)
        pixels = np.mean([um_per_px_at(scene, at) ** 2 * 1e-8 for at in places])
        assert scene.truth.area_cm2 == pytest.approx(scene.field.sum() * pixels, rel=0.005)


def test_counted_hairs_are_those_rooted_in_the_field() -> None:
    scene = render_scene(find_style("round_field", {"hair": {"density_per_cm2": (250, 250)}}), 4, (320, 256))
    assert 0.2 < scene.field.mean() < 0.95
    height, width = scene.field.shape
    rooted = 0
    for hair in scene.truth.hairs:
        x, y = np.round(hair.root_px).astype(int)
        inside = bool(0 <= x < width and 0 <= y < height and scene.field[y, x])
        assert hair.counted == (inside and hair.kind != "loose")
        rooted += hair.counted
    assert rooted == len(scene.truth.counted) == sum(scene.truth.unit_sizes.values()) > 5
    assert scene.truth.density_per_cm2 == pytest.approx(rooted / scene.truth.area_cm2)


def test_densities_and_units_are_those_of_the_style() -> None:
    style = find_style("crowded_units", {"hair": {"density_per_cm2": (200, 200)}, "camera": {"um_per_px": (12, 12)}})
    truths = [render_scene(style, seed, (640, 512)).truth for seed in range(1, 5)]
    assert np.mean([truth.density_per_cm2 for truth in truths]) == pytest.approx(200, rel=0.1)
    sizes = [size for truth in truths for size in truth.unit_sizes.values()]
    weights = np.array(style.hair.unit_weights)
    assert np.mean(sizes) == pytest.approx(weights @ np.arange(1, 6) / weights.sum(), rel=0.12)


def test_a_hair_under_others_is_seen_less() -> None:
    crossing = render_scene(find_style("untrimmed_crossing"), 2, (320, 256)).truth
    shares = [hair.visible_share for hair in crossing.hairs if hair.kind != "loose"]
    assert 0 <= min(shares) < 0.95 < max(shares) <= 1
    assert all(hair.visible_share > 0.999 for scene in scenes() for hair, _ in isolated(scene))


def test_hair_is_where_the_truth_says() -> None:
    scene = render_scene(
        find_style("dyed", {"extras": {"dye": NONE, "ink_chance": 0, "tattoo_chance": 0}}), 3, (480, 384)
    )
    grey = scene.rgb.astype(float).mean(axis=2)
    hairs = [hair for hair in scene.truth.counted if hair.kind == "terminal" and hair.visible_share > 0.9]
    assert len(hairs) > 5
    on_hair, beside = grey[(scene.mask > 0.95) & scene.field], grey[(scene.mask == 0) & scene.field]
    assert np.median(on_hair) < np.percentile(beside, 10)


def test_truth_can_be_written_and_read_back() -> None:
    truth = scenes()[0].truth
    again = read_truth(truth_record(truth))
    assert [hair.hair for hair in again.counted] == [hair.hair for hair in truth.counted]
    assert (again.um_per_px, again.size_px) == (truth.um_per_px, truth.size_px)
    assert again.area_cm2 == pytest.approx(truth.area_cm2, rel=1e-11)
    assert np.allclose(again.to_px, truth.to_px, rtol=1e-11)
    assert truth_record(again)["density_per_cm2"] == truth_record(truth)["density_per_cm2"]


def test_the_same_seed_gives_the_same_bytes_in_another_process() -> None:
    here = [render_scene(name, 7, SMALL) for name in ("trimmed_70x", "immersion", "curly")]
    again = [render_scene(name, 7, SMALL) for name in ("trimmed_70x", "immersion", "curly")]
    assert [scene.jpeg for scene in here] == [scene.jpeg for scene in again]
    assert all(np.array_equal(a.mask, b.mask) for a, b in zip(here, again, strict=True))
    code = (
        "from densitometer.synthetic import render_scene\nimport hashlib\n"
        f"for name in ('curly', 'immersion', 'trimmed_70x'):\n    scene = render_scene(name, 7, {SMALL})\n"
        "    print(hashlib.sha256(scene.jpeg + scene.mask.tobytes()).hexdigest())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    mine = [hashlib.sha256(scene.jpeg + scene.mask.tobytes()).hexdigest() for scene in reversed(here)]
    assert done.stdout.split() == mine


def test_other_seeds_and_styles_are_other_scenes() -> None:
    pictures = {render_scene(name, seed, SMALL).jpeg for name in ("blond", "red_hair") for seed in (0, 1, 2)}
    assert len(pictures) == 6


@pytest.mark.parametrize("name", styles())
def test_every_style_renders_small(name: str) -> None:
    scene = render_scene(name, 1, SMALL)
    assert scene.rgb.shape == (96, 128, 3)
    assert scene.rgb.dtype == np.uint8
    assert scene.mask.shape == scene.field.shape == (96, 128)
    assert scene.field.any()
    assert np.ptp(scene.rgb[scene.field]) > 20
    assert scene.truth.style == name
    assert styles()[name].about


@pytest.mark.parametrize(
    ("style", "seed", "size", "message"),
    [
        ("trimmed", 1, SMALL, "There is no style 'trimmed'; choose from trimmed_70x"),
        ("blond", -1, SMALL, "The seed is -1; it must be 0 or more"),
        ("blond", 1, (10, 96), "10 x 96 px cannot be rendered; its sides must be 64 to 8000 px"),
        ("blond", 1, (128, 9000), "128 x 9000 px cannot be rendered"),
    ],
)
def test_nonsense_is_refused_in_one_sentence(style: str, seed: int, size: tuple[int, int], message: str) -> None:
    with pytest.raises(RenderError, match=message):
        render_scene(style, seed, size)


@pytest.mark.parametrize(
    ("part", "values", "message"),
    [
        ("hair", {"density_per_cm2": (200, 100)}, "density_per_cm2 runs from 200 to 100; put the smaller number first"),
        ("hair", {"width_um": (0, 50)}, "width_um cannot be 0; it must be above 0"),
        ("hair", {"fine_share": (0, 2)}, "fine_share cannot be 2; it must be 0 to 1"),
        ("hair", {"colours": ("green",)}, "colours: no 'green'; choose from black"),
        ("hair", {"thickness": 3}, "thickness"),
        ("skin", {"fitzpatrick": (0, 7)}, "fitzpatrick cannot be 0; it must be 1 to 6"),
        ("camera", {"um_per_px": (0.1, 0.2)}, "um_per_px cannot be 0.1; it must be 1 to 40"),
        ("camera", {"tilt_deg": (0, 80)}, "tilt_deg cannot be 80; it must be 0 to 30"),
        ("camera", {"light": "moon"}, "light: no 'moon'; choose from"),
        ("extras", {"bar_chance": -1}, "bar_chance cannot be -1; it must be 0 to 1"),
        ("lens", {}, "no part 'lens'; its parts are hair, skin, camera, extras"),
    ],
)
def test_impossible_values_of_a_style_are_refused(part: str, values: dict, message: str) -> None:
    with pytest.raises(RenderError, match=message):
        find_style("blond", {part: values})
