"""Measure one photograph from file to rows and overlay; whatever goes wrong becomes a row with the reason."""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.batch.jobs import Job
from densitometer.batch.places import bytes_at
from densitometer.errors import DensitometerError
from densitometer.measure import Measurement
from densitometer.photo import Photo, decode_photo
from densitometer.results.keep import keep, shrunk_jpeg
from densitometer.results.made import made_of
from densitometer.results.record import PhotoResult
from densitometer.results.rows import hair_rows, measured_row, unmeasured_row
from densitometer.settings import Settings

Rgb = NDArray[np.uint8]
Draw = Callable[[Rgb, Measurement], Rgb]
Measure = Callable[..., Measurement]

_THUMBNAIL_PX = 240
_THUMBNAIL_QUALITY = 80
_PNG_LEVEL = 4


@dataclass(frozen=True)
class Task:
    """One photograph, and everything that a process needs to measure it; can be pickled.

    Attributes
    ----------
    job : Job
    settings : Settings
    draw : callable
        Draws the overlay from the pixels and the measurement; a function of a module.
    measure : callable
        Measures a photograph; called as :func:`densitometer.pipeline.measure_photo`.
    """

    job: Job
    settings: Settings
    draw: Draw
    measure: Measure


@dataclass(frozen=True)
class Outcome:
    """A result, and the traceback of an error that was not foreseen."""

    result: PhotoResult
    log: str = ""


def work(task: Task) -> Outcome:
    """Measure one photograph and draw its overlay; nothing is written.

    Raises
    ------
    MemoryError
        When there is not enough memory for it. Nothing else is raised.
    """
    done = _attempt(task)
    sha256 = done.result.row["sha256"]
    return replace(done, result=stamped(done.result, task.job, task.settings, str(sha256) if sha256 else None))


def stamped(result: PhotoResult, job: Job, settings: Settings, sha256: str | None) -> PhotoResult:
    """Return a result together with what it was made from and with."""
    try:
        return replace(result, made=made_of(sha256, job.um_per_px, job.from_visits, settings))
    except DensitometerError:  # the weights are missing, which is the reason of every photograph then
        return result


def unmeasured(job: Job, reason: str, sha256: str | None = None, photo: Photo | None = None) -> PhotoResult:
    """Result of a photograph that was not measured."""
    reason = reason.replace(str(job.path), job.photo)
    row = unmeasured_row(job.photo, reason, sha256, photo.rgb.shape if photo else None)
    thumbnail = _thumbnail(photo.rgb) if photo else None
    return PhotoResult(job.photo, {**row, **job.carried}, thumbnail_jpeg=thumbnail)


def png_of(rgb: Rgb) -> bytes:
    """Content of a PNG file that shows an 8-bit RGB array."""
    done, data = cv2.imencode(".png", np.ascontiguousarray(rgb[:, :, ::-1]), [cv2.IMWRITE_PNG_COMPRESSION, _PNG_LEVEL])
    if not done:
        raise RuntimeError("the picture could not be encoded")
    return bytes(data.tobytes())


def _attempt(task: Task) -> Outcome:
    """Measure one photograph, or say why it could not be, with as much of it as became known."""
    job, sha256, photo = task.job, None, None
    if job.reason is not None:
        return Outcome(unmeasured(job, job.reason))
    try:
        data = bytes_at(job.path)
        sha256 = hashlib.sha256(data).hexdigest()
        photo = decode_photo(data, task.settings.photo)
        return Outcome(_measured(task, photo))
    except DensitometerError as error:
        return Outcome(unmeasured(job, str(error), sha256, photo))
    except MemoryError:
        raise
    except Exception as error:
        reason = f"internal error: {type(error).__name__}: {error}; please report it"
        return Outcome(unmeasured(job, reason, sha256, photo), "".join(traceback.format_exception(error)))


def _measured(task: Task, photo: Photo) -> PhotoResult:
    job = task.job
    measurement = task.measure(
        photo, task.settings, stated_um_per_px=job.um_per_px, from_visits=job.from_visits
    )  # fmt: skip
    row = measured_row(job.photo, photo.sha256, photo.rgb.shape, measurement)
    overlay = png_of(task.draw(photo.rgb, measurement))
    return PhotoResult(
        job.photo,
        {**row, **job.carried},
        hair_rows(job.photo, measurement),
        thumbnail_jpeg=_thumbnail(photo.rgb),
        kept=keep(photo.rgb, measurement),
        overlay_png=overlay,
    )


def _thumbnail(rgb: Rgb) -> bytes:
    return shrunk_jpeg(rgb, _THUMBNAIL_PX, _THUMBNAIL_QUALITY)
