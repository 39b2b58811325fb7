"""Records of the domain IG: one per photograph and parameter, the common ground of SDTM and ADaM."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from densitometer.datasets.parameters import PARAMETERS, Parameter, why_empty
from densitometer.study.dates import day_of
from densitometer.study.model import Photograph, Study

NOT_DONE = "NOT DONE"


@dataclass(frozen=True, slots=True)
class IgRecord:
    """One finding, or why there is none.

    Attributes
    ----------
    photograph : Photograph
    parameter : Parameter or None
        None where the whole photograph was not measured.
    seq : int
        IGSEQ: from 1 within a subject.
    text : str
        The number as ``photos.csv`` has it, shares in per cent; empty where there is none.
    number : float or None
        The same as a number.
    stat : str
        NOT DONE where there is no number, else empty.
    reason : str
        Why there is none; else empty. May be longer than 200 characters.
    last_before_exposure : bool
        True for the last number before the first treatment, one per subject, site and parameter (IGLOBXFL).
    """

    photograph: Photograph
    parameter: Parameter | None
    seq: int
    text: str
    number: float | None
    stat: str
    reason: str
    last_before_exposure: bool


def ig_records(study: Study) -> list[IgRecord]:
    """Make the records of IG in the order of photographs, and of parameters in each.

    Parameters
    ----------
    study : Study

    Returns
    -------
    list of IgRecord
        A photograph that was measured has one record for every parameter; any other has a single one.
    """
    last = _last_before_exposure(study)
    counts: dict[str, int] = {}
    records = []
    for photograph in study.photographs:
        usubjid = photograph.subject.usubjid
        for parameter, text in _findings(photograph):
            counts[usubjid] = seq = counts.get(usubjid, 0) + 1
            flagged = parameter is not None and last.get(_key(photograph, parameter)) == photograph.number
            records.append(_record(photograph, parameter, seq, text, flagged=flagged))
    return records


def _findings(photograph: Photograph) -> Iterator[tuple[Parameter | None, str]]:
    if not photograph.measured:
        yield None, ""
        return
    for parameter in PARAMETERS:
        yield parameter, parameter.text(photograph.row)


def _record(photograph: Photograph, parameter: Parameter | None, seq: int, text: str, *, flagged: bool) -> IgRecord:
    if text:
        return IgRecord(photograph, parameter, seq, text, float(text), "", "", flagged)
    row = photograph.row
    reason = why_empty(parameter, row) if parameter else str(row.get("reason") or "NO REASON RECORDED")
    return IgRecord(photograph, parameter, seq, "", None, NOT_DONE, " ".join(reason.split()), False)


def _key(photograph: Photograph, parameter: Parameter) -> tuple[str, str, str]:
    return photograph.subject.usubjid, photograph.site.label, parameter.code


def _last_before_exposure(study: Study) -> dict[tuple[str, str, str], int]:
    """Number of the photograph that is flagged, by subject, site and parameter."""
    places: dict[tuple[str, str], list[Photograph]] = {}
    for one in study.photographs:
        if one.measured and not one.subject.untreated:
            places.setdefault((one.subject.usubjid, one.site.label), []).append(one)
    chosen = {}
    for group in places.values():
        for one in _before_exposure(group):  # the last of them is the one that stays
            for parameter in PARAMETERS:
                if parameter.text(one.row):
                    chosen[_key(one, parameter)] = one.number
    return chosen


def _before_exposure(group: Sequence[Photograph]) -> list[Photograph]:
    """Photographs of one place up to the first treatment, in order; those of the baseline where that is unknown."""
    limit = day_of(group[0].subject.first_treatment)
    dated = [(day, one) for one in group if (day := day_of(one.date))]
    if limit is None or not dated:
        return sorted((one for one in group if one.baseline), key=_rank)
    in_time = [(day, *_rank(one), one) for day, one in dated if day <= limit]
    return [one for *_, one in sorted(in_time, key=lambda entry: entry[:-1])]


def _rank(one: Photograph) -> tuple[float, int, int]:
    return (one.visit.number if one.visit else 0, one.replicate, one.number)
