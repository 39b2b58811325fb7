"""The small timeline of a site: every number at its height, every visit at its place."""

from __future__ import annotations

import pytest

from densitometer.report.subjects.timeline import HEIGHT, NARROW, WIDE, Point, Timeline, timeline_of

START = Point("1", "2026-01-01", 0.0, shape="start")
GAIN = Point("2", "2026-04-01", 20.0, 8.0, 32.0, 13.0, "up")
NAMES = [("visit 1",), ("visit 2",)]


def drawn(*points: Point, change: bool = True) -> Timeline:
    visits = dict.fromkeys(point.visit for point in points)
    made = timeline_of(points, [(f"visit {visit}",) for visit in visits], change=change)
    assert made is not None
    return made


def value_at(line: Timeline, y: float) -> float:
    """Value at a height, told from two ticks."""
    low, high = line.ticks[0], line.ticks[-1]
    at = [float(tick.label.replace("\u2212", "-")) for tick in (low, high)]
    return at[0] + (y - low.y) / (high.y - low.y) * (at[1] - at[0])


def corners(line: Timeline) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (corner.split(",") for corner in line.band.split())]


def test_marks_bars_and_band_stand_at_their_values() -> None:
    line = drawn(START, GAIN)
    start, gain = line.marks
    assert [start.shape, gain.shape] == ["start", "up"]
    assert value_at(line, start.y) == pytest.approx(0, abs=0.2)
    assert value_at(line, gain.y) == pytest.approx(20, abs=0.2)
    assert start.bar is None
    assert gain.bar is not None
    assert [value_at(line, y) for y in gain.bar] == pytest.approx([32, 8], abs=0.2)
    assert sorted(round(value_at(line, y)) for _, y in corners(line)) == [-13, -13, 13, 13]
    assert {x for x, _ in corners(line)} == {start.x, gain.x}
    assert line.zero == pytest.approx(start.y)


def test_everything_is_inside_and_the_axis_is_round() -> None:
    line = drawn(START, GAIN, Point("3", "2026-07-01", -71.3, -99.9, -42.0, 13.0, "down"))
    heights = [mark.y for mark in line.marks] + [y for mark in line.marks if mark.bar for y in mark.bar]
    assert all(0 <= y <= HEIGHT for y in heights)
    assert [tick.label for tick in line.ticks] == ["\u2212100", "\u221250", "0", "+50"]
    assert line.ticks[0].y == HEIGHT
    assert line.ticks[-1].y == 0


def test_visits_stand_by_date_where_names_stay_apart() -> None:
    line = drawn(START, Point("2", "2026-02-01", 1.0), Point("3", "2026-05-01", 2.0))
    first, second, third = (mark.x for mark in line.marks)
    assert (second - first) / (third - first) == pytest.approx(31 / 120, abs=0.01)
    assert not line.even
    close = drawn(START, Point("2", "2026-01-03", 1.0), Point("3", "2026-05-01", 2.0))
    first, second, third = (mark.x for mark in close.marks)
    assert second - first == pytest.approx(third - second, abs=0.2)
    assert close.even


@pytest.mark.parametrize("day", ["", "2026-02", "2025-12-31"])
def test_without_dates_in_order_visits_stand_evenly(day: str) -> None:
    line = drawn(START, Point("2", day, 1.0), Point("3", "2026-05-01", 2.0))
    first, second, third = (mark.x for mark in line.marks)
    assert second - first == pytest.approx(third - second, abs=0.2)
    assert line.even


def test_photographs_of_one_visit_stand_beside_one_another_and_the_line_goes_through_the_first() -> None:
    line = drawn(START, GAIN, Point("2", "2026-04-01", 14.0, 2.0, 26.0, 13.0, "up"))
    assert len({mark.x for mark in line.marks}) == 3
    assert len(line.line.split()) == 2
    assert [name.lines for name in line.names] == [("visit 1",), ("visit 2",)]


def test_a_visit_that_could_not_be_compared_is_named_and_has_no_mark() -> None:
    line = drawn(START, Point("2", "2026-04-01", None), Point("3", "2026-07-01", 3.0))
    assert len(line.names) == 3
    assert len(line.marks) == 2


def test_many_visits_take_the_whole_width_and_are_not_all_named() -> None:
    few = drawn(START, GAIN)
    assert (few.width, few.wide) == (NARROW, False)
    many = drawn(START, *(Point(str(n), "", float(n)) for n in range(2, 25)))
    assert (many.width, many.wide) == (WIDE, True)
    assert len(many.marks) == 24
    assert len(many.names) == 8
    assert all(0 <= mark.x <= WIDE for mark in many.marks)


def test_densities_have_no_band_and_no_zero() -> None:
    points = [Point("1", "", 150.0, 130.0, 170.0), Point("2", "", 160.0, 140.0, 180.0)]
    line = drawn(*points, change=False)
    assert (line.band, line.zero) == ("", None)
    assert line.ticks[0].label == "130" or float(line.ticks[0].label) <= 130
    assert not any(tick.label.startswith(("+", "\u2212")) for tick in line.ticks)


def test_one_visit_alone_is_no_timeline() -> None:
    assert timeline_of([START], NAMES[:1], change=True) is None
    assert timeline_of([START, Point("2", "", None)], NAMES, change=True) is None
    assert timeline_of([], [], change=False) is None


def test_the_same_values_need_no_span() -> None:
    points = [Point("1", "", 0.0), Point("2", "", 0.0)]
    assert len(drawn(*points, change=False).ticks) > 1


def test_long_names_are_cut() -> None:
    line = timeline_of([START, GAIN], [("a very long name of a visit", "1 Jan 2026"), ("x",)], change=True)
    assert line is not None
    assert line.names[0].lines == ("a very lon…", "1 Jan 2026")
