"""The command with parts of it made free, so that the cost of the others shows.

``python benchmarks/scale_stand_in.py free measure ...`` measures nothing: what is left is handing photographs out and
storing what comes back. ``... store measure ...`` measures `PREPARED` photographs and then hands their results in again
under the other names, as if workers cost nothing: what is left is storing.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from densitometer.field import Field
from densitometer.measure import Measurement
from densitometer.photo import Photo
from densitometer.scale import Scale
from densitometer.settings import Settings

if TYPE_CHECKING:
    from densitometer.batch.jobs import Job
    from densitometer.results import PhotoResult

PREPARED = 4


def free(
    photo: Photo, settings: Settings | None = None, *, stated_um_per_px: float | None = None, from_visits: bool = False
) -> Measurement:
    """No hair, at no cost."""
    usable = np.ones(photo.rgb.shape[:2], bool)
    scale = Scale.stated(stated_um_per_px) if stated_um_per_px else Scale.unknown()
    return Measurement((), Field(usable, ~usable), scale, {"hair_count": 0}, ("no_hairs",))


def prepared(batch: Callable[..., Iterator[PhotoResult]]) -> Callable[..., Iterator[PhotoResult]]:
    """Put results that were made before the first is handed in, in the place of measuring."""

    def hand_in(jobs: Sequence[Job], settings: Settings, **options: Any) -> Iterator[PhotoResult]:
        made = list(batch(jobs[:PREPARED], settings, **{**options, "workers": 1}))
        for number, job in enumerate(jobs):
            yield renamed(made[number % len(made)], job.photo)

    return hand_in


def renamed(result: PhotoResult, photo: str) -> PhotoResult:
    """The same result for a photograph of another name."""
    hairs = tuple({**hair, "photo": photo} for hair in result.hairs)
    return replace(result, photo=photo, row={**result.row, "photo": photo}, hairs=hairs)


def main() -> None:
    """Run the command."""
    import densitometer.batch
    import scale_stand_in  # under the name by which the workers find it
    from densitometer.cli.main import main as command

    what = sys.argv.pop(1)
    batch = densitometer.batch.measure_batch
    changed = prepared(batch) if what == "store" else functools.partial(batch, measure=scale_stand_in.free)
    densitometer.batch.measure_batch = changed  # type: ignore[assignment]
    command()


if __name__ == "__main__":
    main()
