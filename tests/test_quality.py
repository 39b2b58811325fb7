"""Flags of a photograph: each one raised by what it is for, and by nothing else."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

from densitometer.field import Field, find_field
from densitometer.flags import NAMES
from densitometer.hairs import Hair
from densitometer.quality import edge_blur_px, photo_flags
from densitometer.scale import Scale
from densitometer.settings import QualitySettings

REAL = Path(__file__).resolve().parents[2] / "shared" / "real" / "annotated"
SCALE = Scale.stated(5.556)
HEIGHT, WIDTH = 600, 800


def drawn(level: int = 150, blur_px: float = 1.2, width: int = 12) -> np.ndarray:
    """Skin with forty hairs of 12 px or another width, blurred as a lens does, with the noise of a sensor."""
    random = np.random.default_rng(5)
    rgb = np.full((HEIGHT, WIDTH, 3), level, np.float32) * np.float32([1.0, 0.88, 0.8])
    for x in range(60, WIDTH - 60, 90):
        for y in range(50, HEIGHT - 90, 100):
            cv2.line(rgb, (x, y), (x + 30, y + 60), (0.2 * level, 0.17 * level, 0.15 * level), width, cv2.LINE_AA)
    rgb = cv2.GaussianBlur(rgb, (0, 0), blur_px)
    return np.clip(rgb + random.normal(0, 2, rgb.shape), 0, 255).astype(np.uint8)


def hair(x: float, **kind: object) -> Hair:
    points = np.array([[x, 100.0], [x + 30, 160.0]])
    return Hair(points, np.full(2, 12.0), **{"confidence": 0.9, "root_confidence": 0.95, **kind})  # type: ignore[arg-type]


def all_skin(text: bool = False) -> Field:
    return Field(np.ones((HEIGHT, WIDTH), bool), np.zeros((HEIGHT, WIDTH), bool), text)


def flags(
    rgb: np.ndarray | None = None,
    *,
    field: Field | None = None,
    scale: Scale = SCALE,
    hairs: list[Hair] | None = None,
    **kind: object,
) -> set[str]:
    if hairs is None:
        hairs = [hair(20.0 * number, **kind) for number in range(20)]
    return set(photo_flags(drawn() if rgb is None else rgb, field or all_skin(), scale, hairs))


def test_a_good_photograph_has_no_flag() -> None:
    assert flags() == set()


def test_scale_flags() -> None:
    assert flags(scale=Scale.unknown()) == {"no_scale"}
    assert flags(scale=Scale.stated(6.5)) == {"coarse_scale"}
    assert flags(scale=Scale.stated(6.0)) == set()


def test_stated_scale_that_the_printed_bar_belies() -> None:
    def beside(printed: float) -> set[str]:
        return flags(scale=Scale(5.556, None, "stated", printed_um_per_px=printed))

    assert beside(5.56) == set()
    assert beside(5.8) == {"scale_disagrees"}
    assert beside(2.5) == {"scale_disagrees"}


@pytest.mark.parametrize("blur_px", [1.5, 2.5, 4.0])
def test_blur_is_measured_through_noise(blur_px: float) -> None:
    light = cv2.cvtColor(drawn(blur_px=blur_px), cv2.COLOR_RGB2GRAY)
    assert edge_blur_px(light, np.ones(light.shape, bool)) == pytest.approx(blur_px, rel=0.2)


def test_blur_is_judged_in_micrometres() -> None:
    blurred = drawn(blur_px=4.0)
    assert flags(blurred) == {"blurred"}
    assert "blurred" in flags(blurred, scale=Scale.unknown())
    assert "blurred" not in flags(drawn(blur_px=6.0, width=30), scale=Scale.stated(2.0))
    assert "blurred" in flags(drawn(blur_px=12.0, width=30), scale=Scale.stated(2.0))


def test_print_is_not_taken_for_sharp_skin() -> None:
    rgb = drawn(blur_px=5.0)
    rgb[200:400:6] = 0
    usable = np.ones((HEIGHT, WIDTH), bool)
    usable[180:420] = False
    assert "blurred" in flags(rgb, field=Field(usable, ~usable))


def test_bare_skin_is_not_called_blurred() -> None:
    bare = np.full((HEIGHT, WIDTH, 3), (160, 140, 130), np.uint8)
    assert flags(bare, hairs=[]) == {"no_hairs"}


def test_exposure_flags() -> None:
    assert flags((drawn() * 0.3).astype(np.uint8)) == {"underexposed"}
    assert flags(np.clip(drawn() * 2.4, 0, 255).astype(np.uint8)) == {"overexposed"}
    nothing = Field(np.zeros((HEIGHT, WIDTH), bool), np.zeros((HEIGHT, WIDTH), bool))
    assert "underexposed" in flags(np.zeros((HEIGHT, WIDTH, 3), np.uint8), field=nothing)


def test_glare_flag() -> None:
    rgb = drawn()
    random = np.random.default_rng(6)
    for x, y in random.integers(10, HEIGHT - 10, (160, 2)):
        cv2.circle(rgb, (int(x), int(y)), 4, (240, 240, 245), -1, cv2.LINE_AA)
    assert flags(rgb) == {"glare"}


def test_light_hair_is_no_glare() -> None:
    rgb = np.full((HEIGHT, WIDTH, 3), (96, 66, 52), np.uint8)
    hairs = []
    for x in range(60, WIDTH - 60, 60):
        cv2.line(rgb, (x, 100), (x + 60, 400), (225, 215, 190), 12, cv2.LINE_AA)
        hairs.append(Hair(np.array([[x, 100.0], [x + 60, 400.0]]), np.full(2, 12.0), 0.9, 0.95))
    assert flags(rgb, hairs=hairs) == set()
    # light lines that were not found to be hair are glare, and so are spots beside the hairs
    assert "glare" in flags(rgb)
    for x in range(30, WIDTH - 30, 20):
        cv2.circle(rgb, (x, 500), 8, (240, 240, 245), -1, cv2.LINE_AA)
    assert "glare" in flags(rgb, hairs=hairs)


def test_hair_number_flags() -> None:
    assert flags(hairs=[]) == {"no_hairs"}
    assert flags(hairs=[hair(20.0 * number) for number in range(9)]) == {"few_hairs"}
    assert flags(counted=False) == {"few_hairs"}
    assert flags(hairs=[hair(20.0 * number) for number in range(10)]) == set()


def test_crowded_by_flags_or_by_cover() -> None:
    assert flags(flags=("bundled",)) == {"crowded"}
    assert flags(flags=("low_confidence",)) == {"crowded"}
    assert flags(flags=("touches_border",)) == set()
    assert flags(hairs=[hair(float(number)) for number in range(200)]) == {"crowded"}


def test_root_flag() -> None:
    unsure = [hair(20.0 * number, root_confidence=0.6 if number < 7 else 0.95) for number in range(20)]
    assert flags(hairs=unsure) == {"root_direction_uncertain"}
    assert flags(hairs=unsure[1:]) == set()


def test_field_flags() -> None:
    assert flags(field=all_skin(text=True)) == {"burned_in_text"}
    small = np.zeros((HEIGHT, WIDTH), bool)
    small[:350, :400] = True
    assert "small_field" in flags(field=Field(small, np.zeros_like(small)))
    striped = np.ones((HEIGHT, WIDTH), bool)
    striped[20:-20, 100:-100] = False
    assert "small_field" in flags(field=Field(striped, np.zeros_like(striped)))
    y, x = np.ogrid[:HEIGHT, :WIDTH]
    disk = np.hypot(x - 400, y - 300) < 290
    assert flags(field=Field(disk, np.zeros_like(disk))) == set()


def test_settings_move_the_limits() -> None:
    found = photo_flags(drawn(), all_skin(), SCALE, [hair(50)], QualitySettings(few_hairs=1, coarse_um_per_px=5.0))
    assert found == {"coarse_scale"}


def test_every_flag_is_in_the_registry() -> None:
    bad = (cv2.GaussianBlur(drawn(), (0, 0), 6) * 0.2).astype(np.uint8)
    found = photo_flags(bad, all_skin(text=True), Scale.unknown(), [hair(1, flags=("bundled",), root_confidence=0.5)])
    assert found
    assert found <= NAMES


@pytest.mark.skipif(not REAL.is_dir(), reason="real photographs are not at hand (../shared/real)")
def test_real_photographs_are_sharp_until_they_are_blurred() -> None:
    with (REAL / "photos.csv").open(newline="") as table:
        names = [row["photo"] for row in csv.DictReader(table)][::16]
    for name in names:
        rgb = cv2.cvtColor(cv2.imread(str(REAL / "photos" / f"{name}.jpg")), cv2.COLOR_BGR2RGB)
        field = find_field(rgb, SCALE.um_per_px)
        judged = {"blurred", "underexposed", "overexposed", "glare", "small_field"}
        assert not judged & photo_flags(rgb, field, SCALE, []), name
        assert "blurred" in photo_flags(cv2.GaussianBlur(rgb, (0, 0), 4), field, SCALE, []), name
