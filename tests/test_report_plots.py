"""Plots of change: well-formed SVG, the same each time, with words as words."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from densitometer.report.change_plots import TimelinePoint, timeline_svg, width_shift_svg

SVG = "{http://www.w3.org/2000/svg}"


def point(name: str, when: str, change: float | None = 5.0, verdict: str = "within_error") -> TimelinePoint:
    if change is None:
        return TimelinePoint(name, when, None, None, None, None, "not_comparable", None, None)
    return TimelinePoint(name, when, change, change - 4.0, change + 4.0, 9.0, verdict, 3, 7)


POINTS = (
    point("week 6", "2024-02-26"),
    point("week 12", "2024-04-08", None),
    point("week 24", "2024-07-01", -22.0, "decrease"),
    point("week 52", "2025-01-13", 19.0, "increase"),
)


def texts(svg: str) -> list[str]:
    return ["".join(element.itertext()) for element in ET.fromstring(svg).iter(f"{SVG}text")]


def pairs(n: int = 60) -> list[tuple[float, float]]:
    before = np.random.default_rng(1).normal(60, 15, n).clip(15)
    return [(float(width), float(width) - 4.0) for width in before]


def test_timeline_says_visits_dates_verdicts_and_counts_in_words():
    shown = texts(timeline_svg("screening", "2024-01-15", 182.0, POINTS))
    for word in ("screening", "2024-01-15", "week 6", "week 52", "2025-01-13", "baseline", "within error", "decrease"):
        assert word in shown
    assert "increase" in shown
    assert "comparable" in shown
    assert shown.count("+7") == 3
    assert shown.count("\u22123") == 3


def test_visits_that_are_named_by_their_dates_are_placed_by_them():
    when = ("2024-02-26", "2024-07-01")
    shown = texts(timeline_svg("2024-01-15", "2024-01-15", 182.0, [point(date, date) for date in when]))
    assert [shown.count(date) for date in ("2024-01-15", *when)] == [1, 1, 1]
    assert "visits, not spaced by date" not in shown


def test_timeline_of_many_visits_names_as_many_as_can_be_read():
    many = [point(f"visit {n}", "") for n in range(2, 41)]
    shown = texts(timeline_svg("visit 1", "", 182.0, many))
    assert [text for text in shown if text.startswith("visit ")] == [f"visit {n}" for n in range(1, 41, 3)]
    assert "+7" not in shown


def test_width_shift_says_the_mean_with_its_interval():
    shown = texts(width_shift_svg(pairs(), -4.04, -5.0, -3.2))
    assert "mean \u22124.0 µm (\u22125.0 to \u22123.2)" in shown
    assert texts(width_shift_svg(pairs(), None, None, None))


def test_width_shift_has_a_mark_for_every_hair():
    svg = width_shift_svg(pairs(25), None, None, None)
    assert len(re.findall('<use [^>]*stroke="#0072b2"', svg)) == 25


@pytest.mark.parametrize("n", [1, 2])
def test_few_hairs_and_no_change_are_plotted(n: int):
    assert texts(width_shift_svg([(50.0, 50.0)] * n, 0.0, None, None))


def test_same_bytes_twice_and_nothing_of_today():
    for svg in (timeline_svg("a", "2024-01-15", 182.0, POINTS), width_shift_svg(pairs(), -4.0, -5.0, -3.0)):
        again = timeline_svg("a", "2024-01-15", 182.0, POINTS), width_shift_svg(pairs(), -4.0, -5.0, -3.0)
        assert svg in again
        assert "metadata" not in svg
        assert "Matplotlib" not in svg


def test_styles_are_attributes_that_no_policy_blocks():
    for svg in (timeline_svg("a", "", 182.0, POINTS), width_shift_svg(pairs(), -4.0, -5.0, -3.0)):
        assert " style=" not in svg
        assert 'fill="#ffffff"' in svg  # white plate: a dark page does not swallow the letters
        assert "sans-serif" in svg
        assert not re.search(r"(href|src)=\"(?!#)", svg)


@pytest.mark.parametrize("name", ["$x_1$", "<script>", "日本", "a\x00b\x0bc", "é" * 80, "", "50 % & more"])
def test_hostile_names_are_text(name: str):
    svg = timeline_svg(name, "2024-01-15", 182.0, [point(name, "2024-04-08"), point("b", "2024-07-01")])
    shown = texts(svg)
    assert "<script" not in svg
    if name in ("$x_1$", "<script>", "日本", "50 % & more"):
        assert name in shown


def test_visits_are_spaced_by_date_where_their_names_stand_apart_else_evenly():
    apart = timeline_svg("a", "2024-01-01", 100.0, [point("b", "2024-03-01"), point("c", "2024-07-01")])
    near = timeline_svg("a", "2024-01-01", 100.0, [point("b", "2024-01-02"), point("c", "2024-07-01")])
    none = timeline_svg("a", "", 100.0, [point("b", ""), point("c", "2024-07-01")])
    said = "visits, not spaced by date"
    assert said not in texts(apart)
    assert said in texts(near)
    assert said in texts(none)


def test_many_visits_and_none_comparable_are_plotted():
    assert texts(timeline_svg("a", "", None, [point(str(i), "") for i in range(30)]))
    assert texts(timeline_svg("a", "", None, [point("b", "", None)]))


def test_matplotlib_is_loaded_only_to_plot():
    code = "import sys, densitometer.report.page; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
