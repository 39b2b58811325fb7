"""Golden results of the sample images: `make golden` writes them anew; look at the difference before you commit it."""

from __future__ import annotations

import csv
import json
from functools import cache
from pathlib import Path
from typing import Any

from densitometer.measure import Measurement
from densitometer.photo import read_photo
from densitometer.pipeline import measure_photo

HERE = Path(__file__).resolve().parent
SAMPLES = HERE.parent.parent / "sample_images"
VALUES = (
    "hair_count",
    "crossing_count",
    "uncertain_root_count",
    "area_cm2",
    "density_per_cm2",
    "median_width_um",
    "unit_count",
)


@cache
def stated() -> dict[str, float]:
    """Scales that sample_images/visits.csv states, by photograph."""
    with (SAMPLES / "visits.csv").open(encoding="utf-8", newline="") as file:
        return {row["photo"]: float(row["um_per_px"]) for row in csv.DictReader(file) if row["um_per_px"]}


def measure(name: str) -> Measurement:
    """Measure one sample image as `make demo` does."""
    return measure_photo(read_photo(SAMPLES / name), stated_um_per_px=stated().get(name), from_visits=name in stated())


def summary(measurement: Measurement) -> dict[str, Any]:
    """What is held of one measurement: its scale, its main numbers and each hair's ends and width in px."""
    values = {name: measurement.values.get(name) for name in VALUES}
    return {
        "scale_source": measurement.scale.source,
        "values": {name: round(v, 4) if isinstance(v, float) else v for name, v in values.items()},
        "flags": list(measurement.flags),
        "hairs": [
            [round(float(number), 2) for number in (*hair.root_px, *hair.tip_px, hair.width_px)] + [int(hair.counted)]
            for hair in measurement.hairs
        ],
    }


def golden_text() -> str:
    """Golden results of all samples as JSON, one hair a line."""
    photos = []
    for path in sorted(SAMPLES.glob("*.jpg")):
        record = summary(measure(path.name))
        hairs = ",\n".join(f"   {json.dumps(hair)}" for hair in record.pop("hairs"))
        head = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in record.items())
        photos.append(f' {json.dumps(path.name)}: {{\n{head},\n  "hairs": [\n{hairs}\n  ]\n }}')
    return "{\n" + ",\n".join(photos) + "\n}\n"


if __name__ == "__main__":
    (HERE / "sample_images.json").write_text(golden_text(), encoding="utf-8", newline="\n")
