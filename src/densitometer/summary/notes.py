"""Sentences that must stand beside the numbers of a study, or these would say more than they can."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from densitometer.study.changes import is_of_another_visit
from densitometer.study.model import Photograph, Study
from densitometer.study.published import LARGEST_PLACEBO_RISE_PER_CM2, PLACEBO_RISE_SOURCE
from densitometer.summary.model import Design
from densitometer.summary.values import after_their_baselines, arms_by_site
from densitometer.visits.order import natural

_PLACEBO = (
    f"Under placebo alone hair rose by up to {LARGEST_PLACEBO_RISE_PER_CM2:.0f} hairs/cm² ({PLACEBO_RISE_SOURCE}); no "
    "change here can be put down to treatment."
)
UNCONTROLLED = f"Uncontrolled: no arm and no site tells what would have happened without treatment. {_PLACEBO}"
NO_CONTROL_NAMED = "Uncontrolled: no {} was named as control with --control or --control-site. "
_MOST_SCALE = 0.02
"""Difference of scales above which a density is no longer the same measure: it errs by twice as much."""


def notes_of(study: Study, design: Design) -> tuple[str, ...]:
    """Give the notes, whole sentences, the gravest first."""
    return tuple(_notes(study, design))


def _notes(study: Study, design: Design) -> Iterator[str]:
    later = [one for one in study.photographs if one.later]
    if later and not design.controlled:
        yield _uncontrolled(study)
    yield from _of_arms(study)
    if study.unphotographed:
        yield _unphotographed(study)
    if left_out := [one for one in study.photographs if not (one.subject.code and one.visit)]:
        yield f"{_counted(len(left_out), 'photograph')} without subject or visit are in no number but the counts."
    if after := after_their_baselines(study):
        yield (
            f"{_counted(len(after), 'photograph')} of a baseline visit, taken after the first treatment: in no number "
            "but the counts."
        )
    if later and not study.changes and not study.without_change:
        yield (
            "Visits were not compared: run 'densitometer compare'. Until then changes are told by subtraction alone, "
            "which takes hair at the edge and another place of the camera for change."
        )
    elsewhere = [one for one in later if one.measured and _compared_elsewhere(study, one)]
    if elsewhere:
        yield (
            f"{_counted(len(elsewhere), 'later photograph')} compared with other visits than the baseline, which "
            "is not the first visit here; their change is told by subtraction alone."
        )
    if several := _days(study):
        yield (
            f"Photographs of one visit were taken on different days: {_sites(len(several))}; their values are averaged "
            "all the same."
        )
    if later and not any(one.row.get("visit") for one in study.photographs):
        yield (
            "Visits have dates alone and were numbered subject by subject: visits of one number may be of different "
            "weeks."
        )
    if not later:
        yield "No photograph is later than a baseline, so that no change is told."
    if study.without_baseline:
        yield f"No baseline: {_sites(len(study.without_baseline))}, of which no change is told."
    if some := [one for one in later if one.measured and one.name in study.without_change and one not in elsewhere]:
        yield f"{_counted(len(some), 'later photograph')} could not be compared with the baseline."
    if sites := list(_other_scale(study)):
        yield (
            f"Scale of a later visit off that of the baseline by more than {100 * _MOST_SCALE:.0f} %: "
            f"{_sites(len(sites))}, whose densities and widths are not of one measure."
        )
    if sites := [key for key, devices in _devices(study).items() if len(devices) > 1]:
        yield f"More than one device: {_sites(len(sites))}."
    if later:
        yield (
            "Intervals are of 95 % each and are not adjusted for the number of parameters, sites and visits; values "
            "that are missing are not filled in."
        )


def _unphotographed(study: Study) -> str:
    """Say of how many subjects, and of which arms, nothing is told."""
    arms = Counter(one.arm or one.arm_code for one in study.unphotographed)
    by_arm = ", ".join(
        f"{arm or 'no arm'}: {count}" for arm, count in sorted(arms.items(), key=lambda one: natural(one[0]))
    )
    told = f" ({by_arm})" if set(arms) != {""} else ""
    return (
        f"{_counted(len(study.unphotographed), 'subject')} of the table of subjects without any photograph{told}: in "
        "no number here, nor among those who are missing at a visit."
    )


def _uncontrolled(study: Study) -> str:
    """Say that nothing serves as control; where there are several arms or sites, how to name one."""
    arms = [one.name for one in study.arms]
    sites = [one.label for one in study.sites if one.label]
    told = [f"arm ({', '.join(arms)})"] * (len(arms) > 1) + [f"site ({', '.join(sites)})"] * (len(sites) > 1)
    return NO_CONTROL_NAMED.format(" and no ".join(told)) + _PLACEBO if told else UNCONTROLLED


def _of_arms(study: Study) -> Iterator[str]:
    """Sites of subjects that changed arms, and photographs whose arm was told by the others."""
    arms = arms_by_site(study)
    if changed := [key for key, names in arms.items() if key[0] and len(names) > 1]:
        yield (
            f"More than one arm: {_sites(len(changed))}, as in a cross-over. Arms are not compared there: what "
            "subjects had first may still act."
        )
    sides: dict[str, set[str]] = {}
    for (code, _), names in arms.items():
        if len(names) == 1:
            sides.setdefault(code, set()).add(names[0])
    if split := [code for code, names in sides.items() if code and len(names) > 1]:
        yield (
            f"Another arm at another site: {_counted(len(split), 'subject')}, as with halves of a head. Arms are "
            "compared within each site as if of different people; a control site, where one side is it for all, "
            "compares in pairs."
        )
    lacking = [one for one in study.photographs if one.subject.code and not one.arm and len(arms[_key(one)]) == 1]
    if lacking:
        yield (
            f"{_counted(len(lacking), 'photograph')} without an arm: taken to be of the arm that the subject has at "
            "that site at other visits."
        )
    none = {one.subject.code for one in study.photographs if one.subject.code and not arms[_key(one)]}
    if study.arms and none:
        yield f"{_counted(len(none), 'subject')} in no arm: in no comparison of arms, and in no model."


def _compared_elsewhere(study: Study, one: Photograph) -> bool:
    return is_of_another_visit(study.without_change.get(one.name, ""))


def _days(study: Study) -> list[tuple[object, ...]]:
    """Subjects, sites and visits with photographs of several days."""
    days: dict[tuple[object, ...], set[str]] = {}
    for one in study.photographs:
        if one.subject.code and one.visit and one.date:
            days.setdefault((*_key(one), one.visit.number), set()).add(one.date)
    return [key for key, some in days.items() if len(some) > 1]


def _sites(count: int) -> str:
    return _counted(count, "site") + (" of one subject" if count == 1 else ", subject by subject")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


Key = tuple[str, str]


def _key(one: Photograph) -> Key:
    return one.subject.code, one.site.label


def _other_scale(study: Study) -> Iterator[Key]:
    """Subjects and sites of which a later photograph has another scale than the baseline."""
    scales: dict[Key, tuple[set[float], set[float]]] = {}
    for one in study.photographs:
        um_per_px = one.row.get("um_per_px")
        if isinstance(um_per_px, int | float) and (one.baseline or one.later):
            scales.setdefault(_key(one), (set(), set()))[one.later].add(float(um_per_px))
    for key, (before, after) in scales.items():
        if any(abs(b / a - 1) > _MOST_SCALE for a in before for b in after):
            yield key


def _devices(study: Study) -> dict[Key, set[str]]:
    devices: dict[Key, set[str]] = {}
    for one in study.photographs:
        if one.device and (one.baseline or one.later):
            devices.setdefault(_key(one), set()).add(one.device)
    return devices
