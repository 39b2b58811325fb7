"""Comparisons in a results folder: made aside, and put beside the run that they compare when all are complete."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from types import TracebackType

from densitometer.errors import ResultsError
from densitometer.results import put_in_place
from densitometer.results.atomic import sha256_of
from densitometer.results.files import COMPARISON_FILES, COMPARISONS, RECORD, REPORT, SUBJECTS, files_of_comparisons
from densitometer.results.folder import read_results
from densitometer.results.lock import locked
from densitometer.results.output import keep_altered, keep_foreign
from densitometer.results.outside import Outside
from densitometer.results.provenance import versions
from densitometer.results.record import Record
from densitometer.results.schema import COMPARISON_TABLES
from densitometer.results.tables import csv_pieces, run_text
from densitometer.results.trail import TRAIL, Trail
from densitometer.settings import Settings

_COMPARING = ("prepare", "align", "match", "change")
_WHOLE = "whole.sqlite"


class ComparedFolder:
    """A results folder to which comparisons are added, aside, in ``out/.unfinished``; use it as a context manager.

    Attributes
    ----------
    out : Path
    staging : Path
        Where the new files are written until :meth:`publish` puts them in place, all or none.
    record : Record
        A copy of the folder's record, to which the comparisons are added.
    complete : bool
        True from the moment on from which the new files will be put in place, by the next run if not by this one.
    """

    def __init__(self, out: Path, record: Record, trail: Trail, stale: set[str], held: ExitStack) -> None:
        self.out = out
        self.staging = out / put_in_place.ASIDE
        self.record = record
        self.complete = False
        self._trail = trail
        self._stale = stale
        self._held = held

    @classmethod
    def open(cls, out: Path) -> ComparedFolder:
        """Make ready to compare the visits in the results folder ``out``; what a killed run left is finished first.

        Raises
        ------
        ResultsError
            When ``out`` holds no results, or those of an earlier version or of a run that was killed, cannot be
            written, is being written to by another run, or holds files of others under our names.
        """
        read_results(out).close()
        with ExitStack() as held:
            held.enter_context(locked(out))
            trail = Trail.open(out / TRAIL)
            put_in_place.finish(out, trail)
            own = _own_files(out, trail)
            try:
                record = _copied(out)
            except OSError as error:
                advice = "allow writing to it, or free some space"
                raise ResultsError(f"{out} cannot be written ({error.strerror}); {advice}") from error
            held.callback(record.close)
            return cls(out, record, trail, own, held.pop_all())

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
        for name, columns in COMPARISON_TABLES.items():
            self._write(f"{name}.csv", csv_pieces(columns, tables.cells(name)))
        self._write("run.json", [run_text(run).encode()])

    def write_report(self, page: str) -> None:
        """Write ``report.html``; ResultsError when it cannot be written."""
        self._write(REPORT, [page.encode("utf-8", "replace")])

    def write_subjects(self, page: str) -> None:
        """Write ``subjects.html``; ResultsError when it cannot be written."""
        self._write(SUBJECTS, [page.encode("utf-8", "replace")])

    def _write(self, name: str, pieces: Iterable[bytes]) -> None:
        try:
            with (self.staging / name).open("wb") as file:
                file.writelines(pieces)
        except OSError as error:
            raise ResultsError(f"{name} cannot be written to {self.out}: {error.strerror}") from error

    def publish(self) -> None:
        """Put the new files in place, all or none, and take away what an earlier comparing left.

        Raises
        ------
        ResultsError
            When they cannot be written, or one cannot be replaced, for one because another program holds it open.
        """
        names = [*self.record.comparisons.pictures(), *COMPARISON_FILES, "run.json", REPORT, SUBJECTS]
        names = [name for name in names if (self.staging / name).exists()]
        files = {name: str(sha256_of(self.staging / name)) for name in names}
        last = self.record.written()
        keep_altered(self.out, {n: last[n] for n in last if n in files or n in self._stale}, self._trail)
        if SUBJECTS in files.keys() - self._stale:
            keep_foreign(self.out, SUBJECTS, self._trail)
        compare = self.record.run()["compare"]
        settings_sha256 = compare["settings_sha256"] if isinstance(compare, Mapping) else None
        with self.record.transaction():
            before = {name: sha256 for name, sha256 in last.items() if name not in self._stale}
            self.record.set_written({**before, **files})
        self.record.comparisons.compact(self.staging / _WHOLE)
        self.record.close()
        gone = {"removed": [SUBJECTS]} if SUBJECTS in self._stale - files.keys() else {}
        line = self._trail.compose("compared", files=files, settings_sha256=settings_sha256, **gone)
        try:
            os.replace(self.staging / _WHOLE, self.staging / RECORD)
            put_in_place.decide(self.out, [RECORD, *names], self._stale - files.keys(), line)
        except OSError as error:
            advice = "allow writing to it, or free some space"
            raise ResultsError(f"{self.out} cannot be written ({error.strerror}); {advice}") from error
        self.complete = True
        put_in_place.finish(self.out, self._trail)

    def __enter__(self) -> ComparedFolder:
        """Return the folder itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Give up what is not complete, and the lock."""
        self.record.close()
        if not self.complete:
            shutil.rmtree(self.staging, ignore_errors=True)
        self._held.close()


def _own_files(out: Path, trail: Trail) -> set[str]:
    """Check that the folder is one to compare in, and return those of its files that comparing writes anew or drops."""
    with closing(read_results(out)) as record:
        if not record.keeps:
            without = "without what comparing needs"
            raise ResultsError(f"{out} is from an earlier version, {without}; measure the photographs again")
        if not record.intact:
            raise ResultsError(f"{out / RECORD} is damaged; measure the photographs again")
        if not record.written():
            advice = "run the same 'densitometer measure' command again, then compare"
            raise ResultsError(f"{out} is of a run that was ended before its tables were written; {advice}")
        own = files_of_comparisons(record) | (record.written().keys() & {SUBJECTS})
    foreign = [name for name in COMPARISON_FILES if name not in own and os.path.lexists(out / name)]
    if foreign:
        raise ResultsError(f"{out} holds {', '.join(foreign)} of other origin; move them, then compare again")
    with closing(Record.open(out / RECORD)) as record:
        Outside(out, record, trail).settle()
    return own


def _copied(out: Path) -> Record:
    """Copy the record aside, for adding to it; where that fails, as for want of space, half a copy takes up none."""
    staging = out / put_in_place.ASIDE
    if os.path.lexists(staging):
        shutil.rmtree(staging)
    (staging / COMPARISONS).mkdir(parents=True)
    try:
        shutil.copyfile(out / RECORD, staging / RECORD)
    except OSError:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    record = Record.read(staging / RECORD, to_add=True)
    record.comparisons.start()
    return record
