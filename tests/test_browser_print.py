"""Pages of the report on paper: what is left out, and how many sheets there are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page

if TYPE_CHECKING:
    from browser import Visit  # what pytest_plugins names must not be loaded before

pytest_plugins = ("browser",)

A4_PT = (595.3, 841.9)
COLOURS = "() => { const style = getComputedStyle(document.body); return [style.color, style.backgroundColor]; }"


def sheets(page: Page) -> int:
    """Count the sheets of the PDF, which must be A4."""
    data = page.pdf(prefer_css_page_size=True, format="A4")
    sizes = {tuple(map(float, box.split()[2:])) for box in re.findall(rb"/MediaBox \[([^\]]+)\]", data)}
    assert sizes and all(abs(w - A4_PT[0]) < 2 and abs(h - A4_PT[1]) < 2 for w, h in sizes)
    return len(re.findall(rb"/Type /Page\b(?!s)", data))


def test_paper_shows_what_is_open_and_no_tools(visit: Visit, pages: Path) -> None:
    page = visit(pages / "report.html")
    page.locator("#p2").evaluate("(body) => { body.closest('details').open = true; }")
    page.emulate_media(media="print")
    for hidden in ("#tools", "#folds", "#p2 > p:first-child"):
        assert page.locator(hidden).is_hidden()
    assert page.locator("details.photo:visible").count() == 1
    assert page.locator("#photos tbody tr:visible").count() == page.locator("#photos tbody tr").count()


def test_pictures_that_were_not_scrolled_to_are_on_paper(visit: Visit, pages: Path) -> None:
    page = visit(pages / "subjects.html", "#all")
    loaded = "(images) => images.filter((one) => one.naturalWidth === 96).length"
    images = page.locator("article img")
    assert images.evaluate_all(loaded) < images.count()
    sheets(page)
    assert images.evaluate_all(loaded) == images.count()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_paper_is_white_and_ink_black_on_dark_screens_too(visit: Visit, two_photographs: Path, scheme: str) -> None:
    for name in ("report.html", "subjects.html"):
        page = visit(two_photographs / name, "#s1" * (name == "subjects.html"), color_scheme=scheme)
        page.emulate_media(media="print", color_scheme=scheme)
        ink, paper = page.evaluate(COLOURS)
        assert sum(map(int, re.findall(r"\d+", ink)[:3])) < 3 * 48
        assert paper in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")


def test_the_whole_report_can_be_printed(visit: Visit, two_photographs: Path) -> None:
    assert 1 <= sheets(visit(two_photographs / "report.html")) <= 6


def test_a_subject_with_two_photographs_is_one_sheet_of_two_sides(visit: Visit, two_photographs: Path) -> None:
    assert sheets(visit(two_photographs / "subjects.html", "#s1")) <= 2


def test_paper_holds_one_subject_alone_and_no_links_of_the_screen(visit: Visit, pages: Path) -> None:
    page = visit(pages / "subjects.html", "#s3")
    page.emulate_media(media="print")
    assert page.locator("article:visible").count() == 1 and page.locator("nav").is_hidden()
    assert page.locator("#s3 .screen").count() and not page.locator("#s3 .screen:visible").count()
    assert sheets(page) <= 3


def test_all_subjects_are_printed_each_on_sheets_of_its_own(visit: Visit, pages: Path) -> None:
    each = [sheets(visit(pages / "subjects.html", f"#s{number}")) for number in (1, 2, 3)]
    page = visit(pages / "subjects.html", "#all")
    for number in range(4, 8):
        page.locator(f"#s{number}").evaluate("(one) => one.remove()")
    assert sheets(page) == sum(each)
