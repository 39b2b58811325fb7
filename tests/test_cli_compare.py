"""``densitometer compare``, from the command line to the files."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

import densitometer.batch.comparisons
from densitometer.batch.comparisons import Compared
from densitometer.cli.compare import _pair, _title
from densitometer.cli.main import main
from densitometer.dictionary import CHANGE_COLUMNS, MATCH_COLUMNS, REPEATABILITY_COLUMNS, TRACK_COLUMNS
from densitometer.results import ComparedFolder, atomic
from densitometer.results.lock import locked
from densitometer.results.trail import Trail, read_trail
from densitometer.visits.series import Planned

TABLES = {"changes.csv", "matches.csv", "tracks.csv", "repeatability.csv"}
MEASURED = {"photos.csv", "hairs.csv", "run.json", "results.sqlite", "report.html", "overlays", "audit.jsonl"}
ALL = {*MEASURED, *TABLES, "comparisons"}

VISITS = """\
photo,subject,site,visit,visit_date,replicate,um_per_px,device
base.png,A,vertex,1,,1,5,X
again.png,A,vertex,1,,2,5,X
same.png,A,vertex,2,,1,5,X
shift.png,A,vertex,3,,1,5,Y
half.png,A,vertex,4,,1,5,X
mirror.png,A,vertex,5,,1,5,X
bare.png,A,vertex,6,,1,5,X
other.png,A,vertex,7,,1,5.2,X
gone.png,B,vertex,1,2024-01-01,,5,
b2.png,B,vertex,2,2024-02-01,,5,
b3.png,B,vertex,3,2024-03-01,,5,
c1.png,C,vertex,1,2024-01-01,,5,
c2.png,C,vertex,2,2024-02-01,,5,
c3.png,C,vertex,2,2024-02-01,,5,
d1.png,D,vertex,1,2024-05-01,,5,
d2.png,D,vertex,2,2024-02-01,,5,
e1.png,E,vertex,1,2024-05-01,,,
e2.png,E,vertex,2,2024-06-01,,,
"""

Row = dict[str, str]


def run(*words: object) -> Result:
    result = CliRunner().invoke(main, [*map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def rows(out: Path, table: str = "changes.csv") -> list[Row]:
    with (out / table).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def files(out: Path) -> dict[str, bytes]:
    """Content of every file; but for the lock, and for the trail, which tells when and by whom."""
    paths = {path.relative_to(out).as_posix(): path for path in out.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in paths.items() if name not in (".lock", "audit.jsonl")}


def names(out: Path) -> set[str]:
    return {path.name for path in out.iterdir()} - {".lock"}


def actions(out: Path) -> list[str]:
    return [entry.action for entry in read_trail(out / "audit.jsonl")]


def verified(out: Path) -> list[str]:
    """What verify finds; the photographs of this study are gone."""
    told = run("verify", out, "-q").stdout.splitlines()
    return [line for line in told if "photographs" not in line]


def save(path: Path, rgb: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.ascontiguousarray(rgb)).save(path)
    return path


def photographs(folder: Path, sample_images: Path) -> None:
    """One photograph in several guises, another scalp, and plain skin."""
    base = np.asarray(Image.open(sample_images / "trimmed_dark.jpg").convert("RGB"))
    height, width = base.shape[:2]
    skin = np.array([205, 160, 140]) + np.random.default_rng(1).normal(0, 3, base.shape)
    skin = np.clip(skin + 10 * np.sin(np.arange(width) / 90)[None, :, None], 0, 255).astype(np.uint8)
    guises = {"base": base, "same": base, "again": np.round(base * 0.97).astype(np.uint8), "half": base[::-1, ::-1],
              "shift": base[height // 8 :, width // 8 :], "mirror": base[:, ::-1], "bare": skin}  # fmt: skip
    for name, rgb in guises.items():
        save(folder / f"{name}.png", rgb)
    other = Image.open(sample_images / "fine_and_terminal.jpg").convert("RGB")
    other.save(folder / "other.png")
    for i, name in enumerate(("b2", "b3", "c1", "c2", "c3", "d1", "d2", "e1", "e2")):
        save(folder / f"{name}.png", skin[i : i + 160, :200])


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory, sample_images: Path) -> Path:
    """A study that was measured, in the folder ``out``; not to be changed."""
    folder = tmp_path_factory.mktemp("study")
    photographs(folder / "in", sample_images)
    (folder / "visits.csv").write_text(VISITS)
    result = run("measure", folder / "in", "-o", folder / "out", "--visits", folder / "visits.csv", "--workers", 1)
    assert result.exit_code == 3, result.output  # one is missing
    shutil.rmtree(folder / "in")  # comparing does without
    return folder / "out"


@pytest.fixture(scope="module")
def compared(measured: Path) -> tuple[Path, Result]:
    """The same study compared in a folder of its own, and what was printed."""
    out = shutil.copytree(measured, measured.parent / "compared")
    return out, run("compare", out, "--workers", 1)


@pytest.fixture
def change(compared: tuple[Path, Result]) -> Callable[[str, str], Row]:
    """Give the row of a baseline and a follow-up, by their names without suffix."""
    by_name = {(row["baseline_photo"], row["followup_photo"]): row for row in rows(compared[0])}
    return lambda baseline, followup: by_name[f"{baseline}.png", f"{followup}.png"]


def test_comparing_adds_its_files_and_leaves_those_of_measuring(compared: tuple[Path, Result], measured: Path) -> None:
    out, result = compared
    assert result.exit_code == 3
    assert names(out) == ALL
    before, after = files(measured), files(out)
    unchanged = [name for name in before if name not in ("results.sqlite", "run.json", "report.html")]
    assert all(before[name] == after[name] for name in unchanged)
    assert "5 of 18 comparisons made; 13 refused, see above; 1 of 1 pairs of replicates compared." in result.stdout
    assert f"Report: {out / 'report.html'}" in result.stdout


def test_the_tables_have_the_columns_of_the_dictionary_here_and_in_the_record(compared: tuple[Path, Result]) -> None:
    out, _ = compared
    columns = (CHANGE_COLUMNS, MATCH_COLUMNS, TRACK_COLUMNS, REPEATABILITY_COLUMNS)
    with closing(sqlite3.connect(out / "results.sqlite")) as connection:
        for table, known in zip(("changes", "matches", "tracks", "repeatability"), columns, strict=True):
            names = [column.name for column in known]
            assert list(rows(out, f"{table}.csv")[0]) == names
            assert [row[1] for row in connection.execute(f"PRAGMA table_info({table})")] == names
            stored = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            assert stored == len(rows(out, f"{table}.csv")) > 0


def test_identical_photographs_show_no_change(change: Callable[[str, str], Row]) -> None:
    row = change("base", "same")
    assert (row["lost"], row["gained"], row["ambiguous"], row["verdict"]) == ("0", "0", "0", "within_error")
    assert (row["against"], row["comparable"], row["reason"]) == ("baseline", "1", "")
    assert int(row["persisting"]) > 8
    assert abs(float(row["change_per_cm2"])) < 0.01 * float(row["baseline_per_cm2"])
    assert (row["plain_change_per_cm2"], row["width_change_um"], row["turn_deg"]) == ("0.00", "0.00", "0.00")
    assert row["flags"].split(";")[0] == "same_photograph"


@pytest.mark.parametrize(("followup", "turn_deg"), [("shift", 0), ("half", 180)])
def test_a_shift_or_a_half_turn_alone_is_no_change(
    change: Callable[[str, str], Row], followup: str, turn_deg: float
) -> None:
    row = change("base", followup)
    assert (row["comparable"], row["lost"], row["gained"], row["verdict"]) == ("1", "0", "0", "within_error")
    assert abs(abs(float(row["turn_deg"])) - turn_deg) < 2
    assert row["mdc95_source"] == "validated"
    assert ("device_differs" in row["flags"]) == (followup == "shift")


@pytest.mark.parametrize(
    ("baseline", "followup", "reason"),
    [
        ("base", "mirror", "mirror image"),
        ("base", "bare", "no hair roots"),
        ("base", "other", "do not agree beyond chance"),
        (
            "gone",
            "b2",
            "the baseline cannot be used: gone.png was not measured (named in visits.csv but not found",
        ),
        ("gone", "b3", "the baseline cannot be used: gone.png was not measured"),
        ("c1", "c2", "c2.png and c3.png have the same subject, site, visit and replicate"),
        ("c1", "c3", "c2.png and c3.png have the same subject, site, visit and replicate"),
        ("d2", "d1", "no hair roots"),
        ("e1", "e2", "e1.png and e2.png have no scale"),
    ],
)
def test_what_cannot_be_compared_has_a_reason_and_no_number(
    change: Callable[[str, str], Row], baseline: str, followup: str, reason: str
) -> None:
    row = change(baseline, followup)
    assert reason in row["reason"]
    assert (row["comparable"], row["verdict"], row["against"]) == ("0", "not_comparable", "baseline")
    numbers = [column.name for column in CHANGE_COLUMNS if column.type != "text" and column.name != "comparable"]
    assert [name for name in numbers if row[name]] == []


def test_dates_decide_which_visit_is_the_baseline(change: Callable[[str, str], Row]) -> None:
    row = change("d2", "d1")
    assert (row["baseline_visit"], row["followup_visit"]) == ("2", "1")
    assert "visits_out_of_order" in row["flags"].split(";")


def test_every_visit_has_its_rows(compared: tuple[Path, Result]) -> None:
    of_a = [row for row in rows(compared[0]) if row["subject"] == "A"]
    assert [(row["followup_visit"], row["against"]) for row in of_a] == [
        ("2", "baseline"), *((str(n), against) for n in range(3, 8) for against in ("baseline", "previous")),
    ]  # fmt: skip
    (scaled,) = (row for row in of_a if row["followup_visit"] == "7" and row["against"] == "baseline")
    assert "scale_differs" in scaled["flags"]


def test_replicates_tell_the_repeatability(compared: tuple[Path, Result]) -> None:
    (row,) = rows(compared[0], "repeatability.csv")
    assert (row["photo_1"], row["photo_2"], row["visit"], row["comparable"]) == ("base.png", "again.png", "1", "1")
    assert (row["lost"], row["gained"]) == ("0", "0")
    assert not any(row["photo_2"] in match.values() for match in rows(compared[0], "matches.csv"))


def test_hairs_are_followed_through_the_visits(compared: tuple[Path, Result]) -> None:
    tracks: dict[tuple[str, str], list[Row]] = {}
    for row in rows(compared[0], "tracks.csv"):
        tracks.setdefault((row["subject"], row["track"]), []).append(row)
    whole = [track for track in tracks.values() if [row["visit"] for row in track] == ["1", "2", "3", "4"]]
    assert len(whole) >= 5
    hairs = {(row["photo"], row["hair"]): row for row in rows(compared[0], "hairs.csv")}
    for row in whole[0]:
        hair = hairs[row["photo"], row["hair"]]
        assert (row["root_x_px"], row["width_um"]) == (hair["root_x_px"], hair["width_um"])


def test_every_comparison_that_was_tried_has_a_picture(compared: tuple[Path, Result]) -> None:
    out, _ = compared
    pictures = {path.name for path in (out / "comparisons").iterdir()}
    assert {"base.png--same.png.jpg", "base.png--same.png.gif", "base.png--other.png.jpg"} <= pictures
    assert "base.png--other.png.gif" not in pictures
    assert not any("gone" in name or "again" in name for name in pictures)
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "comparisons/base.png--same.png.jpg" in page


@pytest.mark.parametrize(
    ("cells", "titles"),
    [
        (
            {"against": "baseline", "baseline_visit": "1", "followup_visit": "week 12", "followup_date": "2024-01-31"},
            ("Baseline: visit 1", "Follow-up: week 12, 2024-01-31"),
        ),
        (
            {"against": "previous", "baseline_visit": "2", "baseline_date": "2024-01-31"},
            ("Visit before: visit 2, 2024-01-31", "Follow-up"),
        ),
    ],
)
def test_pictures_are_titled_by_visit_and_date(cells: dict[str, str | int | float | None], titles: object) -> None:
    assert _pair(Planned("a", "b", cells), drawn=True).titles == titles
    assert _pair(Planned("a", "b", cells), drawn=False).titles is None


def test_the_run_says_what_compared_it(compared: tuple[Path, Result], measured: Path) -> None:
    before, after = (json.loads((out / "run.json").read_text(encoding="utf-8")) for out in (measured, compared[0]))
    compare = after.pop("compare")
    assert after == before
    for what in ("densitometer", "python", "dependencies"):
        assert compare[what] == before[what]
    assert compare["settings"]["align"] == before["settings"]["align"]
    assert len(compare["settings_sha256"]) == len(before["settings_sha256"])


def test_comparing_again_or_with_two_workers_gives_the_same_bytes(
    compared: tuple[Path, Result], measured: Path, tmp_path: Path
) -> None:
    again = shutil.copytree(compared[0], tmp_path / "again")
    (again / "comparisons" / "mine.txt").write_text("mine")
    assert run("compare", again, "--workers", 2, "-q").exit_code == 3
    (again / "comparisons" / "mine.txt").unlink()
    first, second = files(compared[0]), files(again)
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_measuring_again_takes_the_comparisons_away(measured: Path, compared: tuple[Path, Result]) -> None:
    out = shutil.copytree(compared[0], measured.parent / "anew")
    (out / "notes.txt").write_text("mine")
    photo = save(
        measured.parent / "one" / "x.png",
        np.full((60, 80, 3), 128, np.uint8) + np.eye(60, 80, dtype=np.uint8)[..., None] * 90,
    )
    run("measure", photo, "-o", out, "--method", "ridge")
    assert names(out) == MEASURED | {"notes.txt", "superseded"}
    done = actions(out)[actions(out).index("compared") + 1 :]
    assert done == ["started", "comparisons_removed", *["superseded"] * 18, "measured", "tables_written", "finished"]
    assert verified(out) == []


def test_a_run_that_is_stopped_or_fails_leaves_everything_as_it_was(
    compared: tuple[Path, Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = shutil.copytree(compared[0], tmp_path / "out")
    before = files(out)

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(densitometer.batch.comparisons, "compare_pairs", stopped)
    result = run("compare", out)
    assert result.exit_code == 1
    assert f"stopped; {out} is as it was" in result.stderr
    assert files(out) == before
    assert names(out) == ALL


def test_the_trail_tells_of_comparing_and_all_is_verified(compared: tuple[Path, Result], measured: Path) -> None:
    out, _ = compared
    assert actions(out) == [*actions(measured), "compared"]
    *_, entry = read_trail(out / "audit.jsonl")
    stated = entry.facts["files"]
    assert isinstance(stated, dict)
    assert {*TABLES, "run.json", "report.html", "comparisons/base.png--same.png.jpg"} < set(stated)
    assert stated == {name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in stated}
    run_json = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert entry.facts["settings_sha256"] == run_json["compare"]["settings_sha256"]
    assert verified(out) == verified(measured) == []


class Killed(BaseException):
    """Stands for a process that ends."""


def ending(monkeypatch: pytest.MonkeyPatch, after: int, error: BaseException) -> None:
    """End the process when files are put in place, after so many steps that change something on disk."""
    steps = iter(range(1_000_000))

    def counted(do: Callable[..., Any]) -> Callable[..., Any]:
        def step(*words: Any, **options: Any) -> Any:
            if next(steps) >= after:
                raise error
            return do(*words, **options)

        return step

    module = "densitometer.results.put_in_place"
    stand_in = SimpleNamespace(replace=counted(os.replace))
    monkeypatch.setattr(f"{module}.os", stand_in)
    monkeypatch.setattr(f"{module}.replace", counted(atomic.replace))
    monkeypatch.setattr(f"{module}.shutil", SimpleNamespace(rmtree=counted(shutil.rmtree)))
    monkeypatch.setattr(Trail, "append", counted(Trail.append))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of three visits compared with other settings, without really looking; not to be changed."""
    folder = tmp_path_factory.mktemp("small")
    for visit in (1, 2, 3):
        grain = np.random.default_rng(visit).integers(170, 182, (160, 200, 1)).astype(np.uint8)
        save(folder / "in" / f"{visit}.png", np.repeat(grain, 3, axis=2))
    lines = ["photo,subject,site,visit,um_per_px", *(f"{visit}.png,Cora,vertex,{visit},5" for visit in (1, 2, 3))]
    (folder / "visits.csv").write_text("\n".join(lines))
    (folder / "other.toml").write_text("[match]\nreach_um = 120.0\n")
    words = ("-q", "--workers", 1)
    out = folder / "out"
    run("measure", folder / "in", "-o", out, "--visits", folder / "visits.csv", "--method", "ridge", *words)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("densitometer.batch.comparisons._work", _drawn)
        assert run("compare", out, *words, "--settings", folder / "other.toml").exit_code == 3
    return out


@pytest.fixture
def patched_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare without really looking."""
    monkeypatch.setattr("densitometer.batch.comparisons._work", _drawn)


@pytest.mark.parametrize("after", range(15))
def test_a_run_that_is_killed_while_its_files_are_put_in_place_is_finished_by_the_next(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    out = shutil.copytree(small, tmp_path / "out")
    before = files(out)
    monkeypatch.setattr("densitometer.batch.comparisons._work", _not_alike)
    with monkeypatch.context() as patched, suppress(Killed):
        ending(patched, after, Killed())
        CliRunner().invoke(main, ["compare", str(out), "-q", "--workers", "1"])
    killed = files(out) != before
    decided = (out / ".compared").exists()
    told = verified(out)
    assert told == (["unfinished: .compared: comparing was killed while its files were put in place; compare again"]
                    if decided else [])  # fmt: skip
    ComparedFolder.open(out).__exit__(None, None, None)  # whatever opens the folder next
    assert verified(out) == []
    assert not (out / ".compared").exists()
    assert (files(out) != before) == (killed or decided)
    assert actions(out).count("compared") == 1 + (killed or decided)
    run("compare", out, "-q", "--workers", 1)
    assert verified(out) == []
    assert names(out) == ALL - {"comparisons"} | {"subjects.html"}


def test_a_run_that_is_killed_for_real_leaves_everything_as_it_was(small: Path, tmp_path: Path) -> None:
    out = shutil.copytree(small, tmp_path / "out")
    before = files(out)
    with subprocess.Popen([sys.executable, "-m", "densitometer", "compare", out, "-q"]) as process:
        while not (out / ".unfinished").exists() and process.poll() is None:
            time.sleep(0.001)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert {name: data for name, data in files(out).items() if not name.startswith(".")} == before
    assert verified(out) == []
    assert run("compare", out, "-q", "--workers", 1).exit_code == 3
    assert verified(out) == []
    assert not {path.name for path in out.iterdir()} & {".unfinished", ".compared", ".running.json"}


def test_stopping_while_files_are_put_in_place_says_so(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = shutil.copytree(small, tmp_path / "out")
    monkeypatch.setattr("densitometer.batch.comparisons._work", _not_alike)
    with monkeypatch.context() as patched:
        ending(patched, 5, KeyboardInterrupt())
        result = run("compare", out, "--workers", 1)
    assert result.exit_code == 1
    assert f"stopped; {out} is partly new; compare again" in result.stderr
    assert verified(out)[0].startswith("unfinished: .compared")
    assert run("compare", out, "-q", "--workers", 1).exit_code == 3
    assert verified(out) == []


def test_the_signal_to_end_leaves_everything_as_it_was(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = shutil.copytree(small, tmp_path / "out")
    before = files(out)

    def ended(task: Any) -> Any:
        os.kill(os.getpid(), signal.SIGTERM)
        return _not_alike(task)

    monkeypatch.setattr("densitometer.batch.comparisons._work", ended)
    result = run("compare", out, "--workers", 1)
    assert result.exit_code == 1
    assert f"stopped; {out} is as it was" in result.stderr
    assert files(out) == before
    assert names(out) == ALL | {"subjects.html"}
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_a_folder_to_which_a_run_is_writing_is_refused(small: Path, tmp_path: Path) -> None:
    out = shutil.copytree(small, tmp_path / "out")
    with locked(out):
        result = run("compare", out)
    assert result.exit_code == 2
    assert f"another run is writing to {out}: process {os.getpid()} of " in result.stderr


def test_a_run_of_measuring_that_was_killed_is_to_be_finished_first(small: Path, tmp_path: Path) -> None:
    out = shutil.copytree(small, tmp_path / "out")
    with closing(sqlite3.connect(out / "results.sqlite")) as connection:
        connection.execute("DELETE FROM run WHERE key = 'written'")
        connection.commit()
    result = run("compare", out)
    assert result.exit_code == 2
    assert (
        "was ended before its tables were written; run the same 'densitometer measure' command again" in result.stderr
    )


@pytest.mark.parametrize("name", ["changes.csv", "photos.csv", "report.html", "subjects.html", "picture"])
def test_what_someone_changed_is_kept_by_comparing(small: Path, tmp_path: Path, name: str, patched_work: None) -> None:
    out = shutil.copytree(small, tmp_path / "out")
    before = files(out)
    if name == "picture":
        name = next(one for one in before if one.startswith("comparisons/"))
    (out / name).write_bytes(before[name] + b"mine")
    words = ("-q", "--workers", 1, "--settings", small.parent / "other.toml")
    assert run("compare", out, *words).exit_code == 3
    after = files(out)
    kept = [one for one in after if one.startswith("set-aside/")]
    if name == "photos.csv":  # of measuring: comparing leaves it as it is
        assert after[name] == before[name] + b"mine"
        assert kept == []
        return
    assert after[name] == before[name]
    assert [after[one] for one in kept] == [before[name] + b"mine"]
    assert verified(out) == []


def test_a_plan_that_leads_out_of_the_folder_is_refused(small: Path, tmp_path: Path) -> None:
    out = shutil.copytree(small, tmp_path / "out")
    (tmp_path / "mine.txt").write_text("mine")
    (out / ".compared").mkdir()
    (out / ".compared" / "plan.json").write_text('{"files": [], "stale": ["../mine.txt"], "line": ""}')
    result = run("compare", out)
    assert result.exit_code == 2
    assert ".compared was altered; move it away, then compare again" in result.stderr
    assert (tmp_path / "mine.txt").exists()


def test_two_photographs_are_measured_and_compared(sample_images: Path, tmp_path: Path) -> None:
    pair = [sample_images / f"visit_{n}.jpg" for n in (1, 2)]
    result = run("compare", *pair, "-o", tmp_path / "out", "--um-per-px", 6.2, "--workers", 1)
    assert result.exit_code == 0, result.output
    assert names(tmp_path / "out") == ALL
    (row,) = rows(tmp_path / "out")
    assert (row["baseline_photo"], row["followup_photo"], row["verdict"]) == (
        "visit_1.jpg",
        "visit_2.jpg",
        "decrease",
    )
    assert (row["subject"], row["baseline_visit"], row["followup_visit"]) == ("", "1", "2")
    again = files(tmp_path / "out")
    assert run("compare", tmp_path / "out").exit_code == 0
    assert files(tmp_path / "out") == again
    result = run("compare", *pair, "-o", tmp_path / "out", "--method", "ridge", "--workers", 1)  # another pair
    assert result.exit_code == 3
    assert "have no scale; run again with --um-per-px, for instance --um-per-px 5.556" in result.stdout


def test_a_photograph_of_a_pair_that_cannot_be_measured_is_told(sample_images: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    result = run("compare", tmp_path / "broken.jpg", sample_images / "visit_2.jpg", "-o", tmp_path / "out")
    assert result.exit_code == 3
    (row,) = rows(tmp_path / "out")
    assert row["reason"].startswith("visit_2.jpg has no scale") or "broken.jpg was not measured" in row["reason"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["{a}", "{b}"], "Name a results folder for the two photographs with -o."),
        (["{a}", "{b}", "{a}", "-o", "x"], "Name one results folder, or two photographs"),
        (["{a}"], "is a file; name one results folder, or two photographs"),
        (["{out}", "-o", "x"], "-o is for two photographs"),
        (["{out}", "--um-per-px", "5"], "--um-per-px is for two photographs"),
        (["{out}", "--method", "ridge"], "--method is for two photographs"),
        (["{out}", "{a}", "-o", "x"], "is a folder; name two photographs"),
        (["{a}", "{a}", "-o", "x"], "are one file; name two photographs"),
        (["nowhere"], "there is no folder nowhere; name one that 'densitometer measure --visits' wrote"),
        (["."], "holds no results.sqlite; name a folder that 'densitometer measure' wrote"),
        (["nowhere", "nobody", "-o", "x"], "there is no file nowhere; check the name"),
        (["{a}", "nobody", "-o", "x"], "there is no file nobody; check the name"),
        (["{a}", "{b}", "-o", "{out}"], "holds 18 photographs of another run; name another folder with -o"),
        (["{a}", "{b}", "-o", "x", "--um-per-px", "-5"], "-5"),
        (["{out}", "--settings", "none.toml"], "settings file none.toml cannot be read"),
    ],
)
def test_wrong_use_is_one_sentence(
    measured: Path, sample_images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    names = {"a": sample_images / "visit_1.jpg", "b": sample_images / "visit_2.jpg", "out": measured}
    before = files(measured)
    result = run("compare", *(word.format(**names) for word in words))
    assert result.exit_code == 2
    assert told in " ".join(result.stderr.split())
    assert list(tmp_path.iterdir()) == []
    assert files(measured) == before


@pytest.mark.parametrize(
    ("earlier", "later", "told"),
    [
        ("before", "after", ""),
        ("y", "x", "Cora vertex: nothing tells the order of 'y' and 'x'; 'y' was taken as the first. Fill in visit_da"),
    ],
)
def test_visits_without_dates_stand_in_the_order_of_words_or_of_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, earlier: str, later: str, told: str
) -> None:
    for visit in (earlier, later):
        grain = np.random.default_rng(ord(visit[0])).integers(0, 255, (60, 80, 3), np.uint8)
        save(tmp_path / "in" / f"{visit}.png", grain)
    lines = ["photo,subject,site,visit", *(f"{visit}.png,Cora,vertex,{visit}" for visit in (earlier, later))]
    (tmp_path / "visits.csv").write_text("\n".join(lines))
    run("measure", tmp_path / "in", "-o", tmp_path / "out", "--visits", tmp_path / "visits.csv", "--method", "ridge",
        "--um-per-px", 5, "--workers", 1)  # fmt: skip
    monkeypatch.setattr("densitometer.batch.comparisons._work", _not_alike)
    result = run("compare", tmp_path / "out", "--workers", 1)
    (row,) = rows(tmp_path / "out")
    assert (row["baseline_visit"], row["followup_visit"]) == (earlier, later)
    assert ("order_unknown" in row["flags"]) == ("look at order_unknown" in result.stdout) == bool(told)
    assert told in result.stderr and result.stderr.count("WARNING") == bool(told)


def test_photographs_without_visits_cannot_be_compared(tmp_path: Path) -> None:
    photo = save(
        tmp_path / "x.png", np.full((60, 80, 3), 128, np.uint8) + np.eye(60, 80, dtype=np.uint8)[..., None] * 90
    )
    run("measure", photo, "-o", tmp_path / "out", "--method", "ridge")
    before = files(tmp_path / "out")
    result = run("compare", tmp_path / "out")
    assert result.exit_code == 2
    assert "holds no two visits of one subject and site; measure with --visits FILE" in result.stderr
    assert files(tmp_path / "out") == before


def test_a_record_of_an_earlier_version_asks_to_be_measured_again(measured: Path, tmp_path: Path) -> None:
    out = shutil.copytree(measured, tmp_path / "out")
    with closing(sqlite3.connect(out / "results.sqlite")) as connection:
        connection.execute("DROP TABLE kept")
        connection.commit()
    result = run("compare", out)
    assert result.exit_code == 2
    assert "is from an earlier version, without what comparing needs; measure the photographs again" in result.stderr


def test_a_damaged_record_is_refused_before_anything_is_compared(measured: Path, tmp_path: Path) -> None:
    out = shutil.copytree(measured, tmp_path / "out")
    with closing(sqlite3.connect(out / "results.sqlite")) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'kept'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with (out / "results.sqlite").open("r+b") as record:
        record.seek((page - 1) * size)
        record.write(b"\xff" * size)
    before = files(out)
    result = run("compare", out)
    assert result.exit_code == 2
    assert "results.sqlite is damaged; measure the photographs again" in result.stderr
    assert files(out) == before


def test_a_folder_without_space_for_a_copy_is_left_as_it_was(
    measured: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = shutil.copytree(measured, tmp_path / "out")
    before = files(out)

    def no_space(source: Path, target: Path) -> None:
        Path(target).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("densitometer.results.compared.shutil.copyfile", no_space)
    result = run("compare", out)
    assert result.exit_code == 2
    assert "(No space left on device); allow writing to it, or free some space" in result.stderr
    assert files(out) == before


def test_a_file_of_others_under_a_name_of_ours_is_not_overwritten(measured: Path, tmp_path: Path) -> None:
    out = shutil.copytree(measured, tmp_path / "out")
    (out / "changes.csv").write_text("mine")
    result = run("compare", out)
    assert result.exit_code == 2
    assert "holds changes.csv of other origin; move them, then compare again" in result.stderr
    assert (out / "changes.csv").read_text() == "mine"


def test_a_file_held_open_elsewhere_is_told_and_put_in_place_by_the_next_run(
    measured: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = shutil.copytree(measured, tmp_path / "out")
    replace = os.replace

    def refuse(source: Path, target: Path) -> None:
        if Path(target) == out / "report.html":
            raise PermissionError(13, "Permission denied", str(source), None, str(target))
        replace(source, target)

    monkeypatch.setattr("densitometer.batch.comparisons._work", _not_alike)
    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", refuse)
        result = run("compare", out, "-q", "--workers", 1)
    assert result.exit_code == 1
    assert "report.html in" in result.stderr and "close it where it is open, then compare again" in result.stderr
    assert verified(out)[0].startswith("unfinished: .compared")
    assert run("compare", out, "-q", "--workers", 1).exit_code == 3
    assert verified(out) == []


def _not_alike(task: Any) -> Any:
    """Stand-in for comparing."""
    return densitometer.batch.comparisons._Outcome(Compared(task.pair, False, "not alike"))


def _drawn(task: Any) -> Any:
    """Stand-in for comparing that leaves a picture."""
    picture = task.out / f"{task.name}.jpg"
    picture.write_bytes(b"picture")
    name = picture.relative_to(task.out).as_posix()
    return densitometer.batch.comparisons._Outcome(Compared(task.pair, False, "not alike", picture=name))


def test_settings_that_were_measured_with_and_are_not_taken_over_are_named(measured: Path, tmp_path: Path) -> None:
    out = shutil.copytree(measured, tmp_path / "out")
    settings = tmp_path / "settings.toml"
    settings.write_text("[match]\nreach_um = 120.0\n")
    assert "other settings" not in run("compare", out).stderr
    told = " ".join(run("compare", out, "--settings", settings).stderr.split())
    assert "match: the photographs were measured with other settings for comparing" in told


def test_a_label_of_thousands_of_letters_is_cut_before_it_is_drawn() -> None:
    planned = Planned("a", "b", {"against": "baseline", "followup_visit": "x" * 10_000, "followup_date": "2026-01-12"})
    title = _title(planned, "followup", "Follow-up")
    assert title == f"Follow-up: {'x' * 200}, 2026-01-12"
