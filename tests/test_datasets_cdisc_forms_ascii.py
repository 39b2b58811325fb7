"""Text of XPT files is ASCII, and can be turned back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from densitometer.datasets.cdisc.ascii import decoded, encoded

# Pieces that look like what is written, put together in every way, as well as any text.
TRICKY = st.lists(st.sampled_from(["%", "2", "5", "C", "c3", "%25", "%C3%BC", "ü", "日", "😀", " ", "x"])).map("".join)


@given(st.text() | TRICKY)
def test_any_text_can_be_turned_back(text: str) -> None:
    assert encoded(text).isascii()
    assert decoded(encoded(text)) == text


@given(TRICKY, TRICKY)
def test_two_texts_are_never_written_alike(one: str, other: str) -> None:
    assert (encoded(one) == encoded(other)) == (one == other)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain 100 % text, 5%", "plain 100 % text, 5%"),
        ("Müller", "M%C3%BCller"),
        ("日😀", "%E6%97%A5%F0%9F%98%80"),
        ("%41 %4x %C3%BC", "%2541 %4x %25C3%25BC"),
        ("%ü", "%%C3%BC"),
    ],
)
def test_only_what_must_be_is_written_otherwise(text: str, written: str) -> None:
    assert encoded(text) == written
