"""Patches to learn from: the same for the same number, and marks turned exactly as the picture is."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "training"))

import patches  # noqa: E402
from patches import PATCH_PX, Patch, Patches, RenderedScenes, cut_patch  # noqa: E402
from targets import LENGTH_UNIT_UM, STRIDE, UM_PER_PX, WIDTH_UNIT_UM  # noqa: E402

ROOT = np.array([150.0, 110.0])
TIP = np.array([130.0, 140.0])


def scene_of(
    *hairs: NDArray[np.float64], size: tuple[int, int] = (300, 260), **changed: NDArray[Any]
) -> dict[str, NDArray[Any]]:
    """A grey scene with hairs from root to tip, in the arrays that `scenes.py` writes; a bright dot at every root."""
    rgb = np.full((size[1], size[0], 3), 90, np.uint8)
    for hair in hairs:
        x, y = hair[0].astype(int)
        rgb[y - 1 : y + 2, x - 1 : x + 2] = 255
    count = len(hairs)
    return {
        "rgb": rgb,
        "points": np.concatenate([np.zeros((0, 2)), *hairs]).astype(np.float32),
        "widths_um": np.full(sum(map(len, hairs)), 48.0, np.float32),
        "first": np.cumsum([0, *map(len, hairs)]),
        "loose": np.zeros(count, bool),
        "counted": np.ones(count, bool),
        "visible_share": np.ones(count, np.float32),
        **changed,
    }


def hair(root: NDArray[np.float64] = ROOT, tip: NDArray[np.float64] = TIP) -> NDArray[np.float64]:
    return np.linspace(root, tip, 7)


def cut(scene: dict[str, NDArray[Any]], number: int) -> Patch:
    return cut_patch(scene, np.random.default_rng([0, number]))


def root_said(patch: Patch) -> NDArray[np.float64]:
    """Root in px of the patch's picture, as the vector at the one middle says."""
    middle, vector = patch[1], patch[2]
    row, column = np.unravel_index(middle.argmax(), middle.shape)
    _, _, half_length, *to_root, _ = vector[:, row, column]
    at = (np.array([column, row]) + 0.5) * STRIDE - 0.5
    return at + np.exp(half_length) * LENGTH_UNIT_UM / UM_PER_PX * np.array(to_root)


def brightest(patch: Patch) -> NDArray[np.float64]:
    light = patch[0].mean(axis=0)
    rows, columns = np.nonzero(light > (light.max() + np.median(light)) / 2)
    assert np.ptp(rows) < 6 and np.ptp(columns) < 6  # one dot
    return np.array([columns.mean(), rows.mean()])


def test_marks_are_turned_as_the_picture_is() -> None:
    scene = scene_of(hair())
    places = []
    for number in range(40):
        patch = cut(scene, number)
        assert patch[1].max() == 1
        assert root_said(patch) == pytest.approx(brightest(patch), abs=STRIDE)
        places.append(root_said(patch) - (patch[0].shape[1] / 2))
    angles = np.arctan2(*np.transpose(places)) // (np.pi / 2)
    assert len(set(angles)) == 4  # they were turned, all ways


def test_the_strand_lies_where_the_picture_shows_the_hair() -> None:
    scene = scene_of()
    scene["rgb"][90:150, 126:134] = 255  # a white bar that runs down
    line = np.array([[129.5, 90.0], [129.5, 149.0]])
    scene |= {"points": line.astype(np.float32), "widths_um": np.full(2, 32.0), "first": np.array([0, 2])}
    scene |= {"loose": np.zeros(1, bool), "counted": np.ones(1, bool), "visible_share": np.ones(1)}
    for number in range(20):
        patch = cut(scene, number)
        light = patch[0].mean(axis=0)
        bright = (light > (light.max() + np.median(light)) / 2)[::STRIDE, ::STRIDE]
        drawn = patch[5].any(axis=0)
        assert (drawn & bright).sum() > 0.9 * drawn.sum() > 40


def test_a_patch_is_known_by_its_number() -> None:
    scene = scene_of(hair())
    for first, second in zip(cut(scene, 5), cut(scene, 5), strict=True):
        assert np.array_equal(first, second)
    assert not np.array_equal(cut(scene, 5)[0], cut(scene, 6)[0])


def test_a_patch_has_the_shapes_that_the_network_takes_and_answers() -> None:
    picture, middle, vector, around, counts, strand, strand_counts = cut(scene_of(hair()), 1)
    half = PATCH_PX // STRIDE
    assert picture.shape == (3, PATCH_PX, PATCH_PX) and picture.dtype == np.float32
    assert picture.min() >= -1.3 and picture.max() <= 1.3  # noise may lead a little beyond -1 and 1
    assert vector.shape == (6, half, half) and strand.shape == (8, half, half)
    for one in (middle, around, counts, strand_counts):
        assert one.shape == (half, half) and one.dtype == np.float32


def test_widths_and_lengths_grow_with_the_picture() -> None:
    sizes = []
    for number in range(30):
        _, middle, vector, *_ = cut(scene_of(hair()), number)
        row, column = np.unravel_index(middle.argmax(), middle.shape)
        sizes.append(2 * np.exp(vector[2, row, column]) * LENGTH_UNIT_UM / UM_PER_PX / np.hypot(*(ROOT - TIP)))
        assert np.exp(vector[5, row, column]) * WIDTH_UNIT_UM == pytest.approx(48.0 * sizes[-1], rel=1e-4)
    assert 0.3 < np.isclose(sizes, 1, atol=1e-5).mean() < 0.7
    assert min(sizes) >= np.exp(-0.12) - 1e-4 and max(sizes) <= np.exp(0.12) + 1e-4
    assert np.ptp(sizes) > 0.1


def test_beyond_the_scene_nothing_is_asked() -> None:
    scene = scene_of(size=(100, 90))
    for number in range(20):
        *_, counts, _, strand_counts = cut(scene, number)
        assert np.array_equal(counts, strand_counts)
        assert 0 < counts.mean() < 0.25  # 100 x 90 of 256 x 256 px


@pytest.mark.parametrize("changed", [{"counted": np.zeros(1, bool)}, {"visible_share": np.full(1, 0.1)}])
def test_hair_outside_the_field_or_hidden_is_not_asked_for(changed: dict[str, NDArray[Any]]) -> None:
    asked, left = cut(scene_of(hair()), 3), cut(scene_of(hair(), **changed), 3)
    assert asked[4][asked[1] == 1] == 1
    assert left[1].max() == 0 and left[4][asked[1] == 1] == 0
    assert np.array_equal(asked[5], left[5])  # a strand it is


def test_a_loose_piece_is_no_hair() -> None:
    asked, piece = cut(scene_of(hair()), 3), cut(scene_of(hair(), loose=np.ones(1, bool), counted=np.zeros(1, bool)), 3)
    assert piece[1].max() == 0 and piece[4][asked[1] == 1] == 1
    assert not piece[5].any()
    assert (piece[6][asked[5].any(axis=0)] == 0).all()


def test_masks_of_what_is_asked_are_turned_as_the_picture_is() -> None:
    scene = scene_of(hair())
    mask = np.zeros(scene["rgb"].shape[:2], np.uint8)
    mask[100:121, 140:161] = 1  # the square around the root
    masked = {**scene, "middles_asked": mask, "strands_asked": np.ones_like(mask)}
    for number in range(20):
        plain, patch = cut(scene, number), cut(masked, number)
        rows, columns = np.nonzero(patch[4])
        centre = (np.array([columns.mean(), rows.mean()]) + 0.5) * STRIDE - 0.5
        assert centre == pytest.approx(root_said(patch), abs=STRIDE)
        assert 60 < len(rows) < 180  # 441 px of the scene, in pixels of the maps
        for at in (0, 1, 2, 3, 5, 6):
            assert np.array_equal(plain[at], patch[at])


def test_hairs_beside_a_patch_do_not_matter() -> None:
    far = np.array([[2000.0, 2000.0], [2050.0, 2000.0]])
    one, two = scene_of(hair()), scene_of(hair())
    two |= {"points": np.concatenate([one["points"], far.astype(np.float32)]), "first": np.array([0, 7, 9])}
    two |= {"widths_um": np.full(9, 48.0), "loose": np.zeros(2, bool), "counted": np.ones(2, bool)}
    two |= {"visible_share": np.ones(2)}
    for first, second in zip(cut(one, 8), cut(two, 8), strict=True):
        assert np.array_equal(first, second)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for seed, size in ((100, (300, 260)), (101, (280, 300)), (102, (256, 256))):
        np.savez(tmp_path / f"{seed:06d}.npz", **scene_of(hair(), size=size), field=np.ones(1))
    return tmp_path


def test_a_run_that_was_broken_off_goes_on_with_the_same_patches(folder: Path) -> None:
    seeds = range(100, 103)
    whole, rest = Patches(RenderedScenes(folder, seeds), 0, 12), Patches(RenderedScenes(folder, seeds), 8, 12)
    assert (len(whole), len(rest)) == (12, 4)
    for at in range(4):
        for first, second in zip(whole[8 + at], rest[at], strict=True):
            assert np.array_equal(first, second)
    assert len(Patches(RenderedScenes(folder, seeds), 20, 12)) == 0


def test_patches_are_cut_from_all_scenes(folder: Path) -> None:
    scenes = RenderedScenes(folder, range(100, 103))
    for number in range(30):
        scenes.draw(number, np.random.default_rng(number))
    assert set(scenes.scenes) == {100, 101, 102}


def test_the_first_patches_wait_for_the_first_scenes_only(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patches, "_SCENES_AT_FIRST", 2)
    monkeypatch.setattr(patches, "_PATCHES_A_SCENE", 10)
    early, late = RenderedScenes(folder, range(100, 103)), RenderedScenes(folder, range(100, 103))
    for number in range(40):
        early.draw(number % 10, np.random.default_rng(number))
        late.draw(10, np.random.default_rng(number))
    assert set(early.scenes) == {100, 101}
    assert set(late.scenes) == {100, 101, 102}


def test_a_scene_that_is_being_rendered_is_waited_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = RenderedScenes(folder, range(103, 104))
    monkeypatch.setattr(patches.time, "sleep", lambda _: np.savez(folder / "000103.npz", **scene_of(hair())))
    assert slow.draw(0, np.random.default_rng(0))["rgb"].shape == (260, 300, 3)


def test_a_scene_that_never_comes_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patches, "_WAIT_S", -1)
    with pytest.raises(FileNotFoundError, match=r"000100\.npz is not there: render the scenes first"):
        RenderedScenes(tmp_path, range(100, 101)).draw(0, np.random.default_rng(0))
