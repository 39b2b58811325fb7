"""A trial of 30 subjects in a results folder, written without measuring anything; every number is drawn from a seed.

Two arms, two sites, visits at baseline and after 6, 12 and 24 weeks (and one that was not planned, with a Japanese
label), two photographs at some of them. Some photographs have no scale, some a coarse one, some could not be measured;
some visits were missed. In one arm density rises until week 12.
"""

from __future__ import annotations

import csv
import hashlib
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from densitometer.batch.comparisons import Compared, Pair
from densitometer.batch.study import add_verdicts, comparison_rows, track_rows
from densitometer.dictionary import HAIR_COLUMNS, photo_columns
from densitometer.results import ComparedFolder, PhotoResult, ResultsFolder, describe_run
from densitometer.results.made import made_of
from densitometer.results.record import Kept
from densitometer.results.rows import Cell, unmeasured_row
from densitometer.settings import Settings
from densitometer.visits.series import Planned, plan_comparisons
from written_folders import wanted

STUDY_ID = "HG-2026"
SUBJECTS = 30
ARMS = {"ACT": "Lösung 5 %", "PBO": "Placebo"}
SITES = ("Scheitel", "left temporal")
UNPLANNED = "追加"
VISITS = {"baseline": 0, "week 6": 42, "week 12": 84, UNPLANNED: 119, "week 24": 168}
FURTHER = ("arm", "device", "session", "magnification", "days_since_treatment", "remark")
DEVICES = ("Dermatoskop A", "Dermatoskop B")

NON_ASCII = "Jörg-07"
PARTIAL_DATE = "S-03"
NO_BASELINE = "S-05"
"""Lacks the photographs of the baseline of one site in a folder that is written ``without_baseline``."""
REFUSED_BASELINE = ("S-11", "left temporal")
BALD = ("S-22", "left temporal")
"""Nothing was counted there at the baseline: 0 is what was measured."""
ONE_REFUSED = ("S-09", "Scheitel", "week 12", 2)
NO_SCALE = {("S-13", "week 6"), ("S-14", "baseline")}
COARSE = {("S-16", "left temporal")}
MISSED = {("S-08", "week 6"), ("S-17", "week 12"), ("S-19", "week 24"), ("S-25", "week 24")}
DROPPED_OUT = {"S-20": "week 6", "S-28": "baseline"}
"""The last visit that these came to."""
LONG_REASON = (
    "the circle of the field in Müller/Jörg-07/Scheitel week 24 1.jpg is cut off on three sides and the hair that is "
    "left lies under a reflection of the lamp, so that fewer than 0.05 cm2 can be judged; wipe the skin dry, hold the "
    "dermoscope flat and photograph the site again"
)
_REFUSED = {
    (NON_ASCII, "Scheitel", "week 24", 1): LONG_REASON,
    (*REFUSED_BASELINE, "baseline", 1): "the photograph is blurred all over; focus on the skin and take it again",
    (*REFUSED_BASELINE, "baseline", 2): "the file is empty (0 bytes); copy it from the camera again",
    ONE_REFUSED: "no part of the photograph is light enough to count on; take it again with more light",
    ("S-26", "left temporal", "week 6", 1): "the file is damaged; copy it from the camera again",
}
_FIRST_DAY = date(2026, 1, 12)
_MOST_HAIRS = 6
"""Rows of hairs.csv for each photograph, and of matches.csv for each comparison; far fewer than are counted."""

Row = dict[str, Cell]


@dataclass(frozen=True)
class Picture:
    """Which photograph of the trial: of whom, where, when, and which of several."""

    number: int
    site: str
    visit: str
    replicate: int

    @property
    def subject(self) -> str:
        """Code of the subject in the visits table."""
        return subject_code(self.number)

    @property
    def name(self) -> str:
        """Path of the photograph."""
        folder = "Müller/" if self.number % 2 else ""
        return f"{folder}{self.subject}/{self.site} {self.visit} {self.replicate}.jpg"

    @property
    def data(self) -> bytes:
        """Content of its file."""
        return f"not really a photograph: {self.name}".encode()

    @property
    def day(self) -> date:
        """Date of the visit."""
        late = 0 if self.visit == "baseline" else int(draws("day", self.subject, self.visit).integers(-3, 5))
        return _FIRST_DAY + timedelta(days=2 * self.number + VISITS[self.visit] + late)


def draws(*words: object) -> np.random.Generator:
    """Numbers that depend on nothing but these words."""
    return np.random.default_rng([7, zlib.crc32(repr(words).encode())])


def subject_code(number: int) -> str:
    """Code of a subject in the visits table."""
    return NON_ASCII if number == int(NON_ASCII[-2:]) else f"S-{number:02d}"


def arm_code(number: int) -> str:
    """Code of the arm of a subject."""
    return list(ARMS)[number // 2 % 2]


def pictures(*, without_baseline: bool = False, subjects: int = SUBJECTS) -> Iterator[Picture]:
    """Photographs of the trial, in the order of the visits table."""
    for number in range(1, subjects + 1):
        for visit in _visits_of(number):
            for site in SITES:
                if without_baseline and (subject_code(number), site, visit) == (NO_BASELINE, SITES[0], "baseline"):
                    continue
                two = visit == "baseline" or (visit == "week 12" and number % 3 == 0)
                yield from (Picture(number, site, visit, replicate) for replicate in range(1, 3 if two else 2))


def _visits_of(number: int) -> Iterator[str]:
    code = subject_code(number)
    for visit in VISITS:
        planned = visit != UNPLANNED or number in (4, 10)
        if planned and (code, visit) not in MISSED:
            yield visit
        if DROPPED_OUT.get(code) == visit:
            return


# ---- what is measured


def _density_per_cm2(one: Picture) -> float:
    """True density: that of the subject and site, and what the treatment adds to it."""
    if (one.subject, one.site) == BALD:
        return 0.0 if one.visit == "baseline" else 9.0
    own = draws("density", one.subject, one.site)
    base = float(own.normal(165 if one.site == SITES[0] else 140, 25))
    gain = float(own.normal(22, 6)) if arm_code(one.number) == "ACT" else float(own.normal(-1, 3))
    return max(base, 60.0) + gain * min(VISITS[one.visit], 84) / 84


def measured_cells(one: Picture) -> Row:
    """Columns of ``photos.csv`` of a photograph that was measured."""
    rng = draws("measured", one.name)
    coarse, scaled = (one.subject, one.site) in COARSE, (one.subject, one.visit) not in NO_SCALE
    area = float(rng.normal(0.62, 0.006))
    truth = _density_per_cm2(one)
    count = max(0, round(truth * area + float(rng.normal(0, 0.035)) * truth * area))
    row: Row = {"flags": "", "um_per_px": 9.2 if coarse else 4.115, "um_per_px_sd": 0.02, "scale_source": "visits"}
    row |= {"area_cm2": area, "skin_area_cm2": 0.74 * area, "width_px": 1920, "height_px": 1440}
    row |= {"redness_a": float(rng.normal(9, 1.2)), "flaking_share": abs(float(rng.normal(0, 0.004)))}
    row |= _counts(count, rng)
    row |= _densities(row, count, area)
    row |= _widths(count, area, rng) if count else {}
    if coarse or not count:
        row |= dict.fromkeys(("terminal30_per_cm2", "vellus30_per_cm2", "terminal40_per_cm2", "vellus40_per_cm2"))
    row["flags"] = ";".join(["coarse_scale"] * coarse + ["no_hairs"] * (not count))
    return row if scaled else _without_scale(row)


def _counts(count: int, rng: np.random.Generator) -> Row:
    units = round(count / float(rng.normal(1.75, 0.05)))
    row: Row = {"hair_count": count, "unit_count": units, "crossing_count": round(0.08 * count)}
    row |= {"hair_count_low": count - 0.9 * count**0.5, "hair_count_high": count + 0.9 * count**0.5}
    row |= {"uncertain_root_count": int(rng.integers(0, 5)), "measured_width_count": round(0.8 * count)}
    if units:
        row |= {"hairs_per_unit": count / units, "single_hair_unit_share": float(rng.uniform(0.4, 0.55))}
    return row


def _densities(counts: Mapping[str, Cell], count: int, area: float) -> Row:
    row: Row = {"density_per_cm2": count / area, "units_per_cm2": float(counts["unit_count"] or 0) / area}
    for name, half in (("", 2.4), ("detection_", 0.9), ("sampling_", 2.2)):
        row[f"density_{name}low_per_cm2"] = max(0.0, count - half * count**0.5) / area
        row[f"density_{name}high_per_cm2"] = (count + half * count**0.5 + (3 if not count else 0)) / area
    return row


def _widths(count: int, area: float, rng: np.random.Generator) -> Row:
    mean, density = float(rng.normal(58, 2)), count / area
    row: Row = {"mean_width_um": mean, "median_width_um": mean + 1.5, "width_sd_um": float(rng.normal(17, 1))}
    row |= {"cumulative_width_mm_per_cm2": density * mean / 1000, "mean_length_mm": float(rng.normal(0.72, 0.03))}
    for limit, share in ((30, 0.88), (40, 0.71)):
        row |= {f"terminal{limit}_per_cm2": share * density, f"vellus{limit}_per_cm2": (1 - share) * density}
    return row


def _without_scale(row: Row) -> Row:
    known = {"hair_count", "unit_count", "crossing_count", "hair_count_low", "hair_count_high", "hairs_per_unit"}
    known |= {"uncertain_root_count", "single_hair_unit_share", "redness_a", "flaking_share", "width_px", "height_px"}
    return {**{name: cell for name, cell in row.items() if name in known}, "flags": "no_scale", "scale_source": "none"}


def visit_cells(one: Picture) -> Row:
    """Columns of the visits table of a photograph."""
    remark = {"week 6": 'said: "itches a bit", no redness', "week 24": "Haare gewaschen, trocken"}.get(one.visit, "")
    return {
        **{"subject": one.subject, "site": one.site, "visit": one.visit, "visit_date": one.day.isoformat()},
        **{"replicate": str(one.replicate), "arm": ARMS[arm_code(one.number)], "device": DEVICES[one.number // 16 % 2]},
        **{"session": f"{one.day:%Y%m%d}-{1 + one.number % 2}", "magnification": "20"},
        **{"days_since_treatment": str((one.day - first_treatment(one.number)).days)},
        "remark": remark if one.number % 4 == 0 else "",
    }


def result_of(one: Picture) -> PhotoResult:
    """What measuring a photograph yields."""
    sha256 = hashlib.sha256(one.data).hexdigest()
    reason = _REFUSED.get((one.subject, one.site, one.visit, one.replicate), "")
    row: Row = {**unmeasured_row(one.name, reason, sha256, None if reason else (1440, 1920)), **visit_cells(one)}
    if reason:
        return PhotoResult(one.name, row, made=made_of(sha256, None, False, Settings()))
    row |= {"status": "measured", **measured_cells(one)}
    stated = row["um_per_px"]
    scale = float(stated) if isinstance(stated, float) else None
    made = made_of(sha256, scale, scale is not None, Settings())
    hairs = tuple(_hair(one, number) for number in range(1, min(_MOST_HAIRS, int(row["hair_count"] or 0)) + 1))
    kept = Kept(b"mask", b"view", ())
    return PhotoResult(one.name, row, hairs, None, b"jpeg", kept, made, b"png")


def _hair(one: Picture, number: int) -> Row:
    hair: Row = {column.name: None for column in HAIR_COLUMNS} | {"photo": one.name, "hair": number, "counted": 1}
    return hair | {"root_x_px": 100.0 * number, "root_y_px": 50.0 * number, "flags": "", "confidence": 0.9}


# ---- what comparing yields


def _compared(planned: Planned, photos: Mapping[str, Row]) -> Compared:
    """Compare two photographs of the trial, most of them with a result."""
    pair = Pair(planned.baseline, planned.followup)
    rng = draws("compared", *sorted((planned.baseline, planned.followup)))
    if "S-23" in planned.followup and "week 24" in planned.followup:
        told = "they show no place in common; check that both show the same site, or photograph it again"
        return Compared(pair, False, told)
    before, after = (float(photos[name]["density_per_cm2"] or 0) for name in (planned.baseline, planned.followup))
    overlap = float(rng.normal(0.5, 0.03))
    change = round((after - before) * overlap * 0.8 + float(rng.normal(0, 1.5)))
    both = round(min(before, after) * overlap)
    values: Row = {"overlap_cm2": overlap, "alignment_rms_um": float(rng.normal(21, 2)), "persisting": both}
    lost = int(rng.integers(0, 4)) if before else 0
    values |= {"lost": lost + max(0, -change), "gained": lost + max(0, change), "ambiguous": int(rng.integers(0, 6))}
    change = int(values["gained"] or 0) - int(values["lost"] or 0)
    base, half = both + int(values["lost"] or 0), 2.5 + abs(change) ** 0.5
    values |= {"baseline_per_cm2": base / overlap, "followup_per_cm2": (base + change) / overlap}
    values |= {f"change{end}_per_cm2": (change + sign * half) / overlap for end, sign in _ENDS.items()}
    values |= {"change_percent": 100 * change / base if base else None, "turn_deg": float(rng.normal(0, 4))}
    width = float(rng.normal(1.5 if change > 0 else 0, 1))
    values |= {f"width_change{end}_um": width + sign * 2.1 for end, sign in _ENDS.items()}
    values |= {"width_pairs": round(0.7 * both), "scale_ratio": float(rng.normal(1, 0.003)), "matched_roots": both}
    values |= {"units_grown": int(rng.integers(0, 9)), "units_shrunk": int(rng.integers(0, 9))}
    values |= {"hairs_per_unit_change": float(rng.normal(0, 0.05)), "alignment_log_odds": float(rng.normal(80, 10))}
    return Compared(pair, True, "", values)


_ENDS = {"": 0, "_low": -1, "_high": 1}


def _matches(planned: Planned) -> Iterator[Row]:
    for number in range(1, _MOST_HAIRS + 1):
        place = {f"{which}_{axis}_px": 50.0 * number for which in ("baseline", "followup") for axis in "xy"}
        names = {"baseline_photo": planned.baseline, "followup_photo": planned.followup}
        gone = number == _MOST_HAIRS
        yield {**names, "baseline_hair": number, "followup_hair": None if gone else number,
               "fate": "lost" if gone else "persisting", "probability": 0.97,
               "width_change_um": None if gone else 0.4, **place}  # fmt: skip


def _compare(out: Path) -> None:
    with ComparedFolder.open(out) as folder:
        rows = folder.record.photo_rows()
        photos = {str(row["photo"]): row for row in rows}
        plan = plan_comparisons(rows)
        found = {(p.baseline, p.followup): _compared(p, photos) for p in (*plan.changes, *plan.repeats) if not p.reason}
        changes, repeats = (comparison_rows(some, found, photos) for some in (plan.changes, plan.repeats))
        add_verdicts(changes, repeats, Settings())
        tables = folder.record.comparisons
        made = {(row["baseline_photo"], row["followup_photo"]) for row in changes if row["comparable"]}
        both_counted = [
            p for p in plan.changes if (p.baseline, p.followup) in made and photos[p.baseline]["hair_count"]
        ]
        tables.add("matches", (match for one in both_counted for match in _matches(one)))
        tables.add("changes", changes)
        tables.add("repeatability", repeats)
        tables.add("tracks", track_rows(plan.series, changes, tables.matches, folder.record.widths_um))
        folder.write_tables(folder.describe(Settings()))
        folder.write_report("report")
        folder.publish()


# ---- files


def write_trial(
    out: Path,
    *,
    without_baseline: bool = False,
    compared: bool = True,
    only: Callable[[Picture], bool] = lambda one: True,
    change: Callable[[Row], Row] = dict,
    subjects: int = SUBJECTS,
) -> Path:
    """Write the results folder of the trial, and its photographs (files of a few bytes) beside it.

    Parameters
    ----------
    out : Path
    without_baseline : bool
        True to leave out the photographs of a baseline that nobody took.
    compared : bool
        False for a folder that was measured and not compared.
    only : callable
        Says which photographs there are.
    change : callable
        Gives the row of a photograph that is to stand in the place of the one it is given.
    subjects : int
    """
    some = [one for one in pictures(without_baseline=without_baseline, subjects=subjects) if only(one)]
    given = []
    for one in some:
        result = result_of(one)
        given.append(PhotoResult(**{**vars(result), "row": change(dict(result.row))}))
        path = out.parent / "photographs" / one.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(one.data)
    _measure(out, given)
    if compared:
        _compare(out)
    return out


def _measure(out: Path, given: Sequence[PhotoResult]) -> None:
    own = {column.name for column in photo_columns(())}
    further = [name for name in given[0].row if name not in own]
    order = [one.photo for one in given]
    options = {"um_per_px": None, "region": "all", "visits": True, "visits_order": order}
    with ResultsFolder.open(out, further) as folder:
        folder.plan([wanted(one) for one in given], {"sources": ["../photographs"]})
        for one in given:
            folder.add(one)
        folder.write_tables(describe_run(Settings(), options, folder.record))
        folder.write_report("report")
        folder.finish()


def first_treatment(number: int) -> date:
    """Day of the first treatment: that of the baseline, or up to two days later."""
    return Picture(number, "", "baseline", 1).day + timedelta(days=number % 3)


def subject_rows(subjects: int = SUBJECTS) -> Iterator[dict[str, str]]:
    """Rows of the table of subjects; of one the day of the first treatment is not known."""
    for number in range(1, subjects + 1):
        rng, code = draws("subject", number), subject_code(number)
        treated = first_treatment(number).isoformat()
        site = "102" if number % 2 else "101"
        yield {
            **{"subject": code, "USUBJID": f"{STUDY_ID}-{site}-{number:03d}", "ARM": ARMS[arm_code(number)]},
            **{"ARMCD": arm_code(number), "SITEID": site, "AGE": str(int(rng.integers(21, 58)))},
            **{"SEX": str(rng.choice(["F", "M"])), "RFSTDTC": treated},
            "RFXSTDTC": treated[:7] if code == PARTIAL_DATE else treated,
        }


def write_subjects(path: Path, rows: Sequence[Mapping[str, str]] | None = None) -> Path:
    """Write the table of subjects as CSV."""
    rows = list(subject_rows()) if rows is None else rows
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


STUDY_FILE = f"""\
[study]
id = "{STUDY_ID}"
name = "Haarwachstum 2026"
description = "Change of hair density within 24 weeks under a 5 % solution"
protocol = "HG-2026-P1"
baseline = "baseline"

[arms]
ACT = "{ARMS["ACT"]}"
PBO = "{ARMS["PBO"]}"

[sites.Scheitel]
direction = "midline"

[sites."left temporal"]
laterality = "left"
direction = "temporal"

[visits]
baseline = {{ number = 1, day = 1 }}
"week 6" = {{ number = 2, day = 43 }}
"week 12" = {{ number = 3, day = 85 }}
"{UNPLANNED}" = {{ number = 3.1 }}
"week 24" = {{ number = 4, day = 169 }}

[devices."Dermatoskop A"]
manufacturer = "Lichtbau GmbH"
model = "D-20"
serial = "0815-A"

[devices."Dermatoskop B"]
manufacturer = "Lichtbau GmbH"
model = "D-20"
serial = "0815-B"
"""


def write_study_file(path: Path, text: str = STUDY_FILE) -> Path:
    """Write the study file."""
    path.write_text(text, encoding="utf-8")
    return path
