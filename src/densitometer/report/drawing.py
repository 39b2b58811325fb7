"""Figures as SVG text: in the type of the reader's browser, the same bytes each time, without style attributes."""

from __future__ import annotations

import io
import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Okabe and Ito's palette, on white; markers and words say the same without colour.
INK, SOFT, BAND = "#1b1f24", "#4d5660", "#dfe4e8"
BLUE, ORANGE, GREEN, GREY = "#0072b2", "#d55e00", "#009e73", "#5b6670"
_ATTRIBUTES = re.compile(r' (?:d|x|y|transform|points)="[^"]*"')


@contextmanager
def figure_of(width_in: float, height_in: float) -> Iterator[Figure]:
    """Figure on white, in type that a browser sets; matplotlib is imported here as it takes a while."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # where it keeps its list of fonts concerns nobody
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    style: dict[Any, Any] = {
        "svg.fonttype": "none", "svg.hashsalt": "densitometer", "font.family": ["DejaVu Sans"], "font.size": 10,
        "text.color": INK, "axes.edgecolor": SOFT, "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK,
        "axes.spines.top": False, "axes.spines.right": False, "hatch.color": ORANGE, "axes.unicode_minus": True,
    }  # fmt: skip
    with warnings.catch_warnings(), rc_context(style):
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        yield Figure((width_in, height_in), facecolor="white")


def svg_of(figure: Figure, name: str) -> str:
    """Give a figure as SVG text; the same figure gives the same text."""
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None, "Title": name})
    return _plain(text.getvalue())


def _plain(svg: str) -> str:
    """Turn style attributes into attributes of their own, which no content security policy holds back."""
    svg = re.sub(r"^.*?(?=<svg)", "", svg, count=1, flags=re.S)
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.S)
    svg = re.sub(r' style="([^"]*)"', lambda found: _attributes(found[1]), svg)
    return _ATTRIBUTES.sub(lambda found: re.sub(r"-?\d+\.\d{3,}", lambda n: f"{float(n[0]):.2f}", found[0]), svg)


def _attributes(style: str) -> str:
    """Write ``a: b; c: d`` as attributes; older versions of matplotlib state a font in one, newer ones in two."""
    pairs = dict(part.strip().split(": ", 1) for part in style.split(";") if ": " in part)
    size, _, family = pairs.pop("font", "").partition(" ")
    pairs |= {"font-size": size, "font-family": family} if family else {}
    if "font-family" in pairs:
        pairs["font-family"] += ", Verdana, sans-serif"
    return "".join(f' {name}="{value}"' for name, value in pairs.items())
