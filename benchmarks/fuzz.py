"""Give the package a great number of damaged inputs, and report what is neither read nor refused in one sentence."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import queue
import select
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import results_page
from fuzz_mutate import case
from fuzz_seeds import FORMATS, seeds

GOOD = ("read", "refused")
FINDINGS = ("error", "text", "dishonest", "prints", "hang", "crash", "memory", "measuring")
COUNT = 100_000
MEASURE_ONE_IN = 200
MEMORY_MB = 2048
LIMIT_S = 10.0
SHARES = {
    "jpeg": 20,
    "png": 18,
    "tiff": 20,
    "bmp": 6,
    "webp": 8,
    "heic": 6,
    "csv": 10,
    "toml": 8,
    "xlsx": 2,
    "pattern": 2,
}
"""In hundredths: what reads bytes in C gets most."""
CHILD = Path(__file__).with_name("fuzz_child.py")
START_S = 60.0
"""What a new process may take longer: it loads the libraries."""
_PATIENCE = 60
"""How many times the limit an input may take where other programs keep its process from working."""
_CHUNK = 250
_SHOWN = 5
_PROGRESS = 5000


@dataclass(frozen=True)
class Answer:
    """What became of one input; `finding` is empty where all is well."""

    kind: str
    number: int
    what: str
    detail: str = ""
    measured: str = ""
    seconds: float = 0.0
    peak_mb: float = 0.0

    @property
    def finding(self) -> str:
        """Which of `FINDINGS` it is."""
        return "measuring" if self.measured == "error" else "" if self.what in GOOD else self.what


@dataclass
class Tally:
    """What became of all inputs."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    findings: list[Answer] = field(default_factory=list)
    slowest: dict[str, Answer] = field(default_factory=dict)
    largest: dict[str, Answer] = field(default_factory=dict)

    @property
    def inputs(self) -> int:
        """How many there were so far."""
        return sum(count for (_, what), count in self.counts.items() if not what.startswith("measuring"))

    def add(self, answer: Answer) -> None:
        """Count one answer."""
        self.counts[answer.kind, answer.what] += 1
        if answer.measured:
            self.counts[answer.kind, f"measuring: {answer.measured}"] += 1
        if answer.finding:
            self.findings.append(answer)
        for best, value in ((self.slowest, "seconds"), (self.largest, "peak_mb")):
            before = best.get(answer.kind)
            if before is None or getattr(answer, value) > getattr(before, value):
                best[answer.kind] = answer


class Child:
    """A process that bears inputs, and is put out of its misery where one is too much for it."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._start()

    def _start(self) -> None:
        read, write = os.pipe()
        command = [sys.executable, str(CHILD), str(write)]
        words = [*command, str(self._options.memory_mb), str(self._options.measure_one_in)]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, pass_fds=[write], env=environment, **quiet)  # type: ignore[call-overload]
        os.close(write)
        self._answers, self._rest = read, b""
        self._fresh = True

    def answers(self, kind: str, first: int, behind: int) -> Iterator[Answer]:
        """Give the child these inputs; one that kills it is told as such, and the next child takes the rest."""
        number = first
        while number < behind:
            self._process.stdin.write(f"{json.dumps([kind, self._options.seed, number, behind])}\n".encode())
            self._process.stdin.flush()
            while number < behind:
                answer = self._next(kind, number)
                yield answer
                number += 1
                if answer.what in {"hang", "crash"}:
                    self.close()
                    self._start()
                    break

    def _next(self, kind: str, number: int) -> Answer:
        limit_s = self._options.limit_s + (START_S if self._fresh else 0)
        began, worked = time.monotonic(), self._cpu_s()
        while b"\n" not in self._rest:
            if not select.select([self._answers], [], [], 1.0)[0]:
                waited, busy = time.monotonic() - began, self._cpu_s() - worked
                if busy > limit_s or waited > limit_s * _PATIENCE:
                    return Answer(kind, number, "hang", f"no answer within {limit_s:g} s", seconds=busy)
                continue
            part = os.read(self._answers, 2**16)
            if not part and self._fresh and self._process.wait() > 0:
                raise RuntimeError(
                    "the processes that bear the inputs do not start: try benchmarks/fuzz_child.py 1 2048 0"
                )
            if not part:
                return Answer(kind, number, "crash", f"the process ended with {self._process.wait()}")
            self._rest += part
        line, self._rest = self._rest.split(b"\n", 1)
        self._fresh = False
        return self._answer(kind, *json.loads(line))

    def _answer(
        self,
        kind: str,
        number: int,
        what: str,
        detail: str,
        measured: str,
        seconds: float,
        peak_mb: float,
        printed: str,
    ) -> Answer:
        if what in GOOD and "does not fit into memory" in detail:
            what = "memory"
        if what in GOOD and printed:
            what, detail = "prints", printed
        if what in GOOD and seconds > self._options.limit_s:
            what = "hang"
        return Answer(kind, number, what, detail, measured, seconds, peak_mb)

    def _cpu_s(self) -> float:
        """Seconds that the process has worked: on a busy machine it may wait for much longer."""
        try:
            fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:  # not Linux: what it waited for counts
            return time.monotonic()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        os.close(self._answers)


def run(options: argparse.Namespace) -> Tally:
    """Share the inputs out among the processes, and count what becomes of them."""
    todo: queue.SimpleQueue[tuple[str, int, int]] = queue.SimpleQueue()
    for chunk in _chunks(options):
        todo.put(chunk)
    tally, lock = Tally(), threading.Lock()

    def bear() -> None:
        child = Child(options)
        while True:
            try:
                kind, first, behind = todo.get_nowait()
            except queue.Empty:
                return child.close()
            for answer in child.answers(kind, first, behind):
                with lock:
                    tally.add(answer)
                    _tell(tally)
                    if answer.finding:
                        _keep(answer, options)

    threads = [threading.Thread(target=bear) for _ in range(options.workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tally


def _tell(tally: Tally) -> None:
    """Say now and then how far it is."""
    done = tally.inputs
    if done % _PROGRESS == 0:
        print(f"{done:,} inputs, {len(tally.findings):,} findings", file=sys.stderr, flush=True)


def _chunks(options: argparse.Namespace) -> Iterator[tuple[str, int, int]]:
    """Formats in turn, so that a run that is looked at half way has seen all."""
    kinds = [kind for kind in options.format or FORMATS if seeds(kind)]
    whole = sum(SHARES[kind] for kind in kinds)
    numbers = {kind: round(options.count * SHARES[kind] / whole) for kind in kinds}
    for first in range(0, max(numbers.values()), _CHUNK):
        yield from ((kind, first, min(first + _CHUNK, count)) for kind, count in numbers.items() if first < count)


def _keep(answer: Answer, options: argparse.Namespace) -> None:
    """Keep the bytes of a finding and what is wrong, for looking at it again."""
    if options.keep is None:
        return
    options.keep.mkdir(parents=True, exist_ok=True)
    data = case(answer.kind, options.seed, answer.number)
    path = options.keep / f"{answer.finding}-{answer.kind}-{options.seed}-{answer.number}"
    path.with_suffix(".bin").write_bytes(data)
    path.with_suffix(".txt").write_text(f"{answer.what}\n{answer.detail}\n{hashlib.sha256(data).hexdigest()}\n")


def markdown(tally: Tally, options: argparse.Namespace, seconds: float) -> str:
    """Lay out the counts by format, and say in what bounds."""
    head = ["format", "inputs", "read", "refused", "measured", *FINDINGS, "slowest, s", "peak memory, MB"]
    kinds = [kind for kind in FORMATS if kind in tally.slowest]
    found = Counter((answer.kind, answer.finding) for answer in tally.findings)
    rows = []
    for kind in kinds:
        counts = {what: count for (of, what), count in tally.counts.items() if of == kind}
        measured = sum(count for what, count in counts.items() if what.startswith("measuring"))
        inputs = sum(count for what, count in counts.items() if not what.startswith("measuring"))
        good = [inputs, *(counts.get(what, 0) for what in GOOD), measured]
        numbers = [f"{number:,}" for number in (*good, *(found[kind, what] for what in FINDINGS))]
        rows.append([kind, *numbers, f"{tally.slowest[kind].seconds:.2f}", f"{tally.largest[kind].peak_mb:.0f}"])
    words = (
        f"{tally.inputs:,} inputs from seed {options.seed}, {len(tally.findings):,} findings, {seconds:.0f} s on "
        f"{options.workers} processes. Each input had {options.limit_s:g} s of a processor, and its process "
        f"{options.memory_mb:,} MB of memory for data (RLIMIT_DATA). One in {options.measure_one_in} of the pictures "
        "that could be read was measured too."
    )
    return f"{words}\n\n{results_page.table(head, rows)}"


def parsed(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT, metavar="N", help="inputs of all formats together")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--format", action="append", choices=FORMATS, help="only this one; may be repeated")
    parser.add_argument("--workers", type=int, default=2, metavar="N")
    parser.add_argument("--limit-s", type=float, default=LIMIT_S, metavar="S", help="processor time for one input")
    parser.add_argument("--memory-mb", type=int, default=MEMORY_MB, metavar="MB", help="memory for data of a process")
    parser.add_argument("--measure-one-in", type=int, default=MEASURE_ONE_IN, metavar="N", help="0: measure none")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the bytes of findings here")
    parser.add_argument("--write", action="store_true", help="put the table into RESULTS.md")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Fuzz, print the counts and the first findings, and put the table of a whole run into RESULTS.md."""
    options = parsed(argv)
    started = time.perf_counter()
    tally = run(options)
    body = markdown(tally, options, time.perf_counter() - started)
    print(body)
    for name, best in (("slowest", tally.slowest), ("largest", tally.largest)):
        print(f"{name}:", ", ".join(f"{kind} {answer.number}" for kind, answer in best.items()))
    for answer in tally.findings[:_SHOWN]:
        print(f"\n{answer.finding}: {answer.kind} {answer.number}\n{answer.detail}")
    if options.write:
        results_page.write_section("fuzz", f"{results_page.provenance()}\n\n{body}")
    return 1 if tally.findings else 0


if __name__ == "__main__":
    sys.exit(main())
