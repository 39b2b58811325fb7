"""The usable field: drawn photographs of known area, and the real ones where they are at hand."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from densitometer.errors import PhotoError, SettingsError
from densitometer.field import find_field, find_text
from densitometer.print_mask import BLANK_RGB
from densitometer.settings import FieldSettings

REAL = Path(__file__).resolve().parents[2] / "shared" / "real" / "annotated"
UM_PER_PX = 5.556
HEIGHT, WIDTH = 600, 800


def skin(height: int = HEIGHT, width: int = WIDTH, level: int = 165) -> np.ndarray:
    """Skin with texture and noise."""
    random = np.random.default_rng(1)
    coarse = cv2.GaussianBlur(random.normal(0, 60, (height, width)), (0, 0), 6)
    light = level + coarse + random.normal(0, 3, (height, width))
    return np.clip(light[..., None] * (1.0, 0.86, 0.8), 0, 255).astype(np.uint8)


def with_hairs(rgb: np.ndarray, thickness: int = 12) -> np.ndarray:
    """Draw dark hairs all over, some exactly level or upright, some at the border and in the corners."""
    height, width = rgb.shape[:2]
    ends = [((60, 100), (200, 100)), ((300, 50), (300, 250)), ((0, 0), (70, 90)), ((0, height // 2), (90, 330))]
    ends += [((width - 1, height - 1), (width - 80, height - 120)), ((400, 400), (520, 470)), ((150, 300), (260, 420))]
    ends += [((620, 80), (700, 260)), ((500, height - 1), (540, height - 90)), ((600, 500), (width - 1, 460))]
    for start, end in ends:
        cv2.line(rgb, start, end, (28, 24, 22), thickness, cv2.LINE_AA)
    return rgb


def circle_share(radius: float, area: int = HEIGHT * WIDTH) -> float:
    return np.pi * radius**2 / area


def in_circle(radius: float) -> np.ndarray:
    y, x = np.ogrid[:HEIGHT, :WIDTH]
    return np.clip(radius + 0.5 - np.hypot(x - (WIDTH - 1) / 2, y - (HEIGHT - 1) / 2), 0, 1)[..., None]


@pytest.mark.parametrize("thickness", [1, 2, 3, 5, 12, 30])
def test_hair_is_never_masked(thickness: int) -> None:
    field = find_field(with_hairs(skin(), thickness), UM_PER_PX)
    assert field.usable.all()
    assert not field.text


def test_flat_skin_between_hairs_is_no_padding() -> None:
    flat = np.full((HEIGHT, WIDTH, 3), 170, np.uint8)
    assert find_field(flat, UM_PER_PX).usable.all()
    assert find_field(with_hairs(flat), UM_PER_PX).usable.all()


def test_clipped_light_hairs_in_rows_are_not_letters() -> None:
    rgb = skin(level=70)
    for x in range(100, 700, 14):
        cv2.line(rgb, (x, 300), (x + 3, 316), (235, 230, 220), 2, cv2.LINE_AA)
    assert find_field(rgb, UM_PER_PX).usable.all()


@pytest.mark.parametrize("level", [0, 220, 255])
def test_padding_is_taken_off_to_the_row(level: int) -> None:
    rgb = with_hairs(skin())
    rgb[:7], rgb[-16:], rgb[:, :20], rgb[:, -3:] = level, level, level, level
    expected = np.zeros((HEIGHT, WIDTH), bool)
    expected[7:-16, 20:-3] = True
    assert np.array_equal(find_field(rgb, UM_PER_PX).usable, expected)


@pytest.mark.parametrize("um_per_px", [UM_PER_PX, None])
def test_round_field_area_to_half_a_percent(um_per_px: float | None) -> None:
    radius = 270.0
    random = np.random.default_rng(2)
    rgb = with_hairs(skin()) * in_circle(radius) + np.abs(random.normal(0, 3, (HEIGHT, WIDTH, 1)))
    field = find_field(np.clip(rgb, 0, 255).astype(np.uint8), um_per_px)
    assert field.usable.mean() == pytest.approx(circle_share(radius), rel=0.005)
    true_area = np.pi * (radius * UM_PER_PX * 1e-4) ** 2
    assert field.area_cm2(UM_PER_PX) == pytest.approx(true_area, rel=0.005)


def test_hair_that_runs_into_the_surround_stays_usable() -> None:
    rgb = skin()
    cv2.line(rgb, (400, 300), (130, 300), (25, 22, 20), 14, cv2.LINE_AA)
    field = find_field((rgb * in_circle(270)).astype(np.uint8), UM_PER_PX)
    assert field.usable[293:308, 140:400].all()


def test_strong_vignette_is_taken_off() -> None:
    y, x = np.ogrid[:HEIGHT, :WIDTH]
    falloff = np.exp(-((np.hypot(x - 400, y - 300) / 330) ** 4))[..., None]
    usable = find_field((skin() * falloff).astype(np.uint8), UM_PER_PX).usable
    assert not usable[0, 0]
    assert usable[300, 400]
    assert 0.6 < usable.mean() < 0.9


def test_dark_photograph_is_not_all_surround() -> None:
    assert find_field(with_hairs(skin(level=40)), UM_PER_PX).usable.all()


def header(rgb: np.ndarray, text: str, box: tuple[int, int, int, int], ink: tuple[int, int, int]) -> np.ndarray:
    x0, y0, x1, y1 = box
    rgb[y0:y1, x0:x1] = (80, 80, 78)
    cv2.putText(rgb, text, (x0 + 8, y1 - 7), cv2.FONT_HERSHEY_SIMPLEX, 0.5, ink, 1, cv2.LINE_AA)
    return rgb


@pytest.mark.parametrize("origin", [(3, 3), (300, 560), (420, 0)])
def test_dark_box_with_letters_is_masked_whole(origin: tuple[int, int]) -> None:
    x, y = origin
    box = (x, y, x + 190, y + 24)
    field = find_field(header(with_hairs(skin()), "S012 1280x1024", box, (245, 245, 245)), UM_PER_PX)
    expected = np.zeros((HEIGHT, WIDTH), bool)
    expected[box[1] : box[3], box[0] : box[2]] = True
    assert field.text
    assert np.count_nonzero(field.usable == expected) <= 120
    assert not field.obscured[field.usable].any()
    assert field.obscured[expected].mean() > 0.98


@pytest.mark.parametrize("colour", [(220, 20, 20), (20, 200, 30), (30, 60, 230), (230, 220, 20)])
def test_measuring_circle_costs_only_its_line(colour: tuple[int, int, int]) -> None:
    rgb = with_hairs(skin())
    cv2.circle(rgb, (380, 310), 240, colour, 2, cv2.LINE_AA)
    cv2.line(rgb, (380, 310), (590, 425), colour, 2, cv2.LINE_AA)
    field = find_field(rgb, UM_PER_PX)
    printed = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.circle(printed, (380, 310), 240, 1, 1)
    cv2.line(printed, (380, 310), (590, 425), 1, 1)
    assert field.obscured[printed > 0].mean() > 0.97
    around = cv2.dilate(printed, np.ones((9, 9), np.uint8)) > 0
    around[300:321, 370:391] = True
    assert field.usable[~around].all()
    assert field.usable.mean() > 1 - 7 * printed.sum() / printed.size
    assert not field.text


def test_translucent_label_is_unusable_but_hides_only_its_letters() -> None:
    rgb = with_hairs(skin())
    box = (470, 330, 640, 430)
    part = rgb[box[1] : box[3], box[0] : box[2]]
    part[:] = (0.75 * part + 0.25 * np.array([235, 230, 215])).astype(np.uint8)
    for line, text in enumerate(["RC0", "C=15.848 mm", "r=2.522 mm"]):
        cv2.putText(rgb, text, (480, 355 + 30 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.65, (20, 20, 200), 2, cv2.LINE_AA)
    field = find_field(rgb, UM_PER_PX)
    assert field.text
    assert (~field.usable[box[1] : box[3], box[0] : box[2]]).mean() > 0.97
    assert field.usable.mean() == pytest.approx(1 - 170 * 100 / (HEIGHT * WIDTH), abs=0.003)
    assert 0.1 < field.obscured[box[1] : box[3], box[0] : box[2]].mean() < 0.6


def test_scale_bar_lines_are_masked_thinly() -> None:
    rgb = with_hairs(skin())
    rgb[400:560, 22], rgb[560, 22:202] = (48, 48, 48), (48, 48, 48)
    field = find_field(header(rgb, "1.0 mm", (210, 548, 290, 572), (240, 240, 240)), UM_PER_PX)
    assert field.obscured[400:560, 22].mean() > 0.9
    assert field.obscured[560, 22:202].mean() > 0.95
    assert field.usable[450:550, 26:200].all()


def bar_with(text: str, width: int) -> np.ndarray:
    """An L-shaped bar of 180 px with a label in small letters, as microscopes print it."""
    rgb = with_hairs(skin())
    rgb[380:561, 18], rgb[560, 18:198] = (48, 48, 48), (48, 48, 48)
    rgb[545:566, 204 : 204 + width] //= 2
    picture = Image.fromarray(rgb)
    ImageDraw.Draw(picture).text((210, 546), text, fill=(250, 250, 250), font=ImageFont.load_default(16))
    return np.array(picture)


def test_the_length_beside_a_bar_is_masked_but_is_no_text_that_names_anyone() -> None:
    field = find_field(bar_with("1.0 mm", 64), UM_PER_PX)
    assert not field.usable[548:562, 208:264].any()
    assert not field.text


@pytest.mark.parametrize(("text", "width"), [("1.0 mm Roe", 98), ("A. Roe 21", 88)])
def test_other_text_beside_a_bar_may_name_someone(text: str, width: int) -> None:
    assert find_field(bar_with(text, width), UM_PER_PX).text


def test_a_name_elsewhere_is_found_beside_a_bar_with_its_length() -> None:
    rgb = header(bar_with("1.0 mm", 64), "S012 1280x1024", (300, 3, 490, 27), (245, 245, 245))
    assert find_field(rgb, UM_PER_PX).text


def test_text_is_found_where_it_stands_beside_padding_too() -> None:
    rgb = header(bar_with("1.0 mm", 64), "S012 1280x1024", (300, 3, 490, 27), (245, 245, 245))
    padded = cv2.copyMakeBorder(rgb, 40, 0, 30, 0, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    for picture, (left, top) in ((rgb, (0, 0)), (padded, (30, 40))):
        boxes = set(find_text(picture))
        assert len(boxes) == 1
        assert boxes.pop() == pytest.approx((300 + left, 3 + top, 490 + left, 27 + top), abs=2)
    assert find_text(bar_with("1.0 mm", 64)) == ()
    assert find_text(with_hairs(skin())) == ()


def test_nothing_is_counted_where_text_was_painted_over() -> None:
    rgb = with_hairs(skin())
    rgb[200:224, 300:490] = BLANK_RGB
    rgb[400, 100:700], rgb[50, 50] = BLANK_RGB, BLANK_RGB  # too small to hide a letter
    field = find_field(rgb, UM_PER_PX)
    painted = np.zeros((HEIGHT, WIDTH), bool)
    painted[200:224, 300:490] = True
    assert np.array_equal(field.usable, ~painted)
    assert np.array_equal(field.obscured, painted)
    assert not field.text


def test_blue_ink_is_not_print() -> None:
    rgb = with_hairs(skin())
    random = np.random.default_rng(3)
    for x, y in random.integers(250, 450, (80, 2)):
        cv2.circle(rgb, (int(x), int(y)), int(random.integers(2, 9)), (40, 50, 190), -1, cv2.LINE_AA)
    field = find_field(rgb, UM_PER_PX)
    assert field.usable.all()
    assert not field.text


def test_circle_region_has_the_area_asked_for() -> None:
    rgb = with_hairs(skin())
    rgb[-40:] = 220
    field = find_field(rgb, UM_PER_PX, FieldSettings(region="circle:2.5"))
    assert field.area_cm2(UM_PER_PX) == pytest.approx(np.pi * 0.125**2, rel=0.005)
    rows = np.flatnonzero(field.usable.any(axis=1))
    assert (rows[0] + rows[-1]) / 2 == pytest.approx((HEIGHT - 40 - 1) / 2, abs=1)


def test_a_printed_circle_does_not_set_the_field() -> None:
    rgb = skin()
    cv2.circle(rgb, (300, 300), 150, (220, 20, 20), 2, cv2.LINE_AA)
    field = find_field(rgb, UM_PER_PX)
    assert field.usable[20, 20]
    assert field.usable[300, 300]


def test_circle_region_without_scale_or_too_large_is_refused() -> None:
    with pytest.raises(PhotoError, match="needs a scale"):
        find_field(skin(), None, FieldSettings(region="circle:2.5"))
    with pytest.raises(PhotoError, match="larger than the field"):
        find_field(skin(), UM_PER_PX, FieldSettings(region="circle:11.3"))


@pytest.mark.parametrize("region", ["", "circle", "circle:", "circle:0", "circle:-3", "square:3", "circle:3mm"])
def test_bad_region_is_named(region: str) -> None:
    with pytest.raises(SettingsError, match="circle:11.3"):
        FieldSettings(region=region)


@pytest.mark.parametrize("shape", [(64, 64), (65, 900), (900, 64)])
def test_small_photographs_pass(shape: tuple[int, int]) -> None:
    assert find_field(skin(*shape), UM_PER_PX).usable.all()


def test_black_photograph_passes() -> None:
    assert find_field(np.zeros((100, 100, 3), np.uint8), None).usable.shape == (100, 100)


def test_same_input_same_field() -> None:
    rgb = with_hairs(skin())
    cv2.circle(rgb, (380, 310), 240, (220, 20, 20), 2, cv2.LINE_AA)
    first, second = find_field(rgb, UM_PER_PX), find_field(rgb.copy(), UM_PER_PX)
    assert np.array_equal(first.usable, second.usable)
    assert np.array_equal(first.obscured, second.obscured)


@pytest.mark.skipif(not REAL.is_dir(), reason="real photographs are not at hand (../shared/real)")
def test_real_padding_and_print() -> None:
    with (REAL / "photos.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))[::16]
    for row in rows:
        bgr = cv2.imread(str(REAL / "photos" / f"{row['photo']}.jpg"))
        field = find_field(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), float(row["um_per_px"]))
        printed = row["printed_scale"] == "1"
        assert field.text == printed, row["photo"]
        padded = np.argmax(field.usable[::-1].any(axis=1))
        assert padded == int(row["bottom_pad_px"]), row["photo"]
        if printed:
            assert not field.usable[5:20, 6:586].any(), row["photo"]
        else:
            assert field.usable.all(), row["photo"]
