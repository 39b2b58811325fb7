"""How a picture looks, in numbers: each family of statistics on drawn pictures of known answer, and the sheets."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

import drawn

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "benchmarks"))

import contact_sheet  # noqa: E402
import look  # noqa: E402
import look_compare  # noqa: E402
import look_regions  # noqa: E402
import look_statistics  # noqa: E402
import look_strands  # noqa: E402

UM = 5.556
SHAPE = (400, 520)
NO_HAIR = np.empty((0, 4))


def grey(values: np.ndarray | float) -> np.ndarray:
    """RGB of a grey picture with these levels of 255."""
    levels = np.broadcast_to(np.asarray(values, float), SHAPE)
    return np.repeat(np.clip(np.round(levels), 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def noisy(values: np.ndarray | float, sd: float = 2.0, seed: int = 3) -> np.ndarray:
    """The same with white noise."""
    return grey(values + np.random.default_rng(seed).normal(0, sd, SHAPE))


def places() -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(float)
    return x, y


def skin_of(rgb: np.ndarray, root_tip: np.ndarray = NO_HAIR) -> dict[str, float]:
    return look_statistics.statistics(look_regions.look_at(rgb, UM, root_tip))


def root_tips(scene: drawn.Scene) -> np.ndarray:
    return np.array([scene.to_px(hair.points_um[[0, -1]]).ravel() for hair in scene.hairs])


def meadow(**more: object) -> drawn.Scene:
    """Twelve even hairs of 60 um, 500 um long, well apart, that point one way."""
    hairs = [
        drawn.straight((600.0 + 800 * (at % 4), 500.0 + 800 * (at // 4)), -40, 500, 60, **more) for at in range(12)
    ]
    return drawn.Scene(hairs, size_um=(3600.0, 2600.0), texture=0.2)


def strands_of(scene: drawn.Scene) -> dict[str, float]:
    picture = look_regions.look_at(drawn.draw(scene), scene.um_per_px, root_tips(scene))
    return look_strands.statistics(picture)


def test_every_statistic_has_a_meaning_and_is_a_float() -> None:
    found = skin_of(noisy(150))
    assert list(found) == list(look_statistics.MEANINGS)
    assert all(isinstance(value, float) for value in found.values())
    whole = look_statistics.field_statistics(noisy(150), np.ones(SHAPE, bool))
    assert list(whole) == list(look_statistics.FIELD_MEANINGS)
    assert np.isfinite(list(whole.values())).all()


def test_skin_is_free_of_hair_its_trail_and_what_is_dark_without_a_mark() -> None:
    rgb = noisy(170)
    cv2.line(rgb, (150, 100), (210, 100), (20, 20, 20), 10)
    cv2.line(rgb, (400, 300), (440, 340), (20, 20, 20), 10)
    picture = look_regions.look_at(rgb, UM, np.array([[150.0, 100.0, 210.0, 100.0]]))
    assert not picture.skin[100 - 8 : 100 + 9, 150 - 55 : 215].any()  # 60 um beside, 350 um beyond the root
    assert picture.skin[100, 150 - 90] and picture.skin[100, 235] and picture.skin[125, 180]
    assert not picture.skin[300:340, 400:440].diagonal().any()
    assert 0 < picture.dark_share < 0.05
    assert abs(picture.ground[100, 180, 0] - picture.ground[200, 300, 0]) < 1.0


def test_left_out_is_no_skin_and_print_is_none_either() -> None:
    out = np.zeros(SHAPE, bool)
    out[:, :200] = True
    picture = look_regions.look_at(noisy(150), UM, NO_HAIR, left_out=out)
    assert not picture.skin[:, :200].any() and picture.skin[100:300, 250:450].all()


def test_too_little_skin_is_an_error() -> None:
    picture = look_regions.look_at(noisy(150), UM, NO_HAIR, left_out=np.ones(SHAPE, bool))
    with pytest.raises(ValueError, match="fewer than 1000 pixels"):
        look_statistics.statistics(picture)


def test_colour_of_skin_is_cielab() -> None:
    rgb = noisy(0)
    rgb[:] = (200, 160, 150)
    found = skin_of(rgb)
    # CIELAB of sRGB (200, 160, 150), D65, from the definition.
    assert [found[f"skin_{c}"] for c in "Lab"] == pytest.approx([69.20, 13.27, 10.83], abs=0.02)
    assert found["skin_L_sd"] == pytest.approx(0, abs=1e-4)


def test_slope_and_dark_corners() -> None:
    x, y = places()
    tilted = skin_of(noisy(150 + 40 * (x / SHAPE[1] - 0.5)))
    assert tilted["skin_L_slope"] == pytest.approx(15.5, abs=1.0)  # 40 levels are 15.5 L* about a level of 150
    assert abs(tilted["skin_L_corners"]) < 0.5
    radius = np.hypot(x / SHAPE[1] - 0.5, y / SHAPE[0] - 0.5) * np.sqrt(2)
    vignetted = skin_of(noisy(170 - 40 * radius**2))
    assert vignetted["skin_L_slope"] < 0.5
    assert -15 < vignetted["skin_L_corners"] < -8


def test_blue_glare_is_told_by_its_correlation_its_skew_and_its_share() -> None:
    rng = np.random.default_rng(5)
    spots = cv2.GaussianBlur((rng.random(SHAPE) > 0.995).astype(np.float32), (0, 0), 2.0) * 25
    rgb = 130 + rng.normal(0, 2, (*SHAPE, 3))
    glare, plain = (
        skin_of(np.clip(some, 0, 255).astype(np.uint8))
        for some in (rgb + spots[..., None] * np.array([40.0, 50.0, 90.0]), rgb)
    )
    assert glare["skin_Lb_fine"] < -0.8
    assert plain["skin_Lb_fine"] > 0.3  # noise of red and green is yellow where it is bright
    assert glare["skin_skew"] > 1.5 and abs(plain["skin_skew"]) < 0.2
    assert glare["glint_share_10"] > 0.02 and plain["glint_share_10"] == 0
    assert glare["glint_b"] < -5 and np.isnan(plain["glint_b"])
    assert 20 < glare["glint_diameter_um"] < 80


def test_burnt_share() -> None:
    rgb = noisy(150)
    rgb[100:200, 100:230] = 255
    assert skin_of(rgb)["burnt_share"] == pytest.approx(100 * 130 / (400 * 520), rel=0.1)


def test_stripes_stand_in_their_octave_and_direction() -> None:
    x, _ = places()
    hairs = np.array([[60.0, 60.0, 60.0, 130.0], [300.0, 200.0, 300.0, 270.0]])  # they point down; so do the stripes
    stripes = skin_of(noisy(150 + 8 * np.sin(2 * np.pi * 14 * x * UM / 1000)), hairs)
    plain = skin_of(noisy(150), hairs)
    # 8 levels are 3.1 L* about a level of 150; a wave's rms is its height over the root of two.
    assert stripes["texture_10_20"] == pytest.approx(3.1 / np.sqrt(2), rel=0.12)
    for other in ("texture_2.5_5", "texture_5_10", "texture_20_40", "texture_40_80"):
        assert stripes[other] == pytest.approx(plain[other], abs=0.25)
    assert stripes["texture_10_20_across"] > 4 and abs(plain["texture_10_20_across"]) < 1
    assert stripes["texture_10_20_oriented"] > 0.9 > 0.5 > plain["texture_10_20_oriented"]
    across = skin_of(noisy(150 + 8 * np.sin(2 * np.pi * 14 * x * UM / 1000)), hairs[:, [1, 0, 3, 2]])
    assert across["texture_10_20_across"] < -4


def test_octaves_of_white_noise_double_with_frequency() -> None:
    found = skin_of(noisy(150, sd=4.0))
    rms = [found[f"texture_{low:g}_{high:g}"] for low, high in look_statistics.OCTAVES_PER_MM[1:]]
    assert np.diff(np.log2(rms)) == pytest.approx(1, abs=0.2)


def test_an_octave_that_pixels_cannot_show_is_unknown() -> None:
    found = look_statistics.statistics(look_regions.look_at(noisy(150), 11.0, NO_HAIR))
    assert np.isnan(found["texture_40_80"]) and np.isfinite(found["texture_20_40"])


@pytest.mark.parametrize("width_um", look_statistics.RIDGE_WIDTHS_UM)
def test_line_strength_tells_polarity_and_answers_half_the_contrast(width_um: int) -> None:
    x, _ = places()
    bar = -10 * np.clip((width_um / 2 - np.abs(x - 260)) + 0.5, 0, 1)  # 1 um a pixel
    dark, bright = look_statistics.line_strength((60 + bar).astype(np.float32), width_um, 1.0)
    assert dark[200, 260] == pytest.approx(4.84, rel=0.03)  # 2 exp(-1/2) / sqrt(2 pi) of the contrast
    assert bright[200, 260] == 0


def test_line_strength_is_blind_to_round_spots() -> None:
    x, y = places()
    spot = -10 * np.exp(-((x - 260) ** 2 + (y - 200) ** 2) / (2 * 12.0**2))
    dark, _ = look_statistics.line_strength((60 + spot).astype(np.float32), 40, 1.0)
    assert dark[200, 260] < 0.2


def test_ridges_of_skin_look_past_marked_hairs() -> None:
    rgb = noisy(170)
    before = skin_of(rgb)
    cv2.line(rgb, (250, 200), (300, 240), (20, 20, 20), 10)
    after = skin_of(rgb, np.array([[250.0, 200.0, 300.0, 240.0]]))
    assert after["ridge_dark_40um_p99"] == pytest.approx(before["ridge_dark_40um_p99"], rel=0.1)
    fold = rgb.copy()
    cv2.line(fold, (0, 100), (519, 80), (140, 140, 140), 7, cv2.LINE_AA)
    marked = np.array([[250.0, 200.0, 300.0, 240.0]])
    assert skin_of(fold, marked)["ridge_dark_40um_p99"] > 2 * after["ridge_dark_40um_p99"]


def test_gradient_of_a_ramp() -> None:
    x, _ = places()
    found = skin_of(grey(110 + 0.15 * x))
    # 78 levels over 2889 um: in L*, about 0.388 a level.
    assert found["skin_gradient_p50"] == pytest.approx(0.388 * 0.15 * 10 / UM, rel=0.15)


def test_noise_is_measured_in_levels_and_its_grain_is_told() -> None:
    found = skin_of(noisy(150, sd=3.0))
    assert found["noise_luma"] == pytest.approx(3.0, rel=0.05)
    assert found["noise_chroma"] < 0.1
    soft = cv2.GaussianBlur(noisy(150, sd=12.0), (0, 0), 0.8)
    assert found["noise_correlation"] < 0.1 < 0.3 < skin_of(soft)["noise_correlation"]


@pytest.mark.parametrize(("name", "across"), [("columns", (0, 1)), ("rows", (1, 0)), ("checks", (1, 1))])
def test_mesh_of_a_sensor_is_told_from_noise(name: str, across: tuple[int, int]) -> None:
    y, x = np.indices(SHAPE)
    mesh = np.where((across[0] * y + across[1] * x) % 2 == 0, 1.0, -1.0)
    found, plain = skin_of(noisy(150 + 2 * mesh)), skin_of(noisy(150))
    assert found[f"mesh_{name}"] == pytest.approx(2.0, rel=0.05)
    assert plain[f"mesh_{name}"] < 0.1  # white noise of 2 levels over 32 x 32 pixels
    for other in {"columns", "rows", "checks"} - {name}:
        assert found[f"mesh_{other}"] < 0.1


def test_blockiness_follows_the_quality_of_the_jpeg() -> None:
    rgb = noisy(150, sd=6.0)
    whole = np.ones(SHAPE, bool)

    def packed(quality: int) -> float:
        _, data = cv2.imencode(".jpg", rgb, [cv2.IMWRITE_JPEG_QUALITY, quality])
        return look_statistics.blockiness(cv2.imdecode(data, cv2.IMREAD_COLOR), whole)

    assert abs(look_statistics.blockiness(rgb, whole)) < 0.03
    assert packed(30) > packed(60) > 0.1


def test_width_contrast_and_colour_of_shafts() -> None:
    found = strands_of(meadow())
    skin, hair = (look_regions.to_lab(np.uint8([[colour]]))[0, 0] for colour in (drawn.SKIN, drawn.HAIR))
    # Lightness crosses half its step inside the shaft, since a lens blurs light: what looks 55 um wide is 60.
    assert found["width_um"] == pytest.approx(55, abs=2)
    assert found["contrast"] == pytest.approx(skin[0] - hair[0], abs=2)
    assert [found[f"shaft_{c}"] for c in "Lab"] == pytest.approx(list(hair), abs=2)
    assert found["shaft_variation"] < 1
    assert abs(found["edge_halo"]) < 0.6
    assert found["hair_length_um"] == pytest.approx(500, abs=1)
    assert found["hair_direction_sd_deg"] < 0.1
    assert found["root_gap_um"] == pytest.approx(800, abs=1)
    assert found["hairs_per_cm2"] == pytest.approx(12 / (0.36 * 0.26), rel=0.03)


@pytest.mark.parametrize("sigma_um", [6.0, 10.0, 15.0])
def test_edges_are_as_wide_as_the_blur(sigma_um: float) -> None:
    hairs = [replace(hair, width_um=90.0) for hair in meadow().hairs]
    scene = replace(meadow(), hairs=hairs, blur_px=sigma_um / UM, noise=0.5, texture=0.0)
    found = strands_of(scene)
    pixel = 5.0  # the pixel itself and reading between pixels widen an edge, in quadrature
    assert found["edge_um"] == pytest.approx(2.563 * np.hypot(sigma_um, pixel / 2), rel=0.12)
    assert found["edge_steep_um"] == pytest.approx(2.507 * np.hypot(sigma_um, pixel / 2), rel=0.2)


def test_sharpening_leaves_a_bright_rim() -> None:
    scene = replace(meadow(), texture=0.0)
    rgb = drawn.draw(scene)
    soft = cv2.GaussianBlur(rgb, (0, 0), 3.0)
    sharp = cv2.addWeighted(rgb, 1.8, soft, -0.8, 0)
    ends = root_tips(scene)
    halo = [look_strands.statistics(look_regions.look_at(one, UM, ends))["edge_halo"] for one in (rgb, sharp)]
    assert halo[1] > halo[0] + 1


def test_trail_under_the_skin_is_dark_and_blue_and_lies_behind_the_root_only() -> None:
    with_trail, without = strands_of(meadow(trail=drawn.BLUISH)), strands_of(meadow())
    assert with_trail["trail_L_20"] < -8 and with_trail["trail_b_20"] < -8
    assert with_trail["trail_L_20"] < with_trail["trail_L_200"]
    assert abs(with_trail["tip_L"]) < 1
    assert abs(without["trail_L_100"]) < 1 and abs(without["trail_b_100"]) < 1
    assert 20 < with_trail["trail_width_um"] < 45


def test_ring_round_the_root_shows_scale() -> None:
    bare = meadow()
    rings = [(*hair.points_um[0], 130.0, 20.0, (230.0, 228.0, 225.0)) for hair in bare.hairs]
    scaly, plain = strands_of(replace(bare, spots=rings)), strands_of(bare)
    assert scaly["ring_L"] > 10 > 1 > abs(plain["ring_L"])
    assert scaly["ring_bright"] > plain["ring_bright"] + 8


def test_a_speckled_shaft_varies() -> None:
    scene = meadow()
    rgb = drawn.draw(scene)
    for hair in scene.hairs:
        for share in (0.3, 0.5, 0.7):
            x, y = scene.to_px(hair.points_um[0] + share * (hair.points_um[-1] - hair.points_um[0]))
            cv2.circle(rgb, (round(x), round(y)), 4, (190, 190, 190), -1)
    found = look_strands.statistics(look_regions.look_at(rgb, UM, root_tips(scene)))
    assert found["shaft_variation"] > 8
    assert found["shaft_glints"] > 20


def test_without_hairs_the_strands_are_unknown_and_the_skin_is_not() -> None:
    found = skin_of(noisy(150))
    assert np.isnan(found["contrast"]) and np.isnan(found["trail_L_20"])
    assert found["hairs_per_cm2"] == 0 and np.isfinite(found["skin_L"])


def test_read_edge_declines_where_another_hair_follows() -> None:
    x = np.arange(0, 201, look_strands.STEP_UM)
    clean = np.where(x < 30, 15.0, 60.0)
    other = np.where((x > 70) & (x < 110), 15.0, clean)
    edge = look_strands.read_edge(clean, 15.0)
    assert edge is not None and edge.half_um == pytest.approx(29, abs=1)
    assert look_strands.read_edge(other, 15.0) is None
    assert look_strands.read_edge(np.full_like(x, 60.0), 58.0) is None


def test_distance_counts_in_spreads_of_the_real_ones() -> None:
    rng = np.random.default_rng(1)
    real, other = rng.normal(5, 2, (4000, 1)), rng.normal(9, 2, (4000, 1))
    [row] = look_compare.compare(real, other, ["thing"])
    assert row.distance == pytest.approx(2, abs=0.25)
    assert row.auc == pytest.approx(0.921, abs=0.02)  # of two normals two sd apart
    assert row.known == (4000, 4000)
    assert look_compare.rms_distance([row]) == pytest.approx(row.distance)


def test_unknown_values_are_told_and_do_not_spoil_the_rest() -> None:
    real = np.column_stack([np.arange(10.0), np.where(np.arange(10) < 2, np.nan, 1.0)])
    rows = look_compare.compare(real, real, ["a", "b"])
    assert look_compare.lacking(rows, (10, 10)) == ["b: shown by 8 of 10 and 8 of 10 pictures"]
    assert rows[0].distance == 0 and np.isnan(rows[1].distance)
    assert np.isnan(look_compare.compare(real[:7], real, ["a", "b"])[0].distance)  # too few for a spread
    assert [row.name for row in look_compare.giveaways(rows, 1)] == ["a"]
    assert "–" in look_compare.as_table(rows, "renders")


def test_auc_counts_ties_by_half() -> None:
    assert look_compare.auc(np.array([1.0, 2.0]), np.array([2.0, 3.0])) == pytest.approx(0.875)
    assert np.isnan(look_compare.auc(np.array([]), np.array([1.0])))


def test_separability_tells_nothing_from_all() -> None:
    rng = np.random.default_rng(2)
    real, same = rng.normal(size=(60, 20)), rng.normal(size=(30, 20))
    keys = [f"r{at}" for at in range(60)], [f"o{at}" for at in range(30)]
    assert look_compare.separability(real, same, *keys) == pytest.approx(0.5, abs=0.15)
    shifted = same.copy()
    shifted[:, 3] += 5
    assert look_compare.separability(real, shifted, *keys) > 0.95
    assert np.isnan(look_compare.separability(real[:2], same, keys[0][:2], keys[1]))


def test_separability_leaves_out_whole_subjects() -> None:
    # Five subjects a set, six pictures each that are alike: learnt by heart, they would tell all.
    rng = np.random.default_rng(4)
    subjects = np.repeat(rng.normal(size=(10, 30)), 6, axis=0) + rng.normal(0, 0.01, (60, 30))
    keys = [f"s{at // 6}" for at in range(60)]
    alone = [f"p{at}" for at in range(60)]
    by_subject = look_compare.separability(subjects[:30], subjects[30:], keys[:30], keys[30:])
    by_picture = look_compare.separability(subjects[:30], subjects[30:], alone[:30], alone[30:])
    assert by_picture > 0.98 and by_subject < 0.9


def test_every_statistic_has_its_family() -> None:
    families = {name: look_compare.family(name) for name in look_statistics.MEANINGS}
    assert {name for name, about in families.items() if about == "frame"} == {
        name for name in families if name.startswith("frame_")
    }


def shown(rendered: bool, number: int = 1) -> contact_sheet.Shown:
    scene = meadow()
    rgb = drawn.draw(replace(scene, seed=number))
    name = f"{'scene' if rendered else 'photo'} {number}"
    return contact_sheet.Shown(name, rendered, rgb, np.ones(rgb.shape[:2], bool), UM, root_tips(scene))


def test_blind_sheet_shows_each_picture_once_and_only_the_key_tells() -> None:
    some = [shown(kind, number) for kind in (False, True) for number in (1, 2)]
    sheet, key = contact_sheet.blind(some, seed=7, columns=2)
    again, _ = contact_sheet.blind(some, seed=7, columns=2)
    assert (sheet == again).all()
    assert sorted(line[5:].split("  x ")[0].strip() for line in key) == sorted(
        f"{'rendered' if one.rendered else 'real':8s}  {one.name}" for one in some
    )
    number, kind, photo, index, _, x, _, y = key[0].split()
    of = next(one for one in some if one.name == f"{photo} {index}")
    assert (number, kind == "rendered") == ("1", of.rendered)
    width, height = contact_sheet.CROP_PX
    crop = of.rgb[int(y) : int(y) + height, int(x) : int(x) + width]
    gap = contact_sheet.GAP_PX
    assert (sheet[gap + 40 : gap + height, gap : gap + width] == crop[40:]).all()  # native size, not resampled


def test_crops_show_no_print() -> None:
    one = shown(False)
    usable = np.zeros_like(one.usable)
    usable[60:400, 200:630] = True
    _, [line] = contact_sheet.blind([replace(one, usable=usable)], seed=1)
    x, y = int(line.split()[-3]), int(line.split()[-1])
    assert usable[y : y + contact_sheet.CROP_PX[1], x : x + contact_sheet.CROP_PX[0]].mean() > 0.9


def test_whole_and_hair_sheets_hold_pairs() -> None:
    real, rendered = [shown(False)], [shown(True)]
    whole = contact_sheet.whole(real, rendered, width_px=200)
    height = round(200 * real[0].rgb.shape[0] / real[0].rgb.shape[1])
    assert whole.shape == (2 * height + 3 * contact_sheet.GAP_PX, 200 + 2 * contact_sheet.GAP_PX, 3)
    pairs = contact_sheet.hairs(real, rendered, seed=1, pairs=3)
    assert pairs.shape[1] == 6 * (contact_sheet.HAIR_PX + contact_sheet.GAP_PX) + contact_sheet.GAP_PX
    with pytest.raises(ValueError, match="nothing to set side by side"):
        contact_sheet.hairs([replace(real[0], root_tip=NO_HAIR)], rendered, seed=1)


def test_sheets_and_tables_never_enter_the_repository(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        look.arguments(["--out", str(REPOSITORY / "build" / "look")])
    assert "outside the repository" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        look.arguments(["--out", str(tmp_path), "--count", "0"])
    assert "1 or more" in capsys.readouterr().err


def test_only_a_whole_run_replaces_the_table(tmp_path: Path) -> None:
    out = ["--out", str(tmp_path)]
    assert look.is_whole(look.arguments([*out, "--count", str(look.WHOLE_COUNT)]))
    for less in (["--every", "2"], ["--no-statistics"], ["--null"], ["--style", "other"]):
        assert not look.is_whole(look.arguments([*out, "--count", str(look.WHOLE_COUNT), *less]))
    assert not look.is_whole(look.arguments(out))


def test_margin_of_the_quadrants() -> None:
    out = look.margin((1024, 1280))
    assert out[512, 300] and out[300, 640] and out[10, 300] and out[300, 1270]
    assert not out[300, 300] and not out[600, 900]


def scene(style: str, seed: int) -> SimpleNamespace:
    """A drawn stand-in for a render."""
    growing = meadow(trail=drawn.BLUISH)
    ends = root_tips(growing)
    hairs = [SimpleNamespace(root_px=end[:2], tip_px=end[2:], kind="terminal") for end in ends[:-1]]
    hairs.append(SimpleNamespace(root_px=ends[-1, :2], tip_px=ends[-1, 2:], kind="loose"))
    rgb = drawn.draw(replace(growing, seed=seed))
    return SimpleNamespace(rgb=rgb, truth=SimpleNamespace(hairs=hairs, um_per_px=UM))


def test_ends_of_a_scene_part_what_grows_from_what_lies() -> None:
    grown, loose = look.scene_ends(scene("any", 1))
    assert grown.shape == (11, 4) and loose.shape == (1, 4)


def test_a_style_without_photographs_still_gives_a_sheet(tmp_path: Path) -> None:
    options = look.arguments(["--style", "blond", "--count", "2", "--out", str(tmp_path)])
    body = look.judge(options, scene)
    assert "nothing to compare with" in body
    assert (tmp_path / "renders.png").is_file()


def test_unmarked_photographs_are_compared_without_marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = tmp_path / "untrimmed_1.png"
    cv2.imwrite(str(photo), drawn.draw(replace(meadow(), seed=9)))
    monkeypatch.setattr(look, "counterparts", lambda style: [photo])
    out = tmp_path / "out"
    out.mkdir()
    options = look.arguments(["--style", "untrimmed_dermoscope", "--count", "2", "--out", str(out)])
    body = look.judge(options, scene)
    assert "field_gradient_p90" in body and "texture" not in body.split("|")[1]
    assert "told apart by all statistics together: AUC nan" in body  # one photograph is too few
    assert (out / "blind_1.png").is_file() and (out / "blind_1_key.txt").read_text().count("rendered") == 2


@pytest.mark.skipif(not look.real.available(), reason="no annotated photographs at ../shared/real")
def test_a_real_photograph_shows_every_statistic(tmp_path: Path) -> None:
    photo = look.real.halves()["choose"][0]
    [found] = look.known_statistics([photo], tmp_path)
    assert all(np.isfinite(value) for value in found.values())
    assert look.known_statistics([photo], tmp_path) == [found]
