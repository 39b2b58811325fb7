"""Codelists of SDTM controlled terminology (2025-03-28), with those of its terms that studies of hair use.

A value that is not among the terms here is the sponsor's own, and has no code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from densitometer.datasets.cdisc.dataset import Codelist, Term, Value
from densitometer.datasets.parameters import PARAMETERS


@dataclass(frozen=True)
class _Published:
    name: str
    code: str
    terms: Mapping[str, str]


_UNITS = {"um": "C48510", "mm": "C28251", "mm2": "C65104", "cm2": "C48460", "%": "C25613", "PIXEL": "C48367"}
_UNITS |= {one.unit.sdtm: one.unit.code for one in PARAMETERS if one.unit.code}

_LOCATIONS = {
    **{"SCALP": "C89807", "OCCIPITAL SCALP": "C103456", "HEAD": "C12419", "SKIN OF THE HEAD": "C52757"},
    **{"FOREHEAD": "C89803", "TEMPLE": "C142369", "FACE": "C13071", "CHEEK": "C13070", "CHIN": "C81169"},
    **{"EYEBROW": "C32575", "EYELASH": "C32576", "NECK": "C13063", "CHEST": "C25389", "BACK": "C13062"},
    **{"AXILLA": "C12674", "ARM": "C32141", "FOREARM": "C32628", "LEG": "C32974", "THIGH": "C33763", "SKIN": "C12470"},
    **{"HAIR": "C32705", "HAIR FOLLICLE": "C13317", "HAIR SHAFT": "C33543", "HAIR ROOT": "C32711"},
}
"""Where hair is measured; the list holds some 1,400 terms, and one that is not here passes for the sponsor's."""
_LATERALITIES = {
    **{"LEFT": "C25229", "RIGHT": "C25228", "BILATERAL": "C13332", "UNILATERAL": "C28012"},
    **{"LATERAL": "C25230", "CONTRALATERAL": "C25307", "IPSILATERAL": "C25308"},
}
_DIRECTIONS = {
    **{"ANTERIOR": "C25231", "ANTEROLATERAL": "C25422", "ANTEROMEDIAL": "C147159", "ANTEROTEMPORAL": "C165868"},
    **{"APICAL": "C25423", "CENTRAL": "C25445", "CRANIAL": "C37936", "DISTAL": "C25237", "DORSAL": "C45874"},
    **{"FRONTAL": "C161325", "INFERIOR": "C25353", "INTERMEDIATE": "C73705", "LATERAL": "C25230", "LOWER": "C25309"},
    **{"MEDIAL": "C25232", "MIDLINE": "C81170", "OCCIPITAL": "C161326", "PARIETO-OCCIPITAL": "C170564"},
    **{"PERIPHERAL": "C25233", "POSTERIOR": "C25622", "POSTEROMEDIAL": "C202344", "PROXIMAL": "C25236"},
    **{"SUPERIOR": "C25235", "TEMPORAL": "C117754", "UPPER": "C25355", "VENTRAL": "C45875"},
}

_PUBLISHED = {
    "IGTESTCD": _Published("Integumentary System Test Code", "C170445", {}),
    "IGTEST": _Published("Integumentary System Test Name", "C170444", {}),
    "UNIT": _Published("Unit", "C71620", _UNITS),
    "ND": _Published("Not Done", "C66789", {"NOT DONE": "C49484"}),
    "NY": _Published("No Yes Response", "C66742", {"Y": "C49488", "N": "C49487"}),
    "LOC": _Published("Anatomical Location", "C74456", _LOCATIONS),
    "LAT": _Published("Laterality", "C99073", _LATERALITIES),
    "DIR": _Published("Directionality", "C99074", _DIRECTIONS),
    "METHOD": _Published("Method", "C85492", {"PHOTOGRAPHY": "C94527"}),
    "PROCEDUR": _Published("Procedure", "C101858", {"PHOTOGRAPHY": "C94527"}),
    "RELTYPE": _Published("Relationship Type", "C78737", {"ONE": "C66832", "MANY": "C170512"}),
    "DIPARMCD": _Published(
        "Device Identifier Parameter Code",
        "C106481",
        {"DEVTYPE": "C53265", "MANUF": "C25392", "MODEL": "C99285", "SERIAL": "C73518"},
    ),
    "DIPARM": _Published(
        "Device Identifier Parameter Name",
        "C106480",
        {"Device Type": "C53265", "Manufacturer": "C25392", "Model Number": "C99285", "Serial Number": "C73518"},
    ),
    "DOTESTCD": _Published("Device Properties Test Code", "C111111", {"SFTWRNAM": "C150832", "SFTWRVER": "C111093"}),
    "DOTEST": _Published(
        "Device Properties Test Name", "C111112", {"Software Name": "C150832", "Software Version": "C111093"}
    ),
    "DUTESTCD": _Published("Device-In-Use Test Code", "C106483", {}),
    "DUTEST": _Published("Device-In-Use Test Name", "C106482", {}),
}


def published(key: str, values: Iterable[Value | tuple[str, str]], *, of: str = "") -> Codelist:
    """Codelist of a published list, as far as the data use it.

    Parameters
    ----------
    key : str
        Of the published list.
    values : iterable of str, or of (str, str)
        Those in the data, perhaps with what they stand for; empty ones are left out, and of equal ones the later.
    of : str
        Variable whose values alone are listed, where several variables use the list.
    """
    found = _PUBLISHED[key]
    name = f"{found.name}, Subset for {of}" if of else found.name
    terms = tuple(Term(value, meaning, found.terms.get(value, "")) for value, meaning in _unique(values))
    return Codelist(f"{key}_{of}" if of else key, name, terms, found.code)


def is_published(key: str, term: str) -> bool:
    """Tell whether a term is one of those of a published list that are known here."""
    return term in _PUBLISHED[key].terms


def sponsor(key: str, name: str, values: Iterable[Value | tuple[str, str]], *, numeric: bool = False) -> Codelist:
    """Codelist of the sponsor alone."""
    return Codelist(key, name, tuple(Term(value, meaning) for value, meaning in _unique(values)), numeric=numeric)


def _unique(values: Iterable[Value | tuple[str, str]]) -> list[tuple[str, str]]:
    pairs = [value if isinstance(value, tuple) else (str(value or ""), "") for value in values]
    return [pair for pair in dict(pairs).items() if pair[0]]
