"""Measure one photograph from file to rows and overlay; whatever goes wrong becomes a row with the reason."""

from __future__ import annotations

import hashlib
import os
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.batch.jobs import Job
from densitometer.errors import DensitometerError, PhotoError, ResultsError
from densitometer.measure import Measurement
from densitometer.photo import Photo, read_photo
from densitometer.results.keep import keep, shrunk_jpeg
from densitometer.results.record import PhotoResult
from densitometer.results.rows import hair_rows, measured_row, unmeasured_row
from densitometer.settings import Settings

Rgb = NDArray[np.uint8]
Draw = Callable[[Rgb, Measurement], Rgb]
Measure = Callable[..., Measurement]

_THUMBNAIL_PX = 240
_THUMBNAIL_QUALITY = 80
_PNG_LEVEL = 4
_NO_MEMORY = "there was not enough memory for it; measure it alone, with --workers 1"


@dataclass(frozen=True)
class Task:
    """One photograph, and everything that a process needs to measure it; can be pickled.

    Attributes
    ----------
    job : Job
    settings : Settings
    out : Path
        Folder that the overlay's path is relative to.
    overlay : str
        Path of the overlay, relative to ``out``.
    draw : callable
        Draws the overlay from the pixels and the measurement; a function of a module.
    measure : callable
        Measures a photograph; called as :func:`densitometer.pipeline.measure_photo`.
    """

    job: Job
    settings: Settings
    out: Path
    overlay: str
    draw: Draw
    measure: Measure


@dataclass(frozen=True)
class Outcome:
    """A result, and the traceback of an error that was not foreseen."""

    result: PhotoResult
    log: str = ""


def work(task: Task) -> Outcome:
    """Measure one photograph and write its overlay.

    Raises
    ------
    ResultsError
        When the overlay cannot be written: the run cannot go on then. Nothing else is raised.
    """
    job = task.job
    if job.reason is not None:
        return Outcome(unmeasured(job, job.reason))
    try:
        photo = read_photo(job.path, task.settings.photo)
    except PhotoError as error:
        return Outcome(unmeasured(job, error.reason))
    except MemoryError:
        return Outcome(unmeasured(job, _NO_MEMORY))
    except Exception as error:
        return _unforeseen(job, error)
    try:
        return Outcome(_measured(task, photo))
    except ResultsError:
        raise
    except DensitometerError as error:
        return Outcome(unmeasured(job, str(error), photo))
    except MemoryError:
        return Outcome(unmeasured(job, _NO_MEMORY, photo))
    except Exception as error:
        return _unforeseen(job, error, photo)


def unmeasured(job: Job, reason: str, photo: Photo | None = None) -> PhotoResult:
    """Result of a photograph that was not measured; its hash is given wherever the file can be read."""
    reason = reason.replace(str(job.path), job.photo)
    sha256 = photo.sha256 if photo else None if job.reason is not None else _sha256(job.path)
    row = unmeasured_row(job.photo, reason, sha256, photo.rgb.shape if photo else None)
    thumbnail = _thumbnail(photo.rgb) if photo else None
    return PhotoResult(job.photo, {**row, **job.carried}, thumbnail_jpeg=thumbnail)


def _measured(task: Task, photo: Photo) -> PhotoResult:
    job = task.job
    measurement = task.measure(
        photo, task.settings, stated_um_per_px=job.um_per_px, from_visits=job.from_visits
    )  # fmt: skip
    row = measured_row(job.photo, photo.sha256, photo.rgb.shape, measurement)
    hairs = hair_rows(job.photo, measurement)
    write_png(task.out / task.overlay, task.draw(photo.rgb, measurement))
    kept = keep(photo.rgb, measurement)
    return PhotoResult(job.photo, {**row, **job.carried}, hairs, task.overlay, _thumbnail(photo.rgb), kept)


def _unforeseen(job: Job, error: Exception, photo: Photo | None = None) -> Outcome:
    reason = f"internal error: {type(error).__name__}: {error}; please report it"
    return Outcome(unmeasured(job, reason, photo), "".join(traceback.format_exception(error)))


def _sha256(path: Path) -> str | None:
    """Hash of a file's bytes; None when it cannot be read."""
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return None


def _thumbnail(rgb: Rgb) -> bytes:
    return shrunk_jpeg(rgb, _THUMBNAIL_PX, _THUMBNAIL_QUALITY)


def write_png(path: Path, rgb: Rgb) -> None:
    """Write an 8-bit RGB array as PNG, whole or not at all.

    Raises
    ------
    ResultsError
        When the file cannot be written.
    """
    done, data = cv2.imencode(".png", np.ascontiguousarray(rgb[:, :, ::-1]), [cv2.IMWRITE_PNG_COMPRESSION, _PNG_LEVEL])
    if not done:
        raise RuntimeError("the picture could not be encoded")
    partial = path.with_name(path.name + ".part")
    try:
        partial.write_bytes(data.tobytes())
        os.replace(partial, path)
    except OSError as error:
        raise ResultsError(f"{path} cannot be written: {error.strerror}; is the disk full?") from error
