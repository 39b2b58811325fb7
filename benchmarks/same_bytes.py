"""Render every style as on other processors, and tell how many pictures, masks and truths come out with other bytes.

The table in docs/rendering.md is printed by this script. Each row is a run of its own from which parts of the
processor are hidden.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import results_page

SIZE_PX = (640, 512)
RUNS = {
    "nothing, another process": {},
    "another kernel of OpenBLAS": {"OPENBLAS_CORETYPE": "Nehalem"},
    "AVX-512 in NumPy": {"NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR"},
    "AVX, AVX2, FMA, AVX-512 and IPP in OpenCV": {
        "OPENCV_CPU_DISABLE": "AVX,FP16,AVX2,FMA3,AVX512-SKX",
        "OPENCV_IPP": "disabled",
    },
    "AVX2, FMA and AVX-512 in NumPy": {"NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR"},
}


def render(folder: Path) -> None:
    """Render seed 1 of every style into a folder: picture, mask and truth as arrays and text."""
    from densitometer.synthetic import render_scene, truth_record
    from densitometer.synthetic.styles import styles

    for name in styles():
        scene = render_scene(name, 1, SIZE_PX)
        np.savez(folder / name, rgb=scene.rgb, mask=scene.mask, truth=json.dumps(truth_record(scene.truth)))


def rendered(folder: Path, hidden: dict[str, str]) -> Path:
    """Render in a process of its own from which parts of the processor are hidden."""
    folder.mkdir()
    command = [sys.executable, str(Path(__file__)), "--into", str(folder)]
    subprocess.run(command, check=True, env={**os.environ, **hidden}, stderr=subprocess.DEVNULL)
    return folder


def compared(first: Path, second: Path) -> list[str]:
    """Cells of one row: pictures with other bytes, largest difference, most values that differ, masks, truths."""
    pictures = masks = truths = largest = 0
    most = 0.0
    names = sorted(path.name for path in first.iterdir())
    for name in names:
        one, other = np.load(first / name), np.load(second / name)
        apart = np.abs(one["rgb"].astype(int) - other["rgb"])
        pictures += int(apart.any())
        largest, most = max(largest, int(apart.max())), max(most, float((apart > 0).mean()))
        masks += int(not np.array_equal(one["mask"], other["mask"]))
        truths += int(str(one["truth"]) != str(other["truth"]))
    return [f"{pictures} of {len(names)}", str(largest), f"{most:.2%}", str(masks), str(truths)]


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == ["--into"]:
        render(Path(sys.argv[2]))
        return
    with tempfile.TemporaryDirectory() as folder:
        plain = rendered(Path(folder) / "plain", {})
        rows = [
            [what, *compared(plain, rendered(Path(folder) / str(number), hidden))]
            for number, (what, hidden) in enumerate(RUNS.items())
        ]
    head = ["what was hidden", "other pictures", "grey levels at most", "values at most", "other masks", "other truths"]
    print(results_page.table(head, rows))


if __name__ == "__main__":
    main()
