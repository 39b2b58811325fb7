"""Marks in the skin itself: blood, pigment and openings, laid on the bare colour of the skin."""

from __future__ import annotations

import cv2
import numpy as np

from densitometer.synthetic.dice import Range, between, stream
from densitometer.synthetic.ground import Array, Ground
from densitometer.synthetic.pigment import freckles, network, sweat_dots
from densitometer.synthetic.places import Points, dots, luck_at, near_frame
from densitometer.synthetic.pores import add_pores, add_yellow_dots
from densitometer.synthetic.style import SkinStyle
from densitometer.synthetic.vessels import vessels

MELANIN = (0.5, 0.8, 1.2)
"""How strongly melanin absorbs red, green and blue light."""
HAEMOGLOBIN = (0.15, 1.0, 0.85)
"""How strongly blood does."""
_DARK_SKIN = 0.22  # green reflectance below which pale dots stand out
_ROOT_REDNESS_UM = (80.0, 240.0)


def add_skin_marks(albedo: Array, ground: Ground, skin: SkinStyle, roots_mm: Points) -> Array:
    """Lay vessels, redness, pigment and openings on skin of a bare colour.

    Parameters
    ----------
    albedo : (height, width, 3) float32 array
        Share of light that comes back from the skin, linear, R G B, 0 to 1.
    ground : Ground
        What the camera sees. All marks belong to the scalp: another camera finds them in their places.
    skin : SkinStyle
        Amounts are drawn from its ranges once a scalp.
    roots_mm : (n, 2) float array
        Where hairs leave the skin; redness and yellow dots lie round some.

    Returns
    -------
    (height, width, 3) float32 array
        A new array.
    """
    redness, mottle = _amount(ground, "redness", skin.redness), _amount(ground, "mottle", skin.mottle)
    result = np.array(albedo, dtype=np.float32)
    blood = _blood(ground, redness, mottle, _amount(ground, "vessels", skin.vessels), roots_mm)
    brown = _brown(ground, skin, mottle, _darkness(albedo))
    _absorb(result, blood, HAEMOGLOBIN)
    _absorb(result, brown, MELANIN)
    if (yellow := _amount(ground, "yellow_dots", skin.yellow_dots)) > 0:
        add_yellow_dots(result, ground, yellow, roots_mm)
    if (pores := _amount(ground, "pores", skin.pores)) > 0:
        add_pores(result, ground, pores)
    return np.asarray(np.minimum(result, 1.0, out=result))


def _amount(ground: Ground, name: str, limits: Range) -> float:
    return between(stream(ground.seed, "skin marks", name), limits)


def _darkness(albedo: Array) -> float:
    """Usual reflectance for green light: the skin's type as the picture shows it."""
    return float(np.median(albedo[::16, ::16, 1]))


def _blood(ground: Ground, redness: float, mottle: float, fine: float, roots_mm: Points) -> list[Array]:
    """All that is red, as maps of haemoglobin."""
    found = []
    if redness > 0:
        found += [_blotches(ground, redness), _round_openings(ground, redness, roots_mm)]
    if mottle > 0:
        found.append(ground.grain(2.8, "red mottle") * np.float32(0.05 * mottle))
    if fine > 0:
        found.append(vessels(ground, fine, redness))
    return found


def _blotches(ground: Ground, redness: float) -> Array:
    """Red areas with soft, uneven borders; the bare colour holds the redness of the whole."""
    areas = ground.grain(2.6, "red areas") + 0.6 * ground.grain(0.9, "red areas, edge")
    fine = ground.grain(0.22, "red areas, fine")
    patches = np.clip((areas - np.float32(0.1)) * np.float32(0.6), 0, 1.2) * (1 + np.float32(0.15) * fine)
    return np.asarray(np.float32(0.30 * redness) * patches)


def _round_openings(ground: Ground, redness: float, roots_mm: Points) -> Array:
    """Red skin round some of the openings."""
    roots = near_frame(ground, roots_mm, 0.6)
    luck = luck_at(ground.seed, roots, "red openings")
    chosen = luck[:, 0] < 0.15 + 0.5 * min(redness, 1.0)
    low, high = _ROOT_REDNESS_UM
    shift = (luck[chosen, 1:3] - 0.5) * 0.12
    depth = redness * (0.02 + 0.14 * luck[chosen, 4])
    return dots(ground, roots[chosen] + shift, low + (high - low) * luck[chosen, 3], depth)


def _brown(ground: Ground, skin: SkinStyle, mottle: float, green: float) -> list[Array]:
    """All that is brown, as maps of melanin."""
    found = []
    if mottle > 0:
        found.append(ground.grain(2.2, "brown mottle") * np.float32(0.035 * mottle))
    if (net := _amount(ground, "pigment_network", skin.pigment_network)) > 0:
        # pale skin has the network too, but hardly enough pigment to show it
        found.append(network(ground, net * float(np.clip((0.62 - green) / 0.3, 0.15, 1))))
        if green < _DARK_SKIN:
            found.append(-sweat_dots(ground, net))
    if (spots := _amount(ground, "freckles", skin.freckles)) > 0:
        found.append(freckles(ground, spots))
    return found


def _absorb(albedo: Array, amounts: list[Array], strength: tuple[float, float, float]) -> None:
    """Take light away by Beer and Lambert's law, in place."""
    if not amounts:
        return
    total = amounts[0]
    for more in amounts[1:]:
        total = total + more
    for channel, share in enumerate(strength):
        albedo[..., channel] *= np.asarray(cv2.exp(total * np.float32(-share)))
