"""Which of all hairs found on a marked photograph are real, and the interval of its count in the scored area."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

import real
from densitometer.errors import PhotoError
from densitometer.hairs import Hair
from densitometer.measure import Measurement, detection_interval, how_measured
from densitometer.photo import read_photo
from densitometer.pipeline import measure_photo
from densitometer.settings import MeasureSettings, Settings

METHODS = ("network", "ridge")
Interval = tuple[float, float]


@dataclass(frozen=True)
class Judged:
    """Every hair of one photograph that is right or wrong, counted or not.

    Attributes
    ----------
    photo, group : str
        Its name, and that of its group of subjects.
    hair : int array, shape (n,)
        Index into the hairs of the measurement.
    confidence, real, counted, countable : arrays, shape (n,)
        Of each: its confidence, whether it stands for a marked hair, whether it is counted, and whether it would be
        if its confidence were high.
    true_count : int
        Marked hairs in the scored area.
    reported, detected : (float, float)
        95 % interval of the count in that area, as it is reported and from the confidences alone.
    """

    photo: str
    group: str
    hair: NDArray[np.intp]
    confidence: NDArray[np.float64]
    real: NDArray[np.bool_]
    counted: NDArray[np.bool_]
    countable: NDArray[np.bool_]
    true_count: int
    reported: Interval
    detected: Interval

    @property
    def count(self) -> int:
        """Hairs counted in the scored area."""
        return int(self.counted.sum())


def settings_for(method: str | None) -> Settings:
    """Settings as shipped, with another method where one is named.

    Raises
    ------
    ValueError
        When a method is named and the settings have no choice of it.
    """
    if method is None:
        return Settings()
    if "method" not in {field.name for field in fields(Settings)}:
        raise ValueError("these settings have no choice of a method; leave out --method")
    change: dict[str, Any] = {"method": method}
    return replace(Settings(), **change)


def measure_marked(photo: real.MarkedPhoto, settings: Settings) -> Measurement | None:
    """Measure a marked photograph at its stated scale; None where it is declined."""
    try:
        return measure_photo(read_photo(photo.path), settings, stated_um_per_px=photo.um_per_px)
    except PhotoError:
        return None


def judge(photo: real.MarkedPhoto, hairs: Sequence[Hair], settings: MeasureSettings) -> Judged:
    """Tell which of the hairs of a photograph are real, leaving out what is neither right nor wrong.

    Counted hairs are matched as everywhere in these benchmarks. The others may then have what they left over: a
    second finding of a hair that is counted is not real. Hairs that only cross are no matter of the count, nor of this.
    """
    within = np.array([at for at, hair in enumerate(hairs) if "root_outside" not in hair.flags], dtype=np.intp)
    counted = np.array([hairs[at].counted for at in within], dtype=bool)
    sure, unsure = within[counted], within[~counted]
    marks = real.hairs(photo)
    first = real.match(_ends(hairs, sure), photo, marks)
    left = np.setdiff1d(np.arange(len(marks.kind)), first.pairs[:, 0])
    second = real.match(_ends(hairs, unsure), photo, real.MarkedHairs(marks.root_tip[left], marks.kind[left]))
    right = np.concatenate([sure[first.pairs[:, 1]], unsure[second.pairs[:, 1]]])
    scored = np.sort(np.concatenate([right, sure[first.false], unsure[second.false]]))
    some = [hairs[at] for at in scored]
    return Judged(
        photo=photo.name,
        group=real.group_keys()[photo.name],
        hair=scored,
        confidence=np.array([hair.confidence for hair in some], dtype=float),
        real=np.isin(scored, right),
        counted=np.array([hair.counted for hair in some], dtype=bool),
        countable=np.array([hair.counted or "low_confidence" in hair.flags for hair in some], dtype=bool),
        true_count=len(first.pairs) + len(first.missed),
        reported=detection_interval(some, settings),
        detected=detection_interval(some, replace(settings, count_error_share=0.0)),
    )


def _ends(hairs: Sequence[Hair], some: NDArray[np.intp]) -> NDArray[np.float64]:
    return np.array([[*hairs[at].root_px, *hairs[at].tip_px] for at in some], dtype=float).reshape(-1, 4)


def examine(name: str, method: str | None) -> Judged | None:
    """Measure a photograph and judge its hairs; None where it is declined."""
    photo = next(photo for photo in real.photos() if photo.name == name)
    settings = settings_for(method)
    measurement = measure_marked(photo, settings)
    return None if measurement is None else judge(photo, measurement.hairs, how_measured(settings))
