from __future__ import annotations

import re
import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from densitometer.errors import VisitsError
from densitometer.visits.name_pattern import examine_names, parse_pattern, visits_of_names

USUAL = "{subject}_{site}_{visit}_{replicate}"


def test_a_name_becomes_a_row() -> None:
    table = visits_of_names(["centre 1/007_vertex_week 12_2.jpg", "notes.png"], USUAL)
    (row,) = table.rows
    assert row.photo == "centre 1/007_vertex_week 12_2.jpg"
    assert (row.subject, row.site, row.visit, row.replicate) == ("007", "vertex", "week 12", "2")
    assert table.further == ()
    assert table.unlisted == "not named as --name-pattern says"


def test_a_pattern_with_folders_counts_them_all() -> None:
    table = visits_of_names(["007/V1/vertex-1.jpg", "V1/vertex-1.jpg"], "{subject}\\{visit}\\{site}-{Arm}")
    (row,) = table.rows
    assert (row.subject, row.visit, row.site, dict(row.further)) == ("007", "V1", "vertex", {"Arm": "1"})
    assert table.further == ("Arm",)


def test_dates_and_scales_in_names() -> None:
    pattern = "{subject}-{visit_date}-{um_per_px}um"
    rows = visits_of_names(["S-1-2024-03-31-5,56um.tif", "S2-20240401-5.5um.tif"], pattern).rows
    assert [(row.subject, row.visit_date, row.um_per_px) for row in rows] == [
        ("S-1", date(2024, 3, 31), 5.56),
        ("S2", date(2024, 4, 1), 5.5),
    ]
    with pytest.raises(VisitsError) as caught:
        visits_of_names(["S1-20240230-5um.tif", "S2-20240101-0um.tif"], pattern)
    assert "its visit_date '2024-02-30' is not a date" in str(caught.value)
    assert "its um_per_px '0' the stated scale" in str(caught.value)


def test_what_could_be_read_in_two_ways_is_not_guessed() -> None:
    examined = examine_names(["S1_V1_left.jpg", "S1_V1.jpg"], "{subject}_{visit}")
    assert [line.row.photo for line in examined.lines] == ["S1_V1.jpg"]
    (problem,) = examined.problems
    assert (problem.photo, problem.column, problem.row) == ("S1_V1_left.jpg", None, None)
    assert "subject 'S1', visit 'V1_left', or subject 'S1_V1', visit 'left'" in problem.text


def test_names_are_compared_in_one_unicode_form() -> None:
    (row,) = visits_of_names(["Mu\u0308ller_Ru\u0308cken.jpg"], "{subject}_R\u00fccken").rows
    assert row.subject == "M\u00fcller"
    assert row.photo == "Mu\u0308ller_Ru\u0308cken.jpg"


def test_names_that_a_table_could_not_hold_are_kept() -> None:
    names = ["C:x_1.jpg", "a\\b_1.jpg", " c_1.jpg"]
    assert [row.photo for row in visits_of_names(names, "{subject}_{visit}").rows] == names


def test_none_that_matches_is_an_error() -> None:
    with pytest.raises(VisitsError, match="no photograph of 2 is named so; the first is 'a.jpg'"):
        visits_of_names(["a.jpg", "b.jpg"], USUAL)


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("", "it has no field"),
        ("subject_site", "it has no field"),
        ("{subject}_{subject}", "{subject} is there twice"),
        ("{arm}_{Arm}", "{arm} is there twice"),
        ("{subject_{visit}", "a brace has no counterpart"),
        ("{subject}}_{visit}", "a brace has no counterpart"),
        ("{}_{visit}", "{} is no name of a field"),
        ("{visit:02d}", "{visit:02d} is no name of a field"),
        ("{hair_count}", "{hair_count} is a column that densitometer itself writes"),
        ("{Photo}", "{Photo} is a column that densitometer itself writes"),
        ("{subject}{visit}", "two fields touch"),
        ("{subject}.JPG", "it ends in .jpg"),
        ("{subject}_\x07", "a control character"),
        ("/data/{subject}", "it leads out of the folder"),
        ("../{subject}", "it leads out of the folder"),
        ("{subject}//{visit}", "it leads out of the folder"),
    ],
)
def test_bad_patterns_are_told_with_an_example(pattern: str, told: str) -> None:
    with pytest.raises(VisitsError) as caught:
        parse_pattern(pattern)
    sentence = str(caught.value)
    assert told in sentence
    assert sentence.startswith("--name-pattern ")
    assert sentence.endswith("as in {subject}_{site}_{visit}_{replicate}")
    assert sentence.isprintable()


values = st.text(st.characters(exclude_characters="_/{}\\", exclude_categories=("C", "Z")), min_size=1, max_size=8)


@given(st.lists(values, min_size=4, max_size=4))
def test_values_without_the_separator_come_back(parts: list[str]) -> None:
    (way,) = parse_pattern(USUAL).readings("_".join(parts) + ".jpg")
    assert "_".join(way.values()) == unicodedata.normalize("NFC", "_".join(parts))


@given(st.text("ab_-", max_size=12), st.sampled_from(["{p}_{q}", "{p}_{q}-{r}", "a{p}__{q}", "{p}_{q}_{r}", "{p}ab"]))
def test_ways_to_read_are_those_of_a_search_of_all(name: str, pattern: str) -> None:
    fields = re.findall(r"{(.)}", pattern)
    texts = re.split(r"{.}", pattern)

    def search(rest: str, k: int) -> list[tuple[str, ...]]:
        if not rest.startswith(texts[k]):
            return []
        rest = rest[len(texts[k]) :]
        if k == len(fields):
            return [()] if not rest else []
        return [(rest[:i], *way) for i in range(1, len(rest) + 1) for way in search(rest[i:], k + 1)]

    every = set(search(name, 0))
    found = {tuple(way.values()) for way in parse_pattern(pattern).readings(f"{name}.jpg")} if name else set()
    assert found <= every
    assert min(len(every), 2) == len(found)


@given(st.text(max_size=20))
def test_any_text_is_a_pattern_or_one_sentence(text: str) -> None:
    try:
        parse_pattern(text).readings("a_b.jpg")
    except VisitsError as error:
        assert "\n" not in str(error)


def test_a_name_of_separators_ends_at_all() -> None:
    pattern = "_".join(f"{{f{i}}}" for i in range(40))
    assert len(parse_pattern(pattern).readings("_" * 250 + ".jpg")) == 2  # trying every way would take years
