"""The summary of a trial against the same numbers from its tables, by pandas, SciPy and statsmodels."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.stats.proportion import confint_proportions_2indep

from densitometer.study.read import read_study
from densitometer.summary.model import GroupChange, StudySummary
from densitometer.summary.summarise import summarise
from trial_study import ARMS, SITES

ACTIVE, PLACEBO = ARMS["ACT"], ARMS["PBO"]
SITE = SITES[0]


@pytest.fixture(scope="module")
def summary(trial_out: Path) -> StudySummary:
    return summarise(read_study(trial_out))


@pytest.fixture(scope="module")
def values(trial_out: Path) -> pd.DataFrame:
    """Mean density and so on of each subject, site and visit, replicates averaged."""
    photos = pd.read_csv(trial_out / "photos.csv")
    keys = ["subject", "arm", "site", "visit"]
    return photos.groupby(keys, as_index=False).mean(numeric_only=True)


@pytest.fixture(scope="module")
def changes(trial_out: Path) -> pd.DataFrame:
    """Changes against the baseline of each subject, site and visit, replicates averaged."""
    text = (trial_out / "changes.csv").read_text(encoding="utf-8")
    table = pd.read_csv(io.StringIO(text))
    table = table[(table.against == "baseline") & (table.comparable == 1)]
    photos = pd.read_csv(trial_out / "photos.csv")[["photo", "arm"]]
    table = table.merge(photos, left_on="followup_photo", right_on="photo")
    return table.groupby(["subject", "arm", "site", "followup_visit"], as_index=False).mean(numeric_only=True)


def change_of(summary: StudySummary, arm: str, visit: str, method: str, parameter: str) -> GroupChange:
    (found,) = (
        one
        for one in summary.changes
        if (one.place.arm, one.place.site, one.place.visit) == (arm, SITE, visit)
        and (one.method, one.place.parameter.name) == (method, parameter)
    )
    return found


@pytest.mark.parametrize("arm", [ACTIVE, PLACEBO])
@pytest.mark.parametrize("column", ["density_per_cm2", "terminal30_per_cm2", "mean_width_um"])
@pytest.mark.parametrize("visit", ["baseline", "week 6", "week 24"])
def test_values_of_a_group(summary: StudySummary, values: pd.DataFrame, arm: str, column: str, visit: str) -> None:
    (group,) = (
        one
        for one in summary.groups
        if (one.place.arm, one.place.site, one.place.visit, one.place.parameter.name) == (arm, SITE, visit, column)
    )
    there = values[(values.arm == arm) & (values.site == SITE) & (values.visit == visit)]
    some = there[column].dropna()
    low, high = stats.t.interval(0.95, len(some) - 1, some.mean(), stats.sem(some))
    # The tables are rounded.
    assert group.summary.n == len(some)
    assert group.summary.mean.value == pytest.approx(some.mean(), abs=0.02)
    assert (group.summary.mean.low, group.summary.mean.high) == pytest.approx((low, high), abs=0.03)
    assert group.summary.sd == pytest.approx(some.std(), abs=0.02)
    assert group.summary.median.value == pytest.approx(some.median(), abs=0.02)
    subjects = values[(values.arm == arm) & (values.site == SITE)].subject.nunique()
    assert group.expected == subjects == 15
    assert group.missed == subjects - len(there)
    assert group.not_measured == len(there) - len(some)
    assert group.expected == group.missed + group.not_measured + group.summary.n
    assert group.baseline == (visit == "baseline")


@pytest.mark.parametrize("visit", ["week 6", "week 12", "week 24"])
def test_change_found_hair_by_hair(summary: StudySummary, changes: pd.DataFrame, visit: str) -> None:
    some = changes[(changes.arm == ACTIVE) & (changes.site == SITE) & (changes.followup_visit == visit)]
    found = change_of(summary, ACTIVE, visit, "matched", "density_per_cm2").change
    assert found.n == len(some) > 8
    assert found.mean.value == pytest.approx(some.change_per_cm2.mean(), abs=0.02)
    low, high = stats.t.interval(0.95, len(some) - 1, some.change_per_cm2.mean(), stats.sem(some.change_per_cm2))
    assert (found.mean.low, found.mean.high) == pytest.approx((low, high), abs=0.02)
    percent = 100 * some.change_per_cm2.mean() / some.baseline_per_cm2.mean()
    assert found.percent_of_means.value == pytest.approx(percent, abs=0.02)


def test_change_of_width_hair_by_hair_has_no_per_cent(summary: StudySummary, changes: pd.DataFrame) -> None:
    some = changes[(changes.arm == ACTIVE) & (changes.site == SITE) & (changes.followup_visit == "week 12")]
    found = change_of(summary, ACTIVE, "week 12", "matched", "mean_width_um").change
    assert found.mean.value == pytest.approx(some.width_change_um.mean(), abs=0.02)
    assert np.isnan(found.percent_of_means.value)
    assert found.percent_of_means.reason


def test_change_by_subtraction(summary: StudySummary, values: pd.DataFrame) -> None:
    here = values[(values.arm == ACTIVE) & (values.site == SITE)].pivot(
        index="subject", columns="visit", values="density_per_cm2"
    )
    some = (here["week 12"] - here["baseline"]).dropna()
    found = change_of(summary, ACTIVE, "week 12", "subtracted", "density_per_cm2").change
    assert found.n == len(some)
    assert found.mean.value == pytest.approx(some.mean(), abs=0.02)
    assert found.sd == pytest.approx(some.std(), abs=0.02)


def test_arms_are_compared_by_welch(summary: StudySummary, changes: pd.DataFrame) -> None:
    at = changes[(changes.site == SITE) & (changes.followup_visit == "week 12")]
    active, placebo = (at[at.arm == arm].change_per_cm2 for arm in (ACTIVE, PLACEBO))
    told = stats.ttest_ind(active, placebo, equal_var=False)
    interval = told.confidence_interval()
    (found,) = (
        one.difference
        for one in summary.differences
        if (one.of, one.within, one.visit, one.method) == ("arms", SITE, "week 12", "matched")
        and one.parameter.name == "density_per_cm2"
    )
    assert summary.design.control_arm == PLACEBO
    assert found.estimate.value == pytest.approx(active.mean() - placebo.mean(), abs=0.02)
    assert (found.estimate.low, found.estimate.high) == pytest.approx((interval.low, interval.high), abs=0.03)
    assert found.p == pytest.approx(told.pvalue, rel=0.02)


def test_sites_are_compared_in_pairs(trial_out: Path, changes: pd.DataFrame) -> None:
    treated, control = SITES
    found = summarise(read_study(trial_out), control_site=control, models=False)
    at = changes[(changes.arm == ACTIVE) & (changes.followup_visit == "week 12")]
    pairs = at.pivot(index="subject", columns="site", values="change_per_cm2").dropna()
    told = stats.ttest_rel(pairs[treated], pairs[control])
    (one,) = (
        one
        for one in found.differences
        if (one.of, one.within, one.visit, one.method) == ("sites", ACTIVE, "week 12", "matched")
        and one.parameter.name == "density_per_cm2"
    )
    assert (one.first, one.second) == (treated, control)
    assert one.difference.n_first == len(pairs)
    assert one.difference.estimate.value == pytest.approx((pairs[treated] - pairs[control]).mean(), abs=0.02)
    assert one.difference.p == pytest.approx(told.pvalue, rel=0.05)


def test_the_mixed_model_is_that_of_statsmodels(
    summary: StudySummary, changes: pd.DataFrame, values: pd.DataFrame
) -> None:
    rows = changes[changes.site == SITE]
    baseline = values[(values.site == SITE) & (values.visit == "baseline")][["subject", "density_per_cm2"]]
    rows = rows.merge(baseline, on="subject")
    centred = rows.density_per_cm2 - rows.density_per_cm2.mean()
    model = MixedLM.from_formula(
        "change_per_cm2 ~ 0 + C(cell) + centred",
        rows.assign(cell=rows.arm + "|" + rows.followup_visit, centred=centred),
        groups="subject",
    ).fit(reml=True)
    found = {
        f"{one.arm}|{one.visit}": one.mean.value
        for one in summary.models
        if (one.site, one.method, one.parameter.name) == (SITE, "matched", "density_per_cm2")
    }
    for name, cell in model.params.filter(like="C(cell)").items():
        assert found[str(name)[len("C(cell)[") : -1]] == pytest.approx(cell, abs=0.03)  # the tables are rounded
    cells = model.params
    compared = [
        one
        for one in summary.models
        if (one.site, one.method, one.parameter.name) == (SITE, "matched", "density_per_cm2") and one.difference
    ]
    assert [one.visit for one in compared] == ["week 6", "week 12", "追加", "week 24"]
    for one in compared:
        between = cells[f"C(cell)[{ACTIVE}|{one.visit}]"] - cells[f"C(cell)[{PLACEBO}|{one.visit}]"]
        assert one.difference is not None
        assert (one.arm, one.control) == (ACTIVE, PLACEBO)
        assert one.difference.value == pytest.approx(between, abs=0.03)


def test_responders_are_counted_by_verdict(summary: StudySummary, trial_out: Path) -> None:
    table = pd.read_csv(trial_out / "changes.csv")
    photos = pd.read_csv(trial_out / "photos.csv")[["photo", "arm"]]
    table = table[table.against == "baseline"].merge(photos, left_on="followup_photo", right_on="photo")
    at = table[(table.arm == ACTIVE) & (table.site == SITE) & (table.followup_visit == "week 24")]
    (found,) = (one for one in summary.responders if (one.arm, one.site, one.visit) == (ACTIVE, SITE, "week 24"))
    assert found.increase.count == (at.verdict == "increase").sum() > 0
    assert found.decrease.count == (at.verdict == "decrease").sum()
    assert found.within_error.count == (at.verdict == "within_error").sum()
    assert found.increase.n == (at.comparable == 1).sum()
    assert sum(one.count or 0 for one in (found.increase, found.decrease, found.within_error)) == found.increase.n


def test_shares_of_responders_are_compared_with_the_control(summary: StudySummary) -> None:
    at = {(one.arm, one.visit): one for one in summary.responders if one.site == SITE}
    treated, control = at[ACTIVE, "week 24"], at[PLACEBO, "week 24"]
    assert (treated.control, control.control, control.beside_control) == (PLACEBO, "", None)
    counts = [treated.increase.count or 0, control.increase.count or 0]
    n = [treated.increase.n, control.increase.n]
    low, high = confint_proportions_2indep(counts[0], n[0], counts[1], n[1], compare="diff", method="newcomb")
    assert treated.beside_control is not None
    assert treated.beside_control.value == pytest.approx(counts[0] / n[0] - counts[1] / n[1])
    assert (treated.beside_control.low, treated.beside_control.high) == pytest.approx((low, high))


def test_replicates_tell_the_error(summary: StudySummary, trial_out: Path) -> None:
    photos = pd.read_csv(trial_out / "photos.csv").dropna(subset=["density_per_cm2"])
    groups = photos.groupby(["subject", "site", "visit"]).density_per_cm2
    several = groups.filter(lambda some: len(some) > 1)
    within = several - groups.transform("mean")[several.index]
    freedom = len(several) - groups.ngroups + (groups.size() == 1).sum()
    sem = float(np.sqrt((within**2).sum() / freedom))
    (found,) = (
        one for one in summary.repeatability if (one.parameter.name, one.method) == ("density_per_cm2", "subtracted")
    )
    assert found.repeatability is not None
    assert found.icc is not None
    assert found.limits is not None
    assert found.repeatability.sem.value == pytest.approx(sem, abs=0.01)
    assert found.mdc95 == pytest.approx(1.96 * 2**0.5 * sem, abs=0.03)
    ordered = photos.loc[several.index].assign(place=photos.site.str.casefold()).sort_values(["place", "visit_date"])
    firsts = ordered.drop_duplicates("subject")[["subject", "site", "visit"]].merge(photos)
    one_each = np.array(
        [list(some[:2]) for _, some in firsts.sort_values("replicate").groupby("subject").density_per_cm2]
    )
    assert found.icc.subjects == len(one_each) == found.subjects
    # Shrout and Fleiss's (2, 1) from the mean squares of subjects, replicates and what is left.
    n, centred = len(one_each), one_each - one_each.mean()
    of_subjects = 2 * (centred.mean(axis=1) ** 2).sum() / (n - 1)
    of_replicates = n * (centred.mean(axis=0) ** 2).sum()
    left = ((centred - centred.mean(axis=1, keepdims=True) - centred.mean(axis=0)) ** 2).sum() / (n - 1)
    icc = (of_subjects - left) / (of_subjects + left + 2 * (of_replicates - left) / n)
    assert found.icc.estimate.value == pytest.approx(icc, abs=2e-4)
    first, second = np.array(found.pairs).T
    assert found.limits.bias.value == pytest.approx((second - first).mean())


def test_replicates_matched_hair_by_hair(summary: StudySummary, trial_out: Path) -> None:
    table = pd.read_csv(trial_out / "repeatability.csv")
    some = table[table.comparable == 1].change_per_cm2
    (found,) = (one for one in summary.repeatability if one.method == "matched")
    assert found.matched_sem is not None
    assert found.matched_sem.value == pytest.approx(np.sqrt((some**2).mean() / 2), abs=0.01)
    assert found.mdc95 == pytest.approx(1.96 * 2**0.5 * found.matched_sem.value, rel=1e-3)


def test_order_is_that_of_the_study(summary: StudySummary) -> None:
    first = [one.place for one in summary.groups if one.place.parameter.name == "density_per_cm2"]
    assert [place.site for place in first] == sorted((place.site for place in first), key=SITES[::-1].index)
    numbers = [place.visit_number for place in first if (place.site, place.arm) == (SITE, ACTIVE)]
    assert numbers == sorted(numbers)
