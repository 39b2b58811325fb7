"""Power: textbook numbers, and formula and simulation held to each other."""

from __future__ import annotations

import numpy as np
import pytest

from densitometer.statistics import (
    Plan,
    power_by_formula,
    power_by_simulation,
    subjects_by_formula,
    subjects_by_simulation,
)

NAN = float("nan")


@pytest.mark.parametrize(
    ("effect", "compare", "subjects", "power"),
    [
        # Cohen, Statistical Power Analysis (1988), table 2.4.1, and G*Power 3: two-sided 5 %, 80 %.
        (0.2, "arms", 394, 0.8006),
        (0.5, "arms", 64, 0.8015),
        (0.8, "arms", 26, 0.8075),
        (0.5, "baseline", 34, 0.8078),
        (0.2, "baseline", 199, 0.8017),
    ],
)
def test_subjects_of_the_textbook(effect: float, compare: str, subjects: int, power: float) -> None:
    needed = subjects_by_formula(Plan(effect, 1.0, 0.0, compare=compare))  # type: ignore[arg-type]
    assert needed.per_arm == subjects
    assert needed.power == pytest.approx(power, abs=1e-4)
    assert needed.reason is None


def test_power_is_that_of_pingouin() -> None:
    # power_ttest(d=0.9, n=14) of pingouin 0.7.0.
    assert power_by_formula(Plan(0.9, 1.0, 0.0), 14) == pytest.approx(0.6303050347304893, abs=1e-6)


def test_90_per_cent_of_power_takes_more() -> None:
    assert subjects_by_formula(Plan(0.5, 1.0, 0.0), 0.9).per_arm == 86  # Cohen (1988)


def test_the_trials_of_the_literature() -> None:
    # Standard deviations of change of 20 and 22 hairs/cm2, 12 to be detected: 44 to 53 by the normal distribution.
    assert [subjects_by_formula(Plan(12, sd, 0)).per_arm for sd in (20, 22)] == [45, 54]


def test_replicates_lessen_the_error_of_measurement_and_nothing_else() -> None:
    assert Plan(10, 8, 6).sd_change == pytest.approx(np.sqrt(64 + 72))
    assert Plan(10, 8, 6, before=2, after=3).sd_change == pytest.approx(np.sqrt(64 + 36 * 5 / 6))
    assert Plan(10, 8, 6, compare="sites").sd_change == pytest.approx(np.sqrt(64 + 2 * 72))
    needed = [subjects_by_formula(Plan(10, 8, 6, many, many)).per_arm for many in (1, 2, 100)]
    assert needed[0] > needed[1] > needed[2] >= subjects_by_formula(Plan(10, 8, 0)).per_arm  # type: ignore[operator]


def test_the_sign_of_the_effect_does_not_matter() -> None:
    assert subjects_by_formula(Plan(-12, 20, 5)) == subjects_by_formula(Plan(12, 20, 5))


@pytest.mark.parametrize("compare", ["arms", "baseline", "sites"])
@pytest.mark.parametrize(("sem", "before", "after"), [(0, 1, 1), (6, 1, 1), (6, 2, 3)])
def test_formula_and_simulation_agree_within_the_error_of_counting(
    compare: str, sem: float, before: int, after: int
) -> None:
    plan = Plan(8, 10, sem, before, after, compare)  # type: ignore[arg-type]
    needed = subjects_by_formula(plan)
    assert needed.per_arm is not None
    counted = power_by_simulation(plan, needed.per_arm, studies=10_000)
    assert counted.value == pytest.approx(needed.power, abs=4 * np.sqrt(0.16 / 10_000))
    assert counted.low < counted.value < counted.high


def test_subjects_by_simulation_are_those_by_formula() -> None:
    plan = Plan(12, 16, 7, 2, 2)
    formula, simulation = subjects_by_formula(plan), subjects_by_simulation(plan)
    assert formula.per_arm is not None
    assert simulation.per_arm is not None
    assert abs(simulation.per_arm - formula.per_arm) <= 2
    assert simulation.power >= 0.8


def test_without_an_effect_the_power_would_be_the_error() -> None:
    counted = power_by_simulation(Plan(1e-9, 10, 5, 2, 2), 20, studies=10_000)
    assert counted.value == pytest.approx(0.05, abs=0.009)


def test_the_same_seed_is_the_same_answer() -> None:
    plan = Plan(12, 20, 7)
    first, second = (power_by_simulation(plan, 20, studies=500, seed=3) for _ in range(2))
    assert first == second
    assert first != power_by_simulation(plan, 20, studies=500, seed=4)


def test_dropouts_are_enrolled_beforehand() -> None:
    needed = subjects_by_formula(Plan(0.5, 1, 0, dropout=0.2))
    assert (needed.per_arm, needed.enrolled_per_arm) == (64, 80)


def test_two_subjects_are_the_fewest() -> None:
    assert subjects_by_formula(Plan(1000, 1, 1)).per_arm == 2
    assert subjects_by_simulation(Plan(1000, 1, 1), studies=200).per_arm == 2


@pytest.mark.parametrize(
    "plan",
    [
        Plan(0, 10, 5),
        Plan(NAN, 10, 5),
        Plan(10, NAN, 5),
        Plan(10, -1, 5),
        Plan(10, 0, 0),
        Plan(10, 10, float("inf")),
        Plan(10, 10, 5, before=0),
        Plan(10, 10, 5, alpha=0),
        Plan(10, 10, 5, dropout=1),
        Plan(0.001, 10, 5),
    ],
)
def test_a_plan_that_cannot_be_computed_has_a_reason(plan: Plan) -> None:
    for needed in (subjects_by_formula(plan), subjects_by_simulation(plan, studies=10)):
        assert needed.reason
        assert (needed.per_arm, needed.enrolled_per_arm) == (None, None)
        assert np.isnan(needed.power)
    if plan.reason:
        assert np.isnan(power_by_formula(plan, 10))
        assert power_by_simulation(plan, 10, studies=10).reason == plan.reason


@pytest.mark.parametrize("power", [0.01, 1.0, NAN])
def test_a_power_that_cannot_be_had_has_a_reason(power: float) -> None:
    assert subjects_by_formula(Plan(10, 10, 5), power).reason


def test_one_subject_has_no_power() -> None:
    assert np.isnan(power_by_formula(Plan(10, 10, 5), 1))
    assert power_by_simulation(Plan(10, 10, 5), 1).reason
    assert power_by_formula(Plan(1000, 1, 0), 1000) == 1.0
