"""The same arithmetic on every processor: OpenCV without the code that it chooses by what a processor can do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import cv2


@contextmanager
def same_everywhere() -> Iterator[None]:
    """Let OpenCV take its plain path, which every x86-64 processor shares, until the end of the block.

    Its faster paths (AVX, IPP) round otherwise: 4 % of the values of a rendered picture would differ from one
    processor to the next. Rendering takes no longer for it.
    """
    optimized, ipp = cv2.useOptimized(), cv2.ipp.useIPP()
    cv2.setUseOptimized(False)
    cv2.ipp.setUseIPP(False)
    try:
        yield
    finally:
        cv2.setUseOptimized(optimized)
        cv2.ipp.setUseIPP(ipp)
