"""Records of the domain IG: one per photograph and parameter, the common ground of SDTM and ADaM."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from densitometer.datasets.parameters import PARAMETERS, Parameter, why_empty
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
        True for the last replicate of the baseline, one per subject, site and parameter (IGLOBXFL).
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
    chosen: dict[tuple[str, str, str], tuple[int, int]] = {}
    for one in study.photographs:
        if one.baseline and one.measured:
            for parameter in PARAMETERS:
                if parameter.text(one.row):
                    key, rank = _key(one, parameter), (one.replicate, one.number)
                    chosen[key] = max(chosen.get(key, rank), rank)
    return {key: number for key, (_, number) in chosen.items()}
