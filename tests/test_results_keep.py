from __future__ import annotations

import io
import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from densitometer.errors import ResultsError
from densitometer.field import Field
from densitometer.photo import read_photo
from densitometer.results import PhotoResult, Record
from densitometer.results.keep import keep, sight
from densitometer.results.rows import hair_rows, measured_row
from densitometer.visits.view import view_of
from fakes import fake_measure, make_photo


@pytest.fixture
def record(tmp_path: Path) -> Record:  # type: ignore[misc]
    """Record of one photograph of 80 x 70 px at 5 um per px, named a.png, and one without a scale, b.png."""
    photo = read_photo(make_photo(tmp_path / "a.png"))
    made = Record.create(tmp_path / "results.sqlite")
    for name, scale in (("a.png", 5.0), ("b.png", None)):
        measurement = fake_measure(photo, stated_um_per_px=scale)
        row = measured_row(name, photo.sha256, photo.rgb.shape, measurement)
        made.add(PhotoResult(name, row, hair_rows(name, measurement), kept=keep(photo.rgb, measurement)))
    yield made
    made.close()


def test_the_view_of_the_record_is_that_of_the_measurement(record: Record, tmp_path: Path) -> None:
    measured = view_of("a.png", fake_measure(read_photo(tmp_path / "a.png"), stated_um_per_px=5.0))
    kept = sight(record, "a.png").view
    assert measured is not None
    for name in vars(measured).keys() - {"prepared", "picture_um_per_px"}:  # of the picture: see below
        np.testing.assert_array_equal(getattr(kept, name), getattr(measured, name), err_msg=name)


def test_without_a_scale_there_is_no_view(record: Record) -> None:
    with pytest.raises(ResultsError, match="b.png has no scale; state it with --um-per-px or in visits.csv"):
        sight(record, "b.png")


def test_the_picture_is_the_photograph_with_its_scale(record: Record, tmp_path: Path) -> None:
    seen = sight(record, "a.png")
    assert seen.um_per_px == seen.view.picture_um_per_px == 5.0
    assert np.abs(seen.rgb.astype(int) - read_photo(tmp_path / "a.png").rgb)[20:].mean() < 3
    assert seen.view.prepared is not None


def test_the_scale_of_a_smaller_picture_is_its_own(tmp_path: Path) -> None:
    photo = read_photo(make_photo(tmp_path / "a.png"))
    rgb = np.repeat(np.repeat(photo.rgb, 40, axis=0), 40, axis=1)
    measurement = fake_measure(photo, stated_um_per_px=5.0)
    measurement = replace(measurement, field=Field(np.ones(rgb.shape[:2], bool), np.zeros(rgb.shape[:2], bool)))
    made = Record.create(tmp_path / "results.sqlite")
    row = measured_row("a.png", photo.sha256, rgb.shape, measurement)
    made.add(PhotoResult("a.png", row, hair_rows("a.png", measurement), kept=keep(rgb, measurement)))
    seen = sight(made, "a.png")
    made.close()
    assert (seen.rgb.shape, seen.um_per_px, seen.view.um_per_px) == ((1400, 1600, 3), 10.0, 5.0)
    assert seen.view.area_cm2 == pytest.approx(2800 * 3200 * 0.0005**2, rel=0.01)


def test_a_large_photograph_is_kept_smaller_and_a_mask_costs_next_to_nothing(tmp_path: Path) -> None:
    photo = read_photo(make_photo(tmp_path / "a.png"))
    rgb = np.repeat(np.repeat(photo.rgb, 40, axis=0), 40, axis=1)
    measurement = fake_measure(photo)
    kept = keep(rgb, measurement)
    with Image.open(io.BytesIO(kept.view_jpeg)) as image:
        assert image.size == (1600, 1400)
        assert not image.getexif()
    with Image.open(io.BytesIO(kept.mask_png)) as image:
        assert image.mode == "1"
        assert image.size == (80, 70)


def test_a_record_of_an_earlier_version_says_what_to_do(record: Record, tmp_path: Path) -> None:
    record.close()
    connection = sqlite3.connect(tmp_path / "results.sqlite")
    connection.execute("DROP TABLE kept")
    connection.commit()
    connection.close()
    old = Record.read(tmp_path / "results.sqlite")
    with pytest.raises(ResultsError, match="of a.png nothing was kept .*; measure the photographs again"):
        sight(old, "a.png")
    old.close()
