"""Rendered scenes of held-out seeds, and what densitometer and its peers find on them.

Seeds below 800000 may be trained on; those from 800000 are for choosing settings, those from 900000 for reporting.
Look at pictures of the latter, or choose anything by them, and they are no longer worth reporting on: take others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

import ours
import peers
import rendered_pictures
import rendered_tables
from densitometer.errors import PhotoError
from densitometer.measure import Measurement
from densitometer.photo import Photo
from densitometer.pipeline import measure_photo
from densitometer.scale import find_scale
from densitometer.settings import Settings
from densitometer.synthetic.dice import chance, stream
from densitometer.synthetic.scene import Scene, render_scene, scene_seed
from densitometer.synthetic.seen import in_field
from densitometer.synthetic.styles import find_style
from processes import in_processes
from rendered_outcomes import Finding, SceneOutcome, outcome

SEEDS = {"choose": 800_000, "report": 900_000}
SCENES = 6
MOST_SCENES = 100_000  # as many as lie between the seeds for choosing and those for reporting
PEERS_UM_PER_PX = 5.556  # scale of the photographs on which the peers' settings were chosen

Method = Callable[[Scene], Finding]


def densitometer(scene: Scene, settings: Settings | None = None) -> Finding:
    """Find hairs as the package does, the scale stated; a picture it declines has none."""
    photo = Photo(scene.rgb)
    read = find_scale(photo).um_per_px
    try:
        measurement = measure_photo(photo, settings or Settings(), stated_um_per_px=scene.truth.um_per_px)
    except PhotoError:
        return Finding(np.empty((0, 4)), 0.0, knows_roots=True, declined=True, read_um_per_px=read)
    return replace(finding_of(measurement, scene.truth.um_per_px), read_um_per_px=read)


def ridge(scene: Scene) -> Finding:
    """Find hairs as the package does without its network."""
    return densitometer(scene, ours.RIDGE)


def finding_of(measurement: Measurement, um_per_px: float) -> Finding:
    """What a measurement says of the hairs that it counts."""
    counted = [hair for hair in measurement.hairs if hair.counted]
    return Finding(
        ends=ours.found(measurement),
        count=float(len(counted)),
        knows_roots=True,
        lines=[hair.points_px for hair in counted],
        widths_um=np.array([hair.width_px for hair in counted]) * um_per_px,
        units=np.array([hair.unit or 0 for hair in counted], int),
        values=measurement.values,
        flags=measurement.flags,
    )


def pieces(scene: Scene) -> Finding:
    """Peer 1."""
    return _within(scene, peers.components(grey(scene), at_scale(peers.COMPONENTS, scene)))


def one_width(scene: Scene) -> Finding:
    """Peer 1 at one width of hair."""
    return _within(scene, peers.components(grey(scene), at_scale(peers.ONE_WIDTH, scene)))


def half_tips(scene: Scene) -> Finding:
    """Peer 2, with its own count."""
    found, tips = peers.half_tips(grey(scene), at_scale(peers.TIPS, scene))
    return replace(_within(scene, found), count=float(in_field(tips, scene.field).sum()) / 2)


METHODS: dict[str, Method] = {
    "densitometer": densitometer,
    "ridge": ridge,
    "pieces": pieces,
    "one_width": one_width,
    "tips": half_tips,
}


def grey(scene: Scene) -> NDArray[np.float64]:
    """Grey values of a scene, 0 to 255, as the peers read them."""
    return np.asarray(Image.fromarray(scene.rgb).convert("L"), dtype=float)


def at_scale(settings: peers.PeerSettings, scene: Scene) -> peers.PeerSettings:
    """Give a peer's settings in px the same sizes on the skin as on the photographs that they were chosen on."""
    times = PEERS_UM_PER_PX / scene.truth.um_per_px
    sigmas = tuple(sigma * times for sigma in settings.sigmas_px)
    return replace(settings, sigmas_px=sigmas, min_length_px=max(2, round(settings.min_length_px * times)))


def _within(scene: Scene, found: NDArray[np.float64]) -> Finding:
    """What a peer finds in the true field, which it is told: it has none of its own."""
    inside = found[in_field((found[:, :2] + found[:, 2:]) / 2, scene.field)]
    return Finding(inside, float(len(inside)))


def has_printed_bar(style: str, seed: int) -> bool:
    """Tell whether a scene has a scale bar printed into it, as the renderer drew it."""
    named = find_style(style)
    return bool(chance(stream(scene_seed(named, seed), "print", "bar"), named.extras.bar_chance))


def examine(style: str, seed: int, methods: Sequence[str], dump: Path | None) -> dict[str, SceneOutcome]:
    """Run the methods on one scene."""
    scene = render_scene(style, seed)
    by_method = {}
    for method in methods:
        finding = METHODS[method](scene)
        by_method[method] = outcome(scene.truth, finding, printed_bar=has_printed_bar(style, seed))
        if dump is not None:
            picture = rendered_pictures.draw(scene, finding)
            cv2.imwrite(str(dump / f"{style}_{seed}_{method}.png"), picture)
    return by_method


def tables(
    seeds: str, names: Sequence[str], scenes: int, methods: Sequence[str], workers: int, dump: Path | None
) -> str:
    """Examine so many scenes of each style and lay out what came of it."""
    jobs = [(name, SEEDS[seeds] + at, methods, dump) for name in names for at in range(scenes)]
    results = in_processes(examine, jobs, workers)
    by_style = {name: results[at * scenes : (at + 1) * scenes] for at, name in enumerate(names)}
    return rendered_tables.rendered(by_style, methods, seeds)
