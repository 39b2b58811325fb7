"""Comparisons in a results folder: made aside, and put beside the run that they compare when all are complete."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from types import TracebackType

from densitometer.errors import ResultsError
from densitometer.results.folder import (
    COMPARISON_FILES,
    COMPARISONS,
    RECORD,
    UNFINISHED,
    clear,
    comparison_files,
    not_replaced,
    read_results,
    remove_stale,
    versions,
    write_run,
)
from densitometer.results.record import Record
from densitometer.results.schema import COMPARISON_TABLES
from densitometer.results.tables import write_csv
from densitometer.settings import Settings

_COMPARING = ("prepare", "align", "match", "change")
_WHOLE = "whole.sqlite"


class ComparedFolder:
    """A results folder to which comparisons are added, aside, in ``out/.unfinished``; use it as a context manager.

    Attributes
    ----------
    out : Path
    staging : Path
        Where the new files are written until :meth:`publish` puts them in place.
    record : Record
        A copy of the folder's record, to which the comparisons are added.
    complete : bool
        True from the moment that the new files are complete and are put in place.
    """

    def __init__(self, out: Path, staging: Path, record: Record) -> None:
        self.out = out
        self.staging = staging
        self.record = record
        self.complete = False

    @classmethod
    def open(cls, out: Path) -> ComparedFolder:
        """Make ready to compare the visits in the results folder ``out``.

        Raises
        ------
        ResultsError
            When ``out`` holds no results, or those of an earlier version, cannot be written, is being written to by
            another run, or holds files of others under our names.
        """
        with closing(read_results(out)) as record:
            if not record.keeps:
                without = "without what comparing needs"
                raise ResultsError(f"{out} is from an earlier version, {without}; measure the photographs again")
            if not record.intact:
                raise ResultsError(f"{out / RECORD} is damaged; measure the photographs again")
        staging = out / UNFINISHED
        own = comparison_files(out)
        foreign = [name for name in COMPARISON_FILES if name not in own and os.path.lexists(out / name)]
        if foreign:
            raise ResultsError(f"{out} holds {', '.join(foreign)} of other origin; move them, then compare again")
        try:
            clear(staging)
            (staging / COMPARISONS).mkdir(parents=True)
            _copy_record(out, staging)
        except OSError as error:
            advice = "allow writing to it, or free some space"
            raise ResultsError(f"{out} cannot be written ({error.strerror}); {advice}") from error
        record = Record.read(staging / RECORD, to_add=True)
        record.comparisons.start()
        return cls(out, staging, record)

    def differing(self, settings: Settings) -> list[str]:
        """Sections of the settings for comparing that were others when the photographs were measured."""
        then, now = self.record.run().get("settings"), json.loads(settings.to_json())
        return [name for name in _COMPARING if isinstance(then, dict) and then.get(name) != now[name]]

    def describe(self, settings: Settings) -> dict[str, object]:
        """Provenance of the run, with a section on what compared it: of the settings, those that comparing knows."""
        every = json.loads(settings.to_json())
        known = {section: every[section] for section in _COMPARING}
        compare = {
            **versions(),
            "settings": known,
            "settings_sha256": hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest(),
        }
        return {**self.record.run(), "compare": compare}

    def write_tables(self, run: Mapping[str, object]) -> None:
        """Write the CSV files of the comparisons and ``run.json`` from the record.

        Raises
        ------
        ResultsError
            When they cannot be written.
        """
        self.record.describe(run)
        tables = self.record.comparisons
        try:
            for name, columns in COMPARISON_TABLES.items():
                write_csv(self.staging / f"{name}.csv", columns, tables.cells(name))
            write_run(self.staging, run)
        except OSError as error:
            raise ResultsError(f"the tables cannot be written to {self.out}: {error.strerror}") from error

    def publish(self) -> None:
        """Put the new files in place, and take away what an earlier comparing left.

        Raises
        ------
        ResultsError
            When a file cannot be replaced, for one because another program holds it open.
        """
        fresh = self.record.comparisons.pictures()
        self.record.comparisons.compact(self.staging / _WHOLE)
        self.record.close()
        self.complete = True
        try:
            stale = comparison_files(self.out) - {*fresh, *COMPARISON_FILES}
            os.replace(self.staging / _WHOLE, self.staging / RECORD)
            (self.out / COMPARISONS).mkdir(exist_ok=True)
            for name in [RECORD, *fresh, *COMPARISON_FILES, "run.json", "report.html"]:
                if (self.staging / name).exists():
                    os.replace(self.staging / name, self.out / name)
            remove_stale(self.out, stale)
            shutil.rmtree(self.staging, ignore_errors=True)
        except OSError as error:
            raise not_replaced(error, self.out, self.staging) from error

    def __enter__(self) -> ComparedFolder:
        """Return the folder itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Give up the lock, and what is not complete; what is and could not be put in place stays aside."""
        self.record.close()
        if not self.complete:
            shutil.rmtree(self.staging, ignore_errors=True)


def _copy_record(out: Path, staging: Path) -> None:
    """Copy the record; where that fails, for want of space for one, half a copy takes up none."""
    try:
        shutil.copyfile(out / RECORD, staging / RECORD)
    except OSError:
        shutil.rmtree(staging, ignore_errors=True)
        raise
