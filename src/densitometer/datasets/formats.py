"""The forms in which a study can be written, and what each needs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from densitometer.errors import StudyError
from densitometer.study.model import Study

Files = Iterator[tuple[str, bytes]]
"""Names relative to the folder of the export, with forward slashes, and contents."""


@dataclass(frozen=True)
class Format:
    """A form of data sets.

    Attributes
    ----------
    name : str
        As ``--as`` takes it.
    about : str
        What it is for, in one line.
    module : str
        Module that has ``files(study, **options) -> Files``.
    needs : tuple of str
        Modules of the extra ``trial`` that it cannot do without.
    whole : bool
        True where every photograph must have a subject and a visit.
    baseline : bool
        True where every subject and site must have a baseline.
    changes : bool
        True where it holds changes found hair by hair, if visits were compared.
    """

    name: str
    about: str
    module: str
    needs: tuple[str, ...] = ()
    whole: bool = True
    baseline: bool = False
    changes: bool = True

    def files(self, study: Study) -> Files:
        """Write a study in this form.

        Raises
        ------
        StudyError
            When the extra is not installed, or something in the study does not fit the form.
        """
        self.check_installed()
        module = import_module(self.module)
        make: Callable[[Study], Files] = module.files
        return make(study)

    def check_installed(self) -> None:
        """Refuse to begin without the libraries that the form needs."""
        if missing := [_PACKAGES.get(name, name) for name in self.needs if find_spec(name) is None]:
            command = f'{sys.executable} -m pip install -c constraints.txt ".[trial]"'
            advice = f"in the checkout of densitometer run: {command}"
            raise StudyError(f"writing {self.name} needs {', '.join(missing)}, not installed here; {advice}")

    @property
    def libraries(self) -> tuple[str, ...]:
        """Packages that write it."""
        return tuple(_PACKAGES.get(name, name) for name in self.needs)


_PACKAGES = {"fhir": "fhir.resources"}
"""Packages by what is imported of them, where that has another name."""
_CDISC = ("pandas", "pyreadstat", "odmlib")

FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        Format(
            "tidy", "one long and one wide table, CSV and Parquet", "densitometer.datasets.tidy", ("pyarrow",), False
        ),
        Format(
            "sdtm",
            "domain IG with its device and imaging domains",
            "densitometer.datasets.cdisc.sdtm",
            _CDISC,
            changes=False,
        ),
        Format("adam", "ADHAIR for analysis", "densitometer.datasets.cdisc.adam", _CDISC, baseline=True),
        Format("redcap", "data dictionary and import file", "densitometer.datasets.redcap"),
        Format("fhir", "bundle of Observations, R4", "densitometer.datasets.fhir", ("fhir",)),
    )
}
