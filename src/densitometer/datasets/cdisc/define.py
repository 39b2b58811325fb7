"""Define-XML 2.1 (CDISC) of a package, by odmlib: what its data sets hold and how that was measured and derived."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

from densitometer.datasets.cdisc.dataset import Package
from densitometer.datasets.cdisc.define_groups import groups
from densitometer.datasets.cdisc.define_lists import codelists
from densitometer.datasets.cdisc.define_notes import Notes
from densitometer.datasets.cdisc.define_standards import standards
from densitometer.datasets.cdisc.oids import study_oid, version_oid

if TYPE_CHECKING:
    from odmlib.define_2_1 import model

_SPACES = {
    "xmlns": "http://www.cdisc.org/ns/odm/v1.3",
    "xmlns:def": "http://www.cdisc.org/ns/def/v2.1",
    "xmlns:xlink": "http://www.w3.org/1999/xlink",
}
_DEFINE_VERSION = "2.1.9"


def define_xml(package: Package) -> bytes:
    """Write the Define-XML, indented for people."""
    root = _document(package).to_xml()
    assert root is not None  # it is None of nothing alone
    # What odmlib adds itself depends on all that has used it in this process.
    root.attrib.update(_SPACES)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True) + b"\n"


def _document(package: Package) -> model.ODM:
    from odmlib.define_2_1 import model

    return model.ODM(
        FileOID=f"DEF.{version_oid(package).removeprefix('MDV.')}",
        FileType="Snapshot",
        CreationDateTime=package.created,
        AsOfDateTime=package.created,
        ODMVersion="1.3.2",
        Originator="densitometer",
        SourceSystem="densitometer",
        SourceSystemVersion=package.version,
        Context="Submission",
        Study=_study(package),
    )


def _study(package: Package) -> model.Study:
    """The study; the schema asks for three texts, and its identifier stands for those that it does not state."""
    from odmlib.define_2_1 import model

    name = package.name or package.study_id
    return model.Study(
        OID=study_oid(package),
        GlobalVariables=model.GlobalVariables(
            StudyName=model.StudyName(_content=name),
            StudyDescription=model.StudyDescription(_content=package.description or name),
            ProtocolName=model.ProtocolName(_content=package.protocol or package.study_id),
        ),
        MetaDataVersion=_version(package),
    )


def _version(package: Package) -> model.MetaDataVersion:
    from odmlib.define_2_1 import model

    notes = Notes()
    parts = groups(package, notes)
    facts = "\n".join(f"{key}: {sentence}" for key, sentence in package.facts.items())
    return model.MetaDataVersion(
        OID=version_oid(package),
        Name=f"{package.study_id}, {package.standard}",
        Description=f"Data sets of study {package.study_id} under {package.standard}, made from photographs of hair",
        DefineVersion=_DEFINE_VERSION,
        **notes.comment("WHOLE", facts),
        Standards=standards(package),
        ValueListDef=parts.lists,
        WhereClauseDef=parts.wheres,
        ItemGroupDef=parts.groups,
        ItemDef=parts.items,
        CodeList=codelists(package),
        MethodDef=notes.methods(),
        CommentDef=notes.comments(),
    )
