"""Copies of photographs without metadata and under pseudonyms, and the key that tells who is who.

``key`` is the file that stays with the clinic; ``naming`` decides what each copy is called; ``copies`` makes one from
the pixels alone, in which ``burned_in`` finds text; ``columns`` keeps what may identify out of the table; ``output`` is
the folder with the copies; and ``run`` does all of it in the order that loses nothing.
"""

from __future__ import annotations

from densitometer.deidentify.naming import Original
from densitometer.deidentify.run import Done, StoppedError, Wish, deidentify

__all__ = ["Done", "Original", "StoppedError", "Wish", "deidentify"]
