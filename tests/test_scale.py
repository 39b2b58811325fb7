"""Scale: bars drawn with known answers, what must not be read, and the real photographs where they are at hand."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from densitometer.errors import ScaleError
from densitometer.glyphs import classify
from densitometer.photo import CaptureFacts, Photo
from densitometer.report.scale_picture import draw_bar
from densitometer.scale import Scale, ScaleBar, find_bar, find_scale

REAL = Path(__file__).resolve().parents[2] / "shared" / "real"
Rgb = NDArray[np.uint8]


def skin(seed: int = 0, hairs: int = 6, height: int = 480, width: int = 640) -> Rgb:
    """Mottled skin with slanted dark hairs in its upper part, away from where the tests draw bars."""
    rng = np.random.default_rng(seed)
    mottle = cv2.GaussianBlur(rng.normal(0, 60, (height, width)).astype(np.float32), (0, 0), 3)
    rgb = np.clip(150 + mottle[..., None] + np.array([30, 5, -10]), 0, 255).astype(np.uint8)
    for _ in range(hairs):
        x, y, turn = rng.uniform(20, width - 20), rng.uniform(20, height * 0.3), rng.uniform(0.3, 1.2)
        tip = (int(x + 40 * math.cos(turn)), int(y + 40 * math.sin(turn)))
        cv2.line(rgb, (int(x), int(y)), tip, (40, 30, 25), 9, cv2.LINE_AA)
    return cv2.GaussianBlur(rgb, (0, 0), 0.8)


def write(rgb: Rgb, text: str, at: tuple[int, int], size: int = 20, colour: int = 0) -> Rgb:
    picture = Image.fromarray(rgb)
    font = ImageFont.load_default(size)
    ImageDraw.Draw(picture).text(at, text, fill=(colour,) * 3, font=font)
    return np.array(picture)


def with_bar(
    rgb: Rgb, label: str = "1 mm", *, length: int = 200, thick: int = 2, colour: int = 0, shape: str = "plain"
) -> Rgb:
    """Draw a bar from (120, 380) to the right, its label below it."""
    rgb = rgb.copy()
    x, y = 120, 380
    rgb[y : y + thick, x : x + length] = colour
    if shape == "ticks":
        for end in (x, x + length - thick):
            rgb[y - 8 : y + thick + 8, end : end + thick] = colour
    if shape == "ell":
        rgb[y + thick - length : y + thick, x : x + thick] = colour
    return write(rgb, label, (x + 30, y + 18), size=24, colour=colour)


def like_microscope(rgb: Rgb) -> Rgb:
    """Draw an L of 180 px whose light "1.0 mm" stands in a translucent dark box at the right, as microscopes do."""
    rgb = rgb.copy()
    rgb[420, 18:198] = 48
    rgb[240:421, 18] = 48
    rgb[405:426, 204:268] //= 2
    return write(rgb, "1.0 mm", (210, 406), size=16, colour=250)


@pytest.mark.parametrize(
    ("label", "length_mm"),
    [
        ("1 mm", 1.0),
        ("1.0 mm", 1.0),
        ("0.5 mm", 0.5),
        ("2 mm", 2.0),
        ("500 um", 0.5),
        ("200 um", 0.2),
        ("0.25mm", 0.25),
    ],
)
@pytest.mark.parametrize("colour", [0, 255])
def test_label_and_length_are_read(label: str, length_mm: float, colour: int) -> None:
    bar = find_bar(with_bar(skin(), label, colour=colour))
    assert bar is not None
    assert bar.length_mm == pytest.approx(length_mm)
    assert bar.length_px == pytest.approx(200, abs=1)
    assert 0 < bar.length_sd_px < 2


def test_micro_sign_is_read() -> None:
    size = 24
    blank = write(np.full((80, 120, 3), 255, np.uint8), "200 um", (10, 10), size=size)
    ink = 255 - blank[..., 0]
    columns = np.flatnonzero(ink.max(axis=0) > 127)
    starts = columns[np.flatnonzero(np.diff(columns, prepend=-9) > 1)]
    u, rows = int(starts[3]), np.flatnonzero(ink[:, int(starts[3])] > 127)
    rgb = with_bar(skin(), "200 um")
    # a micro sign is a "u" whose left stem goes on below the line
    shift_x, shift_y = 150 - 10, 398 - 10
    rgb[shift_y + int(rows[0]) : shift_y + int(rows[-1]) + 7, shift_x + u : shift_x + u + 2] = 0
    bar = find_bar(rgb)
    assert bar is not None
    assert bar.length_mm == pytest.approx(0.2)


@pytest.mark.parametrize("shape", ["plain", "ticks", "ell"])
@pytest.mark.parametrize("thick", [1, 2, 5, 9])
def test_shapes_and_line_widths(shape: str, thick: int) -> None:
    bar = find_bar(with_bar(skin(1), thick=thick, shape=shape))
    assert bar is not None
    # between the middles of two ticks, from the middle of a corner, or over all of a plain bar
    expected = {"plain": 200, "ticks": 200 - thick, "ell": 200 - thick / 2}[shape]
    assert bar.length_px == pytest.approx(expected, abs=1.5)
    assert len(bar.segments) == (2 if shape == "ell" else 1)


def test_bar_of_a_microscope_program() -> None:
    bar = find_bar(like_microscope(skin(2)))
    assert bar is not None
    assert bar.label == "1.0 mm"
    assert bar.um_per_px == pytest.approx(1000 / 180, rel=0.005)
    x0, y0, x1, y1 = bar.box
    assert 204 < x0 < x1 < 268
    assert 405 <= y0 < y1 <= 426


@pytest.mark.parametrize("factor", [0.5, 0.75, 1.5, 2.0])
@pytest.mark.parametrize("how", [cv2.INTER_AREA, cv2.INTER_CUBIC])
def test_rescaled_picture_gives_rescaled_scale_or_none(factor: float, how: int) -> None:
    bar = find_bar(cv2.resize(like_microscope(skin(3)), None, fx=factor, fy=factor, interpolation=how))
    assert bar is None or bar.um_per_px == pytest.approx(1000 / 180 / factor, rel=0.02)


def test_hairs_across_the_bar() -> None:
    rgb = like_microscope(skin(4))
    for x in (60, 120):
        cv2.line(rgb, (x, 390), (x + 25, 450), (35, 28, 25), 10, cv2.LINE_AA)
    bar = find_bar(rgb)
    assert bar is not None
    assert bar.length_px == pytest.approx(180, rel=0.02)


def test_poor_jpeg() -> None:
    coded = cv2.imencode(".jpg", with_bar(skin(5), thick=3), [cv2.IMWRITE_JPEG_QUALITY, 30])[1]
    bar = find_bar(np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8))
    assert bar is not None
    assert bar.length_px == pytest.approx(200, abs=2)


def _spoilt() -> dict[str, Rgb]:
    whole = like_microscope(skin(6))
    clean = skin(6)
    spoilt = {"skin alone": clean, "mirrored": whole[:, ::-1], "upside down": whole[::-1], "turned": np.rot90(whole)}
    spoilt |= {"cut at its left": whole[:, 60:], "cut at its right": whole[:, :197], "cut above the label": whole[:418]}
    spoilt |= {"one arm cut": whole[300:], "stretched": cv2.resize(whole, None, fx=1.1, fy=1.0)}
    patches = {
        "label covered": (slice(400, 430), slice(200, 280)),
        "number covered": (slice(400, 430), slice(206, 236)),
        "first digit covered": (slice(400, 430), slice(206, 219)),
        "unit covered": (slice(400, 430), slice(237, 270)),
        "bar gone": (slice(230, 430), slice(0, 203)),
        "right half of the bar covered": (slice(400, 430), slice(110, 203)),
        "left half of the bar covered": (slice(400, 430), slice(0, 100)),
        "upper half of the upright covered": (slice(230, 330), slice(5, 40)),
    }
    for name, where in patches.items():
        spoilt[name] = whole.copy()
        spoilt[name][where] = clean[where]
    for name, label in {"no unit": "100", "no number": "mm", "magnification": "70x", "radius": "r = 2.522 mm"}.items():
        spoilt[name] = with_bar(clean, label)
    spoilt["unusual number"] = with_bar(clean, "37 mm")
    spoilt["two bars of two scales"] = with_bar(whole, "2 mm", length=100)
    framed = write(clean, "1 mm", (150, 300), size=24)
    cv2.rectangle(framed, (140, 296), (230, 330), (0, 0, 0), 1)
    spoilt["label in a frame, no bar"] = framed
    dark = whole.copy()
    cv2.circle(dark, (190, 420), 14, (35, 28, 25), -1)
    spoilt["end beneath a blot"] = dark[260:]
    return spoilt


SPOILT = _spoilt()


@pytest.mark.parametrize("name", SPOILT)
def test_no_bar_rather_than_a_wrong_one(name: str) -> None:
    assert find_bar(np.ascontiguousarray(SPOILT[name])) is None


@pytest.mark.parametrize("character", "0123456789m")
def test_rendered_glyphs_are_told_apart(character: str) -> None:
    # another size and weight than the templates have
    heights = {}
    glyphs = {}
    for text in ("0", character):
        ink = write(np.zeros((60, 60, 3), np.uint8), text, (10, 10), size=21, colour=255)[..., 0]
        rows, columns = np.flatnonzero(ink.max(axis=1) > 127), np.flatnonzero(ink.max(axis=0) > 127)
        glyphs[text] = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float32) / 255
        heights[text] = (len(glyphs[text]), int(rows[-1]))
    drop = heights[character][1] - heights["0"][1]
    assert classify(glyphs[character], heights["0"][0], drop) == character


def test_nonsense_glyph_is_no_character() -> None:
    noise = np.random.default_rng(0).random((20, 14)).astype(np.float32)
    assert classify(noise, 20, 0) is None


@pytest.mark.parametrize("wrong", [0.0, -5.0, math.nan, math.inf, 0.05, 300.0])
def test_impossible_stated_scale(wrong: float) -> None:
    with pytest.raises(ScaleError, match="um per px"):
        Scale.stated(wrong)


def test_scale_from_bar() -> None:
    scale = Scale.from_bar(ScaleBar(180.0, 1.0, "1.0 mm", (0, 0, 1, 1), ((0, 0, 179, 0),), length_sd_px=0.9))
    assert scale.um_per_px == pytest.approx(5.5556, rel=1e-4)
    assert scale.um_per_px_sd == pytest.approx(5.5556 * 0.005, rel=1e-3)
    assert scale.source == "bar"
    with pytest.raises(ScaleError, match="cannot be true"):
        Scale.from_bar(ScaleBar(50.0, 100.0, "10 cm", (0, 0, 1, 1), ()))


def test_order_of_sources() -> None:
    bare, barred = skin(7), with_bar(skin(7))
    with_facts = Photo(barred, "", CaptureFacts(2.0))
    stated = find_scale(with_facts, 3.0)
    assert (stated.um_per_px, stated.um_per_px_sd, stated.source) == (3.0, None, "stated")
    assert stated.printed_um_per_px == find_scale(with_facts).um_per_px
    assert find_scale(Photo(bare), 3.0) == Scale(3.0, None, "stated")
    assert find_scale(with_facts, 3.0, from_visits=True).source == "visits"
    assert find_scale(with_facts).source == "bar"
    known = find_scale(Photo(bare, "", CaptureFacts(2.0)))
    assert (known.um_per_px, known.source) == (2.0, "metadata")
    assert find_scale(Photo(bare)) == Scale.unknown() == Scale(None, None, "none")


def test_drawing_leaves_the_bar_visible_and_its_input_alone() -> None:
    rgb = with_bar(skin(8))
    before = rgb.copy()
    bar = find_bar(rgb)
    assert bar is not None
    drawn = draw_bar(rgb, bar)
    assert np.array_equal(rgb, before)
    assert drawn.shape == rgb.shape
    assert not np.array_equal(drawn, rgb)
    assert np.array_equal(drawn[380:382, 125:315], rgb[380:382, 125:315])


def _real_rows() -> list[dict[str, str]]:
    table = REAL / "annotated" / "photos.csv"
    if not table.exists():
        return []
    with table.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.skipif(not _real_rows(), reason="the real photographs (../shared/real) are not here")
def test_real_photographs() -> None:
    rows = _real_rows()
    barred = [row for row in rows if row["printed_scale"] == "1"][::9]
    bare = [row for row in rows if row["printed_scale"] == "0"][::5]
    read = 0
    for row in barred + bare:
        bar = find_bar(_load(REAL / "annotated" / "photos" / f"{row['photo']}.jpg"))
        if row["printed_scale"] == "0":
            assert bar is None, row["photo"]
        elif bar is not None:
            assert bar.um_per_px == pytest.approx(float(row["um_per_px"]), rel=0.02), row["photo"]
            read += 1
    assert read >= 0.9 * len(barred)


@pytest.mark.skipif(not REAL.exists(), reason="the real photographs (../shared/real) are not here")
def test_real_photographs_without_any_print() -> None:
    for path in sorted((REAL / "unannotated").glob("*.jpg")):
        assert find_bar(_load(path)) is None, path.name


def _load(path: Path) -> Rgb:
    return np.asarray(Image.open(path).convert("RGB"))
