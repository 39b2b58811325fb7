"""The process gone, or the power, at each single change that a run makes to its results folder."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from fakes import UNFIT, make_photo
from faults.command import STAND_IN, Running
from faults.disk import DEAD, KINDS
from faults.forks import Forks, shared
from faults.outcome import assert_as_if_nothing_had_happened, superseded

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs fork")


@pytest.fixture
def forks(tmp_path: Path) -> Forks:
    for number, order in enumerate([(0, 0, 0), UNFIT, (0, 0, 0)]):
        make_photo(tmp_path / "in" / f"{number}.png", order, grey=90 + number)
    return shared()


def command(folder: Path, out: Path, *options: object) -> tuple[object, ...]:
    return ("measure", folder / "in", "-o", out, "--workers", "1", *options)


def sweep(
    forks: Forks, folder: Path, kind: str, *, first: int = 1, every: int = 1, before: Sequence[object] | None = None,
    again: bool = False, options: Sequence[object] = (),
) -> int:  # fmt: skip
    """Fail at each change in turn, finish with the same command, and compare with a run that was left alone.

    ``before``: options of an earlier run into the same folder. ``again``: the run that finishes fails too, at a change
    of its own, before one gets through. Gives back how many changes a run makes.
    """
    reference, out = folder / "reference", folder / "out"
    earlier = folder / "earlier"
    earlier.mkdir()
    if before is not None:
        assert forks.run(*command(folder, earlier, *before), cwd=folder).code == 3
    shutil.copytree(earlier, reference)
    assert forks.run(*command(folder, reference, *options), cwd=folder).code == 3
    at = first
    while True:
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(earlier, out)
        end = forks.run(*command(folder, out, *options), cwd=folder, fault=(str(out), kind, at))
        if end.code != DEAD:
            assert end.code == 3, end.text
            return len(end.steps)
        if again:
            forks.run(*command(folder, out, *options), cwd=folder, fault=(str(out), kind, 1 + at * 7 % 31))
        end = forks.run(*command(folder, out, *options), cwd=folder)
        assert end.code == 3, (at, end.text)
        assert_as_if_nothing_had_happened(out, reference)
        assert [item[1:] for item in superseded(out)] == [item[1:] for item in superseded(reference)], at
        at += every


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_breaks_off_at_some_of_its_changes(forks: Forks, tmp_path: Path, kind: str) -> None:
    assert sweep(forks, tmp_path, kind, first=1 + KINDS.index(kind), every=12) > 20


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_breaks_off_at_any_of_its_changes(forks: Forks, tmp_path: Path, kind: str) -> None:
    sweep(forks, tmp_path, kind)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_breaks_off_and_so_does_the_next(forks: Forks, tmp_path: Path, kind: str) -> None:
    sweep(forks, tmp_path, kind, again=True)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_replaces_results_breaks_off_at_any_of_its_changes(forks: Forks, tmp_path: Path, kind: str) -> None:
    sweep(forks, tmp_path, kind, before=["--um-per-px", "5"], options=["--um-per-px", "6"])


def test_a_run_that_replaces_results_breaks_off_at_some_of_its_changes(forks: Forks, tmp_path: Path) -> None:
    sweep(forks, tmp_path, "power_early", before=["--um-per-px", "5"], options=["--um-per-px", "6"], first=5, every=15)


# ---- comparing


def compared(forks: Forks, folder: Path, kind: str, *, first: int = 1, every: int = 1) -> int:
    """Fail at each change that comparing makes, compare again, and hold it against a comparing left alone."""
    measured, reference, out = folder / "measured", folder / "reference", folder / "out"
    visits = folder / "visits.csv"
    visits.write_text("photo,subject,site,visit,visit_date\n0.png,1,x,1,2024-01-01\n2.png,1,x,2,2024-07-01\n")
    assert forks.run(*command(folder, measured, "--um-per-px", "5", "--visits", visits), cwd=folder).code == 3
    shutil.copytree(measured, reference)
    code = forks.run("compare", reference, cwd=folder).code
    assert (reference / "changes.csv").exists()
    at = first
    while True:
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(measured, out)
        end = forks.run("compare", out, cwd=folder, fault=(str(out), kind, at))
        if end.code != DEAD:
            assert end.code == code, end.text
            return len(end.steps)
        end = forks.run("compare", out, cwd=folder)
        assert end.code == code, (at, end.text)
        assert_as_if_nothing_had_happened(out, reference)
        at += every


def test_comparing_that_breaks_off_at_some_of_its_changes(forks: Forks, tmp_path: Path) -> None:
    assert compared(forks, tmp_path, "power_early", first=3, every=15) > 20


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_comparing_that_breaks_off_at_any_of_its_changes(forks: Forks, tmp_path: Path, kind: str) -> None:
    compared(forks, tmp_path, kind)


# ---- within a transaction of SQLite, where Python sees nothing

CALLS = "pwrite64,fsync,fdatasync,unlink,ftruncate"


def may_trace() -> bool:
    """Tell whether this user may kill a process at one of its calls of the system."""
    if not shutil.which("strace"):
        return False
    trace = ["strace", "-o", os.devnull, "-e", "inject=write:signal=KILL:when=1", "echo", "x"]
    return subprocess.run(trace, capture_output=True, check=False).returncode == -signal.SIGKILL


@pytest.mark.slow
@pytest.mark.skipif(not may_trace(), reason="strace is not there or may not trace")
def test_killed_at_calls_of_the_system(forks: Forks, tmp_path: Path) -> None:
    reference, out = tmp_path / "reference", tmp_path / "out"
    forks.run(*command(tmp_path, reference), cwd=tmp_path)
    killed = at = 0
    while True:
        at += 5
        shutil.rmtree(out, ignore_errors=True)
        trace = ("strace", "-o", os.devnull, "-e", f"trace={CALLS}", "-e", f"inject={CALLS}:signal=KILL:when={at}")
        with Running(*command(tmp_path, out), cwd=tmp_path, program=(*trace, *STAND_IN)) as run:
            if run.ended() == 3:
                break
            killed += 1
        end = forks.run(*command(tmp_path, out), cwd=tmp_path)
        assert end.code == 3, (at, end.text)
        assert_as_if_nothing_had_happened(out, reference)
    assert killed > 5
