"""What became of the photographs of a study, step by step: how many are left, and why the others are not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from densitometer.report.study.parts import counted
from densitometer.report.texts import shown
from densitometer.study.model import Photograph, Study

_MOST_REASONS = 8


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes
    ----------
    title : str
        As it stands behind the number, in lower case.
    count : int
        Photographs that are left.
    note : str
        What more there is to say of them.
    lost : int
        Photographs that the step before had and this one has not.
    lost_title : str
    reasons : tuple of (str, int)
        Why, the most frequent first.
    """

    title: str
    count: int
    note: str = ""
    lost: int = 0
    lost_title: str = ""
    reasons: tuple[tuple[str, int], ...] = ()


def flow_of(study: Study) -> tuple[Step, ...]:
    """Follow the photographs from those received to those whose change is known.

    Parameters
    ----------
    study : Study
        Whose comparisons are those with the baseline.

    Returns
    -------
    tuple of Step
        In each, the photographs left and those lost add up to those left in the step before.
    """
    every = list(study.photographs)
    measured = [one for one in every if one.measured]
    placed = [one for one in measured if one.subject.code and one.visit]
    later = [one for one in placed if one.later]
    steps = [Step("received", len(every), counted(len({one.subject.code for one in every} - {""}), "subject"))]
    steps.append(_step("measured", every, measured, "not measured", [_why_not_measured(one) for one in every]))
    steps.append(_step("with a subject and a visit", measured, placed, "without one of these in the visits table", ()))
    steps.append(_later(study, placed, later))
    return (*steps, *_compared(study, later))


def _why_not_measured(one: Photograph) -> str:
    return "" if one.measured else str(one.row.get("reason") or "no reason was given")


def _step(
    title: str, before: Sequence[Photograph], left: Sequence[Photograph], lost_title: str, reasons: Iterable[str]
) -> Step:
    return Step(title, len(left), "", len(before) - len(left), lost_title, _grouped(reasons))


def _later(study: Study, placed: Sequence[Photograph], later: Sequence[Photograph]) -> Step:
    """Photographs after the baseline; the others are of the baseline, or have none to be compared with."""
    rest = [one for one in placed if not one.later]
    lacking = study.without_baseline
    reasons = ["of the baseline itself" if one.baseline else "" for one in rest]
    for place, one in enumerate(rest):
        if not one.baseline:
            lack = lacking.get((one.subject.code, one.site.label))
            reasons[place] = "of a site without a measured baseline" if lack else "from before the baseline"
    return Step(
        "of a visit after the baseline",
        len(later),
        "",
        len(rest),
        "with no baseline to be compared with",
        _grouped(reasons),
    )


def _compared(study: Study, later: Sequence[Photograph]) -> tuple[Step, ...]:
    made = [one for one in later if one.name in study.changes]
    refused = list(_why_no_change(study, [one for one in later if one.name in study.without_change]))
    compared = len(made) + len(refused)
    none = not study.changes and not study.without_change
    reason = "visits have not been compared: run densitometer compare" if none else "not among the comparisons"
    missed = len(later) - compared
    return (
        Step("compared with the baseline", compared, "", missed, "not compared", ((reason, missed),) if missed else ()),
        Step("comparable: the change is known", len(made), "", len(refused), "without a change",
             _grouped(refused)),
    )  # fmt: skip


def _why_no_change(study: Study, some: Iterable[Photograph]) -> Iterable[str]:
    """Why each was not compared, without names of photographs, so that one reason of many is told once."""
    names: dict[tuple[str, str], list[str]] = {}
    for one in study.photographs:
        names.setdefault((one.subject.code, one.site.label), []).append(one.name)
    for one in some:
        reason = study.without_change[one.name]
        for name in sorted(names[one.subject.code, one.site.label], key=len, reverse=True):
            reason = reason.replace(name, "a photograph")
        yield reason


def _grouped(reasons: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """Reasons with how often they occur, the most frequent first, the rare ones of many as one."""
    ordered = sorted(Counter(filter(None, reasons)).items(), key=lambda item: (-item[1], item[0]))
    if len(ordered) <= _MOST_REASONS:
        return tuple((shown(reason), count) for reason, count in ordered)
    first, rest = ordered[: _MOST_REASONS - 1], ordered[_MOST_REASONS - 1 :]
    other = (f"{len(rest)} other reasons, in the table of photographs", sum(count for _, count in rest))
    return (*((shown(reason), count) for reason, count in first), other)
