"""Text in the ASCII of XPT files, written so that it can be turned back exactly."""

from __future__ import annotations

import re

_HEX = "[0-9A-Fa-f]{2}"
_TO_WRITE = re.compile(rf"[^\x00-\x7f]+|%(?={_HEX})")
_WRITTEN = re.compile(rf"(?:%{_HEX})+")


def encoded(text: str) -> str:
    """Write text in ASCII.

    Every byte of the UTF-8 of a character outside ASCII becomes ``%`` and two hexadecimal digits (RFC 3986, 2.1); a
    ``%`` that two such digits follow becomes ``%25``, so that none is taken for what it is not. All else stays.
    """
    if text.isascii() and "%" not in text:
        return text
    return _TO_WRITE.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), text)


def decoded(text: str) -> str:
    """Turn back what ``encoded`` wrote."""
    return _WRITTEN.sub(lambda match: bytes.fromhex(match[0].replace("%", "")).decode(), text)
