"""Golden results of the sample images: `make golden` writes them anew; look at the difference before you commit it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from densitometer.measure import Measurement
from densitometer.photo import read_photo
from densitometer.pipeline import measure_photo

HERE = Path(__file__).resolve().parent
SAMPLES = HERE.parent.parent / "sample_images"
STATED = {"fine_and_terminal.jpg": 4.0, "light_on_dark.jpg": 5.0}
VALUES = (
    "hair_count",
    "crossing_count",
    "uncertain_root_count",
    "area_cm2",
    "density_per_cm2",
    "median_width_um",
    "unit_count",
)


def measure(name: str) -> Measurement:
    """Measure one sample image as `make demo` does."""
    return measure_photo(read_photo(SAMPLES / name), stated_um_per_px=STATED.get(name), from_visits=name in STATED)


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


if __name__ == "__main__":
    golden = {path.name: summary(measure(path.name)) for path in sorted(SAMPLES.glob("*.jpg"))}
    text = json.dumps(golden, indent=1)
    (HERE / "sample_images.json").write_text(text + "\n", encoding="utf-8", newline="\n")
