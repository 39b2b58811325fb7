from __future__ import annotations

import csv
import os
import shutil
import signal
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from click.testing import CliRunner, Result
from openpyxl import Workbook
from PIL import Image

from densitometer.cli.main import main

HEAD = "photo,subject,site,visit,visit_date,replicate,um_per_px,device\n"


def check(*arguments: object) -> Result:
    result = CliRunner().invoke(main, ["check", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def photos(folder: Path, *names: str, size: tuple[int, int] = (80, 70)) -> None:
    """Photographs that all differ."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(crc32(name.encode())).integers(90, 160, (size[1], size[0], 3), np.uint8)
        Image.fromarray(noise).save(path)


def table(folder: Path, rows: str, head: str = HEAD) -> Path:
    path = folder / "visits.csv"
    path.write_text(head + rows, encoding="utf-8")
    return path


ROWS = """v1/a.png,S1,vertex,week 0,2026-01-01,1,5.5,medicam
v1/b.png,S1,vertex,week 0,2026-01-01,2,5.5,medicam
v2/a.png,S1,vertex,week 12,2026-03-26,1,5.5,medicam
v2/c.png,S2,vertex,week 12,2026-03-27,1,5.5,medicam
"""
NAMES = ("v1/a.png", "v1/b.png", "v2/a.png", "v2/c.png")


def told(result: Result) -> list[str]:
    """Lines that name a problem."""
    return [line[2:] for line in result.stdout.splitlines() if line.startswith("- ")]


def test_a_clean_trial_has_nothing_to_mend(tmp_path: Path) -> None:
    photos(tmp_path, *NAMES)
    result = check(table(tmp_path, ROWS), "-o", tmp_path / "problems.csv")
    assert result.stdout == "4 photographs of 2 subjects, 3 visits: nothing to mend.\n"
    assert result.exit_code == 0
    assert (tmp_path / "problems.csv").read_text() == "row,column,photo,problem\n"
    assert not list(tmp_path.glob("*.part"))


def test_the_sample_images_are_a_clean_trial(sample_images: Path) -> None:
    few = ["trimmed_dark.jpg", "visit_1.jpg", "visit_2.jpg"]
    result = check(sample_images / "visits.csv", *(sample_images / name for name in few))
    assert all("there is no such photograph" in line for line in told(result))


def test_nothing_is_written(tmp_path: Path) -> None:
    photos(tmp_path, *NAMES)
    path = table(tmp_path, ROWS)
    before = {file: (file.read_bytes() if file.is_file() else b"") for file in tmp_path.rglob("*")}
    check(path)
    assert {file: (file.read_bytes() if file.is_file() else b"") for file in tmp_path.rglob("*")} == before


def one(tmp_path: Path, rows: str = ROWS, *arguments: object, head: str = HEAD) -> str:
    result = check(table(tmp_path, rows, head), *arguments)
    assert result.exit_code == 2
    (line,) = told(result)
    return line


def test_a_missing_photograph_and_one_that_is_not_in_the_table(tmp_path: Path) -> None:
    photos(tmp_path, "v1/a.png", "v1/b.png", "v2/a.png")
    assert one(tmp_path).startswith("row 5, column photo, v2/c.png: there is no such photograph; check the name")
    photos(tmp_path, "v2/c.png", "more.png")
    assert one(tmp_path) == "more.png: the table has no row for it; add one, or take it out of the folder"


def test_a_name_that_is_nearly_right_is_told(tmp_path: Path) -> None:
    photos(tmp_path, "v1/a.png", "v1/b.png", "v2/a.png", "v3/c.png")
    lines = told(check(table(tmp_path, ROWS)))
    assert lines[0] == "row 5, column photo, v2/c.png: there is no such photograph; is 'v3/c.png' meant?"


def test_the_wrong_folder_is_one_problem(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "none of the photographs that the table names is there" in one(tmp_path, ROWS, tmp_path / "empty")


def test_a_table_that_names_photographs_alone(tmp_path: Path) -> None:
    photos(tmp_path, "a.png")
    result = check(table(tmp_path, "a.png,5\n", "photo,um_per_px\n"))
    assert result.stdout == "1 photograph: nothing to mend.\n"


def test_photographs_in_other_folders(tmp_path: Path) -> None:
    photos(tmp_path / "elsewhere", *NAMES)
    (tmp_path / "tables").mkdir()
    assert check(table(tmp_path / "tables", ROWS), tmp_path / "elsewhere").exit_code == 0


def test_photographs_that_cannot_be_read(tmp_path: Path) -> None:
    photos(tmp_path, *NAMES)
    data = (tmp_path / "v2/c.png").read_bytes()
    (tmp_path / "v2/c.png").write_bytes(data[: len(data) // 2])
    assert one(tmp_path).startswith("row 5, column photo, v2/c.png: the file is truncated or damaged")
    (tmp_path / "v2/c.png").write_bytes(b"")
    assert "v2/c.png: the file is empty (0 bytes)" in one(tmp_path)
    photos(tmp_path, "v2/c.png")
    settings = tmp_path / "settings.toml"
    settings.write_text("[photo]\nmax_megapixels = 0.005\n")
    lines = told(check(table(tmp_path, ROWS), "--settings", settings))
    assert len(lines) == 4
    assert all("megapixels" in line for line in lines)


def test_the_same_photograph_under_two_names(tmp_path: Path) -> None:
    photos(tmp_path, *NAMES)
    shutil.copy(tmp_path / "v1/b.png", tmp_path / "v2/c.png")
    line = one(tmp_path)
    assert line.startswith("row 5, column photo, v2/c.png: it is the same file as row 3 (v1/b.png), byte for byte")


def test_the_same_photograph_named_twice(tmp_path: Path) -> None:
    photos(tmp_path, *NAMES)
    line = one(tmp_path, ROWS + "v2\\c.png,S2,vertex,week 12,2026-03-27,2,5.5,medicam\n")
    assert line == "row 6, column photo, v2/c.png: 'v2/c.png' is named in row 5 already; keep one row"


def test_an_unknown_scale(tmp_path: Path) -> None:
    photos(tmp_path, *NAMES)
    rows = ROWS.replace("2026-03-27,1,5.5", "2026-03-27,1,")
    assert one(tmp_path, rows).startswith("row 5, column um_per_px, v2/c.png: no scale is stated, printed on it")
    assert check(table(tmp_path, rows), "--um-per-px", "5.5").exit_code == 0
    with Image.open(tmp_path / "v2/c.png") as image:
        image.save(tmp_path / "v2/c.png", dpi=(25400 / 5.5, 25400 / 5.5))
    assert check(table(tmp_path, rows)).exit_code == 0


def test_a_stated_scale_that_the_printed_bar_contradicts(tmp_path: Path, sample_images: Path) -> None:
    shutil.copy(sample_images / "trimmed_dark.jpg", tmp_path)
    head = "photo,um_per_px\n"
    assert check(table(tmp_path, "trimmed_dark.jpg,\n", head)).exit_code == 0
    assert check(table(tmp_path, "trimmed_dark.jpg,5.43\n", head)).exit_code == 0
    line = one(tmp_path, "trimmed_dark.jpg,5.7\n", head=head)
    assert line.startswith("row 2, column um_per_px, trimmed_dark.jpg: 5.7 um per px, but the bar printed on it 5.4")
    assert "--um-per-px says 5.7 um per px" in one(tmp_path, "trimmed_dark.jpg,\n", "--um-per-px", 5.7, head=head)
    settings = tmp_path / "settings.toml"
    settings.write_text("[quality]\nscale_disagreement = 0.1\n")
    assert check(tmp_path / "visits.csv", "--um-per-px", 5.7, "--settings", settings).exit_code == 0


def test_scales_that_differ_within_a_subject_and_site(tmp_path: Path) -> None:
    photos(tmp_path, *NAMES)
    line = one(tmp_path, ROWS.replace("2026-03-26,1,5.5", "2026-03-26,1,5.7"))
    assert line.startswith("row 4, column um_per_px, v2/a.png: 5.7 um per px here, but 5.5 in row 2 (v1/a.png)")
    assert "same subject and site" in line
    assert check(table(tmp_path, ROWS.replace("2026-03-26,1,5.5", "2026-03-26,1,5.6"))).exit_code == 0


def test_scales_that_differ_for_one_device_and_size(tmp_path: Path) -> None:
    photos(tmp_path, *NAMES)
    rows = ROWS.replace("2026-03-27,1,5.5", "2026-03-27,1,6.5")
    line = one(tmp_path, rows)
    assert line.startswith("row 5, column um_per_px, v2/c.png: 6.5 um per px here, but 5.5 in row 2 (v1/a.png) by the")
    assert check(table(tmp_path, rows.replace("6.5,medicam", "6.5,other"))).exit_code == 0
    assert check(table(tmp_path, rows.replace("medicam", ""))).exit_code == 0
    photos(tmp_path, "v2/c.png", size=(100, 70))
    assert check(table(tmp_path, rows)).exit_code == 0


def test_sizes_that_differ_within_a_subject_and_site(tmp_path: Path) -> None:
    photos(tmp_path, *NAMES)
    photos(tmp_path, "v2/a.png", size=(70, 80))  # the camera was held upright
    assert check(table(tmp_path, ROWS)).exit_code == 0
    photos(tmp_path, "v2/a.png", size=(100, 70))
    line = one(tmp_path)
    assert line.startswith("row 4, v2/a.png: it has 100 x 70 px, but row 2 (v1/a.png) of the same subject and site 80")
    changed = ROWS.replace("2026-03-26,1,5.5,medicam", "2026-03-26,1,5.5,other")
    assert "row 4, column device, v2/a.png: 'other' here" in one(tmp_path, changed)


def all_at_once(folder: Path) -> Path:
    photos(folder, "a.png", "b.png", "d.png", "unlisted.png")
    shutil.copy(folder / "a.png", folder / "copy.png")
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nrest")
    rows = """a.png,S1,vertex,week 0,2026-01-01,1,5.5,medicam
b.png,S1,vertex,week 0,2026-01-01,1,5.5,medicam
copy.png,S1,vertex,week 4,2025-12-01,1,9.5,handheld
d.png,s1,vertex,week 0,31.12.2025,1,,medicam
gone.png,S2,vertex,week 0,2099-01-01,1,five,medicam
broken.png,S3,vertex,week 0,2026-01-01,1,5.5,medicam
,S3,vertex,week 4,2026-01-01,1,5.5,medicam
a.png,S4,vertex,week 4,2026-01-01,1,5.5,medicam
"""
    return table(folder, rows)


def test_all_problems_are_told_at_once_in_groups_and_in_a_file(tmp_path: Path) -> None:
    out = tmp_path / "problems.csv"
    result = check(all_at_once(tmp_path), "-o", out)
    assert result.exit_code == 2
    with out.open(encoding="utf-8", newline="") as file:
        rows = [(row["row"], row["column"], row["photo"]) for row in csv.DictReader(file)]
    assert rows == [
        ("3", "replicate", "b.png"),
        ("8", "photo", ""),
        ("9", "photo", "a.png"),
        ("6", "photo", "gone.png"),
        ("", "", "unlisted.png"),
        ("4", "photo", "copy.png"),
        ("7", "photo", "broken.png"),
        ("4", "visit_date", "copy.png"),
        ("5", "visit_date", "d.png"),
        ("6", "visit_date", "gone.png"),
        ("4", "um_per_px", "copy.png"),
        ("5", "um_per_px", "d.png"),
        ("6", "um_per_px", "gone.png"),
        ("4", "device", "copy.png"),
        ("5", "subject", "d.png"),
    ]
    assert len(told(result)) == len(rows)
    assert result.stdout.startswith("The table (3)\n- row 3, column replicate, b.png: ")
    assert f"15 problems. All of them: {out}" in result.stdout.replace("\n", " ")


def test_many_are_counted_on_the_terminal_and_all_in_the_file(tmp_path: Path) -> None:
    photos(tmp_path, "a.png")
    rows = "a.png,S,v,1,,,5,\n" + "".join(f"gone{i}.png,S{i},v,1,,,5,\n" for i in range(300))
    out = tmp_path / "problems.csv"
    result = check(table(tmp_path, rows), "-o", out)
    assert len(told(result)) == 11
    assert f"- and 290 more; see {out}" in result.stdout
    assert len(out.read_text().splitlines()) == 301
    assert "- and 290 more; write all to a file with -o" in check(tmp_path / "visits.csv").stdout


def test_the_file_holds_no_formulas(tmp_path: Path) -> None:
    photos(tmp_path, "a.png")
    check(table(tmp_path, "=cmd().png\na.png\n", "photo\n"), "--um-per-px", 5, "-o", tmp_path / "problems.csv")
    assert "2,photo,'=cmd().png,\"there is no such photograph" in (tmp_path / "problems.csv").read_text()


def test_excel_and_csv_of_other_countries_say_the_same(tmp_path: Path) -> None:
    photos(tmp_path, "v1/ä.png")
    text = "photo;subject;visit;um_per_px\r\nv1\\ä.png;1;1;5,56\r\nv1\\b.png;2;1;x\r\n"
    path = tmp_path / "visits.csv"
    path.write_bytes(text.encode("utf-8-sig"))
    lines = told(check(path))
    assert [line.split(":")[0] for line in lines] == [
        "row 3, column photo, v1/b.png",
        "row 3, column um_per_px, v1/b.png",
    ]
    book = Workbook()
    for row in (["photo", "subject", "visit", "um_per_px"], ["v1\\ä.png", 1, 1, 5.56], ["v1\\b.png", 2, 1, "x"]):
        book.active.append(row)
    book.save(tmp_path / "visits.xlsx")
    lines = told(check(tmp_path / "visits.xlsx"))
    assert [line.split(":")[0] for line in lines] == [
        "row 3, column photo (A3), v1/b.png",
        "row 3, column um_per_px (D3), v1/b.png",
    ]


def test_names_in_the_place_of_a_table(tmp_path: Path) -> None:
    pattern = "{subject}_{site}_{visit}_{replicate}"
    photos(tmp_path, "S1_vertex_1_1.png", "S1_vertex_2_1.png", "S2_vertex_1_1.png")
    result = check("--name-pattern", pattern, tmp_path, "--um-per-px", 5)
    assert result.stdout == "3 photographs of 2 subjects, 3 visits: nothing to mend.\n"
    photos(tmp_path, "notes.png", "S1_vertex_left_1_1.png", "s2_vertex_2_1.png")
    lines = told(check("--name-pattern", pattern, tmp_path, "--um-per-px", 5))
    assert len(lines) == 3
    assert lines[0].startswith("S1_vertex_left_1_1.png: can be read in two ways")
    assert lines[1].startswith(f"notes.png: is not named as {pattern} says")
    assert lines[2].startswith("s2_vertex_2_1.png: 's2' here and 'S2' in S2_vertex_1_1.png")


def test_many_photographs_are_read_by_several_processes(tmp_path: Path) -> None:
    names = [f"{i:02d}.png" for i in range(9)]
    photos(tmp_path, *names)
    (tmp_path / "04.png").write_bytes(b"text")
    rows = "".join(f"{name},S,v,{i},,,5,\n" for i, name in enumerate(names))
    two, one = (check(table(tmp_path, rows), "--workers", n) for n in (2, 1))
    assert [line[:24] for line in told(two)] == ["row 6, column photo, 04.p"[:24]]
    assert two.stdout == one.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["none.csv"], "none.csv cannot be read: No such file"),
        (["."], "is a folder; name the visits table first"),
        (["visits.csv", "nowhere"], "nowhere: there is no such file or folder"),
        (["visits.csv", "--name-pattern", "{subject}"], "both say what photographs show; give one of them"),
        ([".", "--name-pattern", "{subject"], "a brace has no counterpart"),
        (["visits.csv", "--um-per-px", "0"], "the stated scale of 0 um per px cannot be true"),
        (["visits.csv", "-o", "visits.csv"], "visits.csv is there already and holds something else"),
        (["visits.csv", "-o", "none/problems.csv"], "there is no folder none"),
    ],
)
def test_wrong_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], sentence: str) -> None:
    monkeypatch.chdir(tmp_path)
    photos(tmp_path, *NAMES)
    table(tmp_path, ROWS)
    result = check(*arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert result.stderr.startswith("densitometer: ")
    assert len(result.stderr.splitlines()) == 1


def test_problems_of_an_earlier_check_are_replaced(tmp_path: Path) -> None:
    photos(tmp_path, *NAMES, "more.png")
    out = tmp_path / "problems.csv"
    assert check(table(tmp_path, ROWS), "-o", out).exit_code == 2
    (tmp_path / "more.png").unlink()
    assert check(tmp_path / "visits.csv", "-o", out).exit_code == 0
    assert len(out.read_text().splitlines()) == 1


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX systems")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_check_that_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals) -> None:
    def stop(*_: object) -> None:
        os.kill(os.getpid(), number)

    monkeypatch.setattr("densitometer.batch.check.find_bar", stop)
    photos(tmp_path, "a.png", "b.png")
    result = check(table(tmp_path, "a.png\nb.png\n", "photo\n"), "-o", tmp_path / "problems.csv")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == "densitometer: stopped; nothing was changed"
    assert not (tmp_path / "problems.csv").exists()


def test_quiet(tmp_path: Path) -> None:
    photos(tmp_path, *NAMES, "more.png")
    result = check(table(tmp_path, ROWS), "-q")
    assert (result.exit_code, result.output) == (2, "")


def test_a_misspelt_column_is_told(tmp_path: Path) -> None:
    photos(tmp_path, *NAMES)
    head = HEAD.replace("subject", "Subject ID")
    assert one(tmp_path, head=head) == (
        "column 'Subject ID' is not one that densitometer uses; is 'subject' meant? Then rename it so"
    )
    head = HEAD.replace("visit_date", "date").replace("um_per_px", "µm/px")
    lines = told(check(table(tmp_path, ROWS, head)))  # and no line a photograph that it has no scale
    assert [line.split(" is ")[0] for line in lines] == ["column 'date'", "column 'µm/px'"]


def test_a_misspelt_field_of_names_is_told(tmp_path: Path) -> None:
    photos(tmp_path, "S1_v1.png", "S1_v2.png")
    (line,) = told(check("--name-pattern", "{subjct}_v{visit}", tmp_path, "--um-per-px", 5))
    assert line.startswith("{subjct} is not one that densitometer uses; is 'subject' meant?")
    (line,) = told(check("--name-pattern", "{subject}_{session}", tmp_path, "--um-per-px", 5))
    assert line.startswith("there is neither a column visit nor visit_date")


def test_a_table_of_visits_without_subjects_is_told(tmp_path: Path) -> None:
    photos(tmp_path, *NAMES)
    line = one(tmp_path, head=HEAD.replace("subject", "code"))
    assert line == "there is no column subject, so that nothing can be compared; add it"


def test_photographs_in_a_form_that_is_not_read(tmp_path: Path) -> None:
    photos(tmp_path, *NAMES)
    (tmp_path / "v1/a.NEF").write_bytes(b"beside its export")
    (tmp_path / ".x.cr2").write_bytes(b"hidden")
    (tmp_path / "notes").write_bytes(b"short")
    assert check(table(tmp_path, ROWS)).exit_code == 0
    (tmp_path / "v1/z.CR2").write_bytes(b"raw")
    assert one(tmp_path) == "v1/z.CR2: it is a raw photograph, which is not read; export it as JPEG or TIFF"
    (tmp_path / "v1/z.CR2").rename(tmp_path / "v2/d.cr2")
    lines = told(check(table(tmp_path, ROWS + "v2/d.CR2,S2,vertex,week 12,2026-03-27,2,5.5,medicam\n")))
    assert lines == [
        "row 6, column photo, v2/d.CR2: it is a raw photograph, which is not read; export it as JPEG or TIFF, "
        "and name that here"
    ]
    (tmp_path / "v2/d.cr2").unlink()
    (tmp_path / "00012").write_bytes(b"\0" * 128 + b"DICM and more")
    assert one(tmp_path).startswith("00012: it is a DICOM file")


def test_cells_with_the_same_fault_are_one_line_and_a_row_each_in_the_file(tmp_path: Path) -> None:
    names = [f"{i}.png" for i in range(9)]
    photos(tmp_path, *names)
    dates = ["05.01.2026"] * 4 + ["2026-01-05"] + ["06.01.2026"] * 4
    rows = "".join(f"{name},S{name[0]},v,1,{date},1,5.5x,\n" for name, date in zip(names, dates, strict=True))
    out = tmp_path / "problems.csv"
    result = check(table(tmp_path, rows), "-o", out)
    assert told(result) == [
        "8 dates like '05.01.2026' (rows 2 to 5 and 7 to 10): write YYYY-MM-DD, such as 2024-03-31; in an Excel "
        "workbook (.xlsx) a real date cell will do",
        "9 scales like '5.5x' (rows 2 to 10): write the number alone, such as 5.56",
    ]
    assert "Dates and order of visits (8)" in result.stdout
    assert len(out.read_text(encoding="utf-8").splitlines()) == 18


def test_whole_paths_are_shown_as_written_with_what_to_write(tmp_path: Path) -> None:
    photos(tmp_path, *NAMES)
    rows = ROWS.replace("v1/a.png", "C:\\Study\\V1\\a.png")
    assert one(tmp_path, rows) == (
        "row 2, column photo, v1/a.png: 'C:\\Study\\V1\\a.png' leads out of the folder; write only the part below the "
        "photographs folder: v1/a.png"
    )
    lines = told(check(table(tmp_path, ROWS.replace("v1/", "/data/v1/").replace("v2/", "/data/v2/"))))
    assert len(lines) == 1
    assert lines[0].startswith("4 names of photographs like '/data/v1/a.png' (rows 2 to 5): write only the part below")


@pytest.mark.parametrize(("text", "told_of_it"), [
    ("photo,subject,visit\n", "there is no row below the first"),
    ("Photo name,subject,visit\nv1/a.png,S1,1\n", "rename 'Photo name' to photo"),
    ("code,subject,visit\nv1/a.png,S1,1\n", "there is no column photo"),
])  # fmt: skip
def test_a_table_that_cannot_be_used_is_one_problem(tmp_path: Path, text: str, told_of_it: str) -> None:
    photos(tmp_path, *NAMES)
    assert told_of_it in one(tmp_path, "", head=text)


def test_the_copy_of_a_photograph_comes_with_what_to_do(tmp_path: Path) -> None:
    photos(tmp_path, *NAMES)
    shutil.copy(tmp_path / "v1/b.png", tmp_path / "v2/c.png")
    assert one(tmp_path).endswith(
        "one picture under two names; put the right photograph in the place of the wrong one, or delete it"
    )
