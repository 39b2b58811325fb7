"""One rendered photograph, from the scalp to the JPEG file: the table of contents of this room."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from densitometer.errors import RenderError
from densitometer.synthetic import camera as cameras
from densitometer.synthetic.debris import add_debris
from densitometer.synthetic.dice import between, stream
from densitometer.synthetic.everywhere import same_everywhere
from densitometer.synthetic.ground import Ground, View
from densitometer.synthetic.growth import grow_scalp
from densitometer.synthetic.light import light_up
from densitometer.synthetic.marks import print_marks
from densitometer.synthetic.openings import round_openings, under_skin
from densitometer.synthetic.optics import compress, decode, field_mask, photograph
from densitometer.synthetic.paint import Painted, cast_shadows, finish_of, lay_hairs
from densitometer.synthetic.relief import make_relief
from densitometer.synthetic.skin import skin_colour
from densitometer.synthetic.skin_marks import add_skin_marks
from densitometer.synthetic.strand import Scalp, Strand
from densitometer.synthetic.style import Style
from densitometer.synthetic.styles import find_style
from densitometer.synthetic.truth import Truth, field_area_cm2, true_hairs

SIZE_PX = (1280, 1024)
_MARGIN_MM = 1.0  # scalp beyond the frame: hairs that reach in from outside


@dataclass(frozen=True)
class Scene:
    """A rendered photograph and its truth.

    Attributes
    ----------
    rgb : (height, width, 3) uint8 array
        The photograph as its JPEG file shows it.
    jpeg : bytes
        That file.
    mask : (height, width) float32 array
        Share of each pixel that growing hairs cover, 0 to 1.
    field : (height, width) bool array
        Skin that is seen and not under print.
    truth : Truth
        Every hair, the area, the scale.
    """

    rgb: NDArray[np.uint8]
    jpeg: bytes
    mask: NDArray[np.float32]
    field: NDArray[np.bool_]
    truth: Truth


def render_scene(style: str | Style, seed: int, size_px: tuple[int, int] = SIZE_PX) -> Scene:
    """Render one scene of a style; the same style, seed and size give the same bytes.

    Parameters
    ----------
    style : str or Style
        A style, or the name of one (see `densitometer.synthetic.styles.styles`).
    seed : int
        0 or more; every seed is another scalp under another light.
    size_px : tuple of int
        Width and height, 64 to 8000 px each.

    Raises
    ------
    RenderError
        An unknown style, a negative seed or an impossible size.
    """
    style = find_style(style) if isinstance(style, str) else style
    own = scene_seed(style, seed)
    um_per_px = cameras.draw_scale(style.camera, own)
    extent_mm = cameras.scalp_size_mm(um_per_px, size_px, margin_mm(style), tilt_deg=style.camera.tilt_deg[1])
    scalp = grow_scalp(style.hair, style.extras, own, extent_mm)
    view = cameras.choose_view(style.camera, own, 0, size_px, extent_mm)
    return photograph_scalp(scalp, view, style, seed, 0)


def scene_seed(style: Style, seed: int) -> int:
    """The seed of all streams of a scene, so that seed 1 of one style shares nothing with seed 1 of another.

    Raises
    ------
    RenderError
        A negative seed.
    """
    if seed < 0:
        raise RenderError(f"The seed is {seed}; it must be 0 or more")
    return int(stream(seed, style.name).integers(2**31))


def margin_mm(style: Style) -> float:
    """Long hair reaches in from far outside; trimmed hair from one length away."""
    return min(_MARGIN_MM + style.hair.length_mm[1], 3.0)


def photograph_scalp(scalp: Scalp, view: View, style: Style, seed: int, visit: int) -> Scene:
    """Photograph a scalp that has grown, as at any visit.

    Parameters
    ----------
    scalp : Scalp
        Grown from the scene's own seed (see `scene_seed`).
    view : View
    style : Style
        Its hair part is not used any more but for what shows under the skin.
    seed, visit : int
        As the user gave them: they go into the truth.
    """
    with same_everywhere():
        return _photograph(scalp, view, style, seed, visit)


def _photograph(scalp: Scalp, view: View, style: Style, seed: int, visit: int) -> Scene:
    own = scalp.seed
    ground = Ground(scalp.seed, view)
    strands = tuple(strand for strand in scalp.strands if _near(strand, view))
    painted = _paint(ground, strands, scalp.size_mm, style, own, visit)
    gains = _white_balance(painted.skin, between(stream(own, "white balance", visit), style.camera.white_balance))
    radiance, skin = painted.radiance * gains, painted.skin * gains
    rgb = photograph(radiance, style.camera, ground.um_per_px, own, visit, skin)
    rgb, printed = print_marks(rgb, style.extras, ground.um_per_px, own, visit)
    field = field_mask(style.camera, view.size_px, own, visit) & ~printed
    quality = round(between(stream(own, "jpeg", visit), style.camera.jpeg_quality))
    jpeg = compress(rgb, quality)
    truth = Truth(
        style=style.name,
        seed=seed,
        visit=visit,
        um_per_px=view.um_per_px,
        size_px=view.size_px,
        area_cm2=field_area_cm2(view, field),
        hairs=true_hairs(strands, view, painted.visible, field),
        to_px=view.to_px,
    )
    return Scene(decode(jpeg), jpeg, painted.mask, field, truth)


def _white_balance(skin: NDArray[np.float32], amount: float) -> NDArray[np.float32]:
    """Gains of red, green and blue of a camera's automatic white balance: the mean colour is drawn towards grey."""
    mean = skin[::8, ::8].reshape(-1, 3).mean(axis=0, dtype=np.float64)
    return np.asarray((mean.mean() / mean) ** amount, np.float32)


def _near(strand: Strand, view: View) -> bool:
    """Tell whether a strand, its shaft under the skin or its shadow can touch the picture."""
    at = view.project(np.vstack([strand.points_mm, strand.under_mm]))
    reach = 500.0 / view.um_per_px
    return bool((at.max(axis=0) > -reach).all() and (at.min(axis=0) < np.array(view.size_px) + reach).all())


def _paint(
    ground: Ground, strands: tuple[Strand, ...], size_mm: tuple[float, float], style: Style, seed: int, visit: int
) -> Painted:
    """Light towards the camera from the skin and the hairs on it."""
    rooted = [strand for strand in strands if strand.unit]
    roots_mm = np.array([strand.root_mm for strand in rooted]).reshape(-1, 2)
    albedo = add_skin_marks(skin_colour(ground, style.skin), ground, style.skin, roots_mm)
    albedo = under_skin(albedo, ground, rooted, style.hair)
    albedo = round_openings(albedo, ground, rooted, style.skin, visit)
    relief = make_relief(ground, style.skin)
    light = light_up(ground, relief, style.camera, visit)
    shadow = cast_shadows(ground, strands, light, between(stream(seed, "shadow", visit), style.camera.shadow))
    radiance = (albedo * light.rgb * light.shade[..., None] + light.glare) * shadow
    finish = finish_of(ground, style, light, visit)
    painted = lay_hairs(radiance, ground, strands, light, finish)
    strewn = add_debris(
        painted.radiance,
        light.rgb,
        ground,
        style.extras,
        seed,
        visit,
        middle_mm=(size_mm[0] / 2, size_mm[1] / 2),
        roots_mm=roots_mm,
        groove=relief.groove,
    )
    return replace(painted, radiance=strewn)
