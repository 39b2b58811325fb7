"""``report.html`` in a browser: sorting, filter, folding, links and files, and that nothing goes wrong or out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from browser_elements import FRAMES, FRAMES_MS, IN_VIEW, KEYS, anchors, natural, plain, some_of_each_kind, sortable
from browser_pages import write_pages

if TYPE_CHECKING:
    from browser import Visit  # what pytest_plugins names must not be loaded before

pytest_plugins = ("browser",)

ORDERS = ("ascending", "descending")


def assert_sorted(keys: list[str], how: str, order: str) -> None:
    measured = [key for key in keys if key != ""]
    assert keys[: len(measured)] == measured, "what was not measured is last"
    values = [float(key) if how == "number" else natural(key) for key in measured]
    assert values == sorted(values, reverse=order == "descending")


def test_every_column_sorts_both_ways_with_what_is_not_measured_last(visit: Visit, pages: Path) -> None:
    page = visit(pages / "report.html")
    assert len(columns := sortable(page)) >= 8
    for table, column, how in columns:
        before = table.evaluate(KEYS, column)
        head = table.locator("thead th").nth(column)
        for order in ORDERS:
            head.get_by_role("button").click()
            assert head.get_attribute("aria-sort") == order
            assert table.locator("[aria-sort]").count() == 1
            keys = table.evaluate(KEYS, column)
            assert sorted(keys) == sorted(before)
            assert_sorted(keys, how, order)


def test_the_trial_can_tell_right_sorting_from_wrong(visit: Visit, pages: Path) -> None:
    page = visit(pages / "report.html")
    for table, column, how in sortable(page):
        if how == "number":
            keys = table.evaluate(KEYS, column)
            measured = [key for key in keys if key]
            assert sorted(measured) != sorted(measured, key=float), "sorted as texts they would be in another order"
            assert "" in keys or keys == [str(number) for number in range(1, len(keys) + 1)]


def test_the_filter_leaves_what_holds_every_word(visit: Visit, pages: Path) -> None:
    page = visit(pages / "report.html")
    rows = page.locator("#photos tbody tr")
    every = rows.count()
    for words, wanted in (
        ("", every),
        ("jorg week", None),
        ("S-02 SCHEITEL", None),
        ("wipe the SKIN dry", 1),
        ("zz", 0),
    ):
        page.get_by_label("Filter by name").fill(words)
        left = page.locator("#photos tbody tr:visible")
        count = left.count()
        assert count == wanted if wanted is not None else 0 < count < every
        assert all(word in plain(text) for text in left.all_inner_texts() for word in plain(words).split())
        assert page.locator("#shown").inner_text() == f"{count} of {every} shown"
        assert page.locator("details.photo:visible").count() == count


def test_open_all_opens_what_the_filter_leaves_and_close_all_closes_it(visit: Visit, pages: Path) -> None:
    page = visit(pages / "report.html")
    page.get_by_label("Filter by name").fill("S-02")
    page.get_by_role("button", name="Open all").click()
    folds = page.locator("details.photo")
    opened = page.locator("details.photo[open]").count()
    assert opened == page.locator("details.photo:visible").count() < folds.count()
    page.get_by_role("button", name="Close all").click()
    assert page.locator("details.photo[open]").count() == 0


def test_every_link_within_the_page_has_one_place_to_lead_to(visit: Visit, pages: Path) -> None:
    page = visit(pages / "report.html")
    ids = Counter(page.evaluate("() => Array.from(document.querySelectorAll('[id]'), (element) => element.id)"))
    assert {name: ids[name[1:]] for name in anchors(page) if ids[name[1:]] != 1} == {}
    assert max(ids.values()) == 1


def test_a_link_within_the_page_shows_where_it_leads(visit: Visit, pages: Path) -> None:
    page = visit(pages / "report.html")
    assert len(names := some_of_each_kind(anchors(page))) >= 12
    page.get_by_label("Filter by name").fill("no photograph has this in its name")
    for name in names:
        page.evaluate("(name) => { location.hash = name; }", name)
        place = page.locator(f"[id='{name[1:]}']")
        for _ in range(FRAMES):  # a busy machine draws what comes into view late
            page.wait_for_timeout(FRAMES_MS)
            if place.evaluate(IN_VIEW):
                break
        page.wait_for_timeout(FRAMES_MS)
        assert place.evaluate(IN_VIEW), name  # and it stays there


def test_a_link_that_was_followed_opens_what_was_closed_since(visit: Visit, pages: Path) -> None:
    page = visit(pages / "report.html")
    link = page.locator("#photos tbody th a").nth(20)
    for _ in range(2):
        link.click()
        target = page.locator(str(link.get_attribute("href")))
        assert target.is_visible()
        page.locator("#close").click()
        assert target.is_hidden()


def test_a_page_opens_at_the_anchor_of_its_address(visit: Visit, pages: Path) -> None:
    target = visit(pages / "report.html", "#p40").locator("#p40")
    assert target.is_visible() and target.evaluate(IN_VIEW)


@pytest.mark.parametrize("name", ["report.html", "subjects.html"])
def test_every_file_that_is_linked_to_is_there(visit: Visit, pages: Path, name: str) -> None:
    page = visit(pages / name)
    every = "() => Array.from(document.querySelectorAll('[src], [href]'), (element) => element.src || element.href)"
    given = [address for address in page.evaluate(every) if not address.startswith("data:") and "#" not in address]
    assert len(set(given)) > 20
    for address in set(given):
        assert address.startswith(pages.as_uri() + "/"), address
    there = {path.as_uri() for path in pages.rglob("*") if path.is_file()}
    assert {*given} - there == set()


def test_pictures_load_when_a_section_opens(visit: Visit, pages: Path) -> None:
    page = visit(pages / "report.html", "#p1")
    image = page.locator("#p1 img").first
    image.scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('#p1 img').naturalWidth === 96", polling=FRAMES_MS)


def test_every_plot_is_drawn_and_told_in_words(visit: Visit, pages: Path) -> None:
    page = visit(pages / "report.html")
    plots = page.locator("figure.plate img")
    assert plots.count() > 10
    assert min(plots.evaluate_all("(images) => images.map((one) => one.alt.length)")) > 20
    plots.evaluate_all("(images) => images.forEach((one) => { one.loading = 'eager'; })")
    # Asked again and again: Chromium may leave the promise of decode() open for ever.
    drawn = "() => [...document.querySelectorAll('figure.plate img')].every((one) => one.complete && one.naturalWidth)"
    page.wait_for_function(drawn, polling=FRAMES_MS)


def test_without_scripts_everything_can_be_read(visit: Visit, pages: Path) -> None:
    page = visit(pages / "report.html", java_script_enabled=False)
    assert page.locator("#photos tbody tr").count() > 60
    assert page.locator("#tools").is_hidden() and page.locator("#folds").is_hidden()
    page.locator("details.photo > summary").first.click()
    assert page.locator("#p1").is_visible()


def test_one_subject_with_two_photographs_has_a_page_like_any_other(visit: Visit, two_photographs: Path) -> None:
    page = visit(two_photographs / "report.html")
    assert page.locator("#photos tbody tr").count() == 2
    assert page.locator("details.change[open]").count() == 1
    for name in anchors(page):
        page.evaluate("(name) => { location.hash = name; }", name)
        place = page.locator(f"[id='{name[1:]}']")
        for _ in range(FRAMES):  # a busy machine draws what comes into view late
            page.wait_for_timeout(FRAMES_MS)
            if place.evaluate(IN_VIEW):
                break
        page.wait_for_timeout(FRAMES_MS)
        assert place.evaluate(IN_VIEW), name  # and it stays there


def test_a_large_page_has_no_sections_and_links_that_lead_somewhere(
    visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("MOST_IN_FULL", "MOST_WITH_VALUES", "MOST_PLOTTED"):
        monkeypatch.setattr(f"densitometer.report.page.{limit}", 5)
    page = visit(write_pages(tmp_path, subjects=2) / "report.html")
    assert page.locator("#photos tbody tr").count() > 5 and page.locator("details.photo").count() == 0
    page.get_by_label("Filter by name").fill("S-02 left")
    assert 0 < page.locator("#photos tbody tr:visible").count() < page.locator("#photos tbody tr").count()
    for name in some_of_each_kind(anchors(page)):
        page.evaluate("(name) => { location.hash = name; }", name)
        place = page.locator(f"[id='{name[1:]}']")
        for _ in range(FRAMES):  # a busy machine draws what comes into view late
            page.wait_for_timeout(FRAMES_MS)
            if place.evaluate(IN_VIEW):
                break
        page.wait_for_timeout(FRAMES_MS)
        assert place.evaluate(IN_VIEW), name  # and it stays there
    page.locator("#photos thead button").last.click()
    assert page.locator("#photos tbody th a").first.get_attribute("href", timeout=100)
