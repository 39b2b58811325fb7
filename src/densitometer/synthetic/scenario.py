"""Ready-made courses of visits, each for a question that is put to two photographs of one scalp."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from densitometer.errors import RenderError
from densitometer.synthetic.dice import between, stream
from densitometer.synthetic.fates import Change
from densitometer.synthetic.style import Style
from densitometer.synthetic.visits import Visit

_Dice = np.random.Generator


@dataclass(frozen=True)
class Scenario:
    """A named course of visits: what happens in it, and how it is drawn."""

    name: str
    about: str
    draw: Callable[[_Dice, Style], tuple[Visit, ...]]


def scenarios() -> dict[str, Scenario]:
    """All scenarios by name, in the order in which they are listed."""
    return {scenario.name: scenario for scenario in _SCENARIOS}


def draw_visits(name: str, style: Style, seed: int) -> tuple[Visit, ...]:
    """Visits of a scenario for a style, drawn from a seed; hair that is cut anew gets a length of the style.

    Raises
    ------
    RenderError
        A name that is no scenario, or a negative seed.
    """
    if name not in scenarios():
        raise RenderError(f"There is no scenario {name!r}; choose from {', '.join(scenarios())}")
    if seed < 0:
        raise RenderError(f"The seed is {seed}; it must be 0 or more")
    return scenarios()[name].draw(stream(seed, "scenario", name), style)


def _moved(dice: _Dice, change: Change | None = None, most_shift: float = 0.12, **more: float | bool) -> Visit:
    """Another visit, with the camera set down again by hand: a little off, a little turned."""
    shift = (between(dice, (-most_shift, most_shift)), between(dice, (-most_shift, most_shift)))
    drawn = {"turn_deg": between(dice, (-8.0, 8.0)), "scale_factor": between(dice, (0.985, 1.015))}
    return Visit(change, shift, **(drawn | more))  # type: ignore[arg-type]


def _replicate(dice: _Dice, style: Style) -> tuple[Visit, ...]:
    return Visit(), _moved(dice, replicate=True)


def _gain(dice: _Dice, style: Style) -> tuple[Visit, ...]:
    change = Change(gained_share=between(dice, (0.08, 0.2)), thickened_share=between(dice, (0.1, 0.3)))
    return Visit(), _moved(dice, change)


def _loss(dice: _Dice, style: Style) -> tuple[Visit, ...]:
    return Visit(), _moved(dice, Change(lost_share=between(dice, (0.08, 0.25))))


def _thinning(dice: _Dice, style: Style) -> tuple[Visit, ...]:
    change = Change(thinned_share=between(dice, (0.3, 0.7)), lost_share=between(dice, (0.0, 0.05)))
    return Visit(), _moved(dice, change)


def _regrown_turned(dice: _Dice, style: Style) -> tuple[Visit, ...]:
    change = Change(
        lost_share=between(dice, (0.03, 0.08)),
        gained_share=between(dice, (0.03, 0.08)),
        recut_mm=style.hair.length_mm,
        recomb_deg=(-40.0, 40.0),
        comb_spread_deg=(5.0, 20.0),
    )
    turn = between(dice, (30.0, 180.0)) * (1 if dice.random() < 0.5 else -1)
    return Visit(), _moved(dice, change, 1 / 3, turn_deg=turn, scale_factor=between(dice, (0.95, 1.05)))


def _flare(dice: _Dice, style: Style) -> tuple[Visit, ...]:
    redness, flaking = between(dice, (0.4, 1.0)), between(dice, (0.4, 1.0))
    return Visit(), _moved(dice, redness=redness, flaking=flaking)


def _trial(dice: _Dice, style: Style) -> tuple[Visit, ...]:
    first = Change(gained_share=between(dice, (0.03, 0.08)), lost_share=0.03, recut_mm=style.hair.length_mm)
    second = Change(
        gained_share=between(dice, (0.03, 0.08)),
        lost_share=0.02,
        thickened_share=between(dice, (0.2, 0.5)),
        recut_mm=style.hair.length_mm,
    )
    return Visit(), _moved(dice, replicate=True), _moved(dice, first), _moved(dice, second)


def _other_site(dice: _Dice, style: Style) -> tuple[Visit, ...]:
    return Visit(), _moved(dice, other_site=True)


_SCENARIOS = (
    Scenario("replicate", "A second photograph at the same visit: every difference is error", _replicate),
    Scenario("gain", "New hairs, and some grown wider", _gain),
    Scenario("loss", "Hairs lost", _loss),
    Scenario("thinning", "Many hairs thinner, few lost", _thinning),
    Scenario("regrown_turned", "Hair cut and combed anew, the camera far off and turned", _regrown_turned),
    Scenario("flare", "Redder and flaking, the hair as it was", _flare),
    Scenario("trial", "Baseline, a replicate of it, and two later visits with gains", _trial),
    Scenario("other_site", "The second photograph shows another scalp: not to be compared", _other_site),
)
