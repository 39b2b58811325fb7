"""Numbers from hairs, and their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from densitometer.dictionary import PHOTO_COLUMNS
from densitometer.field import Field
from densitometer.hairs import Hair
from densitometer.measure import detection_interval, measure_hairs, sampling_interval
from densitometer.scale import Scale
from densitometer.settings import MeasureSettings

UM = 5.0
FIELD = Field(np.ones((400, 1000), bool), np.zeros((400, 1000), bool))  # 0.1 cm2 at 5 um per px
AREA_CM2 = 0.1


def hair(width_um: float | None = 60.0, **more: object) -> Hair:
    """One counted hair of 500 um in a unit of its own."""
    width = np.full(3, np.nan if width_um is None else width_um / UM)
    one = Hair(np.array([[0.0, 0.0], [30.0, 40.0], [60.0, 80.0]]), width, 0.9, 0.95, unit=1)
    return replace(one, **more)  # type: ignore[arg-type]


def values(hairs: Sequence[Hair], scale: Scale | None = None, field: Field = FIELD) -> dict[str, float]:
    return measure_hairs(hairs, field, scale or Scale.stated(UM))  # type: ignore[return-value]


# Garwood (1936), Fiducial limits for the Poisson distribution, 95 %
GARWOOD = [(0, 0.0, 3.689), (1, 0.0253, 5.572), (2, 0.242, 7.225), (5, 1.623, 11.668), (10, 4.795, 18.390)]
GARWOOD += [(20, 12.217, 30.888), (50, 37.111, 65.919), (100, 81.364, 121.627)]


@pytest.mark.parametrize(("count", "low", "high"), GARWOOD)
def test_sampling_limits_are_the_published_ones(count: int, low: float, high: float) -> None:
    assert sampling_interval(count) == pytest.approx((low, high), abs=6e-4)


def test_detection_interval_from_confidences() -> None:
    settings = MeasureSettings(count_error_share=0.0)
    assert detection_interval([hair(confidence=1.0)] * 7, settings) == (7, 7)
    low, high = detection_interval([hair(confidence=0.5)] * 16, settings)
    assert (low, high) == pytest.approx((16 - 1.96 * 2, 16 + 1.96 * 2), abs=1e-3)
    unsure = [hair(confidence=0.5, counted=False, flags=("low_confidence",))] * 16
    assert detection_interval(unsure, settings) == pytest.approx((0, 1.96 * 2), abs=1e-3)
    outside = [hair(confidence=0.5, counted=False, flags=("root_outside",))] * 16
    assert detection_interval(outside, settings) == (0, 0)


def test_detection_interval_from_the_error_of_counts() -> None:
    settings = MeasureSettings(count_error_share=0.1)
    low, high = detection_interval([hair(confidence=1.0)] * 50, settings)
    assert (low, high) == pytest.approx((50 - 9.8, 50 + 9.8), abs=1e-2)


def test_no_hair_at_all() -> None:
    found = values([])
    assert found["hair_count"] == found["hair_count_low"] == found["density_per_cm2"] == 0
    assert found["density_low_per_cm2"] == 0
    assert found["density_high_per_cm2"] == pytest.approx(3.689 / AREA_CM2, abs=0.01)
    assert found["unit_count"] == found["units_per_cm2"] == 0
    missing = ("mean_width_um", "median_width_um", "hairs_per_unit", "single_hair_unit_share", "terminal30_per_cm2")
    assert all(found.get(name) is None for name in missing)


def test_density_is_count_over_area() -> None:
    found = values([hair()] * 12)
    assert found["area_cm2"] == pytest.approx(AREA_CM2)
    assert found["hair_count"] == 12
    assert found["density_per_cm2"] == pytest.approx(120)


def test_only_counted_hairs_count() -> None:
    others = [
        hair(20, counted=False, flags=("root_outside", "touches_border"), unit=None),
        hair(20, counted=False, flags=("root_unclear", "touches_border"), unit=None),
        hair(20, counted=False, flags=("low_confidence",), unit=None),
    ]
    found = values([hair(60), *others])
    assert (found["hair_count"], found["crossing_count"], found["uncertain_root_count"]) == (1, 1, 1)
    assert found["mean_width_um"] == pytest.approx(60)
    assert found["unit_count"] == 1
    sure = values([hair(60)])
    assert {k: v for k, v in found.items() if "width" in k} == {k: v for k, v in sure.items() if "width" in k}


def test_widths_and_their_classes() -> None:
    found = values([hair(width) for width in (20, 30, 35, 40, 75)] + [hair(None)] * 5)
    assert found["measured_width_count"] == 5
    assert found["mean_width_um"] == pytest.approx(40)
    assert found["median_width_um"] == pytest.approx(35)
    assert found["width_sd_um"] == pytest.approx(np.std([20, 30, 35, 40, 75], ddof=1))
    # A hair of 30 um is terminal at 30; those without a width share as the others do.
    assert found["terminal30_per_cm2"] == pytest.approx(100 * 4 / 5)
    assert found["vellus30_per_cm2"] == pytest.approx(100 * 1 / 5)
    assert found["terminal40_per_cm2"] == pytest.approx(100 * 2 / 5)
    assert found["vellus40_per_cm2"] == pytest.approx(100 * 3 / 5)
    assert found["cumulative_width_mm_per_cm2"] == pytest.approx(100 * 0.040)
    assert found["mean_length_mm"] == pytest.approx(0.5)


def test_one_width_has_no_spread_and_none_no_mean() -> None:
    assert values([hair(50)]).get("width_sd_um") is None
    none = values([hair(None)] * 3)
    assert none["measured_width_count"] == 0
    assert none.get("mean_width_um") is None
    assert none.get("cumulative_width_mm_per_cm2") is None
    assert none["density_per_cm2"] == pytest.approx(30)


def test_no_width_classes_on_a_coarse_scale() -> None:
    limit = MeasureSettings().class_um_per_px
    assert values([hair()], Scale.stated(limit)).get("terminal30_per_cm2") is not None
    coarse = values([hair()], Scale.stated(limit + 0.01))
    assert coarse.get("terminal30_per_cm2") is None and coarse.get("vellus40_per_cm2") is None
    assert coarse["mean_width_um"] > 0


def test_units() -> None:
    found = values([hair(unit=unit) for unit in (1, 2, 2, 3, 3, 3)])
    assert found["unit_count"] == 3
    assert found["units_per_cm2"] == pytest.approx(30)
    assert found["hairs_per_unit"] == pytest.approx(2)
    assert found["single_hair_unit_share"] == pytest.approx(1 / 3)


def test_without_a_scale_counts_alone() -> None:
    found = values([hair(unit=None)] * 3, Scale.unknown())
    assert set(found) == {"hair_count", "hair_count_low", "hair_count_high", "crossing_count", "uncertain_root_count"}


def test_without_an_area_no_density() -> None:
    nothing = Field(np.zeros((400, 1000), bool), np.zeros((400, 1000), bool))
    found = values([], field=nothing)
    assert found["area_cm2"] == 0
    assert "density_per_cm2" not in found


def test_uncertain_scale_widens_the_interval() -> None:
    sure = values([hair()] * 100, Scale(UM, 0.0, "stated"))
    unsure = values([hair()] * 100, Scale(UM, 0.05 * UM, "bar"))
    halves = [found["density_high_per_cm2"] - found["density_per_cm2"] for found in (sure, unsure)]
    # Density goes with the square of the scale: 5 % there are 10 % here.
    assert halves[1] == pytest.approx(np.hypot(halves[0], 1.96 * 0.10 * 1000), rel=1e-3)
    assert unsure["density_detection_high_per_cm2"] == sure["density_detection_high_per_cm2"]


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.floats(8, 150)), max_size=60),
    st.floats(0.5, 20),
    st.floats(0, 0.1),
)
def test_intervals_contain_the_estimate_and_the_parts_make_the_whole(
    drawn: list[tuple[float, bool, float]], um_per_px: float, relative_sd: float
) -> None:
    hairs = [hair(w, confidence=c, counted=k, unit=i + 1 if k else None) for i, (c, k, w) in enumerate(drawn)]
    found = values(hairs, Scale(um_per_px, relative_sd * um_per_px, "bar"))
    assert 0 <= found["hair_count_low"] <= found["hair_count"] <= found["hair_count_high"]
    density = found["density_per_cm2"]
    for source in ("", "_detection", "_sampling"):
        low, high = (found[f"density{source}_{side}_per_cm2"] for side in ("low", "high"))
        assert 0 <= low <= density <= high
        # Both sources together are never narrower than one of them.
        assert found["density_low_per_cm2"] <= low + 1e-9
        assert found["density_high_per_cm2"] >= high - 1e-9
    if um_per_px <= MeasureSettings().class_um_per_px and found["measured_width_count"]:
        for limit in (30, 40):
            classes = [found[f"{kind}{limit}_per_cm2"] for kind in ("terminal", "vellus")]
            assert min(classes) >= 0
            assert sum(classes) == pytest.approx(density)
        assert found["terminal40_per_cm2"] <= found["terminal30_per_cm2"]
    assert all(value is None or np.isfinite(value) for value in found.values())


def test_estimated_widths_are_in_the_shares_but_not_in_the_number_measured() -> None:
    guessed = replace(hair(20), flags=("width_estimated",))
    not_counted = replace(hair(20, counted=False), flags=("width_estimated",))
    found = values([hair(50), guessed, hair(None), not_counted])
    assert found["measured_width_count"] == 1
    assert found["mean_width_um"] == pytest.approx(35)
    assert found["terminal30_per_cm2"] == pytest.approx(found["density_per_cm2"] / 2)
    assert values([guessed])["measured_width_count"] == 0
    assert values([guessed])["mean_width_um"] == pytest.approx(20)


def test_every_value_has_a_column_and_is_a_plain_number() -> None:
    found = values([hair(20), hair(70)])
    names = {column.name for column in PHOTO_COLUMNS}
    assert set(found) <= names
    assert all(isinstance(value, (int, float)) for value in found.values())


def test_order_of_the_hairs_does_not_matter() -> None:
    hairs = [hair(w, unit=u, confidence=c) for w, u, c in ((20, 1, 0.5), (40, 1, 0.8), (70, 2, 0.99), (55, 3, 0.7))]
    assert values(hairs) == pytest.approx(values(hairs[::-1]))
