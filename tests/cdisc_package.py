"""Small packages of data sets that hold what is hard to write, and their files read by others."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from densitometer.datasets.cdisc.dataset import (
    Codelist,
    Dataset,
    Method,
    Package,
    Term,
    Value,
    ValueLevel,
    Variable,
)
from densitometer.datasets.cdisc.forms import files

LONG = "x" * 200
TESTS = Codelist(
    "IGTESTCD",
    "Integumentary System Test Code",
    (Term("HAIRDENS", "Hair Density"), Term("HAIRCNT", "Hair Count"), Term("SKINTYP", "Skin Type", "C170447")),
    "C170445",
)
YES = Codelist("NY", "No Yes Response", (Term("Y", code="C49488"), Term("N", code="C49487")), "C66742")
ROUND = Codelist("ROUND", "Rounds of the study", (Term("1", "First"), Term("2", "Second")), numeric=True)
COUNTED = Method(
    "COUNTED", "Hairs counted", "A hair counts if, and only if, its root lies in the field: 0 < n & n <= all."
)

VARIABLES = (
    Variable("STUDYID", "Study Identifier", mandatory=True, role="Identifier"),
    Variable("USUBJID", "Unique Subject Identifier", mandatory=True, role="Identifier"),
    Variable("IGSEQ", "Sequence Number", "integer", "Derived", mandatory=True, role="Identifier"),
    Variable("IGREFID", "Reference ID", comment="Name of the photograph.", role="Identifier"),
    Variable("IGTESTCD", "Test Short Name", codelist=TESTS, mandatory=True, role="Topic"),
    Variable("IGORRES", "Result in Original Units", origin="Derived", method=COUNTED, role="Result Qualifier"),
    Variable("IGSTRESN", "Numeric Result in Standard Units", "float", "Derived", role="Result Qualifier"),
    Variable("IGLOBXFL", "Last Observation Before Exposure Flag", codelist=YES, role="Record Qualifier"),
    Variable("ROUNDN", "Round", "integer", codelist=ROUND),
    Variable("IGDTC", "Date/Time of Finding", "datetime", "Collected", role="Timing"),
    Variable("VISITDTC", "Date/Time of Visit", "date", "Collected"),
    Variable("ADT", "Analysis Date", "numeric date", "Predecessor", comment="IG.IGDTC"),
    Variable("NOTE", "Note"),
    Variable("LOWEST", "Lowest, Never Measured", "float"),
)
ROWS: tuple[tuple[Value, ...], ...] = (
    ("S1", "S1-01", 1, "müller/1 %41.jpg", "HAIRDENS", "123.4", 123.4, "Y", 1, "2026-01-02", "2026-01-02", 24108,
     LONG, None),
    ("S1", "S1-01", 2, "müller/1 %41.jpg", "HAIRCNT", "0", 0.0, None, 2, "2026-01", "2026-01-03", None, "", None),
    ("S1", "S1-02", 1, 'a,"b";\\c.jpg', "HAIRDENS", "-17.25", -17.25, "N", 1, "2026", "1959-12-31", -1, "=1+1", None),
    ("S1", "S1-02", 2, "日本語/写真😀.jpg", "HAIRDENS", "0.000000001", 1e-9, None, None, None, None, 0, " lead", None),
    ("S1", "S1-02", 3, "100%", "HAIRCNT", None, None, None, None, "2026-01-02T03:04", None, None, None, None),
    ("S1", "S1-02", 4, "𝄞", "HAIRCNT", "9007199254740992", 2.0**53, None, None, None, None, None, "'", None),
    ("S1", "S1-02", 5, "-", "HAIRDENS", "0.1", 0.1, None, None, None, None, None, "NULL", None),
    ("S1", "S1-02", 6, "+", "HAIRDENS", "33.333333333333336", 100 / 3, None, None, None, None, None, "NA", None),
    ("S1", "S1-02", 7, ".", "HAIRDENS", "-0", -0.0, None, None, None, None, None, "<a> & 'b'", None),
)  # fmt: skip
LEVELS = (
    ValueLevel("IGSTRESN", "IGTESTCD", "HAIRDENS", "float", decimals=2, method=COUNTED, comment="Hairs a cm2."),
    ValueLevel("IGSTRESN", "IGTESTCD", "HAIRCNT", "integer"),
    ValueLevel("IGSTRESN", "IGTESTCD", "SKINTYP", "integer"),
    ValueLevel("IGORRES", "IGTESTCD", "HAIRDENS", "float", decimals=2),
)
IG = Dataset(
    "IG",
    "Integumentary System Findings",
    "One record per test per photograph per subject",
    "FINDINGS",
    VARIABLES,
    ROWS,
    ("STUDYID", "USUBJID", "IGSEQ"),
    LEVELS,
    tuple(str(row[3]) for row in ROWS),
)
DI = Dataset(
    "DI",
    "Device Identifiers",
    "One record per device",
    "STUDY REFERENCE",
    (Variable("STUDYID", "Study Identifier", mandatory=True), Variable("SPDEVID", "Device", mandatory=True)),
    (("S1", "UNSPECIFIED"),),
    ("STUDYID", "SPDEVID"),
    reference=True,
)
NOTHING = replace(DI, name="DO", rows=())
SUPPIG = replace(
    DI, name="SUPPIG", label="Supplemental Qualifiers for IG", kind="RELATIONSHIP", reference=False, rows=(("S1", "ß"),)
)


def package(*datasets: Dataset) -> Package:
    """A package of SDTM with these data sets."""
    return Package(
        "SDTMIG",
        datasets or (IG, DI, NOTHING, SUPPIG),
        "Süd 1",
        "Haar & Haut",
        "Photographs <of> hair",
        "P-1",
        "2026-01-02T03:04:05Z",
        "0.1.0",
        {"Counting rule": "A hair counts if its root lies in the field.", "Terminal": "Width >= 30 µm."},
    )


def rows_of(*rows: Sequence[Value], base: Dataset = IG) -> Dataset:
    """The same data set with other rows, and the photographs that they name."""
    sources = tuple(f"photo {number}.jpg" for number in range(1, len(rows) + 1))
    return replace(base, rows=tuple(tuple(row) for row in rows), sources=sources)


def changed(row: int, **values: Value) -> Dataset:
    """The data set with other values in one of its rows."""
    names = [one.name for one in VARIABLES]
    cells = tuple(values.get(name, old) for name, old in zip(names, ROWS[row], strict=True))
    return rows_of(*ROWS[:row], cells, *ROWS[row + 1 :])


def written(given: Package, folder: Path) -> Path:
    """Write the files of a package into a folder."""
    for name, data in files(given):
        (folder / name).write_bytes(data)
    return folder


def by_pyreadstat(path: Path) -> tuple[list[list[Any]], Any]:
    """Rows of an XPT file and what it says of itself, as pyreadstat reads it."""
    import pyreadstat

    frame, about = pyreadstat.read_xport(path, disable_datetime_conversion=True)
    return frame.astype(object).where(frame.notna(), None).to_numpy().tolist(), about


def by_pandas(data: bytes) -> list[list[Any]]:
    """Rows of an XPT file by pandas, which takes IBM's 0 for the smallest number above it; an empty text is None."""
    import pandas

    frame = pandas.read_sas(io.BytesIO(data), format="xport", encoding="ascii").astype(object)
    rows = frame.where(frame.notna(), None).to_numpy().tolist()
    return [[0.0 if cell == 16.0**-65 else None if cell == "" else cell for cell in row] for row in rows]
