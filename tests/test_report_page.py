"""The report: well formed, complete, self-contained, and unmoved by hostile names."""

from __future__ import annotations

import base64
import hashlib
import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from densitometer.dictionary import PHOTO_COLUMNS
from densitometer.errors import ResultsError
from densitometer.report.comparisons import ComparisonView
from densitometer.report.histogram import width_histogram
from densitometer.report.page import MOST_IN_FULL, MOST_WITH_VALUES, render_report, write_report
from densitometer.report.texts import relative_url, shown
from densitometer.results import PhotoResult

RUN = {"densitometer": "1.2.3", "settings": {"photo": {"min_side_px": 64}}, "photographs": [{"photo": "a"}] * 20}
VOID = {"meta", "img", "br", "input"}
HOSTILE = (
    "<script>alert(1)</script>.jpg",
    "\"onerror=alert(1) x='.jpg",
    "=HYPERLINK(1).jpg",
    "100% #1?a=b&amp;c.jpg",
    "áé ü/日本 ${1}.jpg",
    "javascript:alert(1).jpg",
    "{{ 7 * 7 }}.jpg",
    "..&lt;b&gt;\u202egpj.exe",
)


class Page(HTMLParser):
    """What a browser would make of the page: elements with their attributes, and that every one is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def measured(
    name: str = "a.jpg", widths_um: tuple[float | None, ...] = (25.0, 33.0, 60.0), **cells: object
) -> PhotoResult:
    row = {column.name: None for column in PHOTO_COLUMNS} | {
        "photo": name, "sha256": "ab" * 32, "status": "measured", "reason": "", "flags": "",
        "hair_count": len(widths_um),
        "density_per_cm2": 152.4, "density_low_per_cm2": 131.0, "density_high_per_cm2": 173.6, "median_width_um": 55.1,
        "unit_count": 30, "width_px": 1280, "height_px": 1024,
    } | cells  # fmt: skip
    hairs = tuple({"photo": name, "hair": i, "width_um": w, "counted": 1} for i, w in enumerate(widths_um, 1))
    return PhotoResult(name, row, hairs, f"overlays/{name}.png", b"\xff\xd8 a picture")


def unmeasured(name: str, reason: str) -> PhotoResult:
    row = {column.name: None for column in PHOTO_COLUMNS}
    return PhotoResult(name, row | {"photo": name, "status": "not_measured", "reason": reason})


def rows(text: str) -> list[str]:
    return re.findall(r'<tr id="r\d+">.*?</tr>', text, re.S)


def targets(page: Page) -> set[str]:
    """Places on the page that links lead to."""
    return {element["href"] for element in page.all("a") if element["href"].startswith("#")}


def ids(page: Page) -> set[str]:
    """Places there are; no two may have one name."""
    found = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(found) == len(set(found))
    return {f"#{name}" for name in found}


def test_contents_lead_to_every_part():
    page = Page(render_report([measured()], RUN))
    assert [one.get("aria-label") for one in page.all("nav")] == ["On this page"]
    assert {"#summary", "#table", "#each", "#made"} <= targets(page) <= ids(page)


def test_photographs_of_a_visits_table_have_its_columns_and_dates():
    some = [
        measured("b.jpg", subject="S 7", site="vertex", visit="12", visit_date="2026-03-30", replicate="2"),
        measured("a.jpg", subject="", site="", visit="", visit_date="", replicate=""),
    ]
    text = render_report(some, RUN)
    first = rows(text)[0]
    for told in (">S 7</a>", "<td>vertex</td>", "<bdi>12</bdi> (2)", ">2026-03-30<", 'data-key="2026-03-30"'):
        assert told in first
    assert "Filter by name, subject, site, visit, reason or flag" in text
    assert "Visits of 2026-03-30." in Page(text).text
    bare = render_report([measured()], RUN)
    assert ">Subject<" not in bare
    assert "Visits of" not in bare
    assert "audit.jsonl" in bare


def test_every_photograph_has_a_row_and_a_section():
    text = render_report([measured("a.jpg"), measured("b.jpg"), unmeasured("c.jpg", "the file is empty")], RUN)
    page = Page(text)
    assert page.open == []
    assert len(rows(text)) == 3
    assert len(page.all("details")) == 3 + 1
    assert targets(page) <= ids(page)


def test_row_shows_the_numbers_rounded_and_sorts_by_the_full_ones():
    row = rows(render_report([measured(flags="glare;blurred")], RUN))[0]
    for told in (">152 ", "(131 to 174)", ">55<", ">30<", ">glare<", ">blurred<", ">measured<"):
        assert told in row
    assert 'data-key="152.4"' in row


def test_what_was_not_measured_is_never_a_zero():
    no_scale = measured(density_per_cm2=None, density_low_per_cm2=None, density_high_per_cm2=None, median_width_um=None)
    for result in (no_scale, unmeasured("b.jpg", "the file is empty")):
        row = rows(render_report([result], RUN))[0]
        assert ">0<" not in row
        assert row.count('<span class="unseen">not measured</span>') >= 2
        assert 'data-key=""' in row


def test_summary_groups_reasons_and_flags_with_their_advice():
    results = [unmeasured(f"e{i}.jpg", "the file is empty") for i in range(15)]
    results += [unmeasured("t.jpg", "it is a text file"), measured(flags="glare")]
    text = Page(render_report(results, RUN)).text
    assert "17 photographs: 1 measured, 16 not measured." in text
    assert "15: the file is empty" in text
    assert "and 3 more" in text
    assert text.index("the file is empty") < text.index("it is a text file")
    assert "Use polarised light" in text
    assert "Research use; not a diagnostic device." in text
    assert "densitometer 1.2.3" in text


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_text_and_their_links_still_lead_to_the_file(name: str):
    result = measured(name, arm="<b>x</b>", flags="<i>y</i>")
    page = Page(
        render_report(
            [result, unmeasured(name, f"<u>{name}</u>")], {"densitometer": "<s>1</s>", "options": {"<q>": name}}
        )
    )
    assert page.open == []
    assert len(page.all("script")) == 1
    assert not {"b", "i", "u", "s", "q"} & {tag for tag, _ in page.elements}
    assert not [key for _, attributes in page.elements for key in attributes if key.startswith("on")]
    assert " ".join(shown(name).split()) in page.text
    sources = [element["src"] for element in page.all("img") if not element["src"].startswith("data:")]
    assert [unquote(source) for source in sources] == [result.overlay]
    assert not set("?#:<>\"' ") & set(sources[0])


@pytest.mark.parametrize("overlay", ["//elsewhere/x.png", "/etc/x.png", "https://elsewhere/x.png", "a\\b.png"])
def test_overlay_links_stay_relative(overlay: str):
    assert re.fullmatch(r"[^/:\\][^:\\]*", relative_url(overlay))


def test_names_that_are_not_utf8_do_not_stop_the_report(tmp_path: Path):
    name = b"caf\xe9.jpg".decode("utf-8", "surrogateescape")
    path = write_report(tmp_path, [measured(name)], RUN)
    text = path.read_text(encoding="utf-8")
    assert "caf\ufffd.jpg" in text
    assert "overlays/caf%E9.jpg.png" in text


def test_nothing_is_asked_of_any_network():
    text = render_report([measured(), unmeasured("b.jpg", "the file is empty")], RUN)
    page = Page(text)
    assert not re.search(r"https?:|//[a-z]|@import|url\(", text)
    assert not page.all("link")
    assert all("src" not in script for script in page.all("script"))
    assert all(re.match(r"data:image/jpeg;base64,|overlays/", image["src"]) for image in page.all("img"))
    assert not [1 for _, attributes in page.elements if "style" in attributes]


def test_policy_allows_this_style_and_script_alone():
    text = render_report([measured()], RUN)
    policies = [m["content"] for m in Page(text).all("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    assert len(policies) == 1
    assert policies[0].startswith("default-src 'none';")
    assert "unsafe" not in policies[0]
    assert "http" not in policies[0]
    for tag in ("style", "script"):
        assert hash_of(re.findall(f"<{tag}>(.*?)</{tag}>", text, re.S)[0]) in policies[0]


def hash_of(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_same_results_give_the_same_bytes(tmp_path: Path):
    results = [measured("a.jpg"), unmeasured("b.jpg", "the file is empty")]
    first = write_report(tmp_path, results, RUN).read_bytes()
    assert write_report(tmp_path, results, RUN).read_bytes() == first
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    assert b"\r" not in first
    assert str(tmp_path).encode() not in first


def test_empty_batch():
    page = Page(render_report([], {}))
    assert page.open == []
    assert "0 photographs: 0 measured, 0 not measured." in page.text
    assert "There are no photographs in this batch." in page.text


def test_nothing_measured():
    page = Page(render_report([unmeasured("a.jpg", "the file is empty")], RUN))
    assert page.open == []
    assert "1 photograph: 0 measured, 1 not measured." in page.text
    assert not page.all("img")
    assert not page.all("svg")


def test_all_values_come_with_unit_and_meaning():
    text = Page(render_report([measured(area_cm2=0.3871, subject="S 7", arm="placebo")], RUN)).text
    for column in PHOTO_COLUMNS:
        if column.name not in ("photo", "status", "reason", "flags"):
            assert column.name in text
            assert column.meaning in text
    assert "placebo" in text
    assert "S 7" in text
    assert "0.387" in text


def test_run_is_shown_flat_and_long_lists_by_their_length():
    text = Page(render_report([measured()], RUN)).text
    assert "settings.photo.min_side_px 64" in text
    assert "photographs 20 entries, listed in run.json" in text


def test_large_batches_leave_out_thumbnails_and_values_and_say_so():
    few, many = ([measured(f"{i}.jpg") for i in range(n)] for n in (MOST_IN_FULL, MOST_IN_FULL + 1))
    assert "data:image/jpeg" in render_report(few, RUN)
    text = render_report(many, RUN)
    assert "data:image/jpeg" not in text
    assert "thumbnails and a section for each are left out" in text
    assert len(rows(text)) == MOST_IN_FULL + 1
    page = Page(text)
    assert not page.all("details")[1:]  # but for that of the run
    assert 'href="overlays/7.jpg.png">7.jpg</a>' in rows(text)[7]
    assert targets(page) <= ids(page)


def test_large_pages_list_changes_since_the_baseline_and_link_their_pictures():
    many = [measured(f"{i}.jpg") for i in range(MOST_IN_FULL + 1)]
    cells = {"subject": "S", "site": "vertex", "comparable": 1, "verdict": "increase", "change_per_cm2": 9.0}
    names = {"baseline_photo": "0.jpg", "baseline_visit": "1"}
    views = [
        ComparisonView({**cells, **names, "followup_visit": "2", "against": "baseline"}, (), "comparisons/a.jpg"),
        ComparisonView({**cells, **names, "followup_visit": "3", "against": "previous"}, (), "comparisons/b.jpg"),
    ]
    text = render_report(many, RUN, views)
    assert '<a href="comparisons/a.jpg">' in text
    assert "comparisons/b.jpg" not in text
    assert 'class="change"' not in text
    assert targets(Page(text)) <= ids(Page(text))
    few = render_report(many[:3], RUN, views)
    assert few.count('<details class="change"') == 2


def test_tables_of_all_values_are_left_out_earlier():
    few, many = ([measured(f"{i}.jpg") for i in range(n)] for n in (MOST_WITH_VALUES, MOST_WITH_VALUES + 1))
    assert '<table class="values">' in render_report(few, RUN)
    text = render_report(many, RUN)
    assert '<table class="values">' not in text
    assert "the tables of all values are left out" in text
    assert "<svg" in text


def test_unknown_flag_is_named():
    assert "from_the_future" in Page(render_report([measured(flags="from_the_future")], RUN)).text


def test_folder_that_cannot_be_written_is_named(tmp_path: Path):
    with pytest.raises(ResultsError, match="cannot be written"):
        write_report(tmp_path / "missing", [], RUN)


def test_histogram_counts_every_width_once_and_in_its_bin():
    widths = [0.0, 4.999, 5.0, 29.999, 30.0, 39.99, 40.0, 119.9, 120.0]
    plot = width_histogram(widths)
    assert plot is not None
    assert sum(bar.count for bar in plot.bars) == plot.total == len(widths)
    filled = {bar.low_um: bar.count for bar in plot.bars if bar.count}
    assert filled == {0.0: 2, 5.0: 1, 25.0: 1, 30.0: 1, 35.0: 1, 40.0: 1, 115.0: 1, 120.0: 1}
    assert all(bar.high_um - bar.low_um == 5.0 for bar in plot.bars)
    assert "4 below 30 µm, 2 from 30 to 40 µm, 3 of 40 µm or more" in plot.summary


@pytest.mark.parametrize("most", [1, 2, 5, 6, 10, 11, 49, 50, 51, 99, 100, 101, 1234])
def test_histogram_fits_its_frame(most: int):
    plot = width_histogram([33.0] * most)
    assert plot is not None
    assert 2 <= len(plot.y_ticks) <= 6
    assert int(plot.y_ticks[-1].label) >= most
    assert min(bar.y for bar in plot.bars) >= 0
    assert all(math.isclose(bar.y + bar.height, plot.height, abs_tol=0.02) for bar in plot.bars)
    assert plot.bars[-1].x + plot.bars[-1].width <= plot.width + 0.5
    assert [mark.at for mark in plot.marks] == [30 / 100 * plot.width, 40 / 100 * plot.width]


def test_histogram_of_nothing():
    assert width_histogram([]) is None
    assert width_histogram([math.nan, -1.0, math.inf]) is None


def test_histogram_on_the_page_holds_counted_hairs_with_a_width_only():
    result = measured(widths_um=(25.0, None, 60.0, 61.0))
    result = replace(result, hairs=(*result.hairs, {"photo": "a.jpg", "hair": 9, "width_um": 80.0, "counted": 0}))
    text = render_report([result], RUN)
    assert "3 counted hairs with a width: 1 below 30 µm, 0 from 30 to 40 µm, 2 of 40 µm or more." in text
    assert text.count('class="bar"') == 2
    label = Page(text).all("svg")[0]["aria-label"]
    assert "25 to 30 µm: 1; 60 to 65 µm: 2" in label
