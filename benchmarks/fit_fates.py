"""Fit what tells a hair lost or gained from one that was missed to rendered pairs of choosing seeds, and print it.

Nothing is written: paste the weights into the settings. Loose pieces of cut hair are left out of the fit (style
``clippings``): they come and go like hair, and would teach it to doubt every loss.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment, minimize

import change_pairs
from densitometer.settings import Settings
from densitometer.synthetic.scene import Scene
from densitometer.synthetic.truth import TrueHair
from densitometer.synthetic.visits import shows
from densitometer.visits.align import align
from densitometer.visits.comparison import NotAligned
from densitometer.visits.evidence import PAIR_FEATURES, SINGLE_FEATURES, evidence
from densitometer.visits.pairing import pair_hairs
from densitometer.visits.places import common_places
from densitometer.visits.view import View
from processes import in_processes

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
COURSES = ("loss", "gain", "thinning", "regrown_turned")
LEFT_OUT = frozenset({"clippings"})
RIDGE = 1.0
_FAR_UM, _MOST_COST, _TIP_SHARE, _TURN_COST = 120.0, 320.0, 0.3, 200.0
_NOBODY = -1


@dataclass(frozen=True)
class Table:
    """Places of one pair: features, whether each was found twice, whether it changed, and how often hair changed."""

    features: dict[str, Floats]
    paired: Bools
    changed: Bools
    offset: Floats

    def rows(self, names: Sequence[str], paired: bool) -> tuple[Floats, Bools, Floats]:
        """A constant and these features, what became of each, and the log odds of a change in this pair."""
        some = self.paired == paired
        columns = [np.ones(len(some)), *(self.features[name] for name in names)]
        return np.column_stack(columns)[some], self.changed[some], self.offset[some]


def whose(view: View, scene: Scene) -> Ints:
    """Number of the true hair that each hair found is, one to one; -1 for none, and for loose pieces."""
    hairs = [hair for hair in scene.truth.hairs]
    if not (hairs and len(view)):
        return np.full(len(view), _NOBODY)
    ends = np.array([[hair.root_px, hair.tip_px] for hair in hairs]) * scene.truth.um_per_px
    ways = [_cost(view, ends[:, k], ends[:, 1 - k]) for k in (0, 1)]
    cost = np.minimum(*ways)
    first, second = linear_sum_assignment(np.where(cost < _MOST_COST, cost, 10 * _MOST_COST))
    found = np.full(len(view), _NOBODY)
    for i, j in zip(first, second, strict=True):
        if cost[i, j] < _MOST_COST and hairs[j].kind != "loose":
            found[i] = hairs[j].hair
    return found


def _cost(view: View, root: Floats, tip: Floats) -> Floats:
    apart = np.linalg.norm(view.root_um[:, None] - root, axis=2)
    ends = np.minimum(np.linalg.norm(view.tip_um[:, None] - tip, axis=2), 300.0)
    ours, theirs = view.tip_um - view.root_um, tip - root
    size = np.linalg.norm(ours, axis=1)[:, None] * np.linalg.norm(theirs, axis=1)
    straight = np.abs(ours @ theirs.T) / np.maximum(size, 1.0)
    return np.where(apart < _FAR_UM, apart + _TIP_SHARE * ends + _TURN_COST * (1 - straight), np.inf)


def standing(scene: Scene, other: Scene) -> set[int]:
    """Hairs that stand in a scene, their roots in the fields of both."""
    hairs: list[TrueHair] = [hair for hair in scene.truth.hairs if hair.kind != "loose"]
    roots = np.array([hair.root_mm for hair in hairs]).reshape(-1, 2)
    both = shows(scene, roots) & shows(other, roots)
    return {hair.hair for hair, common in zip(hairs, both, strict=True) if common}


def table_of(views: tuple[View, View], scenes: tuple[Scene, Scene], settings: Settings | None = None) -> Table | None:
    """Evidence of one pair and its truth; None where it was not aligned."""
    settings = settings or Settings()
    alignment = align(*views, settings.align)
    if isinstance(alignment, NotAligned):
        return None
    pairing = pair_hairs(*views, alignment, settings.match)
    places = common_places(*views, alignment, pairing)
    found = evidence(*views, alignment, pairing, places)
    before, after = standing(*scenes), standing(*scenes[::-1])
    numbers = [np.append(whose(view, scene), _NOBODY) for view, scene in zip(views, scenes, strict=True)]
    lost = np.isin(numbers[0][places.baseline], list(before - after))
    gained = np.isin(numbers[1][places.followup], list(after - before))
    shares = [(len(some) + 0.2) / (len(before) + 10) for some in (before - after, after - before)]
    share = np.where(places.surest_after, shares[1], shares[0])
    changed = np.where(places.surest_after, gained & ~lost, lost & ~gained)
    return Table(found, places.paired, changed, np.log(share / (1 - share)))


def fitted(tables: Iterable[Table], names: Sequence[str], paired: bool) -> Floats:
    """Weights of a logistic regression on top of how often hair changed in each pair: constant first."""
    rows = [table.rows(names, paired) for table in tables]
    features, changed, offset = (np.concatenate(column) for column in zip(*rows, strict=True))

    def loss(weights: Floats) -> tuple[float, Floats]:
        logit = features @ weights + offset
        pull = RIDGE * np.append(0.0, weights[1:])
        chance = 1 / (1 + np.exp(-logit))
        value = np.logaddexp(0, logit).sum() - logit[changed].sum() + (pull**2).sum() / (2 * RIDGE)
        return float(value), features.T @ (chance - changed) + pull

    return np.asarray(minimize(loss, np.zeros(features.shape[1]), jac=True, method="BFGS").x)


def tables_of(style: str, course: str, number: int) -> list[Table]:
    """Tables of the pairs of one rendered course."""
    visits = change_pairs.rendered_visits(style, course, change_pairs.seed_of("choose", course, style, number))
    pairs = change_pairs.COURSES[course].pairs
    tables = [table_of((visits[i].view, visits[j].view), (visits[i].scene, visits[j].scene)) for _, i, j in pairs]
    return [table for table in tables if table is not None]


def main(argv: Sequence[str] | None = None) -> None:
    """Render, fit and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scalps", type=int, default=3, metavar="N", help="of each style and course")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N")
    options = parser.parse_args(argv)
    styles = [name for name in change_pairs.trimmed_styles() if name not in LEFT_OUT]
    jobs = [(style, course, k) for k in range(options.scalps) for course in COURSES for style in styles]
    tables = [table for some in in_processes(tables_of, jobs, options.workers) for table in some]
    for name, features, paired in (
        ("single_weights", SINGLE_FEATURES, False),
        ("pair_weights", PAIR_FEATURES, True),
    ):
        weights = fitted(tables, features, paired)
        print(f"{name} = ({', '.join(f'{weight:.2f}' for weight in weights)})")


if __name__ == "__main__":
    main()
