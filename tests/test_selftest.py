"""The self-test passes where the method works and fails where it is broken."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from densitometer.errors import ResultsError
from densitometer.hairs import Hair
from densitometer.measure import Measurement
from densitometer.photo import Photo, read_photo
from densitometer.pipeline import measure_photo
from densitometer.selftest import (
    Check,
    Measure,
    SelfTest,
    cases,
    record_text,
    refuse_taken,
    run_selftest,
    write_selftest,
)
from densitometer.settings import Settings
from densitometer.synthetic import render_scene


@cache
def measured(picture: bytes, um_per_px: float | None) -> Measurement:
    return measure_photo(Photo(np.frombuffer(picture, np.uint8).reshape(512, 640, 3)), stated_um_per_px=um_per_px)


def as_always(photo: Photo, *, stated_um_per_px: float | None = None) -> Measurement:
    """What is measured, remembered, for tests that spoil it afterwards."""
    return measured(photo.rgb.tobytes(), stated_um_per_px)


@cache
def passing() -> SelfTest:
    return run_selftest(measure=as_always)


@pytest.fixture(autouse=True, scope="module")
def _render_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("densitometer.selftest.render_scene", cache(render_scene))
        yield


def failed(outcome: SelfTest) -> set[str]:
    return {check.name for check in outcome.checks if not check.passed}


def test_it_passes() -> None:
    assert failed(passing()) == set()
    assert passing().passed
    assert {"densitometer", "python", "numpy", "opencv-python-headless"} <= passing().versions.keys()


def test_seeds_that_the_limits_were_not_taken_from_pass_too() -> None:
    assert failed(run_selftest(5000)) == set()


def wrong_scale(photo: Photo, *, stated_um_per_px: float | None = None) -> Measurement:
    return measure_photo(photo, stated_um_per_px=stated_um_per_px and 1.15 * stated_um_per_px)


def half_the_hairs(photo: Photo, *, stated_um_per_px: float | None = None) -> Measurement:
    usual = as_always(photo, stated_um_per_px=stated_um_per_px)
    kept = (replace(hair, counted=hair.counted and k % 2 == 0) for k, hair in enumerate(usual.hairs))
    return replace(usual, hairs=tuple(kept))


def turned_round(photo: Photo, *, stated_um_per_px: float | None = None) -> Measurement:
    usual = as_always(photo, stated_um_per_px=stated_um_per_px)
    return replace(usual, hairs=tuple(replace(hair, points_px=hair.points_px[::-1]) for hair in usual.hairs))


def guessed_scale(photo: Photo, *, stated_um_per_px: float | None = None) -> Measurement:
    return as_always(photo, stated_um_per_px=stated_um_per_px or 6.0)


def blurred(photo: Photo, *, stated_um_per_px: float | None = None) -> Measurement:
    return measure_photo(replace(photo, rgb=cv2.GaussianBlur(photo.rgb, (0, 0), 4)), stated_um_per_px=stated_um_per_px)


def crippled(photo: Photo, *, stated_um_per_px: float | None = None) -> Measurement:
    settings = Settings()
    settings = replace(settings, vectors=replace(settings.vectors, least_score=0.9, smooth_um=30.0))
    return measure_photo(photo, settings, stated_um_per_px=stated_um_per_px)


def inventive(photo: Photo, *, stated_um_per_px: float | None = None) -> Measurement:
    usual = as_always(photo, stated_um_per_px=stated_um_per_px)
    made_up = Hair(np.array([[50.0, 50.0], [90.0, 90.0]]), np.array([12.0, 12.0]), 0.9, 0.9)
    return replace(usual, hairs=(*usual.hairs, *[made_up] * 4))


def restless(photo: Photo, *, stated_um_per_px: float | None = None) -> Measurement:
    usual = as_always(photo, stated_um_per_px=stated_um_per_px)
    return replace(usual, values=usual.values | {"hair_count": np.random.default_rng().integers(1_000_000)})


@cache
def broken(measure: Measure) -> SelfTest:
    return run_selftest(measure=measure)


@pytest.mark.parametrize(
    ("measure", "name"),
    [
        (wrong_scale, "area"),
        (wrong_scale, "dark hair: width"),
        (wrong_scale, "dark hair: density"),
        (half_the_hairs, "dark hair: count"),
        (half_the_hairs, "light hair on dark skin: hairs found and right"),
        (turned_round, "dark hair: root at the right end"),
        (guessed_scale, "no scale: densities and widths given"),
        (blurred, "printed bar: pictures in which it was read"),
        (crippled, "dark hair: count"),
        (inventive, "bare skin: hairs found"),
        (restless, "measured twice: numbers that differ"),
    ],
)
def test_what_is_broken_fails(measure: Measure, name: str) -> None:
    assert name in failed(broken(measure))


def test_every_check_can_fail() -> None:
    for check in passing().checks:
        assert not Check(check.name, None, check.low, check.high).passed
        assert not Check(check.name, check.high + 0.1, check.low, check.high).passed
        assert not Check(check.name, float("nan"), check.low, check.high).passed


def test_the_record_is_the_same_on_every_run(tmp_path: Path) -> None:
    write_selftest(passing(), tmp_path / "out")
    record = json.loads((tmp_path / "out" / "selftest.json").read_text(encoding="utf-8"))
    assert record["passed"] is True
    assert [check["name"] for check in record["checks"]] == [check.name for check in passing().checks]
    pictures = {path.name for path in (tmp_path / "out").glob("*.jpg")}
    assert {item["picture"] for item in record["pictures"]} == pictures
    assert len(pictures) == len(cases())
    assert read_photo(tmp_path / "out" / sorted(pictures)[0]).rgb.shape == (512, 640, 3)
    again = replace(run_selftest(), ran_at=passing().ran_at, host=passing().host)  # measured anew
    assert record_text(again) == record_text(passing())


def test_the_record_says_when_and_where_it_ran(tmp_path: Path) -> None:
    record = json.loads(record_text(passing()))
    age = datetime.now(UTC) - datetime.fromisoformat(record["ran_at"])
    assert timedelta(seconds=-1) <= age < timedelta(hours=1)
    assert record["host"] == platform.node()


@pytest.mark.parametrize("name", ["selftest.json", "selftest_bare_1.jpg"])
def test_a_record_is_never_replaced(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("kept", encoding="utf-8")
    for refused in (lambda: refuse_taken(tmp_path), lambda: write_selftest(passing(), tmp_path)):
        with pytest.raises(ResultsError, match=f"{name} is of an earlier self-test .*choose another folder for -o"):
            refused()
    assert [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()] == ["kept"]


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ResultsError, match="choose another folder for -o"):
        write_selftest(passing(), tmp_path / "file")
