"""OpenCV is kept to its plain path while it renders, and is left as it was found."""

from __future__ import annotations

import cv2
import pytest

from densitometer.synthetic.everywhere import same_everywhere


@pytest.mark.parametrize("fails", [False, True])
def test_opencv_is_left_as_it_was_found(fails: bool) -> None:
    before = (cv2.useOptimized(), cv2.ipp.useIPP())
    try:
        with same_everywhere():
            assert not cv2.useOptimized() and not cv2.ipp.useIPP()
            if fails:
                raise ValueError
    except ValueError:
        assert fails
    assert (cv2.useOptimized(), cv2.ipp.useIPP()) == before
