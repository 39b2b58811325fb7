"""A data set of SDTM or ADaM in memory: its variables, its rows, and what Define-XML tells of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

Value = str | int | float | None
Type = Literal["text", "integer", "float", "date", "datetime", "numeric date"]
"""As Define-XML has them; 'numeric date' is ADaM's: days since 1960-01-01, shown as DATE9."""
Origin = Literal["Assigned", "Collected", "Derived", "Protocol", "Predecessor"]


@dataclass(frozen=True)
class Term:
    """A value that a codelist holds.

    Attributes
    ----------
    value : str
        As it stands in the data.
    meaning : str
        What it stands for; empty where it speaks for itself.
    code : str
        NCI code; empty for a term of the sponsor.
    """

    value: str
    meaning: str = ""
    code: str = ""


@dataclass(frozen=True)
class Codelist:
    """A list of the values that a variable may have.

    Attributes
    ----------
    key : str
        Short and unique, such as IGTESTCD.
    name : str
    terms : tuple of Term
    code : str
        NCI code of the published list that it is taken from; empty for one of the sponsor alone.
    numeric : bool
        True where the values are numbers.
    """

    key: str
    name: str
    terms: tuple[Term, ...]
    code: str = ""
    numeric: bool = False


@dataclass(frozen=True)
class Method:
    """How a value is derived: ``key`` is short and unique, ``text`` tells it in sentences."""

    key: str
    name: str
    text: str


@dataclass(frozen=True)
class Variable:
    """A column of a data set.

    Attributes
    ----------
    name : str
        At most 8 capitals, digits and underscores.
    label : str
        At most 40 characters of ASCII.
    type : str
    origin : str
    codelist : Codelist or None
    method : Method or None
        For a derived one.
    comment : str
        Where it comes from, in words; empty where there is nothing to say.
    mandatory : bool
        True where it is never empty.
    role : str
        Of SDTM; empty in ADaM.
    """

    name: str
    label: str
    type: Type = "text"
    origin: Origin = "Assigned"
    codelist: Codelist | None = None
    method: Method | None = None
    comment: str = ""
    mandatory: bool = False
    role: str = ""


@dataclass(frozen=True)
class ValueLevel:
    """What holds of a variable in those rows in which another has one value, as IGSTRESN where IGTESTCD is HAIRDENS.

    ``decimals`` is the most that a number has; ``type`` is that of the values.
    """

    variable: str
    where: str
    equals: str
    type: Type
    origin: Origin = "Derived"
    decimals: int = 0
    method: Method | None = None
    comment: str = ""


@dataclass(frozen=True)
class Dataset:
    """One data set.

    Attributes
    ----------
    name, label : str
        At most 8 and 40 characters.
    structure : str
        'One record per ...'.
    kind : str
        Class as Define-XML 2.1 spells it: FINDINGS, INTERVENTIONS, SPECIAL PURPOSE, STUDY REFERENCE, RELATIONSHIP,
        BASIC DATA STRUCTURE.
    variables : tuple of Variable
    rows : sequence of tuple
        Values in the order of the variables; None where there is none. Whole numbers are int, others float.
    keys : tuple of str
        Variables that tell a row from all others.
    values : tuple of ValueLevel
    sources : sequence of str
        For each row what to name in an error, as a photograph; empty where nothing fits.
    reference : bool
        True where the rows are not those of subjects.
    """

    name: str
    label: str
    structure: str
    kind: str
    variables: tuple[Variable, ...]
    rows: Sequence[tuple[Value, ...]]
    keys: tuple[str, ...]
    values: tuple[ValueLevel, ...] = ()
    sources: Sequence[str] = ()
    reference: bool = False

    def column(self, name: str) -> list[Value]:
        """Values of one variable, row by row."""
        place = [variable.name for variable in self.variables].index(name)
        return [row[place] for row in self.rows]

    def by_subject(self) -> Dataset:
        """Put the rows in order of USUBJID, as SAS wants them; those of one subject stay as they are."""
        if "USUBJID" not in {variable.name for variable in self.variables}:
            return self
        subjects = [str(value or "") for value in self.column("USUBJID")]
        order = sorted(range(len(subjects)), key=subjects.__getitem__)
        sources = [self.sources[row] for row in order] if self.sources else ()
        return replace(self, rows=[self.rows[row] for row in order], sources=sources)

    def source(self, row: int) -> str:
        """Name a row in a sentence: its number from 1, and the photograph where one is known."""
        told = f"{self.name} row {row + 1}"
        return f"{told} ({self.sources[row]})" if row < len(self.sources) and self.sources[row] else told


@dataclass(frozen=True)
class Package:
    """Data sets that are written together, with one Define-XML.

    Attributes
    ----------
    standard : {"SDTMIG", "ADaMIG"}
    datasets : tuple of Dataset
        Those without rows are left out of the files.
    study_id, name, description, protocol : str
        Of the study.
    created : str
        UTC, ISO 8601, to the second: what every file states as the time of its creation.
    version : str
        Of densitometer.
    facts : mapping of str to str
        Sentences for Define-XML's comment on the whole: the counting rule and the thresholds.
    """

    standard: Literal["SDTMIG", "ADaMIG"]
    datasets: tuple[Dataset, ...]
    study_id: str
    name: str
    description: str
    protocol: str
    created: str
    version: str
    facts: Mapping[str, str] = field(default_factory=dict)
