"""Names that are safe to print, to store and to write to: text of file names, and the names of overlays."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

_LONGEST_BYTES = 150
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"|?*\\\u200e\u200f\u2028-\u202e\u2066-\u2069]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\..*)?", re.IGNORECASE)
_SURROGATE = re.compile("[\ud800-\udfff]")
_MOST_ALIKE = 20
_FIRST_ESCAPED, _LAST_ESCAPED = 0xDC80, 0xDCFF


def _spell_surrogate(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code - 0xDC00:02x}" if _FIRST_ESCAPED <= code <= _LAST_ESCAPED else f"\\u{code:04x}"


def storable(text: str) -> str:
    r"""Return ``text`` so that it can be encoded as UTF-8: bytes of a file name that are not UTF-8 become ``\xNN``."""
    return _SURROGATE.sub(_spell_surrogate, text)


def printable(text: str) -> str:
    r"""Return ``text`` so that a terminal shows it on one line: control characters become ``\xNN`` or ``\uNNNN``."""
    shown = (c if c.isprintable() or c == " " else c.encode("unicode_escape").decode() for c in storable(text))
    return "".join(shown)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _file_name(photo: str) -> str:
    """One part of a path, without suffix: safe on every system, at most about 160 bytes."""
    name = _UNSAFE.sub("_", storable(photo).replace("/", "__"))
    name = re.sub(r"^[.\s]+", "_", name) or "_"
    if _RESERVED.fullmatch(name):
        name = f"_{name}"
    encoded = name.encode()
    if len(encoded) > _LONGEST_BYTES:
        name = f"{encoded[:_LONGEST_BYTES].decode(errors='ignore')}-{_hash(photo)}"
    return name


def _same(name: str) -> str:
    """Names with the same key are one file on some file system."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def overlay_names(photos: Iterable[str]) -> list[str]:
    """Return one path relative to the results folder for each photograph: ``overlays/<name>.png``.

    Slashes become ``__``, characters that some system refuses become ``_``, and where two photographs would share a
    name on any system a short hash of ``photo`` is added to the later one. No name can lead out of the folder.
    """
    return [f"overlays/{name}.png" for name in _unique(photos)]


def comparison_names(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Return one path relative to the results folder, without suffix, for each pair of baseline and follow-up."""
    return [f"comparisons/{name}" for name in _unique(f"{baseline}--{followup}" for baseline, followup in pairs)]


def is_comparison_name(name: str, baseline: str, followup: str) -> bool:
    """Tell whether :func:`comparison_names` may give ``name`` for a pair, whatever other pairs there are."""
    text = f"{baseline}--{followup}"
    plain = f"comparisons/{_file_name(text)}"
    return name == plain or any(name == f"{plain}-{_hash(text + '+' * n)}" for n in range(1, _MOST_ALIKE))


def _unique(texts: Iterable[str]) -> list[str]:
    taken: set[str] = set()
    names = []
    for text in texts:
        name, salt = _file_name(text), text
        while _same(name) in taken:
            salt += "+"
            name = f"{_file_name(text)}-{_hash(salt)}"
        taken.add(_same(name))
        names.append(name)
    return names
