"""Check every file that is written from a record: tables, provenance, report, pictures of comparisons."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from pathlib import Path

from densitometer.dictionary import HAIR_COLUMNS
from densitometer.results.account import Account, of_comparing
from densitometer.results.check_files import Hashes, Known, check_known
from densitometer.results.check_tables import Difference, check_json, check_table
from densitometer.results.files import COMPARISONS, RECORD, REPORT, may_move
from densitometer.results.findings import Finding
from densitometer.results.names import is_comparison_name
from densitometer.results.record import Record
from densitometer.results.schema import COMPARISON_TABLES
from densitometer.results.tables import csv_lines, run_text
from densitometer.results.trail import TRAIL

_CUT_OFF = "its end was cut off, or the record is another one"
_AGAIN = "run the same command again"


def check_written(
    out: Path, account: Account, record: Record, hashes: Hashes
) -> Generator[Finding, None, dict[str, set[str]]]:
    """Check every file that the record gives, and those of which only the hash is known.

    Returns
    -------
    dict
        What the record itself was found to differ in, photographs by table.
    """
    faults = _faults(out, account, hashes)
    expected = _expected(record)
    yield from (fault for name, fault in faults.items() if name not in expected or fault.kind != "altered")
    differing = {}
    for name, lines in expected.items():
        fault = faults.get(name)
        if (fault and fault.kind != "altered") or not (out / name).exists():
            continue
        as_written = name in account.files and fault is None
        found = _compare(out / name, lines, record, as_written=as_written)
        yield from found.findings or ([fault] if fault else [])
        if as_written:
            differing[name.removesuffix(".csv")] = found.photos
    return differing


def check_left(out: Path, account: Account, record: Record, hashes: Hashes) -> Iterator[Finding]:
    """Check files where a run was killed before it wrote them anew: each is as it was, or as it was to become."""
    moves = record.connection.execute("SELECT source, target FROM moves WHERE target IS NOT NULL")
    to_come = {target for source, target in moves if may_move(source, target) and (out / source).exists()}
    expected = _expected(record)
    for name, fault in _faults(out, account, hashes).items():
        if name in to_come:
            continue
        if (
            name in expected
            and fault.kind == "altered"
            and not _compare(out / name, expected[name], record, as_written=True).findings
        ):
            continue
        yield Finding(fault.kind, name, "", f"{fault.told}; move it elsewhere before you {_AGAIN}")


def _faults(out: Path, account: Account, hashes: Hashes) -> Mapping[str, Finding]:
    known = [Known(name, out / name, file.sha256, f"entry {file.entry} of {TRAIL}")
             for name, file in account.files.items()]  # fmt: skip
    return {finding.where: finding for finding in check_known(known, hashes)}


def check_stated(account: Account, record: Record) -> Iterator[Finding]:
    """Check that the trail tells of the writing of files that the record knows of, so that its end is there."""
    written = record.written()
    stated = {name: file.sha256 for name, file in account.files.items()}
    for name in sorted(account.to_write & written.keys()):
        yield Finding("unfinished", name, "", f"it was set aside and is not yet written anew; {_AGAIN}")
    differing = [name for name in written if name not in account.to_write and written[name] != stated.get(name)]
    lacking = [name for name in stated if name not in written and not of_comparing(name) and name != REPORT]
    if differing or lacking:
        told = f"it does not tell of {_some(differing or lacking)} as the record says that they were last written"
        yield Finding("altered", TRAIL, "", f"{told}: {_CUT_OFF}")
    elif account.last_action == "tables_written":
        yield Finding("missing", TRAIL, "", f"no entry tells how the last run ended: {_CUT_OFF}")


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + ", ..." * (len(names) > 3)  # noqa: PLR2004


def check_comparing(account: Account, record: Record, *, told: bool) -> Iterator[Finding]:
    """Check that the record holds comparisons where the trail tells of them, with their pictures, and no others.

    Parameters
    ----------
    account : Account
    record : Record
    told : bool
        True when there is a trail.
    """
    stated = {name for name in account.files if of_comparing(name)}
    there = record.comparisons.there
    if there and not stated and told:
        yield Finding("added", RECORD, "tables of comparing", f"no entry of {TRAIL} tells of them")
    elif stated and not there:
        yield Finding("missing", RECORD, "tables of comparing", f"{TRAIL} tells of them: they were taken out")
    elif stated and set(record.comparisons.pictures()) != {name for name in stated if "/" in name}:
        altered = f"it names other pictures than {TRAIL} does"
        yield Finding("altered", RECORD, "table comparison_pictures", altered)
    elif there:
        yield from _check_pictures(record)


def _check_pictures(record: Record) -> Iterator[Finding]:
    """Check that every pair of photographs has the pictures that bear its name."""
    query = "SELECT baseline_photo, followup_photo, picture, blink FROM comparison_pictures"
    for baseline, followup, *pictures in record.connection.execute(query):
        for name, blinks in zip(pictures, (False, True), strict=True):
            stem, dot, suffix = (name or "").rpartition(".")
            of_pair = is_comparison_name(stem, str(baseline), str(followup))
            if name is not None and not (dot and of_pair and (suffix == "gif") == blinks):
                place = f"table {COMPARISONS[:-1]}_pictures ({baseline} and {followup})"
                yield Finding("altered", RECORD, place, f"{name} is not the picture of this pair")


def _compare(path: Path, expected: Iterable[str], record: Record, *, as_written: bool) -> Difference:
    try:
        if path.suffix == ".json":
            return Difference(check_json(path, "".join(expected), as_written=as_written))
        return check_table(path, expected, as_written=as_written, numbers=_numbers(path.name, record))
    except OSError as error:
        return Difference([Finding("unchecked", path.name, "", f"it cannot be read ({error.strerror})")])


def _numbers(name: str, record: Record) -> set[str]:
    """Names of the columns of a table that hold numbers."""
    of_table = {"photos": record.columns, "hairs": HAIR_COLUMNS, **COMPARISON_TABLES}
    return {column.name for column in of_table[name.removesuffix(".csv")] if column.type != "text"}


def _expected(record: Record) -> dict[str, Iterable[str]]:
    """What the record gives for each of its tables."""
    tables: dict[str, Iterable[str]] = {
        "photos.csv": csv_lines(record.columns, record.photo_cells()),
        "hairs.csv": csv_lines(HAIR_COLUMNS, record.hair_cells()),
        "run.json": (run_text(run) for run in [record.run()]),
    }
    if record.comparisons.there:
        for name, columns in COMPARISON_TABLES.items():
            tables[f"{name}.csv"] = csv_lines(columns, record.comparisons.cells(name))
    return tables
