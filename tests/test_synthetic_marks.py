"""What is printed is true to scale, is known as hiding skin, and can be read by the tool itself."""

import math

import numpy as np
import pytest

from densitometer.errors import RenderError
from densitometer.print_mask import find_print
from densitometer.scale import find_bar
from densitometer.synthetic.canvas import Canvas, letters, text_size
from densitometer.synthetic.dice import stream
from densitometer.synthetic.marks import print_bar, print_circle, print_header, print_marks
from densitometer.synthetic.optics import compress, decode, photograph
from densitometer.synthetic.style import CameraStyle, ExtrasStyle

ALL = ExtrasStyle(header_chance=1.0, bar_chance=1.0, circle_chance=1.0, watermark_chance=1.0, padding_chance=1.0)


def skin(width: int = 1280, height: int = 1024) -> np.ndarray:
    scene = np.tile(np.array([0.3, 0.25, 0.22], np.float32), (height, width, 1))
    return photograph(scene, CameraStyle(), 5.0, 1, 0)


def plain(width: int = 1280, height: int = 1024) -> np.ndarray:
    return np.full((height, width, 3), 160, np.uint8)


@pytest.mark.parametrize(
    ("um_per_px", "size", "label"),
    [
        (2.0, (1280, 1024), "0.5 mm"),
        (5.556, (1280, 1024), "1.0 mm"),
        (7.3, (640, 480), "0.5 mm"),
        (12.0, (1280, 1024), "2.0 mm"),
        (4.1, (1920, 1440), "1.0 mm"),
        (28.0, (1600, 1200), "5.0 mm"),
    ],
)
def test_bar_is_read_with_the_right_scale(um_per_px, size, label):
    printed, _ = print_marks(skin(*size), ExtrasStyle(bar_chance=1.0, header_chance=1.0), um_per_px, 3, 0)
    bar = find_bar(decode(compress(printed, 85)))
    assert bar is not None
    assert bar.label == label
    assert bar.um_per_px == pytest.approx(um_per_px, rel=0.01)


@pytest.mark.parametrize("um_per_px", [5.0, 5.556, 5.61, 6.07])
def test_bar_ends_at_the_right_part_of_a_pixel(um_per_px):
    canvas = Canvas.on(plain())
    print_bar(canvas, um_per_px, stream(1, "bar"))
    ink = (160.0 - canvas.rgb[..., 0]) / (160 - 26)
    row = int(np.argmax(ink[:, :200].sum(axis=1)))
    column = int(np.argmax(ink[:, :60].sum(axis=0)))
    length = 1000 / um_per_px
    # from the middle of one arm to the end of the other: the half pixel of the corner comes on top
    assert ink[row, column : column + int(length) + 3].sum() == pytest.approx(length + 0.5, abs=0.03)
    assert ink[row - int(length) - 3 : row + 1, column].sum() == pytest.approx(length + 0.5, abs=0.03)


def test_circle_measures_what_its_label_says(monkeypatch):
    said: list[str] = []
    monkeypatch.setattr(Canvas, "text", lambda self, x, y, words, *rest: said.append(words))
    canvas = Canvas.on(plain())
    print_circle(canvas, 5.0, stream(4, "circle"))
    red = canvas.rgb[..., 0].astype(int) - canvas.rgb[..., 2] > 60
    rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
    radius_mm = float(said[3].removeprefix("r=").removesuffix(" mm"))
    for found in (rows, columns):
        assert (found[-1] - found[0]) / 2 * 5 / 1000 == pytest.approx(radius_mm, abs=0.004)
    assert float(said[1][2:-3]) == pytest.approx(2 * math.pi * radius_mm, abs=0.004)
    assert float(said[2][2:-5]) == pytest.approx(math.pi * radius_mm**2, abs=0.02)


def test_all_that_changed_much_is_said_to_be_hidden():
    before = plain()
    after, printed = print_marks(before, ALL, 5.556, 2, 0)
    changed = np.abs(after.astype(int) - before).max(axis=2)
    assert (changed[~printed] <= 0.4 * 160).all()
    assert (changed[printed] > 0).mean() > 0.99
    assert 0.02 < printed.mean() < 0.2
    assert printed[-5:].all()
    assert (before == 160).all()


def test_the_tool_finds_the_print():
    rgb, printed = print_marks(skin(), ExtrasStyle(header_chance=1.0, circle_chance=1.0), 5.556, 2, 0)
    found = find_print(decode(compress(rgb, 90)))
    assert found.texts
    assert found.covered[printed].mean() > 0.9


def test_nothing_is_printed_by_default():
    before = plain()
    after, printed = print_marks(before, ExtrasStyle(), 5.556, 2, 0)
    assert np.array_equal(before, after)
    assert not printed.any()


def test_visits_carry_the_same_kinds_of_print_with_other_words():
    some = ExtrasStyle(header_chance=0.5, bar_chance=0.5, circle_chance=0.5)
    for seed in range(6):
        (first, _), (again, _), (later, _) = (print_marks(plain(), some, 5.556, seed, visit) for visit in (0, 0, 1))
        assert np.array_equal(first, again)
        assert (first != 160).any() == (later != 160).any()


def test_header_of_a_small_picture_is_cut_and_not_refused():
    canvas = Canvas.on(plain(96, 64))
    print_header(canvas, 5.0, stream(1, "header"))
    after, printed = print_marks(plain(96, 64), ALL, 5.0, 1, 0)
    assert canvas.rgb.shape == after.shape == (64, 96, 3)
    assert printed.any()


def test_letters_fill_their_box():
    share = letters("1.0 mm", 18)
    assert share.shape == text_size("1.0 mm", 18)[::-1]
    assert share.max() == 1
    assert not share[:, -1].any() or share.shape[1] < 100


def test_lines_are_drawn_by_coverage():
    canvas = Canvas.on(np.zeros((60, 60, 3), np.uint8))
    canvas.segment((10.0, 10.25), (40.0, 10.25), 1.0, (255, 255, 255))
    ink = canvas.rgb[..., 0] / 255
    assert ink.sum() == pytest.approx(30, rel=0.02)
    assert ink[:, 25] @ np.arange(60) == pytest.approx(10.25, abs=0.02)
    canvas = Canvas.on(np.zeros((60, 60, 3), np.uint8))
    canvas.rectangle((9.75, 19.5, 30.0, 21.0), (255, 255, 255), 0.5)
    assert canvas.rgb[..., 0].sum() / 255 == pytest.approx(0.5 * 20.25 * 1.5, rel=0.01)


def test_refuses_impossible_scales():
    with pytest.raises(RenderError, match="um per px"):
        print_marks(plain(), ALL, -1.0, 1, 0)
