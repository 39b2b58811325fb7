"""Ctrl-C once and twice, SIGTERM, and two runs on one folder at once."""

from __future__ import annotations

import csv
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from fakes import FINE, make_photo
from faults.command import Running, lines, wait_until
from faults.forks import shared
from faults.outcome import assert_as_if_nothing_had_happened, assert_chained, trail
from faults.stand_in import WAIT

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX knows them")

STOPPING = "stopping: finishing the photographs that are being measured; press Ctrl-C again to stop now"


def statuses(out: Path) -> dict[str, str]:
    with (out / "photos.csv").open(encoding="utf-8", newline="") as file:
        return {row["photo"]: row["status"] for row in csv.DictReader(file)}


def photographs(folder: Path, orders: list[tuple[int, int, int]]) -> None:
    for number, order in enumerate(orders):
        make_photo(folder / "in" / f"{number}.png", order, grey=90 + number)


def measuring(folder: Path, workers: int = 2) -> Running:
    return Running("measure", "in", "-o", "out", "--workers", workers, cwd=folder)


def assert_finishes(folder: Path) -> None:
    """The same command again finishes the work, and nobody sees that it took two."""
    (folder / "gate" / "go").touch()
    for out in ("out", "reference"):
        end = shared().run("measure", "in", "-o", out, cwd=folder)
        assert end.code == 0, end.text
    assert_as_if_nothing_had_happened(folder / "out", folder / "reference")


@pytest.mark.parametrize("stop", [Running.interrupt, lambda run: run.process.send_signal(signal.SIGTERM)])
def test_stopped_once_it_finishes_what_it_has_begun(tmp_path: Path, stop: Callable[[Running], None]) -> None:
    photographs(tmp_path, [WAIT] * 2 + [FINE] * 20)
    with measuring(tmp_path) as run:
        run.begun(90, 91)
        stop(run)
        run.until(lambda: STOPPING in run.text)
        run.go()
        assert run.ended() == 1, run.text
    table = statuses(tmp_path / "out")
    assert (table["0.png"], table["1.png"], table["21.png"]) == ("measured", "measured", "not_measured")
    assert len(table) == 22
    assert_chained(trail(tmp_path / "out"))
    assert (tmp_path / "out" / "report.html").exists()
    assert_finishes(tmp_path)


def test_stopped_twice_it_ends_at_once_and_keeps_the_record(tmp_path: Path) -> None:
    photographs(tmp_path, [FINE, WAIT, WAIT, WAIT])
    with measuring(tmp_path) as run:
        run.begun(91, 92)
        run.until(lambda: lines(tmp_path / "out" / "audit.jsonl") >= 2)
        run.interrupt()
        run.until(lambda: STOPPING in run.text)
        run.interrupt()
        assert run.ended() == 1, run.text
        assert "Traceback" not in run.text
        wait_until(lambda: not run.alive(), "processes outlive the run that started them")
    assert_chained(trail(tmp_path / "out"))
    (tmp_path / "gate" / "measured").write_text("")
    assert_finishes(tmp_path)
    measured = sorted((tmp_path / "gate" / "measured").read_text().split())
    assert measured == ["90", "91", "91", "92", "92", "93", "93"]  # all for the reference, and what was not done here


def test_a_second_run_is_refused_and_the_first_undisturbed(tmp_path: Path) -> None:
    photographs(tmp_path, [FINE, WAIT])
    with measuring(tmp_path, workers=1) as first:
        first.begun(91)
        first.until(lambda: lines(tmp_path / "out" / "audit.jsonl") >= 2)
        before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
        for words in (["measure", "in", "-o", "out"], ["compare", "out"]):
            with Running(*words, cwd=tmp_path) as second:
                assert second.ended() == 2, second.text
                assert "another run is writing to out: process " in second.text
                assert f"process {first.process.pid} of " in second.text
                assert f"on {socket.gethostname()}, since 20" in second.text
        after = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
        assert after == before
        first.go()
        assert first.ended() == 0, first.text
    assert_finishes(tmp_path)


def test_what_a_killed_run_left_is_no_obstacle(tmp_path: Path) -> None:
    photographs(tmp_path, [FINE, WAIT])
    with measuring(tmp_path, workers=1) as run:
        run.begun(91)
        run.process.kill()
        run.ended()
    assert (tmp_path / "out" / ".running.json").exists()
    assert_finishes(tmp_path)
    assert not (tmp_path / "out" / ".running.json").exists()
