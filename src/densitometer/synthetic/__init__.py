"""Rendered scalp photographs whose every hair is known.

>>> from densitometer.synthetic import render_scene
>>> scene = render_scene("trimmed_70x", seed=1, size_px=(320, 256))
>>> scene.truth.density_per_cm2 > 0
True

Names are loaded when first used. The table of styles is `densitometer.synthetic.styles.styles`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from densitometer.synthetic.fates import Change
    from densitometer.synthetic.folder import Order, render_folder
    from densitometer.synthetic.scenario import draw_visits, scenarios
    from densitometer.synthetic.scene import Scene, render_scene
    from densitometer.synthetic.style import Style
    from densitometer.synthetic.styles import find_style
    from densitometer.synthetic.truth import TrueHair, Truth, read_truth, truth_record
    from densitometer.synthetic.visits import HairFate, Series, Visit, render_visits

_HOME = {
    "Change": "fates",
    "HairFate": "visits",
    "Order": "folder",
    "Scene": "scene",
    "Series": "visits",
    "Style": "style",
    "TrueHair": "truth",
    "Truth": "truth",
    "Visit": "visits",
    "draw_visits": "scenario",
    "find_style": "styles",
    "read_truth": "truth",
    "render_folder": "folder",
    "render_scene": "scene",
    "render_visits": "visits",
    "scenarios": "scenario",
    "truth_record": "truth",
}

__all__ = [
    "Change",
    "HairFate",
    "Order",
    "Scene",
    "Series",
    "Style",
    "TrueHair",
    "Truth",
    "Visit",
    "draw_visits",
    "find_style",
    "read_truth",
    "render_folder",
    "render_scene",
    "render_visits",
    "scenarios",
    "truth_record",
]


def __getattr__(name: str) -> object:
    """Load a public name from its module when it is first asked for."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    """Public names, loaded or not."""
    return sorted([*globals(), *__all__])
