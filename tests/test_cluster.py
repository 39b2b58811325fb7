"""Measuring on a Dask cluster of real processes, some of which are killed."""

from __future__ import annotations

import logging
import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from densitometer.batch import Job, measure_batch
from densitometer.batch import cluster as of_cluster
from densitometer.batch.cluster_checks import Probe
from densitometer.errors import DensitometerError
from densitometer.photo import Photo
from densitometer.processes.elsewhere import ask_a_child
from densitometer.processes.inside import RETURNED
from densitometer.results import PhotoResult
from densitometer.results.made import installed_version, made_of
from densitometer.settings import Settings
from fakes import FINE, HANG, KILL, UNFIT, fake_draw, fake_measure, make_photo

pytest.importorskip("distributed")
posix = pytest.mark.skipif(os.name != "posix", reason="kills processes as POSIX systems do")

from cluster_processes import LocalCluster, kill, local_cluster, wait_for_workers  # noqa: E402


def slow_measure(photo: Photo, *args: Any, **kwargs: Any) -> Any:
    time.sleep(0.15)
    return fake_measure(photo, *args, **kwargs)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    with local_cluster(tmp_path_factory.mktemp("cluster"), workers=2) as started:
        wait_for_workers(started.address, 2)
        yield started


def batch(jobs: list[Job], **more: Any) -> Any:
    return measure_batch(jobs, Settings(), **{"workers": 1, "draw": fake_draw, "measure": fake_measure, **more})


def in_order(results: Any, jobs: list[Job]) -> list[PhotoResult]:
    places = {job.photo: place for place, job in enumerate(jobs)}
    return sorted(results, key=lambda result: places[result.photo])


def jobs_of(folder: Path, *orders: tuple[int, int, int]) -> list[Job]:
    return [
        Job(f"{i}.png", make_photo(folder / f"{i}.png", order, grey=100 + i), 5.0) for i, order in enumerate(orders)
    ]


@pytest.mark.slow
def test_a_cluster_gives_what_one_process_gives(
    cluster: LocalCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    jobs = jobs_of(tmp_path, FINE, UNFIT, FINE, KILL, FINE, HANG)
    jobs += [Job("gone.png", tmp_path / "gone.png"), Job("known.png", tmp_path, reason="it is broken")]
    jobs += [Job("at.png", f"file://{jobs[0].path}", 5.0)]
    monkeypatch.chdir(tmp_path)
    jobs[2] = replace(jobs[2], path=Path("2.png"))  # the workers run in another folder
    threads = threading.active_count()
    there = in_order(batch(jobs, scheduler=cluster.address, time_limit_s=3), jobs)
    assert there == in_order(batch(jobs, time_limit_s=3), jobs)
    assert [result.measured for result in there] == [True, False, True, False, True, False, False, False, True]
    assert "ended from outside" in str(there[3].row["reason"])
    assert "longer than 3 s" in str(there[5].row["reason"])
    assert not [record for record in caplog.records if record.name.startswith("distributed")]
    assert threading.active_count() <= threads + 2  # Dask keeps a thread or two of its own


@pytest.mark.slow
def test_stopping_finishes_what_was_begun(cluster: LocalCluster, tmp_path: Path) -> None:
    stop = threading.Event()
    results = batch(jobs_of(tmp_path, *[FINE] * 30), scheduler=cluster.address, stop=stop)
    done = [next(results)]
    stop.set()
    done += results
    assert all(result.measured for result in done)
    assert len(done) <= 8
    with closing(batch(jobs_of(tmp_path, FINE, HANG), scheduler=cluster.address, time_limit_s=3)) as left:
        assert next(left).measured


def test_a_photograph_that_the_workers_do_not_find_stops_before_the_first(
    cluster: LocalCluster, tmp_path: Path
) -> None:
    import fsspec

    data = make_photo(tmp_path / "a.png").read_bytes()
    fsspec.filesystem("memory").pipe("/in/a.png", data)  # memory of this process alone
    with pytest.raises(DensitometerError, match=r"worker tcp://127\.0\.0\.1:\d+ cannot read a\.png: there is no such"):
        list(batch([Job("a.png", "memory://in/a.png")], scheduler=cluster.address))


def test_what_cannot_be_used_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_cluster, "_CONNECT_S", 1)
    jobs = jobs_of(tmp_path, FINE)
    with pytest.raises(DensitometerError, match="there is no Dask scheduler at tcp://127.0.0.1:9; check the address"):
        list(batch(jobs, scheduler="tcp://127.0.0.1:9"))
    with pytest.raises(DensitometerError, match="there is no Dask scheduler at nonsense://x; check the address"):
        list(batch(jobs, scheduler="nonsense://x"))
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(DensitometerError, match=r"run: pip install densitometer\[cluster\]"):
        list(batch(jobs, scheduler="tcp://127.0.0.1:9"))


@pytest.mark.slow
@posix
def test_workers_come_and_go_and_so_does_the_scheduler(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = jobs_of(tmp_path / "in", *[FINE] * 24)
    here = in_order(batch(jobs), jobs)
    with local_cluster(tmp_path / "cluster", workers=0) as cluster:
        with pytest.raises(DensitometerError, match=f"at {cluster.address} has no workers; start some: dask worker"):
            next(batch(jobs, scheduler=cluster.address))
        first = cluster.add_worker()
        cluster.add_worker()
        wait_for_workers(cluster.address, 2)
        results = batch(jobs, measure=slow_measure, scheduler=cluster.address)
        done = [next(results) for _ in range(4)]
        children = children_of(first.pid)
        kill(first)
        done += results
        assert in_order(done, jobs) == here
        assert children
        gone_soon(children)
        results = batch(jobs, measure=slow_measure, scheduler=cluster.address)
        assert next(results).measured
        kill(cluster.scheduler)
        with pytest.raises(DensitometerError, match=f"the scheduler at {cluster.address} was lost; what was measured"):
            list(results)
    assert not [record for record in caplog.records if record.levelno > logging.WARNING]


@pytest.mark.slow
@posix
def test_a_worker_that_comes_later_without_the_photographs_is_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    jobs = [replace(job, path=f"file://~/{job.photo}") for job in jobs_of(here, *[FINE] * 30)]
    elsewhere.mkdir()
    monkeypatch.setenv("HOME", str(here))
    with local_cluster(tmp_path / "cluster", workers=1) as cluster:
        wait_for_workers(cluster.address, 1)
        results = batch(jobs, measure=slow_measure, scheduler=cluster.address)
        done = [next(results)]
        for home in (elsewhere, here):
            monkeypatch.setenv("HOME", str(home))
            cluster.add_worker()
        wait_for_workers(cluster.address, 3)
        done += results
    assert len(done) == 30
    assert all(result.measured for result in done)
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert "cannot read 0.png: there is no such file" in warnings[0]
    assert warnings[0].endswith("it is left out")


class FakeCluster:
    """Workers by address, with the hash of the photograph as each of them reads it."""

    status = "running"

    def __init__(self, **workers: str) -> None:
        self.workers, self.asked = workers, list[str]()

    def nthreads(self) -> dict[str, int]:
        return dict.fromkeys(self.workers, 1)

    def run(self, function: Any, *_: Any, workers: list[str] | None = None, **__: Any) -> dict[str, Any]:
        named = list(self.workers) if workers is None else workers
        if function is not ask_a_child:
            return dict.fromkeys(named, installed_version("densitometer"))
        self.asked += named
        made = made_of(None, None, False, Settings())
        return {name: RETURNED + pickle.dumps((made, self.workers[name], None)) for name in named}


def test_every_worker_is_asked_before_its_first_photograph(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    cluster = FakeCluster(one="right")
    monkeypatch.setattr(of_cluster, "_LOOK_EVERY_S", 0)
    workers = of_cluster._Workers(cast("Any", cluster), "tcp://x", Probe("a.png", "a.png", "right"), Settings())
    assert workers.first_problem() == ""
    cluster.workers |= {"two": "right", "three": "other"}
    assert workers.room() == workers.room() == 4
    assert workers.good == {"one", "two"}
    assert sorted(cluster.asked) == ["one", "three", "two"]
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        "the worker three cannot read a.png"
    ]
    del cluster.workers["one"], cluster.workers["two"]
    assert workers.room() == 0
    cluster.workers |= {"one": "other", "three": "right"}  # it was started anew, elsewhere
    monkeypatch.setattr(of_cluster, "_ASK_AGAIN_S", -1)
    assert workers.room() == 2
    assert workers.good == {"three"}


def test_waiting_for_a_worker_takes_no_time_of_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []

    class Gone:
        scheduler, good = "tcp://x", frozenset[str]()

        def room(self) -> int:
            looks.append(1)
            if len(looks) > 3:
                raise DensitometerError("all are gone")
            return 0

    monkeypatch.setattr(of_cluster, "_HEED_S", 0.1)
    began = time.monotonic()
    with pytest.raises(DensitometerError, match="all are gone"):
        list(of_cluster._outcomes(cast("Any", None), cast("Any", Gone()), Settings(), None, threading.Event(), [], 1))
    assert time.monotonic() - began > 0.25


def test_another_photograph_is_asked_for_where_the_first_cannot_be_read(tmp_path: Path) -> None:
    (readable,) = jobs_of(tmp_path, FINE)
    probe = Probe.of([Job("gone.png", tmp_path / "gone.png"), Job("known.png", tmp_path, reason="broken"), readable])
    assert probe.photo == "0.png"
    assert probe.sha256
    assert Probe.of([]) == Probe("", None, None)


@pytest.mark.slow
@posix
def test_other_versions_are_refused_by_name(tmp_path: Path) -> None:
    stale = tmp_path / "stale" / "densitometer-0.0.1.dist-info"
    stale.mkdir(parents=True)
    (stale / "METADATA").write_text("Metadata-Version: 2.1\nName: densitometer\nVersion: 0.0.1\n")
    other = tmp_path / "other" / "scipy-1.0.0.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: scipy\nVersion: 1.0.0\n")
    jobs = jobs_of(tmp_path / "in", FINE)
    with local_cluster(tmp_path / "cluster", workers=0) as cluster:
        worker = cluster.add_worker(str(stale.parent))
        wait_for_workers(cluster.address, 1)
        with pytest.raises(DensitometerError, match=r"the worker tcp://\S+ has densitometer 0\.0\.1, this is 0\.\d"):
            list(batch(jobs, scheduler=cluster.address))
        kill(worker)
        cluster.add_worker(str(other.parent))
        wait_for_workers(cluster.address, 1)
        with pytest.raises(DensitometerError, match=r"other versions: scipy 1\.0\.0 there, 1\.\d+\.\d+ here"):
            list(batch(jobs, scheduler=cluster.address))


def children_of(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    return [int(line.split()[0]) for line in listed.splitlines() if int(line.split()[1]) == pid]


def gone_soon(pids: list[int]) -> None:
    """Wait until processes are gone, or are only waiting to be cleared away."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        listed = subprocess.run(["ps", "-A", "-o", "pid=,stat="], capture_output=True, text=True, check=True).stdout
        alive = {int(line.split()[0]) for line in listed.splitlines() if not line.split()[1].startswith("Z")}
        if not alive & set(pids):
            return
        time.sleep(0.05)
    raise AssertionError("a worker that was killed left a process behind")
