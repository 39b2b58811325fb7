"""The overlay: colours at known places, the size, the scale bar and the words on it."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from numpy.typing import NDArray

from densitometer.field import Field
from densitometer.hairs import Hair
from densitometer.measure import Measurement
from densitometer.report.overlay import COUNTED_RGB, UNCOUNTED_RGB, draw_overlay, headline, legend_rows, pen_scale
from densitometer.report.plates import round_length_mm
from densitometer.scale import Scale

SKIN = 180
HEIGHT, WIDTH = 512, 640
RING_PX = 6.4  # 0.8 of a width of 8 px


def hair(start: tuple[float, float], end: tuple[float, float], *, counted: bool = True, width_px: float = 8.0) -> Hair:
    points = np.linspace(start, end, 9)
    return Hair(points, np.full(9, width_px), 0.9, 0.9, counted=counted)


def measurement(*hairs: Hair, usable: NDArray[np.bool_] | None = None, um_per_px: float | None = 5.0) -> Measurement:
    usable = np.ones((HEIGHT, WIDTH), bool) if usable is None else usable
    values: dict[str, float | int | None] = {"hair_count": sum(one.counted for one in hairs)}
    if um_per_px is not None:
        values |= {"density_per_cm2": 152.4, "density_low_per_cm2": 131.0, "density_high_per_cm2": 174.0}
    scale = Scale(um_per_px, None, "none" if um_per_px is None else "stated")
    return Measurement(hairs, Field(usable, np.zeros_like(usable)), scale, values, ())


def skin(height: int = HEIGHT, width: int = WIDTH) -> NDArray[np.uint8]:
    return np.full((height, width, 3), SKIN, np.uint8)


def close(pixel: NDArray[np.uint8], rgb: tuple[int, int, int]) -> bool:
    return bool(np.abs(pixel.astype(int) - rgb).max() <= 40)


def drawn(overlay: NDArray[np.uint8], rgb: tuple[int, int, int]) -> NDArray[np.bool_]:
    near: NDArray[np.bool_] = np.abs(overlay.astype(int) - rgb).max(axis=2) <= 40
    return near


def bar_length_px(overlay: NDArray[np.uint8]) -> int:
    """Length of the longest white run in the lower right quarter."""
    part = (overlay[HEIGHT // 2 :, WIDTH // 2 :] == 255).all(axis=2)
    longest = 0
    for row in part:
        edges = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(int), [0]])))
        longest = max([longest, *(edges[1::2] - edges[::2])])
    return longest


def test_root_is_ringed_and_the_hair_shows_inside_the_ring():
    overlay = draw_overlay(skin(), measurement(hair((300, 250), (360, 250))))
    assert close(overlay[250 - round(RING_PX), 300], COUNTED_RGB)
    assert close(overlay[250, 300 - round(RING_PX)], COUNTED_RGB)
    assert not close(overlay[250, 300], COUNTED_RGB)


def test_counted_hair_is_one_solid_line_from_ring_to_tip():
    overlay = draw_overlay(skin(), measurement(hair((300, 250), (360, 250))))
    assert drawn(overlay, COUNTED_RGB)[250, 308:360].all()
    assert not drawn(overlay, COUNTED_RGB)[250, 364:].any()


def test_line_is_thinner_than_half_the_hair_and_has_a_dark_seam():
    overlay = draw_overlay(skin(), measurement(hair((300, 250), (360, 250), width_px=12.0)))
    column = overlay[:, 340].astype(int)
    assert 3 <= drawn(overlay, COUNTED_RGB)[:, 340].sum() <= 6
    assert (column[240:261].sum(axis=1) < 3 * SKIN - 60).any()
    assert (column[:243] == SKIN).all()


def test_uncounted_hair_is_dashed_in_the_other_colour():
    overlay = draw_overlay(skin(), measurement(hair((200, 250), (360, 250), counted=False)))
    line = drawn(overlay, UNCOUNTED_RGB)[250, 208:360]
    changes = np.count_nonzero(np.diff(line.astype(int)))
    assert changes >= 8
    assert 0.2 < line.mean() < 0.8
    assert not drawn(overlay, COUNTED_RGB)[200:300, 150:400].any()


def test_line_lies_where_the_hair_is_between_pixels():
    rows = np.arange(240, 261)
    for y in (250.0, 250.25, 250.5):
        overlay = draw_overlay(skin(), measurement(hair((300, y), (380, y), width_px=4.0))).astype(float)
        # Blue less red is 0 on grey skin and in its shadow; it weighs the line alone.
        weight = overlay[240:261, 350, 2] - overlay[240:261, 350, 0]
        assert (rows * weight).sum() / weight.sum() == pytest.approx(y, abs=0.15)


def test_masked_area_is_dimmed_hatched_and_edged_and_the_rest_untouched():
    usable = np.ones((HEIGHT, WIDTH), bool)
    usable[:, :150] = False
    overlay = draw_overlay(skin(), measurement(usable=usable))
    masked = overlay[200:400, :140, 0]
    assert set(np.unique(masked)) == {round(SKIN * 0.6), 205}
    assert 0.03 < (masked == 205).mean() < 0.4
    assert (overlay[200:400, 149] == 205).all()
    assert (overlay[200:400, 150:400] == SKIN).all()


@pytest.mark.parametrize("grey", [0, 255])
def test_hatching_shows_on_black_rim_and_on_white_padding(grey: int):
    usable = np.ones((HEIGHT, WIDTH), bool)
    usable[200:400] = False
    overlay = draw_overlay(np.full((HEIGHT, WIDTH, 3), grey, np.uint8), measurement(usable=usable))
    values = np.unique(overlay[220:380, :300])
    assert values.max() - values.min() >= 50


@pytest.mark.parametrize(("um_per_px", "length_px"), [(5.0, 100), (10.0, 100), (2.0, 100), (7.3, 68)])
def test_scale_bar_has_a_round_length_that_is_true(um_per_px: float, length_px: int):
    assert bar_length_px(draw_overlay(skin(), measurement(um_per_px=um_per_px))) == length_px


def test_without_a_scale_there_is_no_bar():
    assert bar_length_px(draw_overlay(skin(), measurement(um_per_px=None))) < 12
    with_words = draw_overlay(skin(), measurement(um_per_px=None))[HEIGHT - 30 :, WIDTH - 80 :]
    assert (with_words == 255).any()


@pytest.mark.parametrize(("at_most", "given"), [(1.0, 1.0), (0.99, 0.5), (0.49, 0.2), (4.9, 2.0), (50.0, 50.0)])
def test_round_lengths(at_most: float, given: float):
    assert round_length_mm(at_most) == pytest.approx(given)


@pytest.mark.parametrize("shape", [(64, 64), (400, 500), (500, 400), (90, 900), (1500, 2000)])
def test_size_is_kept_for_every_shape(shape: tuple[int, int]):
    found = measurement(hair((20, 20), (50, 50)), hair((50, 20), (20, 60), counted=False), usable=np.ones(shape, bool))
    overlay = draw_overlay(skin(*shape), found)
    assert overlay.shape == (*shape, 3)
    assert overlay.dtype == np.uint8


def test_photograph_is_left_as_it_was_and_the_overlay_is_the_same_every_time():
    rgb = np.random.default_rng(1).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    before = rgb.copy()
    found = measurement(hair((100, 100), (200, 180)), hair((300, 300), (360, 250), counted=False))
    first = draw_overlay(rgb, found)
    assert (rgb == before).all()
    assert (first == draw_overlay(rgb, found)).all()
    assert not np.shares_memory(first, rgb)


def test_read_only_and_strided_photographs_are_fine():
    rgb = np.ascontiguousarray(skin()[:, ::-1])[:, ::-1]
    rgb.setflags(write=False)
    assert draw_overlay(rgb, measurement(hair((100, 100), (200, 180)))).shape == rgb.shape


def test_hairs_without_width_or_partly_outside_are_drawn():
    nan = hair((300, 250), (360, 250), width_px=float("nan"))
    outside = hair((-50, 300), (700, 300))
    overlay = draw_overlay(skin(), measurement(nan, outside))
    assert drawn(overlay, COUNTED_RGB)[250, 310:355].all()
    assert drawn(overlay, COUNTED_RGB)[300, :].all()


def test_plate_gives_way_to_hairs():
    upper_left = [hair((10 + 20 * i, 10), (10 + 20 * i, 60)) for i in range(8)]
    overlay = draw_overlay(skin(), measurement(*upper_left))
    assert drawn(overlay, COUNTED_RGB)[40, 10]
    assert (overlay[:60, WIDTH // 2 :] == 255).all(axis=2).any()


def test_headline_says_count_density_and_interval():
    assert headline(measurement(*[hair((9, 9), (20, 20))] * 57)) == "57 hairs, 152 /cm² (131 to 174)"


def test_headline_without_scale_gives_no_density():
    assert headline(measurement(hair((9, 9), (20, 20)), um_per_px=None)) == "1 hair, density not measured: no scale"
    assert headline(measurement(um_per_px=None)) == "0 hairs, density not measured: no scale"


def test_legend_names_only_what_is_there():
    assert [row.text for row in legend_rows(measurement(hair((9, 9), (20, 20))))][1:] == ["counted: 1"]
    usable = np.zeros((HEIGHT, WIDTH), bool)
    both = measurement(hair((9, 9), (20, 20)), hair((9, 9), (20, 20), counted=False), usable=usable)
    assert [row.text for row in legend_rows(both)][1:] == ["counted: 1", "not counted: 1", "masked, not measured"]


def test_pens_grow_with_the_photograph():
    assert pen_scale((1024, 1280)) == 1.0
    assert pen_scale((3072, 3840, 3)) == 3.0


def test_can_be_sent_to_another_process():
    assert pickle.loads(pickle.dumps(draw_overlay)) is draw_overlay
