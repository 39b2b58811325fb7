"""Texts longer than a variable may be, in parts (SDTMIG 3.4, section 4.5.3)."""

from __future__ import annotations

from densitometer.datasets.cdisc.ascii import encoded

LONGEST = 200
"""Bytes of a character value in SDTM."""


def parts(text: str, longest: int = LONGEST) -> list[str]:
    """Cut a text where there is a blank or after a semicolon, else where it is full.

    Parameters
    ----------
    text : str
    longest : int
        Bytes of a part in XPT, where characters outside ASCII are percent-encoded.

    Returns
    -------
    list of str
        At least one. One behind the other they are the text: a blank at which it was cut begins the next part.
    """
    found = []
    while len(encoded(text)) > longest:
        head, text = _cut(text, longest)
        found.append(head)
    return [*found, text]


def _cut(text: str, longest: int) -> tuple[str, str]:
    end = used = 0
    while (used := used + _room(text[end])) <= longest:
        end += 1
    blank, semicolon = text.rfind(" ", 0, end + 1), text.rfind(";", 0, end)
    blank = len(text[: max(blank, 0)].rstrip())  # the first of several: XPT loses those at the end of a part
    if blank > 0 and blank >= semicolon:
        return text[:blank], text[blank:]
    end = semicolon + 1 if semicolon > 0 else end
    return text[:end], text[end:]


def _room(one: str) -> int:
    """Bytes that a character takes at most, whatever follows it."""
    return 1 if one.isascii() and one != "%" else 3 * len(one.encode())
