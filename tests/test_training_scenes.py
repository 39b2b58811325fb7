"""Scenes to learn from: which seeds and styles, and what is written of them."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from densitometer.synthetic.scene import Scene, render_scene
from densitometer.synthetic.styles import styles

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPOSITORY / "training"), str(REPOSITORY / "benchmarks")]

import rendered  # noqa: E402
import scenes  # noqa: E402
import seeds  # noqa: E402
import targets  # noqa: E402

SEED = 100_001
SIZE_PX = (300, 240)


@pytest.fixture(scope="module")
def small() -> Scene:
    return render_scene(scenes.style_of(SEED), SEED, SIZE_PX)


@pytest.fixture(scope="module")
def written(small: Scene, tmp_path_factory: pytest.TempPathFactory) -> dict[str, NDArray[np.generic]]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(scenes, "render_scene", partial(render_scene, size_px=SIZE_PX))
        path = scenes.write_scene(tmp_path_factory.mktemp("scenes"), SEED)
    assert [file.name for file in path.parent.iterdir()] == ["100001.npz"]
    with np.load(path) as arrays:
        return dict(arrays)


def test_training_never_reaches_the_seeds_that_are_kept() -> None:
    assert min(rendered.SEEDS.values()) == seeds.FIRST_KEPT == 800_000
    assert seeds.training_seeds().stop <= seeds.FIRST_KEPT
    assert seeds.training_seeds(799_990, 10)[-1] == 799_999
    for first, count in ((799_990, 11), (800_000, 1), (900_000, 6)):
        with pytest.raises(ValueError, match="kept for choosing and reporting"):
            seeds.training_seeds(first, count)
    for first, count in ((-1, 5), (5, 0)):
        with pytest.raises(ValueError, match="give at least one"):
            seeds.training_seeds(first, count)


def test_the_command_refuses_the_seeds_that_are_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["scenes.py", str(tmp_path / "new"), "--first", "799999", "--scenes", "2"])
    with pytest.raises(SystemExit):
        scenes.main()
    assert "scenes 799999 to 800000 reach the seeds from 800000 on" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_every_style_is_learned_from() -> None:
    assert set(scenes.STYLE_WEIGHTS) == set(styles())
    assert min(scenes.STYLE_WEIGHTS.values()) > 0
    assert {scenes.style_of(seed) for seed in seeds.training_seeds()} == set(styles())


def test_a_seed_has_one_style_and_styles_come_as_often_as_they_weigh() -> None:
    drawn = [scenes.style_of(seed) for seed in range(2000)]
    assert drawn[:50] == [scenes.style_of(seed) for seed in range(50)]
    share = scenes.STYLE_WEIGHTS["trimmed_70x"] / sum(scenes.STYLE_WEIGHTS.values())
    assert drawn.count("trimmed_70x") / len(drawn) == pytest.approx(share, abs=0.04)


@pytest.mark.parametrize(("um_per_px", "size"), [(4.0, (40, 60)), (16.0, (160, 240))])
def test_pictures_are_brought_to_the_working_scale(um_per_px: float, size: tuple[int, int]) -> None:
    rgb = np.zeros((80, 120, 3), np.uint8)
    rgb[40:44, 100:104] = 255
    small, factor = scenes.at_working_scale(rgb, um_per_px)
    assert small.shape == (*size, 3) and factor == um_per_px / 8
    x, y = scenes.scaled(np.array([101.5, 41.5]), factor)
    rows, columns = np.nonzero(small[..., 0] > 127)
    assert (columns.mean(), rows.mean()) == pytest.approx((x, y), abs=0.01)


def test_a_scene_holds_its_hairs_in_the_pixels_of_its_picture(
    written: dict[str, NDArray[np.generic]], small: Scene
) -> None:
    factor = small.truth.um_per_px / targets.UM_PER_PX
    hairs = small.truth.hairs
    height, width = written["rgb"].shape[:2]
    assert (width, height) == pytest.approx((SIZE_PX[0] * factor, SIZE_PX[1] * factor), abs=1)
    assert len(written["first"]) == len(hairs) + 1 and written["first"][-1] == len(written["points"])
    for at, hair in enumerate(hairs):
        mine = slice(int(written["first"][at]), int(written["first"][at + 1]))
        assert written["points"][mine] == pytest.approx((hair.points_px + 0.5) * factor - 0.5, abs=1e-3)
        assert written["widths_um"][mine] == pytest.approx(hair.widths_um, rel=1e-5)
    assert written["loose"].tolist() == [hair.kind == "loose" for hair in hairs]
    assert written["counted"].tolist() == [hair.counted for hair in hairs]
    assert written["visible_share"] == pytest.approx([hair.visible_share for hair in hairs], rel=1e-5)
    assert 0 < written["counted"].sum() < len(hairs)


def test_hair_lies_where_the_scene_says(written: dict[str, NDArray[np.generic]]) -> None:
    grey = written["rgb"].astype(float).mean(axis=2)
    at = np.round(np.asarray(written["points"], float)).astype(int)
    within = ((at >= 0) & (at < grey.shape[::-1])).all(axis=1)
    assert grey[at[within, 1], at[within, 0]].mean() < grey.mean() - 15  # black hair


def test_a_scene_that_is_there_is_kept(tmp_path: Path) -> None:
    there = tmp_path / f"{SEED:06d}.npz"
    there.write_bytes(b"kept")
    assert scenes.write_scene(tmp_path, SEED) == there
    assert there.read_bytes() == b"kept"


def test_a_render_that_breaks_off_leaves_no_scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(scenes, "render_scene", partial(render_scene, size_px=(64, 64)))
    monkeypatch.setattr(scenes.np, "savez", full)
    with pytest.raises(OSError, match="disk full"):
        scenes.write_scene(tmp_path, SEED)
    assert not (tmp_path / f"{SEED:06d}.npz").exists()


def test_all_scenes_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for seed in (7, 8):
        (tmp_path / f"{seed:06d}.npz").write_bytes(b"")
    scenes.write_scenes(tmp_path, range(7, 9), workers=1)
    assert capsys.readouterr().out == "2 of 2 scenes\n"
