"""Processes of one thread each, for batches, renders and benchmarks alike."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import cv2
import pytest

from densitometer.errors import DensitometerError
from densitometer.processes import Lost, cores, elsewhere, in_children, one_thread, open_pool, submit, usable_workers
from densitometer.processes import child as of_child
from densitometer.processes.child import Child, start_child, value_of
from densitometer.processes.elsewhere import ask_a_child

HERE = Path(__file__).resolve().parent
posix = pytest.mark.skipif(os.name != "posix", reason="kills processes as POSIX systems do")


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


# ---- children of our own


def ask(child: Child, function: Any, *arguments: Any, limit_s: float | None = None) -> Any:
    answer = child.ask(pickle.dumps((function, arguments, limit_s)), limit_s)
    return answer if isinstance(answer, Lost) else value_of(answer)


@pytest.fixture
def child() -> Any:
    started = start_child(__name__)
    yield started
    started.end()


def inner_state() -> dict[str, Any]:
    threads = {name: os.environ.get(name) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    ignored = [signal.getsignal(number) is signal.SIG_IGN for number in (signal.SIGINT, signal.SIGTERM)]
    return {"cv2": cv2.getNumThreads(), "env": set(threads.values()), "ignored": ignored, "path": sys.path}


def test_a_child_calculates_in_one_thread_and_leaves_stopping_to_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.setattr(sys, "path", [*sys.path, "/a folder of ours"])
    child = start_child(__name__)
    state = ask(child, inner_state)
    child.end()
    assert state == {"cv2": 1, "env": {"1"}, "ignored": [True, True], "path": sys.path}


def chatter() -> str:
    print("to be read by nobody")
    os.write(1, b"nor this\n")
    return sys.stdin.read()


def test_what_is_printed_does_not_get_between_answers(capfd: pytest.CaptureFixture[str]) -> None:
    child = start_child(__name__)
    assert ask(child, chatter) == ""
    assert ask(child, len, "four") == 4
    child.end()
    assert "nor this" in capfd.readouterr().err


class OddError(Exception):
    """Can be pickled and not be read."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__("odd")


def fail(kind: str) -> None:
    if kind == "odd":
        raise OddError(1, 2)
    raise KeyError(kind)


def test_what_is_raised_there_is_raised_here_with_its_trace(child: Child) -> None:
    with pytest.raises(KeyError) as caught:
        ask(child, fail, "plain")
    assert "raise KeyError(kind)" in caught.value.__notes__[0]
    with pytest.raises(RuntimeError, match="OddError: odd"):
        ask(child, fail, "odd")
    assert child.usable


def no_memory() -> None:
    raise MemoryError


@posix
def test_each_fate_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for function, arguments, fate in (
        (os._exit, (0,), "died"),
        (signal.raise_signal, (signal.SIGKILL,), "died"),
        (os.abort, (), "crashed"),
        (no_memory, (), "no_memory"),
        (time.sleep, (600,), "too_slow"),
    ):
        child = start_child("math")
        assert ask(child, function, *arguments, limit_s=0.5 if fate == "too_slow" else 60) == Lost(fate)  # type: ignore[arg-type]
        assert not child.usable


def test_a_child_that_cannot_start_is_noticed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        start_child("no_such_module")
    monkeypatch.setattr(of_child, "_BOOT", "raise SystemExit(3)")
    with pytest.raises(DensitometerError, match="could not be started: it ended at once; free some memory"):
        start_child("math")
    monkeypatch.setattr(sys, "executable", "/no/such/program")
    with pytest.raises(DensitometerError, match="could not be started: No such file"):
        start_child("math")


def odd_ones_fail(number: int) -> int:
    if number % 2:
        raise ValueError(f"{number} is odd")
    return number


def test_what_a_function_raises_ends_the_crew() -> None:
    threads = threading.active_count()
    with pytest.raises(ValueError, match="1 is odd"):
        list(in_children([0, 1, 2], odd_ones_fail, workers=1))
    assert threading.active_count() == threads


def test_few_results_wait_for_who_takes_them() -> None:
    taken = []

    def tasks() -> Any:
        for number in range(0, 100, 2):
            taken.append(number)
            yield number

    with closing(in_children(tasks(), odd_ones_fail, workers=1)) as results:
        next(results)
        time.sleep(0.5)
        assert len(taken) <= 4


@posix
def test_no_child_outlives_who_asks(tmp_path: Path) -> None:
    program = (
        "import sys, test_processes\n"
        "from densitometer.processes import in_children\n"
        "list(in_children([0, 1, 2], test_processes.note_and_sleep, workers=3))\n"
    )
    path = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
    env = {**os.environ, "PYTHONPATH": path, "DENSITOMETER_TEST_MARK": str(tmp_path)}
    asking = subprocess.Popen([sys.executable, "-c", program], env=env)
    wait_until(lambda: len(list(tmp_path.iterdir())) == 3)
    children = [int(path.name) for path in tmp_path.iterdir()]
    assert all(alive(pid) for pid in children)
    asking.kill()
    asking.wait()
    wait_until(lambda: not any(alive(pid) for pid in children))


def note_and_sleep(number: int) -> None:
    (Path(os.environ["DENSITOMETER_TEST_MARK"]) / str(os.getpid())).touch()
    time.sleep(600)


def wait_until(what: Any) -> None:
    deadline = time.monotonic() + 60
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """False for a process that is gone or is only waiting to be cleared away."""
    told = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(told.strip()) and not told.startswith("Z")


def test_children_elsewhere_are_used_again_and_replaced_when_they_die() -> None:
    def pid() -> Any:
        return ask_a_child("math", pickle.dumps((os.getpid, (), None)))

    first = value_of(pid())
    assert value_of(pid()) == first
    assert ask_a_child("math", pickle.dumps((os._exit, (1,), None))) == Lost("died")
    assert value_of(pid()) != first
    elsewhere._end_all()


# ---- how many


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, 16),
        ({"meminfo": "MemTotal: 99 kB\nMemAvailable: 3200000 kB\n"}, 3),
        ({"meminfo": "MemAvailable: 20 kB\n"}, 1),
        ({"group": "0::/a/b\n", "a/b/cpu.max": "max 100000\n", "a/cpu.max": "250000 100000\n"}, 2),
        ({"group": "0::/a\n", "a/memory.max": "8589934592\n", "a/memory.current": "5368709120\n"}, 3),
        ({"group": "0::/a\n", "a/memory.max": "max\n", "a/memory.current": "5368709120\n"}, 16),
        ({"group": "0::/a\n", "a/memory.max": "8589934592\n", "a/memory.current": "5368709120\n",
          "a/memory.stat": "anon 1\ninactive_file 2147483648\n"}, 5),
        ({"group": "4:memory:/a\n"}, 16),
    ],
)  # fmt: skip
def test_workers_are_as_many_as_cores_and_memory_allow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], expected: int
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(cores, "_CGROUP", tmp_path)
    monkeypatch.setattr(cores, "_MEMORY", tmp_path / "meminfo")
    monkeypatch.setattr(cores, "_OWN_GROUP", tmp_path / "group")
    monkeypatch.setattr(cores, "_cores", lambda: 16)
    assert usable_workers() == expected


def test_here_there_is_room_for_one_at_least() -> None:
    assert usable_workers() >= 1
