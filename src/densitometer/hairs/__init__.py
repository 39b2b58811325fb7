"""Single hairs: centre line from root to tip, width along it, and how sure we are of each.

Two ways lead here: `trace_hairs` from the strands that classical filters find, `trace_vectors` from what the strand
network answers.
"""

from densitometer.hairs.hair import Hair
from densitometer.hairs.network_trace import trace_vectors
from densitometer.hairs.trace import trace_hairs

__all__ = ["Hair", "trace_hairs", "trace_vectors"]
