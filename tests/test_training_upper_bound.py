"""Marks of annotators as scenes: what is asked where, and where weights that saw photographs may not be written."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPOSITORY / "training"), str(REPOSITORY / "benchmarks")]

import real  # noqa: E402
import upper_bound  # noqa: E402
from patches import Patches, cut_patch  # noqa: E402

UM_PER_PX = 4.0  # half as many px at the working scale
MARKS = real.MarkedHairs(
    np.array([[200.0, 200, 200, 260], [300, 300, 360, 300], [640, 300, 640, 340], [400, 150, 430, 150]]),
    np.array(["single", "multi", "thin", "loose"]),
)


@pytest.fixture(scope="module")
def scene() -> upper_bound.Scene:
    rgb = np.full((1024, 1280, 3), 120, np.uint8)
    rgb[198:203, 198:203] = 255  # at the root of the first
    return upper_bound.scene_of(rgb, UM_PER_PX, MARKS, bottom_pad_px=100)


def test_marks_lie_in_the_pixels_of_the_smaller_picture(scene: upper_bound.Scene) -> None:
    assert scene["rgb"].shape == (512, 640, 3)
    rows, columns = np.nonzero(scene["rgb"][..., 0] > 180)
    assert scene["points"][0] == pytest.approx((columns.mean(), rows.mean()), abs=0.5)
    assert scene["first"].tolist() == [0, 2, 4, 6, 8]
    assert scene["counted"].tolist() == [True, True, True, False]
    assert scene["loose"].tolist() == [False, False, False, True]


def test_nothing_is_asked_where_annotators_skipped_hairs() -> None:
    asked = upper_bound.marked_throughout((1024, 1280), 40.0, 0)
    assert not asked[300, [0, 40, 600, 640, 680, 1279]].any() and asked[300, [41, 599, 681, 1239]].all()
    assert not asked[[0, 40, 472, 512, 552, 1023], 300].any() and asked[[41, 471, 553, 983], 300].all()
    padded = upper_bound.marked_throughout((1024, 1280), 40.0, 100)
    assert padded[923, 300] and not padded[924:].any()
    assert np.array_equal(padded[:924], asked[:924])


def test_margins_are_those_of_the_score() -> None:
    asked = upper_bound.marked_throughout((1024, 1280), real.MARGIN_PX, 0)
    rows, columns = np.mgrid[3:1024:37, 5:1280:41]
    middles = np.column_stack([columns.ravel(), rows.ravel()]).astype(float)
    assert np.array_equal(asked[rows.ravel(), columns.ravel()], ~real.in_margin(np.hstack([middles, middles])))


def test_strands_are_asked_for_farther_from_the_edges(scene: upper_bound.Scene) -> None:
    middles, strands = (scene[name].astype(bool) for name in ("middles_asked", "strands_asked"))
    assert middles.shape == strands.shape == (512, 640)
    assert not (strands & ~middles).any()
    assert middles[150, 25] and not strands[150, 25]
    assert not middles[462:].any()  # padding


def test_patches_ask_for_whole_answers(scene: upper_bound.Scene) -> None:
    for number in range(12):
        picture, _, vector, _, counts, strand, strand_counts = cut_patch(scene, np.random.default_rng(number))
        for one in (picture, vector, counts, strand, strand_counts):
            assert np.isfinite(one).all()
        assert 0 < strand_counts.sum() < counts.sum() < counts.size


@pytest.mark.parametrize("inside", ["", "training/run", "new/folder", "../" + REPOSITORY.name + "/x"])
def test_a_folder_in_the_repository_is_refused(inside: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="outside the repository"):
        upper_bound.outside_repository(str(REPOSITORY / inside))


def test_a_folder_elsewhere_is_taken(tmp_path: Path) -> None:
    assert upper_bound.outside_repository(str(tmp_path / "run")) == tmp_path / "run"


@pytest.mark.skipif(not real.available(), reason="no annotated photographs at ../shared/real")
def test_photographs_become_patches() -> None:
    scenes = upper_bound.MarkedScenes(real.halves()["choose"][:2])
    for number in range(3):
        picture, middle, *_ = Patches(scenes, 0, 3)[number]
        assert picture.std() > 0.02 and middle.max() <= 1
    assert set(scenes.scenes) <= {photo.name for photo in real.halves()["choose"]}
