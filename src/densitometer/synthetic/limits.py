"""Between which limits the values of a style lie."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True)
class Limits:
    """The least and the greatest value that is taken.

    Attributes
    ----------
    low, high : float
    low_is_out, high_is_out : bool
        That the end itself is not taken.
    """

    low: float = 0.0
    high: float = inf
    low_is_out: bool = False
    high_is_out: bool = False

    def hold(self, value: float) -> bool:
        """Say whether a value is taken."""
        inside = self.low <= value <= self.high
        return inside and not (self.low_is_out and value == self.low) and not (self.high_is_out and value == self.high)

    def __str__(self) -> str:
        """As words: ``0 or more``, ``1 to 40``, ``above 0 and up to 200``."""
        if self.high == inf:
            return f"above {self.low:g}" if self.low_is_out else f"{self.low:g} or more"
        if not (self.low_is_out or self.high_is_out):
            return f"{self.low:g} to {self.high:g}"
        low = f"above {self.low:g}" if self.low_is_out else f"{self.low:g} or more"
        return f"{low} and {'below' if self.high_is_out else 'up to'} {self.high:g}"


NOT_NEGATIVE, ABOVE_0, SHARE = Limits(), Limits(low_is_out=True), Limits(0.0, 1.0)
