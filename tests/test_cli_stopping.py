"""Ctrl-C once and twice, with real signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

import densitometer.batch.hashes
from densitometer.cli.main import main
from densitometer.cli.stopping import stopping
from densitometer.results import ResultsFolder

posix = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="signals are sent as POSIX systems do")


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_asks_to_finish_and_the_second_ends(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), stopping() as stop:
        assert not stop.is_set()
        signal.raise_signal(number)
        assert stop.is_set()
        told = capsys.readouterr().err
        signal.raise_signal(number)
    assert told == "stopping: finishing the photographs that are being measured; press Ctrl-C again to stop now\n"
    assert signal.getsignal(number) is before


def test_without_a_signal_nothing_happens() -> None:
    before = signal.getsignal(signal.SIGINT)
    with stopping() as stop:
        pass
    assert not stop.is_set()
    assert signal.getsignal(signal.SIGINT) is before


@posix
def test_a_signal_in_the_middle_of_a_line_is_told_too(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refusing(*args: object, **kwargs: object) -> None:
        raise RuntimeError("reentrant call")

    monkeypatch.setattr(click, "echo", refusing)
    with stopping() as stop:
        signal.raise_signal(signal.SIGINT)
    assert stop.is_set()
    assert "press Ctrl-C again" in capfd.readouterr().err


def test_other_threads_hear_no_signals() -> None:
    heard = []

    def elsewhere() -> None:
        with stopping() as stop:
            heard.append(stop.is_set())

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert heard == [False]


def measure(folder: Path) -> Result:
    (folder / "in").mkdir(exist_ok=True)
    (folder / "in" / "a.png").write_bytes(b"no photograph")
    return CliRunner().invoke(
        main, ["measure", str(folder / "in"), "-o", str(folder / "out"), "--method", "ridge", "--workers", "1"]
    )


def terminated(*_: Any) -> Iterator[Any]:
    signal.raise_signal(signal.SIGTERM)
    yield


@posix
def test_sigterm_is_obeyed_while_files_are_looked_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with monkeypatch.context() as patch:
        patch.setattr(densitometer.batch.hashes, "hashes", terminated)
        result = measure(tmp_path)
    assert (result.exit_code, result.stderr) == (1, "densitometer: stopped\n")
    assert signal.getsignal(signal.SIGTERM) is before
    assert not (tmp_path / "out" / ".running.json").exists()
    assert measure(tmp_path).exit_code == 3


@posix
def test_sigterm_is_obeyed_while_tables_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(ResultsFolder, "write_tables", lambda *_: list(terminated()))
        result = measure(tmp_path)
    assert result.exit_code == 1
    assert "stopped at once; what was measured until then is kept" in result.stderr
    assert not (tmp_path / "out" / "photos.csv").exists()
    assert measure(tmp_path).exit_code == 3
    assert (tmp_path / "out" / "photos.csv").exists()


@pytest.mark.skipif(os.name != "posix", reason="closes streams as a shell does")
def test_streams_that_are_closed_are_no_obstacle(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / f"{number}.png").write_bytes(b"no photograph %d" % number)
    words = [sys.executable, "-m", "densitometer", "measure", "in", "-o", "out", "--method", "ridge", "--workers", "1"]
    ended = subprocess.run(["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *words], cwd=tmp_path, check=False)
    assert ended.returncode == 3
    assert {"photos.csv", "report.html", "audit.jsonl"} <= {path.name for path in (tmp_path / "out").iterdir()}


@posix
def test_the_exit_code_is_ours_wherever_sigterm_is_heard() -> None:
    heard = "import signal; signal.raise_signal(signal.SIGTERM)"
    lines = ["import sys", "from densitometer.cli.stopping import ended_as_by_ctrl_c", "try:"]
    lines += [
        "    with ended_as_by_ctrl_c():",
        f"        exec({heard!r})",
        "except KeyboardInterrupt:",
        "    sys.exit(1)",
    ]
    assert subprocess.run([sys.executable, "-c", "\n".join(lines)], check=False).returncode == 1
