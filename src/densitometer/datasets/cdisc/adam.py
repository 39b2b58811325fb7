"""ADaM: the data set ADHAIR of the Basic Data Structure, from the records of IG and the changes found hair by hair."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping

from densitometer.datasets.cdisc.adam_matched import changes_of, matched_rows
from densitometer.datasets.cdisc.adam_parameters import (
    DENSITY,
    MATCHED,
    TESTS,
    AnalysisParameter,
    Test,
    analysis_parameter,
    check_sites,
)
from densitometer.datasets.cdisc.adam_rows import Row, series_rows
from densitometer.datasets.cdisc.adam_subjects import SubjectVariables
from densitometer.datasets.cdisc.adam_table import table, unclear_arms
from densitometer.datasets.cdisc.adam_variables import OPTIONAL, identifiers, names, value_levels, variables
from densitometer.datasets.cdisc.dataset import Dataset, Package
from densitometer.datasets.cdisc.gathered import gathered
from densitometer.datasets.cdisc.ig import IgRecord, ig_records
from densitometer.datasets.cdisc.layout import without_empty
from densitometer.datasets.cdisc.repeatability import standard_error
from densitometer.study.faults import refuse
from densitometer.study.model import Photograph, Study

_log = logging.getLogger(__name__)


def files(study: Study) -> Iterator[tuple[str, bytes]]:
    """Write ADHAIR as Dataset-JSON, XPT and CSV, with the Define-XML that describes it.

    Parameters
    ----------
    study : Study

    Yields
    ------
    name : str
    data : bytes

    Raises
    ------
    StudyError
        When something in the study does not fit; the text names every offending photograph, subject or row.
    """
    from densitometer.datasets.cdisc import forms

    return forms.files(package(study))


def package(study: Study) -> Package:
    """Gather ADHAIR and what Define-XML tells of the study."""
    if not study.arms:
        _log.warning("no arm is known, so that TRTP is empty; name arms in the visits table or the table of subjects")
    return gathered("ADaMIG", study, [adhair(study)])


def adhair(study: Study) -> Dataset:
    """Make the data set ADHAIR.

    Raises
    ------
    StudyError
        When nothing was measured, there are too many sites, an arm is not clear, or a variable of the table
        of subjects does not fit.
    """
    check_sites(study.sites)
    refuse(list(unclear_arms(study)), "ADHAIR cannot be written")
    subjects = SubjectVariables((one.subject for one in study.photographs), names(study))
    rows = analysis_rows(study)
    advice = "look for the reasons in photos.csv, and measure some first"
    refuse([] if rows else [f"no photograph was measured; {advice}"], "ADHAIR cannot be written")
    parameters = sorted({row.parameter for row in rows}, key=lambda one: one.number)
    dataset = Dataset(
        name="ADHAIR",
        label="Hair Analysis Dataset",
        structure="One record per subject per parameter per analysis visit per repetition, and one for their average",
        kind="BASIC DATA STRUCTURE",
        variables=(*identifiers(), *subjects.variables, *variables(study, parameters)),
        rows=table(study, subjects, rows),
        keys=("STUDYID", "USUBJID", "PARAMN", "AVISITN", "DTYPE", "IGREPNUM"),
        values=value_levels(parameters),
        sources=[row.value.photograph.name for row in rows],
    )
    return without_empty(dataset, OPTIONAL)


def analysis_rows(study: Study) -> list[Row]:
    """Rows of ADHAIR by USUBJID, parameter and visit, those of matched hairs last of each subject."""
    records = [one for one in ig_records(study) if one.number is not None]
    errors = standard_errors(records)
    changes = changes_of(study)
    known = _Parameters(several=len(study.sites) > 1)
    shown = _by_site(study.photographs)
    found: dict[tuple[str, int], list[Row]] = {}
    for (usubjid, code, _), series in _by_series(records).items():
        first = series[0].photograph
        parameter = known.of(TESTS[code], first)
        rows, base = series_rows(parameter, series, errors[code])
        found[usubjid, parameter.number] = rows
        if code == DENSITY.code and base is not None and changes:
            matched = known.of(MATCHED, first)
            photographs = shown[first.subject.code, first.site.number]
            found[usubjid, matched.number] = matched_rows(matched, base, photographs, changes)
    return [row for key in sorted(found) for row in found[key]]


def standard_errors(records: Iterable[IgRecord]) -> dict[str, float | None]:
    """Standard error of measurement of each test, by its code, from all replicates of the study.

    One file that stands for several replicates is one: its copies would tell of an error that is too small. What was
    photographed on another day, or after the baseline of the same visit, is no replicate: hair may have changed.
    """
    groups: dict[str, dict[tuple[object, ...], dict[object, float]]] = {}
    for one in records:
        photograph = one.photograph
        if one.parameter is not None and one.number is not None:
            place = (photograph.subject.usubjid, photograph.site.number, photograph.visit, *_when(photograph))
            of_place = groups.setdefault(one.parameter.code, {}).setdefault(place, {})
            of_place[photograph.row["sha256"]] = one.number
    return {code: standard_error(list(group.values()) for group in of.values()) for code, of in groups.items()}


def _when(photograph: Photograph) -> tuple[object, ...]:
    return photograph.date, photograph.baseline


class _Parameters:
    """Analysis parameters, each made once."""

    def __init__(self, *, several: bool) -> None:
        self._several = several
        self._made: dict[tuple[str, int], AnalysisParameter] = {}

    def of(self, test: Test, photograph: Photograph) -> AnalysisParameter:
        key = (test.code, photograph.site.number)
        if key not in self._made:
            self._made[key] = analysis_parameter(test, photograph.site, several=self._several)
        return self._made[key]


def _by_series(records: Iterable[IgRecord]) -> Mapping[tuple[str, str, int], list[IgRecord]]:
    """Records of each subject, test and site, in the order of the study."""
    series: dict[tuple[str, str, int], list[IgRecord]] = {}
    for one in records:
        if one.parameter is not None:
            key = (one.photograph.subject.usubjid, one.parameter.code, one.photograph.site.number)
            series.setdefault(key, []).append(one)
    return series


def _by_site(photographs: Iterable[Photograph]) -> Mapping[tuple[str, int], list[Photograph]]:
    found: dict[tuple[str, int], list[Photograph]] = {}
    for one in photographs:
        found.setdefault((one.subject.code, one.site.number), []).append(one)
    return found
