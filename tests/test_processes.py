"""Processes of one thread each, for batches, renders and benchmarks alike."""

from __future__ import annotations

import os
import signal
import threading

import cv2
import pytest

from densitometer.processes import one_thread, open_pool, submit


def state(word: str) -> tuple[str, int, str | None, bool]:
    ignores = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    return word, cv2.getNumThreads(), os.environ.get("OPENBLAS_NUM_THREADS"), ignores


def test_a_process_has_one_thread_and_leaves_stopping_to_the_main_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    ours = signal.getsignal(signal.SIGINT)
    answers = []
    with open_pool(1) as pool:
        answers.append(submit(pool, state, "main").result())
        other = threading.Thread(target=lambda: answers.append(submit(pool, state, "thread").result()))
        other.start()
        other.join()
    assert answers == [("main", 1, "1", True), ("thread", 1, "1", True)]
    assert signal.getsignal(signal.SIGINT) is ours
    assert os.environ["OMP_NUM_THREADS"] == "7"
    assert "OPENBLAS_NUM_THREADS" not in os.environ


def test_this_process_has_one_thread_meanwhile() -> None:
    before = cv2.getNumThreads()
    cv2.setNumThreads(2)
    try:
        with one_thread():
            assert cv2.getNumThreads() == 1
        assert cv2.getNumThreads() == 2
    finally:
        cv2.setNumThreads(before)
