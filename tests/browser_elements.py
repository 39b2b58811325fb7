"""What tests ask the pages of the report in a browser."""

from __future__ import annotations

import re
import unicodedata

from playwright.sync_api import Locator, Page

KEYS = """(table, column) => Array.from(table.tBodies[0].rows, (row) => {
  const cell = row.cells[column];
  return cell.dataset.key ?? cell.textContent;
})"""
IN_VIEW = """(element) => {
  const box = element.getBoundingClientRect();
  const style = getComputedStyle(element);
  const drawn = style.visibility === "visible" && element.getClientRects().length > 0;
  return drawn && box.bottom > 0 && box.top < innerHeight;
}"""
FRAMES_MS = 50  # within which a page has moved to an anchor
FRAMES = 60  # of such times to wait on a busy machine


def plain(text: str) -> str:
    """Text without accents and case."""
    return "".join(c for c in unicodedata.normalize("NFKD", text).casefold() if not unicodedata.combining(c))


def natural(text: str) -> list[tuple[bool, int, str]]:
    """What texts are ordered by: without accents and case, numbers as numbers."""
    parts = re.split(r"(\d+)", plain(text))
    return [(not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts]


def sortable(page: Page) -> list[tuple[Locator, int, str]]:
    """Tables, with each of their columns that can be sorted, and how."""
    found = []
    for table in page.locator("table:has(th[data-sort])").all():
        heads = table.locator("thead th")
        for column in range(heads.count()):
            if how := heads.nth(column).get_attribute("data-sort"):
                found.append((table, column, how))
    return found


def anchors(page: Page) -> list[str]:
    """Every anchor that a link of the page leads to."""
    return page.evaluate("() => [...new Set(Array.from(document.querySelectorAll('a[href^=\"#\"]'), (a) => a.hash))]")


def some_of_each_kind(names: list[str]) -> list[str]:
    """The first, the last and some between of the anchors that begin alike."""
    kinds: dict[str, list[str]] = {}
    for name in names:
        kinds.setdefault(name.rstrip("0123456789"), []).append(name)
    return [one for kind in kinds.values() for one in {kind[0], kind[len(kind) // 2], kind[-1]}]
