"""The results folder: the record is written in place, each result as it is done; everything else comes from it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from densitometer.dictionary import photo_columns
from densitometer.errors import ResultsError
from densitometer.results import planning, put_in_place
from densitometer.results.atomic import PART, sha256_of, sync_folder, write_part
from densitometer.results.files import COMPARISONS, FILES, RECORD, REPORT, SUBJECTS, files_of_comparisons, is_picture
from densitometer.results.lock import cannot_be_written, locked
from densitometer.results.opening import overlays_in, read_results, record_of, refuse_foreign, remove_parts
from densitometer.results.output import (
    compact,
    given_elsewhere,
    keep_altered,
    keep_foreign,
    last_written,
    table_files,
)
from densitometer.results.outside import INTO_PLACE, OUT_OF_THE_WAY, Outside
from densitometer.results.provenance import describe_run
from densitometer.results.record import Record
from densitometer.results.result import PhotoResult
from densitometer.results.resume import TRIED_AGAIN, Decision, Stored, Wanted, decide, may_hold
from densitometer.results.schema import COMPARISON_TABLES
from densitometer.results.superseded import older_of, result_of, results_of, same, supersede
from densitometer.results.trail import TRAIL, Trail, now_utc, written_time

__all__ = ["ResultsFolder", "describe_run", "read_results"]

log = logging.getLogger(__name__)

Describe = Callable[[Record], Mapping[str, object]]


class ResultsFolder:
    """A results folder that is being written, by this run alone; use it as a context manager.

    Whenever the run is killed or the power is lost, the record holds every result that was done by then, and the same
    command goes on from there.

    Attributes
    ----------
    out : Path
    record : Record
    trail : Trail
    """

    def __init__(
        self, out: Path, record: Record, trail: Trail, columns_of: Iterable[str] | None, held: ExitStack
    ) -> None:
        self.out = out
        self.record = record
        self.trail = trail
        self._columns = photo_columns(columns_of)
        self._held = held
        self._outside = Outside(out, record, trail)
        self._outside.catch_up()
        trail.append(())  # mends a line that was torn, now that it is known not to be the beginning of one of ours
        self._written = record.written()
        self._stated = last_written(out, record)
        self._changed = False
        self._start: Mapping[str, object] | None = None
        self._told = False
        self._places: dict[str, tuple[int, str]] = {}
        self._base = 0
        self._files: dict[str, str] = {}

    @classmethod
    def open(cls, out: Path, further: Iterable[str] | None = None) -> ResultsFolder:
        """Make ready to write to ``out``, which may hold the results of an earlier run and files of other people.

        What an earlier run that was killed left half done is finished or taken back first.

        Parameters
        ----------
        out : Path
        further : iterable of str or None
            Further columns of visits.csv; None when there is no visits.csv.

        Raises
        ------
        ResultsError
            When ``out`` cannot be written, another run is writing to it, or it holds files of others under our names.
        """
        further = None if further is None else list(further)
        refuse_foreign(out)
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise cannot_be_written(out, error) from error
        with ExitStack() as held:
            held.enter_context(locked(out))
            trail = Trail.open(out / TRAIL)
            put_in_place.finish(out, trail)
            try:
                record = held.enter_context(closing(record_of(out, further, trail)))
                folder = cls(out, record, trail, further, held)
                remove_parts(out)
            except OSError as error:
                raise cannot_be_written(out, error) from error
            folder._held = held.pop_all()
            return folder

    # ---- before measuring

    def candidates(self, wanted: Sequence[Wanted]) -> set[str]:
        """Names of the photographs that are done if their files are still the same, so that these are to be hashed."""
        current, older = results_of(self.record), older_of(self.record)
        return {
            one.photo
            for one in wanted
            if any(may_hold(stored, one.made) for stored in _of(one.photo, current) + older.get(one.photo, []))
        }

    def plan(self, wanted: Sequence[Wanted], facts: Mapping[str, object], describe: Describe | None = None) -> set[str]:
        """Make the record that of this command, and return which photographs are to be measured.

        Every photograph has a row from then on. Results that do not hold any more are superseded; those that hold
        again are restored.

        Parameters
        ----------
        wanted : sequence of Wanted
            The photographs of the command, in order.
        facts : mapping
            What the audit trail says of the command.
        describe : callable or None
            Gives the provenance of the run from the record.

        Raises
        ------
        ResultsError
            When the record cannot be written.
        """
        current, older, files = results_of(self.record), older_of(self.record), overlays_in(self.out)
        decision = decide(wanted, current, older, files)
        planning.refuse_foreign(decision, current, files)
        self._places = {place.wanted.photo: (n, place.overlay) for n, place in enumerate(decision.places, start=1)}
        self._base = self.record.highest
        to_measure = decision.to_measure
        counts = {"photographs": len(wanted), "to_measure": len(to_measure), "done": len(wanted) - len(to_measure)}
        self._start = {**facts, **counts}
        if planning.changes(decision, current, columns_differ=self._columns != self.record.columns):
            self._carry_out(decision, files, describe)
        elif to_measure or given_elsewhere(self.trail.path, facts):
            self.trail.write("started", **self._start)
            self._start, self._told = None, True
        return to_measure

    def _carry_out(self, decision: Decision, files: set[str], describe: Describe | None) -> None:
        with self._change() as lines:
            at = written_time(now_utc())
            lines.extend(planning.carry_out(self._outside, decision, files, self._columns, at))
            if describe is not None:
                self.record.describe(describe(self.record))
        for notice in planning.notices(decision):
            log.warning("%s", notice)

    # ---- while measuring

    def add(self, result: PhotoResult) -> bool:
        """Store what a photograph yielded; it is on disk when this returns.

        Returns
        -------
        bool
            False where that is what the record holds already, as of a photograph that still cannot be read.

        Raises
        ------
        ResultsError
            When it cannot be written.
        """
        place, overlay = self._places[result.photo]
        before = result_of(self.record, result.photo)
        before = before if before is not None and before.number is not None else None
        if before is not None and (before.measured or same(self.record, before, result)):
            return False
        number = self._base + place
        sha256 = None
        if result.overlay_png is not None:
            sha256 = self._write_overlay(overlay, result.overlay_png)
        kept = replace(result, overlay=overlay if sha256 else None, overlay_png=None)
        with self._change() as lines:
            if before is not None:
                supersede(self.record, before, TRIED_AGAIN, written_time(now_utc()))
                lines.append(self._line("superseded", photo=result.photo, result=before.number, why=TRIED_AGAIN))
            self.record.put(kept, place, number, sha256)
            if sha256:
                self._outside.move(INTO_PLACE, overlay + PART, overlay)
            lines.append(self._measured(kept, number, sha256))
        return True

    def _write_overlay(self, overlay: str, png: bytes) -> str:
        part = self.out / (overlay + PART)
        try:
            part.parent.mkdir(exist_ok=True)
            sha256 = write_part(part, png)
            sync_folder(part.parent)  # else a loss of power could take its name, and not the result that needs it
            return sha256
        except OSError as error:
            raise ResultsError(f"{part} cannot be written: {error.strerror}; is the disk full?") from error

    def _measured(self, result: PhotoResult, number: int, overlay_sha256: str | None) -> str:
        row, made = result.row, result.made or {}
        return self._line(
            "measured",
            photo=result.photo,
            result=number,
            photo_sha256=row["sha256"],
            um_per_px=row["um_per_px"],
            settings_sha256=made.get("settings_sha256"),
            model_sha256=made.get("model_sha256"),
            status=row["status"],
            reason=row["reason"],
            result_sha256=self.record.digest(number),
            overlay_sha256=overlay_sha256,
        )

    # ---- after measuring

    @property
    def changed(self) -> bool:
        """True when this run changed any result, or what stands beside one."""
        return self._changed

    def is_up_to_date(self, run: Mapping[str, object]) -> bool:
        """Tell whether nothing changed and every table and the report are as they were written."""
        if self._changed or self.record.run() != json.loads(json.dumps(self._with_compare(run))):
            return False
        names = {name for name in FILES if name not in (SUBJECTS, RECORD)}
        if not names <= self._written.keys():
            return False
        return all(sha256_of(self.out / name) == sha256 for name, sha256 in self._written.items())

    def write_tables(self, run: Mapping[str, object]) -> None:
        """Write every table and ``run.json`` from the record; :meth:`finish` puts them in place, all or none.

        Raises
        ------
        ResultsError
            When they cannot be written.
        """
        keep_altered(self.out, {n: sha256 for n, sha256 in self._stated.items() if not is_picture(n)}, self.trail)
        self._look_at_pictures()
        run = self._with_compare(run)
        with self._change(comparisons_stay=True):
            self.record.describe(run)
        for name, pieces in table_files(self.record):
            self._write(name, pieces)

    def _look_at_pictures(self) -> None:
        """Say which pictures of comparisons are not as they were written; only comparing can write them anew."""
        for name, sha256 in self._pictures().items():
            if sha256_of(self.out / name) != sha256:
                log.warning("%s is not as it was written; compare again to have it written anew", name)

    def _pictures(self) -> dict[str, str]:
        """Pictures of the comparisons that the record holds, with their sha256 as they were written."""
        own = files_of_comparisons(self.record)
        return {name: sha256 for name, sha256 in self._stated.items() if is_picture(name) and name in own}

    def _with_compare(self, run: Mapping[str, object]) -> Mapping[str, object]:
        """Provenance of the run with that of the comparisons, where these stay."""
        compare = self.record.run().get("compare") if self.record.comparisons.there else None
        return {**run, "compare": compare} if compare else run

    def write_report(self, page: str) -> None:
        """Write ``report.html``, to be put in place by :meth:`finish`; ResultsError when it cannot be written."""
        self._write(REPORT, [page.encode("utf-8", "replace")])

    def write_subjects(self, page: str) -> None:
        """Like :meth:`write_report` for ``subjects.html``, which :meth:`finish` takes away where this is not called."""
        if SUBJECTS not in self._stated:
            keep_foreign(self.out, SUBJECTS, self.trail)
        self._write(SUBJECTS, [page.encode("utf-8", "replace")])

    def _write(self, name: str, pieces: Iterable[bytes]) -> None:
        try:
            self._files[name] = write_part(self.out / (name + PART), pieces)
        except OSError as error:
            for part in (*self._files, name):
                with suppress(OSError):
                    (self.out / (part + PART)).unlink(missing_ok=True)
            raise ResultsError(f"{name} cannot be written to {self.out}: {error.strerror}") from error

    def finish(self, *, stopped: bool = False) -> None:
        """Put in place what was written, and make the record the same bytes for the same content.

        Raises
        ------
        ResultsError
            When the record cannot be written.
        """
        action = "stopped" if stopped else "finished"
        if not self._files:
            if self._told:
                self.trail.write(action)
            self._outside.settle()  # what a run that was killed at its very end left noted
            return
        with self._change(comparisons_stay=True) as lines:
            self.record.set_written({**self._pictures(), **self._files})
            for name in self._files:
                self._outside.move(INTO_PLACE, name + PART, name)
            lines.extend([self._line("tables_written", files=self._files, **self._removed()), self._line(action)])
        self._outside.settle()
        if not stopped:
            compact(self.out, self.record)

    def _removed(self) -> dict[str, list[str]]:
        """Take away the page of subjects where this run wrote none; returns what the trail says of that."""
        if SUBJECTS not in self._stated or SUBJECTS in self._files:
            return {}
        self._outside.move(OUT_OF_THE_WAY, SUBJECTS, None)
        return {"removed": [SUBJECTS]}

    # ---- changes of the record

    @contextmanager
    def _change(self, *, comparisons_stay: bool = False) -> Iterator[list[str]]:
        """Change the record in one transaction, with the lines of the trail that tell it."""
        gone: set[str] = set()
        if not comparisons_stay:
            of_comparing = files_of_comparisons(self.record) & self._stated.keys()
            keep_altered(self.out, {name: self._stated[name] for name in of_comparing}, self.trail)
        with self._outside.change() as lines:
            if self._start is not None:
                lines.append(self._line("started", **self._start))
            self.record.set_written({})
            if not comparisons_stay:
                gone = self._take_comparisons_away(lines)
            yield lines
        self._start = None
        self._told = True
        self._changed |= not comparisons_stay
        if gone:
            with suppress(OSError):  # others may have put something there
                (self.out / COMPARISONS).rmdir()
            log.warning(
                "the comparisons of visits in %s are taken away, since results changed; compare again", self.out
            )

    def _take_comparisons_away(self, lines: list[str]) -> set[str]:
        if not self.record.comparisons.there:
            return set()
        files = files_of_comparisons(self.record)
        for table in (*COMPARISON_TABLES, "comparison_pictures"):
            self.record.connection.execute(f"DROP TABLE IF EXISTS {table}")
        for name in files:
            self._outside.move(OUT_OF_THE_WAY, name, None)
        lines.append(self._line("comparisons_removed", files=sorted(files)))
        return files

    def _line(self, action: str, **facts: object) -> str:
        return self.trail.compose(action, **facts)

    def __enter__(self) -> ResultsFolder:
        """Return the folder itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the record and give up the lock."""
        self._held.close()


def _of(photo: str, current: Mapping[str, Stored]) -> list[Stored]:
    return [current[photo]] if photo in current else []
