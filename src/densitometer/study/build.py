"""Build a study from the rows of its photographs, with what its study file and table of subjects add, and check it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from unicodedata import normalize

from densitometer.dictionary import photo_columns
from densitometer.errors import StudyError
from densitometer.study.arms import Arms
from densitometer.study.baseline import mark_baselines
from densitometer.study.changes import changes_from_baseline
from densitometer.study.checks import (
    arms_that_lack,
    doubles,
    gaps,
    is_number,
    not_reached,
    replicate_of,
    two_spellings,
    unwritable,
    warn_of_arms_that_change,
)
from densitometer.study.faults import by_photograph, refuse
from densitometer.study.model import Arm, Photograph, Row, Site, Study, StudyVisit
from densitometer.study.study_file import SiteFacts, StudyFile
from densitometer.study.subjects import Subject, plain_subject
from densitometer.study.visit_plan import number_visits, place_of
from densitometer.visits.order import natural, plain
from densitometer.visits.problems import quoted

log = logging.getLogger(__name__)

_DEVICE = ("device", "camera", "dermoscope")
_NOT = "the study cannot be read"


def study_of(
    rows: Sequence[Row],
    compared: Iterable[Row] = (),
    *,
    facts: StudyFile | None = None,
    known: Mapping[str, Subject] | None = None,
    whole: bool = True,
    name: str = "the results folder",
) -> Study:
    """Build a study.

    Parameters
    ----------
    rows : sequence of mapping
        Of ``photos.csv``, unrounded, columns of the visits table included.
    compared : iterable of mapping
        Rows of ``changes.csv``; none where visits were not compared.
    facts : StudyFile or None
    known : mapping of str to Subject, or None
        Subjects of the table of subjects by their codes, in the form NFC.
    whole : bool
        True where every photograph must have a subject and a visit; otherwise those without stand at the end.
    name : str
        What to call the results in errors.

    Raises
    ------
    StudyError
        When there is no study in them; the text names every offending photograph or row.
    """
    facts = facts or StudyFile()
    if not rows:
        raise StudyError(f"{name} holds no photograph; measure some first")
    if whole and "subject" not in rows[0]:
        advice = "measure again with --visits, a table with the columns photo, subject, site, visit and visit_date"
        raise StudyError(f"{name} was measured without a visits table, so that nobody knows whom it shows; {advice}")
    refuse(list(not_reached(rows)), f"{name} is of a run that was stopped")
    own = {column.name for column in photo_columns(())}
    further = tuple(column for column in rows[0] if column not in own)
    refuse([*unwritable(rows, further), *two_spellings(rows)], _NOT)
    photographs, arms = _photographs(rows, facts, known, whole=whole)
    refuse(list(arms_that_lack(photographs)) if whole else [], _NOT)
    warn_of_arms_that_change(photographs)
    _warn_of_strangers(facts, photographs)
    first = _baseline_number(photographs, facts)
    photographs, lacking = mark_baselines(photographs, first, stated=bool(facts.study.baseline))
    changes, without_change = changes_from_baseline(compared, photographs)
    return Study(
        about=facts.study,
        photographs=photographs,
        visits=tuple(sorted({one.visit for one in photographs if one.visit}, key=lambda visit: visit.number)),
        sites=tuple(sorted({one.site for one in photographs}, key=lambda site: site.number)),
        arms=arms,
        references=_references(photographs),
        without_baseline=lacking,
        changes=changes,
        without_change=without_change,
        unphotographed=_unphotographed(known or {}, photographs),
        further=further,
        devices=facts.devices,
    )


def _unphotographed(known: Mapping[str, Subject], photographs: Iterable[Photograph]) -> tuple[Subject, ...]:
    there = {one.subject.code for one in photographs}
    return tuple(sorted((one for one in known.values() if one.code not in there), key=lambda one: natural(one.code)))


def _warn_of_strangers(facts: StudyFile, photographs: Iterable[Photograph]) -> None:
    """Tell of sites of the study file that no photograph shows: most likely they are misspelt."""
    there = {plain(one.site.label) for one in photographs}
    if idle := [quoted(label) for label in facts.sites if plain(label) not in there]:
        log.warning("the study file describes %s, which no photograph shows; check the spelling", ", ".join(idle))


def _photographs(
    rows: Sequence[Row], facts: StudyFile, known: Mapping[str, Subject] | None, *, whole: bool
) -> tuple[tuple[Photograph, ...], tuple[Arm, ...]]:
    """Photographs in the order of the study, without baselines, and the arms."""
    placed, rest = _placed(rows)
    faults = list(gaps(rest)) if whole else []
    faults += doubles(placed)
    visits = number_visits(placed, facts.visits)
    sites = _sites(rows, facts)
    arms = Arms(facts.arms, (known or {}).values(), placed)
    found, wrong = [], []
    for row in [*placed, *([] if whole else rest)]:
        subject, unknown = _subject(row, facts, known)
        arm, unclear = arms.of(row, subject)
        wrong += [(str(row["photo"]), fault) for fault in (unknown, unclear) if fault]
        visit, site = visits.get(place_of(row)), sites[str(row.get("site") or "")]
        date = str(row.get("visit_date") or "")
        found.append(
            Photograph(0, str(row["photo"]), row, subject, site, visit, date, 1, arm, False, False, _device(row))
        )
    refuse([*faults, *by_photograph(wrong)], _NOT)
    return _numbered(sorted(found, key=_order)), arms.all


def _placed(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Rows of photographs with a subject and a visit, and the others."""
    groups: tuple[list[Row], list[Row]] = [], []
    for row in rows:
        subject, _, visit = place_of(row)
        groups[not (subject and visit)].append(row)
    return groups


def _sites(rows: Iterable[Row], facts: StudyFile) -> dict[str, Site]:
    labels = sorted(sorted({str(row.get("site") or "") for row in rows}), key=natural)  # 1 and 01
    stated = {plain(label): fact for label, fact in facts.sites.items()}
    return {
        label: Site(number, label, stated.get(plain(label), SiteFacts.of(label)))
        for number, label in enumerate(labels, start=1)
    }


def _subject(row: Row, facts: StudyFile, known: Mapping[str, Subject] | None) -> tuple[Subject, str]:
    """Subject of a photograph, and what is wrong with that."""
    code = str(row.get("subject") or "")
    if known is None or not code:
        return plain_subject(code, facts.study.study_id), ""
    if (there := known.get(normalize("NFC", code))) is not None:
        return there, ""
    meant = next((one for one in known if plain(one) == plain(code)), None)
    advice = f"which has {quoted(meant)}; spell both the same" if meant else "add it"
    joined = ", " if meant else "; "
    what = f"subject {quoted(code)} is not in the table of subjects{joined}{advice}"
    return plain_subject(code, facts.study.study_id), what


def _device(row: Row) -> str:
    cells = {name.casefold(): str(cell or "") for name, cell in row.items()}
    return next((cells[name] for name in _DEVICE if cells.get(name)), "")


def _order(one: Photograph) -> tuple[object, ...]:
    number = one.visit.number if one.visit else float("inf")
    key = (
        natural(one.subject.code),
        one.subject.code,
        one.site.number,
        number,
        one.date,
        natural(replicate_of(one.row)),
        one.name,
    )
    return (not one.subject.code, one.visit is None, *key)


def _numbered(photographs: Sequence[Photograph]) -> tuple[Photograph, ...]:
    """Number photographs, and those of one subject, site and visit among themselves: as labelled, where all are."""
    groups: dict[tuple[str, int, StudyVisit | None], list[str]] = {}
    for one in photographs:
        groups.setdefault((one.subject.code, one.site.number, one.visit), []).append(replicate_of(one.row))
    ranks = {key: 0 for key in groups}
    numbered = []
    for number, one in enumerate(photographs, start=1):
        key = (one.subject.code, one.site.number, one.visit)
        ranks[key] += 1
        labelled = all(map(is_number, groups[key]))
        replicate = int(replicate_of(one.row)) if labelled else ranks[key]
        numbered.append(replace(one, number=number, replicate=replicate))
    return tuple(numbered)


def _baseline_number(photographs: Sequence[Photograph], facts: StudyFile) -> float:
    """Number of the visit from which change is counted where no date of first treatment is known."""
    visits = {plain(one.visit.label): one.visit.number for one in photographs if one.visit}
    stated = facts.study.baseline
    if stated and plain(stated) not in visits:
        names = ", ".join(dict.fromkeys(quoted(one.visit.label) for one in photographs if one.visit))
        labelled = any(one.row.get("visit") for one in photographs)
        why = "" if labelled else "; the visits table has dates alone: label its visits, or name one of these"
        raise StudyError(
            f"the study file names {quoted(stated)} as the baseline, but there are the visits {names}{why}"
        )
    return visits[plain(stated)] if stated else min(visits.values(), default=1)


def _references(photographs: Iterable[Photograph]) -> dict[str, str]:
    """Day 1 of each subject: as stated, else the first day of a baseline."""
    references: dict[str, str] = {}
    for one in photographs:
        code = one.subject.code
        if one.subject.reference:
            references[code] = one.subject.reference
        elif one.baseline and one.date:
            references[code] = min(references.get(code, one.date), one.date)
    return references
