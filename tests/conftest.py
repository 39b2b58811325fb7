"""What every test shares: one thread, the same examples on every run, and the real photographs where they are."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy and OpenCV are loaded

from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
REAL = ROOT.parent / "shared" / "real"

# No deadline, since machines differ; derandomized, so that what fails on one machine fails on all.
settings.register_profile("densitometer", deadline=None, derandomize=True, database=None)
settings.load_profile("densitometer")


@pytest.fixture(scope="session")
def sample_images() -> Path:
    """Folder of the drawn sample images with their truth."""
    return ROOT / "sample_images"


@pytest.fixture(scope="session")
def real_photographs() -> Path:
    """Folder of the real photographs, which are never part of the repository."""
    if not REAL.is_dir():
        pytest.skip(f"the real photographs are not here ({REAL.name}/ beside the checkout's shared folder)")
    return REAL
