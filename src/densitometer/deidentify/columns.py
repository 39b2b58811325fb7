"""Which columns of a visits table may tell who somebody is, and which cells do."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from densitometer.errors import DensitometerError

_WORDS = frozenset(
    word
    for line in (
        "name names surname forename firstname lastname fullname givenname familyname maiden initial initials",
        "birth birthday birthdate birthyear dob born address street zip zipcode postcode postal city town village",
        "phone telephone tel mobile cell fax mail email mrn ssn nhs insurance passport identity national person",
        "patient patientid patientname file filename path original chart record contact relative guardian employer",
        "vorname nachname familienname geburt geburtsdatum geburtstag adresse anschrift strasse plz ort wohnort",
        "telefon handy versicherung versicherungsnummer patientin aktenzeichen initialen",
        "nom prenom naissance dossier nombre apellido apellidos nacimiento direccion telefono correo paciente",
        "cognome nome nascita indirizzo paziente",
    )
    for word in line.split()
)
_PARTS = ("surname", "birth", "geburt", "patient", "address", "adresse", "phone", "telefon", "email", "naissance",
          "nacimiento", "nascita", "initial", "apellido", "cognome", "vorname", "nachname", "firstname", "lastname",
          "filename")  # fmt: skip
_SHORTEST_CODE = 3


def may_identify(column: str) -> bool:
    """Tell whether a column may hold what identifies somebody, by its name."""
    plain = unicodedata.normalize("NFKD", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column)).casefold()
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    words = re.findall(r"[^\W\d_]+", plain)
    joined = "".join(words)
    return bool(_WORDS & {*words, joined}) or any(part in joined for part in _PARTS)


def kept_columns(further: Sequence[str], keep: Sequence[str]) -> tuple[list[str], list[str]]:
    """Divide columns into those that are carried over and those that are left out.

    Parameters
    ----------
    further : sequence of str
        Columns of the table that densitometer does not know.
    keep : sequence of str
        Those to be kept whatever their name says.

    Raises
    ------
    DensitometerError
        When one to be kept is not there.
    """
    unknown = [name for name in keep if name not in further]
    if unknown:
        there = f"there are {', '.join(further)}" if further else "the table has no further columns"
        raise DensitometerError(f"--keep-column {unknown[0]}: there is no such column; {there}")
    kept = [name for name in further if name in keep or not may_identify(name)]
    return kept, [name for name in further if name not in kept]


def telling_columns(rows: Iterable[Mapping[str, str]], codes: Iterable[str]) -> dict[str, int]:
    """Count the cells, by column, in which a subject's original code stands.

    Codes of one or two signs are not looked for: they stand everywhere by chance.
    """
    long = sorted({code for code in codes if len(code) >= _SHORTEST_CODE}, key=len, reverse=True)
    if not long:
        return {}
    code = re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, long))})(?![^\W_])", re.IGNORECASE)
    counts: dict[str, int] = {}
    seen: dict[str, bool] = {}
    for row in rows:
        for column, cell in row.items():
            if cell and seen.setdefault(cell, bool(code.search(cell))):
                counts[column] = counts.get(column, 0) + 1
    return counts
