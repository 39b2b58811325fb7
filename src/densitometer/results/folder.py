"""The results folder: a new run is built aside and takes the place of an earlier one only when it is complete."""

from __future__ import annotations

import json
import os
import platform
import shutil
from collections.abc import Iterable, Mapping
from contextlib import closing
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType

from densitometer.dictionary import HAIR_COLUMNS
from densitometer.errors import ResultsError
from densitometer.results.record import Record, is_being_written, is_record
from densitometer.results.schema import COMPARISON_TABLES
from densitometer.results.tables import write_csv
from densitometer.settings import Settings

RECORD = "results.sqlite"
# In the order in which they are put in place: the record first, because it tells the folder for one of ours.
FILES = (RECORD, "photos.csv", "hairs.csv", "run.json", "report.html")
OVERLAYS = "overlays"
COMPARISON_FILES = tuple(f"{table}.csv" for table in COMPARISON_TABLES)
COMPARISONS = "comparisons"
UNFINISHED = ".unfinished"
STOPPED = "stopped"
_DEPENDENCIES = (
    *("numpy", "opencv-python-headless", "pillow", "pillow-heif", "tifffile", "scikit-image", "scipy"),
    *("pydantic", "jinja2", "matplotlib"),
)


def read_results(out: Path) -> Record:
    """Open the results of an earlier run for reading; close the record when done.

    Raises
    ------
    ResultsError
        When the folder holds none, or those of a version that did not know all of today's columns.
    """
    if not (out / RECORD).is_file():
        raise ResultsError(f"{out} holds no {RECORD}; name a folder that 'densitometer measure' wrote")
    record = Record.read(out / RECORD)
    if lacking := record.lacking():
        record.close()
        columns = ", ".join(lacking)
        raise ResultsError(f"{out} is from an earlier version, without {columns}; measure the photographs again")
    return record


def describe_run(settings: Settings, options: Mapping[str, object], record: Record) -> dict[str, object]:
    """Provenance of a run: what a second run needs to give the same bytes, and nothing that differs between the two."""
    return {
        **versions(),
        **_model(settings),
        "options": dict(options),
        "settings": json.loads(settings.to_json()),
        "settings_sha256": settings.sha256,
        "photographs": [{"photo": photo, "sha256": sha256} for photo, sha256 in record.hashes()],
    }


def versions() -> dict[str, object]:
    """Versions of what the numbers and the pictures of a run depend on."""
    return {
        "densitometer": installed_version("densitometer"),
        "python": platform.python_version(),
        "dependencies": {name: installed_version(name) for name in _DEPENDENCIES},
    }


def _model(settings: Settings) -> dict[str, str | None]:
    """Name, version and checksum of the weights that were used; nothing where none were."""
    if settings.method != "network":
        return {"model": None, "model_version": None, "model_sha256": None}
    from densitometer.strands.weights import packaged_model  # loads OpenCV, which most users of this module need not

    facts = packaged_model().facts
    return {"model": facts.name, "model_version": facts.version, "model_sha256": facts.sha256}


def installed_version(name: str) -> str | None:
    """Version of an installed package; None where it is not."""
    try:
        return version(name)
    except PackageNotFoundError:  # another wheel of OpenCV, or a source tree that was never installed
        return None


class ResultsFolder:
    """A results folder that is being written, aside, in ``out/.unfinished``; use it as a context manager.

    Attributes
    ----------
    out : Path
    staging : Path
        Where the new files are written until :meth:`publish` puts them in place.
    record : Record
    """

    def __init__(self, out: Path, staging: Path, record: Record) -> None:
        self.out = out
        self.staging = staging
        self.record = record

    @classmethod
    def create(cls, out: Path, further: Iterable[str] | None = None) -> ResultsFolder:
        """Make ready to write to ``out``, which may hold the results of an earlier run and files of other people.

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
        _refuse_foreign(out)
        staging = out / UNFINISHED
        try:
            out.mkdir(parents=True, exist_ok=True)
            clear(staging)
            (staging / OVERLAYS).mkdir(parents=True)
        except OSError as error:
            raise ResultsError(f"{out} cannot be written ({error.strerror}); choose another folder for -o") from error
        return cls(out, staging, Record.create(staging / RECORD, further))

    def write_tables(self, run: Mapping[str, object]) -> None:
        """Write ``photos.csv``, ``hairs.csv`` and ``run.json`` from the record."""
        self.record.describe(run)
        try:
            write_csv(self.staging / "photos.csv", self.record.columns, self.record.photo_cells())
            write_csv(self.staging / "hairs.csv", HAIR_COLUMNS, self.record.hair_cells())
            write_run(self.staging, run)
        except OSError as error:
            raise ResultsError(f"the tables cannot be written to {self.out}: {error.strerror}") from error

    def publish(self, *, complete: bool = True) -> Path:
        """Put the new files in place, take away the overlays of the earlier run, and return where they lie.

        A run that is not complete never replaces an earlier one: it goes to ``out/stopped`` then.

        Raises
        ------
        ResultsError
            When a file cannot be replaced, for one because another program holds it open.
        """
        earlier = is_record(self.out / RECORD)
        target = self.out / STOPPED if earlier and not complete else self.out
        fresh = self.record.overlays()
        self.record.close()
        try:
            _refuse_foreign(target)
            stale = (_overlays_of(target) - set(fresh)) | comparison_files(target)
            (target / OVERLAYS).mkdir(parents=True, exist_ok=True)
            for name in [*FILES, *fresh]:
                if (self.staging / name).exists():
                    os.replace(self.staging / name, target / name)
            remove_stale(target, stale)
            shutil.rmtree(self.staging, ignore_errors=True)
        except OSError as error:
            raise not_replaced(error, target, self.staging) from error
        return target

    def __enter__(self) -> ResultsFolder:
        """Return the folder itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Give up the lock; what was not published stays aside and is cleared by the next run."""
        self.record.close()


def _refuse_foreign(out: Path) -> None:
    """Refuse a folder in which files of others bear our names."""
    if os.path.lexists(out) and not out.is_dir():
        raise ResultsError(f"{out} is a file; name a folder for -o")
    if is_record(out / RECORD):
        return
    foreign = [name for name in FILES if os.path.lexists(out / name)]
    if (out / OVERLAYS).exists() and any((out / OVERLAYS).iterdir()):
        foreign.append(OVERLAYS)
    if foreign:
        raise ResultsError(f"{out} holds {', '.join(foreign)} of other origin; choose another folder for -o")


def write_run(staging: Path, run: Mapping[str, object]) -> None:
    """Write the provenance of a run as ``run.json``."""
    text = json.dumps(run, indent=2, ensure_ascii=False) + "\n"
    (staging / "run.json").write_text(text, encoding="utf-8", newline="\n")


def not_replaced(error: OSError, target: Path, staging: Path) -> ResultsError:
    """Say which file could not be put in place, and where the new results lie meanwhile."""
    name = Path(error.filename2 or error.filename or "").name
    advice = f"close it where it is open; the new results lie in {staging}"
    return ResultsError(f"{name} in {target} cannot be replaced ({error.strerror}); {advice}")


def remove_stale(out: Path, names: Iterable[str]) -> None:
    """Take away files of an earlier run, and its folder of comparisons where nothing is left in it."""
    for name in names:
        (out / name).unlink(missing_ok=True)
    folder = out / COMPARISONS
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def clear(staging: Path) -> None:
    """Take away what a run that was killed left behind; a run that is still alive holds a lock on its record."""
    if not os.path.lexists(staging):
        return
    if (staging / RECORD).exists() and is_being_written(staging / RECORD):
        raise ResultsError(f"another run is writing to {staging.parent}; wait for it or choose another folder for -o")
    shutil.rmtree(staging)


def _overlays_of(out: Path) -> set[str]:
    """Overlays of an earlier run, by their names relative to the folder; only such as lie in it."""
    if not is_record(out / RECORD):
        return set()
    with closing(Record.read(out / RECORD)) as record:
        return {name for name in record.overlays() if name == f"{OVERLAYS}/{Path(name).name}"}


def comparison_files(out: Path) -> set[str]:
    """Tables and pictures of an earlier comparing, by their names relative to the folder; only such as lie in it."""
    if not is_record(out / RECORD):
        return set()
    with closing(Record.read(out / RECORD)) as record:
        if not record.comparisons.there:
            return set()
        pictures = {name for name in record.comparisons.pictures() if name == f"{COMPARISONS}/{Path(name).name}"}
    return pictures | set(COMPARISON_FILES)
