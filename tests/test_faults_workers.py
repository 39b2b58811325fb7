"""Workers that are killed, run out of memory or never come back cost nobody but their own photograph."""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path

import pytest

from fakes import BUG, FINE, make_photo
from faults.command import Running, kill_all
from faults.forks import shared
from faults.outcome import assert_as_if_nothing_had_happened, assert_sound
from faults.stand_in import HANG, HUNGRY, SIGKILL, WAIT

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks for processes as Linux lists them")

BAD = {"1.png": SIGKILL, "3.png": HUNGRY, "5.png": HANG, "6.png": BUG}
REASONS = {
    "1.png": "ended from outside",
    "3.png": "not enough memory",
    "5.png": "longer than",
    "6.png": "internal error: ValueError",
}


def rows(out: Path) -> dict[str, dict[str, str]]:
    with (out / "photos.csv").open(encoding="utf-8", newline="") as file:
        return {row["photo"]: row for row in csv.DictReader(file)}


def test_photographs_that_kill_starve_or_hang_their_worker(tmp_path: Path) -> None:
    for number in range(9):
        make_photo(tmp_path / "in" / f"{number}.png", BAD.get(f"{number}.png", FINE), grey=90 + number)
    options = ("--workers", "2", "--time-limit", "5")
    with Running("measure", "in", "-o", "out", *options, cwd=tmp_path) as run:
        assert run.ended() == 3, run.text
    table = rows(tmp_path / "out")
    assert {photo for photo, row in table.items() if row["status"] == "not_measured"} == set(BAD)
    for photo, reason in REASONS.items():
        assert reason in table[photo]["reason"], table[photo]["reason"]
    assert_sound(tmp_path / "out")
    for photo in BAD:
        make_photo(tmp_path / "in" / photo, grey=90 + int(photo[0]))
    (tmp_path / "gate" / "measured").unlink()
    end = shared().run("measure", "in", "-o", "out", cwd=tmp_path)
    assert end.code == 0, end.text
    measured = sorted((tmp_path / "gate" / "measured").read_text().split())
    assert measured == ["91", "93", "95", "96"]
    shared().run("measure", "in", "-o", "reference", cwd=tmp_path)
    assert_as_if_nothing_had_happened(tmp_path / "out", tmp_path / "reference")


def test_workers_killed_from_outside_cost_only_time(tmp_path: Path) -> None:
    for number in range(4):
        make_photo(tmp_path / "in" / f"{number}.png", WAIT, grey=90 + number)
    with Running("measure", "in", "-o", "out", "--workers", "2", cwd=tmp_path) as run:
        run.begun(90, 91)
        kill_all(run.alive(workers=True))
        run.go()
        assert run.ended() == 0, run.text
    assert os.listdir(tmp_path / "out" / "overlays") != []
    shared().run("measure", "in", "-o", "reference", cwd=tmp_path)
    assert_as_if_nothing_had_happened(tmp_path / "out", tmp_path / "reference")


def test_a_pair_of_which_one_hangs_is_given_up_after_the_limit(tmp_path: Path) -> None:
    make_photo(tmp_path / "1.png", FINE, grey=90)
    make_photo(tmp_path / "2.png", HANG, grey=91)
    with Running("compare", "1.png", "2.png", "-o", "out", "--time-limit", "3", cwd=tmp_path) as run:
        assert run.ended() == 3, run.text
        assert "2.png: it took longer than 3 s" in run.text
    assert rows(tmp_path / "out")["2.png"]["status"] == "not_measured"
    with Running("compare", "out", "--time-limit", "3", cwd=tmp_path) as run:
        assert run.ended() == 2, run.text
        assert "--time-limit is for two photographs" in run.text
