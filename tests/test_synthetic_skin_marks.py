"""Vessels, redness, pigment and openings in rendered skin."""

from __future__ import annotations

import numpy as np
import pytest

from densitometer.synthetic.ground import Ground
from densitometer.synthetic.pigment import freckles, network
from densitometer.synthetic.skin_marks import add_skin_marks
from densitometer.synthetic.style import SkinStyle
from densitometer.synthetic.vessels import vessels
from synthetic_views import view

MARKS = ("redness", "mottle", "vessels", "pigment_network", "freckles", "yellow_dots", "pores")
ROOTS = np.random.default_rng(5).uniform(6, 14, (150, 2))


def style(**amounts: float) -> SkinStyle:
    return SkinStyle(**{name: (amounts.get(name, 0.0),) * 2 for name in MARKS})


def plain(ground: Ground, colour: tuple[float, float, float] = (0.55, 0.38, 0.30)) -> np.ndarray:
    return np.broadcast_to(np.array(colour, dtype=np.float32), (*ground.shape, 3)).copy()


def marked(ground: Ground, **amounts: float) -> np.ndarray:
    return add_skin_marks(plain(ground), ground, style(**amounts), ROOTS)


def test_no_marks_change_nothing() -> None:
    ground = Ground(3, view(8.0))
    albedo = plain(ground)
    result = add_skin_marks(albedo, ground, style(), ROOTS)
    assert np.array_equal(result, albedo)
    assert result is not albedo


@pytest.mark.parametrize("name", MARKS)
def test_every_mark_shows_stays_in_range_and_leaves_its_input_alone(name: str) -> None:
    ground = Ground(3, view(20.0))
    albedo = plain(ground)
    result = add_skin_marks(albedo, ground, style(**{name: 1.0}), ROOTS)
    assert np.array_equal(albedo, plain(ground))
    assert result.dtype == np.float32
    assert result.min() > 0
    assert result.max() <= 1
    assert np.abs(result - albedo).max() > 0.01


def test_the_same_seed_gives_the_same_skin_and_another_does_not() -> None:
    amounts = dict.fromkeys(MARKS, 0.7)
    first, again, other = (marked(Ground(seed, view(8.0)), **amounts) for seed in (3, 3, 4))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_vessels_are_redder_than_the_skin_beside_them() -> None:
    ground = Ground(5, view(8.0, size_px=(640, 480)))
    blood = vessels(ground, 1.0, 0.5)
    skin = marked(ground, vessels=1.0)
    inside, outside = skin[blood > 0.2], skin[blood < 0.005]
    assert len(inside) > 100
    assert inside[:, 0].mean() / inside[:, 1].mean() > 1.1 * outside[:, 0].mean() / outside[:, 1].mean()
    assert inside[:, 0].mean() > 0.85 * outside[:, 0].mean()


def test_vessels_are_lines_that_cover_little() -> None:
    blood = vessels(Ground(5, view(8.0, size_px=(640, 480))), 0.5, 0.0)
    assert 0.001 < (blood > 0.08).mean() < 0.2


@pytest.mark.parametrize("name", ["vessels", "freckles", "pores", "yellow_dots", "pigment_network", "redness"])
def test_a_shifted_and_turned_camera_finds_marks_in_their_place(name: str) -> None:
    here, there = Ground(6, view(8.0)), Ground(6, view(7.0, (10.15, 7.9), 0.35))
    first, second = marked(here, **{name: 1.0}), marked(there, **{name: 1.0})
    rows, columns = np.mgrid[60:180:3, 60:260:3]
    at = here.view.unproject(np.column_stack([columns.ravel(), rows.ravel()]).astype(float))
    seen = np.rint(there.view.project(at)).astype(int)
    inside = ((seen >= 0) & (seen < (320, 240))).all(axis=1)
    a = first[rows.ravel()[inside], columns.ravel()[inside], 1]
    b = second[seen[inside, 1], seen[inside, 0], 1]
    assert a.std() > 0.001
    assert np.corrcoef(a, b)[0, 1] > 0.9


def test_pigment_is_brown() -> None:
    ground = Ground(3, view(12.0))
    skin = marked(ground, freckles=1.0, pigment_network=1.0)
    dark = skin[..., 2] < np.quantile(skin[..., 2], 0.05)
    loss = -np.log(skin[dark].mean(axis=0) / plain(ground)[0, 0])
    assert loss == pytest.approx(loss[1] / 0.8 * np.array([0.5, 0.8, 1.2]), rel=0.05)


@pytest.mark.parametrize("um_per_px", [6.0, 12.0])
def test_meshes_of_the_network_measure_a_tenth_to_a_quarter_millimetre(um_per_px: float) -> None:
    side = int(6000 / um_per_px)
    brown = network(Ground(3, view(um_per_px, size_px=(side, side))), 1.0)
    power = np.abs(np.fft.fft2(brown - brown.mean())) ** 2
    wave = np.hypot(*np.meshgrid(*(np.fft.fftfreq(side, um_per_px / 1000),) * 2))  # cycles a mm
    band = (wave > 3) & (wave < 30)
    mesh_mm = 1 / ((wave * power)[band].sum() / power[band].sum())
    assert 0.08 < mesh_mm < 0.27


def test_freckles_are_spots_of_two_tenths_of_a_millimetre_and_more() -> None:
    melanin = freckles(Ground(8, view(20.0, size_px=(600, 600))), 1.0)
    area_mm2 = (melanin > 0.08).sum() * 0.02**2
    assert 0.02 < area_mm2 < 60


def test_dark_skin_has_pale_dots_and_pale_skin_has_none() -> None:
    ground = Ground(3, view(8.0))
    pale = add_skin_marks(plain(ground), ground, style(pigment_network=1.0), ROOTS)
    dark_skin = plain(ground, (0.2, 0.11, 0.07))
    dark = add_skin_marks(dark_skin, ground, style(pigment_network=1.0), ROOTS)
    assert (pale <= plain(ground) + 1e-6).all()
    assert (dark > 1.1 * dark_skin).any()


def test_yellow_dots_lie_at_openings_whatever_other_openings_there_are() -> None:
    ground = Ground(3, view(8.0))
    every = marked(ground, yellow_dots=0.8)
    few = add_skin_marks(plain(ground), ground, style(yellow_dots=0.8), ROOTS[::2])
    none = add_skin_marks(plain(ground), ground, style(yellow_dots=0.8), np.empty((0, 2)))
    darker = [(plain(ground)[..., 2] - skin[..., 2]).sum() for skin in (every, few, none)]
    assert darker[0] > darker[1] > darker[2] >= 0
    assert (every[..., 2] <= few[..., 2] + 1e-3).all()
