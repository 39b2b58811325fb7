"""Score other weights than the packaged ones on the reporting half of the annotated photographs.

    python training/score_upper_bound.py /elsewhere/photographs/models

The folder is what `export.py` wrote. Everything but the weights is as shipped: settings, confidence, thresholds.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

import ours
import real
from densitometer.evaluate import Score
from densitometer.strands import network, weights


def score(models: Path, half: str, every: int) -> str:
    """One line: F1, precision, recall, count bias and right root end."""
    model = weights.read_model(models)
    total = Score()
    with mock.patch.object(network, "packaged_model", lambda: model):
        for photo in real.halves()[half][::every]:
            total = total + real.score(ours.found(ours.measure(photo.path, photo.um_per_px)), photo)
    return (
        f"F1 {total.f1:.3f}, precision {total.precision:.3f}, recall {total.recall:.3f}, "
        f"count bias {total.count_bias:+.1%}, right root end {total.root_share:.1%}"
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path, help="folder of strand_network.onnx and .json")
    parser.add_argument("--half", choices=["choose", "report"], default="report")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="quick look: every Nth photograph")
    given = parser.parse_args()
    if not real.available():
        raise SystemExit(real.ABSENT)
    print(score(given.models, given.half, given.every))


if __name__ == "__main__":
    main()
