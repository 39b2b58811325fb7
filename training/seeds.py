"""Seeds of rendered scenes that may be trained on.

Those from 800000 on are kept: choosing (800000) and reporting (900000) happen on scenes that no network has seen.
"""

from __future__ import annotations

FIRST_KEPT = 800_000
FIRST, SCENES = 100_000, 1000
"""Seed of the first training scene and how many there are, when nothing else is said."""


def training_seeds(first: int = FIRST, scenes: int = SCENES) -> range:
    """Seeds ``first``, ``first + 1``, ... of so many scenes.

    Raises
    ------
    ValueError
        When there are none, or one of them is kept for choosing and reporting.
    """
    seeds = range(first, first + scenes)
    if scenes < 1 or first < 0:
        raise ValueError(f"{scenes} scenes from seed {first} are none to train on: give at least one, from seed 0 on")
    if seeds.stop > FIRST_KEPT:
        raise ValueError(
            f"scenes {first} to {seeds.stop - 1} reach the seeds from {FIRST_KEPT} on, which are kept for choosing "
            "and reporting: train on lower ones"
        )
    return seeds
