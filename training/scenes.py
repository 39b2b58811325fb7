"""Render the scenes that the strand network learns from, at the network's working scale.

    python training/scenes.py DIR --scenes 1000 --workers 2

Each scene is one ``.npz`` file: ``rgb`` (uint8, at 8 um/px), and its hairs as
``points`` (all centre lines one after another, x and y in px of ``rgb``, root first), ``widths_um`` at these points,
``first`` (where each hair begins in ``points``, with the end of the last), ``loose``, ``counted``, ``visible_share``.
A file that is there already is kept: a run that was broken off goes on where it stopped.
"""

from __future__ import annotations

import argparse
import os
from concurrent.futures import as_completed
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from densitometer.processes import open_pool, submit
from densitometer.strands.network import resized
from densitometer.synthetic import render_scene
from seeds import FIRST, SCENES, training_seeds
from targets import UM_PER_PX

STYLE_WEIGHTS = {
    "trimmed_70x": 14.0,
    "crowded_units": 2.5,
    "wrinkled": 1.5,
    "fine_hair": 1.5,
    "trimmed_crossing": 1.5,
    "clippings": 1.0,
    "flaking": 1.0,
    "blurred": 1.0,
    "oily_glare": 1.0,
    "uneven_shafts": 1.0,
    "dark_skin": 1.2,
    "grey_mixed": 1.2,
    "blond": 1.0,
    "red_hair": 0.8,
    "white_on_dark": 1.0,
    "dyed": 0.5,
    "immersion": 0.8,
    "round_field": 0.8,
    "dense_stubble": 0.8,
    "clipped_wide": 0.8,
    "curly": 1.0,
    "untrimmed_crossing": 1.2,
    "untrimmed_dermoscope": 1.2,
}
"""How often each style is drawn: most are what a trial photographs, none is left out."""


def style_of(seed: int) -> str:
    """Style of a training scene, drawn by its seed alone."""
    weights = np.array(list(STYLE_WEIGHTS.values()))
    return str(np.random.default_rng([seed, 4]).choice(list(STYLE_WEIGHTS), p=weights / weights.sum()))


def at_working_scale(rgb: NDArray[np.uint8], um_per_px: float) -> tuple[NDArray[np.uint8], float]:
    """Picture at the network's working scale, and the factor that turns its old pixels into new ones."""
    factor = um_per_px / UM_PER_PX
    return resized(rgb, factor), factor


def scaled(points: NDArray[np.float64], factor: float) -> NDArray[np.float64]:
    """Turn (x, y) points in px of a picture into those of the picture resized by `factor`."""
    return (points + 0.5) * factor - 0.5


def write_scene(folder: Path, seed: int) -> Path:
    """Render one scene and write it, unless it is there."""
    path = folder / f"{seed:06d}.npz"
    if path.is_file():
        return path
    scene = render_scene(style_of(seed), seed)
    rgb, factor = at_working_scale(scene.rgb, scene.truth.um_per_px)
    hairs = scene.truth.hairs
    points = [scaled(hair.points_px, factor) for hair in hairs]
    partial = path.with_suffix(".partial.npz")
    np.savez(
        partial,
        rgb=rgb,
        points=np.concatenate([np.zeros((0, 2)), *points]).astype(np.float32),
        widths_um=np.concatenate([np.zeros(0), *(hair.widths_um for hair in hairs)]).astype(np.float32),
        first=np.cumsum([0, *(len(one) for one in points)]),
        loose=np.array([hair.kind == "loose" for hair in hairs], bool),
        counted=np.array([hair.counted for hair in hairs], bool),
        visible_share=np.array([hair.visible_share for hair in hairs], np.float32),
    )
    partial.rename(path)
    return path


def write_scenes(folder: Path, seeds: range, workers: int) -> None:
    """Render the scenes of these seeds, in processes, with a line every fifty."""
    folder.mkdir(parents=True, exist_ok=True)
    with open_pool(workers) as pool:
        jobs = [submit(pool, write_scene, folder, seed) for seed in seeds]
        for done, job in enumerate(as_completed(jobs), start=1):
            job.result()
            if done % 50 == 0 or done == len(jobs):
                print(f"{done} of {len(jobs)} scenes", flush=True)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the scenes go")
    parser.add_argument("--scenes", type=int, default=SCENES, help=f"how many ({SCENES})")
    parser.add_argument("--first", type=int, default=FIRST, help=f"seed of the first ({FIRST})")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes (one a core)")
    given = parser.parse_args()
    try:
        seeds = training_seeds(given.first, given.scenes)
    except ValueError as error:
        parser.error(str(error))
    write_scenes(given.folder, seeds, given.workers)


if __name__ == "__main__":
    main()
