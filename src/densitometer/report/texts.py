"""Turn values into the texts that pages show: numbers, names, flags and links."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from urllib.parse import quote

from densitometer.flags import REGISTRY, Flag, FlagOf

VERDICTS = {
    "increase": "increase",
    "decrease": "decrease",
    "within_error": "within error",
    "not_comparable": "not comparable",
}
_FLAGS = {flag.name: flag for flag in REGISTRY}


_UNSEEN = (0xAD, 0x61C, 0x180E, 0x200B, 0x2060, 0x3164, 0xFEFF, 0xFFA0)
"""Soft hyphen, spaces without width and the like; joiners and marks of direction stay, as writing needs them."""
# Control characters but tab and line breaks, which no page may hold, and those that turn the direction of what follows
# round, by which one name could pass for another; as in texts of errors, each stands as its number.
_HIDDEN = {
    code: f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
    for code in (*range(0x20), *range(0x7F, 0xA0), *range(0x2028, 0x202F), *range(0x2066, 0x206A), *_UNSEEN)
    if chr(code) not in "\t\n\r"
}


def shown(text: str) -> str:
    """Make a text printable: what hides in it becomes its number, and bytes that are not UTF-8 the replacement sign."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace").translate(_HIDDEN)


def visit_called(label: str) -> str:
    """What to call a visit in words: by its label, and a bare number a visit."""
    return f"visit {label}" if label.isdecimal() else label


def is_number(value: object) -> bool:
    """Tell whether a value is a number that can be written."""
    return isinstance(value, int | float) and math.isfinite(value)


def number(row: Mapping[str, object], name: str) -> float | None:
    """Give a cell as a number; None where there is none."""
    value = row.get(name)
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def text(row: Mapping[str, object], name: str) -> str:
    """Give a cell as a printable text; empty where there is none."""
    value = row.get(name)
    return "" if value is None else shown(str(value))


def fixed(value: object, decimals: int) -> str:
    """Give a number with so many decimals, or nothing where there is none."""
    return f"{value:.{decimals}f}" if is_number(value) else ""


def signed(value: object, decimals: int) -> str:
    """Give a number with its sign, 0 without one, or nothing where there is none."""
    if not is_number(value):
        return ""
    written = f"{value:+.{decimals}f}"
    return (written if written.strip("+-0.") else written[1:]).replace("-", "\u2212")


def flag_named(name: str, of: FlagOf = "photo") -> Flag:
    """Look a flag up; one that a newer version wrote is shown by its name alone."""
    return _FLAGS.get(name) or Flag(shown(name), of, "Not known to this version.", "See its documentation.")


def relative_url(path: str | None) -> str:
    """Percent-encode a path relative to the results folder, so that no name can be taken for a query or an address."""
    return quote((path or "").lstrip("/"), safe="/", errors="surrogateescape")


def data_uri(data: bytes | None, kind: str) -> str:
    """Give a picture of an ``image/`` kind as an address that holds all of it; empty without one."""
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}" if data else ""
