"""Linear light of sRGB values (IEC 61966-2-1): lenses blur light and hairs cover it, not grey levels."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def linear(levels: ArrayLike) -> NDArray[np.float64]:
    """Linear light, 0 to 1, of sRGB values between 0 and 1, of any shape."""
    share = np.asarray(levels, np.float64)
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


LIGHT_OF_LEVEL = linear(np.arange(256) / 255).astype(np.float32)
"""Linear light of each level of an 8-bit picture, shape (256,), to look levels up in."""
