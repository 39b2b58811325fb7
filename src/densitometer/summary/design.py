"""What a study is controlled by: an arm or a site that was not treated, as stated or as its name tells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from densitometer.errors import StudyError
from densitometer.study.model import Study
from densitometer.summary.model import Design
from densitometer.visits.order import plain
from densitometer.visits.problems import quoted

_WORDS = frozenset(
    ["placebo", "plazebo", "vehicle", "vehikel", "sham", "control", "controls", "kontrolle", "untreated", "unbehandelt"]
)
_GERMAN = re.compile(r"(placebo|plazebo|vehikel|kontroll(?!ier)|unbehandelt|scheinbehandl)\w*")
_WORD = re.compile(r"[^\W\d_]+")
_JOINED = re.compile(r"[+&/]|\b(?:in|and|with|plus|then|to|or|und|mit|in|dann|oder)\b")
"""What tells of more than a control: vehicle is none in 'X in vehicle'."""
_NAMED_IN = {
    "arm": "arms stand in a column arm of the visits table, or in --subjects",
    "site": "sites stand in the column site of the visits table",
}
STATED, ITS_NAME = "stated", "its name"


def design_of(study: Study, control_arm: str = "", control_site: str = "") -> Design:
    """Tell what serves as control.

    Parameters
    ----------
    study : Study
    control_arm, control_site : str
        As stated, an arm by its name or code; where empty, the only arm or site whose name says that it is one, such
        as placebo, vehicle, sham, control or untreated, beside at least one other.

    Raises
    ------
    StudyError
        When the arm or site that was stated is not in the study.
    """
    arms = [(one.name, (one.name, one.code)) for one in study.arms if _is_used(study, one.name)]
    sites = [(one.label, (one.label,)) for one in study.sites if one.label]
    arm, arm_by = _chosen("arm", arms, control_arm)
    site, site_by = _chosen("site", sites, control_site)
    return Design(arm, site, arm_by, site_by)


def _is_used(study: Study, arm: str) -> bool:
    return any(one.arm is not None and one.arm.name == arm for one in study.photographs)


def _chosen(what: str, known: Sequence[tuple[str, tuple[str, ...]]], stated: str) -> tuple[str, str]:
    """Name of the control and who says so; both empty where there is none."""
    if not stated:
        named = [name for name, texts in known if _says_control(texts)]
        return (named[0], ITS_NAME) if len(named) == 1 and len(known) > 1 else ("", "")
    found = next((name for name, texts in known if plain(stated) in map(plain, texts)), None)
    if found is None:
        raise StudyError(f"the study has no {what} {quoted(stated)} to serve as control; {_there(what, known, stated)}")
    if len(known) == 1:
        raise StudyError(f"{quoted(found)} is the only {what} of the study; a control needs another to compare with")
    return found, STATED


def _there(what: str, known: Sequence[tuple[str, tuple[str, ...]]], stated: str) -> str:
    """Say which there are, and which of them may be meant; where there are none, where they are named."""
    if not known:
        return f"it names none: {_NAMED_IN[what]}"
    there = f"there are {', '.join(quoted(name) for name, _ in known)}"
    names = {plain(text): name for name, texts in known for text in texts}
    near = get_close_matches(plain(stated), names, n=1)
    return f"{there}; is {quoted(names[near[0]])} meant?" if near else there


def _says_control(texts: Iterable[str]) -> bool:
    """Tell by whole words, and in German by their beginnings, as it joins words: Placebogruppe, Kontrollareal."""
    plain_texts = [text.casefold() for text in texts]
    if any(map(_JOINED.search, plain_texts)):
        return False
    words = {word for text in plain_texts for word in _WORD.findall(text)}
    return bool(words & _WORDS) or any(map(_GERMAN.match, words))
