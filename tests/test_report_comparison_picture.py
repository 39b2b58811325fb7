"""The side-by-side picture: the same skin in the same place, and every lost hair's place in both panels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from densitometer.report.comparison_picture import SIDE_PX, draw_comparison, key_entries, marks_of, write_picture
from densitometer.report.fate_marks import (
    FATE_RGB,
    OVERLOOKED_BELOW,
    Mark,
    draw_marks,
    is_overlooked,
    label_of,
    outline,
    radius_px,
)
from densitometer.report.panels import Frame, common_frame, hatch, lay_panels, whole_frame
from densitometer.report.strips import KeyEntry, fitted, key_strip, printable, title_strip
from densitometer.visits.comparison import Comparison
from drawn_visits import UM_PER_PX, drawn_photo, drawn_visits, drawn_warp

Rgb = NDArray[np.uint8]


def photos() -> tuple[Rgb, Rgb]:
    views, _ = drawn_visits()
    return drawn_photo(views[0]), drawn_photo(views[1])


def panels_at(frame: Frame):
    views, comparison = drawn_visits()
    return lay_panels(photos(), UM_PER_PX, views, comparison, frame)


def near(picture: Rgb, at: tuple[float, float], colour: tuple[int, int, int], reach: int) -> int:
    """How many pixels around a place have about a colour."""
    x, y = round(at[0]), round(at[1])
    part = picture[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1].astype(int)
    return int((np.abs(part - colour).max(-1) < 100).sum())


def picture_top(picture: Rgb) -> int:
    """First row below the titles: that of the frame around the common skin, or of skin itself."""
    return int(np.flatnonzero((picture[:, 5:9] > 100).all((1, 2)))[0])


def test_the_same_skin_lies_at_the_same_place_in_both_panels():
    views, _ = drawn_visits()
    frame = whole_frame(photos()[0], UM_PER_PX[0], UM_PER_PX[0])
    panels = panels_at(frame)
    for root in frame.px(views[0].root_um[:2]):
        x, y = np.round(root).astype(int)
        assert panels.baseline[y, x].max() < 60
        assert panels.followup[y, x].max() < 60


def test_a_lost_hair_is_at_the_baseline_alone_and_its_place_is_known_at_the_followup():
    views, _ = drawn_visits()
    frame = whole_frame(photos()[0], UM_PER_PX[0], UM_PER_PX[0])
    panels = panels_at(frame)
    x, y = np.round(frame.px(views[0].root_um[2:])[0]).astype(int)
    assert panels.baseline[y, x].max() < 60
    assert panels.followup[y, x].min() > 150


def test_what_the_followup_does_not_show_is_hatched_and_not_common():
    frame = whole_frame(photos()[0], UM_PER_PX[0], UM_PER_PX[0])
    panels = panels_at(frame)
    outside = (panels.followup == hatch(panels.followup.shape[:2])).all(-1)
    assert 0.02 < outside.mean() < 0.9
    assert not (outside & panels.common).any()
    assert panels.common.any()


@pytest.mark.parametrize("factor", [1, 2])
def test_reduced_photographs_are_drawn_in_place(factor: int):
    views, _ = drawn_visits()
    rgb = photos()[0]
    small = rgb.reshape(rgb.shape[0] // factor, factor, -1, factor, 3).mean((1, 3)).astype(np.uint8)
    frame = whole_frame(small, UM_PER_PX[0] * factor, UM_PER_PX[0])
    for root, place in zip(views[0].root_um, frame.px(views[0].root_um), strict=True):
        x, y = np.round(place).astype(int)
        rows, columns = np.nonzero(small[max(0, y - 4) : y + 5, max(0, x - 4) : x + 5, 0] < 150)
        middle = np.array([columns.mean() + max(0, x - 4), rows.mean() + max(0, y - 4)])
        assert np.abs(middle - place).max() < 0.5, root


def test_frame_is_that_of_the_common_skin_with_a_margin():
    views, comparison = drawn_visits()
    whole = whole_frame(photos()[0], UM_PER_PX[0], UM_PER_PX[0])
    frame = common_frame(photos()[0], UM_PER_PX[0], views, comparison, 50.0, (1, 10_000))
    assert frame.um_per_px == whole.um_per_px
    assert frame.width <= whole.width
    assert frame.height <= whole.height
    assert panels_at(frame).common.sum() == pytest.approx(panels_at(whole).common.sum(), rel=0.02)
    narrow = common_frame(photos()[0], UM_PER_PX[0], views, comparison, 50.0, (50, 100))
    assert max(narrow.width, narrow.height) == 100
    assert narrow.um_per_px * 100 == pytest.approx(frame.um_per_px * frame.width)
    far = replace(comparison, alignment=replace(comparison.alignment, warp=drawn_warp(0, (1e5, 0))))
    assert common_frame(photos()[0], UM_PER_PX[0], views, far, 50.0, (1, 10_000)) == whole


def test_marks_of_a_lost_and_a_gained_hair_lie_at_one_place_in_both_panels():
    views, comparison = drawn_visits()
    frame = whole_frame(photos()[0], UM_PER_PX[0], UM_PER_PX[0])
    before, after = (list(marks_of(comparison, views, frame, panel)) for panel in (0, 1))
    assert [mark.label for mark in before] == [mark.label for mark in after] == ["", "", "L3", "G3"]
    assert [mark.found for mark in before] == [True, True, True, False]
    assert [mark.found for mark in after] == [True, True, False, True]
    for one, other in zip(before, after, strict=True):
        np.testing.assert_allclose(one.root_px, other.root_px, atol=1e-6)
        assert (one.tip_px is None) != one.found
    np.testing.assert_allclose(before[2].root_px, views[0].root_um[2] / UM_PER_PX[0])


def test_ring_of_a_lost_hair_is_drawn_at_its_place_in_the_followup_panel():
    views, comparison = drawn_visits(drawn_warp(0.0, (0.0, 0.0)))
    rgb = drawn_photo(views[0]), drawn_photo(views[1])
    picture = draw_comparison(*rgb, UM_PER_PX, comparison, views)
    frame = common_frame(rgb[0], UM_PER_PX[0], views, comparison, 150.0, SIDE_PX)
    title = picture_top(picture)
    left = picture.shape[1] - frame.width
    for mark, colour in ((2, FATE_RGB["lost"]), (3, FATE_RGB["gained"])):
        for panel, offset in ((0, 0), (1, left)):
            place = list(marks_of(comparison, views, frame, panel))[mark].root_px
            at = (place[0] + offset, place[1] + title)
            assert near(picture, at, colour, 12) > 8
            assert near(picture, at, colour, 2) == 0  # the root itself stays visible
    elsewhere = list(marks_of(comparison, views, frame, 1))[0].root_px
    assert near(picture, (elsewhere[0] + left, elsewhere[1] + title), FATE_RGB["lost"], 20) == 0


def test_picture_is_as_wide_as_two_panels_and_the_same_each_time(tmp_path: Path):
    views, comparison = drawn_visits()
    pictures = [draw_comparison(*photos(), UM_PER_PX, comparison, views, ("a", "b")) for _ in range(2)]
    np.testing.assert_array_equal(*pictures)
    frame = common_frame(photos()[0], UM_PER_PX[0], views, comparison, 150.0, SIDE_PX)
    assert SIDE_PX[0] <= max(frame.width, frame.height) <= SIDE_PX[1]
    assert 2 * frame.width < pictures[0].shape[1] < 2.2 * frame.width
    assert pictures[0].shape[0] > frame.height
    for name in ("1.jpg", "2.jpg"):
        write_picture(tmp_path / name, pictures[0])
    assert (tmp_path / "1.jpg").read_bytes() == (tmp_path / "2.jpg").read_bytes()


def test_photographs_that_do_not_compare_stand_side_by_side_without_marks():
    views, _ = drawn_visits()
    picture = draw_comparison(*photos(), UM_PER_PX, Comparison(False, "too far apart"), views)
    assert picture.shape[1] > 800
    for colour in FATE_RGB.values():
        assert not (picture == colour).all(-1).any()


def test_no_hairs_at_all_are_drawn():
    views, comparison = drawn_visits()
    picture = draw_comparison(*photos(), UM_PER_PX, replace(comparison, matches=()), views)
    assert picture.ndim == 3


@pytest.mark.parametrize(
    ("fate", "hairs", "label"),
    [
        ("persisting", (1, 2), ""),
        ("lost", (7, None), "L7"),
        ("gained", (None, 12), "G12"),
        ("ambiguous", (7, None), "L7?"),
        ("ambiguous", (None, 12), "G12?"),
        ("lost", (None, None), ""),
    ],
)
def test_labels(fate: str, hairs: tuple[int | None, int | None], label: str):
    assert label_of(fate, *hairs) == label


@pytest.mark.parametrize(
    ("cells", "overlooked"),
    [
        (("ambiguous", 7, None, OVERLOOKED_BELOW - 0.001), True),
        (("ambiguous", None, 7, 0.0), True),
        (("ambiguous", 7, None, OVERLOOKED_BELOW), False),
        (("ambiguous", 7, 8, 0.01), False),
        (("ambiguous", 7, None, None), False),
        (("lost", 7, None, 0.01), False),
        (("persisting", 7, 8, 0.01), False),
    ],
)
def test_only_unsure_hairs_of_one_photograph_can_be_overlooked(
    cells: tuple[str, int | None, int | None, float | None], overlooked: bool
):
    assert is_overlooked(*cells) is overlooked


def with_an_unsure_hair(probability: float):
    """The drawn visits, where it is not known whether hair 3 of the baseline was lost."""
    views, comparison = drawn_visits(drawn_warp(0.0, (0.0, 0.0)))
    unsure = replace(comparison.matches[2], fate="ambiguous", probability=probability)
    return views, replace(comparison, matches=(*comparison.matches[:2], unsure, comparison.matches[3]))


def test_an_overlooked_hair_is_a_dotted_line_where_it_was_found_and_nothing_where_it_is_missing():
    views, comparison = with_an_unsure_hair(0.05)
    rgb = drawn_photo(views[0]), drawn_photo(views[1])
    frame = common_frame(rgb[0], UM_PER_PX[0], views, comparison, 150.0, SIDE_PX)
    before, after = (list(marks_of(comparison, views, frame, panel)) for panel in (0, 1))
    assert [(mark.fate, mark.label) for mark in before] == [
        ("persisting", ""), ("persisting", ""), ("overlooked", ""), ("gained", "G3"),
    ]  # fmt: skip
    assert [mark.fate for mark in after] == ["persisting", "persisting", "gained"]
    assert (before[2].root_px, before[2].tip_px is None) == (tuple(frame.px(views[0].root_um[2:])[0]), False)
    picture = draw_comparison(*rgb, UM_PER_PX, comparison, views)
    assert not (picture == FATE_RGB["lost"]).all(-1).any()
    assert not (picture == FATE_RGB["ambiguous"]).all(-1).any()
    top, left = picture_top(picture), picture.shape[1] - frame.width
    x, y = before[2].root_px
    assert near(picture, (x, y + top), FATE_RGB["overlooked"], 6) > 0
    assert near(picture, (x + left, y + top), FATE_RGB["overlooked"], 20) == 0


def test_an_unsure_hair_that_may_well_be_lost_keeps_its_triangle_and_label():
    views, comparison = with_an_unsure_hair(OVERLOOKED_BELOW)
    frame = whole_frame(photos()[0], UM_PER_PX[0], UM_PER_PX[0])
    for panel in (0, 1):
        mark = list(marks_of(comparison, views, frame, panel))[2]
        assert (mark.fate, mark.label, mark.found) == ("ambiguous", "L3?", panel == 0)


def test_dots_run_from_root_to_tip_and_leave_gaps():
    root, tip = (10.0, 30.0), (90.0, 30.0)
    canvas = np.zeros((60, 100, 3), np.uint8)
    draw_marks(canvas, [Mark("overlooked", True, root, tip, "")], 1.0)
    drawn = np.flatnonzero(canvas.max((0, 2)) > 100)
    assert drawn.min() == pytest.approx(root[0], abs=2)
    assert drawn.max() == pytest.approx(tip[0], abs=2)
    assert 0.1 < len(drawn) / (tip[0] - root[0]) < 0.7
    assert set(np.flatnonzero(canvas.max((1, 2)))) <= set(range(28, 33))
    for mark in (Mark("overlooked", False, root, None, ""), Mark("overlooked", True, root, root, "")):
        short = np.zeros_like(canvas)
        draw_marks(short, [mark], 1.0)
        assert short.any() == mark.found


def test_shapes_differ_and_dashes_leave_gaps():
    drawn = {}
    for fate in ("lost", "gained", "ambiguous"):
        for found in (True, False):
            canvas = np.zeros((60, 60, 3), np.uint8)
            draw_marks(canvas, [Mark(fate, found, (30.0, 30.0), None, "")], 1.0)
            drawn[fate, found] = canvas.max(-1) > 40
    for fate in ("lost", "gained", "ambiguous"):
        assert drawn[fate, False].sum() < 0.85 * drawn[fate, True].sum()
    assert (drawn["lost", True] != drawn["gained", True]).sum() > 40
    assert (drawn["lost", True] != drawn["ambiguous", True]).sum() > 40


def test_outline_keeps_its_distance_from_the_root():
    for fate in ("persisting", "lost", "gained", "ambiguous"):
        radius = radius_px(fate, 1.0)
        for stroke in outline(fate, (50.0, 50.0), radius, dashed=False):
            reach = np.hypot(*(stroke - 50.0).T)
            assert reach.min() > 0.9 * radius
            np.testing.assert_allclose(stroke[0], stroke[-1], atol=1e-9)


def test_labels_at_the_edge_stay_within_the_panel():
    canvas = np.zeros((80, 120, 3), np.uint8)
    draw_marks(
        canvas, [Mark("lost", True, (0.0, 0.0), None, "L123"), Mark("gained", True, (119.0, 79.0), None, "G9")], 1
    )
    assert canvas.shape == (80, 120, 3)


def test_key_names_what_is_there_with_its_counts():
    _, comparison = drawn_visits()
    entries = key_entries(comparison.matches)
    assert [(entry.fate, entry.found) for entry in entries] == [
        ("persisting", True), ("lost", True), ("gained", True), ("lost", False),
    ]  # fmt: skip
    assert entries[0].text.endswith(": 2")
    assert [entry.fate for entry in key_entries(comparison.matches[:2])] == ["persisting"]
    _, unsure = with_an_unsure_hair(0.5)
    overlooked = replace(unsure.matches[2], probability=0.01)
    entries = key_entries([*unsure.matches, overlooked, overlooked])
    told = [(entry.fate, entry.text[-3:]) for entry in entries if entry.found]
    assert told[-2:] == [("ambiguous", ": 1"), ("overlooked", ": 2")]


def test_letters_can_be_read_where_a_picture_spans_a_sheet_of_a4():
    views, comparison = drawn_visits()
    picture = draw_comparison(*map(drawn_photo, views), UM_PER_PX, comparison, views)
    title = picture_top(picture)
    inked = np.flatnonzero((picture[:title] > 200).all(axis=2).any(axis=1))
    assert np.ptp(inked) / picture.shape[1] * 180 >= 1.5  # mm, of capitals


def test_words_are_cut_to_their_strip_and_signs_the_font_lacks_are_replaced():
    assert printable("Zoë – 日本") == "Zoe - ??"
    assert fitted("a" * 500, 20, 200).endswith("...")
    assert title_strip(["x" * 500, ""], [100, 100], 10, 12).shape[1] == 210
    strip = key_strip([KeyEntry("lost", True, "w" * 300)] * 3, ["n"], 300, 5.0, 12)
    assert strip.shape[1] == 300
