"""The sheet that a patient takes home: what is on it, what is for the clinic alone, and how large it is printed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Page

from browser_pages import write_pages
from trial_study import Row

if TYPE_CHECKING:
    from browser import Visit  # what pytest_plugins names must not be loaded before

pytest_plugins = ("browser",)

LEAST_PT = 8.0
SIZES_PT = """(article) => [...article.querySelectorAll("h1, h2, h3, p, li, th, td, figcaption")]
  .filter((one) => one.checkVisibility()).map((one) => parseFloat(getComputedStyle(one).fontSize) * 0.75)"""


def sheets(page: Page) -> int:
    """How many pages are printed."""
    return len(re.findall(rb"/Type /Page\b(?!s)", page.pdf(prefer_css_page_size=True)))


def flagged(row: Row) -> Row:
    return {**row, "flags": "glare"}


def test_what_is_for_the_clinic_is_on_the_screen_and_on_paper_only_when_asked_for(
    visit: Visit, chromium_path: str, tmp_path: Path
) -> None:
    folder = write_pages(tmp_path, subjects=1, only=lambda one: one.replicate == 1, change=flagged)
    page = visit(folder / "subjects.html", "#s1")
    clinic, box = page.locator("#s1 .clinic"), page.get_by_label("Print the part for the clinic too")
    assert clinic.is_visible() and box.is_visible()
    patients = sheets(page)
    page.emulate_media(media="print")
    assert clinic.is_hidden() and box.is_hidden()
    assert page.locator("#s1 .noted").first.inner_text().endswith("noted for the clinic.")
    page.emulate_media(media="screen")
    box.check()
    page.emulate_media(media="print")
    assert clinic.is_visible()
    assert page.locator("#s1 h1 bdi").inner_text() in clinic.inner_text()
    assert sheets(page) == patients + 1  # its own, which the clinic keeps


def test_words_on_paper_can_be_read_and_the_key_is_drawn(visit: Visit, pages: Path) -> None:
    page = visit(pages / "subjects.html", "#s2")
    page.emulate_media(media="print")
    sizes = page.locator("#s2").evaluate(SIZES_PT)
    assert len(sizes) > 40 and min(sizes) >= LEAST_PT
    signs = page.locator("#s2 .key .sign")
    assert signs.count() >= 3
    drawn = signs.evaluate_all("(all) => all.map((one) => [one.getBoundingClientRect().width, "
                               "getComputedStyle(one.lastElementChild).strokeWidth])")  # fmt: skip
    assert all(width > 18 and float(stroke.removesuffix("px")) >= 2 for width, stroke in drawn)
