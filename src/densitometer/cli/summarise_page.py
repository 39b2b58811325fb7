"""What ``densitometer summarise`` prints: the study, each parameter, responders, error, and published trials."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from densitometer.cli.summarise_error import repeatability, responders
from densitometer.cli.summarise_layout import Footnotes, Group, grid, paragraph, titled
from densitometer.cli.summarise_short import compared, short
from densitometer.cli.summarise_trials import effects
from densitometer.cli.summarise_words import counted, number, place, probability, title, told
from densitometer.study.model import Study
from densitometer.summary.model import GroupChange, GroupDifference, StudySummary
from densitometer.summary.model_row import ModelRow
from densitometer.summary.parameter import CALLED, Measured
from densitometer.summary.quoted import few_matched

_QUOTE = "Quote the change hair by hair; the other compares with papers that subtract."
_FEWER = (
    "Where fewer than half of the subjects have a change hair by hair, quote the subtracted one for the group: those "
    "few may not stand for the others."
)
_WITHIN = (
    "Change within a group is no effect of treatment; only the difference from a control can be, where arms or sites "
    "were drawn by lot."
)
_POINTS = "Changes are in percentage points; in %: relative to the mean baseline of the same subjects."
_RELATIVE = "in %: of the mean baseline of the same subjects."
_FITS = {
    "mixed model": "Mixed model: a random intercept for each subject.",
    "least squares": "Least squares: there is one visit alone, no spread between subjects, or too little to tell it.",
}
_ERRORS = "Each interval rests on how far subjects spread there (cluster-robust, CR2)."

_MODEL_HEADS = ("arm", "visit", "n", "mean", "95 % interval", "difference", "95 % interval ", "p")


def page(
    study: Study, summary: StudySummary, parameters: Sequence[Measured], *, literature: bool = False
) -> Iterator[str]:
    """Give the lines of the whole page.

    Parameters
    ----------
    study : Study
    summary : StudySummary
    parameters : sequence of Measured
        Of which values and changes are printed.
    literature : bool
        All trials that were published, in the place of those closest to the study.
    """
    yield from _head(study, summary)
    for parameter in parameters:
        yield from titled(title(parameter))
        yield from _values(summary, parameter)
        yield from _changes(summary, parameter)
        yield from _differences(summary, parameter)
        yield from _models(summary, parameter)
    yield from responders(summary)
    yield from repeatability(summary, parameters)
    yield from effects(summary, whole=literature)
    yield from short(summary)


def _head(study: Study, summary: StudySummary) -> Iterator[str]:
    name = ": ".join(text for text in (study.about.study_id, study.about.name) if text)
    yield from paragraph(f"Study {name}" if name else "Study")
    not_measured = summary.photographs - summary.measured
    photographs = f"{counted(summary.photographs, 'photograph')}, {summary.measured} measured, {not_measured} not"
    facts = {
        "Subjects": f"{summary.subjects} photographed",
        "Photographs": photographs,
        "Arms": "; ".join(_arms(summary)) or "none",
        "Sites": "; ".join(one.label or "without a name" for one in study.sites),
        "Visits": "; ".join(one.label for one in study.visits) or "none",
        "Control": _control(summary),
    }
    for what, text in facts.items():
        yield from paragraph(f"{what + ':':<13}{text}", 13)
    for note in summary.notes:
        yield from paragraph(f"! {note}", 2)


def _arms(summary: StudySummary) -> Iterator[str]:
    subjects: dict[str, set[str]] = {}
    for one in summary.values:
        subjects.setdefault(one.place.arm, set()).add(one.subject)
    if any(subjects):
        yield from (f"{arm or 'without an arm'} ({counted(len(some), 'subject')})" for arm, some in subjects.items())


def _control(summary: StudySummary) -> str:
    design = summary.design
    found = [
        f"{what} {name} ({'as stated' if by == 'stated' else 'by its name'})"
        for what, name, by in (
            ("arm", design.control_arm, design.arm_named_by),
            ("site", design.control_site, design.site_named_by),
        )
        if name
    ]
    return "; ".join(found) or "none; changes are uncontrolled. Name one with --control or --control-site"


def _has_arms(summary: StudySummary) -> bool:
    return any(one.place.arm for one in summary.values)


def _section(heading: str, heads: Sequence[str], groups: Sequence[Group], texts: Sequence[str]) -> Iterator[str]:
    yield ""
    yield from paragraph(heading)
    yield from grid(heads, groups, texts)


def _values(summary: StudySummary, parameter: Measured) -> Iterator[str]:
    notes, groups = Footnotes(), []
    some = [one for one in summary.groups if one.place.parameter == parameter]
    for (site, arm), of_group in groupby(some, key=lambda one: (one.place.site, one.place.arm)):
        rows = []
        for one in of_group:
            s = one.summary
            counts = (str(s.n), str(one.missed), str(one.not_measured))
            visit = one.place.visit + (" (baseline)" if one.baseline and one.place.visit != "baseline" else "")
            mean, median = told(s.mean, notes, parameter), told(s.median, notes, parameter)
            rows.append((visit, *counts, *mean, number(s.sd, parameter), *median))
        groups.append(Group(place(site, arm, arms=_has_arms(summary)), rows))
    if groups:
        heads = ("visit", "n", "no photo", "not measured", "mean", "95 % interval", "SD", "median", "95 % interval ")
        yield from _section("Values, replicates of a subject averaged", heads, groups, ("visit",))
        yield from notes.lines()


def _changes(summary: StudySummary, parameter: Measured) -> Iterator[str]:
    notes, groups = Footnotes(), []
    some = [one for one in summary.changes if one.place.parameter == parameter]
    for (site, arm), of_group in groupby(some, key=lambda one: (one.place.site, one.place.arm)):
        rows, before, of_place = [], "", list(of_group)
        for one in of_place:
            c = one.change
            visit, before = ("" if one.place.visit == before else one.place.visit), one.place.visit
            change = told(c.mean, notes, parameter, signed=True)
            percent = told(c.percent_of_means, notes, signed=True)
            counts = (str(c.n), number(c.baseline_mean, parameter))
            rows.append((visit, CALLED[one.method], *counts, *change, number(c.sd, parameter), *percent))
        groups.append(Group(place(site, arm, arms=_has_arms(summary)) + _uncontrolled(summary, of_place), rows))
    if not groups:
        return
    controlled = summary.design.controlled
    heading = "Change from baseline" if controlled else "Uncontrolled change from baseline"
    heads = ("visit", "how", "n", "baseline", "change", "95 % interval", "SD", "in %", "95 % interval ")
    yield from _section(heading, heads, groups, ("visit",))
    yield from notes.lines()
    told_of = (_POINTS if parameter.unit == "%" else _RELATIVE, _which_to_quote(some), _WITHIN * controlled)
    yield from paragraph(" ".join(filter(None, told_of)))


def _uncontrolled(summary: StudySummary, some: Sequence[GroupChange]) -> str:
    """Say at which visits a group of a study with a control has none."""
    visits = {one.place.visit: one.controlled for one in some}
    bare = [visit for visit, controlled in visits.items() if not controlled]
    if not summary.design.controlled or not bare:
        return ""
    return ", uncontrolled" + (f" at {', '.join(bare)}" if len(bare) < len(visits) else "")


def _which_to_quote(some: Sequence[GroupChange]) -> str:
    """Say which of the two changes counts, where both are known."""
    if not any(one.change.n for one in some if one.method == "matched"):
        return ""
    return f"{_QUOTE} {_FEWER}" if few_matched(some) else _QUOTE


def _differences(summary: StudySummary, parameter: Measured) -> Iterator[str]:
    for of, heading in (
        ("arms", "Arms compared: difference of mean changes (Welch's t test)"),
        ("sites", "Sites compared: mean difference of changes of the same subjects (paired t test)"),
    ):
        some = [one for one in summary.differences if (one.parameter, one.of) == (parameter, of)]
        if not some:
            continue
        notes = Footnotes()
        by = groupby(some, key=lambda one: compared(one, arms=_has_arms(summary)))
        groups = [Group(label, list(_difference_rows(found, notes))) for label, found in by]
        heads = ("visit", "how", "n", "n control", "difference", "95 % interval", "p")
        yield from _section(heading, heads, groups, ("visit",))
        yield from notes.lines()


def _difference_rows(some: Iterator[GroupDifference], notes: Footnotes) -> Iterator[tuple[str, ...]]:
    before = ""
    for one in some:
        d = one.difference
        visit, before = ("" if one.visit == before else one.visit), one.visit
        difference = told(d.estimate, notes, one.parameter, signed=True)
        yield (visit, CALLED[one.method], str(d.n_first), str(d.n_second), *difference, probability(d.p))


def _models(summary: StudySummary, parameter: Measured) -> Iterator[str]:
    some = [one for one in summary.models if one.parameter == parameter]
    if not some:
        return
    notes, groups, none, has_arms = Footnotes(), [], [], _has_arms(summary)
    for (site, method), found in groupby(some, key=lambda one: (one.site, one.method)):
        rows = list(found)
        where = f"{place(site, '', arms=False)}, {CALLED[method]}"
        if rows[0].fitted:
            label = f"{where} ({rows[0].fitted}, {counted(rows[0].subjects, 'subject')})"
            groups.append(Group(label, [row[not has_arms :] for row in _model_rows(rows, notes)]))
        else:
            none.append(f"{where}: {notes.mark(rows[0].reason)}")
    if groups:
        heads = _MODEL_HEADS[not has_arms :]
        if not summary.design.control_arm:
            heads, groups = heads[:-3], [Group(one.label, [row[:-3] for row in one.rows]) for one in groups]
        yield from _section(_of_model(summary), heads, groups, ("arm", "visit"))
    else:
        yield from ["", _of_model(summary)]
    for line in none:
        yield from paragraph(f"No model. {line}")
    yield from notes.lines()
    if groups:
        fits = [text for fitted, text in _FITS.items() if any(one.fitted == fitted for one in some)]
        yield from paragraph(" ".join([*fits, _ERRORS]))
    if groups and has_arms and not summary.design.control_arm:
        yield "No arm is a control, so that arms are not compared."


def _of_model(summary: StudySummary) -> str:
    change = "change" if summary.design.controlled else "uncontrolled change"
    effects_of = "visit, arm and their interaction, baseline" if _has_arms(summary) else "visit, baseline"
    return f"Mixed model of the {change} from baseline ({effects_of})"


def _model_rows(rows: Sequence[ModelRow], notes: Footnotes) -> Iterator[tuple[str, ...]]:
    before = None
    for one in rows:
        arm, before = ("" if one.arm == before else one.arm or "-"), one.arm
        mean = told(one.mean, notes, one.parameter, signed=True)
        difference = told(one.difference, notes, one.parameter, signed=True) if one.difference else ("", "")
        yield (arm, one.visit, str(one.n), *mean, *difference, probability(one.p))
