"""Turn a measurement into rows: the cells of photos.csv and of hairs.csv."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from densitometer.dictionary import HAIR_COLUMNS, PHOTO_COLUMNS
from densitometer.hairs import Hair
from densitometer.measure import Measurement

Cell = str | int | float | None

_EMPTY_ROW: Mapping[str, Cell] = MappingProxyType({column.name: None for column in PHOTO_COLUMNS})
_HAIR_NAMES = tuple(column.name for column in HAIR_COLUMNS)


def measured_row(photo: str, sha256: str, shape: tuple[int, ...], measurement: Measurement) -> dict[str, Cell]:
    """Row of a photograph of ``shape`` (height, width, ...) that was measured.

    Raises
    ------
    KeyError
        When a value of the measurement is not in the data dictionary: a programming error.
    """
    scale = measurement.scale
    row = {
        **_EMPTY_ROW,
        **{"photo": photo, "sha256": sha256, "status": "measured", "reason": "", "flags": ";".join(measurement.flags)},
        **{"um_per_px": scale.um_per_px, "um_per_px_sd": scale.um_per_px_sd, "scale_source": scale.source},
        **measurement.values,
        **{"height_px": shape[0], "width_px": shape[1]},
    }
    unknown = row.keys() - _EMPTY_ROW.keys()
    if unknown:
        raise KeyError(f"not in the data dictionary: {sorted(unknown)}")
    return {name: plain_cell(value) for name, value in row.items()}


def unmeasured_row(
    photo: str, reason: str, sha256: str | None = None, shape: tuple[int, ...] | None = None
) -> dict[str, Cell]:
    """Row of a photograph that was not measured, with the reason; its size when it could at least be read."""
    height, width = shape[:2] if shape else (None, None)
    known = {"photo": photo, "sha256": sha256, "status": "not_measured", "reason": " ".join(reason.split())}
    return {**_EMPTY_ROW, **known, "height_px": height, "width_px": width}


def hair_rows(photo: str, measurement: Measurement) -> tuple[dict[str, Cell], ...]:
    """Rows of all hairs of a photograph, numbered from 1."""
    um_per_px = measurement.scale.um_per_px
    return tuple(_hair_row(photo, number, hair, um_per_px) for number, hair in enumerate(measurement.hairs, start=1))


def _hair_row(photo: str, number: int, hair: Hair, um_per_px: float | None) -> dict[str, Cell]:
    scale = math.nan if um_per_px is None else um_per_px
    length_px, width_px = hair.length_px, hair.width_px
    cells = (
        *(photo, number, *hair.root_px, *hair.tip_px, length_px * scale / 1000, width_px * scale, hair.unit),
        *(int(hair.counted), hair.confidence, ";".join(hair.flags), hair.root_confidence, length_px, width_px),
    )
    return {name: plain_cell(value) for name, value in zip(_HAIR_NAMES, cells, strict=True)}


def plain_cell(value: Any) -> Cell:
    """Plain Python value: NumPy numbers unwrapped, not a number and infinity as not measured."""
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value
