"""Values of a style that the user wants otherwise, as text: ``camera.um_per_px=4,5``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from difflib import get_close_matches
from typing import Any

from densitometer.errors import RenderError
from densitometer.synthetic.style import Style

_PARTS = ("hair", "skin", "camera", "extras")
_DEFAULT = Style("", "")
_CLOSE = 0.6
"""How alike two names must be for one to be suggested, 0 to 1 as `difflib` counts."""


def read_changes(texts: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Changes for `densitometer.synthetic.styles.find_style`, from texts of the form PART.NAME=VALUE[,VALUE...].

    One number stands for a range from it to itself; ``none`` for no value.

    Raises
    ------
    RenderError
        A text of another form, or a name that no part of a style has.
    """
    changes: dict[str, dict[str, Any]] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        part, dot, key = name.strip().partition(".")
        if not (equals and value.strip()):
            raise RenderError(f"{text!r} changes nothing; write PART.NAME=VALUE, as in camera.um_per_px=4,5")
        if not dot:
            raise RenderError(f"{text!r} names no part of a style; {_guess(part)}write PART.NAME=VALUE")
        kind = _kind_of(part, key)
        changes.setdefault(part, {})[key] = _value(text, kind, [word.strip() for word in value.split(",")])
    return changes


def _kind_of(part: str, key: str) -> str:
    """Type of a value of a style, as its class spells it."""
    if part not in _PARTS:
        raise RenderError(f"a style has no part {part!r}; its parts are {', '.join(_PARTS)}")
    kinds = _kinds(part)
    if key not in kinds:
        known = "" if _guess(key) else f"it has {', '.join(kinds)}"
        raise RenderError(f"{part} has no value {key!r}; {_guess(key).removesuffix(' ') or known}")
    return kinds[key]


def _kinds(part: str) -> dict[str, str]:
    """Type of each value of a part, by name."""
    return {item.name: str(item.type) for item in fields(getattr(_DEFAULT, part))}


def _guess(key: str) -> str:
    """Ask whether the values of any part whose names are close were meant; nothing where none is."""
    places = {f"{part}.{name}": name for part in _PARTS for name in _kinds(part)}
    near = close_to(key, tuple(dict.fromkeys(places.values())))
    return f"did you mean {either([place for name in near for place in places if places[place] == name])}? " * bool(
        near
    )


def close_to(name: str, known: Sequence[str]) -> list[str]:
    """Up to three of the known names that are spelled much like a name, the closest first; case does not matter."""
    as_known = {one.lower(): one for one in known}
    if name.lower() in as_known:
        return [as_known[name.lower()]]
    return [as_known[one] for one in get_close_matches(name.lower(), as_known, 3, _CLOSE)]


def either(words: Sequence[str]) -> str:
    """Words as a choice: ``A, B or C``."""
    return " or ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def _value(text: str, kind: str, words: list[str]) -> Any:
    if "None" in kind and words == ["none"]:
        return None
    if kind == "str":
        return ",".join(words)
    if "str" in kind:
        return tuple(words)
    numbers = [_number(text, word) for word in words]
    if kind == "float":
        return _only(text, numbers)
    if "..." in kind:
        return tuple(numbers)
    if len(numbers) > 2:  # noqa: PLR2004  a range has two ends
        raise RenderError(f"{text!r} has {len(numbers)} numbers; give one, or the two ends of a range")
    return (numbers[0], numbers[-1])


def _number(text: str, word: str) -> float:
    try:
        return float(word)
    except ValueError as error:
        raise RenderError(f"{text!r}: {word!r} is not a number") from error


def _only(text: str, numbers: list[float]) -> float:
    if len(numbers) != 1:
        raise RenderError(f"{text!r} has {len(numbers)} numbers; give one")
    return numbers[0]
