"""Variables that SDTM domains have in common, and data sets without the permissible variables that stay empty."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from operator import itemgetter

from densitometer.datasets.cdisc.dataset import Codelist, Dataset, Method, Origin, Value, Variable
from densitometer.datasets.cdisc.terms import published, sponsor
from densitometer.study.model import Photograph, Study

Row = tuple[Value, ...]

_PLANNED = "From the study file."

DAY = Method(
    "STUDYDAY",
    "Study day",
    "Date less reference start date (RFSTDTC), plus 1 on or after that date: there is no day 0. The reference is the "
    "date that the table of subjects states (RFSTDTC, else that of first treatment), else the first date of the "
    "subject's baseline. Empty where either date is not wholly known.",
)


def identifier(name: str, label: str, comment: str = "", *, mandatory: bool = True) -> Variable:
    """Variable that tells of whom or what a row is, in characters."""
    return Variable(name, label, comment=comment, mandatory=mandatory, role="Identifier")


def qualifier(
    name: str,
    label: str,
    kind: str = "Record",
    *,
    codelist: Codelist | None = None,
    origin: Origin = "Assigned",
    comment: str = "",
    mandatory: bool = False,
) -> Variable:
    """Variable of characters that says more of a row: ``kind`` is that of its role."""
    role = f"{kind} Qualifier"
    return Variable(name, label, origin=origin, codelist=codelist, comment=comment, mandatory=mandatory, role=role)


def study_and_domain() -> tuple[Variable, Variable]:
    """STUDYID and DOMAIN."""
    study = identifier("STUDYID", "Study Identifier", "From the study file; STUDY where it names none.")
    return study, identifier("DOMAIN", "Domain Abbreviation")


def subject() -> Variable:
    """USUBJID."""
    comment = "STUDYID, a hyphen and the subject of the visits table, unless the table of subjects states another."
    return identifier("USUBJID", "Unique Subject Identifier", comment)


def device() -> Variable:
    """SPDEVID."""
    comment = "Column device, camera or dermoscope of the visits table; UNSPECIFIED where it does not say."
    return identifier("SPDEVID", "Sponsor Device Identifier", comment)


def device_id(one: Photograph) -> str:
    """Value of SPDEVID of a photograph."""
    return one.device or "UNSPECIFIED"


def focus() -> Variable:
    """FOCID."""
    return identifier("FOCID", "Focus of Study-Specific Interest", "Site, as in the visits table.", mandatory=False)


def sequence(name: str, within: str) -> Variable:
    """Number of a row: ``within`` says among which."""
    method = Method(name, "Sequence number", f"Number of the record, from 1, within {within}.")
    return Variable(name, "Sequence Number", "integer", "Derived", None, method, mandatory=True, role="Identifier")


def link(prefix: str) -> Variable:
    """Link to all other records of one photograph."""
    comment = "IMG- and the number of the photograph in the study: one value for all records of one photograph."
    return identifier(f"{prefix}LNKID", "Link ID", comment)


def reference(prefix: str) -> Variable:
    """Name of the photograph."""
    return identifier(f"{prefix}REFID", "Reference ID", "The photograph: its path within the folder measured.")


def timing(study: Study, date: tuple[str, str], day: tuple[str, str]) -> tuple[Variable, ...]:
    """VISITNUM, VISIT, VISITDY, and the date and the study day, of which names and labels are given."""
    numbers = [whole(visit.number) for visit in study.visits]
    meanings = [(f"{number}", visit.label) for number, visit in zip(numbers, study.visits, strict=True)]
    return (
        Variable(
            "VISITNUM",
            "Visit Number",
            "integer" if all(isinstance(number, int) for number in numbers) else "float",
            codelist=sponsor("VISITNUM", "Visits", meanings, numeric=True),
            comment="From the study file; else counted in the order that labels or dates tell.",
            mandatory=True,
            role="Timing",
        ),
        Variable("VISIT", "Visit Name", origin="Collected", comment="As in the visits table.", role="Timing"),
        Variable("VISITDY", "Planned Study Day of Visit", "integer", "Protocol", comment=_PLANNED, role="Timing"),
        Variable(*date, "date", "Collected", comment="visit_date of the visits table.", role="Timing"),
        Variable(*day, "integer", "Derived", method=DAY, role="Timing"),
    )


def timing_values(study: Study, one: Photograph) -> Row:
    """Values of ``timing`` of a photograph."""
    if one.visit is None:
        return None, None, None, one.date or None, study.day(one)
    return whole(one.visit.number), one.visit.label, one.visit.planned_day, one.date or None, study.day(one)


def whole(number: float) -> int | float:
    """Return a whole number as an integer, any other as it is."""
    return int(number) if number == int(number) else number


def link_id(one: Photograph) -> str:
    """Value of --LNKID: one for each photograph."""
    return f"IMG-{one.number:06d}"


def place_values(one: Photograph) -> Row:
    """Location, laterality and direction of a photograph's site."""
    facts = one.site.facts
    return facts.location, facts.laterality, facts.direction


def place_variables(study: Study, prefix: str, label: str) -> tuple[Variable, ...]:
    """--LOC, whose label is given, --LAT and --DIR."""
    facts = [site.facts for site in study.sites]
    comment = "From the study file; else SCALP, and what words of the site's label tell."
    return (
        qualifier(f"{prefix}LOC", label, codelist=published("LOC", [one.location for one in facts]), comment=comment),
        qualifier(f"{prefix}LAT", "Laterality", codelist=published("LAT", [one.laterality for one in facts])),
        qualifier(f"{prefix}DIR", "Directionality", codelist=published("DIR", [one.direction for one in facts])),
    )


def without_empty(dataset: Dataset, optional: Collection[str]) -> Dataset:
    """Take out those of the variables named (all permissible) that no row has a value of.

    Parameters
    ----------
    dataset : Dataset
        With at least two variables that are not optional.
    optional : collection of str
    """
    rows = dataset.rows
    kept = [
        place
        for place, variable in enumerate(dataset.variables)
        if variable.name not in optional or any(row[place] is not None for row in rows)
    ]
    if len(kept) == len(dataset.variables):
        return dataset
    variables = tuple(dataset.variables[place] for place in kept)
    names = {variable.name for variable in variables}
    keys = tuple(key for key in dataset.keys if key in names)
    return replace(dataset, variables=variables, rows=list(map(itemgetter(*kept), rows)), keys=keys)
