"""The registry of flags."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from densitometer.flags import NAMES, REGISTRY, ordered

SOURCES = Path(__file__).resolve().parent.parent / "src" / "densitometer"


def test_names_come_in_the_order_of_the_registry() -> None:
    assert ordered({"crowded", "no_scale", "blurred"}) == ("no_scale", "blurred", "crowded")
    assert ordered(set(NAMES)) == tuple(flag.name for flag in REGISTRY)


def test_a_name_that_is_not_in_the_registry_is_a_mistake() -> None:
    with pytest.raises(KeyError, match="blurry"):
        ordered({"blurry"})


def test_every_flag_is_named_once_and_says_what_to_do() -> None:
    assert len(NAMES) == len(REGISTRY)
    for flag in REGISTRY:
        assert re.fullmatch(r"[a-z_]+", flag.name)  # ";" joins them in a cell
        assert re.fullmatch(r"\S.*[.?]", flag.meaning) and re.fullmatch(r"\S.*[.?]", flag.advice), flag.name


def test_every_flag_is_raised_somewhere() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.py") if path.name != "flags.py")
    assert [flag.name for flag in REGISTRY if f'"{flag.name}"' not in code] == []
