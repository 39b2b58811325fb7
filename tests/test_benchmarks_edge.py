"""What the edge of the picture costs: strips of known hairs and skin, and a loss that was put in."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "benchmarks"))

import edge  # noqa: E402
from densitometer.field import Field  # noqa: E402
from densitometer.hairs import Hair  # noqa: E402
from densitometer.measure import Measurement  # noqa: E402
from densitometer.scale import Scale  # noqa: E402


def hair(x: float, y: float, *, counted: bool = True) -> Hair:
    line = np.array([[x, y], [200.0, 100.0]])
    return Hair(line, np.array([5.0, 5.0]), 0.9, 0.9, unit=1, counted=counted)


def test_hairs_and_skin_stand_in_the_strip_of_their_distance() -> None:
    usable = np.ones((220, 400), bool)
    usable[200:] = False  # padding at the bottom is no skin: the edge is above it
    hairs = (hair(1, 100), hair(200, 8), hair(200, 197), hair(30, 100), hair(200, 100), hair(200, 101, counted=False))
    found = edge.strips_of(Measurement(hairs, Field(usable, ~usable), Scale.stated(5.0), {}, ()), 5.0, "A")
    assert found.hairs.tolist() == [2, 1, 0, 1, 1]  # at 7.5 and 17.5, 42.5, none, 152.5 and 502.5 um
    inner = [(400 - 2 * cut) * (200 - 2 * cut) for cut in (0, 6, 12, 24, 50)]
    assert found.area_cm2 / (5e-4) ** 2 == pytest.approx(
        [*(a - b for a, b in zip(inner, inner[1:], strict=False)), inner[-1]]
    )


def drawn(seed: int, kept_at_edge: float) -> list[edge.Strips]:
    generator = np.random.default_rng(seed)
    area = np.array([0.02, 0.02, 0.04, 0.08, 0.2])
    kept = np.array([kept_at_edge, 1, 1, 1, 1])
    return [edge.Strips(f"S{at // 2}", generator.poisson(1000 * area * kept).astype(float), area) for at in range(80)]


def test_a_loss_at_the_edge_is_told_with_its_interval() -> None:
    cost = edge.cost_of(drawn(1, 0.4))
    value, low, high = cost.strips[0]
    assert low < 0.4 < high and high - low < 0.1 and low < value < high
    assert (cost.strips[1:, 1] < 1).all() and (cost.strips[1:, 2] > 1).all()
    whole = -0.6 * 0.02 / 0.36
    assert cost.whole[1] < whole < cost.whole[2] < 0
    assert cost.share == pytest.approx(np.array([2, 2, 4, 8]) / 36)


def test_without_a_loss_the_interval_holds_none() -> None:
    cost = edge.cost_of(drawn(2, 1.0))
    assert cost.whole[1] < 0 < cost.whole[2]
    text = edge.body({"report": (80, cost)})
    assert "### The `report` half: 80 photographs" in text
    assert "| 0 to 30 µm | 5.6 % |" in text
