"""The photographs of a pilot study with known truth: who takes part, what grows where, and the tables beside them.

Thirty people with pattern hair loss, three sessions six weeks apart, a treated and a control site each, every site
photographed twice at every session. At the last session 28 % more hairs stand at the treated sites; at the control
sites nothing changes. Hair is cut and combed anew between sessions, and the camera is set down anew each time.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np

from change_pairs import Dice, recombed, set_down
from change_truth import true_pair
from densitometer.synthetic.dice import stream
from densitometer.synthetic.scene import Scene
from densitometer.synthetic.style import Style
from densitometer.synthetic.styles import find_style
from densitometer.synthetic.visits import Visit, render_visits
from processes import in_processes

SITES = ("treated", "control")
VISITS = {"baseline": 0, "week 6": 42, "week 12": 84}
"""Day of each session after the first, at which treatment begins once the photographs are taken."""
REPLICATES = 2
MORE_HAIR = 0.28
SPREAD = 0.18
"""The gains of the subjects lie evenly between this much below `MORE_HAIR` and as much above; their mean is that."""
TRUTH = "truth.csv"
_SEED_PLACE = 60_000  # beyond those of the trial in change_trial
_FIRST_DAY = date(2026, 1, 5)
_STUDY = """\
[study]
id = "PILOT"
name = "Pilot"
description = "A rendered pilot: hair at a treated and at a control site, three sessions six weeks apart"
baseline = "baseline"

[sites.treated]
location = "SCALP"

[sites.control]
location = "SCALP"

[visits]
baseline = { number = 1, day = 1 }
"week 6" = { number = 2, day = 43 }
"week 12" = { number = 3, day = 85 }

[devices.scope]
type = "DERMATOSCOPE"
"""


@dataclass(frozen=True)
class Design:
    """How large a pilot is, and what its photographs are like.

    Attributes
    ----------
    subjects : int
    size_px : tuple of int
        Width and height of every photograph.
    um_per_px : float
        Scale of the device, which stands on the skin and so has one scale alone.
    replicates_later : int
        Photographs of a site at each session after the first, where there are always two.
    """

    subjects: int
    size_px: tuple[int, int]
    um_per_px: float
    replicates_later: int

    @property
    def slots(self) -> list[tuple[str, int]]:
        """Visit and replicate of each photograph of a site, in order."""
        later = self.replicates_later
        return [(visit, at + 1) for visit, day in VISITS.items() for at in range(later if day else REPLICATES)]


WHOLE, SMALL = Design(30, (960, 768), 6.0, 2), Design(6, (704, 576), 6.0, 1)
"""A quarter of a square centimetre with some forty hairs in each photograph; half of that, for a quick test."""


@dataclass(frozen=True)
class Truth:
    """What is true of one photograph.

    Attributes
    ----------
    photo, subject, site, visit : str
    replicate : int
    hair_count : int
        Hairs whose root stands on the skin that it shows.
    area_cm2, density_per_cm2 : float
        That skin, and hairs on it.
    common_cm2, common_before_per_cm2 : float
        Skin that it shares with the photograph of the same replicate at the baseline, and hairs that stood on it then.
    change_per_cm2 : float
        Hairs gained on that skin since, less hairs lost; 0 at the baseline.
    """

    photo: str
    subject: str
    site: str
    visit: str
    replicate: int
    hair_count: int
    area_cm2: float
    density_per_cm2: float
    common_cm2: float
    common_before_per_cm2: float
    change_per_cm2: float


@cache
def style(um_per_px: float) -> Style:
    """Pattern hair loss, trimmed: few hairs, most alone in their opening, many of them fine."""
    return find_style(
        "trimmed_70x",
        {
            "hair": {
                "density_per_cm2": (100.0, 190.0), "unit_weights": (0.62, 0.30, 0.08),
                "width_um": (48.0, 70.0), "width_spread": (0.2, 0.32),
                "fine_share": (0.15, 0.35), "fine_width_um": (16.0, 32.0),
                "colours": ("black", "dark_brown", "brown"),
            },
            "camera": {"um_per_px": (um_per_px, um_per_px)},
            "extras": {f"{print_}_chance": 0.0 for print_ in ("header", "bar", "circle", "padding")},
        },
    )  # fmt: skip


def render_pilot(folder: Path, design: Design = WHOLE, first_seed: int = 0, workers: int = 1) -> tuple[Truth, ...]:
    """Write the photographs of a pilot, its tables and its truth; the same arguments write the same bytes.

    Beside the photographs the folder then holds ``visits.csv``, ``subjects.csv``, ``study.toml`` and ``truth.csv``,
    which no command reads.

    Parameters
    ----------
    folder : Path
        Made where it is not there.
    design : Design
    first_seed : int
        A subject takes two seeds from there on, one a site.
    workers : int
        How many processes render.

    Returns
    -------
    tuple of Truth
        Of every photograph, in the order of ``visits.csv``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    more_hair = gains(design.subjects, first_seed)
    jobs = [
        (folder, _subject_code(at), site, first_seed + _SEED_PLACE + 2 * at + side, more_hair[at] * (side == 0), design)
        for at in range(design.subjects)
        for side, site in enumerate(SITES)
    ]
    rendered = in_processes(render_site, jobs, workers) if workers > 1 else [render_site(*job) for job in jobs]
    truth = tuple(one for some in rendered for one in some)
    _write(folder / "visits.csv", [_visit_row(one, design) for one in truth])
    _write(folder / "subjects.csv", [_subject_row(at, first_seed) for at in range(design.subjects)])
    _write(folder / TRUTH, [asdict(one) for one in truth])
    (folder / "study.toml").write_text(_STUDY, encoding="utf-8", newline="\n")
    return truth


def render_site(folder: Path, subject: str, site: str, seed: int, more_hair: float, design: Design) -> list[Truth]:
    """Render all photographs of one site and write them; their truth."""
    look = style(design.um_per_px)
    scenes = render_visits(look, seed, _course(look, seed, more_hair, design), design.size_px).scenes
    found = []
    for scene, (visit, replicate) in zip(scenes, design.slots, strict=True):
        photo = f"{subject}_{site}_{visit.replace(' ', '')}_{replicate}.jpg"
        (folder / photo).write_bytes(scene.jpeg)
        found.append(_truth_of(photo, subject, site, visit, replicate, scenes[replicate - 1], scene))
    return found


def read_truth(folder: Path) -> tuple[Truth, ...]:
    """Truth that `render_pilot` wrote into a folder."""
    kinds = {item.name: {"str": str, "int": int, "float": float}[str(item.type)] for item in fields(Truth)}
    with (folder / TRUTH).open(encoding="utf-8", newline="") as file:
        return tuple(Truth(**{name: kinds[name](cell) for name, cell in row.items()}) for row in csv.DictReader(file))


def _truth_of(photo: str, subject: str, site: str, visit: str, replicate: int, baseline: Scene, scene: Scene) -> Truth:
    pair = true_pair(baseline, scene)
    return Truth(
        photo,
        subject,
        site,
        visit,
        replicate,
        hair_count=len(scene.truth.counted),
        area_cm2=scene.truth.area_cm2,
        density_per_cm2=scene.truth.density_per_cm2,
        common_cm2=pair.area_cm2,
        common_before_per_cm2=pair.count / pair.area_cm2,
        change_per_cm2=pair.change / pair.area_cm2,
    )


def _course(look: Style, seed: int, more_hair: float, design: Design) -> tuple[Visit, ...]:
    """Photographs at every session, and what grows between the sessions."""
    dice = stream(seed, "benchmark", "pilot")
    each = (1 + more_hair) ** (1 / (len(VISITS) - 1)) - 1
    visits: list[Visit] = []
    for visit, replicate in design.slots:
        if replicate > 1:
            visits.append(_again(dice, visits[-1]))
        else:
            visits.append(set_down(dice, recombed(look, gained_share=each)) if VISITS[visit] else Visit())
    return tuple(_at_device_scale(visit) for visit in visits)


def _again(dice: Dice, first: Visit) -> Visit:
    """Set the camera down once more where it stood, a little off, as hands do."""
    off = set_down(dice, shift=0.04, turn_deg=4.0)
    shift = (first.shift[0] + off.shift[0], first.shift[1] + off.shift[1])
    return Visit(None, shift, first.turn_deg + off.turn_deg, replicate=True)


def _at_device_scale(visit: Visit) -> Visit:
    """The same with the scale of the device, which stands on the skin and so has one scale alone."""
    return Visit(visit.change, visit.shift, visit.turn_deg, replicate=visit.replicate)


def gains(subjects: int, first_seed: int) -> list[float]:
    """How much more hair each subject has in the end, as a share: evenly spread, in a drawn order."""
    even = MORE_HAIR + SPREAD * (2 * (np.arange(subjects) + 0.5) / subjects - 1)
    return [float(gain) for gain in stream(first_seed, "benchmark", "pilot gains").permutation(even)]


def _subject_code(at: int) -> str:
    return f"P{at + 1:02d}"


def _first_day(subject: str) -> date:
    """Day of the first session: subjects come one after another."""
    return _FIRST_DAY + timedelta(days=int(subject[1:]) // 3)


def _visit_row(one: Truth, design: Design) -> dict[str, object]:
    return {
        "photo": one.photo,
        "subject": one.subject,
        "site": one.site,
        "visit": one.visit,
        "visit_date": (_first_day(one.subject) + timedelta(days=VISITS[one.visit])).isoformat(),
        "replicate": one.replicate,
        "um_per_px": design.um_per_px,
        "device": "scope",
    }


def _subject_row(at: int, first_seed: int) -> dict[str, object]:
    dice = stream(first_seed, "benchmark", "pilot subject", at)
    code = _subject_code(at)
    age, sex = int(dice.integers(24, 61)), "MF"[int(dice.random() < 1 / 3)]
    return {"subject": code, "AGE": age, "SEX": sex, "RFXSTDTC": _first_day(code).isoformat()}


def _write(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
