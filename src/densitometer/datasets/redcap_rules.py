"""What REDCap asks of names, choices and values, so that nothing is refused or changed when it is uploaded.

Rules are those by which REDCap itself checks a data dictionary and an import file (``MetaData::error_checking``,
``Project::$reserved_field_names``, ``recordNameValid``, ``DataImport``), as published in several versions of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from densitometer.visits.problems import quoted

LONGEST_NAME = 100
"""Of a field; REDCap warns beyond 26 characters."""
_LONGEST_RECORD = 100
_FORBIDDEN = {"#": "a #", "'": "an apostrophe", "&": "an &", "+": "a +", '"': "a double quote"}
_CODE = re.compile(r"[a-zA-Z0-9._-]+")
_KEPT_BY_REDCAP = """
redcap_event_name redcap_csrf_token redcap_survey_timestamp redcap_survey_identifier redcap_survey_return_code
redcap_data_access_group redcap_repeat_instance redcap_repeat_instrument hidden_edit_flag instance event_id field_label
submit new return continue case switch class enum catch throw document super focus elements action target
"""
_RESERVED = frozenset(_KEPT_BY_REDCAP.split())
_OF_FORMS = ("complete", "timestamp", "return_code")


def field_name(column: str, forms: Iterable[str]) -> str:
    """Name of the field for a column of the visits table: small letters of ASCII, digits and single underscores.

    Letters lose their accents, and all else turns into ``_``; a name that REDCap keeps for itself, or that is none,
    has ``visits_`` put before it.
    """
    plain = unicodedata.normalize("NFKD", column.casefold())
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    taken = _RESERVED | {f"{form}_{end}" for form in forms for end in _OF_FORMS}
    return name if re.match("[a-z]", name) and name not in taken else f"visits_{name or 'column'}"


def is_code(text: str) -> bool:
    """Tell whether a choice may be coded by this text."""
    return bool(_CODE.fullmatch(text))


def label(text: str) -> str:
    """Return a text as a label of one line: brackets would be taken for the name of a field, and < for HTML."""
    return " ".join(text.split()).translate({ord("["): "(", ord("]"): ")", ord("<"): "&lt;", ord(">"): "&gt;"})


def record_faults(codes: Iterable[str]) -> Iterator[str]:
    """Tell which codes of subjects cannot be the name of a record, and which REDCap would take for one."""
    first: dict[str, str] = {}
    for code in codes:
        found = [told for sign, told in _FORBIDDEN.items() if sign in code]
        if any(unicodedata.category(sign) == "Cc" for sign in code):
            found.append("a tab, a line end or the like")
        if found:
            yield f"subject {quoted(code)} has {' and '.join(found)} in its code, which no record of REDCap may have"
        if code != code.strip():
            yield f"subject {quoted(code)} begins or ends with a blank, which REDCap takes off"
        if (size := len(code.encode())) > _LONGEST_RECORD:
            yield f"subject {quoted(code)} has a code of {size} bytes, and a record at most {_LONGEST_RECORD}"
        # its database compares text without regard to capitals and accents
        before = first.setdefault(_collated(code), code)
        if before != code:
            both = f"subjects {quoted(before)} and {quoted(code)}"
            yield f"{both} would be one record, as REDCap tells neither capitals nor accents apart"


def _collated(code: str) -> str:
    plain = unicodedata.normalize("NFKD", code.casefold())
    return "".join(sign for sign in plain if not unicodedata.combining(sign))
