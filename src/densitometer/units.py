"""Follicular units: hairs that share an opening."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from densitometer.hairs import Hair
from densitometer.settings import UnitSettings


def form_units(hairs: Sequence[Hair], um_per_px: float, settings: UnitSettings | None = None) -> tuple[Hair, ...]:
    """Give every counted hair the number of its follicular unit.

    Hairs whose roots lie within reach of one another, directly or through others (single linkage), share a unit.
    Units are numbered from 1 in the order of their first hair.

    Parameters
    ----------
    hairs : sequence of Hair
    um_per_px : float
        Micrometres per pixel of the photograph, measured or assumed.
    settings : UnitSettings, optional
    """
    settings = settings or UnitSettings()
    counted = [i for i, hair in enumerate(hairs) if hair.counted]
    if not counted:
        return tuple(hairs)
    roots_um = np.array([hairs[i].root_px for i in counted]) * um_per_px
    labels = np.ones(1, int)
    if len(counted) > 1:
        labels = fcluster(linkage(roots_um, "single"), settings.opening_um, "distance")
    number: dict[int, int] = {}
    unit_of = {i: number.setdefault(int(label), len(number) + 1) for i, label in zip(counted, labels, strict=True)}
    return tuple(replace(hair, unit=unit_of.get(i)) for i, hair in enumerate(hairs))
