"""Data sets, variables and values of a Define-XML."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from densitometer.datasets.cdisc.cells import encoded_variables
from densitometer.datasets.cdisc.dataset import Dataset, Origin, Package, ValueLevel, Variable
from densitometer.datasets.cdisc.define_lists import codelist_oid
from densitometer.datasets.cdisc.define_notes import Notes, described
from densitometer.datasets.cdisc.define_standards import of_dataset
from densitometer.datasets.cdisc.describe import Shape, columns, value_shapes
from densitometer.datasets.cdisc.oids import group_oid, item_oid, list_oid, where_oid

if TYPE_CHECKING:
    from odmlib.define_2_1 import model


@dataclass
class Parts:
    """Elements in the lists in which Define-XML has them, of all data sets."""

    groups: list[model.ItemGroupDef] = field(default_factory=list)
    items: list[model.ItemDef] = field(default_factory=list)
    lists: list[model.ValueListDef] = field(default_factory=list)
    wheres: list[model.WhereClauseDef] = field(default_factory=list)


def groups(package: Package, notes: Notes) -> Parts:
    """Describe all data sets that have rows; comments and methods go to the notes."""
    parts = Parts()
    for dataset in package.datasets:
        if dataset.rows:
            levels = value_shapes(dataset)
            parts.groups.append(_group(package, dataset, notes))
            parts.items += _items(dataset, {one.variable for one in levels}, notes)
            _add_levels(dataset, levels, notes, parts)
    return parts


def _group(package: Package, dataset: Dataset, notes: Notes) -> model.ItemGroupDef:
    from odmlib.define_2_1 import model

    tabulation = package.standard == "SDTMIG"
    standard = of_dataset(package, dataset)
    found = model.ItemGroupDef(
        OID=group_oid(dataset),
        Name=dataset.name,
        **({"Domain": dataset.name.removeprefix("SUPP")} if tabulation else {}),
        SASDatasetName=dataset.name,
        Repeating="No" if dataset.reference else "Yes",
        IsReferenceData="Yes" if dataset.reference else "No",
        Purpose="Tabulation" if tabulation else "Analysis",
        Structure=dataset.structure,
        ArchiveLocationID=f"LF.{dataset.name}",
        **({"StandardOID": standard.oid} if standard else {"IsNonStandard": "Yes"}),
        **notes.comment(dataset.name, _comment(dataset, own=standard is None)),
    )
    found.Description = described(dataset.label)
    found.ItemRef = [_ref(dataset, variable, place, notes) for place, variable in enumerate(dataset.variables, 1)]
    found.Class = model.Class(Name=dataset.kind)
    name = f"{dataset.name.lower()}.xpt"
    found.leaf = model.leaf(ID=f"LF.{dataset.name}", href=name, title=model.title(_content=name))
    return found


def _comment(dataset: Dataset, *, own: bool) -> str:
    """What to know of a whole data set: in which forms it lies there, and what one of them has otherwise."""
    name = dataset.name.lower()
    told = ["A domain of the sponsor, built from its general class of observations."] if own else []
    told.append(f"The same rows are in {name}.json (Dataset-JSON 1.1) and {name}.csv.")
    if names := encoded_variables(dataset):
        told.append(
            f"In {name}.xpt each byte of the UTF-8 of characters outside ASCII is written as % and two hexadecimal"
        )
        told.append(f"digits (RFC 3986) in {', '.join(names)}; a % that two of these follow is written as %25.")
    return " ".join(told)


def _ref(dataset: Dataset, variable: Variable, place: int, notes: Notes) -> model.ItemRef:
    from odmlib.define_2_1 import model

    key = {"KeySequence": dataset.keys.index(variable.name) + 1} if variable.name in dataset.keys else {}
    return model.ItemRef(
        ItemOID=item_oid(dataset, variable.name),
        OrderNumber=place,
        Mandatory="Yes" if variable.mandatory else "No",
        **key,
        **notes.method(variable.method),
        **({"Role": variable.role} if variable.role else {}),
    )


def _items(dataset: Dataset, levelled: set[str], notes: Notes) -> list[model.ItemDef]:
    found = []
    for variable, shape in columns(dataset):
        item = _item(dataset, variable, shape, notes)
        if variable.name in levelled:
            _refer(item, dataset, variable)
        found.append(item)
    return found


def _refer(item: model.ItemDef, dataset: Dataset, variable: Variable) -> None:
    from odmlib.define_2_1 import model

    item.ValueListRef = model.ValueListRef(ValueListOID=list_oid(dataset, variable.name))


def _item(dataset: Dataset, variable: Variable, shape: Shape, notes: Notes) -> model.ItemDef:
    from odmlib.define_2_1 import model

    copied = variable.origin == "Predecessor"
    found = model.ItemDef(
        OID=item_oid(dataset, variable.name),
        Name=variable.name,
        **_shape(shape),
        SASFieldName=variable.name,
        **_format(shape),
        **notes.comment(f"{dataset.name}.{variable.name}", "" if copied else variable.comment),
    )
    found.Description = described(variable.label)
    if variable.codelist:
        found.CodeListRef = model.CodeListRef(CodeListOID=codelist_oid(variable.codelist))
    found.Origin = [_origin(variable.origin, variable.comment)]
    return found


def _shape(shape: Shape) -> dict[str, object]:
    told: dict[str, object] = {"DataType": shape.type}
    if shape.length is not None:
        told["Length"] = shape.length
    if shape.decimals is not None:
        told["SignificantDigits"] = shape.decimals
    return told


def _format(shape: Shape) -> dict[str, str]:
    return {"DisplayFormat": shape.format} if shape.format else {}


def _origin(origin: Origin, comment: str) -> model.Origin:
    """Who made the values; of copied ones the comment tells from which variable."""
    from odmlib.define_2_1 import model

    if origin == "Predecessor":
        told = {"Description": described(comment)} if comment else {}
        return model.Origin(Type=origin, **told)
    return model.Origin(Type=origin, Source="Investigator" if origin == "Collected" else "Sponsor")


def _add_levels(dataset: Dataset, levels: dict[ValueLevel, Shape], notes: Notes, parts: Parts) -> None:
    """Add what holds value by value: a list a variable, an item a value, and each condition once."""
    from odmlib.define_2_1 import model

    refs: dict[str, list[model.ItemRef]] = {}
    wheres: dict[str, model.WhereClauseDef] = {}
    for level, shape in levels.items():
        own = refs.setdefault(level.variable, [])
        own.append(_level_ref(dataset, level, len(own) + 1, notes))
        parts.items.append(_level_item(dataset, level, shape, notes))
        wheres.setdefault(_where_oid(dataset, level), _where(dataset, level))
    parts.lists += [model.ValueListDef(OID=list_oid(dataset, name), ItemRef=own) for name, own in refs.items()]
    parts.wheres += wheres.values()


def _level_ref(dataset: Dataset, level: ValueLevel, place: int, notes: Notes) -> model.ItemRef:
    from odmlib.define_2_1 import model

    return model.ItemRef(
        ItemOID=item_oid(dataset, level.variable, level.equals),
        OrderNumber=place,
        Mandatory="No",
        **notes.method(level.method),
        WhereClauseRef=[model.WhereClauseRef(WhereClauseOID=_where_oid(dataset, level))],
    )


def _level_item(dataset: Dataset, level: ValueLevel, shape: Shape, notes: Notes) -> model.ItemDef:
    from odmlib.define_2_1 import model

    oid = item_oid(dataset, level.variable, level.equals)
    found = model.ItemDef(
        OID=oid,
        Name=level.equals,
        **_shape(shape),
        **_format(shape),
        **notes.comment(oid.removeprefix("IT."), "" if level.origin == "Predecessor" else level.comment),
    )
    found.Origin = [_origin(level.origin, level.comment)]
    return found


def _where_oid(dataset: Dataset, level: ValueLevel) -> str:
    return where_oid(dataset, level.where, level.equals)


def _where(dataset: Dataset, level: ValueLevel) -> model.WhereClauseDef:
    from odmlib.define_2_1 import model

    check = model.RangeCheck(
        Comparator="EQ",
        SoftHard="Soft",
        ItemOID=item_oid(dataset, level.where),
        CheckValue=[model.CheckValue(_content=level.equals)],
    )
    return model.WhereClauseDef(OID=_where_oid(dataset, level), RangeCheck=[check])
