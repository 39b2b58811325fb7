"""Columns of a visits table whose meaning is known, and names that are probably meant for one of them."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator
from difflib import SequenceMatcher

from densitometer.dictionary import VISIT_COLUMNS
from densitometer.visits.problems import Problem, quoted

OWN = frozenset({"photo", "um_per_px"} | {column.name for column in VISIT_COLUMNS})
"""Columns whose meaning is known; any other is carried through."""

_ALIKE = 0.84
"""Ratio of difflib above which a name is taken for a slip: 'subjct', 'visits', 'sites', but not 'side' for site."""
_ALSO_CALLED = {
    "photo": "photograph photoname photoid photofile photofilename photographname file filename filepath image"
    " imagename imageid imagefile picture picturename foto fotoname dateiname datei bild bildname",
    "subject": "subjectid subjectno subjectnumber subjectnr subjectcode subj subjid patient patientid patientno"
    " patientnumber patientnr patientcode participant participantid proband probandid usubjid volunteer",
    "site": "sitename scalpsite bodysite",
    "visit": "visitname visitno visitnumber visitnr visitnum visitid visitlabel visite timepoint besuch",
    "visit_date": "date visitdt dateofvisit visitday photodate dateofphoto examdate examinationdate datum visitedatum",
    "replicate": "rep repl replicateno replicatenumber repeat",
    "um_per_px": "umpx umpixel umperpixel umpp pixelsize pixelsizeum micronsperpixel micronperpixel micronsperpx"
    " resolutionumperpx mumpx micrometersperpixel micrometresperpixel",
}  # fmt: skip
_MEANT = {alias: own for own, aliases in _ALSO_CALLED.items() for alias in aliases.split()}
_PLAIN_OWN = {own.replace("_", ""): own for own in sorted(OWN)}


def meant_by(name: str) -> str | None:
    """Tell which known column a name is probably meant for; None where it is one, or nothing like it."""
    if name in OWN:
        return None
    text = unicodedata.normalize("NFKC", name).casefold().replace("\u03bc", "u")  # what both signs for micro become
    text = "".join(sign for sign in text if sign.isalnum())
    if text in _PLAIN_OWN or text in _MEANT:
        return _PLAIN_OWN.get(text) or _MEANT[text]
    ratios = [(SequenceMatcher(None, text, plain).ratio(), own) for plain, own in _PLAIN_OWN.items()]
    best, own = max(ratios)
    return own if best >= _ALIKE else None


def doubtful_columns(names: Collection[str], called: str = "column '{}'") -> Iterator[Problem]:
    """Columns that densitometer does not use and that are probably meant for one which is not there."""
    missing = OWN - {"photo", *names}
    for name in names:
        own = meant_by(name) if name else None
        if own in missing:
            missing -= {own}  # the first of several will do
            text = f"{called.format(name)} is not one that densitometer uses; is {quoted(own)} meant? Then rename it so"
            yield Problem(None, name, None, text)


def missing_columns(names: Collection[str]) -> Iterator[Problem]:
    """Columns without which nothing can be compared; a table of photographs and scales alone is none of visits."""
    if not set(names) - {"photo", "um_per_px"}:
        return
    meant = {meant_by(name) for name in names}
    if "subject" not in names and "subject" not in meant:
        yield Problem(None, "subject", None, "there is no column subject, so that nothing can be compared; add it")
    if not {"visit", "visit_date"} & ({*names} | meant):
        text = "there is neither a column visit nor visit_date, so that nothing can be compared; add one of them"
        yield Problem(None, "visit", None, text)
