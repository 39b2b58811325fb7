"""The page of each subject: true to the tables, whole, apart from other subjects, and unmoved by hostile labels."""

from __future__ import annotations

import base64
import csv
import hashlib
import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import cast
from urllib.parse import unquote

import pytest

from densitometer.dictionary import CHANGE_COLUMNS, PHOTO_COLUMNS
from densitometer.report.comparisons import ComparisonView
from densitometer.report.reference_values import NOT_A_LIMIT, WIDTHS_DIFFER
from densitometer.report.subjects.page import render_subjects
from densitometer.report.texts import shown
from densitometer.results import PhotoResult, read_results
from densitometer.results.resume import NOT_REACHED
from densitometer.settings.align import AlignSettings
from densitometer.study.changes import change_rows
from densitometer.visits import align
from densitometer.visits.view import View

RUN = {"densitometer": "1.2.3"}
VOID = {"meta", "img", "input"}
HOSTILE = (
    "<script>alert(1)</script>",
    "\"onerror=alert(1) x='",
    "{{ 7 * 7 }}",
    "&lt;b&gt;",
    "a\u202egpj.exe",
    "日本/ä",
)


class Page(HTMLParser):
    """Elements with their attributes and texts, by the article that they stand in."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, str, dict[str, str]]] = []
        self.texts: dict[str, list[str]] = {"": []}
        self.open: list[str] = []
        self.article = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "article":
            self.article = given["id"]
            self.texts[self.article] = []
        self.elements.append((self.article, tag, given))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((self.article, tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag == "article":
            self.article = ""

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.texts[self.article].append(data)

    def text(self, article: str) -> str:
        return " ".join(" ".join(self.texts[article]).split())

    def all(self, tag: str, article: str | None = None) -> list[dict[str, str]]:
        return [given for at, name, given in self.elements if name == tag and article in (None, at)]

    @property
    def articles(self) -> list[str]:
        return [name for name in self.texts if name]


def photo(name: str = "a.jpg", subject: str = "P-1", visit: str = "1", **cells: object) -> PhotoResult:
    row: dict[str, object] = dict.fromkeys(column.name for column in PHOTO_COLUMNS)
    row |= {"photo": name, "status": "measured", "reason": "", "flags": "", "um_per_px": 5.0, "hair_count": 90}
    row |= {"density_per_cm2": 152.4, "density_low_per_cm2": 131.2, "density_high_per_cm2": 173.6}
    row |= {"mean_width_um": 57.3, "terminal30_per_cm2": 120.0, "vellus30_per_cm2": 30.0, "hairs_per_unit": 1.84}
    row |= {"subject": subject, "site": "vertex", "visit": visit, "visit_date": f"2026-0{visit}-12", "replicate": ""}
    return PhotoResult(name, {**row, **cells}, overlay=f"overlays/{name}.png")  # type: ignore[arg-type]


def unmeasured(name: str, reason: str, **cells: object) -> PhotoResult:
    one = photo(name, **cells)  # type: ignore[arg-type]
    kept = {name: one.row[name] for name in ("photo", "subject", "site", "visit", "visit_date", "replicate")}
    row = {**dict.fromkeys(one.row), **kept, "status": "not_measured", "reason": reason, "flags": ""}
    return PhotoResult(name, row)


def compared(baseline: str, followup: str, **cells: object) -> ComparisonView:
    row: dict[str, object] = dict.fromkeys(column.name for column in CHANGE_COLUMNS)
    row |= {"baseline_photo": baseline, "followup_photo": followup, "subject": "P-1", "site": "vertex"}
    row |= {"comparable": 1, "reason": "", "against": "baseline", "flags": "", "lost": 3, "gained": 12}
    row |= {"change_per_cm2": 24.06, "change_low_per_cm2": 15.2, "change_high_per_cm2": 33.0, "change_percent": 15.8}
    row |= {"mdc95_per_cm2": 12.97, "verdict": "increase", "baseline_date": "2026-01-12"}
    return ComparisonView({**row, **cells}, picture=f"comparisons/{baseline}--{followup}.jpg")  # type: ignore[arg-type]


def page_of(results: Sequence[PhotoResult], comparisons: Sequence[ComparisonView] = ()) -> Page:
    text = render_subjects(results, RUN, comparisons)
    assert text is not None
    return Page(text)


def two_visits(**cells: object) -> Page:
    return page_of([photo(), photo("b.jpg", visit="2")], [compared("a.jpg", "b.jpg", **cells)])


# ---- what it says


def test_a_gain_is_told_with_its_numbers_and_no_cause():
    text = two_visits().text("s1")
    assert "From 12 Jan 2026 to 12 Feb 2026: 24 more hairs per cm² (95 % interval: 15 to 33 more)." in text
    assert "This is more hair than measuring alone explains." in text
    assert "No number here says why hair changed" in text
    for told in ("152 (131 to 174)", "57", "80 %", "1.8", "+24 (+15 to +33)", "the start"):
        assert told in text
    assert "densitometer 1.2.3. Research use; not a diagnostic device." in text
    assert "ask your doctor" in text


def test_a_change_is_told_from_what_to_what_on_the_skin_of_both():
    page = two_visits(baseline_per_cm2=160.01, followup_per_cm2=121.07, change_percent=-24.34)
    wanted = "On the skin that both photographs show: 160 hairs per cm² at the start, 121 at this visit (24 % fewer)."
    assert wanted in page.text("s1")
    assert "The table counts whole photographs, each with other skin too; so its counts differ" in page.text("s1")
    assert "On the skin that both" not in two_visits().text("s1")  # tables of older versions need not say


@pytest.mark.parametrize(
    ("verdict", "told"),
    [("increase", "the others say the same"), ("within_error", "the others do not say the same")],
)
def test_the_first_of_several_photographs_of_a_visit_is_told_and_whether_the_others_agree(verdict: str, told: str):
    results = [photo(), photo("b.jpg", visit="2", replicate="1"), photo("c.jpg", visit="2", replicate="2")]
    text = page_of(results, [compared("a.jpg", "b.jpg"), compared("a.jpg", "c.jpg", verdict=verdict)]).text("s1")
    assert f"This is the first photograph of the visit; {told}, see the table." in text


def test_every_change_in_a_sentence_has_its_interval(trial_out: Path):
    page, _ = trial(trial_out)
    told = [
        found
        for name in page.articles
        for found in re.findall(r"(?:more|fewer) hairs? per cm²(.{19})", page.text(name))
    ]
    assert len(told) > 30
    assert {found.startswith(" (95 % interval: ") for found in told} == {True}


def test_the_key_stands_beside_the_picture_with_a_sign_and_a_word_for_each_mark():
    page = two_visits(persisting=20, ambiguous=2)
    text = page.text("s1")
    for told in ("in both: 20", "circle, L: lost, 3", "diamond, G: gained, 12", "triangle, ?: unsure, counts in part"):
        assert told in text
    signs = [given["class"].split()[1] for given in page.all("svg") if given.get("class", "").startswith("sign ")]
    assert signs == ["persisting", "lost", "gained", "ambiguous", "overlooked", "missing"]
    assert "unsure" not in two_visits(ambiguous=0).text("s1")
    assert "square" not in " ".join(image["alt"] for image in page.all("img")) + text


def test_what_is_for_the_clinic_stands_apart_from_the_sheet_and_is_announced_on_it():
    page = page_of([photo(flags="glare;blurred"), photo("b.jpg", "P-2")])
    assert "2 points about these photographs are noted for the clinic" in page.text("s1")
    assert "noted for the clinic" not in page.text("s2")
    assert [given["aria-labelledby"] for given in page.all("section") if given.get("class") == "clinic"] == [
        "s1-clinic"
    ]
    sheet, _, clinic = page.text("s1").partition("For the clinic : P-1")
    assert "Use polarised light" in clinic
    assert "Use polarised light" not in sheet
    (box,), (label,) = page.all("input", "s1"), page.all("label", "s1")
    assert label["for"] == box["id"]
    assert page.all("input", "s2") == []


def test_a_loss_is_told_as_one():
    text = two_visits(
        change_per_cm2=-38.9,
        change_low_per_cm2=-63.8,
        change_high_per_cm2=-14.0,
        change_percent=-24.3,
        verdict="decrease",
    ).text("s1")
    assert (
        "39 fewer hairs per cm² (95 % interval: 14 to 64 fewer). This is less hair than measuring alone explains"
        in text
    )
    assert "−39 (−64 to −14)" in text


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (6.2, "show 6 more hairs per cm² (95 % interval: 3 fewer to 15 more); measuring twice alone can make a"),
        (-0.9, "show 1 fewer hair per cm² (95 % interval: 3 fewer to 15 more); measuring twice alone can make a"),
        (0.2, "show as many hairs per cm² as before (95 % interval: 3 fewer to 15 more); measuring twice alone"),
        (20.0, "to 15 more). That may still be chance, as no change at all lies within the interval."),
    ],
)
def test_a_change_within_error_is_no_difference_that_measuring_can_tell(change: float, told: str):
    text = two_visits(
        change_per_cm2=change, change_low_per_cm2=-2.6, change_high_per_cm2=14.9, verdict="within_error"
    ).text("s1")
    assert "no difference that measuring can tell" in text
    assert told in text
    assert "explains" not in text


def test_visits_that_could_not_be_compared_say_why_and_the_clinic_what_to_do():
    reason = "they show no place in common; check that both show the same site"
    text = two_visits(comparable=0, verdict="not_comparable", reason=reason, change_per_cm2=None).text("s1")
    assert "On 12 Feb 2026: 152 hairs per cm² (95 % interval 131 to 174)." in text
    assert "It could not be compared with the start: they show no place in common." in text
    assert "Could not be compared: they show no place in common. Check that both show the same site." in text


A, B = (cast("View", SimpleNamespace(photo=name, um_per_px=scale)) for name, scale in (("a.jpg", 4.0), ("b.jpg", 5.0)))


@pytest.mark.parametrize(
    ("reason", "plain"),
    [
        (align._refusal(A, B, 40, 30), "the two photographs do not seem to show the same place"),
        (align._wrong_scale(A, B, 0.8), "the scales of the two photographs contradict each other"),
        (align._mirror(A, B), "one of the two photographs looks like a mirror image"),
        (align._too_few(1, "follow-up", B, AlignSettings()), "too few hairs were found to lay the two photographs on"),
    ],
)
def test_the_patient_reads_plainly_why_photographs_were_refused_and_the_clinic_in_full(reason: str, plain: str):
    text = two_visits(comparable=0, verdict="not_comparable", reason=reason, change_per_cm2=None).text("s1")
    sheet, _, clinic = text.partition("For the clinic : P-1")
    assert f"It could not be compared with the start: {plain}" in sheet
    assert ".jpg" not in sheet
    assert f"Could not be compared: {reason.partition('; ')[0].replace(' um per px', ' µm per pixel')}." in clinic
    assert "um per px" not in text


def test_a_start_that_could_not_be_measured_is_told_in_plain_words():
    reason = "the baseline cannot be used: a.jpg was not measured (it is blurred; take it again)"
    results = [unmeasured("a.jpg", "it is blurred; take it again"), photo("b.jpg", visit="2")]
    cells = {"comparable": 0, "verdict": "not_comparable", "reason": reason, "change_per_cm2": None}
    text = page_of(results, [compared("a.jpg", "b.jpg", **cells)]).text("s1")
    assert "with the start: the photograph of the start could not be measured." in text
    assert "Could not be measured: it is blurred. Take it again." in text
    assert "before the start" not in text


def test_a_last_visit_without_numbers_is_told():
    results = [photo(), photo("b.jpg", visit="2"), unmeasured("c.jpg", "the file is empty", visit="3")]
    text = page_of(results, [compared("a.jpg", "b.jpg")]).text("s1")
    assert "From 12 Jan 2026 to 12 Feb 2026: 24 more hairs" in text
    assert "The last visit, 12 Mar 2026, could not be measured." in text


def test_without_comparisons_the_timeline_tells_densities():
    text = page_of([photo(), photo("b.jpg", visit="2", density_per_cm2=99.6)]).text("s1")
    assert "Hairs per cm². Bars: 95 % intervals." in text
    assert "100 (131 to 174)" in text
    for of_changes in ("What that means", "Change", "lost"):
        assert of_changes not in text


def test_without_a_scale_there_is_no_density():
    empty = dict.fromkeys(["um_per_px", *(name for name in photo().row if name.endswith(("_cm2", "_um")))])
    text = page_of([photo(**empty, flags="no_scale")]).text("s1")
    assert "has no known scale, so the number of hairs per cm² is not known. 90 hairs were counted on it." in text
    assert "scale not known; 90 hairs counted" in text
    assert "No scale was stated" in text
    assert " 0 " not in text


def test_what_could_not_be_measured_stands_there_with_reason_and_advice():
    reason = "the photograph is blurred all over; focus on the skin and take it again"
    page = page_of([photo(), unmeasured("b.jpg", reason, visit="2")])
    text = page.text("s1")
    assert "could not be measured: the photograph is blurred all over" in text
    assert "visit 2, 12 Feb 2026: Could not be measured: the photograph is blurred all over. Focus on the skin" in text
    assert len(page.all("img")) == 1
    nothing = page_of([unmeasured("b.jpg", reason)]).text("s1")
    assert "No photograph of this site could be measured." in nothing
    assert "What the numbers mean" not in nothing


def test_flags_stand_once_with_all_their_photographs_and_their_advice():
    text = page_of([photo(flags="glare"), photo("b.jpg", visit="2", flags="blurred;glare")]).text("s1")
    assert text.count("Use polarised light") == 1
    assert "visit 1, 12 Jan 2026; visit 2, 12 Feb 2026: Bright reflections" in text
    assert text.count("Focus on the skin") == 1


def test_pictures_are_of_the_baseline_the_last_visit_those_between_and_the_last_comparison():
    results = [photo(f"{visit}.jpg", visit=str(visit)) for visit in (1, 2, 3)]
    results.append(unmeasured("4.jpg", "the file is empty", visit="4"))
    page = page_of(results, [compared("1.jpg", "2.jpg"), compared("1.jpg", "3.jpg")])
    sources = [image["src"] for image in page.all("img")]
    assert sources == ["overlays/1.jpg.png", "overlays/3.jpg.png", "overlays/2.jpg.png", "comparisons/1.jpg--3.jpg.jpg"]
    assert all(image["alt"] and image["loading"] == "lazy" for image in page.all("img"))


def test_ranges_of_others_stand_there_with_their_source_and_are_no_limit():
    text = two_visits().text("s1")
    assert "US Caucasian adults: 186 to 263 (Birnbaum 2017, PMC6219221)" in text
    assert "Healthy women, front: 53 to 69; healthy women, back of the head: 50 to 64;" in text
    assert NOT_A_LIMIT in text
    assert WIDTHS_DIFFER in text
    assert "above 53" not in text  # a norm with one side open reads like a limit
    without = page_of([photo(mean_width_um=None)]).text("s1")
    assert NOT_A_LIMIT in without
    assert WIDTHS_DIFFER not in without
    nothing = page_of([photo(mean_width_um=None, density_per_cm2=None)]).text("s1")
    assert "For orientation" not in nothing


# ---- one subject on one sheet


def test_an_article_holds_nothing_of_another_subject(trial_out: Path):
    page, rows = trial(trial_out)
    codes = list(dict.fromkeys(row["subject"] for row in rows))
    assert len(page.articles) == len(codes) == 30
    for article in page.articles:
        told = page.text(article) + " ".join(
            unquote(value) for at, _, given in page.elements if at == article for value in given.values()
        )
        there = [code for code in codes if code in told]
        assert len(there) == 1
        assert page.text(article).startswith(f"Hair measurements: {there[0]}")


def test_the_number_of_an_article_is_the_place_of_its_subject(trial_out: Path):
    page, _ = trial(trial_out)
    links = [link["href"] for link in page.all("a", "") if link["href"] not in ("#all", "report.html")]
    assert links == [f"#{article}" for article in page.articles] == [f"#s{n}" for n in range(1, 31)]
    assert page.text("s1").startswith("Hair measurements: Jörg-07")  # in the order of the study


def test_every_number_is_that_of_the_tables(trial_out: Path):
    page, rows = trial(trial_out)
    with (trial_out / "changes.csv").open(encoding="utf-8", newline="") as file:
        changes = {row["followup_photo"]: row for row in csv.DictReader(file) if row["against"] == "baseline"}
    texts = {page.text(article).split()[2]: page.text(article) for article in page.articles}
    shown = 0
    for row in rows:
        text = texts[row["subject"]]
        if row["density_per_cm2"]:
            value, low, high = (float(row[f"density_{end}per_cm2"]) for end in ("", "low_", "high_"))
            told = [tuple(map(float, found)) for found in re.findall(r" (\d+) \((\d+) to (\d+)\)", text)]
            wanted = (value, low, high)
            assert any(max(abs(a - b) for a, b in zip(one, wanted, strict=True)) <= 0.551 for one in told)
        change = changes.get(row["photo"])
        if change and change["change_per_cm2"]:
            shown += 1
            told = [
                float(value.replace("\u2212", "-"))
                for value in re.findall(r" ([+\u2212]?\d+) \([+\u2212]?\d+ to", text)
            ]
            assert min(abs(value - float(change["change_per_cm2"])) for value in told) <= 0.506  # both are rounded
    assert shown > 100


def trial(out: Path) -> tuple[Page, list[dict[str, str]]]:
    with closing(read_results(out)) as record:
        text = render_subjects(record, record.run(), [ComparisonView(row) for row in change_rows(record)])
    assert text is not None
    with (out / "photos.csv").open(encoding="utf-8", newline="") as file:
        return Page(text), list(csv.DictReader(file))


# ---- form


def test_it_needs_no_script_and_lets_nothing_in():
    text = render_subjects([photo()], RUN)
    assert text is not None
    page = Page(text)
    assert page.all("script") == []
    assert not [given for _, _, given in page.elements if "style" in given]
    style = re.search(r"<style>(.*?)</style>", text, re.S)
    assert style
    sha256 = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = next(given["content"] for given in page.all("meta") if "http-equiv" in given)
    assert f"style-src 'sha256-{sha256}'" in policy
    assert policy.startswith("default-src 'none'")
    addresses = [given[name] for _, _, given in page.elements for name in ("src", "href") if name in given]
    assert [address for address in addresses if ":" in address or address.startswith("//")] == []
    for rule in ("main > article { display: none; }", "article:target", "main:target > article"):
        assert rule in style[1]


@pytest.mark.parametrize("label", HOSTILE)
def test_hostile_labels_are_text(label: str):
    given = {"subject": label, "site": label, "visit": label, "visit_date": "2026-01-12"}
    name, later = f"{label}.jpg", {**given, "visit": "2", "visit_date": "2026-02-12"}
    page = page_of([photo(name, **given), unmeasured("b.jpg", f"<u>{label}</u>", **later)])  # type: ignore[arg-type]
    assert not {"script", "b", "u"} & {tag for _, tag, _ in page.elements}
    assert not [key for _, _, attributes in page.elements for key in attributes if key.startswith("on")]
    assert page.text("s1").startswith(f"Hair measurements: {shown(label)}")
    (image,) = page.all("img")
    assert unquote(image["src"]) == f"overlays/{name}.png"


def test_identifiers_are_unique_and_links_lead_somewhere(trial_out: Path):
    page, _ = trial(trial_out)
    ids = [given["id"] for _, _, given in page.elements if "id" in given]
    assert len(ids) == len(set(ids))
    links = {given["href"] for given in page.all("a") if given["href"].startswith("#")}
    assert links <= {f"#{name}" for name in ids} | {"#"}
    labels = {given["aria-labelledby"] for _, _, given in page.elements if "aria-labelledby" in given}
    assert labels <= set(ids)


def test_the_same_results_give_the_same_text():
    results, views = [photo(), photo("b.jpg", visit="2")], [compared("a.jpg", "b.jpg")]
    assert render_subjects(results, RUN, views) == render_subjects(list(results), dict(RUN), tuple(views))


def test_there_is_none_where_nobody_is_named_or_not_all_were_looked_at():
    nobody: Mapping[str, object] = {"subject": "", "site": "", "visit": "", "visit_date": ""}
    assert render_subjects([photo(**nobody)], RUN) is None  # type: ignore[arg-type]
    assert render_subjects([photo(), unmeasured("b.jpg", NOT_REACHED, visit="2")], RUN) is None
    assert render_subjects([], RUN) is None


def test_where_there_is_no_study_the_log_says_why(caplog: pytest.LogCaptureFixture):
    caplog.set_level("INFO", logger="densitometer")
    assert render_subjects([photo(), photo("b.jpg")], RUN) is None
    assert "a.jpg and b.jpg have the same subject, site, visit and replicate" in caplog.text
