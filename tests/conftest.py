"""What every test shares: one thread, the same examples on every run, and the sample images."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy and OpenCV are loaded

import logging
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# What runs in the background of a shell inherits that Ctrl-C is ignored; tests that press it could wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parent.parent

# No deadline, since machines differ; derandomized, so that what fails on one machine fails on all.
settings.register_profile("densitometer", deadline=None, derandomize=True, database=None)
settings.load_profile("densitometer")


@pytest.fixture(autouse=True)
def _log_as_it_begins() -> Iterator[None]:
    """Undo what commands did to the log, in this test or in a fixture: --quiet would keep warnings from other tests."""
    _forget_log()
    yield
    _forget_log()


def _forget_log() -> None:
    logger = logging.getLogger("densitometer")
    logger.handlers.clear()
    logger.setLevel(logging.NOTSET)


@pytest.fixture(scope="session")
def sample_images() -> Path:
    """Folder of the rendered sample images with their truth."""
    return ROOT / "sample_images"


@pytest.fixture(scope="session")
def trial_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results folder of a trial of 30 subjects, compared; not to be changed."""
    from trial_study import write_trial

    return write_trial(tmp_path_factory.mktemp("trial") / "out")


@pytest.fixture(scope="session")
def trial_subjects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Table of subjects of the trial; not to be changed."""
    from trial_study import write_subjects

    return write_subjects(tmp_path_factory.mktemp("trial") / "subjects.csv")


@pytest.fixture(scope="session")
def trial_study_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Study file of the trial; not to be changed."""
    from trial_study import write_study_file

    return write_study_file(tmp_path_factory.mktemp("trial") / "study.toml")
