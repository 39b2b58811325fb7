from __future__ import annotations

import io

import pytest

from densitometer.cli.progress import follow


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    stderr = Terminal()
    monkeypatch.setattr("sys.stderr", stderr)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    return stderr


def test_many_photographs_show_progress_rate_and_time_left(terminal: Terminal) -> None:
    assert list(follow(range(5), 5, quiet=False)) == list(range(5))
    shown = terminal.getvalue()
    assert "5/5" in shown
    assert "a minute" in shown
    assert "time left" in shown


@pytest.mark.parametrize(("total", "quiet"), [(3, False), (5, True)])
def test_few_or_quiet_show_none(terminal: Terminal, total: int, quiet: bool) -> None:
    assert list(follow(range(total), total, quiet=quiet)) == list(range(total))
    assert terminal.getvalue() == ""


def test_no_bar_goes_into_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = io.StringIO()
    monkeypatch.setattr("sys.stderr", stderr)
    assert list(follow(range(9), 9, quiet=False)) == list(range(9))
    assert stderr.getvalue() == ""
