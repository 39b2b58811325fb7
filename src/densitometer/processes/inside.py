"""What runs inside a child process: it answers one call after the other until nobody is left to ask.

Messages are pickles with their length before them: calls come in on stdin, answers go out on what was stdout.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import os
import pickle
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from typing import IO, Any

from densitometer.processes.streams import open_closed_streams

HEAD_BYTES = 8
"""Length of what stands before each message: its own length, the least significant byte first."""
READY, RETURNED, RAISED = b"ready", b"returned", b"raised"
NO_MEMORY = 71
"""Exit code of a process that ran out of memory."""
_ORPHAN_GRACE_S = 60.0

Call = tuple[Callable[..., Any], tuple[Any, ...], float | None]
"""What a message to a child holds: the function, its arguments, and the limit on its time in seconds."""


def write_message(stream: IO[bytes], message: bytes) -> None:
    """Write one message, and see it off."""
    stream.write(len(message).to_bytes(HEAD_BYTES, "little"))
    stream.write(message)
    stream.flush()


def read_message(stream: IO[bytes]) -> bytes | None:
    """Read one message; None where the other end is gone, be it in the middle of one."""
    head = stream.read(HEAD_BYTES)
    if len(head) < HEAD_BYTES:
        return None
    length = int.from_bytes(head, "little")
    message = stream.read(length)
    return message if len(message) == length else None


def main(module: str) -> None:
    """Answer calls until stdin is closed, which also happens when the process that asks is killed.

    Parameters
    ----------
    module : str
        Where the function is that is going to be called; what it needs is loaded before the first call.
    """
    for number in (signal.SIGINT, signal.SIGTERM):  # who asks decides when this one ends
        signal.signal(number, signal.SIG_IGN)
    calls, answers = _streams()
    waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    try:
        importlib.import_module(module)
    except Exception as error:
        write_message(answers, RAISED + _pickled_error(error))
        return
    _calculate_in_one_thread()
    threading.Thread(target=_listen, args=(calls, waiting), daemon=True).start()
    write_message(answers, READY)
    while True:
        write_message(answers, _answer(waiting.get()))


def _streams() -> tuple[IO[bytes], IO[bytes]]:
    """Take stdin and stdout for ourselves: what a library reads or prints must not get between messages."""
    open_closed_streams()
    calls, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return calls, answers


def _calculate_in_one_thread() -> None:
    if "cv2" in sys.modules:
        sys.modules["cv2"].setNumThreads(1)


def _listen(calls: IO[bytes], waiting: queue.SimpleQueue[bytes]) -> None:
    """Pass calls on; end this process when there will be no more, whatever it is doing."""
    while (message := read_message(calls)) is not None:
        waiting.put(message)
    os._exit(0)


def _answer(message: bytes) -> bytes:
    """Call what a message says; what it returns, or the exception that it raised."""
    try:
        function, arguments, limit_s = pickle.loads(message)
        with _orphan_limit(limit_s):
            return RETURNED + pickle.dumps(function(*arguments), pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        os._exit(NO_MEMORY)  # whatever filled it goes with this process
    except Exception as error:
        return RAISED + _pickled_error(error)


@contextlib.contextmanager
def _orphan_limit(limit_s: float | None) -> Any:
    """End this process some time after the limit, in case nobody does and a library lets no other thread run."""
    if limit_s is None:
        yield
        return
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        faulthandler.dump_traceback_later(limit_s + _ORPHAN_GRACE_S, file=nowhere, exit=True)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()


def _pickled_error(error: Exception) -> bytes:
    trace = "".join(traceback.format_exception(error))
    error.add_note(f"It was raised in another process:\n{trace}")
    try:
        data = pickle.dumps(error)
        pickle.loads(data)  # exceptions exist that can be written and not be read
    except Exception:
        return pickle.dumps(RuntimeError(trace))
    return data
