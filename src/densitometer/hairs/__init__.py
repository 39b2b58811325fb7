"""Single hairs: centre line from root to tip, width along it, and how sure we are of each."""

from densitometer.hairs.hair import Hair
from densitometer.hairs.trace import trace_hairs

__all__ = ["Hair", "trace_hairs"]
