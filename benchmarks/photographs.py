"""What densitometer and its peers find on the annotated photographs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

import ours
import outcomes
import peers
import real
import summary
from densitometer.errors import PhotoError
from densitometer.settings import Settings
from outcomes import Outcome
from processes import in_processes

Method = Callable[[real.MarkedPhoto], tuple[NDArray[np.float64], float | None]]


def densitometer(photo: real.MarkedPhoto, settings: Settings | None = None) -> tuple[NDArray[np.float64], None]:
    """Find hairs as the package does; a photograph it declines has none."""
    try:
        return ours.found(ours.measure(photo.path, photo.um_per_px, settings)), None
    except PhotoError:
        return np.empty((0, 4)), None


def ridge(photo: real.MarkedPhoto) -> tuple[NDArray[np.float64], None]:
    """Find hairs as the package does without its network."""
    return densitometer(photo, ours.RIDGE)


def pieces(photo: real.MarkedPhoto) -> tuple[NDArray[np.float64], None]:
    """Peer 1."""
    return peers.components(peers.grey(photo.path)), None


def one_width(photo: real.MarkedPhoto) -> tuple[NDArray[np.float64], None]:
    """Peer 1 at one width of hair."""
    return peers.components(peers.grey(photo.path), peers.ONE_WIDTH), None


def half_tips(photo: real.MarkedPhoto) -> tuple[NDArray[np.float64], float]:
    """Peer 2, with its own count."""
    found, tips = peers.half_tips(peers.grey(photo.path))
    return found, peers.half_tip_count(tips, photo)


METHODS: dict[str, Method] = {
    "densitometer": densitometer,
    "ridge": ridge,
    "pieces": pieces,
    "one_width": one_width,
    "tips": half_tips,
}


def examine(name: str, methods: Sequence[str], dump: Path | None) -> tuple[dict[str, Outcome], float | None]:
    """Run the methods on one photograph; beside them, the scale that densitometer reads from it."""
    photo = next(photo for photo in real.photos() if photo.name == name)
    by_method = {}
    for method in methods:
        found, count = METHODS[method](photo)
        by_method[method] = outcomes.outcome(photo, found, count)
        if dump is not None:
            cv2.imwrite(str(dump / f"{photo.name}_{method}.png"), outcomes.draw(photo, found))
    scale = ours.read_scale(photo) if "densitometer" in methods else None
    return by_method, scale


def tables(half: str, every: int, methods: Sequence[str], workers: int, dump: Path | None) -> str:
    """Examine a half of the photographs, or ``both``, and lay out what came of it."""
    names = ["report", "choose"] if half == "both" else [half]
    halves = {name: real.halves()[name][::every] for name in names}
    jobs = [(photo.name, methods, dump) for some in halves.values() for photo in some]
    results = iter(in_processes(examine, jobs, workers))
    found = {name: [(photo, *next(results)) for photo in some] for name, some in halves.items()}
    return summary.accuracy(found, methods)
