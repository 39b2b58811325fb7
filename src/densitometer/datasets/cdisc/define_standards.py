"""Which standards, in which version, a data set or a codelist follows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from densitometer.datasets.cdisc.dataset import Codelist, Dataset, Package

if TYPE_CHECKING:
    from odmlib.define_2_1 import model

_TERMS = "2025-03-28"
_DEVICE_DOMAINS = frozenset({"DI", "DU", "DO", "DX", "DE", "DT", "DR"})
_OWN_DOMAINS = frozenset({"IG"})
"""Domains that SDTMIG 3.4 does not model: built from the general class of observations."""
_ADAM_LISTS = frozenset({"C81222", "C81223", "C81224", "C81225", "C81226"})
"""Codelists of ADaM's own terminology: GRPTYPE, DATEFL, DTYPE, PARAMTYP, TIMEFL; all others are SDTM's."""


@dataclass(frozen=True)
class Standard:
    """A standard: ``oid``, ``name``, ``version``, and for terminology the set that it was published in."""

    oid: str
    name: str
    version: str
    published_in: str = ""


_SDTMIG = Standard("STD.SDTMIG", "SDTMIG", "3.4")
_DEVICES = Standard("STD.SDTMIG-MD", "SDTMIG-MD", "1.1")
_ADAMIG = Standard("STD.ADAMIG", "ADaMIG", "1.3")
_SDTM_TERMS = Standard("STD.CT.SDTM", "CDISC/NCI", _TERMS, "SDTM")
_ADAM_TERMS = Standard("STD.CT.ADAM", "CDISC/NCI", _TERMS, "ADaM")


def of_dataset(package: Package, dataset: Dataset) -> Standard | None:
    """Guide that describes a data set; None for a domain of the sponsor."""
    if package.standard == "ADaMIG":
        return _ADAMIG
    if dataset.name in _OWN_DOMAINS:
        return None
    return _DEVICES if dataset.name in _DEVICE_DOMAINS else _SDTMIG


def of_codelist(codelist: Codelist) -> Standard | None:
    """Terminology that a codelist was taken from; None for one of the sponsor."""
    if not codelist.code:
        return None
    return _ADAM_TERMS if codelist.code in _ADAM_LISTS else _SDTM_TERMS


def standards(package: Package) -> model.Standards:
    """All standards that something in the package follows, guides first."""
    from odmlib.define_2_1 import model

    used = sorted(set(_used(package)), key=lambda one: (bool(one.published_in), one.oid))
    return model.Standards(Standard=[_standard(one) for one in used])


def _used(package: Package) -> Iterator[Standard]:
    yield _ADAMIG if package.standard == "ADaMIG" else _SDTMIG
    for dataset in package.datasets:
        if dataset.rows:
            lists = (of_codelist(one.codelist) for one in dataset.variables if one.codelist)
            yield from (one for one in (of_dataset(package, dataset), *lists) if one)


def _standard(one: Standard) -> model.Standard:
    from odmlib.define_2_1 import model

    kind = {"Type": "CT", "PublishingSet": one.published_in} if one.published_in else {"Type": "IG"}
    return model.Standard(OID=one.oid, Name=one.name, **kind, Version=one.version, Status="Final")
