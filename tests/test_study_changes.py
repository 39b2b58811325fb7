"""Which comparisons tell of the change since the baseline of a study."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from densitometer.study.changes import changes_from_baseline
from densitometer.study.model import Photograph, Row, Site, StudyVisit
from densitometer.study.read import read_study
from densitometer.study.subjects import Subject
from trial_study import REFUSED_BASELINE, STUDY_FILE, write_study_file


def photograph(name: str, *, baseline: bool = False) -> Photograph:
    row = {"status": "measured"}
    return Photograph(0, name, row, Subject("A", "S-A"), Site(1, ""), StudyVisit(1, "x"), "", 1, None, baseline)


def row(earlier: str, later: str, against: str, reason: str = "") -> Row:
    return {"baseline_photo": earlier, "followup_photo": later, "against": against, "reason": reason,
            "comparable": int(not reason)}  # fmt: skip


SERIES = [photograph("screening"), photograph("day 0", baseline=True), photograph("week 4"), photograph("week 8")]


def test_the_visit_before_may_be_the_baseline(caplog: pytest.LogCaptureFixture) -> None:
    rows = [row("screening", "day 0", "baseline"), row("screening", "week 4", "baseline")]
    rows += [row("day 0", "week 4", "previous"), row("screening", "week 8", "baseline")]
    rows += [row("week 4", "week 8", "previous")]
    with caplog.at_level(logging.WARNING):
        assert changes_from_baseline(rows, SERIES) == (
            {"week 4": rows[2]},
            {"week 8": "it was compared with screening, which is not of the baseline"},
        )
    assert "1 photographs such as week 8 were compared with other visits than the baseline" in caplog.text


def test_why_a_comparison_with_the_baseline_could_not_be_made() -> None:
    rows = [row("day 0", "week 4", "baseline", "they show no place in common")]
    assert changes_from_baseline(rows, SERIES) == ({}, {"week 4": "they show no place in common"})
    assert changes_from_baseline([], SERIES) == ({}, {})


def test_the_reason_of_a_baseline_that_could_not_be_measured_is_kept(trial_out: Path) -> None:
    study = read_study(trial_out)
    of_one = [p.name for p in study.photographs if (p.subject.code, p.site.label) == REFUSED_BASELINE and p.visit]
    told = [study.without_change[name] for name in of_one if name in study.without_change]
    assert len(told) == 3 and all(why.startswith("the baseline cannot be used: ") for why in told)
    assert not study.changes.keys() & study.without_change.keys()


def test_with_another_baseline_its_changes_are_taken(trial_out: Path, tmp_path: Path) -> None:
    text = STUDY_FILE.replace('baseline = "baseline"', 'baseline = "week 6"')
    study = read_study(trial_out, write_study_file(tmp_path / "study.toml", text))
    visits = {p.name: p.visit.label for p in study.photographs if p.visit}
    assert {visits[str(row["baseline_photo"])] for row in study.changes.values()} == {"week 6"}
    assert {visits[name] for name in study.changes} == {"week 12", "week 24"}  # of some who missed week 12
