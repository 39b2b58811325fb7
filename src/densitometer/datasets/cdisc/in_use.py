"""The domain DU: with which scale, size and optics each photograph was taken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from densitometer.datasets.cdisc.dataset import Dataset, Value, Variable
from densitometer.datasets.cdisc.layout import (
    Row,
    device,
    device_id,
    focus,
    link,
    link_id,
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
from densitometer.dictionary import PHOTO_COLUMNS
from densitometer.results.tables import format_cell
from densitometer.study.model import Photograph, Study

_OPTIONAL = frozenset({"FOCID", "VISITDY", "DUDY"})
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]\d+)?", re.ASCII)
_COLUMNS = {column.name: column for column in PHOTO_COLUMNS}


@dataclass(frozen=True)
class Setting:
    """A test of DU: from a column of ``photos.csv``, or from one of these of the visits table."""

    code: str
    name: str
    columns: tuple[str, ...]
    unit: str = ""


MEASURED = (
    Setting("UMPERPX", "Scale of Photograph", ("um_per_px",), "um/PIXEL"),
    Setting("UMPXSD", "Scale of Photograph, Standard Deviation", ("um_per_px_sd",), "um/PIXEL"),
    Setting("SCALESRC", "Source of Scale", ("scale_source",)),
    Setting("WIDTHPX", "Width of Photograph", ("width_px",), "PIXEL"),
    Setting("HEIGHTPX", "Height of Photograph", ("height_px",), "PIXEL"),
)
STATED = (
    Setting("MAGNIF", "Magnification", ("magnification",)),
    Setting("POLAR", "Polarization", ("polarization", "polarisation", "polarized", "polarised")),
    Setting("LIGHT", "Light", ("light", "lighting", "illumination")),
    Setting("LENS", "Lens", ("lens", "objective")),
    Setting("ZOOM", "Zoom", ("zoom",)),
    Setting("IMMERS", "Immersion", ("immersion",)),
    Setting("CONTACT", "Contact with Skin", ("contact",)),
    Setting("EXPOSURE", "Exposure", ("exposure", "exposure_time")),
    Setting("ISO", "ISO Speed", ("iso",)),
    Setting("APERTURE", "Aperture", ("aperture",)),
    Setting("WHITEBAL", "White Balance", ("white_balance", "white balance")),
)


def stated_columns(study: Study) -> dict[str, Setting]:
    """Further columns of the visits table that tell of the device in use; of two that tell the same, the first."""
    taken: dict[Setting, str] = {}
    for name in study.further:
        for setting in STATED:
            if name.casefold() in setting.columns:
                taken.setdefault(setting, name)
    return {name: setting for setting, name in taken.items()}


def in_use(study: Study) -> Dataset:
    """Make the domain DU: a record for every setting of a photograph that is known."""
    stated = stated_columns(study)
    rows, sources, counts = [], [], dict[str, int]()
    for one in study.photographs:
        usubjid = one.subject.usubjid
        whose = (study.about.study_id, "DU", usubjid, device_id(one), one.site.label or None)
        for setting, text in _settings(one, stated):
            counts[usubjid] = seq = counts.get(usubjid, 0) + 1
            result = _result(setting, text)
            rows.append((*whose, seq, one.name, link_id(one), *result, *timing_values(study, one)))
            sources.append(one.name)
    dataset = Dataset(
        name="DU",
        label="Device In-Use",
        structure="One record per setting per photograph per device per subject",
        kind="FINDINGS",
        variables=_variables(study, (*MEASURED, *(one for one in STATED if one in stated.values()))),
        rows=rows,
        keys=("STUDYID", "USUBJID", "DULNKID", "DUTESTCD"),
        sources=sources,
    )
    return without_empty(dataset, _OPTIONAL)


def _settings(one: Photograph, stated: dict[str, Setting]) -> Iterator[tuple[Setting, str]]:
    for setting in MEASURED:
        name = setting.columns[0]
        if text := format_cell(one.row.get(name), _COLUMNS[name]):
            yield setting, text
    for name, setting in stated.items():
        if text := str(one.row.get(name) or ""):
            yield setting, text


def _result(setting: Setting, text: str) -> Row:
    unit: Value = setting.unit or None
    number = float(text) if _NUMBER.fullmatch(text) else None
    return setting.code, setting.name, text, unit, text, number, unit


def _variables(study: Study, settings: tuple[Setting, ...]) -> tuple[Variable, ...]:
    units = published("UNIT", (one.unit for one in settings), of="DU")
    comment = "UMPERPX to HEIGHTPX are those of photos.csv; all others are columns of the visits table, as they stand."
    return (
        *study_and_domain(),
        subject(),
        device(),
        focus(),
        sequence("DUSEQ", "USUBJID"),
        reference("DU"),
        link("DU"),
        Variable("DUTESTCD", "Device-In-Use Property Short Name", mandatory=True, role="Topic",
                 codelist=published("DUTESTCD", ((one.code, one.name) for one in settings))),
        qualifier("DUTEST", "Device-In-Use Property Test Name", "Synonym", mandatory=True,
                  codelist=published("DUTEST", (one.name for one in settings))),
        qualifier("DUORRES", "Result or Finding in Original Units", "Result", origin="Collected", comment=comment),
        qualifier("DUORRESU", "Original Units", "Variable", codelist=units),
        qualifier("DUSTRESC", "Character Result/Finding in Std Format", "Result", comment="Equal to DUORRES."),
        Variable("DUSTRESN", "Numeric Result/Finding in Standard Units", "float", role="Result Qualifier",
                 comment="DUSTRESC as a number, where it is one."),
        qualifier("DUSTRESU", "Standard Units", "Variable", codelist=units),
        *timing(study, ("DUDTC", "Date/Time of Collection"), ("DUDY", "Study Day of Visit/Collection/Exam")),
    )  # fmt: skip
