"""A study as every data set needs it: photographs in order, with subject, site, visit, replicate, arm and baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from densitometer.results.rows import Cell
from densitometer.study.dates import study_day
from densitometer.study.study_file import About, DeviceFacts, SiteFacts
from densitometer.study.subjects import Subject

Row = Mapping[str, Cell]


@dataclass(frozen=True)
class StudyVisit:
    """A visit of the study: its number in their order, and its label as the visits table first spells it.

    Attributes
    ----------
    number : float
        Whole, unless the study file says otherwise.
    label : str
    planned_day : int or None
    """

    number: float
    label: str
    planned_day: int | None = None


@dataclass(frozen=True)
class Site:
    """A site of the scalp.

    Attributes
    ----------
    number : int
        From 1, in the natural order of labels.
    label : str
        As in the visits table; may be empty.
    facts : SiteFacts
    """

    number: int
    label: str
    facts: SiteFacts = SiteFacts()


@dataclass(frozen=True)
class Arm:
    """An arm: its name, and its code where one is stated (else its name)."""

    name: str
    code: str


@dataclass(frozen=True)
class Photograph:
    """One photograph, measured or not.

    Attributes
    ----------
    number : int
        From 1, in the order of the study.
    name : str
        Its path as in ``photos.csv``.
    row : mapping
        Its row of ``photos.csv``, unrounded, columns of the visits table included.
    subject : Subject
    site : Site
    visit : StudyVisit or None
        None where the visits table names neither visit nor date (in tidy tables alone).
    date : str
        YYYY-MM-DD, or empty.
    replicate : int
        From 1 within subject, site and visit.
    arm : Arm or None
    baseline : bool
        True where it was taken at the baseline of its subject and site.
    later : bool
        True where it was taken after that.
    device : str
        What the visits table calls the device; empty where it does not.
    """

    number: int
    name: str
    row: Row
    subject: Subject
    site: Site
    visit: StudyVisit | None
    date: str
    replicate: int
    arm: Arm | None
    baseline: bool
    later: bool = False
    device: str = ""

    @property
    def measured(self) -> bool:
        """True when it has numbers."""
        return self.row["status"] == "measured"


@dataclass(frozen=True)
class Lack:
    """Why a subject and site has no baseline.

    Attributes
    ----------
    text : str
        One sentence without its end: what is missing.
    photographed : bool
        True where there is a photograph of the baseline, and it could not be measured.
    """

    text: str
    photographed: bool


@dataclass(frozen=True)
class Study:
    """All that is written as a data set.

    Attributes
    ----------
    about : About
    photographs : tuple of Photograph
        By subject, site, visit and replicate, each in natural order.
    visits, sites, arms : tuple
        In order.
    references : mapping of str to str
        Day 1 of each subject, by its code, where one is known.
    without_baseline : mapping of (str, str) to Lack
        Subjects and sites (code and label) without a baseline measurement.
    changes : mapping of str to mapping
        Rows of ``changes.csv`` of comparisons with a photograph of the baseline, by the later photograph.
    without_change : mapping of str to str
        Why a later photograph was not compared with its baseline, where visits were compared at all.
    repeats : tuple of mapping
        Rows of ``repeatability.csv``: comparisons of two photographs of one visit.
    unphotographed : tuple of Subject
        Subjects of the table of subjects without any photograph, in natural order; none where no table was given.
    further : tuple of str
        Further columns of the visits table.
    devices : mapping of str to DeviceFacts
        By what the visits table calls them.
    run : mapping
        Content of ``run.json``.
    written_at : str
        When the results were last written: UTC, ISO 8601, to the second.
    sources : mapping of str to str
        Sha256 of the tables of the results folder by name.
    """

    about: About
    photographs: tuple[Photograph, ...]
    visits: tuple[StudyVisit, ...] = ()
    sites: tuple[Site, ...] = ()
    arms: tuple[Arm, ...] = ()
    references: Mapping[str, str] = field(default_factory=dict)
    without_baseline: Mapping[tuple[str, str], Lack] = field(default_factory=dict)
    changes: Mapping[str, Row] = field(default_factory=dict)
    without_change: Mapping[str, str] = field(default_factory=dict)
    repeats: tuple[Row, ...] = ()
    unphotographed: tuple[Subject, ...] = ()
    further: tuple[str, ...] = ()
    devices: Mapping[str, DeviceFacts] = field(default_factory=dict)
    run: Mapping[str, object] = field(default_factory=dict)
    written_at: str = ""
    sources: Mapping[str, str] = field(default_factory=dict)

    def day(self, photograph: Photograph) -> int | None:
        """Study day of a photograph; None where its date or day 1 is not wholly known."""
        return study_day(photograph.date, self.references.get(photograph.subject.code, ""))
