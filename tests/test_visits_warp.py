from __future__ import annotations

import numpy as np
import pytest

from densitometer.visits.warp import POWERS, Warp, bend_terms, similarity_of

PLACES = np.random.default_rng(3).uniform(-1000, 8000, (500, 2))


def bent(turn: complex = 0.9 * np.exp(2.1j), most_um: float = 60.0) -> Warp:
    dice = np.random.default_rng(5)
    bend = dice.uniform(-most_um, most_um, len(POWERS)) + 1j * dice.uniform(-most_um, most_um, len(POWERS))
    return Warp(similarity_of(turn, 300 - 900j), bend, 3500 + 2800j, 3500.0)


def test_the_usual_warp_is_the_identity() -> None:
    assert (Warp().forward(PLACES) == PLACES).all()
    assert (Warp().backward(PLACES) == PLACES).all()
    assert (Warp().turn_rad, Warp().scale_ratio) == (0, 1)


def test_backward_undoes_forward_within_the_frame_and_around_it() -> None:
    there = bent().forward(PLACES)
    assert np.abs(there - PLACES).max() > 1000
    assert np.abs(bent().backward(there) - PLACES).max() < 0.01
    assert np.abs(bent().forward(bent().backward(PLACES)) - PLACES).max() < 0.01


def test_the_bend_is_bounded_far_outside() -> None:
    stiff = Warp(bent().similarity)
    far = np.array([[1e6, -2e6]])
    assert np.abs(bent().forward(far) - stiff.forward(far)).max() < 60 * 3 * len(POWERS) * 1.5**3


def test_turn_and_scale_are_told() -> None:
    warp = Warp(similarity_of(1.03 * np.exp(-0.5j), 0j))
    assert warp.turn_rad == pytest.approx(0.5)
    assert warp.scale_ratio == pytest.approx(1.03)


def test_anticlockwise_on_screen_is_from_right_to_up() -> None:
    quarter = Warp(similarity_of(np.exp(-0.5j * np.pi), 0j))
    assert quarter.forward(np.array([[1.0, 0.0]])) == pytest.approx(np.array([[0.0, -1.0]]))
    assert quarter.turn_rad == pytest.approx(np.pi / 2)


def test_a_bend_of_zero_at_the_middle_leaves_the_middle() -> None:
    warp = bent()
    middle = np.array([[3500.0, 2800.0]])
    assert warp.forward(middle) == pytest.approx(Warp(warp.similarity).forward(middle))


def test_no_places_give_no_places() -> None:
    none = np.zeros((0, 2))
    assert bent().forward(none).shape == bent().backward(none).shape == (0, 2)


def test_the_terms_of_the_bend_are_the_powers_that_are_named() -> None:
    u = (0.3 + 0.7j) * np.exp(1j * np.arange(5))
    terms = bend_terms(1000 + 2j + 500 * u, 1000 + 2j, 500.0)
    assert terms == pytest.approx(np.stack([u**m * np.conj(u) ** n for m, n in POWERS], axis=-1))
