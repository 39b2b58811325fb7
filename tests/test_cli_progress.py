from __future__ import annotations

import functools
import io
import threading
import time
from collections.abc import Callable, Generator
from typing import Any

import pytest

from densitometer.cli import progress
from densitometer.cli.progress import Pace, follow, waiting


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(
    monkeypatch: pytest.MonkeyPatch, stderr: io.StringIO, total: int, *, quiet: bool = False, done: int = 0, **more: Any
) -> str:
    """Follow ``total`` things and return what was written to ``stderr``."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    with monkeypatch.context() as patch:
        patch.setattr("sys.stderr", stderr)  # here, for pytest puts its own in place before each test
        assert list(follow(range(total - done), total, quiet=quiet, done=done, **more)) == list(range(total - done))
    return stderr.getvalue()


def test_many_photographs_show_progress_rate_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    bar = shown(monkeypatch, Terminal(), 5)
    assert "5/5" in bar
    assert "a minute" in bar
    assert "left" in bar


@pytest.mark.parametrize(("total", "quiet"), [(3, False), (5, True)])
def test_few_or_quiet_show_none(monkeypatch: pytest.MonkeyPatch, total: int, quiet: bool) -> None:
    assert shown(monkeypatch, Terminal(), total, quiet=quiet) == ""


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_failures_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "2 not measured" in shown(monkeypatch, Terminal(), 5, failed=lambda item: item in {1, 3})


def test_what_was_done_before_counts_but_not_into_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    pace = Pace(1000, 900, clock)
    assert pace.line() == "900 of 1000"
    for _ in range(10):
        clock.now += 30.0
        pace.step(failed=False)
    assert pace.line() == "910 of 1000, 2.0 a minute, 45 min left"
    assert "905/905" in shown(monkeypatch, Terminal(), 905, done=900)


def test_the_rate_is_that_of_late() -> None:
    clock = Clock()
    pace = Pace(3000, clock=clock)
    for seconds in (10.0, 0.5):
        for _ in range(1000):
            clock.now += seconds
            pace.step(failed=False)
    assert (pace.rate(), pace.left()) == ("120 a minute", "8 min left")
    clock.now += 1000.0  # nothing happens
    assert pace.per_minute == pytest.approx(24, rel=0.1)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(20, "20 s"), (40, "1 min"), (3599, "1 h 0 min"), (9000, "2 h 30 min"), (48 * 3600, "2 d 0 h"), (2e5, "2 d 8 h")],
)
def test_durations_are_in_two_units_at_most(seconds: float, told: str) -> None:
    assert progress._duration(seconds) == told


def test_a_line_every_minute_goes_into_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, stderr = Clock(), io.StringIO()
    monkeypatch.setattr(progress, "_LINE_EVERY_S", 0.01)
    monkeypatch.setattr(progress, "_FIRST_LINE_S", 0.01)
    monkeypatch.setattr(progress, "Pace", functools.partial(Pace, clock=clock))

    def items() -> Generator[int, None, None]:
        for number in range(10):
            clock.now += 25.0
            if number == 5:  # hangs until it was told of
                deadline = time.monotonic() + 30
                while "7 of 12" not in stderr.getvalue() and time.monotonic() < deadline:
                    time.sleep(0.001)
            yield number

    with monkeypatch.context() as patch:
        patch.setattr("sys.stderr", stderr)
        threads = threading.active_count()
        assert list(follow(items(), 12, quiet=False, done=2, failed=lambda item: item == 1)) == list(range(10))
        assert threading.active_count() == threads
    lines = stderr.getvalue().splitlines()
    assert lines[0].startswith("measuring: ")
    assert "measuring: 7 of 12, 2.0 a minute, 2 min left, 1 not measured" in lines
    assert lines[-1] == "measuring: 12 of 12, 2.4 a minute, 1 not measured"


def test_leaving_closes_what_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = []

    def items() -> Generator[int, None, None]:
        try:
            yield from range(9)
        finally:
            closed.append(True)

    with monkeypatch.context() as patch:
        patch.setattr("sys.stderr", Terminal())
        followed = follow(items(), 9, quiet=False)
        next(followed)
        followed.close()
    assert closed == [True]


def test_no_bar_goes_into_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, io.StringIO(), 3) == ""
    monkeypatch.setattr(progress, "_FIRST_LINE_S", 600.0)
    assert shown(monkeypatch, io.StringIO(), 9) == ""  # done before the first line would come


def test_a_few_that_take_long_show_progress_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_PATIENCE_S", 0.01)
    stderr, started = Terminal(), threading.Event()
    bar = progress._bar

    def watched(pace: Pace) -> object:
        one = bar(pace)
        start = one.start
        monkeypatch.setattr(one, "start", lambda: (start(), started.set()))
        return one

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(progress, "_bar", watched)
    with monkeypatch.context() as patch:
        patch.setattr("sys.stderr", stderr)
        for _ in follow(iter(range(2)), 2, quiet=False, doing="rendering"):
            assert started.wait(30)
    assert "rendering" in stderr.getvalue()


@pytest.mark.parametrize("stderr", [Terminal(), io.StringIO()], ids=["terminal", "file"])
@pytest.mark.parametrize("quiet", [False, True])
def test_waiting_tells_of_what_takes_long_alone(
    monkeypatch: pytest.MonkeyPatch, stderr: io.StringIO, quiet: bool
) -> None:
    def waited(after_s: float, until: Callable[[], bool]) -> str:
        stderr.seek(0)
        stderr.truncate()
        with monkeypatch.context() as patch:
            patch.setenv("TERM", "xterm")
            patch.setattr("sys.stderr", stderr)
            patch.setattr(progress, "_FIRST_LINE_S", after_s)
            patch.setattr(progress, "_PATIENCE_S", after_s)
            with waiting("writing", quiet=quiet):
                end = time.monotonic() + 10
                while not until() and time.monotonic() < end:
                    time.sleep(0.01)
        return stderr.getvalue()

    assert waited(60.0, lambda: True) == ""
    told = waited(0.01, lambda: quiet or "writing" in stderr.getvalue())
    assert ("writing" in told) is not quiet
