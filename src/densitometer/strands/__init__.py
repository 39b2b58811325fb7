"""Where hair is: one module a method, each of which answers a StrandMap."""

from densitometer.strands.strand_map import StrandMap

__all__ = ["StrandMap"]
