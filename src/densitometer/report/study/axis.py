"""Where visits stand on the plots of a study, and in which order and how its arms are drawn there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from densitometer.report.drawing import BLUE, GREEN, ORANGE, SOFT
from densitometer.report.texts import shown, visit_called
from densitometer.study.model import Study
from densitometer.summary.model import EVERYBODY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LEAST_GAP = 0.1
"""Visits nearer than this share of the axis are set evenly, so that their names do not overlap."""
_LONGEST_NAME = 14
_MOST_LEVEL = 3
_MOST_NAMED = 12
_PURPLE, _BLACK = "#aa4499", "#1b1f24"
STYLES: tuple[dict[str, Any], ...] = (
    {"color": BLUE, "marker": "o", "ls": "-"},
    {"color": ORANGE, "marker": "s", "ls": (0, (5, 2))},
    {"color": GREEN, "marker": "^", "ls": (0, (1, 1.5))},
    {"color": _PURPLE, "marker": "D", "ls": (0, (5, 2, 1, 2))},
    {"color": _BLACK, "marker": "v", "ls": (0, (8, 3))},
    {"color": SOFT, "marker": "P", "ls": (0, (3, 3))},
)
"""Colour, marker and dashes of each arm, in their order: any one of the three tells it from the others."""


@dataclass(frozen=True)
class VisitAxis:
    """Places of visits from 0 to 1.

    Attributes
    ----------
    places : dict of float to float
        By the number of the visit.
    names : dict of float to str
    by_date : bool
        False where they are set evenly.
    arms : tuple of str
        Names of the arms in the order of the study, with that of those who are in none at the end.
    """

    places: dict[float, float]
    names: dict[float, str]
    by_date: bool
    arms: tuple[str, ...] = (EVERYBODY,)

    def arms_of(self, found: Iterable[str]) -> list[str]:
        """Those arms that occur, in order."""
        some = set(found)
        return [arm for arm in self.arms if arm in some]

    def called(self, arm: str, site: str = "") -> str:
        """What to call an arm; where there are none, those of the site, or all, and otherwise those who are in none."""
        return shown(arm) or (shown(site) or "All subjects" if self.arms == (EVERYBODY,) else "In no arm")

    def style_of(self, arm: str) -> dict[str, Any]:
        """How an arm is drawn: the same on all plots."""
        return STYLES[self.arms.index(arm) % len(STYLES)]

    @property
    def slanted(self) -> bool:
        """Whether names of visits are too many to stand level."""
        return len(self.places) > _MOST_LEVEL

    def name_of(self, number: float, label: str) -> str:
        """What to call a visit."""
        return self.names.get(number, shown(label))


def axis_of(study: Study) -> VisitAxis:
    """Place the visits of a study by their median day where days are known and far enough apart, else evenly."""
    numbers = [visit.number for visit in study.visits]
    names = {visit.number: shown(visit_called(visit.label)) for visit in study.visits}
    arms = (*(arm.name for arm in study.arms), EVERYBODY)
    days = _days(study)
    at = [days[number] for number in numbers if number in days]
    gaps = [after - before for before, after in zip(at, at[1:], strict=False)]
    if len(at) == len(numbers) > 1 and min(gaps) >= _LEAST_GAP * (at[-1] - at[0]) > 0:
        places = {number: (day - at[0]) / (at[-1] - at[0]) for number, day in zip(numbers, at, strict=True)}
        return VisitAxis(places, names, True, arms)
    last = max(1, len(numbers) - 1)
    return VisitAxis({number: place / last for place, number in enumerate(numbers)}, names, False, arms)


def _days(study: Study) -> dict[float, float]:
    """Median study day of each visit."""
    days: dict[float, list[int]] = {}
    for one in study.photographs:
        if one.visit and (day := study.day(one)) is not None:
            days.setdefault(one.visit.number, []).append(day)
    return {number: median(some) for number, some in days.items()}


def margins(axis: VisitAxis, wide: float) -> dict[str, float]:
    """Margins of panels side by side in a figure so many inches wide; to fit them would take longer than the rest."""
    bottom = 0.2 if axis.slanted else 0.1
    return {"left": 0.82 / wide, "right": 0.985, "top": 0.91, "bottom": bottom, "wspace": 0.06}


def name_visits(axes: Axes, axis: VisitAxis) -> None:
    """Write the names of visits below a plot; with many, of every second, third..."""
    some = list(axis.places)[:: -(-len(axis.places) // _MOST_NAMED) or 1]
    slant: dict[str, Any] = {"rotation": 35, "ha": "right"} if axis.slanted else {}
    names = [printable(axis.names[number]) for number in some]
    axes.set_xticks([axis.places[number] for number in some], names, parse_math=False, fontsize=9, **slant)
    axes.set_xlim(-0.08, 1.08)


def printable(name: str, longest: int = _LONGEST_NAME) -> str:
    """Give a name as a plot can hold it: without control characters, and not too long."""
    text = "".join(sign if sign.isprintable() else "\ufffd" for sign in name)
    return text if len(text) <= longest else text[: longest - 1] + "…"
