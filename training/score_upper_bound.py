"""Score weights that saw photographs on the reporting half of the annotated ones, beside the packaged weights.

    python training/score_upper_bound.py "renders, then photographs" /elsewhere/models

writes the table of the upper bound in benchmarks/RESULTS.md. The folder is what `export.py` wrote. Everything but the
weights is as shipped: settings, confidence, thresholds.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from unittest import mock

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

import ours
import outcomes
import real
import results_page
import summary
from densitometer.strands import network, weights

HEAD = ["trained on", "F1", "precision", "recall", "count bias", "count error per photograph", "right root ends"]


def row(name: str, model: weights.StrandModel, photos: tuple[real.MarkedPhoto, ...]) -> list[str]:
    """Score the weights of one model on photographs, with intervals over subjects."""
    examined = []
    with mock.patch.object(network, "packaged_model", lambda: model):
        for photo in photos:
            found = ours.found(ours.measure(photo.path, photo.um_per_px))
            examined.append((photo, {"densitometer": outcomes.outcome(photo, np.asarray(found), None)}, None))
    return [name, *summary.method_row("densitometer", examined)[1:]]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="what the weights were trained on")
    parser.add_argument("models", type=Path, help="folder of strand_network.onnx and .json")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="quick look: every Nth photograph")
    given = parser.parse_args()
    if not real.available():
        raise SystemExit(real.ABSENT)
    photos = real.halves()["report"][:: given.every]
    rows = [
        row("renders alone (as shipped)", weights.packaged_model(), photos),
        row(f"{given.name} (not shipped)", weights.read_model(given.models), photos),
    ]
    body = results_page.table(HEAD, rows)
    print(body)
    if given.every == 1:
        command = f'python training/score_upper_bound.py "{given.name}" DIR'
        made = f"Measured on {results_page.today()} with `{command}`."
        results_page.write_section("upper_bound", f"{made}\n\n{body}")


if __name__ == "__main__":
    main()
