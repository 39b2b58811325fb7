"""``densitometer verify``: is everything in a results folder as it was written, and the photographs as they were?"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from densitometer.cli import options
from densitometer.errors import DensitometerError, ResultsError

if TYPE_CHECKING:
    from densitometer.results.findings import Finding
    from densitometer.results.verify import Verified

NOT_VERIFIED = 3
_MOST_SHOWN = 50
_MOST_SHOWN_OF_TABLE = 20
_SHORTEST_HEAD = 12
_HEAD = "0123456789abcdef"
_FIRST_LINE = "finding,file,place,what"


@click.command(short_help="Verify that nothing in a results folder was altered.")
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.argument("photographs", metavar="[PHOTO_OR_FOLDER]...", nargs=-1)
@click.option("--head", metavar="HASH", help="Hash of an entry of the audit trail as you noted it down: it must still "
              "be there. Its first 12 digits will do.")  # fmt: skip
@click.option("-o", "--out", "findings_file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
              help="Write every finding to this CSV file.")  # fmt: skip
@options.quiet
@options.verbose
@options.user_errors
def verify(
    out: Path, photographs: Sequence[str], head: str | None, findings_file: Path | None, quiet: bool, verbose: bool
) -> None:
    """Check that results, tables, report and pictures in OUT are as they were written, and the photographs as measured.

    Checked are the chain of the audit trail, OUT/audit.jsonl; each result in the record against its entry there; each
    table against the record; and the sha256 of all other files and of the photographs. These are looked for where they
    lay when they were measured; where they have moved since, name files or folders. Nothing is written to OUT.

    What this proves: the chain shows that something was altered as long as not all of it was written anew. Whoever can
    write to OUT could do that. So note down the hash that is printed at the end, the head of the trail, where nobody
    can change it together with OUT, and give it with --head next time: then nothing up to that entry can have been
    altered without being found.

    \b
    Exit codes:
      0  everything is as it was written; after a run that was stopped and wrote
         its tables, too: the photographs that have no result yet are counted
      1  verifying was stopped, by you or by an internal error
      2  wrong use, for one OUT is no results folder
      3  something was altered, is missing or could not be checked; or is
         unfinished: a run was killed before its tables were written
    """
    from densitometer.results.verify import Verified

    head = _checked_head(head)
    places = [_place(name) for name in photographs]
    if findings_file is not None:
        _check_file(findings_file)
    seen = Verified()
    try:
        findings = list(_found(out, places, head, seen, quiet=quiet))
    except KeyboardInterrupt as error:
        options.fail(error, options.STOPPED, verbose=verbose, sentence="stopped; nothing was changed")
        raise  # not reached
    if findings_file is not None:
        _write(findings_file, findings)
    _show(findings, findings_file, quiet=quiet)
    if not quiet:
        _show_end(findings, seen)
    sys.exit(NOT_VERIFIED if any(finding.fault for finding in findings) else 0)


def _checked_head(head: str | None) -> str | None:
    if head is None:
        return None
    text = head.strip().lower()
    if not (_SHORTEST_HEAD <= len(text) <= 64 and set(text) <= set(_HEAD)):  # noqa: PLR2004 - a sha256 has 64
        raise click.UsageError(f"--head takes 12 to 64 digits of 0-9 and a-f, as verify prints them, not {head!r}.")
    return text


def _place(name: str) -> Path | str:
    if "://" in name:
        return name
    path = Path(name)
    if not path.exists():
        raise DensitometerError(f"{path}: there is no such file or folder; check the name")
    return Path(path.absolute())


def _found(
    out: Path, places: Sequence[Path | str], head: str | None, seen: Verified, *, quiet: bool
) -> Iterator[Finding]:
    from densitometer.batch.hashes import hashes
    from densitometer.cli.progress import follow
    from densitometer.results.verify import verify as verified

    def followed(files: Sequence[Path | str]) -> Iterator[str | None]:
        return follow(hashes(files), len(files), quiet=quiet, doing="reading files")

    return verified(out, places, head=head, hashes=followed, seen=seen)


def _check_file(path: Path) -> None:
    """Refuse what would overwrite anything but the findings of an earlier time."""
    if not path.parent.is_dir():
        raise ResultsError(f"{path} cannot be written: there is no folder {path.parent}; make it, or choose another")
    if not path.exists():
        return
    try:
        with path.open(encoding="utf-8") as file:
            ours = file.readline(len(_FIRST_LINE) + 2).rstrip("\n") == _FIRST_LINE
    except (OSError, ValueError):
        ours = False
    if not ours:
        raise ResultsError(f"{path} is there already and holds something else; choose another FILE for -o")


def _write(path: Path, findings: Iterable[Finding]) -> None:
    from densitometer.dictionary import Column
    from densitometer.results.tables import write_csv

    columns = [
        Column("finding", "text", "", "altered, missing, added, unfinished, unchecked, or note, which is no fault."),
        Column("file", "text", "", "File relative to the results folder, or photographs."),
        Column("place", "text", "", "Where in it; empty where all of it is meant."),
        Column("what", "text", "", "What was found."),
    ]
    rows = [tuple(options.one_line(text) for text in (one.kind, one.where, one.place, one.told)) for one in findings]
    try:
        write_csv(path, columns, rows)
    except OSError as error:
        raise ResultsError(f"{path} cannot be written: {error.strerror}; choose another FILE for -o") from error


def _show(findings: Sequence[Finding], file: Path | None, *, quiet: bool) -> None:
    """Print the faults, the first ones of many in a table; and notes, unless ``quiet``."""
    faults = [finding for finding in findings if finding.fault]
    shown = Counter[str]()
    for fault in faults:
        shown[fault.table] += 1
        if shown[fault.table] <= _most_shown(fault.table):
            click.echo(options.one_line(f"{fault.kind}: {fault}"))
    for table, count in shown.items():
        if (more := count - _most_shown(table)) > 0:
            where = f"see {file}" if file else "-o FILE writes all to a table"
            click.echo(options.one_line(f"and {more} more{f' in {table}' if table else ''}; {where}"))
    if not quiet:
        for note in (finding for finding in findings if not finding.fault):
            click.echo(options.one_line(f"note: {note}"))


def _most_shown(table: str) -> int:
    return _MOST_SHOWN_OF_TABLE if table else _MOST_SHOWN


def _show_end(findings: Sequence[Finding], seen: Verified) -> None:
    counts = Counter(finding.kind for finding in findings if finding.fault)
    looked = [
        *(_counted(seen.results, "result"), f"{seen.superseded} superseded", _counted(seen.files, "file")),
        _counted(seen.photographs, "photograph"),
    ]
    if counts:
        told = ", ".join(f"{count} {kind}" for kind, count in counts.items())
        click.echo(f"Not verified: {_counted(sum(counts.values()), 'finding')} ({told}).")
    else:
        click.echo(f"Verified: {', '.join(looked)}; all are as they were written{_still_to_do(seen)}.")
    if seen.entries:
        click.echo(f"Audit trail: {_counted(seen.entries, 'entry', 'entries')}, head {seen.head}")
        if not counts:
            click.echo("Note this head down where nobody can change it together with the folder; give it with --head.")


def _still_to_do(seen: Verified) -> str:
    if not seen.not_reached:
        return ""
    have = "photograph has" if seen.not_reached == 1 else "photographs have"
    return f"; {seen.not_reached} {have} no result yet: run the same command again"


def _counted(number: int, what: str, many: str | None = None) -> str:
    return f"{number} {what if number == 1 else many or f'{what}s'}"
