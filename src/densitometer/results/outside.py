"""What a change of the record brings about outside of it: files that move, and lines of the audit trail.

Both are noted in the record, in the same transaction as the change itself, and done once that is on disk; a run that
is killed in between leaves the notes, and the next one does what they say. Doing it twice does no harm.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from densitometer.errors import ResultsError
from densitometer.results.atomic import sync_folder
from densitometer.results.files import may_move

if TYPE_CHECKING:
    from densitometer.results.record import Record
    from densitometer.results.trail import Trail

OUT_OF_THE_WAY, INTO_PLACE = 1, 2


class Outside:
    """Changes of a record together with what they bring about outside of it.

    Attributes
    ----------
    out : Path
        The results folder.
    record : Record
    trail : Trail
    """

    def __init__(self, out: Path, record: Record, trail: Trail) -> None:
        self.out = out
        self.record = record
        self.trail = trail
        self._lines = record.outbox()
        self._noted = bool(self._lines) or any(True for _ in record.connection.execute("SELECT 1 FROM moves"))
        self._done = not self._noted

    @contextmanager
    def change(self) -> Iterator[list[str]]:
        """Change the record in one transaction; lines of the trail that the body adds to the list go with it.

        Raises
        ------
        ResultsError
            When the record, the trail or a file cannot be written.
        """
        self.catch_up()
        lines: list[str] = []
        try:
            with self.record.transaction():
                self._clear()
                yield lines
                self.record.connection.executemany("INSERT INTO outbox (line) VALUES (?)", ((line,) for line in lines))
        except BaseException:
            self.trail.forget()
            raise
        self._lines, self._noted, self._done = lines, True, False
        self.catch_up()

    def move(self, step: int, source: str, target: str | None) -> None:
        """Note, within a change, that a file is to be renamed, or deleted where there is no target.

        All of the first step are done before any of the second, so that two files can take each other's names.
        """
        self.record.connection.execute("INSERT OR REPLACE INTO moves VALUES (?, ?, ?)", (step, source, target))

    def catch_up(self) -> None:
        """Do what was noted and may not have been done."""
        if not self._done:
            self._follow()
            self._done = True

    def settle(self) -> None:
        """Take away the notes once all that they say is done."""
        self.catch_up()
        if self._noted:
            with self.record.transaction():
                self._clear()
            self._lines, self._noted = [], False

    def _clear(self) -> None:
        self.record.connection.execute("DELETE FROM outbox")
        self.record.connection.execute("DELETE FROM moves")

    def _follow(self) -> None:
        for step in (OUT_OF_THE_WAY, INTO_PLACE):
            query = "SELECT source, target FROM moves WHERE step = ?"
            moves = self.record.connection.execute(query, (step,)).fetchall()
            _move(self.out, moves)
            if moves and step == OUT_OF_THE_WAY:
                with self.record.transaction():
                    self.record.connection.execute("DELETE FROM moves WHERE step = ?", (step,))
        self.trail.append(self._lines)


def _move(out: Path, moves: Sequence[tuple[str, str | None]]) -> None:
    for source, target in moves:
        if not may_move(source, target):
            told = f"results.sqlite in {out} was altered: it would have {source!r} renamed or deleted"
            raise ResultsError(f"{told}; put a copy back that is as it was, or choose another folder for -o")
    left: dict[Path, None] = {}
    reached: dict[Path, None] = {}
    try:
        for source, target in moves:
            left[(out / source).parent] = None
            if target is None:
                (out / source).unlink(missing_ok=True)
            elif (out / source).exists():
                (out / target).parent.mkdir(exist_ok=True)
                os.replace(out / source, out / target)
                reached |= {(out / target).parent: None, out: None}  # whose folder may be new
        # The new names first: were the old ones gone for good and the power lost before, a file would have neither.
        for folder in (*reached, *(folder for folder in left if folder not in reached)):
            if folder.is_dir():
                sync_folder(folder)
    except OSError as error:
        name = Path(error.filename2 or error.filename or "").name
        advice = "close it where it is open, then run the same command again"
        raise ResultsError(f"{name} in {out} cannot be renamed ({error.strerror}); {advice}") from error
