"""What a form could not hold whole is refused before anything is written, and the error names the row."""

from __future__ import annotations

import logging
import math
from dataclasses import replace
from typing import Any

import pytest

import cdisc_package as made
from densitometer.datasets.cdisc.dataset import Codelist, Dataset, Method, Term, Value, Variable
from densitometer.datasets.cdisc.forms import files
from densitometer.errors import StudyError


def refused(*datasets: Dataset, **of_package: Any) -> str:
    with pytest.raises(StudyError) as raised:
        next(files(replace(made.package(*datasets), **of_package)))
    return str(raised.value)


ROW = 3
PLACE = f"IG row {ROW + 1} (photo {ROW + 1}.jpg): "


@pytest.mark.parametrize(
    ("variable", "value", "fault"),
    [
        ("NOTE", "x" * 201, "xx…' takes 201 bytes in XPT, which has room for 200; shorten it"),
        ("NOTE", "ü" * 34, "takes 204 bytes in XPT, which has room for 200, and a letter outside ASCII takes 3"),
        ("NOTE", "%41" * 41, "takes 205 bytes in XPT"),
        ("NOTE", "a\nb", "NOTE 'a\\nb' holds a control character"),
        ("NOTE", "a\x00", "holds a control character"),
        ("NOTE", "\x85", "holds a control character"),
        ("NOTE", "\ud800", "half a character"),
        ("NOTE", "\uffff", "holds a control character"),
        ("NOTE", "a ", "NOTE 'a ' ends with a blank, which XPT loses"),
        ("NOTE", " ", "ends with a blank"),
        ("NOTE", 1, "NOTE is 1, which is not of type text"),
        ("IGTESTCD", "OTHER", "IGTESTCD 'OTHER' is not in its codelist IGTESTCD"),
        ("IGTESTCD", None, "IGTESTCD is empty, and must not be"),
        ("USUBJID", "", "USUBJID is empty, and must not be"),
        ("ROUNDN", 3, "ROUNDN 3 is not in its codelist ROUND"),
        ("IGDTC", "02.01.2026", "IGDTC '02.01.2026' is not a date of ISO 8601"),
        ("VISITDTC", "2026-02-30", "VISITDTC '2026-02-30' is not a date of ISO 8601"),
        ("IGSTRESN", math.nan, "IGSTRESN nan is not a finite number; leave it empty"),
        ("IGSTRESN", math.inf, "IGSTRESN inf is not a finite number"),
        ("IGSTRESN", 5e74, "IGSTRESN 5e+74 is out of the range of XPT's floating point"),
        ("IGSTRESN", -5e74, "IGSTRESN -5e+74 is out of the range"),
        ("IGSTRESN", 5e-80, "IGSTRESN 5e-80 is out of the range"),
        ("IGSTRESN", "1", "IGSTRESN is '1', which is not of type float"),
        ("IGSEQ", 1.0, "IGSEQ is 1.0, which is not of type integer"),
        ("IGSEQ", True, "IGSEQ is True, which is not of type integer"),
        ("IGSEQ", 2**53 + 1, "IGSEQ 9007199254740993 has more digits than"),
        ("ADT", 2_936_548, "ADT 2936548 is not a day between the years 1582 and 9999"),
        ("ADT", "2026-01-02", "ADT is '2026-01-02', which is not of type numeric date"),
        ("IGORRES", "many", "IGORRES is 'many', and IGTESTCD is HAIRDENS, of which values are of type float"),
        ("IGORRES", "nan", "IGORRES is 'nan'"),
    ],
)  # fmt: skip
def test_a_value_that_a_form_cannot_hold_names_row_and_photograph(variable: str, value: Value, fault: str) -> None:
    told = refused(made.changed(ROW, **{variable: value}))
    assert told.startswith(f"the data sets of SDTMIG cannot be written: {PLACE}")
    assert fault in told


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("NOTE", "x" * 200),
        ("NOTE", "ü" * 33),
        ("NOTE", "  a"),
        ("IGSTRESN", 4.5e74),
        ("IGSTRESN", -5.4e-79),
        ("IGSTRESN", 3),
        ("IGSTRESN", 0),
        ("IGSEQ", 2**53),
        ("ADT", -138061),
        ("ADT", 2936547),
        ("IGDTC", "2026-01-02T03:04:05"),
        ("IGDTC", ""),
    ],
)
def test_what_just_fits_is_written(variable: str, value: Value) -> None:
    assert dict(files(made.package(made.changed(ROW, **{variable: value}))))


def test_a_count_with_decimals_is_not_what_is_told_of_it() -> None:
    assert "IGSTRESN is 1.5, and IGTESTCD is HAIRCNT, of which values are of type integer" in refused(
        made.changed(1, IGSTRESN=1.5)
    )


@pytest.mark.parametrize(
    ("variable", "text", "fault"),
    [
        ("QNAM", "TOOLONGCODE", "not a code of at most 8 capitals"),
        ("PARAMCD", "1ST", "not a code"),
        ("DUTESTCD", "a", "not a code"),
        ("DIPARMCD", "A B", "not a code"),
        ("QLABEL", "x" * 41, "is longer than 40 characters"),
        ("DUTEST", "x" * 41, "is longer than 40 characters"),
        ("DIPARM", "ü" * 7, "is longer than 40 characters"),
    ],
)
def test_codes_and_names_of_tests_can_become_variables_and_labels(variable: str, text: str, fault: str) -> None:
    data = replace(made.DI, variables=(Variable(variable, "Label"),), rows=((text,),), keys=())
    assert f"DI row 1: {variable} " in refused(data)
    assert fault in refused(data)


def test_two_rows_with_the_same_keys_name_both() -> None:
    told = refused(made.changed(4, IGSEQ=2))
    keys = "STUDYID 'S1', USUBJID 'S1-02', IGSEQ 2"
    assert f"IG row 5 (photo 5.jpg): has the keys of IG row 4 (photo 4.jpg) ({keys})" in told


def test_a_missing_key_and_an_empty_one_are_the_same() -> None:
    data = replace(made.IG, keys=("NOTE",), rows=made.ROWS[1:2] + made.ROWS[4:5])
    assert "IG row 2 (müller/1 %41.jpg): has the keys of IG row 1" in refused(
        replace(data, sources=data.sources[:1] * 2)
    )


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"name": "TOOLONGXX"}, "data set 'TOOLONGXX' needs a name of at most 8 capitals"),
        ({"name": "di"}, "data set 'di' needs a name"),
        ({"label": "x" * 41}, "data set DI needs a label of 1 to 40 characters of ASCII"),
        ({"label": "Gerät"}, "data set DI needs a label of 1 to 40 characters of ASCII, not 'Gerät'"),
        ({"keys": ("GONE",)}, "DI: there is no variable GONE"),
        ({"rows": (("S1",),)}, "DI row 1: 1 values for 2 variables"),
        ({"variables": (Variable("A", "L"), Variable("A", "L"))}, "DI: variable A is there twice"),
        ({"variables": (Variable("A", "L"), Variable("LONGNAME9", "L"))}, "DI: variable 'LONGNAME9' needs a name"),
        ({"variables": (Variable("A", "L"), Variable("b", "L"))}, "DI: variable 'b' needs a name"),
        ({"variables": (Variable("A", "L"), Variable("B", ""))}, "DI: variable B needs a label of 1 to 40"),
        ({"variables": (Variable("A", "L"), Variable("B", "µ"))}, "DI: variable B needs a label of 1 to 40"),
        ({"values": (made.LEVELS[0],)}, "DI: there is no variable IGSTRESN; DI: there is no variable IGTESTCD"),
    ],
)
def test_a_head_that_no_form_can_hold_is_refused(change: dict[str, Any], fault: str) -> None:
    assert fault in refused(replace(made.DI, **change))


def test_a_level_told_twice_is_refused() -> None:
    told = refused(replace(made.IG, values=(*made.LEVELS, made.LEVELS[1])))
    assert "IG: IGSTRESN is told twice where IGTESTCD is HAIRCNT" in told


def test_what_is_told_of_the_package_is_looked_at_too() -> None:
    assert "no data set has a row" in refused(made.NOTHING)
    assert "data set DI is there twice" in refused(made.DI, made.DI)
    assert "name of the study holds a control character" in refused(name="a\x01")
    assert "Rule of the study holds a control character" in refused(facts={"Rule": "\x02"})


def with_list(one: Codelist) -> Dataset:
    variables = (Variable("A", "L", codelist=one), Variable("B", "L"))
    return replace(made.DI, name="DU", variables=variables, rows=(("Y", "x"),), keys=("A",))


def test_lists_and_methods_are_told_in_one_way() -> None:
    other = replace(made.YES, terms=(Term("Y"),))
    assert "codelist NY is told in two ways" in refused(made.IG, with_list(other))
    assert "codelist X has 'Y' twice" in refused(with_list(Codelist("X", "X", (Term("Y"), Term("Y")))))
    assert "codelist X: 'a\\x07' holds a control" in refused(with_list(Codelist("X", "X", (Term("Y", "a\x07"),))))
    twice = (Variable("A", "L", method=made.COUNTED), Variable("B", "L", method=Method("COUNTED", "C", "other")))
    data = replace(made.DI, variables=twice, keys=())
    assert "method COUNTED is told in two ways" in refused(data)


def test_all_faults_come_together_in_the_order_of_the_rows() -> None:
    names = [one.name for one in made.VARIABLES]
    bad = tuple(
        "x" * 300 if name in {"NOTE", "IGREFID"} else cell for name, cell in zip(names, made.ROWS[5], strict=True)
    )
    told = refused(
        made.rows_of(made.ROWS[0], bad, (*made.ROWS[2][:4], "OTHER", *made.ROWS[2][5:])), with_list(made.YES)
    )
    order = (
        "IG row 2 (photo 2.jpg): IGREFID",
        "IG row 2 (photo 2.jpg): NOTE",
        "IG row 3 (photo 3.jpg): IGTESTCD 'OTHER'",
    )
    assert [told.count(one) for one in order] == [1, 1, 1]
    assert sorted(order, key=told.index) == list(order)


def test_many_faults_are_counted() -> None:
    rows = [("S1", f"{number} ") for number in range(50)]
    told = refused(replace(made.DI, rows=tuple(rows)))
    assert told.count("ends with a blank") == 20 and told.endswith("; and 30 more")


def test_a_value_that_stands_in_many_rows_is_told_once() -> None:
    told = refused(replace(made.DI, rows=tuple((f"S{number}", "same ") for number in range(50))))
    assert told.count("ends with a blank") == 1 and "(and in 49 more rows)" in told


def test_nothing_is_warned_of_where_all_is_ascii(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        list(files(made.package(made.DI)))
    assert not caplog.records
