"""Linear light of sRGB values."""

from __future__ import annotations

import numpy as np
import pytest

from densitometer.srgb import linear


def test_srgb_to_linear() -> None:
    assert linear(np.array([0.0, 0.04, 0.5, 1.0])) == pytest.approx([0.0, 0.04 / 12.92, 0.2140, 1.0], abs=1e-4)
    assert float(linear(0.5)) == pytest.approx(0.2140, abs=1e-4)
