"""Damage tables, workbooks, settings and name patterns where it tells: cells, columns, keys and values."""

from __future__ import annotations

import io
import json
import zipfile
from random import Random

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252", "mac-roman", "shift-jis")
CELLS = (
    "", " ", "\0", '"', '""', "'", '"a', 'a"b', ",", ";", "\t", "\r", "\n", "\x1b[31m", "\x85", "\u2028", "\ufeff",
    "\u202e", "\ud7ff", "😀", "=1+1", "=HYPERLINK(\"x\")", "../x.jpg", "/etc/passwd", "C:x.jpg", "a" * 200,
    "ä" * 100_000,
    "photo", "Photo", "sha256", "rowid", "um_per_px", "subject", "nan", "inf", "-1", "0", "1e400", "9" * 5000, "٣.٥",
    "5,56", "1_0", "0x10", "5.56.1", "2024-02-30", "2024-3-1", "０２０２４-01-01", "0000-01-01", "9999-12-31",
    "01.03.2024",
    "v1/a.jpg", "V1\\A.JPG", "./v1/a.jpg", "v1//b.jpg", "CON", ".", "..", "{subject}", "%s", "<script>",
)  # fmt: skip
VALUES = (
    "1", "0", "-1", "0.5", "1e308", "1e400", "inf", "nan", "-nan", "9" * 30, "9" * 5000, "0x" + "f" * 5000, "true",
    "'a'", "''", "'circle:0'", "'circle:1e9'", "'circle:" + "9" * 400 + "'", '"\\u0000"', '"\\ud800"', '"\\x"',
    "[]", "[1, 2]", "[[[]]]", "[" * 5000, "[" * 300 + "]" * 300, "{a = 1}", "{" * 3000, "{a=" * 300 + "1" + "}" * 300,
    "2024-01-01", "2024-02-30", "1979-05-27T07:32:00+25:00", "99:99:99", "1__0", "+", "\"\"\"", "'''", "\0", "\x1b",
)  # fmt: skip
KEYS = (
    "method", "photo", "photo.max_megapixels", "photo.min_side_px", "field.region", "network", "nothing", "a" * 5000,
    '"\\n\\u001b"', '"a b"', "''", "a." * 2000 + "b", "é", "photo.photo", "bundles.x", "-", "1",
)  # fmt: skip
PIECES = (
    "{subject}", "{site}", "{visit}", "{replicate}", "{visit_date}", "{photo}", "{um_per_px}", "{x}", "{", "}", "{{",
    "}}",
    "{}", "{subject!r}", "{subject:>9999999}", "{0}", "{subject.x}", "_", "-", "/", "\\", "*", "(", "(?:", "[a", "a+",
    "+",    "(a+)+$", ".", "\0", "\n", "\x1b", "é", "{sub ject}", "a" * 3000, "{subject}" * 500,
)  # fmt: skip


def damaged_table(random: Random, data: bytes) -> bytes:
    """Put odd cells, columns and rows into a table, and save it in some encoding."""
    text = _text_of(data)
    lines = text.splitlines(keepends=True) or [""]
    separator = max(",;\t", key=lines[0].count)
    at = random.choice((0, random.randrange(len(lines))))
    cells = lines[at].rstrip("\r\n").split(separator)
    match random.randrange(7):
        case 0:
            del cells[random.randrange(len(cells))]
        case 1:
            cells += [random.choice(CELLS)] * random.choice((1, 1, 3, 600))
        case 2:
            lines *= random.choice((2, 30)) if len(lines) < 1000 else 1
        case 3:
            random.shuffle(cells)
        case _:
            cells[random.randrange(len(cells))] = random.choice(CELLS)
    lines[at] = separator.join(cells) + random.choice(("\n", "\n", "\r\n", "\r", ""))
    return _encoded(random, "".join(lines))


def _text_of(data: bytes) -> str:
    for encoding in ("utf-8-sig", "utf-16"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("cp1252", errors="replace")


def _encoded(random: Random, text: str) -> bytes:
    encoding = random.choice(ENCODINGS) if random.random() < 1 / 5 else "utf-8"
    return text.encode(encoding, errors=random.choice(("replace", "ignore")))


def damaged_settings(random: Random, data: bytes) -> bytes:
    """Put odd keys and values into settings."""
    lines = data.decode("utf-8", errors="replace").splitlines() or [""]
    at = random.randrange(len(lines))
    key = lines[at].partition("=")[0].strip()
    match random.randrange(6):
        case 0:
            lines[at] = f"{key} = {random.choice(VALUES)}"
        case 1:
            lines[at] = f"{random.choice(KEYS)} = {random.choice(VALUES)}"
        case 2:
            lines.insert(at, f"[{random.choice(KEYS)}]")
        case 3:
            lines.insert(at, f"[[{random.choice(KEYS)}]]")
        case 4:
            lines.insert(at, lines[at])
        case _:
            numbers = random.uniform(-10, 10), random.randrange(10**9), 10.0 ** random.randint(-300, 300)
            lines[at] = f"{key} = {random.choice(numbers)}"
    return "\n".join(lines).encode("utf-8", errors="replace")


def damaged_pattern(random: Random, data: bytes) -> bytes:
    """Put odd pieces into a pattern of names."""
    text = data.decode("utf-8", errors="replace")
    at = random.randint(0, len(text))
    return (text[:at] + random.choice(PIECES) + text[at + random.choice((0, 0, 3)) :]).encode()


def damaged_workbook(random: Random, data: bytes) -> bytes:
    """Damage one part of a workbook and pack it anew, so that its checksums are right."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            parts = {info.filename: book.read(info) for info in book.infolist() if info.file_size < 2**24}
    except Exception:  # it was damaged before, in whatever way
        return data
    if not parts:
        return data
    name = random.choice(list(parts))
    match random.randrange(8):
        case 0:
            del parts[name]
        case 1:
            parts[name] = random.randbytes(40)
        case 2:
            parts[name] = parts[name].replace(b"?>", b"?>" + _ENTITIES, 1)
        case 3:
            parts[name] = b" " * 10**7
        case _:
            parts[name] = _odd_xml(random, parts[name])
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as book:
        for member, body in parts.items():
            book.writestr(zipfile.ZipInfo(member), body, zipfile.ZIP_DEFLATED if len(body) > 10**5 else None)
    return stream.getvalue()


_ENTITIES = (
    b'<!DOCTYPE a [<!ENTITY l0 "ha">'
    + b"".join(b'<!ENTITY l%d "%s">' % (i, b"&l%d;" % (i - 1) * 10) for i in range(1, 12))
    + b'<!ENTITY f SYSTEM "file:///etc/passwd">]>'
)


def _odd_xml(random: Random, body: bytes) -> bytes:
    """Exchange one word, number or character of an XML file."""
    text = body.decode("utf-8", errors="replace")
    at = random.randrange(len(text) + 1)
    match random.randrange(5):
        case 0:
            found = [i for i in range(len(text) - 2) if text[i] == ">" and text[i + 1] not in "<\r\n"]
            at = random.choice(found) + 1 if found else 0
            end = text.find("<", at)
            return (text[:at] + json.dumps(random.choice(CELLS))[1:-1].replace("<", "&lt;") + text[end:]).encode()
        case 1:
            digits = [i for i, letter in enumerate(text) if letter.isdigit()]
            at = random.choice(digits) if digits else 0
            return (text[:at] + random.choice(("0", "-1", "99", "99999999", "1e400", "x")) + text[at + 1 :]).encode()
        case 2:
            return (
                text[:at] + random.choice(("&", "<", ">", '"', "\0", "&l11;", "&f;", "&#0;", "&#27;")) + text[at:]
            ).encode()
        case 3:
            quotes = [i for i, letter in enumerate(text) if letter == '"']
            at = random.choice(quotes) if quotes else 0
            return (text[: at + 1] + random.choice(CELLS) + text[at + 1 :]).encode(errors="replace")
        case _:
            return text[:at].encode() + text[at + random.choice((1, 10, 100)) :].encode()
