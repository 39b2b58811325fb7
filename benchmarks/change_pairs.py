"""Rendered visits of held-out seeds: which courses are drawn, for which styles, and what is measured of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.measure import Measurement
from densitometer.photo import Photo
from densitometer.pipeline import measure_photo
from densitometer.results.keep import keep
from densitometer.settings import Settings
from densitometer.synthetic.dice import between, stream
from densitometer.synthetic.fates import Change
from densitometer.synthetic.scenario import draw_visits
from densitometer.synthetic.scene import Scene
from densitometer.synthetic.style import Style
from densitometer.synthetic.styles import find_style, styles
from densitometer.synthetic.visits import Visit, render_visits
from densitometer.visits.sight import with_darkness
from densitometer.visits.view import View, view_of
from rendered import SEEDS
from rendered_tables import is_trimmed

COARSEST_UM_PER_PX = 7.0
"""The aims hold to here; styles that reach beyond are drawn up to it."""
COURSE_APART, STYLE_APART = 1000, 20
"""Seeds between one course and the next, and one style and the next: no two share a scalp or a movement."""
_MOVED_VISITS, _MOVED_SHARE = 4, 0.13

Dice = np.random.Generator
Draw = Callable[[Style, int], tuple[Visit, ...]]


@dataclass(frozen=True)
class Course:
    """Visits that are rendered in one go, and which two of them make which pair."""

    draw: Draw
    pairs: tuple[tuple[str, int, int], ...]


def trimmed_styles() -> tuple[str, ...]:
    """Styles of hair of at most 1.5 mm whose scale goes down to 7 um per px.

    Left out are long hair, whose roots are hidden (`untrimmed_*`, `curly`, `immersion`, `round_field`,
    `uneven_shafts`), and whole clipped areas at 9 um per px and more (`clipped_wide`).
    """
    return tuple(n for n, s in styles().items() if is_trimmed(n) and s.camera.um_per_px[0] <= COARSEST_UM_PER_PX)


def style_of(name: str) -> Style:
    """A style at no coarser a scale than the aims hold for."""
    low, high = styles()[name].camera.um_per_px
    return find_style(name, {"camera": {"um_per_px": (low, min(high, COARSEST_UM_PER_PX))}})


def set_down(dice: Dice, change: Change | None = None, shift: float = 0.12, turn_deg: float = 8.0) -> Visit:
    """A later visit, the camera a little off and a little turned, as in the scenarios of the package."""
    return Visit(
        change,
        (between(dice, (-shift, shift)), between(dice, (-shift, shift))),
        turn_deg=between(dice, (-turn_deg, turn_deg)),
        scale_factor=between(dice, (0.985, 1.015)),
    )


def recombed(style: Style, lost_share: float = 0.0, gained_share: float = 0.0) -> Change:
    """Hair cut anew and combed elsewhere, and these shares of it lost and gained."""
    return Change(
        lost_share=lost_share,
        gained_share=gained_share,
        recut_mm=style.hair.length_mm,
        recomb_deg=(-40.0, 40.0),
        comb_spread_deg=(5.0, 20.0),
    )


def quiet(style: Style, seed: int) -> tuple[Visit, ...]:
    """Visits at which no hair is lost or gained: a replicate, a flare, thinner hair, hair cut and combed anew."""
    dice = stream(seed, "benchmark", "quiet")
    return (
        Visit(),
        draw_visits("replicate", style, seed)[1],
        draw_visits("flare", style, seed)[1],
        set_down(dice, Change(thinned_share=between(dice, (0.3, 0.7)))),
        set_down(dice, recombed(style)),
    )


def moved(style: Style, seed: int) -> tuple[Visit, ...]:
    """Visits far apart and turned any way, hair cut and combed anew, the first and the last 40 % apart in hairs."""
    dice = stream(seed, "benchmark", "moved")
    later = [
        Visit(
            recombed(style, _MOVED_SHARE, _MOVED_SHARE),
            (between(dice, (-1 / 3, 1 / 3)), between(dice, (-1 / 3, 1 / 3))),
            turn_deg=between(dice, (-180.0, 180.0)),
            scale_factor=between(dice, (0.95, 1.05)),
        )
        for _ in range(_MOVED_VISITS - 1)
    ]
    return (Visit(), *later)


def scenario(name: str) -> Course:
    """Course of a scenario of the package, of its first two visits."""
    return Course(lambda style, seed: draw_visits(name, style, seed)[:2], ((name, 0, 1),))


NO_CHANGE = ("replicate", "flare", "thinned", "recombed")
CHANGED = ("loss", "gain", "thinning", "regrown_turned")
COURSES: dict[str, Course] = {
    "quiet": Course(quiet, tuple((name, 0, at) for at, name in enumerate(NO_CHANGE, start=1))),
    **{name: scenario(name) for name in (*CHANGED, "other_site")},
    "moved": Course(
        moved,
        tuple(("moved", i, j) for i in range(_MOVED_VISITS) for j in range(i + 1, _MOVED_VISITS)),
    ),
}


def seed_of(half: str, course: str, style: str, number: int) -> int:
    """Seed of the so-and-so-many-th scalp of a course and style, among those for choosing or for reporting."""
    place = COURSE_APART * (1 + list(COURSES).index(course)) + STYLE_APART * list(styles()).index(style)
    return SEEDS[half] + place + number


@dataclass(frozen=True)
class Sight:
    """What comparing finds of a photograph in a results folder: its hairs, its picture, its countable skin."""

    view: View
    jpeg: bytes
    usable: NDArray[np.bool_]

    def load(self) -> View:
        """View with the picture at hand, as comparing begins."""
        rgb = np.asarray(cv2.imdecode(np.frombuffer(self.jpeg, np.uint8), cv2.IMREAD_COLOR))[..., ::-1]
        um_per_px = self.view.um_per_px * max(self.usable.shape) / max(rgb.shape)
        return with_darkness(self.view, np.ascontiguousarray(rgb), um_per_px, self.usable, Settings().prepare)


def sight_of(name: str, rgb: NDArray[np.uint8], measurement: Measurement) -> Sight:
    """Keep of a measured photograph what a results folder keeps.

    Raises
    ------
    ValueError
        When its scale is not known.
    """
    view = view_of(name, measurement, measurement.marks)
    if view is None:
        raise ValueError(f"{name} was measured without a scale")
    return Sight(view, keep(rgb, measurement).view_jpeg, measurement.field.usable)


@dataclass(frozen=True)
class Seen:
    """One rendered visit as it was measured."""

    scene: Scene
    measurement: Measurement
    sight: Sight
    view: View


def see(scene: Scene, name: str) -> Seen:
    """Measure a rendered visit, its scale stated."""
    measurement = measure_photo(Photo(scene.rgb), Settings(), stated_um_per_px=scene.truth.um_per_px)
    sight = sight_of(name, scene.rgb, measurement)
    return Seen(scene, measurement, sight, sight.load())


def rendered_visits(style: str, course: str, seed: int) -> list[Seen]:
    """Render the visits of a course and measure them."""
    drawn = style_of(style)
    series = render_visits(drawn, seed, COURSES[course].draw(drawn, seed))
    return [see(scene, f"{style}/{seed}/{at}") for at, scene in enumerate(series.scenes)]
