"""Give a fuzzed input to the package as a user would, and judge what comes back."""

from __future__ import annotations

import io
import math
import tempfile
import traceback
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from zlib import crc32

import numpy as np
from PIL import Image

from densitometer.errors import DensitometerError
from densitometer.photo import Photo, read_photo
from densitometer.pipeline import measure_photo
from densitometer.quiet import quiet_libraries
from densitometer.report.overlay import draw_overlay
from densitometer.results.keep import keep
from densitometer.results.rows import hair_rows, measured_row
from densitometer.settings import PhotoSettings, Settings
from densitometer.visits.table import read_visits
from fuzz_seeds import IMAGES

LONGEST_REASON = 500
"""Characters of a reason; a table or settings may list the first problems of many."""
LONGEST_LIST = 8000 + 200
SCALES = (None, 0.1, 0.5, 2.0, 5.56, 5.56, 16.0)
MOST_MEASURED_PX = 300_000


@dataclass(frozen=True)
class Outcome:
    """What became of one input.

    Attributes
    ----------
    what : str
        "read", "refused" (with a sane reason), or what is wrong: "error" (any other exception), "text" (a reason that
        no line of a terminal should show), "dishonest" (a picture that is not what its header says).
    detail : str
        The reason, or the traceback.
    measured : str
        "" where it was not measured; "measured", "refused", or "error".
    """

    what: str
    detail: str = ""
    measured: str = ""


class DishonestError(Exception):
    """What was read cannot be what the input holds."""


def outcome_of(kind: str, data: bytes, *, measure_one_in: int = 0) -> Outcome:
    """Read an input; of pictures that could be read, measure one in so many.

    Which are measured depends on their bytes alone.
    """
    try:
        photo = _read_picture(data) if kind in IMAGES else READERS[kind](data)
    except DensitometerError as error:
        wrong = wrong_text(str(error), LONGEST_REASON if kind in IMAGES else LONGEST_LIST)
        return Outcome("text", f"{wrong}: {str(error)[:2000]!r}") if wrong else Outcome("refused", str(error))
    except DishonestError as error:
        return Outcome("dishonest", str(error))
    except Exception:
        return Outcome("error", traceback.format_exc())
    dice = crc32(data)
    if not isinstance(photo, Photo) or not measure_one_in or dice % measure_one_in:
        return Outcome("read")
    return _measured(photo, Random(dice)) if photo.rgb.size <= 3 * MOST_MEASURED_PX else Outcome("read")


def wrong_text(text: str, longest: int) -> str:
    """Say what is wrong with a text for a user's terminal; empty where nothing is."""
    if not text.strip():
        return "no text"
    if len(text) > longest:
        return f"{len(text)} characters"
    odd = {unicodedata.name(letter, f"U+{ord(letter):04X}") for letter in text if not letter.isprintable()}
    return f"holds {', '.join(sorted(odd))}" if odd else ""


def _read_picture(data: bytes) -> Photo:
    limits = PhotoSettings()
    with _file(data, ".jpg") as path:
        photo = read_photo(path, limits)
    rgb = photo.rgb
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3:
        raise DishonestError(f"{rgb.dtype} {rgb.shape}")
    high, wide = rgb.shape[:2]
    if min(high, wide) < limits.min_side_px or high * wide > limits.max_megapixels * 1e6:
        raise DishonestError(f"{wide} x {high} px is not within the limits")
    claimed = claimed_size(data)
    if claimed is not None and sorted(claimed) != sorted((high, wide)):
        raise DishonestError(f"{wide} x {high} px, and the header says {claimed[0]} x {claimed[1]}")
    um_per_px = photo.capture.um_per_px
    if um_per_px is not None and not (isinstance(um_per_px, float) and 0.5 <= um_per_px <= 50):
        raise DishonestError(f"{um_per_px!r} um per px")
    return photo


def claimed_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in the header, by Pillow where our own look at it does not tell; None where nothing does."""
    if data.startswith(b"\x89PNG") and data[12:16] == b"IHDR":
        return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    with quiet_libraries():
        try:
            return Image.open(io.BytesIO(data)).size
        except Exception:
            return None


def _measured(photo: Photo, random: Random) -> Outcome:
    settings = Settings(method=random.choice(("network", "ridge")))
    try:
        check_measured(photo, settings, random.choice(SCALES))
    except DensitometerError as error:
        wrong = wrong_text(str(error), LONGEST_REASON)
        return Outcome("read", wrong, "error" if wrong else "refused")
    except Exception:
        return Outcome("read", traceback.format_exc(), "error")
    return Outcome("read", "", "measured")


def check_measured(photo: Photo, settings: Settings, um_per_px: float | None) -> None:
    """Measure a photograph up to its rows, its overlay and what is kept of it; every number must be finite.

    Raises
    ------
    DensitometerError
        When the photograph cannot be measured.
    DishonestError
        When a number is not finite, or the overlay is not of the photograph's size.
    """
    measurement = measure_photo(photo, settings, stated_um_per_px=um_per_px)
    rows = [measured_row("a.jpg", photo.sha256, photo.rgb.shape, measurement), *hair_rows("a.jpg", measurement)]
    odd = {name for row in rows for name, cell in row.items() if isinstance(cell, float) and not math.isfinite(cell)}
    if odd:
        raise DishonestError(f"not finite: {', '.join(sorted(odd))}")
    if draw_overlay(photo.rgb, measurement).shape != photo.rgb.shape:
        raise DishonestError("the overlay is of another size")
    keep(photo.rgb, measurement)


def _read_table(data: bytes) -> object:
    with _file(data, ".csv") as path:
        return read_visits(path)


def _read_workbook(data: bytes) -> object:
    with _file(data, ".xlsx") as path:
        return read_visits(path)


def _read_settings(data: bytes) -> object:
    with _file(data, ".toml") as path:
        return Settings.from_toml(path).sha256


def _read_pattern(data: bytes) -> object:
    from densitometer.visits.name_pattern import visits_of_names

    names = ["S01_vertex_1_2.jpg", "v1/S01-2024-03-01.jpg", "v2/" + "a" * 100 + ".png", "_.jpg", "Ä b_c_2_3.tif"]
    return visits_of_names(names, data.decode("utf-8", errors="replace"))


READERS: dict[str, Callable[[bytes], object]] = {
    "csv": _read_table, "xlsx": _read_workbook, "toml": _read_settings, "pattern": _read_pattern,
}  # fmt: skip


class _file:  # noqa: N801  a context manager
    """A file of these bytes, in memory where the machine has such a place."""

    def __init__(self, data: bytes, suffix: str) -> None:
        folder = "/dev/shm" if Path("/dev/shm").is_dir() else None
        with tempfile.NamedTemporaryFile(suffix=suffix, dir=folder, delete=False) as file:
            file.write(data)
        self.path = Path(file.name)

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *_: object) -> None:
        self.path.unlink()
