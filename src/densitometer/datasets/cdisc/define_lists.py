"""Codelists of a Define-XML: terms of NCI with their codes, and the sponsor's own marked as such."""

from __future__ import annotations

from typing import TYPE_CHECKING

from densitometer.datasets.cdisc.dataset import Codelist, Package, Term, Variable
from densitometer.datasets.cdisc.define_standards import of_codelist

if TYPE_CHECKING:
    from odmlib.define_2_1 import model

_TYPES = {"integer": "integer", "float": "float"}


def codelist_oid(codelist: Codelist) -> str:
    """Identifier of a codelist."""
    return f"CL.{codelist.key}"


def codelists(package: Package) -> list[model.CodeList]:
    """All codelists that a variable refers to, in the order of the variables."""
    used: dict[str, Variable] = {}
    for dataset in package.datasets:
        for variable in dataset.variables if dataset.rows else ():
            if variable.codelist:
                used.setdefault(variable.codelist.key, variable)
    return [_codelist(one.codelist, _TYPES.get(one.type, "text")) for one in used.values() if one.codelist]


def _codelist(codelist: Codelist, kind: str) -> model.CodeList:
    from odmlib.define_2_1 import model

    standard = of_codelist(codelist)
    origin = {"StandardOID": standard.oid} if standard else {"IsNonStandard": "Yes"}
    found = model.CodeList(OID=codelist_oid(codelist), Name=codelist.name, DataType=kind, **origin)
    # One list holds either terms with meanings or terms without: where one has a meaning, the others mean themselves.
    make, name = (_item, "CodeListItem") if any(term.meaning for term in codelist.terms) else (_bare, "EnumeratedItem")
    setattr(found, name, [make(term, place, codelist) for place, term in enumerate(codelist.terms, 1)])
    if codelist.code:
        found.Alias = [_nci(codelist.code)]
    return found


def _item(term: Term, place: int, codelist: Codelist) -> model.CodeListItem:
    from odmlib.define_2_1 import model

    text = model.TranslatedText(_content=term.meaning or term.value, lang="en")
    found = model.CodeListItem(CodedValue=term.value, OrderNumber=place, **_extended(term, codelist))
    found.Decode = model.Decode(TranslatedText=[text])
    if term.code:
        found.Alias = [_nci(term.code)]
    return found


def _bare(term: Term, place: int, codelist: Codelist) -> model.EnumeratedItem:
    from odmlib.define_2_1 import model

    found = model.EnumeratedItem(CodedValue=term.value, OrderNumber=place, **_extended(term, codelist))
    if term.code:
        found.Alias = [_nci(term.code)]
    return found


def _extended(term: Term, codelist: Codelist) -> dict[str, str]:
    """Mark a term that the sponsor adds to a published list."""
    return {"ExtendedValue": "Yes"} if codelist.code and not term.code else {}


def _nci(code: str) -> model.Alias:
    from odmlib.define_2_1 import model

    return model.Alias(Context="nci:ExtCodeID", Name=code)
