"""The key is private, only ever added to, and readable after a spreadsheet had it."""

from __future__ import annotations

import csv
import os
import stat
import sys
from pathlib import Path

import pytest

from densitometer.deidentify.key import Key, opened_key
from densitometer.deidentify.pseudonyms import codes_in, new_code
from densitometer.errors import DensitometerError

HEAD = "kind,original,pseudonym,sha256\n"


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_text(text, encoding=encoding, newline="")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(DensitometerError) as caught:
        Key(path)
    text = str(caught.value)
    assert "\n" not in text
    assert "key.csv" in text
    return text


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "key.csv"
    key = Key(path)
    names = ["S-017", "=1+1", "'=1+1", "-5", '"quoted", name', " blank ", "line\nbreak", "a\rb", "Müller\u2028", "007"]
    for number, name in enumerate(names):
        key.add("subject", name, f"C{number}")
    key.add("photograph", "visit 1/a.jpg", "C0_x.png", "ab" * 32)
    key.save()
    again = Key(path)
    assert again.entries == key.entries
    assert [again.pseudonym("subject", name) for name in names] == [f"C{n}" for n in range(len(names))]
    assert again.pseudonym("folder", "S-017") is None
    with path.open(encoding="utf-8", newline="") as file:
        assert not [row for row in csv.reader(file) if row[1].startswith(("=", "-"))]  # what a spreadsheet would run


def test_saving_adds_and_takes_nothing_away(tmp_path: Path) -> None:
    path = write(tmp_path / "key.csv", HEAD.strip() + ",note\nsubject,S1,CDFHJ,,the first\n")
    key = Key(path)
    key.add("subject", "S2", "KMNPQ")
    key.save()
    rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    assert rows[1] == ["subject", "S1", "CDFHJ", "", "the first"]
    assert rows[2][:3] == ["subject", "S2", "KMNPQ"]


def test_nothing_is_written_when_nothing_is_new(tmp_path: Path) -> None:
    path = write(tmp_path / "key.csv", HEAD + "subject,S1,CDFHJ,\n")
    before = path.stat().st_mtime_ns
    Key(path).save()
    assert path.stat().st_mtime_ns == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_only_the_owner_may_read_a_new_key(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        key = Key(tmp_path / "key.csv")
        key.add("subject", "S1", "CDFHJ")
        key.save()
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "key.csv").stat().st_mode) == 0o600
    (tmp_path / "key.csv").chmod(0o640)  # which somebody chose
    key.add("subject", "S2", "KMNPQ")
    key.save()
    assert stat.S_IMODE((tmp_path / "key.csv").stat().st_mode) == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["key.csv"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_key_that_a_spreadsheet_saved(tmp_path: Path, encoding: str, separator: str) -> None:
    text = "Kind,Original,Pseudonym,sha256,,\r\nsubject,Müller,CDFHJ,,,\r\n,,,,,\r\nfolder,visit 1,KMNPQ,,,\r\n"
    key = Key(write(tmp_path / "key.csv", text.replace(",", separator), encoding))
    assert key.pseudonym("subject", "Müller") == "CDFHJ"
    assert key.pseudonym("folder", "visit 1") == "KMNPQ"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty"),
        ("kind,original,sha256\n", "has no column pseudonym"),
        ("kind,original,pseudonym,sha256,kind\n", "has no column kind, or has it twice"),
        (HEAD + "subject,S1,CDFHJ,\nsubject,S1,KMNPQ,\n", "row 3: the subject 'S1' is in row 2 already"),
        (HEAD + "subject,S1,CDFHJ,\nsubject,S2,cdfhj,\n", "row 3: the pseudonym cdfhj belongs to row 2 already"),
        (HEAD + "photograph,a.jpg,C.png,x\nphotograph,b.jpg,C.png,y\n", "row 3: the pseudonym C.png belongs to row 2"),
        (HEAD + "photograph,a.jpg,C.png,x\nphotograph,a.jpg,C.png,x\n", "row 3: the photograph 'a.jpg' is in row 2"),
        (HEAD + "patient,S1,CDFHJ,\n", "row 2: 'patient' is no kind"),
        (HEAD + "subject,S1,,\n", "row 2: the original or the pseudonym is empty"),
        (HEAD + "subject,,CDFHJ,\n", "row 2: the original or the pseudonym is empty"),
        (HEAD + "photograph,a.jpg,../a.png,x\n", "row 2: the pseudonym '../a.png' cannot be part of a file name"),
        (HEAD + "photograph,a.jpg,/a.png,x\n", "cannot be part of a file name"),
        (HEAD + "photograph,a.jpg,C/../a.png,x\n", "cannot be part of a file name"),
        (HEAD + "photograph,a.jpg,a.exe,x\n", "cannot be part of a file name"),
        (HEAD + "subject,S1,a/b,\n", "cannot be part of a file name"),
        (HEAD + "folder,S1,..,\n", "cannot be part of a file name"),
        (HEAD + 'subject,"S1,CDFHJ,\n', "is not a CSV file"),
        ("a\0b\n", "is not a text file"),
    ],
)
def test_keys_that_cannot_be_used(tmp_path: Path, text: str, sentence: str) -> None:
    assert sentence in refusal(write(tmp_path / "key.csv", text))


def test_a_key_that_is_not_in_utf_8(tmp_path: Path) -> None:
    assert "is not in UTF-8" in refusal(write(tmp_path / "key.csv", HEAD + "subject,Müller,CDFHJ,\n", "latin-1"))


def test_a_key_that_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "key.csv").mkdir()
    assert "cannot be read" in refusal(tmp_path / "key.csv")


def test_a_photograph_may_have_several_contents(tmp_path: Path) -> None:
    text = HEAD + "photograph,a.jpg,C.png,\nphotograph,a.jpg,C.png,x\nphotograph,a.jpg,D.png,y\n"
    assert len(Key(write(tmp_path / "key.csv", text)).entries) == 3


def test_a_key_that_cannot_be_written_is_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "key.csv", HEAD + "subject,S1,CDFHJ,\n")
    before = path.read_bytes()

    def full(part: Path, data: bytes) -> str:
        part.write_bytes(data[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("densitometer.deidentify.key.write_part", full)
    key = Key(path)
    key.add("subject", "S2", "KMNPQ")
    with pytest.raises(DensitometerError, match="cannot be written .No space left on device.; choose another place"):
        key.save()
    assert path.read_bytes() == before
    assert sorted(found.name for found in tmp_path.iterdir()) == ["key.csv"]


def test_one_run_at_a_time(tmp_path: Path) -> None:
    with (
        opened_key(tmp_path / "key.csv"),
        pytest.raises(DensitometerError, match=r"another run is using the key .*key\.csv; wait for it to end"),
        opened_key(tmp_path / "key.csv"),
    ):
        pass
    with opened_key(tmp_path / "key.csv"):
        pass


def test_there_must_be_a_folder_for_it(tmp_path: Path) -> None:
    with pytest.raises(DensitometerError, match="there is no folder"), opened_key(tmp_path / "none" / "key.csv"):
        pass


def test_a_link_to_a_key_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "safe").mkdir()
    try:
        (tmp_path / "key.csv").symlink_to(tmp_path / "safe" / "key.csv")
    except OSError:
        pytest.skip("links cannot be made here")
    with opened_key(tmp_path / "key.csv") as key:
        key.add("subject", "S1", "CDFHJ")
        key.save()
    assert (tmp_path / "key.csv").is_symlink()
    assert Key(tmp_path / "safe" / "key.csv").pseudonym("subject", "S1") == "CDFHJ"


def test_pseudonyms_are_unambiguous_and_no_numbers() -> None:
    codes: set[str] = set()
    for _ in range(500):
        code = new_code(codes)
        assert code not in codes
        codes.add(code)
        assert len(code) == 5
        assert code[0].isalpha()
        assert not set(code) & set("01OILSBZGUAE5")
    assert codes_in("CDFHJ/KMNPQ_vertex_week-12.png") == ["CDFHJ", "KMNPQ"]


def test_a_pseudonym_that_is_taken_is_drawn_again() -> None:
    signs = iter("CDFHJ" "CDFHJ" "KMNPQ")  # fmt: skip
    assert new_code(set(), lambda some: next(signs)) == "CDFHJ"
    assert new_code({"CDFHJ"}, lambda some: next(signs)) == "KMNPQ"
