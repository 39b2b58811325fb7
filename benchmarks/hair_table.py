"""One row a judged hair of the choosing half, with whatever features are asked for: what confidence is fitted to."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import cdist

import judged
import real
from calibrators import evidence
from densitometer.evaluate import midpoints
from densitometer.measure import Measurement, how_measured
from processes import in_processes

REPOSITORY = Path(__file__).resolve().parents[1]
FEATURE = "feature:"
Columns = tuple[judged.Judged, dict[str, NDArray[np.float64]]]


@dataclass(frozen=True)
class HairTable:
    """Judged hairs of some photographs of the choosing half.

    Attributes
    ----------
    features : dict of str to float array, shape (n,)
    confidence, real, counted, countable : arrays, shape (n,)
        As in :class:`judged.Judged`.
    photo : int array, shape (n,)
        Index of the hair's photograph into the three that follow.
    names, groups, true_count : arrays, shape (m,)
        Of each photograph: name, group of subjects, marked hairs in the scored area.
    """

    features: Mapping[str, NDArray[np.float64]]
    confidence: NDArray[np.float64]
    real: NDArray[np.bool_]
    counted: NDArray[np.bool_]
    countable: NDArray[np.bool_]
    photo: NDArray[np.intp]
    names: NDArray[np.str_]
    groups: NDArray[np.str_]
    true_count: NDArray[np.intp]

    @property
    def hair_groups(self) -> NDArray[np.str_]:
        """Group of subjects of each hair."""
        return self.groups[self.photo]


def features(measurement: Measurement, _photo: real.MarkedPhoto) -> dict[str, NDArray[np.float64]]:
    """What a measurement itself tells of each of its hairs; one value a hair, counted or not, all finite."""
    hairs, um_per_px = measurement.hairs, measurement.scale.um_per_px or 1.0
    width = np.array([hair.width_px for hair in hairs], dtype=float) * um_per_px
    measured = np.isfinite(width)
    length = np.array([hair.length_px for hair in hairs], dtype=float) * um_per_px
    middle = midpoints([[*hair.root_px, *hair.tip_px] for hair in hairs]) * um_per_px
    apart = cdist(middle, middle)
    np.fill_diagonal(apart, np.inf)
    nearest = apart.min(axis=1, initial=500.0)
    return {
        "evidence": evidence(np.array([hair.confidence for hair in hairs], dtype=float)),
        "root_evidence": evidence(np.array([hair.root_confidence for hair in hairs], dtype=float)),
        "log_width": np.where(measured, np.log(np.maximum(np.where(measured, width, 60.0), 1.0) / 60.0), 0.0),
        "no_width": np.where(measured, 0.0, 1.0),
        "log_length": np.log(np.maximum(length, 1.0) / 500.0),
        "log_nearest": np.log(np.maximum(nearest, 10.0) / 500.0),
        "at_border": np.array(["touches_border" in hair.flags for hair in hairs], dtype=float),
    }


Source = Callable[[Measurement, real.MarkedPhoto], Mapping[str, ArrayLike]]


def source_named(name: str) -> Source:
    """Find a function of a measurement by ``module:function``.

    Raises
    ------
    ValueError
        When there is none of this name.
    """
    module, _, function = name.partition(":")
    try:
        found: Source = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(f"no function {name}; write module:function, with the module on the Python path") from error
    return found


def row_source(name: str, method: str | None, source: str) -> Columns | None:
    """Judge the hairs of one photograph and take their features; None where it is declined."""
    photo = next(photo for photo in real.photos() if photo.name == name)
    settings = judged.settings_for(method)
    measurement = judged.measure_marked(photo, settings)
    if measurement is None:
        return None
    one = judged.judge(photo, measurement.hairs, how_measured(settings))
    columns = {key: np.asarray(v, dtype=float) for key, v in source_named(source)(measurement, photo).items()}
    for key, values in columns.items():
        if values.shape != (len(measurement.hairs),):
            raise ValueError(f"feature {key} of {name} has shape {values.shape}, for {len(measurement.hairs)} hairs")
    return one, {key: values[one.hair] for key, values in columns.items()}


def joined(rows: Sequence[Columns]) -> HairTable:
    """Put the hairs of several photographs into one table.

    Raises
    ------
    ValueError
        When there is no photograph.
    """
    if not rows:
        raise ValueError("no photograph was measured")
    each = [one for one, _ in rows]
    names = list(rows[0][1])
    return HairTable(
        features={name: np.concatenate([columns[name] for _, columns in rows]) for name in names},
        confidence=np.concatenate([one.confidence for one in each]),
        real=np.concatenate([one.real for one in each]),
        counted=np.concatenate([one.counted for one in each]),
        countable=np.concatenate([one.countable for one in each]),
        photo=np.repeat(np.arange(len(each)), [len(one.real) for one in each]),
        names=np.array([one.photo for one in each]),
        groups=np.array([one.group for one in each]),
        true_count=np.array([one.true_count for one in each]),
    )


def gather(every: int, method: str | None, source: str, workers: int) -> HairTable:
    """Measure the choosing half, or every Nth photograph of it, and table its hairs."""
    jobs = [(photo.name, method, source) for photo in real.halves()["choose"][::every]]
    return joined([row for row in in_processes(row_source, jobs, workers) if row is not None])


def save(table: HairTable, path: Path) -> None:
    """Keep a table, outside the repository, so that it need not be measured again.

    Raises
    ------
    ValueError
        When the path lies in the repository, which nothing made from the photographs may enter.
    """
    if path.resolve().is_relative_to(REPOSITORY):
        raise ValueError(f"{path} lies in the repository, which nothing made from the photographs may enter")
    columns: dict[str, Any] = {key: value for key, value in vars(table).items() if key != "features"}
    columns |= {FEATURE + name: values for name, values in table.features.items()}
    np.savez(path, **columns)


def load(path: Path) -> HairTable:
    """Take up a table that was kept.

    Raises
    ------
    ValueError
        When it holds photographs that are not of the choosing half.
    """
    with np.load(path) as file:
        columns = {key: file[key] for key in file.files}
    own = {key.removeprefix(FEATURE): columns.pop(key) for key in list(columns) if key.startswith(FEATURE)}
    table = HairTable(features=own, **columns)
    strange = set(table.names.tolist()) - {photo.name for photo in real.halves()["choose"]}
    if strange:
        raise ValueError(
            f"{path} holds {len(strange)} photographs that are not of the choosing half: fit to none of them"
        )
    return table
