"""Killed at random moments, again and again: nothing lost, nothing counted twice, and in the end the same bytes."""

from __future__ import annotations

import os
import random
import shutil
import signal
from pathlib import Path

import pytest

from fakes import make_photo
from faults.command import REAL, Running, kill_all, lines, wait_until
from faults.forks import Forks, shared
from faults.outcome import assert_as_if_nothing_had_happened
from faults.stand_in import HANG

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kills as POSIX knows them")

PHOTOGRAPHS = 6


def photographs(folder: Path) -> Path:
    for number in range(PHOTOGRAPHS):
        make_photo(folder / "in" / f"{number}.png", grey=90 + number)
    return folder / "in"


def killed_until_done(forks: Forks, folder: Path, kills: int, seed: int) -> None:
    """Kill runs at random moments until there were enough kills and one gets through, which must leave no trace."""
    dice = random.Random(seed)
    photos = photographs(folder)
    forks.run("measure", photos, "-o", folder / "reference", cwd=folder)
    whole_s = forks.run("measure", photos, "-o", folder / "timed", cwd=folder).seconds
    killed = 0
    while killed < kills:
        shutil.rmtree(folder / "out", ignore_errors=True)
        while (end := forks.run("measure", photos, "-o", folder / "out", "--workers", "1", cwd=folder,
                                kill_after_s=dice.uniform(0, whole_s))).code == -signal.SIGKILL:  # fmt: skip
            killed += 1
        assert end.code == 0, end.text
        assert_as_if_nothing_had_happened(folder / "out", folder / "reference")


def test_killed_at_random_moments(tmp_path: Path) -> None:
    killed_until_done(shared(), tmp_path, kills=12, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 6))
def test_killed_at_very_many_random_moments(tmp_path: Path, seed: int) -> None:
    killed_until_done(shared(), tmp_path, kills=100, seed=seed)


def kill(run: Running, *, group: bool) -> None:
    """Kill the run; alone, so that its workers have to notice, or with all that it started."""
    kill_all(run.alive() if group else [run.process.pid])
    run.ended()
    wait_until(lambda: not run.alive(), "processes outlive the run that started them")


def killed_with_workers(folder: Path, kills: int, seed: int, program: tuple[str, ...] = REAL) -> None:
    """Kill the command itself and its workers, every second time by their group, once some more is in the trail."""
    dice = random.Random(seed)
    photos, told = photographs(folder), folder / "out" / "audit.jsonl"
    with Running("measure", photos, "-o", "reference", cwd=folder, program=program) as run:
        assert run.ended() == 0, run.text
    for number in range(kills):
        before, more = lines(told), dice.randrange(4)
        with Running("measure", photos, "-o", "out", "--workers", "2", cwd=folder, program=program) as run:
            wait_until(lambda b=before, m=more, r=run: lines(told) >= b + m or r.process.poll() is not None)  # type: ignore[misc]
            kill(run, group=number % 2 == 1)
    with Running("measure", photos, "-o", "out", "--workers", "2", cwd=folder, program=program) as run:
        assert run.ended() == 0, run.text
    assert_as_if_nothing_had_happened(folder / "out", folder / "reference")


def test_the_command_and_its_workers_killed(tmp_path: Path) -> None:
    killed_with_workers(tmp_path, kills=2, seed=1)


@pytest.mark.slow
def test_the_command_and_its_workers_killed_many_times(tmp_path: Path) -> None:
    killed_with_workers(tmp_path, kills=20, seed=2)


def test_workers_that_hang_do_not_outlive_the_command(tmp_path: Path) -> None:
    for number in range(2):
        make_photo(tmp_path / "in" / f"{number}.png", HANG, grey=90 + number)
    with Running("measure", "in", "-o", "out", "--workers", "2", cwd=tmp_path) as run:
        run.begun(90, 91)
        kill(run, group=False)
