"""The study on the page of a trial: the numbers of its tables, escaped labels, and what stands where there is none."""

from __future__ import annotations

import csv
import html
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from statistics import fmean

import pytest

from densitometer.dictionary import CHANGE_COLUMNS
from densitometer.report.comparisons import ComparisonView
from densitometer.report.page import render_report
from densitometer.results import read_results
from densitometer.study.changes import repeat_rows
from test_report_page import Page, ids, targets
from trial_study import Picture, Row, write_trial

HOSTILE = "<script>alert(1)</script>\"' onerror=x {{ 7 * 7 }}"
HELD = re.compile(r"<h([34])[^>]*>(?P<title>.*?)</h\1>|<figcaption><strong>(?P<plot>.*?)\.</strong>", re.S)


def page_of(out: Path) -> str:
    with closing(read_results(out)) as record:
        names = [column.name for column in CHANGE_COLUMNS]
        cells = record.comparisons.cells("changes") if record.comparisons.there else ()
        views = [ComparisonView(dict(zip(names, some, strict=True))) for some in cells]
        return render_report(record, record.run(), views, list(repeat_rows(record)))


def small(
    folder: Path, change: Callable[[Row], Row] = dict, only: Callable[[Picture], bool] = lambda one: True
) -> Path:
    return write_trial(folder / "out", subjects=4, change=change, only=only)


@pytest.fixture(scope="module")
def page(trial_out: Path) -> str:
    return page_of(trial_out)


def study_part(page: str) -> str:
    return re.findall(r'<section aria-labelledby="study">.*?(?=<section aria-labelledby="changes">)', page, re.S)[0]


def table(page: str, plot: str, caption: str) -> list[list[str]]:
    """Rows of a table below a plot, as texts."""
    after = study_part(page).split(f"<strong>{plot}.</strong>")[1]
    found = re.findall(rf"<summary>[^<]*: {caption}</summary>.*?<tbody>(.*?)</tbody>", after, re.S)[0]
    rows = re.findall(r"<tr>(.*?)</tr>", found, re.S)
    return [[text_of(cell) for cell in re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row, re.S)] for row in rows]


def text_of(cell: str) -> str:
    return html.unescape(re.sub("<[^>]*>", "", cell))


def csv_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def signed(cell: str) -> float:
    return float(cell.split(" ", maxsplit=1)[0].replace("\u2212", "-"))


# ---- numbers


def test_flow_agrees_with_the_tables(page: str, trial_out: Path):
    photos = csv_rows(trial_out / "photos.csv")
    steps = [int(n) for n in re.findall(r'<p class="step"><strong>(\d+)</strong>', page)]
    measured = [one for one in photos if one["status"] == "measured"]
    assert steps[:3] == [len(photos), len(measured), len(measured)]
    for reason in {one["reason"] for one in photos if one["reason"]}:
        assert html.unescape(study_part(page)).count(reason) == 1
    baselines = {one["photo"] for one in photos if one["visit"] == "baseline"}
    since = [one for one in csv_rows(trial_out / "changes.csv") if one["baseline_photo"] in baselines]
    made = {one["followup_photo"] for one in since if one["comparable"] == "1"}
    assert steps[5] == len(made)


@pytest.mark.parametrize("site", ["Scheitel", "left temporal"])
def test_densities_of_subjects_are_those_of_photos_csv(page: str, trial_out: Path, site: str):
    visits = ["baseline", "week 6", "week 12", "追加", "week 24"]
    found: dict[tuple[str, str], list[float]] = {}
    for one in csv_rows(trial_out / "photos.csv"):
        if one["site"] == site and one["density_per_cm2"]:
            found.setdefault((one["subject"], one["visit"]), []).append(float(one["density_per_cm2"]))
    rows = table(page, f"Hair density, hairs/cm², {site}", "by subject")
    assert len(rows) == 30
    shown = 0
    for subject, _, *cells in rows:
        for visit, cell in zip(visits, cells, strict=True):
            if numbers := found.get((subject, visit)):
                assert float(cell) == pytest.approx(fmean(numbers), abs=0.06)
                shown += 1
    assert shown == len(found)


@pytest.mark.parametrize("site", ["Scheitel", "left temporal"])
def test_changes_and_verdicts_of_subjects_are_those_of_changes_csv(page: str, trial_out: Path, site: str):
    given: dict[tuple[str, str], list[tuple[float, str]]] = {}
    for one in csv_rows(trial_out / "changes.csv"):
        if one["site"] == site and one["comparable"] == "1" and one["baseline_visit"] == "baseline":
            found = (float(one["change_per_cm2"]), one["verdict"].replace("_", " "))
            given.setdefault((one["subject"], one["followup_visit"]), []).append(found)
    rows = table(page, f"Change of density since the baseline, hairs/cm², {site}", "by subject")
    assert {(row[0], row[2]) for row in rows} == set(given)
    for subject, _, visit, verdict, change, _ in rows:
        some = given[subject, visit]
        verdicts = {word for _, word in some}
        assert signed(change) == pytest.approx(fmean(number for number, _ in some), abs=0.06)
        assert verdict == (verdicts.pop() if len(verdicts) == 1 else "within error")


def test_links_lead_to_subjects_and_rows_of_the_page(page: str):
    assert targets(Page(page)) <= ids(Page(page))
    linked = {int(n) for n in re.findall(r'href="subjects\.html#s(\d+)"', page)}
    assert linked == set(range(1, 31))
    first = re.findall(r'<a href="subjects\.html#s1">(.*?)</a>', page)
    assert {text_of(one) for one in first} == {"Jörg-07"}


def test_every_plot_has_words_for_those_who_do_not_see_it(page: str):
    images = [one for one in Page(study_part(page)).all("img") if one["src"].startswith("data:image/svg")]
    assert len(images) >= 8
    assert all(len(one["alt"]) > 30 for one in images)
    assert all(one["loading"] == "lazy" and int(one["width"]) > int(one["height"]) > 300 for one in images)
    assert len(re.findall("<figcaption>", study_part(page))) == len(images)
    assert "style=" not in re.sub("<(style|script)>.*?</\\1>", "", page, flags=re.S)


def test_no_two_regions_have_one_name(page: str):
    """Neither tables that scroll, among themselves, nor one of them and the section that it stands in."""
    named = [one["aria-label"] for one in Page(page).all("div") if one.get("role") == "region"]
    labels = [one["aria-labelledby"] for one in Page(page).all("section")]
    headings = {key: text_of(text) for key, text in re.findall(r'<h[234] id="([^"]*)">(.*?)</h[234]>', page)}
    every = [*map(html.unescape, named), *(headings.get(label, label) for label in labels)]
    assert len(named) > 100
    assert [name for name, count in Counter(every).items() if count > 1] == []


def test_same_results_give_the_same_page(page: str, trial_out: Path):
    assert page_of(trial_out) == page


# ---- what people write into tables


def hostile(row: Row) -> Row:
    return {
        **row,
        "arm": f"{HOSTILE}{row['arm']}",
        "site": f"{HOSTILE}{row['site']}",
        "device": f"<b>{row['device']}</b>",
    }


def test_hostile_labels_are_text(tmp_path: Path):
    text = page_of(small(tmp_path, hostile))
    page = Page(text)
    assert page.open == []
    assert "The part on the study is left out" not in text
    assert len(page.all("script")) == 1
    assert not page.all("b")
    assert HOSTILE in html.unescape(text)
    assert not [key for _, attributes in page.elements for key in attributes if key.startswith("on")]


def test_study_that_cannot_be_built_is_left_out_with_its_reason(tmp_path: Path):
    def spelt(row: Row) -> Row:
        return {**row, "site": "scheitel"} if "S-02/Scheitel week 6" in str(row["photo"]) else row

    text = page_of(small(tmp_path, spelt))
    assert "The part on the study is left out: the study cannot be read: the site" in html.unescape(text)
    assert "subjects.html" not in text
    assert 'id="flow"' not in text
    assert "Change between visits" in text
    assert len(re.findall(r'<tr id="r\d+">', text)) == 44


def test_no_subject_no_study(tmp_path: Path):
    text = page_of(small(tmp_path, lambda row: {**row, "subject": "", "site": "", "visit": "", "visit_date": ""}))
    assert "The study" not in text
    assert "The part on the study" not in text


# ---- few and many


def test_one_subject_with_two_photographs(tmp_path: Path):
    wanted: Mapping[str, int] = {"baseline": 1, "week 24": 1}

    def first(one: Picture) -> bool:
        return one.number == 1 and one.site == "Scheitel" and wanted.get(one.visit) == one.replicate

    text = page_of(small(tmp_path, only=first))
    page = Page(text)
    assert page.open == []
    assert "2 photographs of 1 subject." in page.text
    assert 'id="over-time"' in text
    assert "nan" not in page.text.lower().split()
    assert targets(page) <= ids(page)


def test_folder_that_was_not_compared(tmp_path: Path):
    text = page_of(write_trial(tmp_path / "out", subjects=3, compared=False))
    assert "visits have not been compared: run densitometer compare" in text
    assert "Change of density since the baseline" not in text
    assert "Who changed" not in text


def plots(text: str) -> Iterator[str]:
    for found in HELD.finditer(text):
        yield html.unescape(found["title"] or found["plot"] or "")


def test_study_stands_after_the_summary_and_before_the_changes(page: str):
    order = [page.index(f'id="{name}"') for name in ("summary", "study", "flow", "devices", "changes", "table", "made")]
    assert order == sorted(order)
    assert "Flow of photographs" in list(plots(page))
