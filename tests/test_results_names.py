from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from densitometer.results.names import comparison_names, overlay_names, printable, storable

NASTY = [
    "../../etc/passwd", "..", ".", "/", "", "a/../b.jpg", "C:\\x.jpg", "\\\\server\\share\\a.jpg", "con.jpg", "COM1",
    "nul", ".hidden.jpg", "a\nb.jpg", "<script>alert(1)</script>.jpg", "=cmd|' /C calc'!A0.jpg", "a\x00b", "x" * 400,
    "ü" * 300, "a:b.jpg", "a\u202egpj.exe", "\udce9.jpg", "a b'\".jpg",
]  # fmt: skip


def test_plain_names_stay_readable() -> None:
    assert overlay_names(["a.jpg", "v1/Stirn links.jpg"]) == ["overlays/a.jpg.png", "overlays/v1__Stirn links.jpg.png"]


@pytest.mark.parametrize("photo", NASTY)
def test_no_name_leads_out_of_the_folder_or_is_refused_by_a_system(photo: str) -> None:
    check([photo])


def test_names_that_would_fall_together_stay_apart() -> None:
    photos = [
        *NASTY,
        "a/b.jpg",
        "a__b.jpg",
        "A__B.jpg",
        "x" * 401,
        "cafe\u0301.jpg",
        "caf\u00e9.jpg",
        "a?.jpg",
        "a*.jpg",
    ]
    check(photos)


@given(st.lists(st.text(max_size=300), unique=True, max_size=6))
def test_any_names(photos: list[str]) -> None:
    check(photos)


def check(photos: list[str]) -> None:
    names = overlay_names(photos)
    assert len({unicodedata.normalize("NFC", name).casefold() for name in names}) == len(photos)
    for name in names:
        folder, _, file = name.partition("/")
        assert folder == "overlays"
        assert file.endswith(".png")
        assert len(file.encode()) < 200
        assert not file.startswith(".")
        assert not set(file) & set('/\\:<>"|?*\n\r\t\x00')
        assert PurePosixPath(file).name == file == PureWindowsPath(file).name
        assert file.split(".")[0].lower() not in {"con", "nul", "com1", "aux", "prn"}


def test_text_can_be_stored_and_shown() -> None:
    assert storable("caf\udce9 é") == "caf\\xe9 é"
    assert storable("\ud800") == "\\ud800"
    assert printable("a\x1b[31mb\n\u202e é") == "a\\x1b[31mb\\n\\u202e é"


def test_pictures_of_comparisons_are_named_by_both_photographs_and_each_once() -> None:
    pairs = [("v1/a.jpg", "v2/a.jpg"), ("v1__a.jpg", "v2__a.jpg"), ("../x", "../../etc/y"), ("é" * 200, "b" * 300)]
    names = comparison_names(pairs)
    assert names[0] == "comparisons/v1__a.jpg--v2__a.jpg"
    assert len(set(names)) == len(names)
    for name in names:
        assert name.startswith("comparisons/") and name.count("/") == 1
        assert len(name.encode()) < 200
