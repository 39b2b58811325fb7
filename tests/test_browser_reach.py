"""Pages of the report for everyone: keyboard, screen readers, dark screens, narrow screens and hostile labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from browser_pages import write_pages
from trial_study import Row

if TYPE_CHECKING:
    from browser import Visit  # what pytest_plugins names must not be loaded before

pytest_plugins = ("browser",)

ADDRESSES = ("report.html", "subjects.html", "subjects.html#s1", "subjects.html#all")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
REACHABLE = """() => Array.from(document.querySelectorAll("a[href], button, input, summary, [tabindex='0']"))
  .filter((element) => element.tabIndex >= 0 && element.checkVisibility({visibilityProperty: true})).length"""
FOCUSED = """() => {
  const element = document.activeElement, style = getComputedStyle(element);
  return [element.outerHTML.slice(0, 120), style.outlineStyle, parseFloat(style.outlineWidth)];
}"""
LABELS = (
    "<script>document.title='ran'</script>",
    '"><img src=x onerror="document.title=\'ran\'">',
    "' onmouseover='document.title=1",
    "</style></script><svg onload=document.title='ran'>",
    "${document.title='ran'}{{ 7 * 7 }}&lt;b&gt;",
    "\u05d0\u05d1\u05d2 \u202egpj.exe",
)


WIDE = {"width": 1600, "height": 900}
# What is skipped while it lies outside the window has no words, widths and colours that could be told.
DRAWN = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("* { content-visibility: visible !important; }");
  document.adoptedStyleSheets = [sheet];
}"""


def opened(visit: Visit, folder: Path, address: str, **context: object) -> Page:
    """Open a page of a folder with everything unfolded and laid out."""
    name, sign, anchor = address.partition("#")
    page = visit(folder / name, sign + anchor, **context)
    page.locator("details:not([open])").evaluate_all("(every) => every.forEach((one) => { one.open = true; })")
    page.evaluate(DRAWN)
    return page


def violations(page: Page) -> list[str]:
    """What axe-core finds: rule, what it asks for, and the first elements that break it."""
    found = Axe().run(page, options=RULES).response
    passed, failed, unsure = (sum(map(_texts, found[which])) for which in ("passes", "violations", "incomplete"))
    assert unsure <= 0.1 * (passed + failed), "axe-core cannot tell the contrast of many texts"
    return [
        f"{one['id']}: {one['help']}: {[node['html'][:160] for node in one['nodes'][:3]]}"
        for one in found["violations"]
    ]


def _texts(one: dict[str, Any]) -> int:
    """How many texts a result on contrast is of, but for those over lines and areas of plots."""
    of_plots = sum(node["html"].startswith(("<text", "<tspan")) for node in one["nodes"])
    return len(one["nodes"]) - of_plots if one["id"] == "color-contrast" else 0


@pytest.fixture(scope="session")
def few(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the pages of four subjects: enough for a study page, and not much to look through."""
    visits = ("baseline", "week 12")
    return write_pages(
        tmp_path_factory.mktemp("few"),
        subjects=4,
        only=lambda one: one.site == "Scheitel" and one.visit in visits and one.replicate == 1,
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ADDRESSES[:3])
def test_axe_finds_nothing(visit: Visit, few: Path, address: str, scheme: str) -> None:
    page = opened(visit, few, address, color_scheme=scheme, viewport=WIDE)
    for alike in ("details.photo", "section.site"):
        page.locator(f"{alike} ~ {alike}").evaluate_all("(every) => every.forEach((one) => one.remove())")
    assert violations(page) == []


def test_axe_would_find_something(visit: Visit, two_photographs: Path) -> None:
    page = opened(visit, two_photographs, "report.html", color_scheme="dark", viewport=WIDE)
    page.evaluate("() => document.documentElement.style.setProperty('--ink', '#444')")
    page.evaluate("() => document.getElementById('filter').labels[0].remove()")
    found = " ".join(violations(page))
    assert "color-contrast" in found and "label" in found


@pytest.mark.parametrize("address", ["report.html", "subjects.html#s1"])
def test_tab_comes_to_everything_and_shows_where_it_is(visit: Visit, two_photographs: Path, address: str) -> None:
    page = opened(visit, two_photographs, address)
    page.evaluate("() => scrollTo(0, 0)")
    wanted = page.evaluate(REACHABLE)
    assert wanted > 1
    seen = []
    for _ in range(wanted):
        page.keyboard.press("Tab")
        element, style, width = page.evaluate(FOCUSED)
        assert style != "none" and width >= 2, element
        seen.append(element)
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement === document.body"), "more can be reached than was thought"


def test_the_keyboard_sorts_folds_and_follows(visit: Visit, two_photographs: Path) -> None:
    page = visit(two_photographs / "report.html")
    head = page.locator("#photos thead th[data-sort]").first
    for key, order in (("Enter", "ascending"), ("Space", "descending")):
        head.get_by_role("button").press(key)
        assert head.get_attribute("aria-sort") == order
    fold = page.locator("details.photo").first
    for key, is_open in (("Enter", True), ("Space", False)):
        fold.locator("summary").press(key)
        assert fold.evaluate("(fold) => fold.open") is is_open
    page.locator("#photos tbody th a").first.press("Enter")
    assert page.locator("details.photo[open]").count() == 1


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_narrow_screen_scrolls_no_page_sideways(visit: Visit, few: Path, address: str) -> None:
    page = opened(visit, few, address, viewport={"width": 320, "height": 640})
    assert page.evaluate("() => [document.documentElement.scrollWidth, document.body.scrollWidth]") == [320, 320]


def _labelled(row: Row) -> Row:
    """Put hostile labels in the place of what people type into a visits table."""
    said = {name: f"{row[name]} {label}" for name, label in zip(("site", "visit", "arm"), LABELS, strict=False)}
    number = int(str(row["subject"])[-2:])
    said |= {"subject": f"{LABELS[number % len(LABELS)]} {number}", "remark": LABELS[0], "device": LABELS[1]}
    return {**row, **said, "reason": f"{LABELS[3]}: no" if row["status"] != "measured" else "", "replicate": LABELS[5]}


def test_hostile_labels_run_nothing_and_are_shown_as_they_are(visit: Visit, tmp_path: Path) -> None:
    folder = write_pages(
        tmp_path,
        subjects=11,  # of the last a photograph could not be measured
        only=lambda one: one.number > 5 and one.replicate == 1,
        change=_labelled,
        name=lambda photo: f"{photo} {LABELS[len(photo) % len(LABELS)]}",
    )
    for address in ("report.html", "subjects.html#all", "subjects.html"):
        page = opened(visit, folder, address)
        page.mouse.move(300, 300)
        page.wait_for_timeout(50)
        assert "ran" not in page.title() and page.title() != "1"
        assert page.locator("script").count() <= 1
        assert page.locator("[onerror], [onload], [onmouseover], img[src='x']").count() == 0
        text = page.locator("body").inner_text()
        for label in LABELS[:4]:
            assert label in text, address
