"""Single hairs: centre line from root to tip, width along it, and how sure we are of each."""

from densitometer.hairs.hair import Hair

__all__ = ["Hair"]
