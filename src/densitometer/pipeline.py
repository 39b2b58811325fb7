"""The stages in order: the table of contents of a measurement."""

from __future__ import annotations

import numpy as np

from densitometer.errors import PhotoError
from densitometer.field import find_field
from densitometer.flags import ordered
from densitometer.hairs import trace_hairs, trace_vectors
from densitometer.marks import find_marks
from densitometer.measure import Measurement, how_measured, measure_hairs
from densitometer.photo import Photo
from densitometer.prepare import assumed_um_per_px, prepare
from densitometer.quality import photo_flags
from densitometer.scale import find_scale
from densitometer.settings import Settings
from densitometer.skin import skin_values
from densitometer.strands.network import find_fields
from densitometer.strands.ridge import find_strands
from densitometer.units import form_units

_LEAST_CONTRAST = 8
"""Grey levels between the darkest and the lightest of a photograph that shows anything at all."""


def measure_photo(
    photo: Photo,
    settings: Settings | None = None,
    *,
    stated_um_per_px: float | None = None,
    from_visits: bool = False,
) -> Measurement:
    """Measure one photograph.

    Parameters
    ----------
    photo : Photo
    settings : Settings, optional
    stated_um_per_px : float, optional
        Scale that the user states; otherwise it is read from the photograph where it can be.
    from_visits : bool
        True when the stated scale comes from a visits table.

    Raises
    ------
    PhotoError
        When the photograph cannot be measured as asked.
    ScaleError
        When the stated scale cannot be true.
    ModelError
        When the weights of the strand network are missing or damaged, and the method is ``network``.
    """
    settings = settings or Settings()
    scale = find_scale(photo, stated_um_per_px, from_visits=from_visits)
    field = find_field(photo.rgb, scale.um_per_px, settings.field)
    if not field.usable.any() or int(np.ptp(photo.rgb[field.usable])) < _LEAST_CONTRAST:
        raise PhotoError("the photograph shows nothing but one even tone: check that it is the right one")
    working_um_per_px = scale.um_per_px or assumed_um_per_px(photo.rgb, field)
    prepared = prepare(photo.rgb, field, working_um_per_px, settings.prepare)
    if settings.method == "network":
        fields = find_fields(photo.rgb, working_um_per_px, settings.network)
        hairs = trace_vectors(fields, prepared, photo.rgb, settings)
    else:
        hairs = trace_hairs(find_strands(prepared, settings.ridge), photo.rgb, settings)
    if scale.um_per_px is not None:
        hairs = form_units(hairs, scale.um_per_px, settings.units)
    marks = find_marks(photo.rgb, hairs, field, working_um_per_px, settings.marks)
    skin = skin_values(photo.rgb, hairs, field, working_um_per_px, settings.skin, assumed=scale.um_per_px is None)
    values = {**measure_hairs(hairs, field, scale, how_measured(settings)), **skin}
    flags = ordered(photo_flags(photo.rgb, field, scale, hairs, settings.quality))
    return Measurement(hairs, field, scale, values, flags, marks)
