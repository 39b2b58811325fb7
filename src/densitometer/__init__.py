"""Measure hair from scalp photographs.

One stage, one module, in the order of the data:

============  =======================================  ==================================================
module        what it does                             what it gives
============  =======================================  ==================================================
photo         read a photograph                        `Photo`: RGB pixels turned upright, sha256
scale         find its scale                           `Scale`: um per px, how sure, where it came from
field         find what may be counted                 `Field`: usable skin; print, padding, rim masked
prepare       even the light, make hair dark           array
strands       find where hair is                       strand map
hairs         tell single hairs apart                  `Hair`: centre line from root to tip, widths
units         group hairs that share an opening        follicular units
measure       turn hairs into numbers                  `Measurement`: counts, densities, intervals
quality       judge whether it is fit to be measured   flags
pipeline      the stages above, in order               `Measurement`
visits        compare two of them, hair by hair      `Comparison`: fates, change with its interval
batch         many photographs                         rows, in order, on one process or many
report        overlays and the HTML report             files
synthetic     render scenes of known truth             `Scene`: photograph, mask, truth of every hair
selftest      measure such scenes on this machine      pass or fail, with the figures
============  =======================================  ==================================================

Names are loaded when first used, so that ``import densitometer`` costs next to nothing.

>>> from pathlib import Path
>>> from densitometer import measure_photo, read_photo
>>> photo = read_photo(Path("scalp.jpg"))  # doctest: +SKIP
>>> measure_photo(photo, stated_um_per_px=5.556).values["density_per_cm2"]  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from densitometer.batch import Job, measure_batch
    from densitometer.errors import DensitometerError, PhotoError, RenderError
    from densitometer.field import Field, find_field
    from densitometer.hairs import Hair
    from densitometer.measure import Measurement
    from densitometer.photo import Photo, read_photo
    from densitometer.pipeline import measure_photo
    from densitometer.report.overlay import draw_overlay
    from densitometer.report.page import write_report
    from densitometer.results import PhotoResult
    from densitometer.scale import Scale, find_scale
    from densitometer.selftest import SelfTest, run_selftest
    from densitometer.settings import Settings
    from densitometer.synthetic.scene import Scene, render_scene
    from densitometer.synthetic.truth import Truth
    from densitometer.synthetic.visits import Visit, render_visits
    from densitometer.visits.compare import compare_views
    from densitometer.visits.comparison import Comparison
    from densitometer.visits.sight import sight_of
    from densitometer.visits.view import View

    __version__: str

__all__ = [
    "Comparison",
    "DensitometerError",
    "Field",
    "Hair",
    "Job",
    "Measurement",
    "Photo",
    "PhotoError",
    "PhotoResult",
    "RenderError",
    "Scale",
    "Scene",
    "SelfTest",
    "Settings",
    "Truth",
    "View",
    "Visit",
    "compare_views",
    "draw_overlay",
    "find_field",
    "find_scale",
    "measure_batch",
    "measure_photo",
    "read_photo",
    "render_scene",
    "render_visits",
    "run_selftest",
    "sight_of",
    "write_report",
]

_HOME = {
    "Comparison": "visits.comparison",
    "DensitometerError": "errors",
    "Field": "field",
    "Hair": "hairs",
    "Job": "batch",
    "Measurement": "measure",
    "Photo": "photo",
    "PhotoError": "errors",
    "PhotoResult": "results",
    "RenderError": "errors",
    "Scale": "scale",
    "Scene": "synthetic.scene",
    "SelfTest": "selftest",
    "Settings": "settings",
    "Truth": "synthetic.truth",
    "View": "visits.view",
    "Visit": "synthetic.visits",
    "compare_views": "visits.compare",
    "draw_overlay": "report.overlay",
    "find_field": "field",
    "find_scale": "scale",
    "measure_batch": "batch",
    "measure_photo": "pipeline",
    "read_photo": "photo",
    "render_scene": "synthetic.scene",
    "render_visits": "synthetic.visits",
    "run_selftest": "selftest",
    "sight_of": "visits.sight",
    "write_report": "report.page",
}


def __getattr__(name: str) -> object:
    """Load a public name from its module when it is first asked for."""
    if name == "__version__":
        from importlib.metadata import version

        return version("densitometer")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    """Public names, loaded or not."""
    return sorted([*globals(), *__all__, "__version__"])
