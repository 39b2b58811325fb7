"""Standard streams that somebody closed (``2>&-``, services without a terminal)."""

from __future__ import annotations

import os
import sys


def open_closed_streams() -> None:
    """Let what was closed lead nowhere: else a file opened later takes its number, and what is printed goes into it."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            _lead_nowhere(number)
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w", encoding="utf-8"))  # noqa: SIM115


def _lead_nowhere(number: int) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, number)
    if nothing != number:
        os.close(nothing)
    os.set_inheritable(number, True)
