"""Every column of every table: name, type, unit, meaning and allowed values; headers, schema and docs come from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from densitometer.flags import REGISTRY

ColumnType = Literal["text", "integer", "number"]


@dataclass(frozen=True)
class Column:
    """One column of a table that users and programs rely on: never renamed, only added.

    Attributes
    ----------
    name : str
    type : {"text", "integer", "number"}
    unit : str
        Empty for a text, and "1" for a number without a unit.
    meaning : str
        One sentence or two.
    allowed : tuple of str
        Every value that may stand there; empty where any may.
    several : bool
        True when a cell may hold several of the allowed values, joined by ";".
    low, high : float or None
        Bounds of a number, both included; None where there is none.
    spec : str
        How a number is written in a CSV file, as a format specification of Python.
    """

    name: str
    type: ColumnType
    unit: str
    meaning: str
    allowed: tuple[str, ...] = ()
    several: bool = False
    low: float | None = None
    high: float | None = None
    spec: str = ""


def _text(name: str, meaning: str, *allowed: str, several: bool = False) -> Column:
    return Column(name, "text", "", meaning, allowed, several)


def _count(name: str, meaning: str, unit: str = "1", low: float = 0) -> Column:
    return Column(name, "integer", unit, meaning, low=low, spec="d")


def _number(name: str, unit: str, meaning: str, spec: str = ".2f", high: float | None = None) -> Column:
    return Column(name, "number", unit, meaning, low=0, high=high, spec=spec)


def _coordinate(name: str, meaning: str) -> Column:
    return Column(name, "number", "px", meaning, spec=".2f")


def _flags(of: Literal["photo", "hair"], meaning: str) -> Column:
    return _text("flags", meaning, *(flag.name for flag in REGISTRY if flag.of == of), several=True)


_BY_SHARE = "the density times their share of the widths; empty where the scale is too coarse to tell."
_LOWER, _UPPER = "Lower end of the 95 % interval", "Upper end of the 95 % interval"

PHOTO_COLUMNS: tuple[Column, ...] = (
    _text("photo", "The photograph: its path within the folder given, with forward slashes; the key of every table."),
    _text("sha256", "Hash of the file as it was; empty when the file could not be read at all."),
    _text("status", "Whether the photograph was measured.", "measured", "not_measured"),
    _text("reason", "Why it was not measured; empty when it was."),
    _flags("photo", "Reasons to look twice at the numbers of this photograph."),
    _number("um_per_px", "um/px", "Scale: micrometres that one pixel spans; empty when no scale is known.", ".6g"),
    _number("um_per_px_sd", "um/px", "Standard deviation of um_per_px.", ".3g"),
    _text(
        "scale_source",
        "Where the scale came from: --um-per-px, visits.csv, the printed bar, the file's resolution, or nowhere.",
        *("stated", "visits", "bar", "metadata", "none"),
    ),
    _number("area_cm2", "cm2", "Area of the skin in which hair was counted.", ".5f"),
    _count("hair_count", "Hairs that are sure enough and whose root (where it cannot be told, both ends) lies in the "
           "counted skin."),
    _number("density_per_cm2", "1/cm2", "hair_count by area_cm2."),
    _number("density_low_per_cm2", "1/cm2", f"{_LOWER} from unsure detection, choice of patch and scale."),
    _number("density_high_per_cm2", "1/cm2", f"{_UPPER} from unsure detection, choice of patch and scale."),
    _number("terminal30_per_cm2", "1/cm2", f"Density of hairs of 30 um and wider: {_BY_SHARE}"),
    _number("vellus30_per_cm2", "1/cm2", f"Density of hairs thinner than 30 um: {_BY_SHARE}"),
    _number("terminal40_per_cm2", "1/cm2", f"Density of hairs of 40 um and wider: {_BY_SHARE}"),
    _number("vellus40_per_cm2", "1/cm2", f"Density of hairs thinner than 40 um: {_BY_SHARE}"),
    _number("mean_width_um", "um", "Mean of the widths of the counted hairs that have one, estimated ones included."),
    _number("median_width_um", "um", "Median of the same widths."),
    _number("width_sd_um", "um", "Standard deviation of the same widths, from hair to hair."),
    _number("cumulative_width_mm_per_cm2", "mm/cm2", "Widths of all counted hairs added up, by area; a hair "
            "without a width is taken to be as wide as the mean.", ".3f"),
    _count("unit_count", "Follicular units: groups of counted hairs that share an opening."),
    _number("units_per_cm2", "1/cm2", "unit_count by area_cm2."),
    _number("hairs_per_unit", "1", "Mean number of counted hairs in a follicular unit.", ".3f"),
    _number("single_hair_unit_share", "1", "Share of the follicular units that hold one hair.", ".3f", 1),
    _number("hair_count_low", "1", f"{_LOWER} of the count from unsure detection alone.", ".1f"),
    _number("hair_count_high", "1", f"{_UPPER} of the count from unsure detection alone.", ".1f"),
    _count("crossing_count", "Hairs seen whose root, or the end taken for it, lies outside the counted skin or on its "
           "border: not counted."),
    _count("uncertain_root_count", "Hairs that are not counted and of which it cannot be told which end is the root."),
    _number("density_detection_low_per_cm2", "1/cm2", f"{_LOWER} from unsure detection alone."),
    _number("density_detection_high_per_cm2", "1/cm2", f"{_UPPER} from unsure detection alone."),
    _number("density_sampling_low_per_cm2", "1/cm2", f"{_LOWER} from the choice of patch alone."),
    _number("density_sampling_high_per_cm2", "1/cm2", f"{_UPPER} from the choice of patch alone."),
    _count("measured_width_count", "Counted hairs whose width was measured; estimated ones are left out."),
    _number("mean_length_mm", "mm", "Mean visible length of the counted hairs; a lower bound where hairs leave the "
            "photograph.", ".4f"),
    _count("width_px", "Width of the photograph as displayed.", "px", 1),
    _count("height_px", "Height of the photograph as displayed.", "px", 1),
)  # fmt: skip

VISIT_COLUMNS: tuple[Column, ...] = (
    _text("subject", "Whom the photograph shows, as in visits.csv."),
    _text("site", "Where on the scalp it was taken, as in visits.csv."),
    _text("visit", "The visit at which it was taken, as in visits.csv."),
    _text("visit_date", "Date of the visit as YYYY-MM-DD, as in visits.csv."),
    _text("replicate", "Which of several photographs of one site at one visit, as in visits.csv."),
)

HAIR_COLUMNS: tuple[Column, ...] = (
    _text("photo", "The photograph, as in photos.csv."),
    _count("hair", "Number of the hair in its photograph, from 1.", low=1),
    _coordinate("root_x_px", "Where the shaft leaves the skin, to the right of the centre of the top-left pixel."),
    _coordinate("root_y_px", "Where the shaft leaves the skin, below the centre of the top-left pixel."),
    _coordinate("tip_x_px", "The free end, to the right of the centre of the top-left pixel."),
    _coordinate("tip_y_px", "The free end, below the centre of the top-left pixel."),
    _number("length_mm", "mm", "Visible length along the centre line; empty without a scale.", ".4f"),
    _number(
        "width_um",
        "um",
        "Median diameter along the shaft, or what the network estimates (flag width_estimated); "
        "empty without a scale or where there is neither.",
    ),
    _count("unit", "Number of its follicular unit in the photograph, from 1; empty when it belongs to none.", low=1),
    Column("counted", "integer", "1", "1 when the hair is in hair_count, else 0.", ("0", "1"), spec="d"),
    _number("confidence", "1", "Probability that this is one real hair.", ".3f", 1),
    _flags("hair", "Why it is not counted, or what to bear in mind."),
    _number("root_confidence", "1", "Probability that the root is the root rather than the tip.", ".3f", 1),
    _number("length_px", "px", "Visible length along the centre line."),
    _number(
        "width_px",
        "px",
        "Median diameter along the shaft, or what the network estimates (flag width_estimated); "
        "empty where there is neither.",
    ),
)


def photo_columns(further: Iterable[str] | None = None) -> tuple[Column, ...]:
    """Columns of ``photos.csv``; with the further columns of a visits table (perhaps none), its columns as well."""
    if further is None:
        return PHOTO_COLUMNS
    carried = tuple(_text(name, "Carried over from visits.csv.") for name in further)
    return PHOTO_COLUMNS + VISIT_COLUMNS + carried


_HEAD = """\
# Columns

Written by `densitometer.dictionary.as_markdown()`; a test holds this page equal to it.
Columns are never renamed, only added, at the end of their group.

In the CSV files (UTF-8, comma, RFC 4180 quotes, line ends LF):

- An empty cell means *not measured* or *does not apply*, never zero.
- Numbers have a point and no thousands mark; rounding is as stated below. `results.sqlite` holds them unrounded.
- A text that a spreadsheet could run as a formula (it starts with `=`, `+`, `-`, `@`, a tab or a line break, and is not
  a plain number) has a `'` put before it. In `results.sqlite` it stands as it was.
- Pixel (0, 0) is the centre of the top-left pixel of the photograph as displayed; x runs right, y runs down.
"""


def _rules(column: Column) -> str:
    """Allowed values of a column in words."""
    if column.allowed:
        listed = ", ".join(f"`{value}`" for value in column.allowed)
        return f"any of {listed}, joined by `;`" if column.several else listed
    bounds = [f"{sign} {bound:g}" for sign, bound in (("≥", column.low), ("≤", column.high)) if bound is not None]
    return " and ".join(bounds)


_ROUNDING = {".6g": "6 significant digits", ".3g": "3 significant digits", ".1f": "1 decimal", "d": "", "": ""}


def _rounding(spec: str) -> str:
    return _ROUNDING[spec] if spec in _ROUNDING else f"{spec[1:-1]} decimals"


def _flag_table(of: Literal["photo", "hair"]) -> str:
    lines = ["| flag | what was found | what to do |", "|---|---|---|"]
    lines += [f"| `{flag.name}` | {flag.meaning} | {flag.advice} |" for flag in REGISTRY if flag.of == of]
    return "\n".join(lines)


def _table(columns: Iterable[Column]) -> str:
    lines = ["| column | type | unit | meaning | allowed | written with |", "|---|---|---|---|---|---|"]
    lines += [
        f"| `{c.name}` | {c.type} | {c.unit} | {c.meaning} | {_rules(c)} | {_rounding(c.spec)} |" for c in columns
    ]
    return "\n".join(lines)


def as_markdown() -> str:
    """All columns, and what each flag means, as the page ``docs/columns.md``."""
    parts = [
        _HEAD,
        "## photos.csv: one row a photograph\n\n" + _table(PHOTO_COLUMNS) + "\n",
        "With `--visits`, these follow, and after them every further column of visits.csv under its own name:\n\n"
        + _table(VISIT_COLUMNS) + "\n",
        "## hairs.csv: one row a hair\n\n" + _table(HAIR_COLUMNS) + "\n",
        "## Flags of photographs\n\n" + _flag_table("photo") + "\n",
        "## Flags of hairs\n\n" + _flag_table("hair") + "\n",
    ]  # fmt: skip
    return "\n".join(parts)
