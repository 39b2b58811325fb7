"""Carry out what was decided about the results of a record, in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from densitometer.dictionary import Column
from densitometer.errors import ResultsError
from densitometer.results.digest import canonical
from densitometer.results.outside import INTO_PLACE, OUT_OF_THE_WAY, Outside
from densitometer.results.resume import NOT_GIVEN, NOT_REACHED, Decision, Place, Stored
from densitometer.results.rows import unmeasured_row
from densitometer.results.schema import listed, photos_schema, quoted
from densitometer.results.superseded import overlay_of, restore, supersede, write_places

if TYPE_CHECKING:
    from densitometer.results.record import Record


def refuse_foreign(decision: Decision, current: Mapping[str, Stored], files: Collection[str]) -> None:
    """Refuse to write an overlay in the place of a file that the record knows nothing of.

    Raises
    ------
    ResultsError
        When there is such a file.
    """
    own = {stored.overlay for stored in current.values()}
    foreign = [place.overlay for place in decision.places if place.overlay in files and place.overlay not in own]
    if foreign:
        names = ", ".join(PurePosixPath(name).name for name in foreign[:3]) + ", ..." * (len(foreign) > 3)
        raise ResultsError(f"the folder of overlays holds {names} of other origin; move it, then measure again")


def changes(decision: Decision, current: Mapping[str, Stored], *, columns_differ: bool) -> bool:
    """Tell whether anything is to be changed in the record before measuring begins."""
    if columns_differ or decision.superseded or decision.gone:
        return True
    return any(_changed(place, number) for number, place in enumerate(decision.places, start=1))


def _changed(place: Place, number: int) -> bool:
    stored = place.stored
    if stored is None:
        return True
    moved = stored.overlay is not None and stored.overlay != place.overlay
    return place.restored or stored.place != number or moved or bool(_columns_changed(place))


def _columns_changed(place: Place) -> dict[str, tuple[str, str]]:
    """Columns of visits.csv that change in a row that stays: what each held, and what it will hold."""
    if place.stored is None or place.stored.number is None or place.restored:
        return {}
    then, now = place.stored.carried, place.wanted.carried
    pairs = {name: (then.get(name, ""), now.get(name, "")) for name in sorted({*then, *now})}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def notices(decision: Decision) -> Iterator[str]:
    """Say what becomes of earlier results, in a sentence each."""
    reasons = Counter(why for stored, why in decision.superseded if stored.measured)
    left = reasons.pop(NOT_GIVEN, 0)
    if left:
        are = "photographs are" if left > 1 else "photograph is"
        yield f"{left} {are} not among those given now; what the earlier run found is kept as superseded"
    for why, n in reasons.items():
        hold = "results do" if n > 1 else "result does"
        yield f"{n} earlier {hold} not hold any more ({why}); kept as superseded"
    restored = sum(place.restored for place in decision.places)
    if restored:
        were = "results were" if restored > 1 else "result was"
        yield f"{restored} earlier {were} taken up again, as made with these settings"
    changed = [set(_columns_changed(place)) for place in decision.places]
    rows = sum(map(bool, changed))
    if rows:
        of = f"{rows} photographs" if rows > 1 else "1 photograph"
        yield f"columns of {of} were brought up to date: {', '.join(sorted(set().union(*changed)))}"


def carry_out(
    outside: Outside,
    decision: Decision,
    files: Collection[str],
    columns: tuple[Column, ...],
    at: str,
) -> list[str]:
    """Change the record as decided, within a change, and return the lines of the trail that tell it.

    Parameters
    ----------
    outside : Outside
    decision : Decision
    files : collection of str
        Overlays that are there.
    columns : tuple of Column
        Those of ``photos.csv`` from now on.
    at : str
        The time, in UTC.
    """
    record, lines = outside.record, []
    for stored, why in decision.superseded:
        supersede(record, stored, why, at)
        lines.append(outside.trail.compose("superseded", photo=stored.photo, result=stored.number, why=why))
        if stored.overlay in files and stored.overlay is not None and stored.number is not None:
            outside.move(OUT_OF_THE_WAY, stored.overlay, overlay_of(stored.number))
    for photo in decision.gone:
        record.take_out(photo)
    if columns != record.columns:
        _rebuild(outside, columns)
    for place in decision.places:
        _fill(outside, place)
    write_places(record, [_picture(number, place) for number, place in enumerate(decision.places, start=1)])
    return lines + [line for place in decision.places for line in _told(outside, place)]


def _fill(outside: Outside, place: Place) -> None:
    """Give a photograph its row."""
    stored, photo, record = place.stored, place.wanted.photo, outside.record
    if stored is None:
        record.take_out(photo)
        record.insert("photos", record.columns, [{**unmeasured_row(photo, NOT_REACHED), **place.wanted.carried}])
        return
    if place.restored:
        record.take_out(photo)  # what stands for one that was not reached
        restore(record, stored, place.wanted.carried)
    elif _columns_changed(place):
        _carry(record, place)
    if stored.overlay is not None and stored.overlay != place.overlay and stored.number is not None:
        aside = overlay_of(stored.number)
        if not place.restored:
            outside.move(OUT_OF_THE_WAY, stored.overlay, aside)
        outside.move(INTO_PLACE, aside, place.overlay)


def _carry(record: Record, place: Place) -> None:
    """Bring the columns of visits.csv up to date in a row that stays."""
    carried = place.wanted.carried
    then = place.stored.carried if place.stored else {}
    names = sorted({*carried, *then} & {column.name for column in record.columns})
    if names:
        settings = ", ".join(f"{quoted(name)} = ?" for name in names)
        cells = [carried.get(name) for name in names]
        record.connection.execute(f"UPDATE photos SET {settings} WHERE photo = ?", (*cells, place.wanted.photo))


def _rebuild(outside: Outside, columns: tuple[Column, ...]) -> None:
    """Make the table of photographs anew with other columns from visits.csv."""
    record = outside.record
    execute = record.connection.execute
    then = {column.name for column in record.columns}
    both = listed([column for column in columns if column.name in then])
    execute("CREATE TEMP TABLE earlier AS SELECT * FROM main.photos")
    execute("DROP TABLE main.photos")
    execute(photos_schema(columns))
    execute(f"INSERT INTO main.photos ({both}) SELECT {both} FROM temp.earlier")
    execute("DROP TABLE temp.earlier")
    record.columns = columns


def _picture(number: int, place: Place) -> tuple[object, ...]:
    stored = place.stored
    if stored is None:
        return number, place.wanted.photo, None, None, None, None
    overlay = None if stored.overlay is None else place.overlay
    made = None if stored.made is None else canonical(stored.made)
    return number, place.wanted.photo, stored.number, overlay, stored.overlay_sha256, made


def _told(outside: Outside, place: Place) -> list[str]:
    if place.stored is None or place.stored.number is None:
        return []
    changed = _columns_changed(place)
    if not place.restored and not changed:
        return []
    number = place.stored.number
    facts = {"photo": place.wanted.photo, "result": number, "result_sha256": outside.record.digest(number)}
    if place.restored:
        return [outside.trail.compose("restored", **facts)]
    changes = {name: list(pair) for name, pair in changed.items()}
    return [outside.trail.compose("columns_changed", **facts, changes=changes)]
