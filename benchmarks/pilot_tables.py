"""Tables of a pilot: change by site and session beside the truth, treated less control, responders."""

from __future__ import annotations

from collections.abc import Sequence

from change_figures import share_cell
from pilot_numbers import LATER, Group, Mean, Told, group, less_control
from pilot_study import SITES
from results_page import percent, table

VERDICTS = ("increase", "decrease", "within_error")


def tables(some: Sequence[Told]) -> list[str]:
    """Lay out all tables."""
    groups = {(site, visit): group(some, site, visit) for site in SITES for visit in LATER}
    return [changes(groups), differences(some), responders(groups)]


def changes(groups: dict[tuple[str, str], Group]) -> str:
    """Mean change from the baseline in hairs per cm2 and as a share of the baseline."""
    head = ["site, session", "subjects", "true change", "measured, hair by hair", "truth in the interval"]
    head += ["less the true change, subject by subject", "whole photographs subtracted"]
    head += ["true, of the baseline", "measured, of the baseline"]
    rows = [
        [
            f"{site}, {visit}",
            str(one.found.n),
            f"{one.true:+.1f}",
            interval(one.found),
            "yes" if one.found.holds(one.true) else "no",
            interval(one.error),
            interval(one.subtracted),
            percent(one.true / one.true_before, sign=True),
            percent(one.found.value / one.before, sign=True),
        ]
        for (site, visit), one in groups.items()
    ]
    return table(head, rows) + "\n\nChanges are means in hairs/cm² with 95 % t-intervals, replicates averaged first."


def differences(some: Sequence[Told]) -> str:
    """Treated less control, subject by subject."""
    rows = []
    for visit in LATER:
        found, true = less_control(some, visit)
        rows.append([visit, str(found.n), f"{true:+.1f}", interval(found), "yes" if found.holds(true) else "no"])
    return table(["treated less control", "subjects", "true", "measured", "truth in the interval"], rows)


def responders(groups: dict[tuple[str, str], Group]) -> str:
    """How many changed by more than error explains."""
    rows = [
        [f"{site}, {visit}", *(share_cell(one.verdicts.count(name), len(one.verdicts)) for name in VERDICTS)]
        for (site, visit), one in groups.items()
    ]
    return table(["verdicts", *VERDICTS], rows)


def interval(mean: Mean) -> str:
    """A mean with its interval."""
    return f"{mean.value:+.1f} ({mean.low:+.1f} to {mean.high:+.1f})"
