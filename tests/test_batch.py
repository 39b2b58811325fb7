from __future__ import annotations

import hashlib
import io
import logging
import os
import signal
import subprocess
import threading
from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from densitometer.batch import Job, measure_batch
from densitometer.batch.hashes import hashes
from densitometer.photo import Photo
from densitometer.processes import child
from densitometer.results import PhotoResult
from densitometer.results.made import made_of
from densitometer.settings import Settings
from fakes import BUG, FINE, GREEDY, HANG, KILL, UNFIT, fake_draw, fake_measure, make_photo

Process = subprocess.Popen[bytes]


def start(jobs: list[Job], workers: int = 1, **more: Any) -> Generator[PhotoResult, None, None]:
    return measure_batch(jobs, Settings(), workers=workers, **{"draw": fake_draw, "measure": fake_measure, **more})


def run(jobs: list[Job], workers: int = 1, **more: Any) -> list[PhotoResult]:
    """Results in the order of the jobs."""
    places = {job.photo: place for place, job in enumerate(jobs)}
    results = list(start(jobs, workers, **more))
    assert len(results) == len(jobs)
    return sorted(results, key=lambda result: places[result.photo])


def jobs_of(folder: Path, *orders: tuple[int, int, int], **more: Any) -> list[Job]:
    return [
        Job(f"{i}.png", make_photo(folder / f"{i}.png", order, grey=100 + i), **more) for i, order in enumerate(orders)
    ]


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_photograph_becomes_a_row_hairs_an_overlay_and_a_thumbnail(tmp_path: Path) -> None:
    (job,) = jobs_of(tmp_path, FINE, um_per_px=5.0, from_visits=True, carried={"subject": "7"})
    (result,) = run([job])
    row = result.row
    assert (row["photo"], row["sha256"], row["status"], row["reason"]) == ("0.png", sha256(job.path), "measured", "")
    assert (row["um_per_px"], row["scale_source"], row["subject"]) == (5.0, "visits", "7")
    assert (row["width_px"], row["height_px"], row["hair_count"]) == (80, 70, 1)
    assert row["mean_width_um"] is None  # not a number means not measured
    assert type(row["hair_count"]) is int
    assert type(row["density_per_cm2"]) is float
    first, second = result.hairs
    assert (first["hair"], first["length_px"], first["length_mm"], first["width_um"]) == (1, 30.0, 0.15, 22.5)
    assert (second["counted"], second["width_um"], second["flags"]) == (0, None, "root_unclear;low_confidence")
    assert result.overlay is None  # nothing is written
    assert result.overlay_png is not None
    with Image.open(io.BytesIO(result.overlay_png)) as overlay, Image.open(job.path) as photo:
        assert np.array_equal(np.asarray(overlay), 255 - np.asarray(photo))


def test_without_a_scale_lengths_and_widths_are_empty(tmp_path: Path) -> None:
    (result,) = run(jobs_of(tmp_path, FINE))
    assert (result.row["um_per_px"], result.row["scale_source"], result.row["flags"]) == (
        None,
        "none",
        "no_scale;few_hairs",
    )
    assert (result.hairs[0]["length_mm"], result.hairs[0]["width_um"]) == (None, None)
    assert result.hairs[0]["width_px"] == 4.5


def test_the_thumbnail_is_small(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    Image.new("RGB", (640, 320), (10, 200, 30)).save(path)
    (result,) = run([Job("large.png", path)])
    assert result.thumbnail_jpeg is not None
    thumbnail = cv2.imdecode(np.frombuffer(result.thumbnail_jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert thumbnail.shape == (120, 240, 3)
    assert np.abs(thumbnail[60, 120].astype(int) - (30, 200, 10)).max() < 6  # blue, green, red


@pytest.mark.parametrize("workers", [1, 2])
def test_whatever_goes_wrong_becomes_a_row_and_the_rest_goes_on(
    tmp_path: Path, workers: int, caplog: pytest.LogCaptureFixture
) -> None:
    jobs = jobs_of(tmp_path, FINE, BUG, UNFIT, GREEDY, FINE)
    text = tmp_path / "text.jpg"
    text.write_text("no picture")
    jobs += [Job("text.jpg", text), Job("gone.jpg", tmp_path / "gone.jpg"), Job("folder.jpg", tmp_path)]
    jobs += [Job("known.jpg", tmp_path / "0.png", reason="it is broken", carried={"subject": "7"})]
    results = run(jobs, workers)
    assert [result.photo for result in results] == [job.photo for job in jobs]
    reasons = {result.photo: result.row["reason"] for result in results}
    assert reasons["0.png"] == reasons["4.png"] == ""
    assert reasons["1.png"] == "internal error: ValueError: something broke; please report it"
    assert reasons["2.png"] == "it cannot be measured; take it again"
    assert "memory" in str(reasons["3.png"])
    assert reasons["known.jpg"] == "it is broken"
    assert all(result.row["reason"] for result in results[5:])
    assert str(tmp_path) not in str(reasons)
    hashes = {result.photo: result.row["sha256"] for result in results}
    assert (hashes["1.png"], hashes["text.jpg"], hashes["gone.jpg"]) == (sha256(jobs[1].path), sha256(text), None)
    for result in results:
        if not result.measured:
            assert result.row["hair_count"] is None
            assert (result.hairs, result.overlay_png) == ((), None)
    assert results[-1].row["subject"] == "7"
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "1.png" in record.getMessage()
    assert 'raise ValueError("something' in record.getMessage()  # the traceback


def test_results_tell_what_they_were_made_from(tmp_path: Path) -> None:
    jobs = jobs_of(tmp_path, FINE, UNFIT, KILL, um_per_px=5.0)
    for job, result in zip(jobs, run(jobs), strict=True):
        assert result.made == made_of(sha256(job.path), 5.0, False, Settings())
    (lost,) = run([Job("gone.png", tmp_path / "gone.png")])
    assert lost.made == made_of(None, None, False, Settings())


@pytest.mark.parametrize("workers", [1, 2])
def test_a_killed_process_costs_one_photograph(tmp_path: Path, workers: int) -> None:
    orders = [FINE] * 9
    orders[1] = orders[6] = KILL
    results = run(jobs_of(tmp_path, *orders), workers)
    assert [result.measured for result in results] == [order == FINE for order in orders]
    assert "ended from outside" in str(results[1].row["reason"])
    assert results[1].row["sha256"] == sha256(tmp_path / "1.png")


def test_a_process_that_crashes_is_told_from_one_that_is_killed(tmp_path: Path) -> None:
    (result,) = run(jobs_of(tmp_path, FINE), measure=_crash)
    assert "crashed, twice" in str(result.row["reason"])


def _crash(*args: Any, **kwargs: Any) -> Any:
    os.abort()


def test_what_was_killed_is_tried_again_after_all_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("DENSITOMETER_TEST_MARK", str(tmp_path / "mark"))
    jobs = jobs_of(tmp_path, KILL, *[FINE] * 5)
    results = list(start(jobs, workers=2, measure=_killed_once))
    assert all(result.measured for result in results)
    assert results[-1].photo == "0.png"
    told = "0.png: the process that measured it ended; it is tried again after the others"
    assert [record.getMessage() for record in caplog.records] == [told]


def _killed_once(photo: Photo, *args: Any, **kwargs: Any) -> Any:
    mark = Path(os.environ["DENSITOMETER_TEST_MARK"])
    if tuple(photo.rgb[0, 0]) == KILL:
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        photo = replace(photo, rgb=photo.rgb[1:])
    return fake_measure(photo, *args, **kwargs)


def test_a_photograph_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    results = run(jobs_of(tmp_path, FINE, HANG, FINE, FINE), time_limit_s=5)
    assert [result.measured for result in results] == [True, False, True, True]
    reason = str(results[1].row["reason"])
    assert reason == "it took longer than 5 s; allow more with --time-limit, or leave it out"
    assert results[1].row["sha256"] == sha256(tmp_path / "1.png")


def test_two_processes_give_what_one_gives(tmp_path: Path) -> None:
    jobs = jobs_of(tmp_path, FINE, UNFIT, FINE, BUG, FINE, um_per_px=5.0)
    assert run(jobs, 1) == run(jobs, 2)


def test_results_come_as_they_are_done(tmp_path: Path) -> None:
    jobs = jobs_of(tmp_path, HANG, FINE, FINE, FINE)
    with closing(start(jobs, workers=2)) as results:
        assert {next(results).photo for _ in range(3)} == {"1.png", "2.png", "3.png"}


def test_photographs_may_lie_at_addresses(tmp_path: Path) -> None:
    (job,) = jobs_of(tmp_path, FINE)
    address = f"file://{job.path}"
    here, there = run([job])[0], run([replace(job, path=address)])[0]
    assert there == here
    (gone,) = run([replace(job, path=address + ".gone")])
    assert gone.row["reason"] == "there is no such file; check its name"


def test_a_value_that_is_not_in_the_dictionary_is_told_not_dropped(tmp_path: Path) -> None:
    (result,) = run(jobs_of(tmp_path, FINE), measure=_with_stray_value)
    assert "stray" in str(result.row["reason"])


def _with_stray_value(*args: Any, **kwargs: Any) -> Any:
    return replace(fake_measure(*args, **kwargs), values={"stray": 1})


def test_stopping_finishes_what_was_begun(tmp_path: Path) -> None:
    stop = threading.Event()
    results = start([*jobs_of(tmp_path, *[FINE] * 40), Job("known.png", tmp_path, reason="it is broken")], 2, stop=stop)
    done = [next(results), next(results)]
    stop.set()
    done += results
    assert done[0].photo == "known.png"
    assert all(result.measured for result in done[1:])
    assert 2 <= len(done) < 12
    assert list(start(jobs_of(tmp_path, FINE), stop=stop)) == []


def test_what_died_is_not_tried_again_once_stopped(tmp_path: Path) -> None:
    stop = threading.Event()
    results = start(jobs_of(tmp_path, FINE, KILL), stop=stop)
    assert next(results).photo == "0.png"
    stop.set()
    assert list(results) == []


def test_leaving_ends_all_processes_and_threads_at_once(tmp_path: Path, started: list[Process]) -> None:
    threads = threading.active_count()
    with closing(start(jobs_of(tmp_path, FINE, HANG, HANG), workers=3)) as results:
        assert next(results).photo == "0.png"
        assert len(started) == 3
    assert all(process.returncode is not None for process in started)
    assert threading.active_count() == threads


def test_leaving_while_a_process_starts_ends_it_too(
    tmp_path: Path, started: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "_BOOT", "import time; time.sleep(3600)")
    results = start([Job("known.png", tmp_path, reason="it is broken"), *jobs_of(tmp_path, FINE)])
    assert next(results).photo == "known.png"
    presses = threading.Timer(0.5, signal.raise_signal, [signal.SIGINT])
    presses.start()
    with pytest.raises(KeyboardInterrupt):
        next(results)
    presses.join()
    assert started
    assert all(process.returncode is not None for process in started)


def test_ctrl_c_while_waiting_ends_all_processes_at_once(tmp_path: Path, started: list[Process]) -> None:
    results = start(jobs_of(tmp_path, FINE, HANG), workers=2)
    assert next(results).photo == "0.png"
    presses = threading.Timer(0.2, signal.raise_signal, [signal.SIGINT])
    presses.start()
    with pytest.raises(KeyboardInterrupt):
        next(results)
    presses.join()
    assert all(process.returncode is not None for process in started)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Process]:
    """Child processes that were started."""
    processes: list[Process] = []

    def noting(*args: Any, **kwargs: Any) -> Process:
        processes.append(subprocess.Popen(*args, **kwargs))
        return processes[-1]

    monkeypatch.setattr(child, "Popen", noting)
    return processes


def test_no_photographs_no_results(tmp_path: Path) -> None:
    assert run([]) == []


def test_hashes_are_in_order_and_empty_for_what_cannot_be_read(tmp_path: Path) -> None:
    files = [make_photo(tmp_path / f"{i}.png", grey=i) for i in range(100)]
    places: list[Path | str] = [*files, tmp_path, tmp_path / "gone.png", f"file://{files[7]}", "file:///gone.png"]
    found = list(hashes(places))
    assert found == [*map(sha256, files), None, None, sha256(files[7]), None]
    with closing(hashes(places)) as some:
        assert next(some) == sha256(files[0])
