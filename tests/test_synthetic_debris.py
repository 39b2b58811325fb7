"""Scale, dust, bubbles, ink, dye and tattoo in a rendered picture."""

from __future__ import annotations

import numpy as np
import pytest

from densitometer.synthetic.bubbles import add_bubbles
from densitometer.synthetic.debris import add_debris
from densitometer.synthetic.flakes import add_flakes
from densitometer.synthetic.ground import Ground
from densitometer.synthetic.ink import add_tattoo
from densitometer.synthetic.style import ExtrasStyle
from synthetic_views import view

NOTHING = {"flakes_per_cm2": (0.0, 0.0), "bubbles_per_cm2": (0.0, 0.0), "debris_per_cm2": (0.0, 0.0)}
SKIN = np.array([0.42, 0.31, 0.25], dtype=np.float32)
KINDS = {
    "flakes": {"flakes_per_cm2": (300.0, 300.0)},
    "bubbles": {"bubbles_per_cm2": (150.0, 150.0)},
    "dust": {"debris_per_cm2": (300.0, 300.0)},
    "ink": {"ink_chance": 1.0},
    "dye": {"dye": (0.8, 0.8)},
    "tattoo": {"tattoo_chance": 1.0},
}
STAYS = ("ink", "dye", "tattoo")


def extras(kind: str | None = None) -> ExtrasStyle:
    return ExtrasStyle(**(NOTHING | KINDS.get(kind or "", {})))


def plain(ground: Ground) -> np.ndarray:
    return np.broadcast_to(SKIN, (*ground.shape, 3)).copy()


def strewn(ground: Ground, kind: str | None, visit: int = 0) -> np.ndarray:
    picture = plain(ground)
    return add_debris(
        picture, np.full_like(picture, 0.9), ground, extras(kind), ground.seed, visit, middle_mm=(10.0, 8.0)
    )


def test_nothing_on_the_skin_changes_nothing() -> None:
    ground = Ground(3, view(8.0))
    assert np.array_equal(strewn(ground, None), plain(ground))


@pytest.mark.parametrize("kind", KINDS)
def test_everything_shows_stays_in_range_and_leaves_its_input_alone(kind: str) -> None:
    ground = Ground(3, view(20.0))
    picture = plain(ground)
    result = add_debris(picture, np.full_like(picture, 0.9), ground, extras(kind), 3, 0)
    assert np.array_equal(picture, plain(ground))
    assert result.dtype == np.float32
    assert result.shape == picture.shape
    assert result.min() >= 0
    assert result.max() < 1.6
    assert np.abs(result - picture).max() > 0.05


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_and_only_stains_outlast_a_visit(kind: str) -> None:
    ground = Ground(3, view(20.0))
    first, again, later = (strewn(ground, kind, visit) for visit in (0, 0, 1))
    assert np.array_equal(first, again)
    assert np.array_equal(first, later) == (kind in STAYS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_shifted_and_turned_camera_finds_everything_in_its_place(kind: str) -> None:
    here, there = Ground(6, view(10.0, size_px=(800, 640))), Ground(6, view(10.0, (10.15, 7.9), 0.35, (800, 640)))
    first, second = strewn(here, kind), strewn(there, kind)
    rows, columns = np.mgrid[150:490:3, 150:650:3]
    at = here.view.unproject(np.column_stack([columns.ravel(), rows.ravel()]).astype(float))
    seen = np.rint(there.view.project(at)).astype(int)
    inside = ((seen >= 0) & (seen < (800, 640))).all(axis=1)
    a = first[rows.ravel()[inside], columns.ravel()[inside], 0]
    b = second[seen[inside, 1], seen[inside, 0], 0]
    assert a.std() > 0.001
    assert np.corrcoef(a, b)[0, 1] > 0.7  # edges are as fine as a pixel


def test_flakes_are_brighter_than_skin_and_dust_is_darker() -> None:
    ground = Ground(3, view(12.0))
    flakes, dust = (strewn(ground, kind).mean(axis=2) - SKIN.mean() for kind in ("flakes", "dust"))
    assert flakes[flakes > 0.05].sum() > 3 * -flakes[flakes < -0.05].sum()
    assert -dust[dust < -0.05].sum() > 2 * dust[dust > 0.05].sum()


def test_flakes_take_the_light_that_falls_on_them() -> None:
    ground = Ground(3, view(12.0))
    blue, picture = np.empty((*ground.shape, 3), np.float32), plain(ground)
    blue[:] = (0.5, 0.6, 1.0)
    add_flakes(picture, blue, ground, 300.0, 0)
    gain = picture - plain(ground)
    changed = gain.max(axis=2) > 0.15
    assert changed.any()
    assert (gain[changed][:, 2] > gain[changed][:, 0]).all()


@pytest.mark.parametrize("um_per_px", [6.0, 12.0])
def test_a_tattoo_is_blue_black_and_of_its_size_at_every_scale(um_per_px: float) -> None:
    side = int(2400 / um_per_px)
    ground = Ground(9, view(um_per_px, size_px=(side, side)))
    picture = plain(ground)
    add_tattoo(picture, ground, np.array([10.0, 8.0]))
    loss = -np.log(picture / SKIN)
    assert loss[..., 0].max() > loss[..., 2].max() > 0.3
    across_mm = 2 * np.sqrt((loss[..., 0] > loss[..., 0].max() / 2).sum() / np.pi) * um_per_px / 1000
    assert 0.25 < across_mm < 0.85
    other = Ground(9, view(9.0, size_px=(267, 267)))
    again = plain(other)
    add_tattoo(again, other, np.array([10.0, 8.0]))
    again_loss = -np.log(again / SKIN)[..., 0]
    again_mm = 2 * np.sqrt((again_loss > again_loss.max() / 2).sum() / np.pi) * 9.0 / 1000
    assert again_mm == pytest.approx(across_mm, rel=0.08)


def test_bubbles_have_a_dark_rim_and_bright_glints() -> None:
    ground = Ground(3, view(8.0))
    picture = plain(ground)
    add_bubbles(picture, np.full_like(picture, 0.9), ground, 150.0, 0)
    assert picture.min() < 0.65 * SKIN.min()
    assert picture.max() > 0.8


def test_dye_settles_in_the_grooves_and_openings_it_is_told_of() -> None:
    ground = Ground(3, view(8.0))
    groove = np.zeros(ground.shape, np.float32)
    groove[::20] = 1
    light = np.full((*ground.shape, 3), 0.9, np.float32)
    roots = np.array([[10.0, 8.0]])
    bare = add_debris(plain(ground), light, ground, extras("dye"), 3, 0, groove=np.zeros_like(groove))
    lined = add_debris(plain(ground), light, ground, extras("dye"), 3, 0, groove=groove)
    rooted = add_debris(plain(ground), light, ground, extras("dye"), 3, 0, groove=np.zeros_like(groove), roots_mm=roots)
    assert lined[::20].mean() < 0.97 * bare[::20].mean()
    assert lined[10::20] == pytest.approx(bare[10::20])
    column, row = np.rint(ground.view.project(roots)[0]).astype(int)
    assert (rooted[row, column] < 0.8 * bare[row, column]).all()
