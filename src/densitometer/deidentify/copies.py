"""Make a copy of a photograph from its pixels alone, and tell whether it shows text."""

from __future__ import annotations

import hashlib
import traceback
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.deidentify.burned_in import Box, burned_in, mask_of
from densitometer.errors import PhotoError
from densitometer.photo import decode_photo, photo_bytes
from densitometer.print_mask import BLANK_RGB
from densitometer.scale_bar import ScaleBar, find_bar

Rgb = NDArray[np.uint8]

_PNG_LEVEL = 4
_ROUNDS = 3
"""Text is looked for again when what was found is painted over, for it may have hidden other text."""
_MARGIN_PX = 3
_LENGTH_PX = 8
"""Text that reaches no further beyond a scale bar with its length is that length."""
_AGREE = 0.01
_NO_MEMORY = "there was not enough memory to read it; free some, or use fewer --workers"
_CHANGED = "the file was changed while it was read; run the command again"


@dataclass(frozen=True)
class Task:
    """One photograph to copy; can be pickled.

    Attributes
    ----------
    name : str
        Path of the copy within the folder of copies.
    path : Path
        Where the photograph lies.
    sha256 : str
        Of its content, as the key has it.
    blank : bool
        Whether to paint over burned-in text.
    reason : str
        Why it cannot be read, where that is known already.
    """

    name: str
    path: Path
    sha256: str
    blank: bool
    reason: str = ""


@dataclass(frozen=True)
class Copy:
    """What became of a photograph.

    Attributes
    ----------
    name : str
    png : bytes or None
        Content of the copy; None where there is none.
    reason : str
        Why there is none, without any name.
    text_regions : int
        How many regions of burned-in text were found, without the length of a scale bar.
    blanked : bool
        Whether they were painted over.
    text_left : bool
        Whether there is text in spite of that.
    um_per_px : float or None
        Scale that measuring the photograph would find and that its copy does not show: from trusted metadata, or from
        a printed bar that was painted over.
    log : str
        Traceback of an error that was not foreseen; for the screen alone, since it may hold names.
    """

    name: str
    png: bytes | None = None
    reason: str = ""
    text_regions: int = 0
    blanked: bool = False
    text_left: bool = False
    um_per_px: float | None = None
    log: str = ""


def copy_of(task: Task) -> Copy:
    """Read a photograph and encode its pixels anew, as PNG; nothing is written, and nothing is raised for a file."""
    if task.reason:
        return Copy(task.name, reason=task.reason)
    try:
        data = photo_bytes(task.path)
        if hashlib.sha256(data).hexdigest() != task.sha256:
            return Copy(task.name, reason=_CHANGED)
        photo = decode_photo(data)
        return _copied(task, photo.rgb, photo.capture.um_per_px)
    except PhotoError as error:
        return Copy(task.name, reason=error.reason)
    except MemoryError:
        return Copy(task.name, reason=_NO_MEMORY)
    except Exception as error:  # whose text may hold a path
        reason = f"internal error: {type(error).__name__}; please report it"
        return Copy(task.name, reason=reason, log="".join(traceback.format_exception(error)))


def png_of(rgb: Rgb) -> bytes:
    """Content of a PNG file that holds 8-bit RGB pixels and nothing else."""
    done, data = cv2.imencode(".png", np.ascontiguousarray(rgb[:, :, ::-1]), [cv2.IMWRITE_PNG_COMPRESSION, _PNG_LEVEL])
    if not done:
        raise RuntimeError("the picture could not be encoded")
    return bytes(data.tobytes())


def without_text(rgb: Rgb, bar: ScaleBar | None) -> tuple[Rgb, bool]:
    """Paint over burned-in text, but not over a scale bar and its length.

    Parameters
    ----------
    rgb : uint8 array, shape (height, width, 3)
        Left as it is.
    bar : ScaleBar or None
        What is to be spared.

    Returns
    -------
    rgb : uint8 array, shape (height, width, 3)
    left : bool
        Whether text is still found.
    """
    painted = rgb.copy()
    spared = _spared(rgb.shape[:2], bar)
    for _ in range(_ROUNDS):
        hidden = _unpainted(painted, bar, spared)
        if not hidden.any():
            return painted, False
        painted[hidden] = BLANK_RGB
    return painted, bool(_unpainted(painted, bar, spared).any())


def _telling(boxes: tuple[Box, ...], bar: ScaleBar | None) -> tuple[Box, ...]:
    """Text other than the length of a scale bar."""
    return boxes if bar is None else tuple(box for box in boxes if not _is_length(box, bar.box))


def _is_length(box: Box, bar: Box) -> bool:
    (x0, y0, x1, y1), (left, top, right, bottom) = box, bar
    return x0 >= left - _LENGTH_PX and y0 >= top - _LENGTH_PX and x1 <= right + _LENGTH_PX and y1 <= bottom + _LENGTH_PX


def _unpainted(rgb: Rgb, bar: ScaleBar | None, spared: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where text is found that is neither spared nor painted over."""
    return mask_of(_telling(burned_in(rgb), bar), rgb.shape) & ~spared & (rgb != BLANK_RGB).any(axis=2)


def _copied(task: Task, rgb: Rgb, filed_um_per_px: float | None) -> Copy:
    some = burned_in(rgb)
    bar = find_bar(rgb) if some or filed_um_per_px is not None else None
    texts = _telling(some, bar)
    lost = filed_um_per_px if bar is None else None  # a bar goes before metadata, and the copy shows it, too
    blank, left = task.blank and bool(texts), False
    if blank:
        before = rgb
        rgb, left = without_text(rgb, bar)
        blank = not np.array_equal(rgb, before)
        if bar is not None and not _same_bar(bar, find_bar(rgb)):
            lost = bar.um_per_px
    return Copy(task.name, png_of(rgb), "", _regions(texts, rgb.shape), blank, left, lost)


def _regions(texts: tuple[Box, ...], shape: tuple[int, ...]) -> int:
    """How many places there are: what is found twice, or overlaps, is one."""
    return cv2.connectedComponents(mask_of(texts, shape).astype(np.uint8))[0] - 1 if texts else 0


def _same_bar(bar: ScaleBar, other: ScaleBar | None) -> bool:
    return other is not None and abs(other.um_per_px / bar.um_per_px - 1) <= _AGREE


def _spared(shape: tuple[int, ...], bar: ScaleBar | None) -> NDArray[np.bool_]:
    """Where a bar and its length stand."""
    mask = np.zeros(shape, np.uint8)
    if bar is not None:
        x0, y0, x1, y1 = bar.box
        mask[max(0, y0 - _MARGIN_PX) : y1 + _MARGIN_PX, max(0, x0 - _MARGIN_PX) : x1 + _MARGIN_PX] = 1
        for a, b, c, d in bar.segments:
            cv2.line(mask, (round(a), round(b)), (round(c), round(d)), 1, thickness=2 * _MARGIN_PX + 1)
    return mask > 0
