"""The photographs taken again by a known map, and marks of one photograph by two annotators, put to the comparison."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import real
from change_compare import compared
from change_disturbed import Map, disturb, draw_map
from change_pairs import sight_of
from change_scores import PairOutcome, apart_um, holds, number
from densitometer.measure import Measurement
from densitometer.photo import Photo, read_photo
from densitometer.pipeline import measure_photo
from densitometer.settings import Settings
from densitometer.visits.comparison import Comparison
from densitometer.visits.view import GRID_UM, View
from rendered import SEEDS

Floats = NDArray[np.float64]
_SURE = 0.95  # of a hair that a person marked


@dataclass(frozen=True)
class MarksOutcome:
    """Fates between two sets of hairs of one photograph.

    Attributes
    ----------
    photo : str
    aligned : bool
    apart_um : float
        Median distance of roots from where they lie in the very same photograph.
    persisting, lost, gained, ambiguous : int
    change : float
        Change of density as a share of the density.
    """

    photo: str
    aligned: bool
    apart_um: float
    persisting: int = 0
    lost: int = 0
    gained: int = 0
    ambiguous: int = 0
    change: float = float("nan")


def photograph(name: str) -> real.MarkedPhoto:
    """A photograph by its name."""
    return next(photo for photo in real.photos() if photo.name == name)


def photograph_view(name: str) -> View:
    """Measure a photograph, to be held against others."""
    photo = photograph(name)
    rgb = read_photo(photo.path).rgb
    measurement = measure_photo(Photo(rgb), Settings(), stated_um_per_px=photo.um_per_px)
    return sight_of(name, rgb, measurement).view


def retaken(name: str, seed: int) -> PairOutcome:
    """Compare a photograph with itself taken again by a known map."""
    photo = photograph(name)
    rgb = read_photo(photo.path).rgb
    first = measure_photo(Photo(rgb), Settings(), stated_um_per_px=photo.um_per_px)
    mapped = draw_map(seed, (rgb.shape[1], rgb.shape[0]), photo.um_per_px)
    again = disturb(rgb, first.field, mapped, seed)
    second = measure_photo(Photo(again), Settings(), stated_um_per_px=photo.um_per_px)
    views = sight_of(name, rgb, first).load(), sight_of(f"{name} again", again, second).load()
    return score_retaken(name, seed, views, (first, second), mapped)


def score_retaken(
    name: str, seed: int, views: tuple[View, View], measured: tuple[Measurement, Measurement], mapped: Map
) -> PairOutcome:
    """Score a comparison of a photograph with itself, of which nothing is lost or gained."""
    before, after = views
    comparison, verdict = compared(before, after)
    shared_cm2, overlap = shared_skin(before, after, mapped)
    here_um = before.root_um[before.counted]
    there_um = mapped.forward(here_um / before.um_per_px) * after.um_per_px
    seen = in_frame(after, there_um)
    back_um = mapped.backward(after.root_um[after.counted] / after.um_per_px) * before.um_per_px
    densities = [number(one.values, "density_per_cm2") for one in measured]
    warp = comparison.alignment
    return PairOutcome(
        pair="retaken",
        style=name,
        seed=seed,
        overlap=overlap,
        comparable=comparison.comparable,
        reason=comparison.reason,
        apart_um=apart_um(warp, here_um[seen], there_um[seen]) if warp else float("nan"),
        true_count=int(seen.sum()),
        true_change=0,
        change=number(comparison.values, "change_per_cm2") * shared_cm2 if comparison.comparable else float("nan"),
        plain=(densities[1] - densities[0]) * shared_cm2,
        recount=float(before.shows(back_um).sum() - seen.sum()),
        held=holds(comparison.values, "change_low_per_cm2", "change_high_per_cm2", 0.0),
        width_held=holds(comparison.values, "width_change_low_um", "width_change_high_um", 0.0),
        width_change_um=number(comparison.values, "width_change_um"),
        true_width_change_um=0.0,
        values=comparison.values,
        verdict=verdict if comparison.comparable else "not_comparable",
    )


def shared_skin(before: View, after: View, mapped: Map) -> tuple[float, float]:
    """Countable skin of the old photograph within the frame of the new, in cm2, and as a share of it."""
    rows, columns = np.nonzero(before.usable)
    places_um = np.asarray(np.column_stack([columns, rows]) * GRID_UM, float)
    seen = in_frame(after, mapped.forward(places_um / before.um_per_px) * after.um_per_px)
    return float(seen.sum()) * (GRID_UM * 1e-4) ** 2, float(seen.mean()) if len(seen) else 0.0


def in_frame(view: View, places_um: Floats) -> NDArray[np.bool_]:
    """Tell which places, (n, 2) in um, lie within the frame of a photograph."""
    height, width = view.usable.shape
    return np.asarray(((places_um >= 0) & (places_um < np.array([width, height]) * GRID_UM)).all(axis=1))


def two_annotators(first: str, second: str) -> MarksOutcome:
    """Compare the marks of one annotator with those of another."""
    a, b = (marked_view(photograph(name)) for name in (first, second))
    return marks_outcome(first, a, b)


def found_and_marked(name: str) -> MarksOutcome:
    """Compare marks with what is found: lost are hairs that are missed, gained those invented."""
    photo = photograph(name)
    return marks_outcome(name, marked_view(photo), photograph_view(name))


def marks_outcome(name: str, first: View, second: View) -> MarksOutcome:
    """Compare two sets of hairs of one photograph."""
    comparison, _ = compared(first, second)
    if not comparison.comparable or comparison.alignment is None:
        return MarksOutcome(name, aligned=False, apart_um=float("nan"))
    fates = [match.fate for match in comparison.matches]
    return MarksOutcome(
        name,
        aligned=True,
        apart_um=apart_um(comparison.alignment, first.root_um, first.root_um),
        persisting=fates.count("persisting"),
        lost=fates.count("lost"),
        gained=fates.count("gained"),
        ambiguous=fates.count("ambiguous"),
        change=relative_change(comparison),
    )


def relative_change(comparison: Comparison) -> float:
    """Change of density as a share of the baseline's."""
    return number(comparison.values, "change_per_cm2") / (number(comparison.values, "baseline_per_cm2") or float("nan"))


def marked_view(photo: real.MarkedPhoto) -> View:
    """View of the hairs that a person marked; the seams and edges, where many were skipped, are not countable."""
    marks = real.hairs(photo)
    ends = marks.root_tip[marks.kind != "loose"] * photo.um_per_px
    n, around = len(ends), np.ones(len(ends))
    return View(
        photo=f"{photo.name} marked",
        um_per_px=photo.um_per_px,
        hair=np.arange(1, n + 1),
        root_um=ends[:, :2],
        tip_um=ends[:, 2:],
        width_um=np.full(n, np.nan),
        estimated=np.zeros(n, bool),
        confidence=_SURE * around,
        root_confidence=_SURE * around,
        counted=~real.in_margin(marks.root_tip[marks.kind != "loose"]),
        unit=np.full(n, -1, np.int64),
        usable=marked_skin(photo),
        marks_um=np.empty((0, 3)),
    )


def marked_skin(photo: real.MarkedPhoto) -> NDArray[np.bool_]:
    """Cells in which annotators marked every hair: not within 40 px of a quadrant's edge, and no padding."""
    width, height = 2 * real.QUADRANT_PX[0], 2 * real.QUADRANT_PX[1]
    x, y = (np.arange(0, (side - 1) * photo.um_per_px, GRID_UM) / photo.um_per_px for side in (width, height))
    columns, rows = np.meshgrid(x, y)
    places = np.column_stack([columns.ravel(), rows.ravel()])
    inside = ~real.in_margin(np.hstack([places, places])) & (places[:, 1] < height - photo.bottom_pad_px)
    return np.asarray(inside.reshape(columns.shape))


def annotator_pairs(half: str) -> list[tuple[str, str]]:
    """Names of photographs of a half that were marked twice."""
    names = {photo.name for photo in real.halves()[half]}
    return [(a.name, b.name) for a, b in real.annotator_pairs() if a.name in names and b.name in names]


def retaken_jobs(half: str, every: int) -> list[tuple[str, int]]:
    """Photographs of a half, each with the seed by which it is taken again."""
    return [(photo.name, SEEDS[half] + at) for at, photo in enumerate(real.halves()[half])][::every]
