"""What people type into a visits table, on both pages: shown as text, with nothing hidden in it, and never run."""

from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import unquote

import pytest

from browser_pages import Given, given_by, report_of, subjects_of
from densitometer.report.texts import shown
from densitometer.report.web import templates
from test_report_page import Page
from trial_study import Picture, Row, write_trial

HIDDEN = [
    *map(chr, range(0x20)),
    *map(chr, range(0x7F, 0xA0)),
    *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\ufeff\u00ad\u2060\u2028",
]
KEPT = "\t\n\r"
HOSTILE = (
    "<script>alert(1)</script>",
    "\"onerror=alert(1) x='",
    "{{ 7 * 7 }}{% raw %}",
    "</svg></style></title><svg onload=alert(1)>",
    "]]><!--",
    "$x_1^{$ \\frac \\",
    "שלום العربية",
    "👩🏽‍🔬 가 𓀀",
    "é" * 10_000,
)


def raw(text: str) -> set[str]:
    """Signs in a page, or in a figure on it, that nobody sees."""
    figures = (base64.b64decode(one) for one in re.findall(r"data:image/svg\+xml;base64,([^\"]*)", text))
    return {
        sign for part in (text, *map(bytes.decode, figures)) for sign in part if sign in HIDDEN and sign not in KEPT
    }


def _few(one: Picture) -> bool:
    return one.visit in ("baseline", "week 24") and one.replicate == 1


def labelled(folder: Path, label: str) -> Given:
    """Results of two subjects with the label in the place of all that people type."""

    def change(row: Row) -> Row:
        said: Row = {name: f"{row[name]}{label}" for name in ("subject", "site", "visit", "arm", "device", "remark")}
        return {**row, **said, "reason": f"no {label}" if row["status"] != "measured" else row["reason"]}

    return given_by(write_trial(folder, subjects=2, only=_few, change=change), lambda photo: f"{photo}{label}")


@pytest.mark.parametrize("sign", HIDDEN)
def test_what_is_hidden_becomes_its_number(sign: str) -> None:
    told = shown(f"a{sign}b")
    if sign in KEPT:
        assert told == f"a{sign}b"
        return
    assert told == f"a\\{f'x{ord(sign):02x}' if ord(sign) < 256 else f'u{ord(sign):04x}'}b"
    assert shown(told) == told
    assert (
        templates().from_string("<p title='{{ a }}'>{{ 'x' ~ a }}{{ '%s'|format(a) }}").render(a=sign).count("\\") == 3
    )


def test_two_names_that_differ_in_what_is_hidden_are_told_apart() -> None:
    assert len({shown(f"S{sign}1") for sign in HIDDEN}) == len(HIDDEN)


@pytest.mark.parametrize("text", ["שלום", "\u200fאב\u200e", "👩🏽\u200d🔬", "نمی\u200cخواهم", "日本 ä", "a\tb\r\nc"])
def test_what_writing_needs_stays(text: str) -> None:
    assert shown(text) == text


@pytest.mark.parametrize("label", ["\x00\x01\x1b[31m\x0b\x85", "\u202egpj.exe\u2066\u2069"])
def test_neither_page_holds_anything_hidden(tmp_path: Path, label: str) -> None:
    given = labelled(tmp_path / "out", label)
    report, subjects = report_of(given), subjects_of(given)
    assert "S-01" in report
    assert shown(label) in Page(report).text
    assert raw(report) == set()
    assert raw(subjects) == set()


@pytest.mark.parametrize("label", HOSTILE, ids=[one[:12] for one in HOSTILE])
def test_labels_are_text_on_both_pages(tmp_path: Path, label: str) -> None:
    given = labelled(tmp_path / "out", label)
    report, subjects = report_of(given), subjects_of(given)
    assert "The part on the study is left out" not in report
    assert len(re.findall('<article id="s', subjects)) == 2
    plain = " ".join(label.split())
    for text in (report, subjects):
        page = Page(text)
        assert page.open == []
        assert plain in page.text
        assert len(page.all("script")) == (text is report)
        assert len(page.all("style")) == 1
        assert not [key for _, given in page.elements for key in given if key.startswith("on") or key == "style"]
        assert raw(text) == set()
    for figure in re.findall(r"data:image/svg\+xml;base64,([^\"]*)", report):
        assert {one.tag.rpartition("}")[2] for one in ET.fromstring(base64.b64decode(figure)).iter()} < _DRAWN
    assert unquote(next(one["src"] for one in Page(subjects).all("img"))).startswith("overlays/")


_DRAWN = {"svg", "title", "defs", "style", "g", "path", "text", "tspan", "use", "clipPath", "rect", "pattern"}


def test_a_report_without_the_page_of_subjects_links_to_none(tmp_path: Path) -> None:
    given = labelled(tmp_path / "out", ' <a href="subjects.html#s1">here</a>')
    report = report_of(given)
    left = report_of(given, linked=False)
    assert 'href="subjects.html' in report
    assert 'href="subjects.html' not in left
    before, after = Page(report), Page(left)
    assert after.open == []
    assert after.text.count("subjects.html#s1") == before.text.count("subjects.html#s1") > 0  # as people typed it
    assert before.text.count("A page for each subject") == 2
    assert "A page for each subject" not in after.text
    assert after.text.count("S-01") == before.text.count("S-01")
    inside = [one for one in before.all("a") if not one["href"].startswith("subjects.html")]
    assert after.all("a") == inside
