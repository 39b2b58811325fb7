"""The domain PR: one record per photograph, measured or not."""

from __future__ import annotations

from densitometer.datasets.cdisc.dataset import Dataset, Variable
from densitometer.datasets.cdisc.layout import (
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
from densitometer.datasets.cdisc.terms import published
from densitometer.study.model import Study

PROCEDURE = "PHOTOGRAPHY"

_OPTIONAL = frozenset({"FOCID", "PRLAT", "PRDIR", "VISITDY", "PRSTDY"})


def imaging(study: Study) -> Dataset:
    """Make the domain PR."""
    counts: dict[str, int] = {}
    rows = []
    for one in study.photographs:
        usubjid = one.subject.usubjid
        counts[usubjid] = seq = counts.get(usubjid, 0) + 1
        whose = (study.about.study_id, "PR", usubjid, device_id(one), one.site.label or None)
        what = (seq, one.name, link_id(one), PROCEDURE, PROCEDURE, *place_values(one))
        rows.append((*whose, *what, *timing_values(study, one)))
    dataset = Dataset(
        name="PR",
        label="Procedures",
        structure="One record per photograph per subject",
        kind="INTERVENTIONS",
        variables=_variables(study),
        rows=rows,
        keys=("STUDYID", "USUBJID", "PRTRT", "PRLNKID"),
        sources=[one.name for one in study.photographs],
    )
    return without_empty(dataset, _OPTIONAL)


def _variables(study: Study) -> tuple[Variable, ...]:
    return (
        *study_and_domain(),
        subject(),
        device(),
        focus(),
        sequence("PRSEQ", "USUBJID"),
        reference("PR"),
        link("PR"),
        Variable("PRTRT", "Reported Name of Procedure", mandatory=True, role="Topic"),
        qualifier("PRDECOD", "Standardized Procedure Name", "Synonym", codelist=published("PROCEDUR", [PROCEDURE])),
        *place_variables(study, "PR", "Location of Procedure"),
        *timing(study, ("PRSTDTC", "Start Date/Time of Procedure"), ("PRSTDY", "Study Day of Start of Procedure")),
    )
