"""What is measured again, and what is kept of the results before: what differs decides, never the clock."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fakes import make_photo
from faults.forks import shared
from faults.outcome import assert_sound, files, results, superseded, trail

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs fork")

Measure = Callable[..., list[str]]


@pytest.fixture
def measure(tmp_path: Path) -> Measure:
    """Run the command in ``tmp_path`` and give back which photographs were measured, by their grey."""
    for number in range(3):
        make_photo(tmp_path / "in" / f"{number}.png", grey=90 + number)
    told = tmp_path / "gate" / "measured"

    def run(*options: object, out: str = "out", but_for: str = "nothing") -> list[str]:
        told.unlink(missing_ok=True)
        end = shared().run("measure", "in", "-o", out, "--workers", "1", *options, cwd=tmp_path)
        assert end.code == 0, end.text
        assert_sound(tmp_path / out, but_for)
        return sorted(told.read_text().split()) if told.exists() else []

    return run


ALL = ["90", "91", "92"]


def test_the_same_again_measures_nothing_and_changes_nothing(measure: Measure, tmp_path: Path) -> None:
    assert measure() == ALL
    before = files(tmp_path / "out"), results(tmp_path / "out"), (tmp_path / "out" / "results.sqlite").read_bytes()
    assert measure() == []
    assert (files(tmp_path / "out"), results(tmp_path / "out")) == before[:2]
    assert (tmp_path / "out" / "results.sqlite").read_bytes() == before[2]


def test_a_file_that_was_touched_is_the_same_file(measure: Measure, tmp_path: Path) -> None:
    measure()
    os.utime(tmp_path / "in" / "1.png", (1, 1))
    assert measure() == []


def test_a_file_that_is_another_is_measured_again(measure: Measure, tmp_path: Path) -> None:
    measure()
    old = (tmp_path / "out" / "overlays" / "1.png.png").read_bytes()
    make_photo(tmp_path / "in" / "1.png", grey=200)
    assert measure() == ["200"]
    ((number, photo, why),) = superseded(tmp_path / "out")
    assert (number, photo) == (2, "1.png")
    assert "file" in why
    assert (tmp_path / "out" / "superseded" / "2.png").read_bytes() == old
    (entry,) = (entry for entry in trail(tmp_path / "out") if entry["action"] == "superseded")
    assert (entry["photo"], entry["result"], entry["why"]) == ("1.png", 2, why)
    measure(out="fresh")
    assert files(tmp_path / "out") == files(tmp_path / "fresh")


@pytest.mark.parametrize(
    ("options", "word"), [(["--um-per-px", "5"], "scale"), (["--region", "circle:0.1"], "settings")]
)  # fmt: skip
def test_another_scale_and_other_settings_measure_again(
    measure: Measure, tmp_path: Path, options: list[str], word: str
) -> None:
    measure()
    first = files(tmp_path / "out")
    assert measure(*options) == ALL
    assert [(number, photo) for number, photo, _ in superseded(tmp_path / "out")] == [
        (1, "0.png"), (2, "1.png"), (3, "2.png"),
    ]  # fmt: skip
    assert all(word in why for *_, why in superseded(tmp_path / "out")), superseded(tmp_path / "out")
    measure(*options, out="fresh")
    assert files(tmp_path / "out") == files(tmp_path / "fresh")
    assert measure() == []  # what was measured so before is taken back
    assert files(tmp_path / "out") == first
    assert [photo for _, photo, _ in superseded(tmp_path / "out")] == ["0.png", "1.png", "2.png"]


def test_an_overlay_that_is_gone_is_made_again(measure: Measure, tmp_path: Path) -> None:
    measure()
    before = files(tmp_path / "out")
    (tmp_path / "out" / "overlays" / "1.png.png").unlink()
    assert measure(but_for="superseded/2.png") == ["91"]  # which cannot be brought back
    assert files(tmp_path / "out") == before


@pytest.mark.parametrize("name", ["photos.csv", "hairs.csv", "run.json", "report.html"])
def test_a_table_that_was_altered_is_written_again(measure: Measure, tmp_path: Path, name: str) -> None:
    measure()
    before = files(tmp_path / "out")
    (tmp_path / "out" / name).write_text("altered")
    assert measure() == []
    assert files(tmp_path / "out") == before
