"""SDTM: the findings of photographs in the domain IG, with imaging, devices and how they belong together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from logging import getLogger

from densitometer.datasets.cdisc.dataset import Dataset, Package, Variable
from densitometer.datasets.cdisc.devices import identifiers, properties, warn_of_unused
from densitometer.datasets.cdisc.findings import findings
from densitometer.datasets.cdisc.gathered import gathered
from densitometer.datasets.cdisc.ig import ig_records
from densitometer.datasets.cdisc.imaging import imaging
from densitometer.datasets.cdisc.in_use import in_use
from densitometer.datasets.cdisc.layout import Row
from densitometer.datasets.cdisc.supplement import supplement
from densitometer.datasets.cdisc.terms import is_published, published
from densitometer.study.faults import refuse
from densitometer.study.model import Study
from densitometer.visits.problems import quoted

log = getLogger(__name__)


def files(study: Study) -> Iterator[tuple[str, bytes]]:
    """Write a study as SDTM: Dataset-JSON, XPT and CSV of each domain, and Define-XML.

    Raises
    ------
    StudyError
        When something does not fit SDTM; nothing has been given then.
    """
    from densitometer.datasets.cdisc import forms

    return forms.files(package(study))


def package(study: Study) -> Package:
    """Make the domains.

    Raises
    ------
    StudyError
        When something in the study does not fit SDTM.
    """
    refuse(list(_faults(study)), "the study cannot be written as SDTM")
    _warn(study)
    return gathered("SDTMIG", study, _datasets(study))


def _datasets(study: Study) -> tuple[Dataset, ...]:
    records = ig_records(study)
    ours = (imaging(study), properties(study), in_use(study), findings(study, records), identifiers(study))
    linked = [one for one in ours if one.rows and one.name in ("IG", "DU")]
    return (*ours, relations(study.about.study_id, linked), supplement(study, records))


def relations(study_id: str, linked: Sequence[Dataset]) -> Dataset:
    """Make RELREC: a photograph of PR has many records in each of the data sets given."""
    rows: list[Row] = []
    for one in linked:
        relation = f"PR{one.name}"
        rows.append((study_id, "PR", None, "PRLNKID", None, "ONE", relation))
        rows.append((study_id, one.name, None, f"{one.name}LNKID", None, "MANY", relation))
    return Dataset(
        name="RELREC",
        label="Related Records",
        structure="One record per related data set",
        kind="RELATIONSHIP",
        variables=(
            _identifier("STUDYID", "Study Identifier", mandatory=True),
            _identifier("RDOMAIN", "Related Domain Abbreviation", mandatory=True),
            _identifier("USUBJID", "Unique Subject Identifier"),
            _identifier("IDVAR", "Identifying Variable", mandatory=True),
            _identifier("IDVARVAL", "Identifying Variable Value"),
            Variable("RELTYPE", "Relationship Type", codelist=published("RELTYPE", ["ONE", "MANY"]),
                     mandatory=True, role="Record Qualifier"),
            Variable("RELID", "Relationship Identifier", mandatory=True, role="Record Qualifier"),
        ),
        rows=rows,
        keys=("STUDYID", "RDOMAIN", "IDVAR", "RELID"),
    )  # fmt: skip


def _identifier(name: str, label: str, *, mandatory: bool = False) -> Variable:
    return Variable(name, label, mandatory=mandatory, role="Identifier")


def _faults(study: Study) -> Iterator[str]:
    for visit in study.visits:
        if visit.planned_day == 0:
            planned = f"the study file plans the visit {quoted(visit.label)} for day 0"
            yield f"{planned}; SDTM has none: the reference day is 1, and the day before it -1"
    codes: dict[str, dict[str, str]] = {}
    for one in study.photographs:
        codes.setdefault(one.subject.usubjid, {}).setdefault(one.subject.code, one.name)
    for usubjid, photos in codes.items():
        if len(photos) > 1:
            subjects = ", ".join(f"{quoted(code)} ({photo})" for code, photo in photos.items())
            yield f"the subjects {subjects} have one USUBJID, {quoted(usubjid)}; mend the table of subjects"


def _warn(study: Study) -> None:
    warn_of_unused(study)
    _warn_of_terms(study)
    if study.without_baseline:
        (code, site), lack = next(iter(study.without_baseline.items()))
        place = f"subject {quoted(code)}" + (f", site {quoted(site)}" if site else "")
        told = "%d subjects and sites have no baseline, the first %s: %s"
        log.warning(told, len(study.without_baseline), place, lack.text)


def _warn_of_terms(study: Study) -> None:
    """Tell of terms of the study file that this program does not know as published: perhaps one is misspelt."""
    for one in study.sites:
        facts = one.facts
        for key, term in (("LOC", facts.location), ("LAT", facts.laterality), ("DIR", facts.direction)):
            if term and not is_published(key, term):
                told = "site %s: %s is not among the terms of %s that are known here; Define-XML tells it as your own"
                log.warning(told, quoted(one.label), quoted(term), key)
