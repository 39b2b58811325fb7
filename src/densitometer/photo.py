"""Read a photograph: RGB pixels turned upright, the hash of the file, and what it says of its capture."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class CaptureFacts:
    """What the file says of its own capture. Used inside only; never written to any output.

    Attributes
    ----------
    um_per_px : float or None
        From trustworthy resolution metadata, else None.
    """

    um_per_px: float | None = None


@dataclass(frozen=True)
class Photo:
    """A photograph as displayed.

    Attributes
    ----------
    rgb : uint8 array, shape (height, width, 3)
    sha256 : str
        Of the file's bytes as they were.
    capture : CaptureFacts
    """

    rgb: NDArray[np.uint8]
    sha256: str = ""
    capture: CaptureFacts = field(default_factory=CaptureFacts)
