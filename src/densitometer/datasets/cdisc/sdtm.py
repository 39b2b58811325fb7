"""SDTM: the findings of photographs in the domain IG, with imaging, devices and how they belong together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from logging import getLogger

from densitometer.datasets.cdisc.dataset import Dataset, Package, Variable
from densitometer.datasets.cdisc.devices import identifiers, properties, warn_of_unused
from densitometer.datasets.cdisc.facts import facts
from densitometer.datasets.cdisc.findings import findings
from densitometer.datasets.cdisc.ig import ig_records
from densitometer.datasets.cdisc.imaging import imaging
from densitometer.datasets.cdisc.in_use import in_use
from densitometer.datasets.cdisc.layout import Row
from densitometer.datasets.cdisc.supplement import supplement
from densitometer.datasets.cdisc.terms import published
from densitometer.results.made import installed_version
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
    about = study.about
    return Package(
        standard="SDTMIG",
        datasets=_datasets(study),
        study_id=about.study_id,
        name=about.name,
        description=about.description,
        protocol=about.protocol,
        created=study.written_at,
        version=installed_version("densitometer") or "unknown",
        facts=facts(study),
    )


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
    if not study.about.id:
        log.warning("no study file names the study: STUDYID is %s", study.about.study_id)
    warn_of_unused(study)
