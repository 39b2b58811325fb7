"""The sample images are what `sample_images/make.py` renders, and their truth is what is in them."""

from __future__ import annotations

import csv
import importlib.util
import json
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from densitometer.synthetic import Scene, Truth, read_truth

FOLDER = Path(__file__).resolve().parent.parent / "sample_images"
STEMS = sorted(path.stem for path in FOLDER.glob("*.jpg"))
PAIR = ("visit_1", "visit_2")


@cache
def make() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sample_images_make", FOLDER / "make.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@cache
def rendered(stem: str) -> Scene:
    samples = {sample.name: sample for sample in make().SAMPLES}
    return make().draw(samples[stem]) if stem in samples else pair().scenes[PAIR.index(stem)]


@cache
def pair():
    return make().draw_pair()


@cache
def truth(stem: str) -> Truth:
    return read_truth(json.loads((FOLDER / f"{stem}.json").read_text(encoding="utf-8")))


def pixels(stem: str) -> np.ndarray:
    with Image.open(FOLDER / f"{stem}.jpg") as image:
        return np.asarray(image.convert("RGB")).astype(float)


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_there_are_a_dozen_of_as_many_styles_as_may_be() -> None:
    assert {sample.name for sample in make().SAMPLES} | set(PAIR) == set(STEMS)
    assert len(STEMS) >= 12
    assert len({truth(stem).style for stem in STEMS}) >= 8


@pytest.mark.parametrize("stem", STEMS)
def test_rendering_again_gives_the_committed_picture(stem: str) -> None:
    rgb, committed = rendered(stem).rgb.astype(float), pixels(stem)
    assert rgb.shape == committed.shape
    difference = np.abs(rgb - committed)  # up to 2.6 and 31 between OpenCV 4.14 and 5.0, whose filters round otherwise
    assert difference.mean() < 4.0
    assert np.percentile(difference, 99.9) < 50.0


@pytest.mark.parametrize("stem", STEMS)
def test_rendering_again_gives_the_committed_truth(stem: str) -> None:
    now, then = rendered(stem).truth, truth(stem)
    assert (now.style, now.seed, now.visit, now.size_px) == (then.style, then.seed, then.visit, then.size_px)
    assert now.um_per_px == pytest.approx(then.um_per_px)
    assert now.area_cm2 == pytest.approx(then.area_cm2, rel=0.002)
    np.testing.assert_allclose(now.to_px, then.to_px, rtol=1e-6, atol=1e-9)
    assert [(hair.hair, hair.unit, hair.counted) for hair in now.hairs] == [
        (hair.hair, hair.unit, hair.counted) for hair in then.hairs
    ]
    for a, b in zip(now.hairs, then.hairs, strict=True):
        np.testing.assert_allclose(a.points_px, b.points_px, atol=0.01)
        np.testing.assert_allclose(a.widths_um, b.widths_um, atol=0.05)


def test_visits_say_who_and_where_and_the_scale_unless_it_is_printed_or_unknown() -> None:
    visits = {row["photo"].removesuffix(".jpg"): row for row in rows("visits.csv")}
    assert sorted(visits) == STEMS
    assert {stem for stem, row in visits.items() if not row["um_per_px"]} == {"no_scale", "trimmed_dark"}
    for stem, row in visits.items():
        if row["um_per_px"]:
            assert float(row["um_per_px"]) == pytest.approx(truth(stem).um_per_px, rel=1e-5)
    first, second = (visits[stem] for stem in PAIR)
    assert first["subject"] == second["subject"] and first["site"] == second["site"]
    assert (first["visit"], second["visit"]) == ("1", "2") and first["visit_date"] < second["visit_date"]
    assert len({row["subject"] for row in visits.values()}) == len(STEMS) - 1


def test_fates_are_those_of_the_two_visits() -> None:
    fates = rows("fates.csv")
    now = [(str(fate.hair), fate.fate, str(int(fate.in_both_fields))) for fate in pair().fates]
    assert [(row["hair"], row["fate"], row["in_both_fields"]) for row in fates] == now
    counted = [{str(hair.hair) for hair in truth(stem).counted} for stem in PAIR]
    assert {row["hair"] for row in fates if row["counted_before"] == "1"} == counted[0]
    assert {row["hair"] for row in fates if row["counted"] == "1"} == counted[1]
    assert {row["fate"] for row in fates if row["in_both_fields"] == "1"} == {"persisting", "lost", "gained"}


@pytest.mark.parametrize("stem", STEMS)
def test_pictures_are_small(stem: str) -> None:
    assert (FOLDER / f"{stem}.jpg").stat().st_size < 250_000
    assert (FOLDER / f"{stem}.json").stat().st_size < 250_000


@pytest.mark.parametrize("stem", STEMS)
def test_truth_is_where_the_hair_is(stem: str) -> None:
    """On the shafts that lie open, pixels differ from the skin around them, to the side that the hair's colour says."""
    brightness = pixels(stem).mean(axis=2)
    contrasts = []
    for hair in truth(stem).counted:
        if hair.kind == "fine" or hair.visible_share < 0.9:
            continue
        at = np.round(hair.points_px).astype(int)
        height, width = brightness.shape
        x, y = at[((at >= 0) & (at < [width, height])).all(axis=1)].T
        row, column = int(y[0]), int(x[0])
        near = np.median(brightness[max(0, row - 60) : row + 60, max(0, column - 60) : column + 60])
        contrasts.append(np.median(brightness[y, x]) - near)
    sign = 1.0 if stem == "light_on_dark" else -1.0
    assert len(contrasts) >= 3
    assert np.mean(sign * np.array(contrasts) > 5.0) >= 0.85
