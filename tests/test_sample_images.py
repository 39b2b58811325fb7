"""The sample images are what `sample_images/make.py` draws, and their truth is what is in them."""

from __future__ import annotations

import csv
import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

FOLDER = Path(__file__).resolve().parent.parent / "sample_images"
TRUTH = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}


@pytest.fixture(scope="module")
def make() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sample_images_make", FOLDER / "make.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def pixels(name: str) -> np.ndarray:
    with Image.open(FOLDER / name) as image:
        return np.asarray(image.convert("RGB")).astype(float)


@pytest.mark.parametrize("index", range(4))
def test_drawing_again_gives_the_committed_picture(make: ModuleType, index: int) -> None:
    scene = make.SCENES[index]
    rgb, answer = make.draw(scene)
    assert answer == TRUTH[Path(scene.name).stem]
    committed = pixels(scene.name)
    assert rgb.shape == committed.shape
    difference = np.abs(rgb - committed)  # JPEG, and small differences between versions of OpenCV
    assert difference.mean() < 3.0
    assert np.percentile(difference, 99.9) < 25.0


def test_every_picture_has_its_truth_and_a_row_in_visits() -> None:
    names = {path.name for path in FOLDER.glob("*.jpg")}
    assert {answer["photo"] for answer in TRUTH.values()} == names
    with (FOLDER / "visits.csv").open(encoding="utf-8", newline="") as file:
        visits = {row["photo"]: row["um_per_px"] for row in csv.DictReader(file)}
    assert set(visits) == names
    for name, stated in visits.items():
        if stated:
            assert float(stated) == TRUTH[Path(name).stem]["um_per_px"]
    assert not visits["no_scale.jpg"] and not visits["trimmed_dark.jpg"]


@pytest.mark.parametrize("stem", TRUTH)
def test_pictures_are_small(stem: str) -> None:
    assert (FOLDER / TRUTH[stem]["photo"]).stat().st_size < 250_000


@pytest.mark.parametrize("stem", TRUTH)
def test_truth_is_where_the_hair_is(stem: str) -> None:
    answer = TRUTH[stem]
    brightness = pixels(answer["photo"]).mean(axis=2)
    height, width = brightness.shape
    light_hair = stem == "light_on_dark"
    for hair in answer["hairs"]:
        if hair["kind"] == "fine" or not hair["counted"]:
            continue
        root = np.array([hair["root_x_px"], hair["root_y_px"]])
        tip = np.array([hair["tip_x_px"], hair["tip_y_px"]])
        x, y = np.round(root + 0.06 * (tip - root)).astype(int)
        assert 0 <= x < width and 0 <= y < height
        near = np.median(brightness[max(0, y - 60) : y + 60, max(0, x - 60) : x + 60])
        contrast = brightness[y, x] - near
        assert (contrast if light_hair else -contrast) > 25.0


@pytest.mark.parametrize("width_px", [0.8, 2.4, 5.0, 12.7])
@pytest.mark.parametrize("degrees", [0.0, 22.0, 45.0, 90.0, 131.0])
def test_drawn_strokes_are_true_to_a_part_of_a_pixel(make: ModuleType, width_px: float, degrees: float) -> None:
    heading = np.array([np.cos(np.radians(degrees)), -np.sin(np.radians(degrees))])
    middle = np.array([250.3, 230.7])
    points = middle + np.linspace(-100.0, 100.0, 30)[:, None] * heading
    share = make.coverage(points, np.full(30, width_px)).astype(float)
    y, x = np.mgrid[: share.shape[0], : share.shape[1]]
    assert share.sum() / 200.0 == pytest.approx(width_px, abs=0.03)
    assert (share * x).sum() / share.sum() == pytest.approx(middle[0], abs=0.08)  # whole pixels cannot say it finer
    assert (share * y).sum() / share.sum() == pytest.approx(middle[1], abs=0.08)
