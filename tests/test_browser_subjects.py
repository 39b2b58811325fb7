"""``subjects.html`` in a browser: one subject at a time, and links that lead there."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Page

from browser_elements import anchors

if TYPE_CHECKING:
    from browser import Visit  # what pytest_plugins names must not be loaded before

pytest_plugins = ("browser",)

SUBJECTS = 7


def shown(page: Page) -> list[str]:
    """Which subjects are shown."""
    return page.evaluate("""() => Array.from(document.querySelectorAll("article"))
      .filter((one) => one.checkVisibility()).map((one) => one.id)""")


def test_the_list_stands_first_and_nobody_is_shown(visit: Visit, pages: Path) -> None:
    page = visit(pages / "subjects.html")
    assert page.locator("nav li").count() == SUBJECTS
    assert shown(page) == []


def test_a_link_of_the_list_shows_that_subject_alone(visit: Visit, pages: Path) -> None:
    page = visit(pages / "subjects.html")
    for place in (0, 3, 6):
        link = page.locator("nav li a").nth(place)
        code = link.inner_text()
        link.click()
        assert shown(page) == [f"s{place + 1}"]
        assert page.locator("nav").is_hidden()
        assert code in page.locator(f"#s{place + 1} h1").inner_text()
        page.locator(f"#s{place + 1}").get_by_role("link", name="All subjects").click()
        assert shown(page) == [] and page.locator("nav").is_visible()


def test_all_subjects_can_be_shown_at_once(visit: Visit, pages: Path) -> None:
    page = visit(pages / "subjects.html", "#all")
    assert shown(page) == [f"s{number}" for number in range(1, SUBJECTS + 1)]


def test_every_link_within_the_page_has_one_place_to_lead_to(visit: Visit, pages: Path) -> None:
    page = visit(pages / "subjects.html")
    ids = Counter(page.evaluate("() => Array.from(document.querySelectorAll('[id]'), (element) => element.id)"))
    assert {name: ids[name[1:]] for name in anchors(page) if name and ids[name[1:]] != 1} == {}
    assert max(ids.values()) == 1


def test_pictures_of_a_subject_load(visit: Visit, pages: Path) -> None:
    page = visit(pages / "subjects.html", "#s2")
    page.wait_for_function("() => document.querySelector('#s2 img').naturalWidth === 96", polling=50)


def test_the_report_leads_to_the_page_of_each_subject(visit: Visit, pages: Path) -> None:
    page = visit(pages / "report.html")
    links = page.locator("a[href^='subjects.html#s']")
    addresses = {str(link.get_attribute("href")) for link in links.all()}
    assert addresses == {f"subjects.html#s{number}" for number in range(1, SUBJECTS + 1)}
    page = visit(pages / "subjects.html", "#s7")
    page.get_by_role("link", name="Report").first.click()
    assert page.title().startswith("Hair measurements: ")
