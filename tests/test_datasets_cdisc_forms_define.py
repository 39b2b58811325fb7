"""Define-XML is valid, of one piece, and says of the data sets what is so."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import cdisc_package as made
from densitometer.datasets.cdisc.dataset import Dataset, Package, Variable
from densitometer.datasets.cdisc.define import define_xml

SPACES = {"o": "http://www.cdisc.org/ns/odm/v1.3", "def": "http://www.cdisc.org/ns/def/v2.1"}
DEF = "{http://www.cdisc.org/ns/def/v2.1}"


def schema() -> Any:
    """CDISC's schema of Define-XML 2.1, which defineutils carries; nothing is fetched."""
    import defineutils
    from lxml import etree

    path = Path(defineutils.__file__).parent / "validate/schema/cdisc-define-2.1/define2-1-0.xsd"
    return etree.XMLSchema(etree.parse(path, etree.XMLParser(no_network=True)))


def parsed(given: Package) -> Any:
    from lxml import etree

    return etree.fromstring(define_xml(given))


def found(root: Any, path: str) -> list[Any]:
    return list(root.findall(f".//{path}", SPACES))


def one(root: Any, tag: str, oid: str) -> Any:
    (element,) = (element for element in found(root, tag) if element.get("OID") == oid)
    return element


def adam() -> Package:
    """A package of ADaM: the same rows under another name, with one list of each terminology."""
    dtype = replace(made.YES, key="DTYPE", code="C81224")
    variables = tuple(replace(v, codelist=dtype) if v.name == "IGLOBXFL" else v for v in made.VARIABLES)
    variables = tuple(replace(variable, role="") for variable in variables)
    data = replace(made.IG, name="ADHAIR", kind="BASIC DATA STRUCTURE", variables=variables)
    return replace(made.package(data), standard="ADaMIG")


@pytest.mark.parametrize("given", [made.package(), adam(), made.package(made.DI)], ids=["sdtm", "adam", "small"])
def test_define_is_valid_by_the_published_schema(given: Package) -> None:
    valid = schema()
    assert valid.validate(parsed(given)), valid.error_log


def test_define_is_valid_where_the_study_says_nothing_of_itself() -> None:
    given = replace(made.package(), name="", description="", protocol="", facts={})
    valid = schema()
    assert valid.validate(parsed(given)), valid.error_log
    root = parsed(given)
    assert not [note for note in found(root, "def:CommentDef") if note.get("OID") == "COM.WHOLE"]
    said = [found(root, f"o:{tag}")[0].text for tag in ("StudyName", "StudyDescription", "ProtocolName")]
    assert said == ["Süd 1"] * 3


@pytest.mark.parametrize("given", [made.package(), adam()], ids=["sdtm", "adam"])
def test_define_is_of_one_piece(given: Package, tmp_path: Path) -> None:
    from odmlib import create_oid_checker, open_define
    from odmlib.define_2_1.rules.metadata_schema import MetadataSchema

    (tmp_path / "define.xml").write_bytes(define_xml(given))
    with open_define(str(tmp_path / "define.xml")) as define:
        checker = create_oid_checker("define_2_1")
        assert define.verify_oids(checker)
        unused = checker.check_unreferenced_oids()
        assert define.verify_order()
        assert define.verify_conformance(MetadataSchema())
    assert set(unused) <= {"STD.SDTMIG"}  # no data set here is of SDTMIG, and the package is


def test_xmlschema_finds_it_valid_too(tmp_path: Path) -> None:
    from defineutils.validate import DefineSchemaValidator

    (tmp_path / "define.xml").write_bytes(define_xml(made.package()))
    assert "is valid" in str(DefineSchemaValidator(str(tmp_path / "define.xml")).validate_define_file())


def test_dataset_json_and_define_name_the_same_things(tmp_path: Path) -> None:
    folder = made.written(made.package(), tmp_path)
    root = parsed(made.package())
    items = {element.get("OID") for element in found(root, "o:ItemDef")}
    for name in ("ig", "di", "suppig"):
        read = json.loads((folder / f"{name}.json").read_text("utf-8"))
        refs = one(root, "o:ItemGroupDef", read["itemGroupOID"]).findall("o:ItemRef", SPACES)
        assert [column["itemOID"] for column in read["columns"]] == [ref.get("ItemOID") for ref in refs]
        assert {column["itemOID"] for column in read["columns"]} <= items
        assert [column.get("keySequence") for column in read["columns"]] == [
            int(ref.get("KeySequence")) if ref.get("KeySequence") else None for ref in refs
        ]
        assert read["studyOID"] == found(root, "o:Study")[0].get("OID")
        assert read["metaDataVersionOID"] == found(root, "o:MetaDataVersion")[0].get("OID")


def test_data_sets_are_told_with_their_file_class_and_standard() -> None:
    root = parsed(made.package())
    told = {
        group.get("Name"): (
            group.find("def:Class", SPACES).get("Name"),
            group.get("Domain"),
            group.get(f"{DEF}StandardOID"),
            group.get(f"{DEF}IsNonStandard"),
            group.get("IsReferenceData"),
            group.find("def:leaf", SPACES).get("{http://www.w3.org/1999/xlink}href"),
        )
        for group in found(root, "o:ItemGroupDef")
    }
    assert told == {
        "IG": ("FINDINGS", "IG", None, "Yes", "No", "ig.xpt"),
        "DI": ("STUDY REFERENCE", "DI", "STD.SDTMIG-MD", None, "Yes", "di.xpt"),
        "SUPPIG": ("RELATIONSHIP", "IG", "STD.SDTMIG", None, "No", "suppig.xpt"),
    }


@pytest.mark.parametrize(
    ("given", "standards"),
    [
        (made.package(), [("SDTMIG", "3.4"), ("SDTMIG-MD", "1.1"), ("CDISC/NCI", "2025-03-28")]),
        (made.package(made.SUPPIG), [("SDTMIG", "3.4")]),
        (adam(), [("ADaMIG", "1.3"), ("CDISC/NCI", "2025-03-28"), ("CDISC/NCI", "2025-03-28")]),
    ],
)
def test_only_standards_that_are_followed_are_told(given: Package, standards: list[tuple[str, str]]) -> None:
    told = [(element.get("Name"), element.get("Version")) for element in found(parsed(given), "def:Standard")]
    assert told == standards


def test_each_terminology_has_its_own_publishing_set() -> None:
    root = parsed(adam())
    sets = {element.get("OID"): element.get("PublishingSet") for element in found(root, "def:Standard")}
    lists = {e.get("OID"): sets.get(e.get(f"{DEF}StandardOID")) for e in found(root, "o:CodeList")}
    assert lists == {"CL.IGTESTCD": "SDTM", "CL.DTYPE": "ADaM", "CL.ROUND": None}


def test_types_and_lengths_are_those_of_the_values() -> None:
    root = parsed(made.package())

    def told(name: str) -> tuple[str | None, ...]:
        item = one(root, "o:ItemDef", f"IT.IG.{name}")
        return item.get("DataType"), item.get("Length"), item.get("SignificantDigits")

    assert told("NOTE") == ("text", "200", None)
    assert told("IGREFID") == ("text", str(len("日本語/写真😀.jpg".encode()) * 3 - 2 * len("/.jpg")), None)
    assert told("IGSEQ") == ("integer", "1", None)
    assert told("IGSTRESN") == ("float", "31", "15")
    assert told("LOWEST") == ("float", "1", "0")
    assert told("IGSTRESN.HAIRDENS") == told("IGORRES.HAIRDENS") == ("float", "18", "15")
    assert told("IGDTC") == ("partialDatetime", None, None)
    assert told("VISITDTC") == ("date", None, None)
    assert told("ADT") == ("integer", "8", None)
    assert one(root, "o:ItemDef", "IT.IG.ADT").get(f"{DEF}DisplayFormat") == "DATE9."


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (("2026-01-02", ""), "date"),
        (("2026-01", "2026-01-02"), "partialDate"),
        (("2026-01-02T10:00:00", None), "datetime"),
        (("2026-01-02T10:00:00", "2026-01-02"), "partialDatetime"),
        (("2026-01-02T10:00", None), "partialDatetime"),
        ((None, ""), "datetime"),
    ],
)
def test_a_date_in_part_makes_the_variable_partial(values: tuple[str | None, ...], kind: str) -> None:
    rows = tuple((str(number), value) for number, value in enumerate(values))
    variables = (Variable("STUDYID", "Study"), Variable("DIDTC", "Date", "datetime"))
    root = parsed(made.package(replace(made.DI, variables=variables, rows=rows, keys=("STUDYID",))))
    assert one(root, "o:ItemDef", "IT.DI.DIDTC").get("DataType") == kind


def test_values_are_told_level_by_level_where_there_are_any() -> None:
    root = parsed(made.package())
    (listed,) = (e for e in found(root, "def:ValueListDef") if e.get("OID") == "VL.IG.IGSTRESN")
    refs = listed.findall("o:ItemRef", SPACES)
    assert [ref.get("ItemOID") for ref in refs] == ["IT.IG.IGSTRESN.HAIRDENS", "IT.IG.IGSTRESN.HAIRCNT"]
    assert refs[0].get("MethodOID") == "MT.COUNTED"
    where = {
        e.get("OID"): e.findtext("o:RangeCheck/o:CheckValue", namespaces=SPACES)
        for e in found(root, "def:WhereClauseDef")
    }
    assert where == {"WC.IG.IGTESTCD.HAIRDENS": "HAIRDENS", "WC.IG.IGTESTCD.HAIRCNT": "HAIRCNT"}
    count = one(root, "o:ItemDef", "IT.IG.IGSTRESN.HAIRCNT")
    assert (count.get("DataType"), count.get("Length")) == ("integer", "16")
    item = one(root, "o:ItemDef", "IT.IG.IGSTRESN")
    assert item.find("def:ValueListRef", SPACES).get("ValueListOID") == "VL.IG.IGSTRESN"


def test_terms_of_nci_have_their_code_and_others_are_marked_as_the_sponsors() -> None:
    root = parsed(made.package())

    def told(key: str, tag: str) -> list[tuple[str | None, ...]]:
        items = one(root, "o:CodeList", f"CL.{key}").findall(f"o:{tag}", SPACES)
        alias = [item.find("o:Alias", SPACES) for item in items]
        codes = [None if element is None else element.get("Name") for element in alias]
        return [(i.get("CodedValue"), i.get(f"{DEF}ExtendedValue"), c) for i, c in zip(items, codes, strict=True)]

    assert told("IGTESTCD", "CodeListItem") == [
        ("HAIRDENS", "Yes", None),
        ("HAIRCNT", "Yes", None),
        ("SKINTYP", None, "C170447"),
    ]
    assert told("NY", "EnumeratedItem") == [("Y", None, "C49488"), ("N", None, "C49487")]
    assert told("ROUND", "CodeListItem") == [("1", None, None), ("2", None, None)]
    assert one(root, "o:CodeList", "CL.IGTESTCD").find("o:Alias", SPACES).get("Name") == "C170445"
    assert one(root, "o:CodeList", "CL.ROUND").get(f"{DEF}IsNonStandard") == "Yes"
    assert one(root, "o:CodeList", "CL.ROUND").get("DataType") == "integer"


def texts(root: Any, tag: str) -> dict[str, str]:
    return {e.get("OID"): e.findtext("o:Description/o:TranslatedText", namespaces=SPACES) for e in found(root, tag)}


def test_methods_comments_and_origins_say_where_values_come_from() -> None:
    root = parsed(made.package())
    assert texts(root, "o:MethodDef") == {"MT.COUNTED": made.COUNTED.text}
    comments = texts(root, "def:CommentDef")
    assert comments["COM.WHOLE"].splitlines() == [
        "Counting rule: A hair counts if its root lies in the field.",
        "Terminal: Width >= 30 µm.",
    ]
    assert comments["COM.IG.IGREFID"] == "Name of the photograph."
    assert comments["COM.IG.IGSTRESN.HAIRDENS"] == "Hairs a cm2."
    assert "percent" not in comments["COM.DI"] and "%" in comments["COM.IG"] and "IGREFID" in comments["COM.IG"]
    origin = one(root, "o:ItemDef", "IT.IG.ADT").find("def:Origin", SPACES)
    assert (origin.get("Type"), origin.get("Source")) == ("Predecessor", None)
    assert origin.findtext("o:Description/o:TranslatedText", namespaces=SPACES) == "IG.IGDTC"
    origin = one(root, "o:ItemDef", "IT.IG.IGDTC").find("def:Origin", SPACES)
    assert (origin.get("Type"), origin.get("Source")) == ("Collected", "Investigator")


def test_any_text_of_the_study_comes_through() -> None:
    root = parsed(made.package())
    said = [found(root, f"o:{tag}")[0].text for tag in ("StudyName", "StudyDescription", "ProtocolName")]
    assert said == ["Haar & Haut", "Photographs <of> hair", "P-1"]
    assert found(root, "o:Study")[0].get("OID") == "ST.S-FC-d-20-1"


def test_values_that_differ_never_share_an_identifier() -> None:
    codes = ("A B", "A-20-B", "A_B", "AB", "Ä")
    levels = tuple(
        replace(made.LEVELS[1], variable="SPDEVID", where="STUDYID", equals=code, type="text") for code in codes
    )
    data = replace(made.DI, rows=tuple((code, "x") for code in codes), values=levels, keys=("STUDYID",))
    root = parsed(made.package(data))
    assert len({item.get("OID") for item in found(root, "o:ItemDef")}) == 2 + len(codes)


def test_define_is_made_without_what_others_told_odmlib() -> None:
    import odmlib.ns_registry as registry

    before = define_xml(made.package())
    registry.NamespaceRegistry(prefix="def", uri="http://www.cdisc.org/ns/def/v2.0")
    try:
        assert define_xml(made.package()) == before
    finally:
        registry.NamespaceRegistry(prefix="def", uri=SPACES["def"])


def test_an_empty_data_set_is_not_told() -> None:
    empty: Dataset = made.NOTHING
    assert not empty.rows
    assert b"DO" not in {e.get("Name").encode() for e in found(parsed(made.package()), "o:ItemGroupDef")}
