"""The domain IG: one record per photograph and parameter, or one that says why a photograph was not measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from densitometer.datasets.cdisc.dataset import Dataset, Method, Value, ValueLevel, Variable
from densitometer.datasets.cdisc.facts import decimals_of, method_of
from densitometer.datasets.cdisc.ig import NOT_DONE, IgRecord
from densitometer.datasets.cdisc.layout import (
    Row,
    device,
    device_id,
    focus,
    link,
    link_id,
    place_values,
    place_variables,
    qualifier,
    reference,
    sequence,
    study_and_domain,
    subject,
    timing,
    timing_values,
    without_empty,
)
from densitometer.datasets.cdisc.long_text import parts
from densitometer.datasets.cdisc.terms import published, sponsor
from densitometer.datasets.parameters import PARAMETERS
from densitometer.study.model import Photograph, Study

ALL = ("IGALL", "Integumentary System Findings")
"""Test code and name of a photograph that was not measured at all."""
METHOD = "PHOTOGRAPHY"

_OPTIONAL = frozenset({"FOCID", "IGLAT", "IGDIR", "VISITDY", "IGDY"})
_LAST = Method(
    "IGLOBXFL",
    "Last observation before exposure",
    "Y for one record with a result per subject, site and test: the last by date, visit and repetition number on or "
    "before the date of first treatment. Where that date is not wholly known, or no photograph of the subject and site "
    "has a date, the last of the baseline visit: that of the study file, else the first visit of the study. Empty for "
    "subjects without a date of first treatment in a table of subjects that has one of others, and for records "
    "without a date where others have one.",
)
_NUMERIC = Method("IGSTRESN", "Numeric result", "IGSTRESC as a number.")
_SAME = Method("IGSTRESC", "Result in standard format", "Equal to IGORRES: every result is in its standard unit.")


def findings(study: Study, records: Sequence[IgRecord]) -> Dataset:
    """Make the domain IG of the records of ``ig_records``."""
    dataset = Dataset(
        name="IG",
        label="Integumentary System Findings",
        structure="One record per test per repetition per visit per site per subject",
        kind="FINDINGS",
        variables=_variables(study),
        rows=list(_rows(study, records)),
        keys=("STUDYID", "USUBJID", "FOCID", "IGTESTCD", "VISITNUM", "IGREPNUM"),
        values=tuple(_values()),
        sources=[record.photograph.name for record in records],
    )
    return without_empty(dataset, _OPTIONAL)


def _variables(study: Study) -> tuple[Variable, ...]:
    codes = [*((one.code, one.name) for one in PARAMETERS), ALL]
    categories = sponsor("IGCAT", "Category of Hair Findings", (one.category for one in PARAMETERS))
    units = published("UNIT", (one.unit.sdtm for one in PARAMETERS), of="IG")
    return (
        *study_and_domain(),
        subject(),
        device(),
        focus(),
        sequence("IGSEQ", "USUBJID"),
        reference("IG"),
        link("IG"),
        Variable("IGTESTCD", "Short Name of Measurement, Test or Exam", codelist=published("IGTESTCD", codes),
                 mandatory=True, role="Topic"),
        qualifier("IGTEST", "Name of Measurement, Test or Examination", "Synonym", mandatory=True,
                  codelist=published("IGTEST", (name for _, name in codes))),
        qualifier("IGCAT", "Category", "Grouping", codelist=categories),
        qualifier("IGORRES", "Result or Finding in Original Units", "Result", origin="Derived"),
        qualifier("IGORRESU", "Original Units", "Variable", codelist=units),
        Variable("IGSTRESC", "Character Result/Finding in Std Format", "text", "Derived", None, _SAME,
                 role="Result Qualifier"),
        Variable("IGSTRESN", "Numeric Result/Finding in Standard Units", "float", "Derived", None, _NUMERIC,
                 role="Result Qualifier"),
        qualifier("IGSTRESU", "Standard Units", "Variable", codelist=units),
        qualifier("IGSTAT", "Completion Status", codelist=published("ND", [NOT_DONE])),
        qualifier("IGREASND", "Reason Not Done", comment="A longer one goes on in SUPPIG as IGREASN1 and so on."),
        *place_variables(study, "IG", "Location Used for the Measurement"),
        qualifier("IGMETHOD", "Method of Test or Examination", codelist=published("METHOD", [METHOD])),
        Variable("IGLOBXFL", "Last Observation Before Exposure Flag", "text", "Derived", published("NY", ["Y"]), _LAST,
                 role="Record Qualifier"),
        Variable("IGREPNUM", "Repetition Number", "integer", "Collected", mandatory=True, role="Record Qualifier",
                 comment="replicate of the visits table; counted where that is no number."),
        *timing(study, ("IGDTC", "Date/Time of Collection"), ("IGDY", "Study Day of Visit/Collection/Exam")),
    )  # fmt: skip


def _rows(study: Study, records: Sequence[IgRecord]) -> Iterator[Row]:
    shown: Photograph | None = None
    for record in records:
        if record.photograph is not shown:  # what all records of a photograph share is made once
            shown = record.photograph
            before, names, place, after = _shared(study, shown)
        yield (*before, record.seq, *names, *_result(record), *place, METHOD, *_flag(record), *after)


def _shared(study: Study, one: Photograph) -> tuple[Row, Row, Row, Row]:
    before = (study.about.study_id, "IG", one.subject.usubjid, device_id(one), one.site.label or None)
    after = (one.replicate, *timing_values(study, one))
    return before, (one.name, link_id(one)), place_values(one), after


def _result(record: IgRecord) -> Row:
    """IGTESTCD to IGREASND of a record."""
    test = record.parameter
    if test is None:
        return (*ALL, None, None, None, None, None, None, NOT_DONE, parts(record.reason)[0])
    if record.number is None:
        nothing: Sequence[Value] = (None,) * 5
        return test.code, test.name, test.category, *nothing, record.stat, parts(record.reason)[0]
    unit = test.unit.sdtm or None
    return test.code, test.name, test.category, record.text, unit, record.text, record.number, unit, None, None


def _flag(record: IgRecord) -> Row:
    return ("Y" if record.last_before_exposure else None,)


def _values() -> Iterator[ValueLevel]:
    for test in PARAMETERS:
        whole = test.column.type == "integer"
        for variable in ("IGORRES", "IGSTRESN"):
            yield ValueLevel(
                variable,
                "IGTESTCD",
                test.code,
                "integer" if whole else "float",
                decimals=decimals_of(test),
                method=method_of(test),
            )
