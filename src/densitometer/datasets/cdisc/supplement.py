"""The supplement to IG: interval ends, long reasons, flags, hashes and further columns of the visits table."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence

from densitometer.datasets.cdisc.ascii import encoded
from densitometer.datasets.cdisc.dataset import Dataset, Method, ValueLevel, Variable
from densitometer.datasets.cdisc.ig import IgRecord
from densitometer.datasets.cdisc.in_use import stated_columns
from densitometer.datasets.cdisc.layout import Row, link_id, qualifier, subject
from densitometer.datasets.cdisc.long_text import parts
from densitometer.datasets.cdisc.terms import sponsor
from densitometer.dictionary import PHOTO_COLUMNS
from densitometer.results.tables import format_cell
from densitometer.study.faults import refuse
from densitometer.study.model import Photograph, Study
from densitometer.visits.problems import quoted

_COLUMNS = {column.name: column for column in PHOTO_COLUMNS}
_DEVICES = ("device", "camera", "dermoscope")
_LONGEST_LABEL = 40
_TAKEN = ("STUDYID", "DOMAIN", "USUBJID", "SPDEVID", "FOCID", "VISIT", "VISITDY")

_PHOTOGRAPH = (
    ("IGFLAGS", "Reasons to Look Twice at the Numbers", "Derived"),
    ("IGSHA256", "SHA-256 of Photograph File", "Derived"),
    ("IGREPLAB", "Replicate as Labelled", "Collected"),
)
_LOW, _HIGH = ("IGLOW95", "Lower End of 95 % Interval"), ("IGHIGH95", "Upper End of 95 % Interval")
_DENSITY = {
    "IGDETLOW": ("density_detection_low_per_cm2", "Lower End of 95 %, Unsure Detection Only"),
    "IGDETHI": ("density_detection_high_per_cm2", "Upper End of 95 %, Unsure Detection Only"),
    "IGSMPLOW": ("density_sampling_low_per_cm2", "Lower End of 95 %, Choice of Patch Only"),
    "IGSMPHI": ("density_sampling_high_per_cm2", "Upper End of 95 %, Choice of Patch Only"),
}
_INTERVAL = Method(
    "INTERVAL",
    "95 % interval",
    "Of this photograph's number: each hair is real with its confidence and the count errs by a share of itself "
    "(detection), and another patch of the same scalp would give another count (sampling, exact Poisson limits); "
    "the uncertainty of the scale is added in squares. IGLOW95 and IGHIGH95 take all of it.",
)
_TOLD = Method(
    "PHOTOFACT",
    "Facts of a photograph",
    "IGFLAGS: names of what was found, joined by semicolons, from sharpness, light, crowding, field and scale of the "
    "photograph; they change no number. IGSHA256: of the file as it was. IGREASN1 and so on: IGREASND, continued.",
)
_Fact = tuple[str, str, str, str]
"""QNAM, QLABEL, QVAL, QORIG."""


def supplement(study: Study, records: Sequence[IgRecord]) -> Dataset:
    """Make SUPPIG: facts of a photograph point at all its records by IGLNKID, those of a record by IGSEQ.

    Raises
    ------
    StudyError
        When a further column of the visits table has a name that is too long for a label.
    """
    further = _further(study)
    rows, sources, shown = [], [], None
    for record in records:
        one = record.photograph
        whose = (study.about.study_id, "IG", one.subject.usubjid)
        if one is not shown:
            facts = [(*whose, "IGLNKID", link_id(one), *fact, None) for fact in _of_photograph(one, further)]
            rows += facts
            sources += [f"{one.name}, {fact[6]}" for fact in facts]
            shown = one
        for fact in _of_record(record):
            rows.append((*whose, "IGSEQ", str(record.seq), *fact, None))
            sources.append(f"{one.name}, {fact[1]}")
    return Dataset(
        name="SUPPIG",
        label="Supplemental Qualifiers for IG",
        structure="One record per supplemental qualifier per related record",
        kind="RELATIONSHIP",
        variables=_variables(rows),
        rows=rows,
        keys=("STUDYID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM"),
        values=tuple(_values(rows)),
        sources=sources,
    )


def _variables(rows: Iterable[Row]) -> tuple[Variable, ...]:
    names = dict(sorted({(str(row[5]), str(row[6])) for row in rows}))
    return (
        qualifier_of("STUDYID", "Study Identifier"),
        qualifier_of("RDOMAIN", "Related Domain Abbreviation"),
        subject(),
        qualifier_of("IDVAR", "Identifying Variable"),
        qualifier_of("IDVARVAL", "Identifying Variable Value"),
        Variable("QNAM", "Qualifier Variable Name", codelist=sponsor("QNAM", "Supplemental Qualifiers", names.items()),
                 mandatory=True, role="Topic"),
        qualifier("QLABEL", "Qualifier Variable Label", "Synonym", mandatory=True),
        qualifier("QVAL", "Data Value", "Result", mandatory=True),
        qualifier("QORIG", "Origin", codelist=sponsor("QORIG", "Origin", ["Collected", "Derived"]), mandatory=True),
        qualifier("QEVAL", "Evaluator"),
    )  # fmt: skip


def _values(rows: Iterable[Row]) -> Iterator[ValueLevel]:
    """What each qualifier is: ends of intervals are numbers of at most two decimals, all others texts."""
    derived = {str(row[5]): row[8] == "Derived" for row in rows}
    for name in sorted(derived):
        if name in (_LOW[0], _HIGH[0], *_DENSITY):
            yield ValueLevel("QVAL", "QNAM", name, "float", decimals=2, method=_INTERVAL)
        elif derived[name]:
            yield ValueLevel("QVAL", "QNAM", name, "text", method=_TOLD)
        else:
            yield ValueLevel("QVAL", "QNAM", name, "text", "Collected", comment="As it stands in the visits table.")


def qualifier_of(name: str, label: str) -> Variable:
    """Variable that tells to what a qualifier belongs."""
    return Variable(name, label, mandatory=True, role="Identifier")


def _of_photograph(one: Photograph, further: Mapping[str, str]) -> Iterator[_Fact]:
    row = one.row
    label = str(row.get("replicate") or "")
    told = (row.get("flags"), row.get("sha256"), "" if label in ("", str(one.replicate)) else label)
    for (name, title, origin), value in zip(_PHOTOGRAPH, told, strict=True):
        yield from _in_parts(name, title, str(value or ""), origin)
    for column, name in further.items():
        yield from _in_parts(name, column, str(row.get(column) or ""), "Collected")


def _of_record(record: IgRecord) -> Iterator[_Fact]:
    row, test = record.photograph.row, record.parameter
    yield from list(_in_parts("IGREASND", "Reason Not Done", record.reason, "Derived"))[1:]
    if test is None or record.number is None:
        return
    for (name, title), column in ((_LOW, test.low), (_HIGH, test.high)):
        if column and (text := test.text(row, column)):
            yield name, title, text, "Derived"
    for name, (column_name, title) in _DENSITY.items() if test.code == "HAIRDENS" else ():
        if text := format_cell(row.get(column_name), _COLUMNS[column_name]):
            yield name, title, text, "Derived"


def _in_parts(name: str, title: str, text: str, origin: str) -> Iterator[_Fact]:
    """Facts of a text: the second part and those after it have the name and label with 1, 2 and so on."""
    if not text:
        return
    for number, part in enumerate(parts(text)):
        spaced = f" {number}" if number else ""
        yield _numbered(name, number), title[: _LONGEST_LABEL - len(spaced)] + spaced, part, origin


def _numbered(name: str, number: int) -> str:
    """QNAM of a part of a text, from 0."""
    end = str(number) if number else ""
    return name[: 8 - len(end)] + end


def _further(study: Study) -> dict[str, str]:
    """Further columns of the visits table that have no other place, and their QNAM."""
    placed = stated_columns(study)
    called = {name.casefold(): name for name in study.further}
    device = next((called[name] for name in _DEVICES if name in called), "")
    names = [name for name in study.further if name not in placed and name != device]
    advice = "give it a shorter name and run the same 'densitometer measure' command again (nothing is measured twice)"
    long = [name for name in names if len(encoded(name)) > _LONGEST_LABEL]
    what = f"has more than {_LONGEST_LABEL} characters (as XPT spells them), and QLABEL has room for no more"
    refuse([f"the column {quoted(name)} {what}; {advice}" for name in long], "SUPPIG cannot be written")
    taken = set(_TAKEN)
    found = {}
    for name in names:
        most = max(len(parts(str(one.row.get(name) or ""))) for one in study.photographs)
        found[name] = _qnam(name, most, taken)
        taken |= _names(found[name], most)
    return found


def _names(name: str, most: int) -> set[str]:
    """Every QNAM of a column whose longest text has so many parts."""
    return {_numbered(name, number) for number in range(most)}


def _qnam(column: str, most: int, taken: set[str]) -> str:
    """Name like that of a column and of no variable of IG, of at most 7 characters, so that a number can follow.

    Neither it nor a name of the ``most`` parts is among those taken.
    """
    bare = unicodedata.normalize("NFKD", column).encode("ascii", "ignore").decode().upper()
    stem = re.sub("[^A-Z0-9]", "", bare)
    stem = (stem if stem[:1].isalpha() and stem[:2] != "IG" else f"X{stem}")[:7]
    name, number = stem, 1
    while taken & _names(name, most):
        number += 1
        name = f"{stem[: 7 - len(str(number))]}{number}"
    return name
