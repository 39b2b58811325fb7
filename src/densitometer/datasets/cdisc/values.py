"""What a single value may be, so that XPT v5, Dataset-JSON, CSV and Define-XML all hold it whole."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from densitometer.datasets.cdisc.ascii import encoded
from densitometer.datasets.cdisc.cells import TEXTS
from densitometer.datasets.cdisc.dataset import Value, Variable
from densitometer.study.dates import is_iso
from densitometer.study.faults import has_control

_MOST_BYTES = 200
_LEAST, _MOST = 16.0**-65, 2.0**248
"""Magnitudes that IBM's floating point of 8 bytes holds, 0 apart; it goes to 7.2e75, but pyreadstat writes all above
9e74 as the largest of them."""
_MOST_WHOLE = 2**53
_DAYS = range(-138061, 2936548)
"""Days since 1960-01-01 that SAS can show: 1582-01-01 to 9999-12-31."""
_SHOWN = 40
_CODES = re.compile(r"QNAM|PARAMCD|[A-Z]{2}(?:TESTCD|PARMCD)")
_CODE = re.compile(r"[A-Z_][A-Z0-9_]{0,7}")
_NAMES = re.compile(r"QLABEL|[A-Z]{2}(?:TEST|PARM)")
_MOST_NAME = 40
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")

Rule = Callable[[Value], str]
"""Tells what is wrong with a value and what to do; empty where nothing is."""


def kinds(variable: Variable) -> frozenset[type]:
    """Types of Python that the values of a variable may have."""
    if variable.type in TEXTS:
        return frozenset({str, type(None)})
    return frozenset({int, type(None)} if variable.type in {"integer", "numeric date"} else {int, float, type(None)})


def rule_of(variable: Variable) -> Rule:
    """Return the rule that the values of a variable must keep."""
    check = _text_rule(variable) if variable.type in TEXTS else _number_rule(variable)

    def rule(value: Value) -> str:
        if value is None or value == "":
            return "is empty, and must not be" if variable.mandatory else ""
        return check(value)

    return rule


def _text_rule(variable: Variable) -> Rule:
    terms = {term.value for term in variable.codelist.terms} if variable.codelist else None

    def rule(value: Value) -> str:
        text = str(value)
        if terms is not None and text not in terms:
            return f"{_short(text)} is not in its codelist {_name(variable)}"
        if variable.type != "text" and not is_iso(text):
            return f"{_short(text)} is not a date of ISO 8601; write it as YYYY-MM-DD, or cut off after year or month"
        return text_fault(text) or _name_fault(variable.name, text)

    return rule


def _name_fault(variable: str, text: str) -> str:
    """What keeps a code or name of a test from becoming a variable and its label (SDTMIG 3.4, 4.5; ADaMIG 1.3, 3.3)."""
    if _CODES.fullmatch(variable) and not _CODE.fullmatch(text):
        return f"{_short(text)} is not a code of at most 8 capitals, digits and underscores, no digit first"
    if _NAMES.fullmatch(variable) and len(encoded(text)) > _MOST_NAME:
        return f"{_short(text)} is longer than {_MOST_NAME} characters; shorten it"
    return ""


def is_number(value: Value, *, whole: bool) -> bool:
    """Tell whether a value is a number, or a text that is nothing else; ``whole`` asks for one without decimals."""
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        return False
    return not whole or float(value or 0).is_integer()


def text_fault(text: str) -> str:
    """Tell what keeps a text from being written whole; empty where nothing does."""
    if has_control(text):
        return f"{_short(text)} holds a control character, or half a character; take it out"
    if text.endswith(" "):
        return f"{_short(text)} ends with a blank, which XPT loses; take it away"
    if (size := len(encoded(text))) > _MOST_BYTES:
        many = "" if text.isascii() else ", and a letter outside ASCII takes 3 for each of its bytes"
        return f"{_short(text)} takes {size} bytes in XPT, which has room for {_MOST_BYTES}{many}; shorten it"
    return ""


def _number_rule(variable: Variable) -> Rule:
    terms = {float(term.value) for term in variable.codelist.terms} if variable.codelist else None

    def rule(value: Value) -> str:
        if isinstance(value, int) and abs(value) > _MOST_WHOLE:
            return f"{value} has more digits than a number of XPT or JSON keeps (9007199254740992 is the most)"
        number = float(value or 0)
        if terms is not None and number not in terms:
            return f"{value} is not in its codelist {_name(variable)}"
        if variable.type == "numeric date" and value not in _DAYS:
            return f"{value} is not a day between the years 1582 and 9999"
        return _number_fault(number)

    return rule


def _number_fault(number: float) -> str:
    if not math.isfinite(number):
        return f"{number} is not a finite number; leave it empty where nothing was measured"
    if number and not _LEAST <= abs(number) <= _MOST:
        return f"{number} is out of the range of XPT's floating point, 5.4e-79 to 4.5e74"
    return ""


def _name(variable: Variable) -> str:
    return variable.codelist.key if variable.codelist else ""


def _short(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…")
