"""Which comparisons of visits tell of the change since the baseline of a study."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence

from densitometer.dictionary import CHANGE_COLUMNS, REPEATABILITY_COLUMNS
from densitometer.results.record import Record
from densitometer.study.model import Photograph, Row

log = logging.getLogger(__name__)

_NOT_OF_IT = "which is not of the baseline"
_OTHER = f"it was compared with {{}}, {_NOT_OF_IT}"


def change_rows(record: Record) -> Iterator[Row]:
    """Rows of ``changes.csv``, unrounded; none where visits have not been compared."""
    names = [column.name for column in CHANGE_COLUMNS]
    if record.comparisons.there:
        yield from (dict(zip(names, cells, strict=True)) for cells in record.comparisons.cells("changes"))


def repeat_rows(record: Record) -> Iterator[Row]:
    """Rows of ``repeatability.csv``, unrounded; none where visits have not been compared."""
    names = [column.name for column in REPEATABILITY_COLUMNS]
    if record.comparisons.there:
        yield from (dict(zip(names, cells, strict=True)) for cells in record.comparisons.cells("repeatability"))


def changes_from_baseline(
    rows: Iterable[Row], photographs: Sequence[Photograph]
) -> tuple[dict[str, Row], dict[str, str]]:
    """Choose, for each later photograph, the comparison with a photograph of its baseline.

    ``densitometer compare`` compares with the first visit and with the one before. Either may be the baseline: the
    first may be a screening, and the baseline the last visit before treatment.

    Returns
    -------
    changes : dict of str to mapping
        Rows that could be made, by the later photograph.
    without : dict of str to str
        Why there is none for the other later photographs that were compared.
    """
    baselines = {one.name for one in photographs if one.baseline}
    by_later: dict[str, list[Row]] = {}
    for row in rows:
        by_later.setdefault(str(row["followup_photo"]), []).append(row)
    changes: dict[str, Row] = {}
    without: dict[str, str] = {}
    elsewhere: list[str] = []
    for name in (one.name for one in photographs if not one.baseline and one.name in by_later):
        fitting = [row for row in by_later[name] if row["baseline_photo"] in baselines]
        if made := [row for row in fitting if row["comparable"]]:
            changes[name] = made[0]
            continue
        row = (fitting or by_later[name])[0]
        without[name] = str(row["reason"] or _OTHER.format(row["baseline_photo"]))
        elsewhere += [name] if row["comparable"] else []
    if elsewhere:
        told = "%d photographs such as %s were compared with other visits than the baseline; such changes are left out"
        log.warning(told, len(elsewhere), elsewhere[0])
    return changes, without


def is_of_another_visit(reason: str) -> bool:
    """Tell whether a change is lacking because the photograph was compared with other visits than the baseline."""
    return reason.endswith(_NOT_OF_IT)
