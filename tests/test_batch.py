from __future__ import annotations

import functools
import hashlib
import logging
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from densitometer.batch import Job, measure_batch
from densitometer.errors import ResultsError
from densitometer.results import PhotoResult
from densitometer.settings import Settings
from fakes import BUG, FINE, GREEDY, KILL, STOP, UNFIT, fake_draw, fake_measure, make_photo


def run(jobs: list[Job], out: Path, workers: int = 1, **more: Any) -> list[PhotoResult]:
    (out / "overlays").mkdir(parents=True, exist_ok=True)
    more = {"draw": fake_draw, "measure": fake_measure, **more}
    return list(measure_batch(jobs, Settings(), workers=workers, out=out, **more))


def jobs_of(folder: Path, *orders: tuple[int, int, int], **more: Any) -> list[Job]:
    return [
        Job(f"{i}.png", make_photo(folder / f"{i}.png", order, grey=100 + i), **more) for i, order in enumerate(orders)
    ]


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_photograph_becomes_a_row_hairs_an_overlay_and_a_thumbnail(tmp_path: Path) -> None:
    (job,) = jobs_of(tmp_path, FINE, um_per_px=5.0, from_visits=True, carried={"subject": "7"})
    (result,) = run([job], tmp_path / "out")
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
    assert result.overlay == "overlays/0.png.png"
    with Image.open(tmp_path / "out" / result.overlay) as overlay, Image.open(job.path) as photo:
        assert np.array_equal(np.asarray(overlay), 255 - np.asarray(photo))


def test_without_a_scale_lengths_and_widths_are_empty(tmp_path: Path) -> None:
    (result,) = run(jobs_of(tmp_path, FINE), tmp_path / "out")
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
    (result,) = run([Job("large.png", path)], tmp_path / "out")
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
    results = run(jobs, tmp_path / "out", workers)
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
            assert (result.hairs, result.overlay) == ((), None)
    assert results[-1].row["subject"] == "7"
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "1.png" in record.getMessage()
    assert 'raise ValueError("something' in record.getMessage()  # the traceback


def test_a_killed_process_costs_one_photograph(tmp_path: Path) -> None:
    orders = [FINE] * 9
    orders[1] = orders[6] = KILL
    results = run(jobs_of(tmp_path, *orders), tmp_path / "out", workers=2)
    assert [result.measured for result in results] == [order == FINE for order in orders]
    assert [result.photo for result in results] == [f"{i}.png" for i in range(9)]
    assert "ended from outside" in str(results[1].row["reason"])
    assert results[1].row["sha256"] == sha256(tmp_path / "1.png")


def test_two_processes_give_what_one_gives(tmp_path: Path) -> None:
    jobs = jobs_of(tmp_path, FINE, UNFIT, FINE, BUG, FINE, um_per_px=5.0)
    one, two = run(jobs, tmp_path / "1", 1), run(jobs, tmp_path / "2", 2)
    assert one == two
    for result in one:
        if result.overlay:
            assert (tmp_path / "1" / result.overlay).read_bytes() == (tmp_path / "2" / result.overlay).read_bytes()


def test_an_overlay_that_cannot_be_written_ends_the_batch(tmp_path: Path) -> None:
    jobs = jobs_of(tmp_path, FINE, FINE)
    for workers in (1, 2):
        batch = measure_batch(
            jobs, Settings(), workers=workers, out=tmp_path / "none", draw=fake_draw, measure=fake_measure
        )
        with pytest.raises(ResultsError, match="cannot be written"):
            list(batch)


def test_a_value_that_is_not_in_the_dictionary_is_told_not_dropped(tmp_path: Path) -> None:
    (result,) = run(jobs_of(tmp_path, FINE), tmp_path / "out", measure=_with_stray_value)
    assert "stray" in str(result.row["reason"])


def _with_stray_value(*args: Any, **kwargs: Any) -> Any:
    from dataclasses import replace

    return replace(fake_measure(*args, **kwargs), values={"stray": 1})


def test_stopping_leaves_no_process_and_the_threads_as_they_were(tmp_path: Path) -> None:
    threads = cv2.getNumThreads()
    (tmp_path / "overlays").mkdir()
    start = functools.partial(measure_batch, settings=Settings(), out=tmp_path, draw=fake_draw, measure=fake_measure)
    stopping = start(jobs_of(tmp_path, FINE, STOP, FINE), workers=1)
    assert next(stopping).measured
    with pytest.raises(KeyboardInterrupt):
        next(stopping)
    assert cv2.getNumThreads() == threads
    left = start(jobs_of(tmp_path, *[FINE] * 8), workers=2)
    assert next(left).measured
    left.close()
    import multiprocessing

    assert multiprocessing.active_children() == []


def test_no_photographs_no_results(tmp_path: Path) -> None:
    assert run([], tmp_path) == []
