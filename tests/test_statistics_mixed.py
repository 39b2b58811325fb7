"""Mixed models: published estimates, independent computations, and what cannot be told."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from densitometer.statistics import RepeatedMeasures, repeated_measures, summary
from densitometer.statistics.mixed import Cell, Contrast
from densitometer.statistics.mixed_fit import Fit, fit_random_intercept

pytest.importorskip("statsmodels", reason="the extra 'statistics' is not installed")

# Potthoff and Roy, Biometrika 1964;51:313-326 (nlme's Orthodont): distance in mm from the pituitary to the
# pterygomaxillary fissure of 16 boys and 11 girls at 8, 10, 12 and 14 years.
BOYS = """26 25 29 31  21.5 22.5 23 26.5  23 22.5 24 27.5  25.5 27.5 26.5 27  20 23.5 22.5 26  24.5 25.5 27 28.5
    22 22 24.5 26.5  24 21.5 24.5 25.5  23 20.5 31 26  27.5 28 31 31.5  23 23 23.5 25  21.5 23.5 24 28
    17 24.5 26 29.5  22.5 25.5 25.5 26  23 24.5 26 30  22 21.5 23.5 25"""
GIRLS = """21 20 21.5 23  21 21.5 24 25.5  20.5 24 24.5 26  23.5 24.5 25 26.5  21.5 23 22.5 23.5  20 21 21 22.5
    21.5 22.5 23 25  23 23 23.5 24  20 21 22 21.5  16.5 19 19 19.5  24.5 25 28 28"""
DISTANCE = np.array((BOYS + " " + GIRLS).split(), dtype=float)
CHILD = np.repeat(np.arange(27), 4)
AGE = np.tile([8.0, 10, 12, 14], 27)
GIRL = CHILD >= 16
NAN = float("nan")


def orthodont(values: np.ndarray = DISTANCE) -> RepeatedMeasures:
    """Fit visits by arms to the children."""
    arms = ["girl" if girl else "boy" for girl in GIRL]
    return repeated_measures(values, [f"{child}" for child in CHILD], [f"{age:g}" for age in AGE], arms, control="boy")


def trial(
    subjects: int = 12, seed: int = 0, spread: float = 2.0
) -> tuple[np.ndarray, list[str], list[str], list[str], np.ndarray]:
    """Draw a trial of two arms and three visits, as changes from baseline, in which 3 apart is true at the last."""
    generator = np.random.default_rng(seed)
    at = np.repeat(np.arange(2 * subjects), 3)
    visit = np.tile([1, 2, 3], 2 * subjects)
    baseline = generator.normal(150, 30, 2 * subjects)[at]
    values = generator.normal(0, spread, 2 * subjects)[at] + generator.normal(0, 1, at.size) - 0.05 * baseline
    values += np.where((at < subjects) & (visit == 3), 3.0, 0.0)
    arm = ["treated" if place < subjects else "control" for place in at]
    return values, [f"S{place}" for place in at], [f"V{place}" for place in visit], arm, baseline


def test_published_reml_estimates_of_orthodont() -> None:
    # nlme's lme(distance ~ age * Sex, random = ~1 | Subject), as in Pinheiro and Bates (2000) and many courses:
    # 16.340625 (0.9813122), 0.784375 (0.0775011), 1.032102 (1.5374208), -0.304830 (0.1214209); 1.816214 and 1.386382.
    girl = GIRL.astype(float)
    fit = fit_random_intercept(DISTANCE, np.column_stack([np.ones(108), AGE, girl, AGE * girl]), CHILD)
    assert isinstance(fit, Fit)
    assert fit.coefficients == pytest.approx([16.340625, 0.784375, 1.032102, -0.304830], abs=1e-6)
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx([0.9813122, 0.0775011, 1.5374208, 0.1214209], abs=2e-7)
    assert (fit.subject_variance**0.5, fit.residual_variance**0.5) == pytest.approx((1.816214, 1.386382), abs=1e-6)


def later(values: np.ndarray, *, without: slice) -> tuple[np.ndarray, list[str], list[str], list[str], np.ndarray]:
    """Visits after that at 8 years, some left out, with that at 8 years as the baseline."""
    rows = np.flatnonzero(AGE > 8)
    rows = rows[~np.isin(np.arange(rows.size), np.arange(rows.size)[without])]
    child, age = [f"{one}" for one in CHILD[rows]], [f"{one:g}" for one in AGE[rows]]
    return values[rows], child, age, ["girl" if one else "boy" for one in GIRL[rows]], np.repeat(DISTANCE[::4], 4)[rows]


# Each line: estimate, standard error, degrees of freedom, ends of the interval, p. Computed with R 4.2.2, nlme 3.1-162
# and clubSandwich 0.5.8: linear_contrast(vcov = vcovCR(model, type = "CR2"), test = "Satterthwaite") of
# lme(change ~ 0 + visit:arm + base, random = ~1 | child, method = "REML").
CHANGES_10_BOYS = (1.113683292, 0.640201862, 13.40354107, -0.265167788, 2.492534371, 1.04830684e-01)
CHANGES_14_GIRLS = (2.517104132, 0.512925216, 9.64672251, 1.368536857, 3.665671408, 6.84850976e-04)
CHANGES_10_APART = (-0.612805930, 0.914159690, 16.84095231, -2.542902763, 1.317290903, 5.11724010e-01)
CHANGES_14_APART = (-2.666165422, 0.984543493, 16.52721794, -4.747906330, -0.584424514, 1.51928244e-02)
# The same of lm(y ~ 0 + visit:arm), with the children as clusters.
WITHIN_10_BOYS = (-2.212121212, 0.419289267, 10.0, -3.14635592, -1.277886506, 0.000359761578)
WITHIN_14_APART = (-0.847537879, 0.304206897, 21.6534653, -1.47901027, -0.216065486, 0.010871126076)
# And of lm(change ~ 0 + arm + base) at 14 years alone.
AT_14_BOYS = (4.938338960, 0.677769255, 13.00132759, 3.47412270, 6.402555217, 6.12214838e-06)
AT_14_APART = (-2.530468357, 1.028817678, 15.60009779, -4.71601711, -0.344919602, 2.60053227e-02)


def assert_is(found: Cell | Contrast, told: tuple[float, ...]) -> None:
    """Hold a cell or a difference against what R says of it."""
    estimate = found.mean if isinstance(found, Cell) else found.difference
    numbers = (estimate.value, found.error, found.freedom, estimate.low, estimate.high)
    assert numbers == pytest.approx(told[:5], rel=1e-6)
    assert isinstance(found, Cell) or found.p == pytest.approx(told[5], rel=1e-6)


def test_errors_are_those_of_clubsandwich() -> None:
    values = DISTANCE - np.repeat(DISTANCE[::4], 4)
    found = repeated_measures(*later(values, without=slice(4, None, 7)), control="boy")
    assert (found.method, found.n) == ("mixed model", 70)
    assert (found.subject_sd, found.residual_sd) == pytest.approx((1.536666602, 0.847637485), rel=1e-6)
    assert_is(found.means[0], CHANGES_10_BOYS)
    assert_is(found.means[5], CHANGES_14_GIRLS)
    assert_is(found.differences[0], CHANGES_10_APART)
    assert_is(found.differences[2], CHANGES_14_APART)
    slope = found.baseline_slope
    assert (slope.value, slope.low, slope.high) == pytest.approx((-0.413180868, -1.052415145, 0.226053408), rel=1e-6)


def test_without_spread_between_subjects_it_is_least_squares_with_the_errors_of_clubsandwich() -> None:
    values, *names, _ = later(DISTANCE, without=slice(0, 0))
    values = (values.reshape(27, 3) - values.reshape(27, 3).mean(axis=1, keepdims=True)).ravel()
    kept = np.arange(values.size) % 9 != 3
    found = repeated_measures(values[kept], *([name[row] for row in np.flatnonzero(kept)] for name in names))
    assert (found.method, found.subject_sd, found.reason) == ("least squares", 0.0, None)
    assert_is(found.means[0], WITHIN_10_BOYS)
    assert_is(found.differences[2], WITHIN_14_APART)


def test_one_visit_has_the_errors_of_clubsandwich() -> None:
    values, child, age, sex, baseline = later(DISTANCE - np.repeat(DISTANCE[::4], 4), without=slice(0, 0))
    rows = range(2, 81, 3)
    names = ([name[row] for row in rows] for name in (child, age, sex))
    found = repeated_measures(values[2::3], *names, baseline[2::3])
    assert found.method == "least squares"
    assert_is(found.means[0], AT_14_BOYS)
    assert_is(found.differences[0], AT_14_APART)


def test_the_interval_of_a_visit_is_that_of_student_however_the_others_spread() -> None:
    generator = np.random.default_rng(5)
    table = generator.normal(0, 1, (20, 1)) + generator.normal(0, [0.5, 1, 15], (20, 3))
    found = repeated_measures(table.ravel(), [f"{at}" for at in range(20) for _ in range(3)], ["1", "2", "3"] * 20)
    for cell, column in zip(found.means, table.T, strict=True):
        told = summary(column).mean
        assert (cell.mean.value, cell.mean.low, cell.mean.high) == pytest.approx((told.value, told.low, told.high))
        assert cell.freedom == pytest.approx(19)


def test_a_cell_of_a_single_subject_has_a_mean_and_no_interval() -> None:
    values, subject, visit, arm, baseline = trial()
    alone = [not (one == "V3" and who == "treated" and name != "S0")
             for one, who, name in zip(visit, arm, subject, strict=True)]  # fmt: skip
    rows = np.flatnonzero(alone)
    names = ([name[row] for row in rows] for name in (subject, visit, arm))
    found = repeated_measures(values[rows], *names, baseline[rows], control="control")
    cell = next(cell for cell in found.means if (cell.arm, cell.visit) == ("treated", "V3"))
    assert cell.n == 1
    last = next(one for one in found.differences if one.visit == "V3")
    for estimate, error in ((cell.mean, cell.error), (last.difference, last.error)):
        assert np.isfinite(estimate.value)
        assert np.isnan([estimate.low, estimate.high, error]).all()
        assert "single subject" in str(estimate.reason)
    assert np.isnan(last.p)
    others = [cell for cell in found.means if cell.n > 1]
    assert len(others) == 5
    assert all(cell.mean.low < cell.mean.value < cell.mean.high for cell in others)


def test_a_visit_at_which_all_changed_alike_has_no_interval() -> None:
    table = np.random.default_rng(6).normal(0, 1, (12, 2))
    table[:, 1] = 4.0
    found = repeated_measures(table.ravel(), [f"{at}" for at in range(12) for _ in "12"], ["1", "2"] * 12)
    assert found.means[1].mean.value == pytest.approx(4.0)
    assert "the same" in str(found.means[1].mean.reason)
    assert found.means[0].mean.reason is None


def test_visits_by_arms_are_the_split_plot_analysis_of_variance() -> None:
    # Without gaps REML is the analysis of variance: means of cells, and variances from the mean squares of children
    # within arms (25 degrees of freedom) and of what is left (75).
    table = DISTANCE.reshape(27, 4)
    boys, girls = table[:16], table[16:]
    children = 4 * sum(float(((arm.mean(axis=1) - arm.mean()) ** 2).sum()) for arm in (boys, girls)) / 25
    left = sum(
        float(((arm - arm.mean(axis=0) - arm.mean(axis=1, keepdims=True) + arm.mean()) ** 2).sum())
        for arm in (boys, girls)
    )
    left /= 75
    found = orthodont()
    assert found.method == "mixed model"
    assert found.residual_sd**2 == pytest.approx(left)
    assert found.subject_sd**2 == pytest.approx((children - left) / 4)
    for contrast, column in zip(found.differences, range(4), strict=True):
        assert contrast.visit == ("8", "10", "12", "14")[column]
        assert contrast.difference.value == pytest.approx(girls[:, column].mean() - boys[:, column].mean())
        # Whatever the visits spread: Welch's error, with degrees of freedom that hold where the arms spread alike.
        welch = np.sqrt(boys[:, column].var(ddof=1) / 16 + girls[:, column].var(ddof=1) / 11)
        assert contrast.error == pytest.approx(welch)
        assert contrast.freedom == pytest.approx((1 / 16 + 1 / 11) ** 2 / (1 / 16**2 / 15 + 1 / 11**2 / 10))
    assert [(cell.arm, cell.n) for cell in found.means] == [("boy", 16)] * 4 + [("girl", 11)] * 4
    assert found.means[3].mean.value == pytest.approx(boys[:, 3].mean())
    assert (found.subjects, found.n, found.not_measured, found.reason) == (27, 108, 0, None)


def test_it_is_what_statsmodels_computes_from_a_formula() -> None:
    import pandas as pd
    import statsmodels.formula.api as smf

    values, subject, visit, arm, baseline = trial()
    values[[4, 20, 41, 42]] = NAN
    found = repeated_measures(values, subject, visit, arm, baseline, control="control")
    table = pd.DataFrame({"y": values, "subject": subject, "visit": visit, "arm": arm, "base": baseline}).dropna()
    model = smf.mixedlm("y ~ C(visit) * C(arm) + base", table, groups=table["subject"]).fit(reml=True)
    assert found.subject_sd**2 == pytest.approx(float(model.cov_re.iloc[0, 0]), rel=1e-3)
    assert found.residual_sd**2 == pytest.approx(model.scale, rel=1e-4)
    assert found.baseline_slope.value == pytest.approx(model.params["base"], rel=1e-4)
    first = next(contrast for contrast in found.differences if contrast.visit == "V1")
    assert first.difference.value == pytest.approx(model.params["C(arm)[T.treated]"], abs=1e-4)
    assert first.error == pytest.approx(model.bse["C(arm)[T.treated]"], rel=0.3)  # the same but for the sandwich
    assert found.not_measured == 4


def test_means_are_of_subjects_of_the_mean_baseline() -> None:
    values, subject, visit, arm, baseline = trial()
    plain = repeated_measures(values, subject, visit, arm, baseline)
    shifted = repeated_measures(values, subject, visit, arm, baseline + 1000)
    assert [cell.mean.value for cell in shifted.means] == pytest.approx([cell.mean.value for cell in plain.means])
    # Of changes and of values the differences are the same, as are the means but for the mean baseline.
    raw = repeated_measures(values + baseline, subject, visit, arm, baseline)
    assert [c.difference.value for c in raw.differences] == pytest.approx(
        [c.difference.value for c in plain.differences]
    )
    assert raw.means[0].mean.value == pytest.approx(plain.means[0].mean.value + baseline[::3].mean())


def test_intervals_and_errors_of_simulated_trials_hold() -> None:
    covered = false = 0
    for seed in range(200):
        found = repeated_measures(*trial(8, seed), control="control")
        last, first = found.differences[2], found.differences[0]
        assert (last.visit, first.visit) == ("V3", "V1")
        covered += last.difference.low <= 3 <= last.difference.high
        false += first.p < 0.05
    assert 0.905 < covered / 200 < 0.99
    assert false / 200 < 0.095


def test_intervals_hold_where_the_last_visit_spreads_most() -> None:
    # With one variance for all visits, and no sandwich, they held the truth in 79 of 100.
    covered = 0
    for seed in range(200):
        values, *names = trial(10, seed)
        at_last = np.array([visit == "V3" for visit in names[1]])
        values[at_last] += np.random.default_rng(seed + 10_000).normal(0, 6, int(at_last.sum()))
        last = repeated_measures(values, *names, control="control").differences[2]
        assert last.visit == "V3"
        covered += last.difference.low <= 3 <= last.difference.high
    assert 0.905 < covered / 200 < 0.99


def test_a_single_arm_has_visits_and_no_differences() -> None:
    found = repeated_measures(DISTANCE, [f"{child}" for child in CHILD], [f"{age:g}" for age in AGE])
    assert found.differences == ()
    assert [cell.visit for cell in found.means] == ["8", "10", "12", "14"]
    assert [cell.mean.value for cell in found.means] == pytest.approx(DISTANCE.reshape(27, 4).mean(axis=0))
    assert found.baseline_slope.reason


def test_sites_of_the_same_subjects_are_compared_within_them() -> None:
    generator = np.random.default_rng(3)
    subject = np.repeat(np.arange(15), 4)
    site = np.tile([0, 0, 1, 1], 15)
    values = generator.normal(0, 20, 15)[subject] + 2 * site + generator.normal(0, 1, 60)
    found = repeated_measures(
        values, [f"{at}" for at in subject], ["6", "12"] * 30, ["treated" if at else "control" for at in site]
    )
    assert found.differences[0].control == "control"
    for contrast in found.differences:
        assert contrast.difference.high - contrast.difference.low < 2  # and not that of spread 20 between subjects
        assert contrast.difference.low < 2 < contrast.difference.high


def test_one_visit_is_the_analysis_of_covariance() -> None:
    import statsmodels.api as sm

    values, subject, visit, arm, baseline = trial()
    rows = [place for place, name in enumerate(visit) if name == "V3"]
    found = repeated_measures(
        values[rows],
        [subject[row] for row in rows],
        ["V3"] * len(rows),
        [arm[row] for row in rows],
        baseline[rows],
        control="control",
    )
    treated = np.array([arm[row] == "treated" for row in rows], dtype=float)
    model = sm.OLS(values[rows], np.column_stack([np.ones(24), treated, baseline[rows]])).fit()
    assert found.method == "least squares"
    assert np.isnan(found.subject_sd)
    assert found.differences[0].difference.value == pytest.approx(model.params[1])
    assert found.differences[0].error == pytest.approx(model.HC2_se[1])
    assert 15 < found.differences[0].freedom < 22


def test_a_visit_that_one_arm_lacks_is_told_of_the_other_alone() -> None:
    values = DISTANCE.copy()
    values[GIRL & (AGE == 14)] = NAN
    found = orthodont(values)
    assert [contrast.visit for contrast in found.differences] == ["8", "10", "12"]
    assert len(found.means) == 7
    assert found.not_measured == 11


def test_large_and_small_units_are_the_same_study() -> None:
    plain, large, small = orthodont(), orthodont(1e6 * DISTANCE), orthodont(1e-6 * DISTANCE)
    assert large.differences[0].difference.low == pytest.approx(1e6 * plain.differences[0].difference.low, rel=1e-6)
    assert small.differences[0].difference.low == pytest.approx(1e-6 * plain.differences[0].difference.low, rel=1e-6)
    assert small.differences[0].p == pytest.approx(plain.differences[0].p, rel=1e-6)


def empty(found: RepeatedMeasures) -> bool:
    """Tell whether there is a reason in place of numbers."""
    nothing = not found.means and not found.differences and found.method == ""
    return bool(found.reason) and nothing and bool(np.isnan([found.residual_sd, found.baseline_slope.value]).all())


@pytest.mark.parametrize(
    ("values", "subject", "visit", "arm", "reason"),
    [
        ([], [], [], None, "no value"),
        ([NAN, NAN], ["a", "b"], ["1", "1"], None, "no value"),
        ([1, 2], ["a", "a"], ["1", "2"], None, "single subject"),
        ([1, 2, 3, 4], list("abca"), list("1112"), ["t", "t", "c", "t"], "arm c has a single subject"),
        ([1, 2, 3, 4], list("aabb"), list("1212"), None, "2 subjects are too few"),
        ([1, 2, 3, 4, 5, 6], list("aabbcc"), list("121212"), ["t", "t", "t", "t", "c", "c"], "single subject"),
        ([5, 5, 5, 5, 5, 5], list("aabbcc"), list("121212"), None, "all values are the same"),
        ([1, 2, 5, 6], list("abca"), list("1111"), None, "subject a has 2 values at visit 1"),
        ([1, 2, 3], list("abc"), list("123"), None, "3 values are too few"),
    ],
)
def test_what_cannot_be_told_has_a_reason(
    values: list[float], subject: list[str], visit: list[str], arm: list[str] | None, reason: str
) -> None:
    found = repeated_measures(values, subject, visit, arm)
    assert empty(found)
    assert found.reason is not None
    assert reason in found.reason


def test_a_baseline_that_tells_nothing_apart_is_a_reason() -> None:
    values, subject, visit, arm, baseline = trial()
    found = repeated_measures(values, subject, visit, arm, np.full(baseline.size, 150.0))
    assert empty(found)
    assert found.reason is not None
    assert "cannot be told apart" in found.reason


def test_a_row_without_baseline_is_left_out_and_counted() -> None:
    values, subject, visit, arm, baseline = trial()
    baseline[:3] = NAN
    found = repeated_measures(values, subject, visit, arm, baseline)
    assert (found.subjects, found.not_measured, found.reason) == (23, 3, None)


def test_where_one_subject_alone_has_two_visits_it_is_least_squares() -> None:
    # Drawn so that the likelihood cannot tell the variance between subjects from that within them.
    values = [-39.7, 0.4, 0.1, -0.8, 1.6, -1.2, 1.6, -1.7]
    found = repeated_measures(values, list("abcdefgg"), list("11111112"))
    assert (found.method, found.reason) == ("least squares", None)
    assert np.isnan(found.subject_sd)
    first = summary(values[:7]).mean
    assert (found.means[0].mean.low, found.means[0].mean.high) == pytest.approx((first.low, first.high))
    assert "single subject" in str(found.means[1].mean.reason)


def test_a_search_that_fails_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise np.linalg.LinAlgError("Singular matrix")

    monkeypatch.setattr("statsmodels.regression.mixed_linear_model.MixedLM.fit", fail)
    found = orthodont()
    assert empty(found)
    assert found.reason == "the fit of the mixed model did not converge"


def test_without_the_extra_the_reason_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "statsmodels.regression.mixed_linear_model", None)
    found = orthodont()
    assert empty(found)
    assert found.reason is not None
    assert "pip install 'densitometer[statistics]'" in found.reason


def test_mistakes_of_the_caller_are_errors() -> None:
    with pytest.raises(ValueError, match="one subject, visit, arm and baseline"):
        repeated_measures([1, 2], ["a"], ["1", "2"])
    with pytest.raises(ValueError, match="none of the arms"):
        repeated_measures([1, 2], ["a", "b"], ["1", "1"], ["t", "t"], control="placebo")
