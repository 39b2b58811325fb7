from __future__ import annotations

import io
import threading

import pytest

from densitometer.cli import progress
from densitometer.cli.progress import follow


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch, stderr: io.StringIO, total: int, *, quiet: bool = False) -> str:
    """Follow ``total`` things and return what was written to ``stderr``."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    with monkeypatch.context() as patch:
        patch.setattr("sys.stderr", stderr)  # here, for pytest puts its own in place before each test
        assert list(follow(range(total), total, quiet=quiet)) == list(range(total))
    return stderr.getvalue()


def test_many_photographs_show_progress_rate_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    bar = shown(monkeypatch, Terminal(), 5)
    assert "5/5" in bar
    assert "a minute" in bar
    assert "time left" in bar


@pytest.mark.parametrize(("total", "quiet"), [(3, False), (5, True)])
def test_few_or_quiet_show_none(monkeypatch: pytest.MonkeyPatch, total: int, quiet: bool) -> None:
    assert shown(monkeypatch, Terminal(), total, quiet=quiet) == ""


def test_no_bar_goes_into_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, io.StringIO(), 9) == ""


def test_a_few_that_take_long_show_progress_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_PATIENCE_S", 0.01)
    stderr, started = Terminal(), threading.Event()
    bar = progress._bar

    def watched() -> object:
        one = bar()
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
