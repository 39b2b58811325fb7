"""What is measured on a photograph, under the names and codes by which trial data sets know it.

SDTM controlled terminology has no test of hair, so that test codes and names are the sponsor's own; units are those of
its codelist UNIT where it has them (2025-03-28), and in UCUM for systems that ask for that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from densitometer.dictionary import PHOTO_COLUMNS, Column
from densitometer.results.rows import Cell
from densitometer.results.tables import format_cell


@dataclass(frozen=True)
class Unit:
    """A unit as each standard spells it.

    Attributes
    ----------
    sdtm : str
        Submission value; empty for a number without a unit.
    ucum : str
    code : str
        NCI code of the codelist UNIT; empty where the unit is the sponsor's extension, or none.
    """

    sdtm: str
    ucum: str
    code: str = ""


_NONE = Unit("", "1")
_UNITS = {
    "1": _NONE,
    "1/cm2": Unit("/cm2", "/cm2"),
    "um": Unit("um", "um", "C48510"),
    "mm": Unit("mm", "mm", "C28251"),
    "mm/cm2": Unit("mm/cm2", "mm/cm2"),
    "cm2": Unit("cm2", "cm2", "C48460"),
}
_PERCENT = Unit("%", "%", "C25613")


@dataclass(frozen=True)
class Parameter:
    """One number that is measured on every photograph.

    Attributes
    ----------
    column : Column
        Of ``photos.csv``.
    code : str
        Test code, at most 8 characters.
    stem : str
        At most 6 characters, for codes that end in the number of a site.
    name : str
        Test name, at most 40 characters.
    category : str
    unit : Unit
    low, high : Column or None
        Ends of its 95 % interval.
    percent : bool
        True for a share that data sets give in per cent.
    """

    column: Column
    code: str
    stem: str
    name: str
    category: str
    unit: Unit
    low: Column | None = None
    high: Column | None = None
    percent: bool = False

    def text(self, row: Mapping[str, Cell], column: Column | None = None) -> str:
        """Write the number of a row as ``photos.csv`` does, or in per cent; empty where it was not measured."""
        column = column or self.column
        text = format_cell(row.get(column.name), column)
        return in_percent(text) if text and self.percent else text

    def number(self, row: Mapping[str, Cell], column: Column | None = None) -> float | None:
        """Return the number as it is written; None where it was not measured."""
        text = self.text(row, column)
        return float(text) if text else None


def in_percent(text: str) -> str:
    """Write a share in per cent, with as many digits as were measured."""
    return f"{Decimal(text).scaleb(2):f}"


_COLUMNS = {column.name: column for column in PHOTO_COLUMNS}


def _parameter(
    column: str,
    code: str,
    stem: str,
    name: str,
    category: str,
    interval: tuple[str, str] | None = None,
    *,
    percent: bool = False,
) -> Parameter:
    low, high = (_COLUMNS[end] for end in interval) if interval else (None, None)
    unit = _PERCENT if percent else _UNITS[_COLUMNS[column].unit]
    return Parameter(_COLUMNS[column], code, stem, name, category, unit, low, high, percent)


_COUNT, _DENSITY, _WIDTH, _UNIT, _SKIN, _AREA = (
    *("HAIR COUNT", "HAIR DENSITY", "HAIR WIDTH", "FOLLICULAR UNITS", "SKIN", "AREA OF INTEREST"),
)

PARAMETERS: tuple[Parameter, ...] = (
    _parameter("hair_count", "HAIRCNT", "HCNT", "Hair Count", _COUNT, ("hair_count_low", "hair_count_high")),
    _parameter("density_per_cm2", "HAIRDENS", "HDENS", "Hair Density", _DENSITY,
               ("density_low_per_cm2", "density_high_per_cm2")),
    _parameter("terminal30_per_cm2", "TERMD30", "TRMD30", "Terminal Hair Density, Width >= 30 um", _DENSITY),
    _parameter("vellus30_per_cm2", "VELLD30", "VELD30", "Vellus Hair Density, Width < 30 um", _DENSITY),
    _parameter("terminal40_per_cm2", "TERMD40", "TRMD40", "Terminal Hair Density, Width >= 40 um", _DENSITY),
    _parameter("vellus40_per_cm2", "VELLD40", "VELD40", "Vellus Hair Density, Width < 40 um", _DENSITY),
    _parameter("mean_width_um", "HAIRWID", "HWID", "Hair Width, Mean", _WIDTH),
    _parameter("median_width_um", "HAIRWIDM", "HWIDM", "Hair Width, Median", _WIDTH),
    _parameter("width_sd_um", "HAIRWSD", "HWSD", "Hair Width, Standard Deviation", _WIDTH),
    _parameter("cumulative_width_mm_per_cm2", "CUMWID", "CUMWID", "Cumulative Hair Width", _WIDTH),
    _parameter("mean_length_mm", "HAIRLEN", "HLEN", "Visible Hair Length, Mean", "HAIR LENGTH"),
    _parameter("unit_count", "FUCNT", "FUCNT", "Follicular Unit Count", _UNIT),
    _parameter("units_per_cm2", "FUDENS", "FUDENS", "Follicular Unit Density", _UNIT),
    _parameter("hairs_per_unit", "HPERFU", "HPERFU", "Hairs per Follicular Unit, Mean", _UNIT),
    _parameter("single_hair_unit_share", "SGLFUPCT", "SGLFU", "Follicular Units with One Hair", _UNIT, percent=True),
    _parameter("redness_a", "SKINA", "SKINA", "Skin Redness, CIELAB a*", _SKIN),
    _parameter("flaking_share", "SCALEPCT", "SCALE", "Skin Covered by White Scale", _SKIN, percent=True),
    _parameter("skin_area_cm2", "SKINAREA", "SKAREA", "Skin Area without Hair, Judged", _SKIN),
    _parameter("area_cm2", "AOIAREA", "AOI", "Area in Which Hair Was Counted", _AREA),
    _parameter("crossing_count", "HAIROUT", "HOUT", "Hairs Seen with Root Outside Area", _COUNT),
    _parameter("uncertain_root_count", "HAIRUNC", "HUNC", "Hairs Not Counted, Root End Unknown", _COUNT),
    _parameter("measured_width_count", "HAIRWCNT", "HWCNT", "Hairs with Measured Width", _COUNT),
)  # fmt: skip

_CLASSES = frozenset({"TERMD30", "VELLD30", "TERMD40", "VELLD40"})
_SCALED = frozenset({"unit_count", "hairs_per_unit", "single_hair_unit_share", "measured_width_count"})
"""Numbers without a unit that take a scale all the same: units are hairs within some micrometres, as widths are."""


def why_empty(parameter: Parameter, row: Mapping[str, Cell]) -> str:
    """Why a photograph that was measured has no number of this parameter, in capitals as SDTM gives reasons."""
    flags = str(row.get("flags") or "").split(";")
    if row.get("um_per_px") is None and (parameter.column.unit != "1" or parameter.column.name in _SCALED):
        return "NO SCALE"
    if parameter.code in _CLASSES and "coarse_scale" in flags:
        return "SCALE TOO COARSE TO TELL TERMINAL FROM VELLUS"
    if not row.get("hair_count") and parameter.category != _SKIN:
        return "NO HAIR FOUND"
    return "TOO LITTLE SEEN TO JUDGE"
