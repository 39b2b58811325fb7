"""``densitometer verify``: whatever is altered in a results folder is found and named; what is not is not."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from densitometer.cli.main import main
from densitometer.cli.verify import _still_to_do
from densitometer.results import PhotoResult, ResultsFolder
from densitometer.results.check_files import of_photographs
from densitometer.results.trail import Trail, _hash, _spelt
from densitometer.results.verify import Verified

VISITS = """\
photo,subject,site,visit,visit_date,um_per_px,device
visit_1.jpg,A,vertex,1,2024-01-01,6.2,X
visit_2.jpg,A,vertex,2,2024-02-01,6.2,X
"""


def run(*words: object) -> Result:
    result = CliRunner().invoke(main, [*map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def measure(study: Path, *words: object) -> Result:
    place = ("-o", study / "out", "--visits", study / "visits.csv")
    return run("measure", study / "in", *place, "--method", "ridge", "--workers", 1, "-q", *words)


def faults(result: Result) -> list[str]:
    return [line for line in result.stdout.splitlines() if line.split(":")[0] in
            ("altered", "missing", "added", "unfinished", "unchecked")]  # fmt: skip


def is_told(pattern: str, lines: list[str]) -> bool:
    """Tell whether a line begins as ``pattern`` does, in which # stands for a number."""
    begin = re.compile(re.escape(pattern).replace("\\#", r"\d+"))
    return any(begin.match(line) for line in lines)


def clean(study: Path) -> None:
    result = run("verify", study / "out")
    assert faults(result) == []
    assert result.exit_code == 0, result.output
    assert "all are as they were written" in result.stdout


def sql(out: Path, *statements: str) -> None:
    with closing(sqlite3.connect(out / "results.sqlite")) as connection:
        for statement in statements:
            assert connection.execute(statement).rowcount != 0, statement
        connection.commit()


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory, sample_images: Path) -> Path:
    """A study that was measured with one scale, measured again with another, and compared; not to be changed."""
    folder = tmp_path_factory.mktemp("study")
    (folder / "in").mkdir()
    for name in ("visit_1.jpg", "visit_2.jpg"):
        shutil.copyfile(sample_images / name, folder / "in" / name)
    (folder / "visits.csv").write_text(VISITS.replace("6.2", "6.4"))
    assert measure(folder).exit_code == 0
    (folder / "visits.csv").write_text(VISITS)
    assert measure(folder).exit_code == 0
    assert run("compare", folder / "out", "-q", "--workers", 1).exit_code == 0
    return folder


@pytest.fixture
def copy(study: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    return shutil.copytree(study, tmp_path / "copy")


def test_what_was_not_altered_is_verified(study: Path) -> None:
    before = {path: path.read_bytes() for path in study.rglob("*") if path.is_file()}
    result = run("verify", study / "out")
    assert result.exit_code == 0, result.output
    told = result.stdout.splitlines()
    assert told[0].startswith("Verified: 2 results, 2 superseded, ")
    assert told[0].endswith("2 photographs; all are as they were written.")
    last = json.loads((study / "out" / "audit.jsonl").read_bytes().splitlines()[-1])
    assert told[1] == f"Audit trail: {last['entry']} entries, head {last['hash']}"
    assert {path: path.read_bytes() for path in study.rglob("*") if path.is_file()} == before


# ---- the record


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            "UPDATE photos SET hair_count = 99 WHERE photo = 'visit_1.jpg'",
            ["altered: results.sqlite, table photos, row 2 (visit_1.jpg), column hair_count: it says 99 instead of",
             "altered: results.sqlite, result 3 (visit_1.jpg): it is not the result of which entry # of audit.jsonl "
             "tells; it was altered in table photos"],
        ),
        (
            "UPDATE photos SET device = 'Y' WHERE photo = 'visit_2.jpg'",
            ["altered: results.sqlite, table photos, row 3 (visit_2.jpg), column device: it says Y instead of X",
             "altered: results.sqlite, result 4 (visit_2.jpg)"],
        ),
        (
            "UPDATE hairs SET width_um = width_um + 3 WHERE photo = 'visit_2.jpg' AND hair = 4",
            ["altered: results.sqlite, table hairs, row # (visit_2.jpg), column width_um: it says",
             "altered: results.sqlite, result 4 (visit_2.jpg): it is not the result of which entry # of audit.jsonl "
             "tells; it was altered in table hairs"],
        ),
        (
            "DELETE FROM hairs WHERE photo = 'visit_1.jpg' AND hair = 2",
            ["missing: results.sqlite, table hairs, row 3 (visit_1.jpg): it was taken out",
             "altered: results.sqlite, result 3 (visit_1.jpg)"],
        ),
        (
            "INSERT INTO hairs (photo, hair) VALUES ('visit_2.jpg', 99)",
            ["added: results.sqlite, table hairs, row # (visit_2.jpg): it was put in",
             "altered: results.sqlite, result 4 (visit_2.jpg)"],
        ),
        (
            "INSERT INTO hairs (photo, hair) VALUES ('visit_9.jpg', 1)",
            ["added: results.sqlite, table hairs (visit_9.jpg): the run has no such photograph"],
        ),
        (
            "UPDATE hairs SET width_um = width_um + 1e-9 WHERE photo = 'visit_1.jpg' AND hair = 1",
            ["altered: results.sqlite, result 3 (visit_1.jpg): it is not the result of which entry # of audit.jsonl "
             "tells; it was altered in what was kept of it for comparing, in its thumbnail"],
        ),
        (
            "UPDATE kept SET view_jpeg = x'ffd8' WHERE result = 4",
            ["altered: results.sqlite, result 4 (visit_2.jpg): it is not the result of which entry # of audit.jsonl "
             "tells; it was altered in what was kept of it for comparing"],
        ),
        ("DELETE FROM thumbnails WHERE result = 3", ["altered: results.sqlite, result 3 (visit_1.jpg)"]),
        (
            "UPDATE pictures SET made = replace(made, '6.2', '6.3') WHERE result = 3",
            ["altered: results.sqlite, result 3 (visit_1.jpg)"],
        ),
        (
            "UPDATE pictures SET overlay_sha256 = '00' WHERE result = 3",
            ["altered: results.sqlite, result 3 (visit_1.jpg): it is not the result of which entry # of audit.jsonl "
             "tells; it was altered in the hash of its overlay"],
        ),
        (
            "UPDATE pictures SET overlay = NULL WHERE result = 3",
            ["altered: results.sqlite, table pictures (visit_1.jpg): it has no overlay, but entry #"],
        ),
        (
            "UPDATE pictures SET place = 3 WHERE place = 1",
            ["missing: results.sqlite, table photos, row 2 (visit_1.jpg)",
             "added: results.sqlite, table photos, row # (visit_1.jpg)"],
        ),
        (
            "UPDATE superseded SET \"row\" = replace(\"row\", '\"hair_count\":', '\"hair_count\":1') WHERE result = 1",
            ["altered: results.sqlite, superseded result 1 (visit_1.jpg): it is not the result of which entry # of "
             "audit.jsonl tells; it was altered in table superseded, kept or thumbnails"],
        ),
        (
            "UPDATE superseded SET \"row\" = '[' WHERE result = 1",
            ["altered: results.sqlite, superseded result 1 (visit_1.jpg)"],
        ),
        (
            "UPDATE superseded SET why = 'the moon was full' WHERE result = 2",
            ["altered: results.sqlite, superseded result 2 (visit_2.jpg): the record has it as superseded because the "
             "moon was full, audit.jsonl as superseded because"],
        ),
        (
            "DELETE FROM superseded WHERE result = 1",
            ["missing: results.sqlite, superseded result 1 (visit_1.jpg): entry # of audit.jsonl tells of it, but it "
             "is not there: it was taken out"],
        ),
        (
            "UPDATE superseded SET result = 7 WHERE result = 1",
            ["added: results.sqlite, superseded result 7 (visit_1.jpg): no entry of audit.jsonl tells of it",
             "missing: results.sqlite, superseded result 1 (visit_1.jpg)"],
        ),
        (
            "UPDATE changes SET lost = lost + 1",
            ["altered: results.sqlite, table changes, row 2 (visit_1.jpg and visit_2.jpg), column lost"],
        ),
        (
            "UPDATE comparison_pictures SET blink = NULL",
            ["altered: results.sqlite, table comparison_pictures: it names other pictures than audit.jsonl does"],
        ),
        (
            "DROP TABLE comparison_pictures",
            ["missing: results.sqlite, tables of comparing: audit.jsonl tells of them: they were taken out"],
        ),
        (
            "UPDATE run SET value = '\"ridges\"' WHERE key = 'densitometer'",
            ["altered: results.sqlite, table run, densitometer: it says \"ridges\" instead of \"0.1.0\""],
        ),
    ],
)  # fmt: skip
def test_what_is_altered_in_the_record_is_named(copy: Path, statement: str, told: list[str]) -> None:
    sql(copy / "out", statement)
    result = run("verify", copy / "out")
    assert result.exit_code == 3
    for sentence in told:
        assert is_told(sentence, faults(result)), result.stdout
    assert {line.split(":")[1].split(",")[0].strip() for line in faults(result)} <= {
        "results.sqlite",
        "overlays/visit_1.jpg.png",
    }


def test_a_photograph_that_is_gone_from_the_record_is_named(copy: Path) -> None:
    sql(
        copy / "out", *(f"DELETE FROM {table} WHERE photo = 'visit_1.jpg'" for table in ("photos", "hairs", "pictures"))
    )
    told = faults(run("verify", copy / "out"))
    assert is_told("missing: results.sqlite, result 3 (visit_1.jpg)", told)
    assert is_told("missing: results.sqlite, table photos, row 2 (visit_1.jpg)", told)


def test_numbers_put_in_for_a_photograph_without_a_result_are_found(copy: Path) -> None:
    sql(copy / "out", "UPDATE pictures SET result = NULL WHERE photo = 'visit_1.jpg'")
    told = faults(run("verify", copy / "out"))
    assert any(
        line.startswith("added: results.sqlite, table photos (visit_1.jpg): it has numbers but no") for line in told
    )


@pytest.mark.parametrize("size", [0, 1000, 50_000])
def test_a_damaged_record_is_told(copy: Path, size: int) -> None:
    os.truncate(copy / "out" / "results.sqlite", size)
    result = run("verify", copy / "out")
    assert result.exit_code == 3
    assert is_told("altered: results.sqlite: it ", faults(result)), result.stdout


def test_a_record_that_is_gone_is_told(copy: Path) -> None:
    (copy / "out" / "results.sqlite").unlink()
    result = run("verify", copy / "out")
    assert result.exit_code == 3
    assert faults(result) == ["missing: results.sqlite: it is not there"]


# ---- the files written from it


def cell_changed(path: Path, column: str = "density_per_cm2") -> None:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[-1][column] = "123.4"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def lines_changed(path: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))


def one_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


OF_ENTRY = "it is not the file of which entry"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda out: cell_changed(out / "photos.csv"),
            "altered: photos.csv, row 3 (visit_2.jpg), column density_per_cm2: it says 123.4 instead of",
        ),
        (lambda out: cell_changed(out / "hairs.csv", "width_um"),
         "altered: hairs.csv, row # (visit_2.jpg), column width"),
        (lambda out: cell_changed(out / "matches.csv", "probability"), "altered: matches.csv, row"),
        (lambda out: cell_changed(out / "tracks.csv", "width_um"), "altered: tracks.csv, row"),
        (
            lambda out: cell_changed(out / "changes.csv", "lost"),
            "altered: changes.csv, row 2 (visit_1.jpg and visit_2.jpg), column lost: it says 123.4 instead of",
        ),
        (
            lambda out: lines_changed(out / "photos.csv", lambda lines: [lines[0], lines[2]]),
            "missing: photos.csv, row 2 (visit_1.jpg): it was taken out",
        ),
        (
            lambda out: lines_changed(out / "photos.csv", lambda lines: lines[:2]),
            "missing: photos.csv, row 3 (visit_2.jpg): it was taken out",
        ),
        (
            lambda out: lines_changed(out / "hairs.csv", lambda lines: [*lines[:3], b"visit_1.jpg,77\n", *lines[3:]]),
            "added: hairs.csv, row 4 (visit_1.jpg): it was put in",
        ),
        (
            lambda out: lines_changed(out / "photos.csv", lambda lines: [line[:-1] + b"\r\n" for line in lines]),
            "altered: photos.csv: it was saved by another program (line ends changed); no value differs",
        ),
        (
            lambda out: lines_changed(out / "photos.csv", lambda lines: [b"\xef\xbb\xbf" + lines[0], *lines[1:]]),
            "altered: photos.csv: it was saved by another program (encoding changed); no value differs",
        ),
        (lambda out: lines_changed(out / "photos.csv", lambda lines: []), "missing: photos.csv, row 2 (visit_1.jpg)"),
        (
            lambda out: lines_changed(out / "repeatability.csv", lambda lines: [*lines, b"x\n"]),
            "added: repeatability.csv, row 2",
        ),
        (
            lambda out: (out / "run.json").write_text((out / "run.json").read_text().replace('"ridge"', '"bridge"', 1)),
            "altered: run.json, options.method: it says \"bridge\" instead of \"ridge\"",
        ),
        (
            lambda out: (out / "run.json").write_text(json.dumps(json.loads((out / "run.json").read_text()))),
            "altered: run.json: its content is the same, its spelling is another",
        ),
        (lambda out: (out / "run.json").write_text("{"), "altered: run.json: it is not JSON any more"),
        (lambda out: one_bit(out / "report.html"), f"altered: report.html: {OF_ENTRY}"),
        (lambda out: one_bit(out / "overlays" / "visit_1.jpg.png"),
         f"altered: overlays/visit_1.jpg.png: {OF_ENTRY} # of"),
        (lambda out: one_bit(out / "superseded" / "2.png"), f"altered: superseded/2.png: {OF_ENTRY}"),
        (
            lambda out: one_bit(out / "comparisons" / "visit_1.jpg--visit_2.jpg.gif"),
            f"altered: comparisons/visit_1.jpg--visit_2.jpg.gif: {OF_ENTRY}",
        ),
        (lambda out: (out / "photos.csv").unlink(), "missing: photos.csv: entry"),
        (lambda out: (out / "report.html").unlink(), "missing: report.html: entry"),
        (lambda out: (out / "changes.csv").unlink(), "missing: changes.csv: entry"),
        (lambda out: (out / "overlays" / "visit_2.jpg.png").unlink(), "missing: overlays/visit_2.jpg.png: entry # of"),
        (lambda out: (out / "superseded" / "1.png").unlink(), "missing: superseded/1.png: entry"),
    ],
)  # fmt: skip
def test_what_is_altered_in_a_file_is_named(copy: Path, change: Callable[[Path], object], told: str) -> None:
    change(copy / "out")
    result = run("verify", copy / "out")
    assert result.exit_code == 3
    assert is_told(told, faults(result)), result.stdout
    assert len({line.split(":")[1].split(",")[0] for line in faults(result)}) == 1  # nothing else is suspected


def test_record_and_table_altered_alike_are_found_all_the_same(copy: Path) -> None:
    sql(copy / "out", "UPDATE photos SET hair_count = 99 WHERE photo = 'visit_1.jpg'")
    lines_changed(copy / "out" / "photos.csv", lambda lines: [lines[0], lines[1].replace(b",27,", b",99,"), lines[2]])
    told = faults(run("verify", copy / "out"))
    assert is_told("altered: photos.csv: it is not the file of which entry", told), told
    assert is_told("altered: results.sqlite, result 3 (visit_1.jpg)", told)


def test_many_rows_that_differ_are_counted(copy: Path) -> None:
    lines_changed(
        copy / "out" / "hairs.csv", lambda lines: [lines[0], *(line.replace(b",", b",1", 1) for line in lines[1:])]
    )
    result = run("verify", copy / "out")
    told = faults(result)
    assert len(told) == 20
    assert is_told("altered: hairs.csv, row 2 (visit_1.jpg), column hair: it says 11 instead of 1", told)
    assert re.search(r"^and \d+ more in hairs.csv; -o FILE writes all", result.stdout, re.MULTILINE)
    run("verify", copy / "out", "-o", copy / "findings.csv")
    assert (copy / "findings.csv").read_bytes().count(b"\n") == (copy / "out" / "hairs.csv").read_bytes().count(b"\n")


def test_files_of_others_are_mentioned_and_no_fault(copy: Path) -> None:
    (copy / "out" / "notes.txt").write_text("mine")
    (copy / "out" / "overlays" / "mine.png").write_text("mine")
    result = run("verify", copy / "out")
    assert result.exit_code == 0
    assert "note: notes.txt: densitometer did not write this file" in result.stdout
    assert "note: overlays/mine.png: densitometer did not write this file" in result.stdout
    for number in range(30):
        (copy / "out" / f"{number}.txt").write_text("mine")
    assert "22 further files that densitometer did not write" in run("verify", copy / "out").stdout


def test_a_table_that_no_run_wrote_is_a_fault(study: Path, tmp_path: Path) -> None:
    for name in ("in", "visits.csv"):
        (shutil.copytree if name == "in" else shutil.copyfile)(study / name, tmp_path / name)
    measure(tmp_path)
    (tmp_path / "out" / "changes.csv").write_text("mine")
    assert faults(run("verify", tmp_path / "out")) == ["added: changes.csv: no entry of audit.jsonl tells of it"]


# ---- the trail


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda lines: [lines[0], lines[1].replace(b"visit_1", b"visit_7"), *lines[2:]],
         "altered: audit.jsonl, entry 2, line 2: this entry was altered: its hash does not fit what it says"),
        (lambda lines: [*lines[:4], *lines[5:]], "missing: audit.jsonl, entry 5: it was taken out, before line 5"),
        (lambda lines: [*lines[:4], lines[5], lines[4], *lines[6:]],
         "altered: audit.jsonl, entry 5, line 6: it stands after"),
        (lambda lines: [*lines, b"nonsense\n"], "altered: audit.jsonl, line"),
    ],
)  # fmt: skip
def test_what_is_altered_in_the_trail_is_named(
    copy: Path, change: Callable[[list[bytes]], list[bytes]], told: str
) -> None:
    lines_changed(copy / "out" / "audit.jsonl", change)
    result = run("verify", copy / "out")
    assert result.exit_code == 3
    assert is_told(told, faults(result)), result.stdout


def test_a_trail_that_is_gone_is_told(copy: Path) -> None:
    (copy / "out" / "audit.jsonl").unlink()
    result = run("verify", copy / "out")
    assert result.exit_code == 3
    assert "missing: audit.jsonl: it is not there; no result can be checked against it" in faults(result)
    (_, told) = faults(result)  # nor is it known where the photographs lay
    assert told == (
        "unchecked: photographs: none of the 2 was looked for, as no audit.jsonl tells where they lay; "
        "name the folder of photographs: densitometer verify OUT FOLDER"
    )


def test_what_was_cut_off_at_the_end_leaves_results_without_an_entry(copy: Path) -> None:
    lines_changed(copy / "out" / "audit.jsonl", lambda lines: lines[:9])
    told = faults(run("verify", copy / "out"))
    assert is_told("added: results.sqlite, result 4 (visit_2.jpg): no entry", told)


def rewritten(out: Path, **facts: object) -> None:
    """Write all of a trail anew, chained as it should be, with other facts in its second entry."""
    previous, lines = "0" * 64, []
    for line in (out / "audit.jsonl").read_text().splitlines():
        told = json.loads(line)
        told |= (facts if told["entry"] == 2 else {}) | {"previous": previous}
        previous = told["hash"] = _hash(told)
        lines.append(_spelt(told) + "\n")
    (out / "audit.jsonl").write_text("".join(lines))


def test_a_trail_written_anew_is_found_by_the_head_that_was_noted_down(copy: Path) -> None:
    head = Trail.open(copy / "out" / "audit.jsonl").head
    assert run("verify", copy / "out", "--head", head).exit_code == 0
    assert run("verify", copy / "out", "--head", head[:12].upper()).exit_code == 0
    rewritten(copy / "out", time="1999-12-31T23:59:59.000Z")
    assert run("verify", copy / "out").exit_code == 0  # nothing but the head shows it
    result = run("verify", copy / "out", "--head", head)
    assert result.exit_code == 3
    assert faults(result)[0].startswith(f"missing: audit.jsonl, hash {head}: no entry has this hash: the trail was cut")


# ---- the photographs


def test_a_photograph_that_was_edited_is_named(copy: Path) -> None:
    one_bit(copy / "in" / "visit_1.jpg")
    (told,) = faults(run("verify", copy / "out"))
    path = copy / "in" / "visit_1.jpg"
    assert told == f"altered: photographs, visit_1.jpg: it was altered: {path} is not the file that was measured"


def test_a_photograph_that_is_gone_is_named(copy: Path) -> None:
    (copy / "in" / "visit_1.jpg").unlink()
    (told,) = faults(run("verify", copy / "out"))
    assert told == "missing: photographs, visit_1.jpg: there is no such file where the photographs lie"


def test_a_photograph_that_cannot_be_read_is_named(copy: Path) -> None:
    (copy / "in" / "visit_1.jpg").unlink()
    (copy / "in" / "visit_1.jpg").symlink_to("nowhere")
    (told,) = faults(run("verify", copy / "out"))
    assert told == f"unchecked: photographs, visit_1.jpg: {copy / 'in' / 'visit_1.jpg'} cannot be read"


def test_photographs_that_have_moved_are_found_where_the_user_says(copy: Path, tmp_path: Path) -> None:
    shutil.move(copy / "in", tmp_path / "elsewhere" / "deep" / "in")
    result = run("verify", copy / "out")
    assert result.exit_code == 3
    (told,) = faults(result)
    assert told.startswith(f"unchecked: photographs: none of the 2 was found in {copy / 'in'}, where they lay when")
    assert told.endswith("name the folder in which they lie now: densitometer verify OUT FOLDER")
    assert run("verify", copy / "out", tmp_path / "elsewhere").exit_code == 0
    files = sorted((tmp_path / "elsewhere" / "deep" / "in").iterdir())
    assert run("verify", copy / "out", *files).exit_code == 0
    (told,) = faults(run("verify", copy / "out", files[0]))
    assert told.startswith("missing: photographs, visit_2.jpg")
    (told,) = faults(run("verify", copy / "out", copy / "out"))
    assert told.startswith("unchecked: photographs: none of the 2 was found in")


def test_a_study_that_moves_as_a_whole_is_still_verified(copy: Path, tmp_path: Path) -> None:
    shutil.move(copy, tmp_path / "archive")
    clean(tmp_path / "archive")


def test_a_table_is_no_place_to_look_for_photographs(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "visits.csv").write_text(VISITS)
    given = [tmp_path / "folder.csv", tmp_path / "visits.csv", tmp_path / "gone.xlsx", tmp_path / "a.jpg"]
    addresses = ["s3://bucket/in", "s3://bucket/visits.csv"]
    assert of_photographs([*given, *addresses], ["a.jpg"]) == [given[0], given[3], addresses[0]]
    assert of_photographs(given, ["in/visits.csv"]) == [given[0], given[1], given[3]]


# ---- what is no alteration


def test_measuring_and_comparing_again_leaves_all_verified(copy: Path) -> None:
    measure(copy)
    clean(copy)
    run("compare", copy / "out", "-q", "--workers", 1)
    clean(copy)
    (copy / "visits.csv").write_text(VISITS.replace(",X", ",Z"))  # carried over, not measured again
    measure(copy)
    clean(copy)
    (copy / "visits.csv").write_text(VISITS.replace("6.2", "6.4"))  # those superseded are restored
    measure(copy)
    clean(copy)
    (copy / "in" / "visit_1.jpg").unlink()
    (copy / "in" / "broken.jpg").write_text("no picture")
    measure(copy)
    clean(copy)
    measure(copy)
    clean(copy)


def test_what_a_run_set_aside_is_known(copy: Path) -> None:
    (copy / "out" / "photos.csv").write_text("mine now")
    (copy / "visits.csv").write_text(VISITS.replace(",X", ",Z"))
    measure(copy)
    clean(copy)
    os.truncate(copy / "out" / "results.sqlite", 50_000)
    assert measure(copy).exit_code == 0
    clean(copy)
    told = run("verify", copy / "out").stdout
    (note,) = [line for line in told.splitlines() if line.startswith("note: results.sqlite")]
    kept = "as set-aside/results-2.sqlite; the older results are in it"
    assert is_told(f"note: results.sqlite: it was set aside on #-#-# (it is damaged) {kept}", [note])
    aside = sorted(path.name for path in (copy / "out" / "set-aside").iterdir())
    assert "photos-1.csv" in aside
    assert any(name.startswith("results-") for name in aside)
    (copy / "out" / "set-aside" / "photos-1.csv").unlink()
    (told,) = faults(run("verify", copy / "out"))
    assert is_told("missing: set-aside/photos-1.csv: entry # of audit.jsonl tells that it was set aside", [told])


def test_a_torn_line_is_unfinished_and_verified_once_mended(copy: Path) -> None:
    with (copy / "out" / "audit.jsonl").open("ab") as file:
        file.write(b'{"entry": 99, "ti')
    result = run("verify", copy / "out")
    assert result.exit_code == 3
    (told,) = faults(result)
    assert told.startswith("unfinished: audit.jsonl, line")
    run("compare", copy / "out", "-q", "--workers", 1)
    clean(copy)
    assert "note: audit.jsonl, line" in run("verify", copy / "out").stdout


def test_photographs_that_a_stopped_run_did_not_reach_are_mentioned(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(study / "in", tmp_path / "in")
    shutil.copyfile(study / "visits.csv", tmp_path / "visits.csv")
    genuine = ResultsFolder.add

    def last(folder: ResultsFolder, result: PhotoResult) -> bool:
        if result.photo == "visit_1.jpg":
            os.kill(os.getpid(), signal.SIGINT)  # once; twice would stop it at once
        return genuine(folder, result)

    with monkeypatch.context() as patched:
        patched.setattr(ResultsFolder, "add", last)
        assert measure(tmp_path).exit_code in (0, 1)
    with closing(sqlite3.connect(tmp_path / "out" / "results.sqlite")) as connection:
        (left,) = connection.execute("SELECT count(*) FROM pictures WHERE result IS NULL").fetchone()
    result = run("verify", tmp_path / "out")
    assert result.exit_code == 0, result.output
    told = "note: results.sqlite: 1 photograph of the run is not measured yet; run the same command again"
    assert (told in result.stdout) == bool(left)
    told = "; all are as they were written; 1 photograph has no result yet: run the same command again."
    assert (told in result.stdout) == bool(left)
    measure(tmp_path)
    clean(tmp_path)
    assert "not measured yet" not in run("verify", tmp_path / "out").stdout


def test_a_run_that_was_killed_is_unfinished(copy: Path) -> None:
    sql(copy / "out", "DELETE FROM run WHERE key = 'written'")
    result = run("verify", copy / "out")
    assert result.exit_code == 3
    assert faults(result) == [
        "unfinished: results.sqlite: the run was killed before its tables were written; run the same command again"
    ]
    measure(copy)
    clean(copy)


def test_entries_that_are_not_yet_in_the_trail_are_unfinished(copy: Path) -> None:
    line = Trail.open(copy / "out" / "audit.jsonl").compose("finished")
    with closing(sqlite3.connect(copy / "out" / "results.sqlite")) as connection:
        connection.execute("INSERT INTO outbox (line) VALUES (?)", (line,))
        connection.commit()
    told = "unfinished: audit.jsonl: 1 of its entries are not yet written to it; run the same command again"
    assert faults(run("verify", copy / "out")) == [told]
    measure(copy)
    clean(copy)


# ---- the command


def test_a_folder_in_which_photographs_have_no_result_yet_is_verified_and_says_so(copy: Path) -> None:
    out, result = copy / "out", run("verify", copy / "out")
    assert "no result yet" not in result.output
    assert "Verified: 2 results" in result.stdout
    seen = Verified(results=3, not_reached=2)
    assert _still_to_do(seen) == "; 2 photographs have no result yet: run the same command again"
    told = " ".join(run("verify", "--help").output.split())
    assert "0 everything is as it was written; after a run that was stopped and wrote its tables, too" in told
    assert "unfinished: a run was killed before its tables were written" in told
    sql(out, "DELETE FROM run WHERE key = 'written'")
    assert run("verify", out).exit_code == 3  # the unfinished one of the help


def test_findings_go_to_a_file(copy: Path, tmp_path: Path) -> None:
    (copy / "out" / "report.html").unlink()
    (copy / "out" / "notes.txt").write_text("mine")
    table = tmp_path / "findings.csv"
    for _ in range(2):
        assert run("verify", copy / "out", "-q", "-o", table).exit_code == 3
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["finding"], row["file"]) for row in rows] == [("missing", "report.html"), ("note", "notes.txt")]
    table.write_text("mine")
    result = run("verify", copy / "out", "-o", table)
    assert result.exit_code == 2
    assert "is there already and holds something else" in result.stderr
    assert table.read_text() == "mine"


def test_quiet_says_nothing_but_faults(copy: Path) -> None:
    assert run("verify", copy / "out", "-q").output == ""
    (copy / "out" / "notes.txt").write_text("mine")
    (copy / "out" / "report.html").unlink()
    assert run("verify", copy / "out", "-q").output.startswith("missing: report.html")
    assert run("verify", copy / "out", "-q").output.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["."], "holds no results.sqlite; name a folder that 'densitometer measure' wrote"),
        (["nowhere"], "there is no folder nowhere; name one that 'densitometer measure' wrote"),
        (["{out}", "nowhere"], "nowhere: there is no such file or folder; check the name"),
        (["{out}", "--head", "xyz"], "--head takes 12 to 64 digits of 0-9 and a-f"),
        (["{out}", "--head", "abc"], "--head takes 12 to 64 digits of 0-9 and a-f"),
        (["{out}", "-o", "no/where.csv"], "there is no folder no"),
    ],
)
def test_wrong_use_is_one_sentence(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("verify", *(word.format(out=study / "out") for word in words))
    assert result.exit_code == 2
    assert told in " ".join(result.stderr.split())


def test_a_folder_to_which_a_run_is_writing_is_refused(copy: Path) -> None:
    from densitometer.results.lock import locked

    with locked(copy / "out"):
        result = run("verify", copy / "out")
    assert result.exit_code == 2
    assert f"a run is writing to {copy / 'out'}: process {os.getpid()} of " in result.stderr
    (copy / "out" / ".running.json").write_text('{"pid": 1, "host": "h", "user": "u", "since": "s"}')  # it was killed
    clean(copy)
