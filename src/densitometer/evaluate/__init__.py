"""Score found hairs against marked ones, and state how far two counts agree and how well confidences hold."""

from densitometer.evaluate.bootstrap import bootstrap_interval
from densitometer.evaluate.calibration import (
    Bin,
    brier_score,
    calibration_error,
    covered,
    log_loss,
    reliability,
)
from densitometer.evaluate.matching import (
    Matching,
    Score,
    match_hairs,
    match_points,
    mean_count_error,
    midpoints,
    pool,
    right_roots,
    score_matching,
)
from densitometer.statistics import Agreement, bland_altman, icc_agreement

__all__ = [
    "Agreement",
    "Bin",
    "Matching",
    "Score",
    "bland_altman",
    "bootstrap_interval",
    "brier_score",
    "calibration_error",
    "covered",
    "icc_agreement",
    "log_loss",
    "match_hairs",
    "match_points",
    "mean_count_error",
    "midpoints",
    "pool",
    "reliability",
    "right_roots",
    "score_matching",
]
