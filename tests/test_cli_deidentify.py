"""``densitometer deidentify`` as a user meets it: places, tables, exit codes, and nothing of the originals in OUT."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import ExifTags, Image

from densitometer.cli import deidentify as verb
from densitometer.cli.main import main
from fakes import make_photo

HEAD = "photo,subject,site,visit,visit_date,replicate,um_per_px"


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def invoke(*arguments: str) -> Result:
    result = CliRunner().invoke(main, [*arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def deidentify(*arguments: str) -> Result:
    return invoke("deidentify", "in", "-o", "out", "--workers", "1", *arguments)


def refused(*arguments: str) -> str:
    result = invoke("deidentify", *arguments)
    assert result.exit_code == 2
    assert not Path("in-key.csv").exists()
    return " ".join(result.stderr.split())


def table(path: str) -> list[dict[str, str]]:
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def study(sample_images: Path) -> None:
    """Two subjects with names in files, folders and metadata, and a table with names in it."""
    tags = Image.Exif()
    tags[ExifTags.Base.Artist] = "Jane Doe"
    for name, sample in (("Doe, Jane/v1.jpg", "visit_1"), ("Doe, Jane/v2.jpg", "visit_2"), ("Roe_A.jpg", "curly")):
        path = Path("in", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with Image.open(sample_images / f"{sample}.jpg") as image:
            image.save(path, quality=92, exif=tags, comment=b"shot by Doe")
        os.utime(path, (1.1e9, 1.1e9))
    Path("visits.csv").write_text(
        f"{HEAD},arm,Patient name\n"
        '"Doe, Jane/v1.jpg",JD-67,vertex,baseline,2024-01-05,1,5.556,verum,Jane Doe\n'
        '"Doe, Jane/v2.jpg",JD-67,vertex,week 12,2024-04-02,1,5.556,verum,Jane Doe\n'
        "Roe_A.jpg,AR-71,vertex,baseline,2024-01-06,1,5.556,placebo,A. Roe\n",
        encoding="utf-8",
    )


def test_a_study_leaves_without_names_and_can_be_measured(sample_images: Path) -> None:
    study(sample_images)
    before = snapshot(Path("in"))
    result = deidentify("--visits", "visits.csv")
    assert result.exit_code == 0, result.output
    assert snapshot(Path("in")) == before
    assert "3 photographs copied to out." in result.stdout
    assert "in-key.csv. It says who is who" in result.stdout
    assert "left out of visits.csv, for they may say who somebody is: Patient name" in result.stderr
    assert "is no proof that there is none" in result.stderr
    secrets = ["Doe", "Jane", "Roe", "JD-67", "AR-71", "in-key", "v1.jpg"]
    secrets += [row["sha256"] for row in table("in-key.csv") if row["sha256"]]
    for path in Path("out").rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert [text for text in secrets if text in str(path) or text.encode() in content] == []
        assert path.stat().st_mtime > 1.2e9
    lines = table("out/visits.csv")
    assert set(lines[0]) == {*HEAD.split(","), "arm"}
    assert {line["um_per_px"] for line in lines} == {"5.556"}
    checked = invoke("check", "out/visits.csv", "--workers", "1")
    assert checked.exit_code == 0, checked.output
    words = ("--method", "ridge", "--workers", "1")
    assert invoke("measure", "out", "--visits", "out/visits.csv", "-o", "new", *words).exit_code == 0
    assert invoke("measure", "in", "--visits", "visits.csv", "-o", "old", *words).exit_code == 0
    originals = {row["pseudonym"]: row["original"] for row in table("in-key.csv")}
    old = {row["photo"]: row for row in table("old/photos.csv")}
    differing = {"photo", "sha256", "subject"}
    for row in table("new/photos.csv"):
        same = old[originals[row["photo"]]]
        assert originals[row["photo"]] != row["photo"]
        assert {name: cell for name, cell in row.items() if name not in differing} == {
            name: cell for name, cell in same.items() if name not in differing | {"Patient name"}
        }


def test_without_a_table(sample_images: Path) -> None:
    make_photo(Path("in/Doe/a.png"))
    make_photo(Path("in/b.png"), grey=90)
    result = deidentify("--um-per-px", "5.5", "--key", "safe.csv")
    assert result.exit_code == 0, result.output
    assert not Path("in-key.csv").exists()
    assert [line["um_per_px"] for line in table("out/visits.csv")] == ["5.5", "5.5"]
    again = deidentify("--um-per-px", "5.5", "--key", "safe.csv")
    assert "0 photographs copied to out, 2 there already." in again.stdout


def test_a_name_pattern_in_the_place_of_a_table() -> None:
    make_photo(Path("in/JD_vertex_week 1.png"))
    result = deidentify("--name-pattern", "{subject}_{site}_{visit}")
    assert result.exit_code == 0, result.output
    (line,) = table("out/visits.csv")
    assert line["photo"] == f"{line['subject']}_vertex_week-1.png"
    assert (line["site"], line["visit"]) == ("vertex", "week 1")


def test_some_that_cannot_be_copied() -> None:
    make_photo(Path("in/good.png"))
    Path("in/Jane.jpg").write_bytes(b"\xff\xd8\xff junk")
    result = deidentify()
    assert result.exit_code == 3
    assert "1 photograph copied to out, 1 not copied." in result.stdout
    assert "Jane.jpg was not copied: the file is truncated or damaged" in result.stderr
    states = {line["status"]: line for line in table("out/deidentified.csv")}
    assert set(states) == {"copied", "not_copied"}
    assert "truncated" in states["not_copied"]["reason"]
    assert "Jane" not in Path("out/deidentified.csv").read_text(encoding="utf-8")
    assert len(list(Path("out").glob("*.png"))) == 1


def test_a_row_without_a_photograph() -> None:
    make_photo(Path("in/a.png"))
    Path("b.png").write_bytes(b"somebody else's")  # where the command runs, not in the folder
    Path("visits.csv").write_text("photo,subject,visit\na.png,S1,one\nb.png,S1,two\n", encoding="utf-8")
    result = deidentify("--visits", "visits.csv")
    assert result.exit_code == 3
    assert "b.png was not copied: the table names it, and there is no such file in the folder" in result.stderr
    assert [row["sha256"] == "" for row in table("in-key.csv") if row["kind"] == "photograph"] == [False, True]


def test_codes_in_other_cells_are_told() -> None:
    make_photo(Path("in/a.png"))
    make_photo(Path("in/b.png"), grey=90)
    text = "photo,subject,visit,comment\na.png,S-01,S-01 week 1,\nb.png,S-02,week 1,see S-01\n"
    Path("visits.csv").write_text(text, encoding="utf-8")
    result = deidentify("--visits", "visits.csv", "--keep-column", "comment")
    assert (
        "column visit holds the original code of a subject in 1 cell, copied as it is, into the names" in result.stderr
    )
    assert "column comment holds the original code of a subject in 1 cell, copied as it is; take it" in result.stderr


def test_photographs_without_a_row_stay_behind_unless_asked() -> None:
    make_photo(Path("in/a.png"))
    make_photo(Path("in/b.png"), grey=90)
    Path("visits.csv").write_text("photo,subject,visit\na.png,S1,1\n", encoding="utf-8")
    result = deidentify("--visits", "visits.csv")
    assert result.exit_code == 0
    assert "1 photograph without a row of the table stays behind; --unlisted copies them, too" in result.stderr
    assert len(table("out/deidentified.csv")) == 1
    assert deidentify("--visits", "visits.csv", "--unlisted").exit_code == 0
    assert len(table("out/deidentified.csv")) == 2


def test_a_column_is_kept_when_asked() -> None:
    make_photo(Path("in/a.png"))
    Path("visits.csv").write_text("photo,subject,Name,DOB\na.png,S1,x,y\n", encoding="utf-8")
    result = deidentify("--visits", "visits.csv", "--keep-column", "Name")
    assert "who somebody is: DOB;" in result.stderr
    (line,) = table("out/visits.csv")
    assert set(line) == {"photo", "subject", "um_per_px", "Name"}


def test_text_is_told_and_painted_over(sample_images: Path) -> None:
    Path("in").mkdir()
    Path("in/a.jpg").write_bytes((sample_images / "printed.jpg").read_bytes())
    result = deidentify()
    assert "Burned-in text was found in 1, which out/deidentified.csv names" in " ".join(result.stdout.split())
    result = deidentify("--blank-text")
    assert "Burned-in text was painted over in 1" in result.stdout
    (line,) = table("out/deidentified.csv")
    assert (line["burned_in_text"], line["text_regions"], line["blanked"]) == ("1", "2", "1")
    with Image.open(io.BytesIO(Path("out", line["photo"]).read_bytes())) as image:
        assert image.getpixel((100, 10)) == (128, 128, 128)


def test_quiet() -> None:
    make_photo(Path("in/a.png"))
    result = deidentify("-q")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("in", "-o", "in/out"), "in/out lies in in, among the originals"),
        (("in", "-o", "in"), "in lies in in, among the originals"),
        (("in/deep", "-o", "in"), "in/deep lies in in, where only copies belong"),
        (("in", "-o", "out", "--key", "out/key.csv"), "would lie in out and travel with the copies"),
        (("in", "-o", "out", "--key", "none/key.csv"), "there is no folder"),
        (("in", "-o", "a.txt"), "a.txt is a file"),
        (("in", "-o", "other"), "other holds mine.txt, which is none of the copies that the key knows"),
        (("in", "-o", "out", "--key", "a.txt"), "has no column"),
        (("in", "-o", "out", "--um-per-px", "0"), "cannot be true"),
        (("in", "-o", "out", "--keep-column", "Name"), "give that with --visits"),
        (("in", "-o", "out", "--visits", "v.csv", "--keep-column", "Name"), "--keep-column Name: there is no such"),
        (("in", "-o", "out", "--visits", "none.csv"), "none.csv cannot be read"),
        (("in", "-o", "out", "--visits", "v.csv", "--name-pattern", "{subject}"), "give one of them"),
        (("in/deep", "-o", "out"), "there are no photographs in it"),
        (("none", "-o", "out"), "does not exist"),
    ],
)
def test_wrong_use(arguments: tuple[str, ...], sentence: str) -> None:
    make_photo(Path("in/a.png"))
    Path("in/deep").mkdir()
    Path("other").mkdir()
    Path("other/mine.txt").write_text("mine", encoding="utf-8")
    Path("a.txt").write_text("a,b\n", encoding="utf-8")
    Path("v.csv").write_text("photo,subject\na.png,S1\n", encoding="utf-8")
    assert sentence in refused(*arguments).replace("\\", "/")
    assert not Path("out").exists()


def test_a_link_into_the_folder_of_copies_is_seen_through() -> None:
    make_photo(Path("in/a.png"))
    Path("out").mkdir()
    try:
        Path("link").symlink_to("out", target_is_directory=True)
    except OSError:
        pytest.skip("links cannot be made here")
    assert "travel with the copies" in refused("in", "-o", "out", "--key", "link/key.csv")


def test_stopped_by_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    def pressed(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("densitometer.deidentify.run._copies", pressed)
    make_photo(Path("in/a.png"))
    result = deidentify()
    assert result.exit_code == 1
    assert "stopped; what was copied stays, and the same command goes on from there" in result.stderr
    monkeypatch.undo()


def test_stopped_politely(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import densitometer.deidentify.run as running

    real = running.copy_of
    for number in range(3):
        make_photo(Path(f"in/{number}.png"), grey=90 + number)

    def first_then_stop(task: running.Task) -> running.Copy:
        os.kill(os.getpid(), 15)
        return real(task)

    if os.name == "nt":
        pytest.skip("Windows has no polite request to end")
    monkeypatch.setattr(running, "copy_of", first_then_stop)
    result = deidentify()
    assert result.exit_code == 1
    assert "1 photograph copied to out; stopped, and the same command goes on from there." in result.stdout
    monkeypatch.setattr(running, "copy_of", real)
    result = deidentify()
    assert result.exit_code == 0
    assert "2 photographs copied to out, 1 there already." in result.stdout


def test_help_has_an_example() -> None:
    result = invoke("deidentify", "--help")
    assert "densitometer deidentify photographs/ --visits visits.csv -o study/ --key clinic-key.csv" in result.stdout
    assert verb.deidentify.short_help
