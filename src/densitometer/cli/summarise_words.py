"""Numbers and names as ``densitometer summarise`` prints them."""

from __future__ import annotations

from math import isfinite

from densitometer.cli.summarise_layout import Footnotes
from densitometer.statistics import Estimate, Share
from densitometer.summary.parameter import Measured

_COARSE = ("hairs/cm²", "µm", "units/cm²", "CIELAB a*")
_LEAST_P = 0.001
LEAST_SHARE = 5
"""Of fewer subjects, a share in per cent would look more certain than it is."""


def number(value: float, parameter: Measured | None = None, *, signed: bool = False) -> str:
    """Give a number as it is read, and a dash where there is none."""
    if not isfinite(value):
        return "-"
    digits = 1 if parameter is None or parameter.unit in _COARSE else 2
    text = f"{value:+.{digits}f}" if signed else f"{value:.{digits}f}"
    return text if text.strip("+-0.") else text.lstrip("+-")  # no signed zero


def ends(low: float, high: float, parameter: Measured | None = None, *, signed: bool = False) -> str:
    """Give the ends of an interval, and nothing where there are none."""
    if not (isfinite(low) and isfinite(high)):
        return ""
    return f"{number(low, parameter, signed=signed)} to {number(high, parameter, signed=signed)}"


def told(
    estimate: Estimate, notes: Footnotes, parameter: Measured | None = None, *, signed: bool = False
) -> tuple[str, str]:
    """Give a value and its interval; in the place of what is missing stands the mark of the reason."""
    mark = notes.mark(estimate.reason)
    value = number(estimate.value, parameter, signed=signed) if estimate.known else mark or "-"
    return value, ends(estimate.low, estimate.high, parameter, signed=signed) or (mark if estimate.known else "")


def share(one: Share, notes: Footnotes) -> tuple[str, str]:
    """Give how many of a group, with the share, and its interval in per cent; of a few the numbers alone."""
    estimate = one.estimate
    if one.count is None or not estimate.known:
        return notes.mark(estimate.reason) or "-", ""
    if one.n < LEAST_SHARE:
        return f"{one.count} of {one.n}", ""
    return f"{one.count} ({100 * estimate.value:.0f} %)", f"{100 * estimate.low:.0f} to {100 * estimate.high:.0f} %"


def points(estimate: Estimate, notes: Footnotes) -> tuple[str, str]:
    """Give a difference of two shares and its interval in percentage points."""
    value, low, high = (100 * number for number in (estimate.value, estimate.low, estimate.high))
    mark = notes.mark(estimate.reason)
    if not estimate.known:
        return mark or "-", ""
    return _point(value), f"{_point(low)} to {_point(high)}" if isfinite(low) else mark


def _point(value: float) -> str:
    """Give a percentage point with its sign, which 0 has not."""
    return f"{value:+.0f}" if round(value) else "0"


def probability(p: float) -> str:
    """Give a p value to three places; nothing where there is none."""
    if not isfinite(p):
        return ""
    return f"<{_LEAST_P:g}" if p < _LEAST_P else f"{p:.3f}"


def icc(estimate: Estimate, notes: Footnotes) -> tuple[str, str]:
    """Give an intraclass correlation to three places."""
    mark = notes.mark(estimate.reason)
    if not estimate.known:
        return mark or "-", ""
    interval = f"{estimate.low:.3f} to {estimate.high:.3f}" if isfinite(estimate.low) else mark
    return f"{estimate.value:.3f}", interval


def counted(count: int, what: str) -> str:
    """Give a number of things, such as ``1 subject`` and ``2 subjects``."""
    return f"{count} {what}{'s' * (count != 1)}"


def place(site: str, arm: str, *, arms: bool) -> str:
    """Name a site and, in a study that has arms, an arm."""
    where = f"Site {site}" if site else "Site without a name"
    return f"{where}, {arm_named(arm)}" if arms else where


def arm_named(arm: str) -> str:
    """Name an arm."""
    return f"arm {arm}" if arm else "without an arm"


def title(parameter: Measured) -> str:
    """Name a parameter with its unit and its column."""
    unit = f", {parameter.unit}" if parameter.unit else ""
    return f"{parameter.label[:1].upper()}{parameter.label[1:]}{unit} ({parameter.name})"
