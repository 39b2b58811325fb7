"""The process that bears fuzzed inputs: bounded in memory, watched from outside, everything that it prints caught.

Started by ``fuzz.py``; reads lines of JSON ``[format, seed, first, behind last]`` and answers each input with one.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import cv2

from fuzz_mutate import case
from fuzz_targets import outcome_of

_PRINTED = 4000


def main() -> None:
    """Answer on the descriptor given first, within the megabytes given second, measuring one in so many."""
    answers, most_mb, measure_one_in = (int(word) for word in sys.argv[1:4])
    resource.setrlimit(resource.RLIMIT_DATA, (most_mb * 2**20,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    cv2.setNumThreads(1)
    warnings.simplefilter("always")
    printed = _printed()
    with os.fdopen(answers, "w", buffering=1) as stream:
        for line in sys.stdin:
            kind, seed, first, behind = json.loads(line)
            for number in range(first, behind):
                data = case(kind, seed, number)
                _forget_peak()
                started = time.process_time()
                outcome = outcome_of(kind, data, measure_one_in=measure_one_in)
                seconds = time.process_time() - started
                answer = [number, outcome.what, outcome.detail, outcome.measured, seconds, _peak_mb(), next(printed)]
                stream.write(json.dumps(answer) + "\n")


def _printed() -> Iterator[str]:
    """Send both outputs into a file, C libraries' too, and tell each time what came since."""
    with tempfile.TemporaryFile() as file:
        for output in (1, 2):
            os.dup2(file.fileno(), output)
        while True:
            sys.stdout.flush()
            sys.stderr.flush()
            size = os.fstat(file.fileno()).st_size
            text = os.pread(file.fileno(), _PRINTED, 0).decode(errors="replace") if size else ""
            if size:
                os.ftruncate(file.fileno(), 0)
                os.lseek(file.fileno(), 0, os.SEEK_SET)
            yield text


def _forget_peak() -> None:
    with contextlib.suppress(OSError):  # not Linux: the peak is then that of the process so far
        Path("/proc/self/clear_refs").write_text("5")


def _peak_mb() -> float:
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
