"""What stands in for measuring: quick, with orders in the first pixel of the photograph, and a list of what was done.

The folder named by ``DENSITOMETER_GATE`` is the test's: ``begun-N`` appears there when a photograph whose grey is N is
begun, ``measured`` gets a line for each photograph measured, and photographs of the order WAIT are held until ``go`` is
there.
"""

from __future__ import annotations

import os
import resource
import signal
import time
from pathlib import Path

import numpy as np

import fakes
from densitometer.measure import Measurement
from densitometer.photo import Photo
from densitometer.settings import Settings

WAIT, HANG, SIGKILL, HUNGRY = (1, 0, 0), (2, 0, 0), (3, 0, 0), (4, 0, 0)
GATE = "DENSITOMETER_GATE"
_HEADROOM_BYTES = 64 * 2**20
_PATIENCE_S = 120.0


def measure(
    photo: Photo, settings: Settings | None = None, *, stated_um_per_px: float | None = None, from_visits: bool = False
) -> Measurement:
    """Do what the first pixel orders."""
    order = tuple(int(value) for value in photo.rgb[0, 0])
    gate = Path(os.environ[GATE])
    (gate / f"begun-{int(photo.rgb[-1, -1, 0])}").touch()
    if order == WAIT:
        _wait(gate / "go")
    elif order == HANG:
        time.sleep(3600)
    elif order == SIGKILL:
        os.kill(os.getpid(), signal.SIGKILL)
    elif order == HUNGRY:
        _eat()
    found = fakes.fake_measure(photo, settings, stated_um_per_px=stated_um_per_px, from_visits=from_visits)
    with (gate / "measured").open("a") as measured:
        measured.write(f"{int(photo.rgb[-1, -1, 0])}\n")
    return found


def _wait(path: Path) -> None:
    """Wait for a file; not for ever, so that a test that fails leaves nothing behind."""
    deadline = time.monotonic() + _PATIENCE_S
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.01)


def _eat() -> None:
    """Run out of memory for real, without doing harm to others: what this process may have is limited first."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + _HEADROOM_BYTES, hard))
    eaten = []
    while True:
        eaten.append(np.ones(2**22))
