"""The experiments: photographs through the command by the thousand, and what becomes of time, memory and disk."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import scale_tiles
from scale_numbers import entries, rate_a_minute, rates_of_tenths, size_bytes, times_s
from scale_stand_in import PREPARED
from scale_watch import Watched, start, watch, watch_all

STAND_IN = str(Path(__file__).with_name("scale_stand_in.py"))
Measured = dict[str, Any]


def measure(photos: Path, out: Path, *options: object, um_per_px: float = scale_tiles.UM_PER_PX) -> list[str]:
    """Words of the command that measures a folder."""
    scale = ("--um-per-px", f"{um_per_px:g}", "--quiet")
    return ["measure", str(photos), "-o", str(out), *scale, *map(str, options)]


def checked(watched: Watched, work: Path) -> Watched:
    """Stop where a command did not end as it should."""
    if watched.code != 0:
        raise RuntimeError(f"the command ended with {watched.code}: see {work / 'printed.txt'}")
    return watched


def many(tiles: list[Path], count: int, workers: int, work: Path) -> Measured:
    """Measure so many photographs, then the same again."""
    photos, out = scale_tiles.repeat(tiles, work / "photos", count), work / "out"
    shutil.rmtree(out, ignore_errors=True)
    whole = checked(watch(measure(photos, out, "--workers", workers), work), work)
    run = entries(out / "audit.jsonl")
    done_s = times_s(run)
    found = {
        "count": count,
        "workers": workers,
        "seconds": whole.seconds,
        "rate": rate_a_minute(done_s),
        "tenths": rates_of_tenths(done_s),
        "finishing_s": times_s(run, "finished")[-1] - done_s[-1],
        "coordinator_mib": whole.coordinator.peak_mib,
        "worker_mib": whole.worker_mib,
        "coordinator_cpu_s": whole.coordinator.cpu_s,
        "out_bytes": size_bytes(out),
        "record_bytes": (out / "results.sqlite").stat().st_size,
        "trail_bytes": (out / "audit.jsonl").stat().st_size,
    }
    again = checked(watch(measure(photos, out, "--workers", workers), work), work)
    found |= {"resume_s": again.seconds, "resume_mib": again.coordinator.peak_mib}
    shutil.rmtree(out)
    shutil.rmtree(photos)
    return found


def side_by_side(tiles: list[Path], count: int, workers: int, work: Path) -> Measured:
    """One worker; some workers; and as many runs of one worker at once: all that the machine has to give."""
    photos = scale_tiles.repeat(tiles, work / "photos", count)
    outs = [work / f"out{number}" for number in range(workers)]
    rates = {}
    runs: list[tuple[str, list[Path], int]] = [("one", outs[:1], 1), ("all", outs[:1], workers), ("apart", outs, 1)]
    for name, into, of in runs:
        for out in outs:
            shutil.rmtree(out, ignore_errors=True)
        for watched in watch_all([measure(photos, out, "--workers", of) for out in into], work):
            checked(watched, work)
        rates[name] = sum(rate_a_minute(times_s(entries(out / "audit.jsonl"))) for out in into)
    for folder in [photos, *outs]:
        shutil.rmtree(folder, ignore_errors=True)
    return {"count": count, "workers": workers, **rates}


def memory(size_px: tuple[int, int], work: Path, count: int = 2) -> Measured:
    """Put photographs of a size through the command on two workers, at the scale that takes most memory."""
    photos, out = scale_tiles.make_photographs(work / "photos", size_px, count), work / "out"
    shutil.rmtree(out, ignore_errors=True)
    words = measure(photos, out, "--workers", 2, um_per_px=scale_tiles.WORKING_UM_PER_PX)
    watched = checked(watch(words, work), work)
    found = {
        "megapixels": size_px[0] * size_px[1] / 1e6,
        "size_px": list(size_px),
        "worker_mib": watched.worker_mib,
        "coordinator_mib": watched.coordinator.peak_mib,
        "out_bytes": size_bytes(out) / count,
    }
    shutil.rmtree(out)
    shutil.rmtree(photos)
    return found


def photograph_cost(work: Path, count: int = 20) -> Measured:
    """Seconds that a photograph of usual size takes on one worker, from the times at which they are done."""
    photos = scale_tiles.make_photographs(work / "photos", scale_tiles.PHOTOGRAPH_PX, count)
    out = work / "out"
    shutil.rmtree(out, ignore_errors=True)
    checked(watch(measure(photos, out, "--workers", 1), work), work)
    rate = rate_a_minute(times_s(entries(out / "audit.jsonl")))
    shutil.rmtree(out)
    shutil.rmtree(photos)
    return {"count": count, "worker_s": 60 / rate}


def storing_cost(work: Path, count: int = 300) -> Measured:
    """Seconds that storing a photograph's result takes, with results of photographs of usual size."""
    photos = scale_tiles.make_photographs(work / "photos", scale_tiles.PHOTOGRAPH_PX, PREPARED)
    out, names = work / "out", scale_tiles.repeat(sorted(photos.iterdir()), work / "names", count)
    shutil.rmtree(out, ignore_errors=True)
    watched = checked(watch(["store", *measure(names, out, "--workers", 1)], work, python=[STAND_IN]), work)
    rate = rate_a_minute(times_s(entries(out / "audit.jsonl")))
    found = {
        "count": count,
        "storing_s": 60 / rate,
        "coordinator_mib": watched.coordinator.peak_mib,
        "result_bytes": size_bytes(out) / count,
    }
    for folder in (photos, out, names):
        shutil.rmtree(folder)
    return found


def cluster_cost(tiles: list[Path], work: Path, count: int = 1000, workers: int = 2) -> Measured:
    """What a Dask cluster on this machine adds to photographs that cost nothing to measure."""
    photos = scale_tiles.repeat(tiles, work / "photos", count)
    out, local = work / "out", work / "local"
    for folder in (out, local):
        shutil.rmtree(folder, ignore_errors=True)
    alone = checked(watch(["free", *measure(photos, local, "--workers", workers)], work, python=[STAND_IN]), work)
    cluster = Cluster(work, workers)
    try:
        before = cluster.scheduler_cpu_s()
        command = ["free", *measure(photos, out, "--scheduler", cluster.address)]
        watched = checked(watch(command, work, python=[STAND_IN]), work)
        scheduler_cpu_s = cluster.scheduler_cpu_s() - before
    finally:
        cluster.stop()
    found = {
        "count": count,
        "workers": workers,
        "rate": rate_a_minute(times_s(entries(out / "audit.jsonl"))),
        "local_rate": rate_a_minute(times_s(entries(local / "audit.jsonl"))),
        "scheduler_s": scheduler_cpu_s / count,
        "client_s": max(0.0, watched.coordinator.cpu_s - alone.coordinator.cpu_s) / count,
        "local_coordinator_s": alone.coordinator.cpu_s / count,
    }
    for folder in (photos, out, local):
        shutil.rmtree(folder, ignore_errors=True)
    return found


class Cluster:
    """A Dask scheduler and its workers, one thread each, as processes of this machine; stop it when done."""

    def __init__(self, work: Path, workers: int) -> None:
        file = work / "scheduler.json"
        file.unlink(missing_ok=True)
        path = {"PYTHONPATH": str(Path(STAND_IN).parent)}
        program = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
        local = ["--host", "127.0.0.1", "--no-dashboard"]
        self.started = [start([*program, *local, "--port", "0", "--scheduler-file", str(file)], work, path)]
        self.address = _address(file)
        worker = [sys.executable, "-m", "distributed.cli.dask_worker", self.address, "--nthreads", "1", "--no-nanny"]
        self.started += [start([*worker, "--no-dashboard"], work, path) for _ in range(workers)]

    def scheduler_cpu_s(self) -> float:
        """Processor time of the scheduler until now."""
        return sum(process.cpu_s for process in self.started[0].processes().values())

    def stop(self) -> None:
        """End all of it."""
        for one in reversed(self.started):
            one.process.terminate()
            one.process.wait(60)


def _address(file: Path) -> str:
    """Wait for the scheduler to say where it listens."""
    import json

    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            return str(json.loads(file.read_text())["address"])
        except (OSError, ValueError, KeyError):
            time.sleep(0.1)
    raise RuntimeError(f"the scheduler did not start: see {file.with_name('printed.txt')}")


def tile_size(most: int, workers: int, within_s: float, sizes: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Choose the size of the tiles by what they cost on this machine, in a process of one thread."""
    from processes import in_processes

    costs = dict(zip(sizes, in_processes(scale_tiles.cost_s, [(size,) for size in sizes], 1), strict=True))
    return scale_tiles.chosen_size(costs, most, workers, within_s)
