"""Turn the outcomes on rendered scenes into tables by style, and name the worst styles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

import ours
import peers
from densitometer.evaluate import bootstrap_interval, pool
from densitometer.synthetic.styles import find_style
from rendered_outcomes import SceneOutcome
from results_page import percent, table
from summary import SCALE_TOLERANCE

NAMES = {**ours.NAMES, **peers.NAMES}
SHORT = {
    "densitometer": "densitometer",
    "ridge": "`--method ridge`",
    "pieces": "Sato, four widths",
    "one_width": "Sato, one width",
    "tips": "tips",
}
OURS = "densitometer"
DRAWS = 1000
TRIMMED_MM = 1.5
WORST = 4
WIDTH_CLASSES_UM = ((0.0, 30.0), (30.0, 60.0), (60.0, 90.0), (90.0, float("inf")))

Floats = NDArray[np.float64]
Outcomes = Sequence[SceneOutcome]
ByStyle = Mapping[str, Sequence[Mapping[str, SceneOutcome]]]
Figure = Callable[[Outcomes], float]


def f1(outcomes: Outcomes) -> float:
    """F1 of the roots, every hair weighing the same."""
    return pool(outcome.roots for outcome in outcomes).f1


def hair_f1(outcomes: Outcomes) -> float:
    """F1 by midpoints."""
    return pool(outcome.hairs for outcome in outcomes).f1


def count_error(outcomes: Outcomes) -> float:
    """Mean over scenes of |counted - true| / true."""
    return _mean([abs(outcome.count / outcome.true_count - 1) for outcome in outcomes if outcome.true_count])


def count_bias(outcomes: Outcomes) -> float:
    """All hairs counted over all true hairs, less one."""
    true = sum(outcome.true_count for outcome in outcomes)
    return sum(outcome.count for outcome in outcomes) / true - 1 if true else float("nan")


def width_bias(outcomes: Outcomes) -> float:
    """Mean of found less true width, in um."""
    return _mean(_width_errors(outcomes))


def width_error(outcomes: Outcomes) -> float:
    """Mean of |found - true| width, in um."""
    return _mean(np.abs(_width_errors(outcomes)))


def unit_error(outcomes: Outcomes) -> float:
    """Mean over scenes of |units formed - true| / true; a picture that was declined has none."""
    some = [outcome for outcome in outcomes if len(outcome.unit_sizes)]
    return _mean([abs(np.nan_to_num(o.unit_count) / len(o.unit_sizes) - 1) for o in some])


def unit_right(outcomes: Outcomes) -> float:
    """Share of the true units whose size is right."""
    return _mean(np.concatenate([outcome.unit_right for outcome in outcomes]))


def area_error(outcomes: Outcomes) -> float:
    """Mean over scenes of |area / true area - 1|."""
    return _mean([abs(outcome.area_error) for outcome in outcomes])


def terminal_error(outcomes: Outcomes) -> float:
    """Mean over scenes of the share of terminal hairs less the true share."""
    return _mean([outcome.terminal_error for outcome in outcomes])


def _width_errors(outcomes: Outcomes) -> Floats:
    pairs = np.concatenate([outcome.widths_um for outcome in outcomes])
    return np.asarray(pairs[:, 1] - pairs[:, 0])


def _mean(values: Sequence[float] | Floats) -> float:
    """Mean of those that are numbers; NaN where none is."""
    some = np.asarray(values, float)
    some = some[np.isfinite(some)]
    return float(some.mean()) if len(some) else float("nan")


def number(value: float) -> str:
    """Show a share between 0 and 1; a dash for NaN."""
    return "–" if np.isnan(value) else f"{value:.3f}"


def whole_percent(value: float) -> str:
    """Show a share as a percentage without decimals; a dash for NaN."""
    return "–" if np.isnan(value) else f"{value:.0%}"


def signed_percent(value: float) -> str:
    """Show a share as a percentage without decimals and with its sign; a dash for NaN."""
    return "–" if np.isnan(value) else f"{value:+.0%}"


def micrometres(value: float) -> str:
    """Show a length in um; a dash for NaN."""
    return "–" if np.isnan(value) else f"{value:.1f}"


def signed_micrometres(value: float) -> str:
    """Show a length in um with its sign; a dash for NaN."""
    return "–" if np.isnan(value) else f"{value:+.1f}"


def cell(figure: Figure, outcomes: Outcomes, show: Callable[[float], str]) -> str:
    """Show a figure with its 95 % interval over scenes, where there are two or more."""
    value = figure(outcomes)
    if len(outcomes) < 2 or np.isnan(value):
        return show(value)
    low, high = bootstrap_interval(outcomes, range(len(outcomes)), figure, draws=DRAWS)
    return f"{show(value)} ({show(float(low))} to {show(float(high))})"


def of(by_style: ByStyle, style: str, method: str) -> list[SceneOutcome]:
    """Outcomes of one method on the scenes of one style."""
    return [scene[method] for scene in by_style[style]]


def everything(by_style: ByStyle, method: str) -> list[SceneOutcome]:
    """Outcomes of one method on all scenes."""
    return [outcome for style in by_style for outcome in of(by_style, style, method)]


def is_trimmed(style: str) -> bool:
    """Tell whether a style's hairs are short enough to be marked from root to tip, as on photographs."""
    return find_style(style).hair.length_mm[1] <= TRIMMED_MM


def all_styles(by_style: ByStyle, methods: Sequence[str]) -> str:
    """Lay out all styles together, a row a method."""
    head = ["all styles", "root F1", "precision", "recall", "count error per scene", "count bias"]
    head += ["invented per 100 true hairs", "of these on a loose piece", "along a growing hair", "elsewhere"]
    rows = []
    for method in methods:
        some = everything(by_style, method)
        whole = pool(outcome.roots for outcome in some)
        numbers = [cell(f1, some, number), number(whole.precision), number(whole.recall)]
        counts = [cell(count_error, some, percent), cell(count_bias, some, lambda v: percent(v, sign=True))]
        rows.append([NAMES[method], *numbers, *counts, *invented(some)])
    return table(head, rows)


def invented(outcomes: Outcomes) -> list[str]:
    """Say how many found hairs are none, and what lies there."""
    whole = pool(outcome.roots for outcome in outcomes)
    loose, along = (sum(getattr(o, part) for o in outcomes) for part in ("on_loose", "along_hair"))
    shares = [n / whole.false if whole.false else float("nan") for n in (loose, along, whole.false - loose - along)]
    many = 100 * whole.false / whole.true_count if whole.true_count else float("nan")
    return [micrometres(many), *(whole_percent(share) for share in shares)]


def f1_by_style(by_style: ByStyle, methods: Sequence[str]) -> str:
    """Lay out F1 by style, a column a method."""
    head = ["root F1", "scenes", "true hairs", *(SHORT[method] for method in methods)]
    rows = []
    for style, scenes in by_style.items():
        true = sum(next(iter(scene.values())).true_count for scene in scenes)
        cells = [cell(f1, of(by_style, style, method), number) for method in methods]
        rows.append([style, str(len(scenes)), str(true), *cells])
    return table(head, rows)


def counts_by_style(by_style: ByStyle, methods: Sequence[str]) -> str:
    """Lay out count error and bias by style, two columns a method; intervals for densitometer alone, to be legible."""
    head = ["count error per scene; bias", *(SHORT[method] for method in methods)]
    rows = []
    for style in by_style:
        cells = []
        for method in methods:
            some = of(by_style, style, method)
            error = cell(count_error, some, whole_percent) if method == OURS else whole_percent(count_error(some))
            cells.append(f"{error}; {signed_percent(count_bias(some))}")
        rows.append([style, *cells])
    return table(head, rows)


def errors_by_style(by_style: ByStyle) -> str:
    """Lay out what densitometer misses and invents by style, and F1 by midpoint of trimmed hair."""
    head = ["densitometer", "precision", "recall", "invented per 100 true hairs", "of these on a loose piece"]
    head += ["along a growing hair", "elsewhere", "F1 by midpoint", "right root ends"]
    rows = []
    for style in by_style:
        some = of(by_style, style, OURS)
        whole = pool(outcome.roots for outcome in some)
        middles = ["–", "–"]
        if is_trimmed(style):
            middles = [cell(hair_f1, some, number), percent(pool(o.hairs for o in some).root_share)]
        rows.append([style, number(whole.precision), number(whole.recall), *invented(some), *middles])
    return table(head, rows)


def measures_by_style(by_style: ByStyle) -> str:
    """Lay out widths, units, area and intervals of densitometer by style."""
    head = ["densitometer", "width bias (µm)", "mean width error (µm)", "share of terminal hairs, found less true"]
    head += ["units: count error", "units of the right size", "area error", "density interval holds the truth"]
    head += ["detection interval alone"]
    rows = []
    for style in [*by_style, "all styles"]:
        some = of(by_style, style, OURS) if style in by_style else everything(by_style, OURS)
        widths = [cell(width_bias, some, signed_micrometres), cell(width_error, some, micrometres)]
        units = [cell(unit_error, some, whole_percent), cell(unit_right, some, whole_percent)]
        rest = [percent(area_error(some)), held(some, "covered"), held(some, "detection_covered")]
        rows.append([style, *widths, signed_percent(terminal_error(some)), *units, *rest])
    return table(head, rows)


def held(outcomes: Outcomes, which: str) -> str:
    """Say of how many scenes an interval holds the truth; a picture without an interval holds nothing."""
    return f"{sum(getattr(outcome, which) == 1 for outcome in outcomes)} of {len(outcomes)}"


def width_classes(outcomes: Outcomes) -> str:
    """Lay out recall and errors of width by true width, all styles together."""
    head = ["true width (µm)", "true hairs", "recall", "measured", "width bias (µm)", "mean width error (µm)"]
    rows = []
    for low, high in WIDTH_CLASSES_UM:
        some = [in_class(outcome, low, high) for outcome in outcomes]
        hit = np.concatenate([outcome.hit for outcome in some])
        name = f"from {low:g}" if high == float("inf") else f"{low:g} to {high:g}"
        measured = sum(len(outcome.widths_um) for outcome in some)
        errors = [cell(width_bias, some, signed_micrometres), cell(width_error, some, micrometres)]
        rows.append([name, str(len(hit)), percent(_mean(hit)), str(measured), *errors])
    return table(head, rows)


def in_class(outcome: SceneOutcome, low_um: float, high_um: float) -> SceneOutcome:
    """Keep of an outcome the true hairs at least `low_um` and less than `high_um` wide, found or not."""

    def inside(widths: Floats) -> NDArray[np.bool_]:
        return np.asarray((widths >= low_um) & (widths < high_um))

    true = inside(outcome.true_widths_um)
    return replace(
        outcome,
        true_widths_um=outcome.true_widths_um[true],
        hit=outcome.hit[true],
        widths_um=outcome.widths_um[inside(outcome.widths_um[:, 0])],
    )


def unit_sizes(outcomes: Outcomes) -> str:
    """Lay out the share of units of the right size by true size, all styles together."""
    sizes, right = (np.concatenate([getattr(o, part) for o in outcomes]) for part in ("unit_sizes", "unit_right"))
    groups = [("1", sizes == 1), ("2", sizes == 2), ("3", sizes == 3), ("4 or more", sizes >= 4)]
    rows = [[name, str(int(group.sum())), percent(_mean(right[group]))] for name, group in groups]
    return table(["hairs in the unit", "true units", "of the right size"], rows)


def flags_by_style(by_style: ByStyle) -> str:
    """Lay out the flags raised, and the pictures declined."""
    rows = []
    for style in by_style:
        some = of(by_style, style, OURS)
        names = Counter(name for outcome in some for name in (*outcome.flags, *["declined"] * outcome.declined))
        rows.append([style, ", ".join(f"{name} {n} of {len(some)}" for name, n in names.most_common()) or "none"])
    return table(["densitometer", "flags raised"], rows)


def scale_sentence(outcomes: Outcomes) -> str:
    """Say how often the printed scale is read, and how often a wrong value is given."""

    def right(outcome: SceneOutcome) -> bool:
        read = outcome.read_um_per_px
        return read is not None and abs(read / outcome.um_per_px - 1) <= SCALE_TOLERANCE

    printed = [outcome for outcome in outcomes if outcome.printed_bar]
    wrong = sum(o.read_um_per_px is not None and not right(o) for o in outcomes)
    return (
        f"Printed scale, from the picture alone: read within 2 % on {sum(map(right, printed))} of {len(printed)} "
        f"scenes that carry one; wrong values given: {wrong} (on all {len(outcomes)})."
    )


def worst_sentence(by_style: ByStyle, methods: Sequence[str]) -> str:
    """Name the styles on which densitometer does worst, and those on which a peer does better."""
    by_f1 = {style: f1(of(by_style, style, OURS)) for style in by_style}
    by_count = {style: count_error(of(by_style, style, OURS)) for style in by_style}
    low = sorted(by_f1, key=lambda style: np.nan_to_num(by_f1[style]))[:WORST]
    high = sorted(by_count, key=lambda style: -np.nan_to_num(by_count[style], nan=np.inf))[:WORST]
    parts = [
        "Worst styles for densitometer by root F1: " + _listed(low, by_f1, number),
        "by count error: " + _listed(high, by_count, whole_percent),
    ]
    others = [method for method in methods if method != OURS]
    if others:
        best = {style: max(np.nan_to_num(f1(of(by_style, style, m))) for m in others) for style in by_style}
        behind = [style for style in by_style if best[style] > np.nan_to_num(by_f1[style])]
        where = _listed(behind, best, number) if behind else "none"
        parts.append(f"another method has the higher root F1 in {where}")
    return "; ".join(parts) + "."


def _listed(names: Sequence[str], values: Mapping[str, float], show: Callable[[float], str]) -> str:
    return ", ".join(f"`{name}` ({show(values[name])})" for name in names)


def rendered(by_style: ByStyle, methods: Sequence[str], seeds: str) -> str:
    """Write all tables."""
    note = {
        "report": "not looked at when settings were chosen",
        "choose": "settings may be chosen on these: for comparison only",
    }[seeds]
    scenes = sum(len(some) for some in by_style.values())
    parts = [f"### Seeds to `{seeds}`: {scenes} scenes of {len(by_style)} styles ({note})"]
    if OURS in methods:
        parts.append(worst_sentence(by_style, methods))
    parts += [all_styles(by_style, methods), f1_by_style(by_style, methods), counts_by_style(by_style, methods)]
    if OURS in methods:
        every = everything(by_style, OURS)
        parts += [errors_by_style(by_style), measures_by_style(by_style), width_classes(every), unit_sizes(every)]
        parts += [flags_by_style(by_style), scale_sentence(every)]
    return "\n\n".join(parts)
