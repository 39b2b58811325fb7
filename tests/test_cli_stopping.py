"""Ctrl-C once and twice, with real signals."""

from __future__ import annotations

import signal
import threading

import click
import pytest

from densitometer.cli.stopping import stopping

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
