"""Render the sample images and the truth beside each: `python sample_images/make.py [FOLDER]`, or `make samples`.

No patient is in them: `densitometer.synthetic` makes them from a style and a seed, the same on every run. The last two
are visits to one scalp; fates.csv says what became of each hair in between.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from densitometer.synthetic import Change, Scene, Series, Visit, find_style, render_scene, render_visits
from densitometer.synthetic.folder import FATE_HEAD, VISIT_HEAD, fate_row, write_scene

SIZE_PX = (640, 512)
NOTHING_PRINTED = {f"{thing}_chance": 0 for thing in ("header", "bar", "circle", "watermark", "padding", "ink")}
FIVE_UM = {"um_per_px": (5, 5)}


@dataclass(frozen=True)
class Sample:
    """One sample: its name, what it is rendered from, and whether visits.csv states its scale."""

    name: str
    style: str
    seed: int
    changes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    stated: bool = True
    site: str = "vertex"


SAMPLES = (
    Sample("trimmed_dark", "trimmed_70x", 5, {"extras": NOTHING_PRINTED | {"bar_chance": 1}}, stated=False),
    Sample("printed", "trimmed_70x", 8, {"extras": NOTHING_PRINTED | {"header_chance": 1, "circle_chance": 1}}),
    Sample("no_scale", "trimmed_70x", 12, {"extras": NOTHING_PRINTED}, stated=False, site="occiput"),
    Sample("light_on_dark", "white_on_dark", 1, {"camera": FIVE_UM}, site="frontal"),
    Sample(
        "fine_and_terminal", "fine_hair", 3, {"camera": {"um_per_px": (5, 5)}, "hair": {"density_per_cm2": (160, 190)}}
    ),
    Sample("red_freckled", "red_hair", 1, site="frontal"),
    Sample("clipped_wide", "clipped_wide", 4, {"extras": NOTHING_PRINTED}),
    Sample("untrimmed", "untrimmed_crossing", 2, {"camera": {"um_per_px": (8, 9)}}, site="occiput"),
    Sample("curly", "curly", 1),
    Sample("flaking", "flaking", 1),
    Sample("round_field", "round_field", 2, {"hair": {"length_mm": (0.5, 1.5)}}, site="frontal"),
)
PAIR, PAIR_SEED = ("visit_1", "visit_2"), 4
PAIR_SIZE_PX = (800, 640)  # fewer than 30 hairs say little of a change
PAIR_STYLE: Mapping[str, Mapping[str, Any]] = {
    "hair": {"density_per_cm2": (185, 195)},
    "camera": {"um_per_px": (6.2, 6.2), "jpeg_quality": (82, 84)},
    "extras": NOTHING_PRINTED | {"clippings_per_cm2": (0, 8)},
}
COURSE = (
    Visit(),
    Visit(Change(lost_share=0.22, gained_share=0.12, thinned_share=0.4), shift=(0.06, -0.04), turn_deg=6.0),
)
_DAYS = ("2026-01-12", "2026-06-29")  # 24 weeks apart


def draw(sample: Sample) -> Scene:
    """One sample that stands for itself."""
    return render_scene(find_style(sample.style, sample.changes), sample.seed, SIZE_PX)


def draw_pair() -> Series:
    """Two visits to one scalp."""
    return render_visits(find_style("trimmed_70x", PAIR_STYLE), PAIR_SEED, COURSE, PAIR_SIZE_PX)


def write_all(folder: Path) -> None:
    """Write every sample with its truth, visits.csv and fates.csv into `folder`."""
    scenes = [draw(sample) for sample in SAMPLES]
    pair = draw_pair()
    names = [sample.name for sample in SAMPLES]
    for name, scene in zip([*names, *PAIR], [*scenes, *pair.scenes], strict=True):
        write_scene(folder, name, scene, mask=False)
    _write_table(folder / "visits.csv", VISIT_HEAD, _visit_rows(scenes, pair))
    photos = [f"{name}.jpg" for name in PAIR]
    _write_table(folder / "fates.csv", FATE_HEAD, (fate_row(photos, fate) for fate in pair.fates))


def _visit_rows(scenes: list[Scene], pair: Series) -> Iterator[tuple[object, ...]]:
    for number, (sample, scene) in enumerate(zip(SAMPLES, scenes, strict=True), start=1):
        scale = f"{scene.truth.um_per_px:.6g}" if sample.stated else ""
        yield f"{sample.name}.jpg", f"rendered-{number}", sample.site, 1, _DAYS[0], 1, scale
    subject = f"rendered-{len(SAMPLES) + 1}"
    for number, (name, scene) in enumerate(zip(PAIR, pair.scenes, strict=True), start=1):
        yield f"{name}.jpg", subject, "vertex", number, _DAYS[number - 1], 1, f"{scene.truth.um_per_px:.6g}"


def _write_table(path: Path, head: tuple[str, ...], rows: Iterator[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(head)
        table.writerows(rows)


if __name__ == "__main__":
    write_all(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
