from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from densitometer.batch.inputs import Inputs, find_photos
from densitometer.batch.places import _joined, bytes_at, name_parts, sha256_at, shown_place
from densitometer.errors import DensitometerError
from fakes import make_photo

posix = pytest.mark.skipif(os.name != "posix", reason="links and such names need a POSIX system")


def names(inputs: Inputs) -> list[str]:
    return [item.photo for item in inputs.found]


def reasons(inputs: Inputs) -> dict[str, str | None]:
    return {item.photo: item.reason for item in inputs.found}


def test_a_folder_is_searched_to_its_depth_in_sorted_order(tmp_path: Path) -> None:
    for name in ("b.PNG", "a.jpg", "z/a.jpg", "B.jpg", "c/d/e.tif", "a/z.bmp"):
        make_photo(tmp_path / "in" / name)
    found = find_photos([tmp_path / "in"])
    assert names(found) == ["B.jpg", "a/z.bmp", "a.jpg", "b.PNG", "c/d/e.tif", "z/a.jpg"]
    assert set(reasons(found).values()) == {None}


def test_other_and_hidden_files_are_passed_over_and_counted(tmp_path: Path) -> None:
    make_photo(tmp_path / "a.jpg")
    for name in ("notes.txt", "Thumbs.db", "._a.jpg", ".hidden.png", "visits.csv"):
        (tmp_path / name).write_bytes(b"x")
    make_photo(tmp_path / ".thumbnails" / "a.jpg")
    found = find_photos([tmp_path])
    assert (names(found), found.skipped) == (["a.jpg"], 5)


def test_a_file_that_is_named_is_always_in_the_result(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("x")
    found = find_photos([text, make_photo(tmp_path / ".a.jpg")])
    assert reasons(found) == {"notes.txt": None, ".a.jpg": None}


def test_what_is_missing_beside_others_gets_a_row(tmp_path: Path) -> None:
    found = find_photos([make_photo(tmp_path / "a.jpg"), tmp_path / "b.jpg"])
    assert reasons(found) == {"a.jpg": None, "b.jpg": "there is no such file; check the name"}


def test_nothing_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DensitometerError, match="there is no such file or folder"):
        find_photos([tmp_path / "fodler"])
    with pytest.raises(DensitometerError, match="there are no photographs"):
        find_photos([tmp_path])


def test_results_within_the_folder_are_left_out(tmp_path: Path) -> None:
    make_photo(tmp_path / "a.jpg")
    make_photo(tmp_path / "out" / "overlays" / "a.jpg.png")
    make_photo(tmp_path / "out" / "b.jpg")
    make_photo(tmp_path / "earlier" / "overlays" / "a.jpg.png")
    make_photo(tmp_path / "earlier" / "superseded" / "1.png")
    (tmp_path / "earlier" / "results.sqlite").write_bytes(b"")
    assert names(find_photos([tmp_path], tmp_path / "out")) == ["a.jpg"]


def test_pictures_of_comparisons_are_left_out_but_not_photographs_in_a_folder_of_that_name(tmp_path: Path) -> None:
    for folder in ("earlier", "mine"):
        make_photo(tmp_path / folder / "comparisons" / "a.jpg--b.jpg.jpg")
    for name in ("results.sqlite", "changes.csv"):
        (tmp_path / "earlier" / name).write_bytes(b"")
    assert names(find_photos([tmp_path])) == ["mine/comparisons/a.jpg--b.jpg.jpg"]


def test_the_folder_of_photographs_may_be_the_results_folder(tmp_path: Path) -> None:
    make_photo(tmp_path / "a.jpg")
    make_photo(tmp_path / "overlays" / "a.jpg.png")
    assert names(find_photos([tmp_path], tmp_path)) == ["a.jpg"]


def test_equal_names_get_as_many_parent_folders_as_tell_them_apart(tmp_path: Path) -> None:
    for name in ("s1/v1/a.jpg", "s2/v1/a.jpg", "s2/v1/b.jpg"):
        make_photo(tmp_path / name)
    found = find_photos([tmp_path / "s1" / "v1", tmp_path / "s2" / "v1"])
    assert names(found) == ["s1/v1/a.jpg", "s2/v1/a.jpg", "b.jpg"]


def test_a_file_given_twice_is_measured_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = make_photo(tmp_path / "v1" / "a.jpg")
    monkeypatch.chdir(tmp_path)
    assert names(find_photos([tmp_path / "v1", photo, Path("v1/a.jpg"), Path("v1/../v1")])) == ["a.jpg"]


def test_no_name_is_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_photo(tmp_path / "v1" / "a.jpg")
    make_photo(tmp_path / "a.jpg")
    monkeypatch.chdir(tmp_path / "v1")
    found = names(find_photos([Path("."), Path("../a.jpg"), Path("gone/../a.jpg")]))
    assert found[0] == "v1/a.jpg"
    assert not any(name.startswith(("/", ".")) or ".." in name for name in found)


def test_a_folder_with_the_name_of_a_photograph_gets_a_row_and_is_searched(tmp_path: Path) -> None:
    make_photo(tmp_path / "x.jpg" / "a.jpg")
    found = reasons(find_photos([tmp_path]))
    assert found["x.jpg"] == "it is a folder with the name of a photograph; rename it"
    assert found["x.jpg/a.jpg"] is None


@posix
def test_links_that_lead_nowhere_get_a_row(tmp_path: Path) -> None:
    make_photo(tmp_path / "a.jpg")
    (tmp_path / "broken.jpg").symlink_to("gone.jpg")
    (tmp_path / "loop.jpg").symlink_to("loop.jpg")
    (tmp_path / "fine.jpg").symlink_to("a.jpg")
    found = reasons(find_photos([tmp_path]))
    assert found["broken.jpg"] == found["loop.jpg"] == "it is a link that leads to no file; restore what it points to"
    assert found["fine.jpg"] is None


@posix
def test_links_to_folders_are_not_followed_but_told(tmp_path: Path) -> None:
    make_photo(tmp_path / "in" / "a.jpg")
    (tmp_path / "in" / "round").symlink_to("..", target_is_directory=True)
    found = find_photos([tmp_path / "in"])
    assert names(found) == ["a.jpg"]
    assert found.notes == ("in/round is a link to a folder and was not followed",)


@posix
def test_a_pipe_is_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    assert reasons(find_photos([tmp_path])) == {"pipe.jpg": "it is not a regular file"}


def test_a_folder_that_cannot_be_listed_gets_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_photo(tmp_path / "a.jpg")
    make_photo(tmp_path / "secret" / "b.jpg")
    scandir = os.scandir

    def refusing(path: str | os.PathLike[str]) -> object:
        if Path(path).name == "secret":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    found = reasons(find_photos([tmp_path]))
    assert found["a.jpg"] is None
    assert found["secret"] == "the folder cannot be read (Permission denied); allow reading it, then measure again"


@posix
@pytest.mark.skipif(sys.platform == "darwin", reason="the file system refuses such names")
def test_names_that_are_not_utf8_are_spelled_out_and_stay_apart(tmp_path: Path) -> None:
    for name in (b"caf\xe9.jpg", b"caf\xe8.jpg", b"caf\\xe9.jpg"):
        make_photo(tmp_path / os.fsdecode(name))
    found = find_photos([tmp_path])
    assert set(names(found)) == {"caf\\xe8.jpg", "caf\\xe9.jpg", "caf\\xe9.jpg (2)"}
    assert all(item.path.exists() for item in found.found)
    for name in names(found):
        name.encode("utf-8")


# ---- addresses


def test_a_folder_at_an_address_is_searched_as_one_here(tmp_path: Path) -> None:
    for name in ("b.PNG", "a.jpg", "z/a.jpg", "c/d/e.tif", ".hidden.png", ".thumbnails/a.jpg"):
        make_photo(tmp_path / "in" / name)
    (tmp_path / "in" / "notes.txt").write_text("x")
    there, here = find_photos([f"file://{tmp_path}/in"]), find_photos([tmp_path / "in"])
    assert (
        (names(there), there.skipped) == (names(here), here.skipped) == (["a.jpg", "b.PNG", "c/d/e.tif", "z/a.jpg"], 2)
    )
    assert [item.path for item in there.found] == [f"file://{item.path}" for item in here.found]
    assert names(find_photos([f"file://{tmp_path}/in/"])) == names(here)
    twice = find_photos([f"file://{tmp_path}/in", f"file://{tmp_path}/in/z", tmp_path / "in" / "a.jpg"])
    assert len(names(twice)) == len(set(names(twice))) == 5


def test_files_at_addresses_are_named_and_missed_as_files_here(tmp_path: Path) -> None:
    photo = make_photo(tmp_path / "a.jpg")
    found = find_photos([f"file://{photo}", f"file://{tmp_path}/gone.jpg"])
    assert reasons(found) == {"a.jpg": None, "gone.jpg": "there is no such file; check the name"}
    with pytest.raises(DensitometerError, match=r"memory://empty: there is no such file or folder; check the name"):
        find_photos(["memory://empty"])


def test_nothing_secret_of_an_address_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    address = "zip://in/a.jpg::sftp://jane:s3cret@host/study.zip?signature=abc"
    assert shown_place(address) == "zip://in/a.jpg::sftp://host/study.zip"
    assert shown_place("https://jane:s3cret@host/in/a.jpg?signature=abc#x") == "https://host/in/a.jpg"
    assert shown_place("simplecache::s3://bucket/in") == "simplecache::s3://bucket/in"
    assert name_parts("https://jane:s3cret@host/in/a.jpg?signature=abc") == ("host", "in", "a.jpg")

    class LeakyError(Exception):
        pass

    class Storage:
        def refuse(self, path: str) -> bytes:
            raise LeakyError("https://jane:s3cret@host/in?signature=abc: 403")

        isdir = exists = find = cat_file = open = refuse

    import fsspec.core

    monkeypatch.setattr(fsspec.core, "url_to_fs", lambda address: (Storage(), address))
    for call in (find_photos, lambda given: bytes_at(given[0])):
        with pytest.raises(DensitometerError) as caught:
            call(["https://jane:s3cret@host/in?signature=abc"])
        assert "LeakyError" in str(caught.value)
        assert not any(word in str(caught.value) for word in ("jane", "s3cret", "abc"))
    assert sha256_at("https://host/a.jpg") is None


def test_a_storage_that_is_not_known_or_lacks_its_library_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DensitometerError, match="nonsense:// is no kind of address that fsspec knows"):
        find_photos(["nonsense://bucket/in"])
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(DensitometerError, match="s3:// needs a further library for fsspec: .*s3fs"):
        find_photos(["s3://bucket/in"])
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(DensitometerError, match=r"run: pip install densitometer\[cluster\]"):
        find_photos(["memory://bucket/in"])


def test_a_signed_folder_keeps_its_signature_in_the_addresses_of_its_files() -> None:
    assert _joined("https://host/in?s=1", "a/b.jpg") == "https://host/in/a/b.jpg?s=1"
    assert _joined("zip://::file:///x.zip", "a.jpg") == "zip://a.jpg::file:///x.zip"
    assert _joined("simplecache::s3://bucket/in/", "a.jpg") == "simplecache::s3://bucket/in/a.jpg"
