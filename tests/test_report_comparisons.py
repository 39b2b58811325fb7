"""Change between visits on the page: what it says, what it leaves out, and that names stay text."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from densitometer.dictionary import CHANGE_COLUMNS
from densitometer.report.comparisons import MOST_PLOTTED, ComparisonView
from densitometer.report.page import MOST_IN_FULL, render_report, write_report
from test_report_page import RUN, Page, measured

REASON = "the hair roots do not agree beyond chance; check which photographs these are"


def row(**cells: object) -> dict[str, object]:
    return {column.name: None for column in CHANGE_COLUMNS} | {
        "subject": "S01", "site": "vertex", "baseline_photo": "a.jpg", "followup_photo": "b.jpg", "comparable": 1,
        "reason": "", "overlap_cm2": 0.2512, "alignment_rms_um": 14.2, "persisting": 113, "lost": 17, "gained": 5,
        "ambiguous": 2, "baseline_per_cm2": 516.0, "followup_per_cm2": 468.0, "change_per_cm2": -48.04,
        "change_low_per_cm2": -59.0, "change_high_per_cm2": -36.0, "change_percent": -9.31, "mdc95_per_cm2": 14.6,
        "mdc95_source": "validated", "verdict": "decrease", "width_change_um": -1.26, "width_change_low_um": -2.0,
        "width_change_high_um": -0.5, "width_pairs": 2, "against": "baseline", "baseline_visit": "screening",
        "followup_visit": "week 12", "baseline_date": "2024-01-15", "followup_date": "2024-04-08", "turn_deg": -12.3,
        "matched_roots": 110, "redness_change": 1.23, "flaking_change": -0.021, "units_grown": 3, "units_shrunk": 11,
        "hairs_per_unit_change": -0.12,
    } | cells  # fmt: skip


def refused(**cells: object) -> dict[str, object]:
    kept = ("subject", "site", "baseline_photo", "followup_photo", "baseline_visit", "followup_visit", "against")
    numbers = {name: None for name in row() if name not in kept}
    return row(**numbers) | {"comparable": 0, "reason": REASON, "verdict": "not_comparable"} | cells


def match(
    first: int | None, second: int | None, fate: str, width: float | None = None, probability: float = 0.934
) -> dict[str, object]:
    return {
        "baseline_photo": "a.jpg", "followup_photo": "b.jpg", "baseline_hair": first, "followup_hair": second,
        "fate": fate, "probability": probability, "width_change_um": width,
        "baseline_x_px": 100.4, "baseline_y_px": 20.0, "followup_x_px": 310.0, "followup_y_px": 44.6,
    }  # fmt: skip


MATCHES = (
    match(1, 1, "persisting", -2.0),
    match(3, 2, "persisting", 1.0),
    match(None, 12, "gained"),
    match(20, None, "lost"),
    match(4, None, "lost"),
    match(None, 9, "ambiguous"),
)
VIEW = ComparisonView(row(), MATCHES, "comparisons/a--b.jpg", "comparisons/a--b.gif")
PHOTOS = (measured("a.jpg"), measured("b.jpg"))


def section(text: str) -> str:
    """The part of the page that tells of change."""
    return re.findall(r'<section aria-labelledby="changes">.*?(?=<section aria-labelledby="table">)', text, re.S)[0]


def render(*views: ComparisonView) -> str:
    return render_report(PHOTOS, RUN, views or (VIEW,))


def words(html: str) -> str:
    return Page(html).text


def test_page_without_comparisons_says_nothing_of_change():
    text = render_report(PHOTOS, RUN)
    assert text == render_report(PHOTOS, RUN, ())
    assert "Change between visits" not in text
    assert "details.change" not in re.sub("<script>.*?</script>", "", text, flags=re.S)


def test_section_stands_before_the_photographs_and_the_page_is_well_formed():
    text = render(VIEW, ComparisonView(refused(subject="S02")))
    page = Page(text)
    assert page.open == []
    assert text.index('id="changes"') < text.index('id="table"')
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {element["href"] for element in page.all("a") if element["href"].startswith("#")}
    assert targets <= {f"#{name}" for name in ids}


def test_table_tells_the_change_with_its_interval_error_and_verdict():
    text = words(section(render()))
    for shown in ("\u221248.0 (\u221259.0 to \u221236.0)", "\u22129.3", "14.6", "decrease", "113", "17"):
        assert shown in text
    assert "There are fewer hairs than before" in text
    assert "MDC95 (14.6 per cm², from rendered test pairs without change, not from replicates of this study)" in text
    assert "it does not say what caused it" in text
    assert "matched by 110 hair roots, which lie 14 µm apart on average" in text
    assert "both show 0.251 cm² of the same skin; the follow-up is turned by 12°." in text


def test_within_error_is_not_said_to_be_no_change():
    small = ComparisonView(row(verdict="within_error", change_per_cm2=3.0, mdc95_source="replicates"))
    text = words(section(render(small)))
    assert "it does not exceed MDC95 (14.6 per cm², from this study's own replicate photographs)" in text
    assert "This does not show that nothing changed" in text


CHANCE = ("The change is larger than MDC95 (14.6 per cm²", "so it may still be chance", "more of the same skin")


@pytest.mark.parametrize(
    ("change", "said", "unsaid"),
    [
        ((30.0, -1.0, 61.0), (*CHANCE, "(\u22121.0 to +61.0) includes zero"), "a smaller change"),
        ((-30.0, -61.0, 1.0), (*CHANCE, "(\u221261.0 to +1.0) includes zero"), "a smaller change"),
        ((9.0, 4.0, 14.0), ("(+4.0 to +14.0) leaves out zero, it does not exceed MDC95 (14.6",), "includes zero"),
        ((9.0, -4.0, 22.0), ("error: it does not exceed MDC95 (14.6", "a smaller change"), "although"),
    ],
)
def test_within_error_says_which_of_the_two_fails(
    change: tuple[float, float, float], said: tuple[str, ...], unsaid: str
):
    names = ("change_per_cm2", "change_low_per_cm2", "change_high_per_cm2")
    cells = dict(zip(names, change, strict=True))
    text = words(section(render(ComparisonView(row(verdict="within_error", **cells)))))
    for part in (*said, "This does not show that nothing changed"):
        assert part in text
    assert unsaid not in text


def test_not_comparable_shows_the_reason_and_no_number():
    view = ComparisonView(refused(flags="scale_differs"), (), "comparisons/a--b.jpg")
    html = section(render(view))
    text = words(html)
    assert text.count(REASON) == 2
    assert "No change is reported" in text
    table = re.findall(r"<tr id=\"k1\".*?</tr>", html, re.S)[0]
    assert not re.search(r"\d", re.sub(r"<[^>]*>", "", table).replace("week 12", ""))
    assert "per cm²</strong>" not in html
    assert "data:image/svg" not in html
    assert 'src="comparisons/a--b.jpg"' in html
    assert "scale_differs" in text
    assert "photograph at one magnification" in text


def test_numbers_of_a_row_that_is_not_comparable_are_never_shown():
    html = words(section(render(ComparisonView(row(comparable=0, reason=REASON, verdict="not_comparable"), MATCHES))))
    for number in ("48.0", "14.6", "113", "L20"):
        assert number not in html


def test_lost_and_gained_hairs_are_listed_by_the_labels_of_the_picture():
    html = section(render())
    table = re.findall(r'<table class="fates">.*?</table>', html, re.S)[0]
    assert re.findall(r'<th scope="row">(.*?)</th>', table) == ["L4", "L20", "G12", "G9?"]
    text = words(table)
    assert "baseline 4" in text
    assert "follow-up 12" in text
    assert "93 %" in text
    assert "100, 20" in text
    assert "310, 45" in text


def test_hairs_that_were_probably_overlooked_are_counted_and_not_listed():
    missed = (match(30, None, "ambiguous", probability=0.02), match(None, 31, "ambiguous", probability=0.099))
    html = section(render(ComparisonView(row(ambiguous=3), (*MATCHES, *missed))))
    table = re.findall(r'<table class="fates">.*?</table>', html, re.S)[0]
    assert re.findall(r'<th scope="row">(.*?)</th>', table) == ["L4", "L20", "G12", "G9?"]
    assert "dotted in the picture: 2 of 3 unsure hairs" in words(html)
    assert "with a probability below 10 %" in words(html)
    assert "Left out here" not in words(section(render()))
    alone = words(section(render(ComparisonView(row(lost=0, gained=0, ambiguous=2), missed))))
    assert "No hair was found lost or gained." in alone
    assert "2 of 2 unsure hairs" in alone
    many = [measured(f"{i}.jpg", widths_um=()) for i in range(MOST_IN_FULL + 1)]
    view = ComparisonView(row(), missed)
    assert "Left out here" not in words(section(render_report(many, RUN, [view])))


def test_no_lost_hairs_and_hairs_left_out_are_told_apart():
    none = row(lost=0, gained=0, ambiguous=0)
    assert "No hair was found lost or gained." in words(section(render(ComparisonView(none))))
    text = words(section(render(ComparisonView(row()))))
    assert "No hair was found lost or gained." not in text
    assert "matches.csv beside this file lists every hair." in text


def test_pictures_are_linked_beside_the_page_and_the_moving_one_is_folded_away():
    page = Page(render())
    assert {"comparisons/a--b.jpg", "comparisons/a--b.gif"} <= {link["href"] for link in page.all("a")}
    sources = [image["src"] for image in page.all("img")]
    assert "comparisons/a--b.jpg" in sources
    assert re.search(r'<details class="blink">(?:(?!</details>).)*comparisons/a--b.gif', render(), re.S)
    assert all(image.get("alt") is not None for image in page.all("img"))


def test_width_shift_and_timeline_are_plotted_with_their_words():
    plots = [image for image in Page(render()).all("img") if image["src"].startswith("data:image/svg+xml;base64,")]
    assert len(plots) == 2
    timeline, widths = plots
    assert "screening: 516 hairs per cm²; week 12: \u221248.0 per cm², decrease" in timeline["alt"]
    assert "Mean change of width of 2 hairs" in widths["alt"]
    svg = base64.b64decode(widths["src"].split(",")[1]).decode()
    assert "<svg" in svg
    assert "mean \u22121.3 µm" in svg


def test_visits_against_the_one_before_are_no_part_of_the_timeline():
    before = row(against="previous", baseline_visit="week 12", followup_visit="week 24", change_per_cm2=99.0)
    text = render(VIEW, ComparisonView(before))
    timeline = next(image["alt"] for image in Page(text).all("img") if "over the visits" in image.get("alt", ""))
    assert "week 24" not in timeline
    assert "the visit before" in words(section(text))


def test_scalp_and_units_are_told_with_their_caution():
    text = words(section(render()))
    assert "Redness of hair-free skin: +1.2 (CIELAB a*), which holds only with the same device" in text
    assert "Skin covered by flakes: \u22122.1 percentage points." in text
    assert "3 with more hairs, 11 with fewer" in text


@pytest.mark.parametrize(
    ("mean", "said"),
    [
        (-0.12, "on average 0.12 fewer hairs in a unit."),
        (0.108, "on average 0.11 more hairs in a unit."),
        (-0.001, "on average as many hairs in a unit as before."),
    ],
)
def test_change_of_units_is_told_in_words(mean: float, said: str):
    assert said in words(section(render(ComparisonView(row(hairs_per_unit_change=mean)))))


@pytest.mark.parametrize(("plain", "told"), [(-63.0, True), (-33.0, True), (-62.0, False), (-48.0, False)])
def test_plain_subtraction_is_told_where_it_is_farther_off_than_measuring_twice(plain: float, told: bool):
    text = words(section(render(ComparisonView(row(plain_change_per_cm2=plain)))))
    assert (f"and subtracting would say \u2212{-plain:.0f} per cm²: that mixes in the other skin" in text) == told


def test_alignment_says_no_turn_that_rounds_to_none():
    text = words(section(render(ComparisonView(row(turn_deg=0.4, matched_roots=None)))))
    assert "by their hair roots, which lie 14 µm apart on average" in text
    assert "of the same skin." in text


def test_a_bare_number_is_called_a_visit():
    html = section(render(ComparisonView(row(baseline_visit="1", followup_visit="2"))))
    assert "visit 2 2024-04-08 compared with visit 1 2024-01-15" in words(html)


def test_subjects_and_sites_come_in_their_order():
    views = [ComparisonView(row(subject=subject, site=site)) for subject, site in
             (("S2", "vertex"), ("S1", "front"), ("S2", "vertex"), ("S2", "front"))]  # fmt: skip
    heads = re.findall(r'<h3 id="s\d+"><bdi>(.*?)</bdi>', render(*views))
    assert heads == ["S2, vertex", "S1, front", "S2, front"]
    assert "<bdi>Two photographs</bdi>" in render(ComparisonView(row(subject=None, site=None)))


def overview(*rows: dict[str, object]) -> list[str]:
    """Rows of the overview as words; none where there is no overview."""
    found = re.findall(
        r'<table class="changes overview">.*?</table>', section(render(*map(ComparisonView, rows))), re.S
    )
    return [words(line) for line in re.findall(r"<tr>.*?</tr>", "".join(found), re.S)[1:]]


def test_several_sites_begin_with_an_overview_of_their_last_visits():
    last = {"followup_visit": "week 24", "change_per_cm2": 3.0, "verdict": "within_error"}
    before = {"baseline_visit": "week 12", "baseline_date": "2024-04-08", "against": "previous"}
    rows = [row(), row(**last), row(**last | before | {"change_per_cm2": 99.0}), refused(subject="S02", site="front")]
    first, second = overview(*rows)
    assert " ".join(first.split()) == "S01 vertex 3 week 24 2024-04-08 within error +3.0 (\u221259.0 to \u221236.0)"
    assert " ".join(second.split()) == "S02 front 2 week 12 not comparable – not measured"
    assert overview(*rows[:3]) == []
    html = section(render(*map(ComparisonView, rows)))
    assert html.index("overview") < html.index('<details class="reading">') < html.index('<h3 id="s1">')
    assert '<a href="#s2"><bdi>S02</bdi></a>' in html


def test_overview_has_a_row_for_each_photograph_of_the_last_visit():
    rows = [row(replicate=name, change_per_cm2=change) for name, change in (("a", -40.0), ("b", -50.0))]
    lines = overview(*rows, row(subject="S02"), row(subject="S03", against="previous"))
    assert len(lines) == 4
    assert "week 12 (a)" in lines[0]
    assert "\u221250.0" in lines[1]
    assert lines[3].split() == ["S03", "vertex", "2", "–", "not", "measured"]


def test_flags_stand_below_their_comparison():
    html = section(render(ComparisonView(row(flags="scale_differs;same_photograph"))))
    page = Page(html)
    assert page.open == []
    assert re.search(r'<td colspan="9">Flags: <code>scale_differs</code> <code>same_photograph</code></td>', html)
    assert 'rowspan="2"' not in section(render())


HOSTILE = ("<script>alert(1)</script>", "\"onerror=alert(1) x='", "{{ 7 * 7 }}", "$a_1$ 日本 \u202e", "a\x00b")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_text(name: str):
    cells = dict.fromkeys(("subject", "site", "baseline_visit", "followup_visit", "baseline_date", "replicate"), name)
    view = ComparisonView(row(**cells, flags=name), MATCHES, f"comparisons/{name}.jpg", f"comparisons/{name}.gif")
    text = render(view, ComparisonView(refused(reason=name, **cells)))
    page = Page(text)
    assert page.open == []
    assert len(page.all("script")) == 1
    assert not [key for _, attributes in page.elements for key in attributes if key.startswith("on")]
    assert "49" not in words(section(text)).replace("149", "") or name != "{{ 7 * 7 }}"
    sources = [image["src"] for image in page.all("img") if not image["src"].startswith("data:")]
    assert f"comparisons/{name}.jpg" in [unquote(source) for source in sources]
    for image in page.all("img"):
        if image["src"].startswith("data:image/svg"):
            assert "<script" not in base64.b64decode(image["src"].split(",")[1]).decode()


def test_large_studies_have_pictures_as_links_and_neither_plots_nor_single_hairs():
    photos = [measured(f"{i}.jpg", widths_um=()) for i in range(MOST_IN_FULL + 1)]
    html = section(render_report(photos, RUN, [VIEW]))
    page = Page(html)
    assert not page.all("img")
    assert "comparisons/a--b.jpg" in [link["href"] for link in page.all("a")]
    assert "L20" not in html
    assert "pictures are links here" in page.text


def test_replicates_are_named_only_where_a_visit_has_several():
    views = [ComparisonView(row(replicate=replicate), MATCHES) for replicate in ("left", "right")]
    html = words(section(render(*views, ComparisonView(row(replicate="left", followup_visit="week 24"), MATCHES))))
    assert "week 12 (left)" in html
    assert "week 12 (right)" in html
    assert "week 24" in html
    assert "week 24 (" not in html


def test_many_comparisons_are_not_plotted():
    html = section(render(*[ComparisonView(row(subject=str(i)), MATCHES) for i in range(MOST_PLOTTED + 1)]))
    assert "data:image/svg" not in html
    assert "plots are left out" in html
    assert "L20" in html
    assert "plots are left out" not in section(render())


def test_same_comparisons_give_the_same_bytes(tmp_path: Path):
    first = write_report(tmp_path, PHOTOS, RUN, [VIEW]).read_bytes()
    assert write_report(tmp_path, PHOTOS, RUN, [VIEW]).read_bytes() == first


def test_nothing_is_asked_of_any_network():
    text = render()
    assert not re.search(r"https?:|@import|url\(", text)
    assert not [1 for _, attributes in Page(text).elements if "style" in attributes]
    policy = [m["content"] for m in Page(text).all("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    assert "unsafe" not in policy[0]
