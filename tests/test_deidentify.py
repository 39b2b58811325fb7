"""Copies under pseudonyms: names, what is done stays done, and the key is on disk before a copy is."""

from __future__ import annotations

import csv
import hashlib
import itertools
import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

import densitometer.deidentify.output
from densitometer.deidentify import Done, Original, StoppedError, Wish, deidentify
from densitometer.deidentify.copies import Copy
from densitometer.deidentify.key import Key, opened_key
from densitometer.deidentify.naming import name_copies
from densitometer.deidentify.output import opened_output
from densitometer.errors import ResultsError
from fakes import make_photo

WEEKS = {"site": "vertex L", "visit_date": "", "replicate": ""}


def original(path: Path, root: Path, visit: dict[str, str] | None = None, um_per_px: float | None = None) -> Original:
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return Original(path.relative_to(root).as_posix(), path, sha256, visit, um_per_px)


def photographs(root: Path, *names: str, visits: Sequence[dict[str, str]] | None = None) -> list[Original]:
    """Photographs of different grey, with their rows in a table."""
    rows: Iterable[dict[str, str] | None] = visits if visits is not None else itertools.repeat(None)
    return [
        original(make_photo(root / name, grey=100 + sum(name.encode()) % 97), root, row)
        for name, row in zip(names, rows, strict=False)
    ]


def run(originals: Sequence[Original], tmp_path: Path, wish: Wish | None = None, seed: int = 1) -> Done:
    choose = random.Random(seed).choice
    return deidentify(originals, tmp_path / "out", tmp_path / "key.csv", wish or Wish(), choose=choose)


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def copies(tmp_path: Path) -> list[str]:
    out = tmp_path / "out"
    return sorted(path.relative_to(out).as_posix() for path in out.rglob("*.png"))


def row(subject: str, visit: str, **further: str) -> dict[str, str]:
    return {"subject": subject, "visit": visit, **WEEKS, **further}


def test_without_a_table_photographs_and_folders_get_pseudonyms(tmp_path: Path) -> None:
    some = photographs(tmp_path / "in", "Roe/day 1/a.jpg", "Roe/day 1/b.jpg", "Roe/c.jpg", "d.jpg")
    done = run(some, tmp_path)
    assert (done.copied, done.before, done.failures, done.complete) == (4, 0, (), True)
    key = {(entry.kind, entry.original): entry for entry in Key(tmp_path / "key.csv").entries}
    folders = {("folder", "Roe"), ("folder", "Roe/day 1")}
    assert set(key) == folders | {("photograph", one.photo) for one in some}
    roe, day = (key["folder", name].pseudonym for name in ("Roe", "Roe/day 1"))
    assert key["photograph", "Roe/day 1/a.jpg"].pseudonym.startswith(f"{roe}/{day}/")
    assert copies(tmp_path) == sorted(entry.pseudonym for entry in key.values() if entry.kind == "photograph")
    assert [key["photograph", one.photo].sha256 for one in some] == [one.sha256 for one in some]
    assert [line["photo"] for line in table(tmp_path / "out" / "visits.csv")] == copies(tmp_path)
    assert set(table(tmp_path / "out" / "visits.csv")[0]) == {"photo", "um_per_px"}


def test_with_a_table_names_say_what_it_says(tmp_path: Path) -> None:
    rows = [row("S1", "week 0"), row("S1", "week 0"), row("S2", "week 0", replicate="2"), row("", "week/0"), {}]
    some = photographs(tmp_path / "in", "b.jpg", "a.jpg", "c.jpg", "d.jpg", "e.jpg", visits=rows)
    run(some, tmp_path)
    key = Key(tmp_path / "key.csv")
    one, two = key.pseudonym("subject", "S1"), key.pseudonym("subject", "S2")
    named = {entry.original: entry.pseudonym for entry in key.entries if entry.kind == "photograph"}
    assert named["b.jpg"] == f"{one}_vertex-L_week-0.png"
    assert named["a.jpg"] == f"{one}_vertex-L_week-0-2.png"
    assert named["c.jpg"] == f"{two}_vertex-L_week-0_2.png"
    assert named["d.jpg"].endswith("_vertex-L_week-0.png")
    assert len({name[:5] for name in named.values()}) == 4
    assert len(named["e.jpg"]) == len("CDFHJ.png")
    lines = {line["photo"]: line for line in table(tmp_path / "out" / "visits.csv")}
    told = {"subject": one, "site": "vertex L", "visit": "week 0", "replicate": "", "um_per_px": ""}
    assert lines[named["b.jpg"]] == {"photo": named["b.jpg"], **told}


def test_a_clinic_may_choose_pseudonyms_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "key.csv").write_text("kind,original,pseudonym,sha256\nsubject,S1,Site-3+007,\n", encoding="utf-8")
    for seed in (1, 2):
        run(photographs(tmp_path / "in", "a.jpg", visits=[row("S1", "week 0")]), tmp_path, seed=seed)
        assert copies(tmp_path) == ["Site-3+007_vertex-L_week-0.png"]


def test_order_tells_no_names_but_stays_within_a_subject(tmp_path: Path) -> None:
    subjects = [f"S{number:02}" for number in range(12)]
    rows = [row(subject, visit) for subject in subjects for visit in ("week 8", "baseline", "later")]
    names = [f"{number:03}.png" for number in range(len(rows))]
    run(photographs(tmp_path / "in", *names, visits=rows), tmp_path)
    lines = table(tmp_path / "out" / "visits.csv")
    codes = [line["subject"] for line in lines][::3]
    assert codes == sorted(codes)
    assert codes != [Key(tmp_path / "key.csv").pseudonym("subject", subject) for subject in subjects]
    assert [line["visit"] for line in lines] == ["week 8", "baseline", "later"] * 12


def test_a_second_run_does_only_what_is_new(tmp_path: Path) -> None:
    root = tmp_path / "in"
    run(photographs(root, "a.jpg", visits=[row("S1", "week 0")]), tmp_path)
    key = (tmp_path / "key.csv").read_bytes()
    first = (tmp_path / "out" / copies(tmp_path)[0]).stat().st_mtime_ns
    visits = [row("S1", "week 0"), row("S1", "week 12"), row("S2", "week 12")]
    done = run(photographs(root, "a.jpg", "b.jpg", "c.jpg", visits=visits), tmp_path, seed=2)
    assert (done.copied, done.before, done.stayed) == (2, 1, 0)
    assert (tmp_path / "key.csv").read_bytes().startswith(key)
    assert first in [(tmp_path / "out" / name).stat().st_mtime_ns for name in copies(tmp_path)]
    assert len({line["subject"] for line in table(tmp_path / "out" / "visits.csv")}) == 2
    again = run(photographs(root, "a.jpg", "b.jpg", "c.jpg", visits=visits), tmp_path, seed=3)
    assert (again.copied, again.before) == (0, 3)


def test_a_next_visit_from_another_folder_is_added(tmp_path: Path) -> None:
    run(photographs(tmp_path / "in1", "a.jpg", visits=[row("S1", "week 0", arm="x")]), tmp_path)
    second = original(make_photo(tmp_path / "in2" / "a.jpg", grey=77), tmp_path / "in2", row("S1", "week 12", arm="y"))
    done = run([second], tmp_path, seed=2)
    assert (done.copied, done.stayed) == (1, 1)
    lines = table(tmp_path / "out" / "visits.csv")
    assert [(line["visit"], line["arm"]) for line in lines] == [("week 0", "x"), ("week 12", "y")]
    assert len({line["subject"] for line in lines}) == 1
    assert len(table(tmp_path / "out" / "deidentified.csv")) == len(copies(tmp_path)) == 2


def test_a_row_that_is_corrected_renames_the_copy(tmp_path: Path) -> None:
    root = tmp_path / "in"
    run(photographs(root, "a.jpg", visits=[row("S1", "week 0")]), tmp_path)
    run(photographs(root, "a.jpg", visits=[row("S2", "week 0")]), tmp_path, seed=2)
    code = Key(tmp_path / "key.csv").pseudonym("subject", "S2")
    assert copies(tmp_path) == [f"{code}_vertex-L_week-0.png"]
    assert [line["photo"] for line in table(tmp_path / "out" / "visits.csv")] == copies(tmp_path)
    assert [line["photo"] for line in table(tmp_path / "out" / "deidentified.csv")] == copies(tmp_path)
    run(photographs(root, "a.jpg", visits=[row("S1", "week 0")]), tmp_path, seed=3)  # back again, to the name it had
    code = Key(tmp_path / "key.csv").pseudonym("subject", "S1")
    assert copies(tmp_path) == [f"{code}_vertex-L_week-0.png"]


def test_what_cannot_be_read_keeps_its_name_for_later(tmp_path: Path) -> None:
    root = tmp_path / "in"
    (good,) = photographs(root, "Roe.jpg")
    missing = replace(good, sha256=None, path=root / "none.jpg")
    done = run([missing], tmp_path)
    assert done.failures == (("Roe.jpg", "there is no such file; check its name"),)
    (state,) = table(tmp_path / "out" / "deidentified.csv")
    assert (state["status"], state["burned_in_text"]) == ("not_copied", "")
    assert table(tmp_path / "out" / "visits.csv") == []
    assert run([good], tmp_path, seed=2).copied == 1
    assert copies(tmp_path) == [state["photo"]]
    assert [line["status"] for line in table(tmp_path / "out" / "deidentified.csv")] == ["copied"]
    other = original(make_photo(root / "Roe.jpg", grey=33), root)  # other content, which has a copy of its own
    run([other], tmp_path, seed=3)
    assert len(copies(tmp_path)) == 2


def test_scales_are_written_exactly(tmp_path: Path) -> None:
    root = tmp_path / "in"
    (one,) = photographs(root, "a.jpg")
    run([replace(one, um_per_px=1 / 0.18)], tmp_path)
    (line,) = table(tmp_path / "out" / "visits.csv")
    assert float(line["um_per_px"]) == 1 / 0.18
    run([one], tmp_path)
    (line,) = table(tmp_path / "out" / "visits.csv")
    assert line["um_per_px"] == ""


def test_a_scale_of_the_metadata_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    some = photographs(tmp_path / "in", "a.jpg")
    monkeypatch.setattr(
        "densitometer.deidentify.run.copy_of", lambda task: Copy(task.name, b"x", um_per_px=5.123456789012345)
    )
    for _ in range(2):
        run(some, tmp_path)
        (line,) = table(tmp_path / "out" / "visits.csv")
        assert float(line["um_per_px"]) == 5.123456789012345
    run([replace(some[0], um_per_px=6.0)], tmp_path)
    (line,) = table(tmp_path / "out" / "visits.csv")
    assert float(line["um_per_px"]) == 6.0


def test_copies_are_made_anew_when_text_shall_be_painted_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    some = photographs(tmp_path / "in", "a.jpg", "b.jpg")

    def copy_of(task: object) -> Copy:
        found = int(task.path.name == "a.jpg")  # type: ignore[attr-defined]
        blank: bool = bool(task.blank and found)  # type: ignore[attr-defined]
        return Copy(task.name, b"painted" if blank else b"as it was", "", found, blank, blank)  # type: ignore[attr-defined]

    monkeypatch.setattr("densitometer.deidentify.run.copy_of", copy_of)
    done = run(some, tmp_path)
    assert (done.with_text, done.blanked) == (1, 0)
    done = run(some, tmp_path, Wish(blank=True))
    assert (done.copied, done.before, done.with_text, done.blanked, len(done.text_left)) == (1, 1, 1, 1, 1)
    assert sorted((tmp_path / "out" / name).read_bytes() for name in copies(tmp_path)) == [b"as it was", b"painted"]
    states = {line["photo"]: line for line in table(tmp_path / "out" / "deidentified.csv")}
    assert sorted((line["burned_in_text"], line["blanked"]) for line in states.values()) == [("0", "0"), ("1", "1")]
    done = run(some, tmp_path)  # forgotten once, what was painted over does not come back
    assert (done.copied, done.before, done.blanked) == (0, 2, 1)
    assert sorted((tmp_path / "out" / name).read_bytes() for name in copies(tmp_path)) == [b"as it was", b"painted"]


def test_columns_that_may_identify_are_not_written(tmp_path: Path) -> None:
    rows = [row("S1", "week 0", arm="x", Initials="JD", Name="Jane")]
    some = photographs(tmp_path / "in", "a.jpg", visits=rows)
    run(some, tmp_path, Wish(left_out=("Name",), keep=("Initials",)))
    (line,) = table(tmp_path / "out" / "visits.csv")
    assert (line["arm"], line["Initials"]) == ("x", "JD")
    assert b"Jane" not in (tmp_path / "out" / "visits.csv").read_bytes()


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), max_size=6))
def test_names_can_always_be_read_again(cells: list[tuple[str, str, str, str]]) -> None:
    columns = ("subject", "site", "visit", "replicate")
    rows = [dict(zip(columns, some, strict=True)) for some in cells]
    originals = [Original(f"{number}.jpg", Path("x"), "ab", row) for number, row in enumerate(rows)]
    with TemporaryDirectory() as folder:
        key = Key(Path(folder) / "key.csv")
        named = name_copies(originals, key)
        key.save()
        again = name_copies(originals, Key(key.path))
    assert [one.name for one in again] == [one.name for one in named]
    assert len({one.name.casefold() for one in named}) == len(rows)
    for one, row in zip(named, rows, strict=True):
        assert one.name.count("/") == 0
        assert bool(one.subject) == bool(row["subject"])
        assert one.name.startswith(one.subject)


class KilledError(BaseException):
    """As if the process were gone."""


def test_a_run_that_is_killed_loses_no_pseudonym(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Break off at every write, one after the other: each copy in OUT is in the key, and the next run finishes."""
    real = densitometer.deidentify.output.write_whole
    rows = [row("S1", "week 0"), row("S1", "week 12"), row("S2", "week 0"), row("S3", "week 0")]
    some = photographs(tmp_path / "in", "a.jpg", "b.jpg", "c.jpg", "d.jpg", visits=rows)
    for last in range(5):
        place = tmp_path / str(last)
        place.mkdir()
        left = iter(range(last))

        def until_then(path: Path, data: bytes, left: Iterable[int] = left) -> str:
            if next(iter(left), None) is None:
                raise KilledError
            return real(path, data)

        with monkeypatch.context() as patched, pytest.raises(KilledError if last < 4 else StopIteration):
            patched.setattr("densitometer.deidentify.output.write_whole", until_then)
            run(some, place)
            raise StopIteration
        known = {entry.pseudonym for entry in Key(place / "key.csv").entries}
        there = copies(place)
        assert len(there) == last
        assert set(there) <= known
        run(some, place, seed=99)
        assert set(there) <= set(copies(place)) <= known
        assert len(copies(place)) == 4
        assert len(table(place / "out" / "visits.csv")) == 4


def test_a_key_that_cannot_be_written_lets_no_copy_appear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(part: Path, data: bytes) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("densitometer.deidentify.key.write_part", full)
    with pytest.raises(Exception, match="the key .* cannot be written"):
        run(photographs(tmp_path / "in", "a.jpg"), tmp_path)
    assert not (tmp_path / "out").exists()


def test_a_full_disk_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("densitometer.deidentify.output.write_whole", full)
    with pytest.raises(StoppedError, match="cannot be written .No space left on device.; what was copied stays"):
        run(photographs(tmp_path / "in", "a.jpg"), tmp_path)


@pytest.mark.parametrize("name", ["notes.txt", "sub/x.png", "visits.csv", "deidentified.csv", "results.sqlite"])
def test_folders_of_others_are_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "out" / name
    path.parent.mkdir(parents=True)
    path.write_text("photo,subject\n", encoding="utf-8")
    with pytest.raises(ResultsError, match=f"holds {name}, which is none of the copies"):
        run(photographs(tmp_path / "in", "a.jpg"), tmp_path)
    assert path.read_text(encoding="utf-8") == "photo,subject\n"
    assert not (tmp_path / "key.csv").exists()


def test_copies_of_another_key_are_refused(tmp_path: Path) -> None:
    some = photographs(tmp_path / "in", "a.jpg")
    run(some, tmp_path)
    with pytest.raises(ResultsError, match="or give the --key with which the copies in it were made"):
        deidentify(some, tmp_path / "out", tmp_path / "other.csv")


def test_one_run_at_a_time_in_a_folder(tmp_path: Path) -> None:
    with (
        opened_key(tmp_path / "other.csv") as key,
        opened_output(tmp_path / "out", key),
        pytest.raises(ResultsError, match="another run is writing to .*out; wait for it or choose another folder"),
    ):
        run(photographs(tmp_path / "in", "a.jpg"), tmp_path)
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "key.csv").exists()


def test_half_written_files_are_removed(tmp_path: Path) -> None:
    some = photographs(tmp_path / "in", "a.jpg")
    run(some, tmp_path)
    (name,) = copies(tmp_path)
    (tmp_path / "out" / name).rename(tmp_path / "out" / f"{name}.part")
    assert run(some, tmp_path).copied == 1
    (tmp_path / "out" / "~$visits.csv").write_bytes(b"open")
    (tmp_path / "out" / ".DS_Store").write_bytes(b"seen")
    assert run(some, tmp_path).before == 1
    (tmp_path / "out" / "~$visits.csv").unlink()
    (tmp_path / "out" / ".DS_Store").unlink()
    assert sorted(path.name for path in (tmp_path / "out").iterdir() if path.name != ".lock") == sorted(
        ["deidentified.csv", name, "visits.csv"]
    )


def test_in_processes_as_without(tmp_path: Path) -> None:
    names = [f"{number}.png" for number in range(9)]
    some = photographs(tmp_path / "in", *names)
    done = deidentify(some, tmp_path / "out", tmp_path / "key.csv", workers=2, choose=random.Random(1).choice)
    assert (done.copied, done.failures) == (9, ())
    (tmp_path / "one").mkdir()
    for one in some:
        run([one], tmp_path / "one", seed=int(one.photo[0]))
    contents = [
        sorted((place / "out" / name).read_bytes() for name in copies(place)) for place in (tmp_path, tmp_path / "one")
    ]
    assert contents[0] == contents[1]


def test_zeros_that_a_spreadsheet_took_off_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    root = tmp_path / "in"
    run(photographs(root, "a.jpg", visits=[row("7", "week 0")]), tmp_path)
    assert not caplog.records
    run(photographs(root, "b.jpg", visits=[row("007", "week 0")]), tmp_path)
    assert "subject '007' is new to the key, which has '7'" in caplog.text


def test_names_are_safe_whatever_a_table_says(tmp_path: Path) -> None:
    rows = [
        {"subject": "S1", "site": site, "visit": visit}
        for site, visit in [("../..", "C:\\x"), ("a" * 300, "ü/ß?*"), ("_", "."), ("con", 'nul|"<>')]
    ]
    run(photographs(tmp_path / "in", "a.png", "b.png", "c.png", "d.png", visits=rows), tmp_path)
    code = Key(tmp_path / "key.csv").pseudonym("subject", "S1")
    assert copies(tmp_path) == sorted(
        [f"{code}_C-x.png", f"{code}_{'a' * 40}_ü-ß.png", f"{code}.png", f"{code}_con_nul.png"]
    )
