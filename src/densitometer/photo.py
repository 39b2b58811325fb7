"""Read a photograph: RGB pixels turned upright, the hash of the file, and what it says of its capture."""

from __future__ import annotations

import hashlib
import io
import math
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, TiffImagePlugin, UnidentifiedImageError

from densitometer.errors import PhotoError
from densitometer.quiet import quiet_libraries, quiet_stderr
from densitometer.resolution import trusted_um_per_px
from densitometer.samples import array_to_rgb, to_rgb
from densitometer.settings import PhotoSettings
from densitometer.tiff_pages import MOST_PAGES, page_areas

SUFFIXES: frozenset[str] = frozenset(
    {".jpg", ".jpeg", ".jpe", ".png", ".tif", ".tiff", ".bmp", ".webp", ".heic", ".heif"}
)
"""File name endings, in lower case, that a folder is searched for. What a file is, its content alone decides."""

_PILLOW_FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "WEBP")
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
_ORIENTATION = ExifTags.Base.Orientation
_BITS_PER_SAMPLE, _NEW_SUBFILE_TYPE, _DNG_VERSION, _PHOTOMETRIC = 258, 254, 50706, 262
_SIXTEEN = 16
_MOST_SAMPLES = 4
_MOST_SIDE_PX, _MOST_ASPECT = 32_000, 20
"""OpenCV samples from no longer side, and turning a strip takes memory for the square of its length."""
_READ_BY_TIFFFILE = frozenset({1, 8, 32773, 32946})
"""TIFF compressions (none, Deflate, PackBits) that tifffile reads without further libraries."""
_MARKER = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])", re.DOTALL)
_START_OF_SCAN, _END_OF_IMAGE = b"\xda", b"\xd9"
_MOST_SCANS = 200
"""Progressive JPEG has about ten."""
_SUPPORTED = "JPEG, PNG, TIFF, BMP, WebP or HEIC"
_DAMAGED = "the file is truncated or damaged; copy it from the camera again"


@dataclass(frozen=True)
class CaptureFacts:
    """What the file says of its own capture. Used inside only; never written to any output.

    Attributes
    ----------
    um_per_px : float or None
        From trustworthy resolution metadata, else None.
    """

    um_per_px: float | None = None


@dataclass(frozen=True)
class Photo:
    """A photograph as displayed.

    Attributes
    ----------
    rgb : uint8 array, shape (height, width, 3)
    sha256 : str
        Of the file's bytes as they were.
    capture : CaptureFacts
    """

    rgb: NDArray[np.uint8]
    sha256: str = ""
    capture: CaptureFacts = field(default_factory=CaptureFacts)


def read_photo(path: Path, settings: PhotoSettings = PhotoSettings()) -> Photo:
    """Read a photograph as it is displayed: EXIF orientation applied, RGB with 8 bits a sample.

    JPEG, PNG, TIFF, BMP and WebP are read, and HEIC where ``pillow-heif`` is installed. Of a JPEG with further
    pictures in it (MPO) the first is the photograph and is taken; a TIFF with several pages of one size, and an
    animation, are refused, for nobody could tell which of the pictures was measured. Colour profiles are not
    applied.

    Parameters
    ----------
    path : Path
    settings : PhotoSettings
        Limits on the size, checked against the file's header before anything is decoded.

    Raises
    ------
    PhotoError
        With one sentence, free of paths, for every file that cannot be read as a photograph.
    """
    return decode_photo(photo_bytes(Path(path)), settings)


def decode_photo(data: bytes, settings: PhotoSettings = PhotoSettings()) -> Photo:
    """Return the photograph that the content of a file holds, as :func:`read_photo` does.

    Raises
    ------
    PhotoError
        With one sentence for everything that is no photograph.
    """
    if not data:
        raise PhotoError("the file is empty (0 bytes); copy it from the camera again")
    with quiet_libraries(), _decoder(), quiet_stderr() if _is_tiff(data) else nullcontext():
        image = _open(data)
        size = image.size
        _check_size(size, settings)
        _check_single(image, data)
        orientation = _orientation(image)
        um_per_px = trusted_um_per_px(image)
        rgb = _deep_rgb(image, data, orientation)
        if rgb is None:
            image.load()
            # asked again: Pillow has turned a TIFF by now
            orientation = _orientation(image)
            if sorted(image.size) != sorted(size):
                raise PhotoError(_DAMAGED)
            rgb = to_rgb(image)
            image.close()  # its pixels take as much memory as ours
            rgb = _upright(rgb, orientation)
        rgb = np.ascontiguousarray(rgb)
    return Photo(rgb, hashlib.sha256(data).hexdigest(), CaptureFacts(um_per_px))


def photo_bytes(path: Path) -> bytes:
    """Return the content of a file.

    Raises
    ------
    PhotoError
        With one sentence, free of paths, when it cannot be read.
    """
    if path.is_dir():
        raise PhotoError("this is a folder, not a photograph; name the photographs in it, or the folder as a whole")
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise PhotoError("there is no such file; check its name") from error
    except PermissionError as error:
        raise PhotoError("the file may not be read; ask for permission to read it") from error
    except OSError as error:
        raise PhotoError(f"the file cannot be read ({error.strerror or 'input error'}); check the disk") from error


def _open(data: bytes) -> Image.Image:
    formats = _formats_of(data)
    try:
        return Image.open(io.BytesIO(data), formats=formats)
    except UnidentifiedImageError as error:
        if _is_tiff(data):
            sentence = "the TIFF file is damaged, or of a kind that is not read; save it as 8-bit or 16-bit RGB TIFF"
            raise PhotoError(sentence) from error
        raise PhotoError(_DAMAGED) from error


def _formats_of(data: bytes) -> tuple[str, ...]:
    """Pillow's formats to try; what is no picture of a kind that is read is refused before a decoder sees it."""
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        _register_heif()
        return ("HEIF",)
    if data[:4] in (b"II*\0", b"MM\0*") and data[8:10] == b"CR":
        raise PhotoError("the file is a camera's raw data; export it as JPEG or TIFF")
    pictures = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"BM")
    if data.startswith(pictures) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP"):
        return _PILLOW_FORMATS
    if data[128:132] == b"DICM":
        raise PhotoError("the file is a DICOM image, which is not read; export it as PNG or TIFF")
    if _is_text(data[:4096]):
        raise PhotoError(f"the file holds text, not a picture; give the photograph as {_SUPPORTED}")
    raise PhotoError(f"the file is of no picture format that is read; save the photograph as {_SUPPORTED}")


def _is_tiff(data: bytes) -> bool:
    return data.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"))


def _is_text(head: bytes) -> bool:
    text = head.decode("utf-8", errors="replace")
    return all(character.isprintable() or character in "\r\n\t\f" for character in text.rstrip("\ufffd"))


def _register_heif() -> None:
    try:
        from pillow_heif import register_heif_opener
    except ImportError as error:
        raise PhotoError("HEIC needs an extra library; run: pip install densitometer[heif]") from error
    register_heif_opener()


def _check_size(size: tuple[int, int], settings: PhotoSettings) -> None:
    width, height = size
    megapixels = width * height / 1e6
    if megapixels > settings.max_megapixels:
        raise PhotoError(
            f"the picture claims {width} x {height} px ({megapixels:.0f} megapixels), above the limit of "
            f"{settings.max_megapixels:g}; if it is genuine, raise max_megapixels in the settings"
        )
    if min(width, height) < settings.min_side_px:
        raise PhotoError(
            f"the picture is only {width} x {height} px, below the least side of {settings.min_side_px} px; "
            "give the photograph at full size"
        )
    if max(width, height) > min(_MOST_SIDE_PX, _MOST_ASPECT * min(width, height)):
        raise PhotoError(
            f"the picture of {width} x {height} px is a strip, not a photograph: sides may reach {_MOST_SIDE_PX} px, "
            f"and {_MOST_ASPECT} times the other; give the part that shows the skin"
        )


def _check_single(image: Image.Image, data: bytes) -> None:
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        if _DNG_VERSION in image.tag_v2 or any(kind & 1 for kind in _numbers(image, _NEW_SUBFILE_TYPE)):
            raise PhotoError("the file is a camera's raw data with a preview; export it as JPEG or TIFF")
        _check_pages(image.size, data)
    elif image.format in {"PNG", "WEBP"} and getattr(image, "is_animated", False):
        raise PhotoError("the file is an animation of several pictures; save the one to be measured on its own")
    elif image.format in {"JPEG", "MPO"}:
        if _scans(data) > _MOST_SCANS:
            raise PhotoError(_DAMAGED)
    elif image.format == "PNG" and image.size != struct.unpack(">II", data[16:24]):  # there is a second header
        raise PhotoError(_DAMAGED)


def _scans(data: bytes) -> int:
    """Count the scans of a JPEG file: a few bytes each, and each may cost as much time as a whole picture."""
    count, at = 0, 2
    while (marker := _MARKER.search(data, at)) and marker[1] != _END_OF_IMAGE:
        count += marker[1] == _START_OF_SCAN
        at = marker.end() + int.from_bytes(data[marker.end() : marker.end() + 2], "big")
    return count


def _numbers(image: TiffImagePlugin.TiffImageFile, tag: int) -> tuple[int, ...]:
    """Whole numbers of a tag, none where it is not there or holds something else."""
    value = image.tag_v2.get(tag, ())
    return tuple(part for part in (value if isinstance(value, tuple) else (value,)) if isinstance(part, int))


def _check_pages(size: tuple[int, int], data: bytes) -> None:
    areas = page_areas(data)
    # smaller further pages are thumbnails and pyramid levels of the first
    if any(area >= size[0] * size[1] for area in areas[1:]):
        count = f"{len(areas)}" if len(areas) < MOST_PAGES else f"{MOST_PAGES} or more"
        raise PhotoError(f"the TIFF file holds {count} pages; save the one to be measured on its own")


def _orientation(image: Image.Image) -> int:
    """EXIF orientation 1 to 8; a broken EXIF block must not cost the photograph."""
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # Pillow's parser raises whatever the broken bytes lead it to
        return 1
    return value if value in range(1, 9) else 1


def _deep_rgb(image: Image.Image, data: bytes, orientation: int) -> NDArray[np.uint8] | None:
    """Upright RGB of a 16-bit colour or grey file, or None for others; Pillow would cut its samples to 8 bits."""
    if image.format == "PNG" and data[24] == _SIXTEEN:
        samples = _by_opencv(data)
    elif isinstance(image, TiffImagePlugin.TiffImageFile) and _SIXTEEN in _numbers(image, _BITS_PER_SAMPLE):
        photometric = next(iter(_numbers(image, _PHOTOMETRIC)), None)
        if photometric not in {0, 1, 2}:
            raise PhotoError("the TIFF file holds 16-bit samples that are neither grey nor RGB; save it as RGB")
        samples = _deep_tiff(data, image.size)
        if photometric == 0:
            samples = 65535 - samples
    else:
        return None
    # the size may have been turned already
    if sorted(samples.shape[:2]) != sorted(image.size):
        raise PhotoError(_DAMAGED)
    return _upright(array_to_rgb(samples), orientation)


def _deep_tiff(data: bytes, size: tuple[int, int]) -> NDArray[np.generic]:
    """Samples of a 16-bit TIFF as stored, not turned upright."""
    import tifffile

    with tifffile.TiffFile(io.BytesIO(data)) as tiff:
        page = tiff.pages.first
        sides = [side for side in page.shape if isinstance(side, int)]  # of damaged tags come texts, too
        if len(sides) < len(page.shape) or math.prod(sides) > _MOST_SAMPLES * size[0] * size[1]:
            raise PhotoError(_DAMAGED)
        if page.compression in _READ_BY_TIFFFILE:
            samples = page.asarray()
            planar = page.axes.startswith("S")
            return np.moveaxis(samples, 0, -1) if planar else samples
        tag = page.tags.get(int(_ORIENTATION))
        where = tag.valueoffset if tag is not None else None
        one = b"\1\0" if tiff.byteorder == "<" else b"\0\1"
    # tifffile reads LZW only with a further library. OpenCV reads it, and turns the picture in some versions only:
    # it is told that the picture is upright.
    if where is not None:
        data = data[:where] + one + data[where + 2 :]
    return _by_opencv(data)


def _by_opencv(data: bytes) -> NDArray[np.generic]:
    with quiet_stderr():
        samples = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if samples is None:
        raise PhotoError(_DAMAGED)
    if samples.ndim == 3:
        blue = samples[..., 0].copy()
        samples[..., 0] = samples[..., 2]
        samples[..., 2] = blue
    return samples


def _upright(rgb: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Turn an array as EXIF orientation 1 to 8 says; 5 to 8 swap its sides."""
    if orientation >= 5:
        rgb = rgb.transpose(1, 0, 2)
    if orientation in {2, 3, 6, 7}:
        rgb = rgb[:, ::-1]
    if orientation in {3, 4, 7, 8}:
        rgb = rgb[::-1]
    return rgb


@contextmanager
def _decoder() -> Iterator[None]:
    """Turn whatever a decoder raises over a broken file into PhotoError, but let our own mistakes through."""
    try:
        yield
    except PhotoError:
        raise
    except MemoryError as error:
        raise PhotoError("the picture does not fit into memory; free some, or give it smaller") from error
    except (OSError, cv2.error) as error:
        raise PhotoError(_DAMAGED) from error
    except Exception as error:
        if _raised_in_package(error):
            raise
        raise PhotoError(_DAMAGED) from error


def _raised_in_package(error: BaseException) -> bool:
    """Whether the error arose in this package's own code rather than inside a library that it called."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and Path(trace.tb_frame.f_code.co_filename).parent == Path(__file__).parent
