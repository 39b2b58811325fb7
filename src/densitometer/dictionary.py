"""Every column of every table: name, type, unit, meaning and allowed values; headers, schema and docs come from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from densitometer.flags import REGISTRY, FlagOf

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


def _signed(name: str, unit: str, meaning: str, spec: str = ".2f") -> Column:
    return Column(name, "number", unit, meaning, spec=spec)


def _yes_no(name: str, meaning: str) -> Column:
    return Column(name, "integer", "1", meaning, ("0", "1"), spec="d")


def _coordinate(name: str, meaning: str) -> Column:
    return Column(name, "number", "px", meaning, spec=".2f")


def _flags(of: FlagOf, meaning: str) -> Column:
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
    Column("redness_a", "number", "1", "Redness: median CIELAB a* (D65) of the countable skin without hair and white "
           "scale. To be compared only between photographs of one device with the same settings: light and white "
           "balance change it as well.", spec=".2f"),
    _number("flaking_share", "1", "Share of the countable skin without hair that is clearly lighter and paler than the "
            "skin around: white scale. A lower bound and exploratory; strong glare adds to it.", ".4f", 1),
    _number("skin_area_cm2", "cm2", "Area of the countable skin without hair on which redness_a and flaking_share were "
            "judged; both are empty where too little is seen.", ".5f"),
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
    _yes_no("counted", "1 when the hair is in hair_count, else 0."),
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

_FATES = ("persisting", "lost", "gained", "ambiguous")
_VERDICTS = ("increase", "decrease", "within_error", "not_comparable")

_HAIRS_IN_COMMON = (
    _count("persisting", "Hairs of the common field that are there in both photographs."),
    _count("lost", "Hairs of the baseline that are gone at the follow-up."),
    _count("gained", "Hairs of the follow-up that were not there at the baseline."),
    _count("ambiguous", "Hairs of which it cannot be told whether they stayed: seen in one photograph and perhaps "
           "missed in the other, or matched too poorly to be believed."),
    _number("baseline_per_cm2", "1/cm2", "Density on the common field at the baseline, from both photographs: a hair "
            "that was missed and judged to be there counts."),
    _number("followup_per_cm2", "1/cm2", "The same at the follow-up."),
    _signed("change_per_cm2", "1/cm2", "followup_per_cm2 less baseline_per_cm2: hairs gained less hairs lost, by "
            "overlap_cm2."),
)  # fmt: skip
_COMPARABLE = (
    _yes_no("comparable", "1 when the photographs could be laid on one another, else 0; then every number is empty."),
    _text("reason", "Why they could not be compared, and what to do; empty where they could."),
    _number("overlap_cm2", "cm2", "The common field: skin that is countable in both photographs, as large as it is at "
            "the baseline.", ".5f"),
    _number("alignment_rms_um", "um", "Root mean square distance of the matched roots, one photograph laid on the "
            "other."),
)  # fmt: skip
_PLAIN = _signed("plain_change_per_cm2", "1/cm2", "Density of the later photograph less that of the earlier, each on "
                 "its whole field: what counting twice and subtracting would say.")  # fmt: skip

CHANGE_COLUMNS: tuple[Column, ...] = (
    _text("subject", "Whom the photographs show, as in visits.csv."),
    _text("site", "Where on the scalp they were taken, as in visits.csv."),
    _text("baseline_photo", "The earlier photograph, as in photos.csv."),
    _text("followup_photo", "The later photograph, as in photos.csv."),
    *_COMPARABLE,
    *_HAIRS_IN_COMMON,
    _signed("change_low_per_cm2", "1/cm2", f"{_LOWER} of change_per_cm2."),
    _signed("change_high_per_cm2", "1/cm2", f"{_UPPER} of change_per_cm2."),
    _signed("change_percent", "%", "change_per_cm2 in per cent of baseline_per_cm2."),
    _number("mdc95_per_cm2", "1/cm2", "The smallest change that one subject's measurement error does not explain, at "
            "95 %; where it comes from says mdc95_source."),
    _text("verdict", "What may be said of this subject's change; within_error does not mean that there is none.",
          *_VERDICTS),
    _signed("width_change_um", "um", "Mean change of the widths of persisting hairs, each compared with itself; "
            "outliers are left out."),
    _signed("width_change_low_um", "um", f"{_LOWER} of width_change_um."),
    _signed("width_change_high_um", "um", f"{_UPPER} of width_change_um."),
    _count("width_pairs", "Persisting hairs whose width was measured in both photographs."),
    _text("against", "What the later photograph is compared with: the first visit or, where that is another, the one "
          "before.", "baseline", "previous"),
    _text("baseline_visit", "The visit of the earlier photograph, as in visits.csv."),
    _text("followup_visit", "The visit of the later photograph, as in visits.csv."),
    _text("baseline_date", "Date of the earlier visit as YYYY-MM-DD, as in visits.csv."),
    _text("followup_date", "Date of the later visit as YYYY-MM-DD, as in visits.csv."),
    _text("replicate", "Which of several photographs of the later visit, as in visits.csv."),
    _flags("change", "Reasons to look twice at this comparison."),
    _text("mdc95_source", "Where mdc95_per_cm2 comes from: the study's own replicate photographs, or the validated "
          "repeatability that the documentation states.", "replicates", "validated"),
    _PLAIN,
    _signed("hairs_per_unit_change", "1", "Change of the mean number of hairs in a follicular unit.", ".3f"),
    _count("units_grown", "Follicular units with more hairs than at the baseline."),
    _count("units_shrunk", "Follicular units with fewer hairs than at the baseline."),
    _signed("redness_change", "1", "Change of the redness of hair-free skin, CIELAB a*; only of use with the same "
            "device and settings."),
    _signed("flaking_change", "1", "Change of the share of skin that is covered by flakes.", ".4f"),
    _signed("turn_deg", "deg", "By how much the later photograph is turned, anticlockwise as seen."),
    _number("scale_ratio", "1", "Scale of the skin in the later photograph over that in the earlier; 1 where both "
            "calibrations are right.", ".4f"),
    _count("matched_roots", "Roots by which the photographs were laid on one another."),
    _signed("alignment_log_odds", "1", "Evidence that both show one place of one scalp rather than agree by chance, "
            "natural logarithm.", ".1f"),
)  # fmt: skip

MATCH_COLUMNS: tuple[Column, ...] = (
    _text("baseline_photo", "The earlier photograph, as in photos.csv."),
    _text("followup_photo", "The later photograph, as in photos.csv."),
    _count("baseline_hair", "Its number in the earlier photograph, as in hairs.csv; empty where not found.", low=1),
    _count("followup_hair", "Its number in the later photograph, as in hairs.csv; empty where not found.", low=1),
    _text("fate", "What became of the hair.", *_FATES),
    _number("probability", "1", "That the fate is true; of an ambiguous hair, that it is really lost or gained.",
            ".3f", 1),
    _signed("width_change_um", "um", "Later width less earlier; empty but for persisting hairs measured twice."),
    _coordinate("baseline_x_px", "Its root in the earlier photograph, to the right of the centre of the top-left "
                "pixel; where it was not found, where it would lie."),
    _coordinate("baseline_y_px", "The same, below the centre of the top-left pixel."),
    _coordinate("followup_x_px", "Its root in the later photograph, to the right of the centre of the top-left "
                "pixel; where it was not found, where it would lie."),
    _coordinate("followup_y_px", "The same, below the centre of the top-left pixel."),
)  # fmt: skip

TRACK_COLUMNS: tuple[Column, ...] = (
    _text("subject", "Whom the photograph shows, as in visits.csv."),
    _text("site", "Where on the scalp it was taken, as in visits.csv."),
    _count("track", "Number of the hair among all of this subject and site, from 1; one hair keeps it at every visit.",
           low=1),
    _text("visit", "The visit, as in visits.csv."),
    _text("photo", "The photograph, as in photos.csv."),
    _count("hair", "The hair in that photograph, as in hairs.csv; empty where it was not found.", low=1),
    _text("fate", "What became of it since the visit before; empty where none was compared.", *_FATES),
    _coordinate("root_x_px", "Its root, to the right of the centre of the top-left pixel; where it was not found, "
                "where it would lie."),
    _coordinate("root_y_px", "Its root, below the centre of the top-left pixel; where it was not found, where it "
                "would lie."),
    _number("width_um", "um", "Its width, as in hairs.csv."),
)  # fmt: skip

REPEATABILITY_COLUMNS: tuple[Column, ...] = (
    _text("subject", "Whom the photographs show, as in visits.csv."),
    _text("site", "Where on the scalp they were taken, as in visits.csv."),
    _text("visit", "The visit at which both were taken, as in visits.csv."),
    _text("photo_1", "The one photograph, as in photos.csv; it stands for the baseline."),
    _text("photo_2", "The other photograph, as in photos.csv; it stands for the follow-up."),
    *_COMPARABLE,
    *_HAIRS_IN_COMMON,
    _PLAIN,
    _signed("width_change_um", "um", "Mean difference of the widths of persisting hairs; outliers are left out."),
    _count("width_pairs", "Persisting hairs whose width was measured in both photographs."),
    _flags("change", "Reasons to look twice at this pair."),
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


def _flag_table(of: FlagOf) -> str:
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
        "## changes.csv: one row a comparison\n\n" + _table(CHANGE_COLUMNS) + "\n",
        "## matches.csv: one row a hair of the common field\n\n" + _table(MATCH_COLUMNS) + "\n",
        "## tracks.csv: one row a hair and visit\n\n" + _table(TRACK_COLUMNS) + "\n",
        "## repeatability.csv: one row a pair of replicates\n\n" + _table(REPEATABILITY_COLUMNS) + "\n",
        "## Flags of photographs\n\n" + _flag_table("photo") + "\n",
        "## Flags of hairs\n\n" + _flag_table("hair") + "\n",
        "## Flags of comparisons\n\n" + _flag_table("change") + "\n",
    ]  # fmt: skip
    return "\n".join(parts)
