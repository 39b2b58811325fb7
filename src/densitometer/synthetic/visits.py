"""Several visits to one scalp: what changed in between, where the camera stood, and the fate of every hair."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from densitometer.errors import RenderError
from densitometer.synthetic.camera import choose_view, draw_scale, scalp_size_mm
from densitometer.synthetic.dice import Range, stream
from densitometer.synthetic.fates import Change, change_scalp
from densitometer.synthetic.growth import grow_scalp
from densitometer.synthetic.scene import SIZE_PX, Scene, margin_mm, photograph_scalp, scene_seed
from densitometer.synthetic.seen import in_field
from densitometer.synthetic.strand import Scalp, Strand
from densitometer.synthetic.style import Style
from densitometer.synthetic.styles import find_style

FloatArray = NDArray[np.float64]

_MOST_SHIFT, _MOST_TURN_DEG, _SCALE_FACTORS = 1 / 3, 180.0, (0.95, 1.05)
_MOST_MORE = 2.0
_FLAKES_PER_CM2 = 250.0  # that come with one step more of flaking
_LEAST_TILT_DEG = 10.0


@dataclass(frozen=True)
class Visit:
    """One visit. Light, focus, tilt, dust and noise are drawn anew at each; what else differs stands here.

    Attributes
    ----------
    change : Change or None
        What happened to the hair since the visit before; None for nothing, and at the first visit.
    shift : tuple of float
        Camera moved along the scalp's x and y, as shares of the picture's width and height, up to a third either way.
    turn_deg : float
        Camera turned about its axis, up to 180 degrees either way.
    scale_factor : float
        Scale beside the device's own, 0.95 to 1.05: the camera stands a little farther or nearer.
    redness, flaking : float
        Added to what the style draws for redness and for scale, from -2 to 2; flakes come and go with the scale.
    um_per_px : float or None
        Scale of another device than the first visit's.
    replicate : bool
        A second photograph at the same visit: nothing can have changed, and loose cut pieces lie where they lay. At
        any other visit they lie elsewhere.
    other_site : bool
        A photograph of another scalp that was put into the series by mistake: no hair of it has a fate.

    Raises
    ------
    RenderError
        A value that makes no sense.
    """

    change: Change | None = None
    shift: tuple[float, float] = (0.0, 0.0)
    turn_deg: float = 0.0
    scale_factor: float = 1.0
    redness: float = 0.0
    flaking: float = 0.0
    um_per_px: float | None = None
    replicate: bool = False
    other_site: bool = False

    def __post_init__(self) -> None:
        for shift in self.shift:
            _within("shift", abs(shift), 0, _MOST_SHIFT)
        _within("turn_deg", self.turn_deg, -_MOST_TURN_DEG, _MOST_TURN_DEG)
        _within("scale_factor", self.scale_factor, *_SCALE_FACTORS)
        _within("redness", self.redness, -_MOST_MORE, _MOST_MORE)
        _within("flaking", self.flaking, -_MOST_MORE, _MOST_MORE)
        if self.change is not None and (self.replicate or self.other_site):
            raise RenderError("A replicate or a photograph of another site has no change of its own; leave change out")


@dataclass(frozen=True)
class HairFate:
    """What became of one hair between two visits.

    Attributes
    ----------
    visit, against : int
        Number of the later and of the earlier visit; the first visit is 0.
    hair, unit : int
    kind : str
        ``terminal`` or ``fine``.
    fate : str
        ``persisting``, ``lost`` or ``gained``.
    width_before_um, width_um : float or None
        Mean width of the shaft, as `densitometer.synthetic.truth.TrueHair.width_um`, at the earlier and at the later
        visit; None where it does not stand.
    root_mm : (2,) float array
        Where it leaves the skin.
    counted_before, counted : bool
        Its root lies in the field of that visit, and it stands there.
    in_both_fields : bool
        The place of its root lies in the fields of both visits: only there can a fate be seen.
    """

    visit: int
    against: int
    hair: int
    unit: int
    kind: str
    fate: Literal["persisting", "lost", "gained"]
    width_before_um: float | None
    width_um: float | None
    root_mm: FloatArray
    counted_before: bool
    counted: bool
    in_both_fields: bool

    @property
    def width_change_um(self) -> float | None:
        """By how much the shaft grew wider; None for a hair lost or gained."""
        if self.width_um is None or self.width_before_um is None:
            return None
        return self.width_um - self.width_before_um


@dataclass(frozen=True)
class Series:
    """The photographs of one scalp.

    Attributes
    ----------
    visits : tuple of Visit
        As they were asked for.
    scenes : tuple of Scene
        One each.
    fates : tuple of HairFate
        Of every hair of the scalp, in a photograph or not, at every visit against the first one and against the one
        before. Visits to another site have none.
    """

    visits: tuple[Visit, ...]
    scenes: tuple[Scene, ...]
    fates: tuple[HairFate, ...]

    def between(self, against: int, visit: int) -> tuple[HairFate, ...]:
        """Fates between two visits of which the earlier is the first one or the one before the later."""
        return tuple(fate for fate in self.fates if (fate.against, fate.visit) == (against, visit))


def render_visits(style: str | Style, seed: int, visits: Sequence[Visit], size_px: tuple[int, int] = SIZE_PX) -> Series:
    """Render several visits to one scalp; the same arguments give the same bytes.

    The scalp is larger than that of `densitometer.synthetic.scene.render_scene`, so that the camera may move: it is
    another scalp than the one of that seed there.

    Parameters
    ----------
    style : str or Style
    seed : int
        0 or more.
    visits : sequence of Visit
        The first is the baseline, with nothing changed; each change is since the visit before.
    size_px : tuple of int
        Width and height, 64 to 8000 px each.

    Raises
    ------
    RenderError
        An unknown style, a negative seed, an impossible size, or visits that make no sense.
    """
    style = find_style(style) if isinstance(style, str) else style
    visits = tuple(visits)
    scales, size_mm = plan_visits(style, seed, visits, size_px)
    scalp = grow_scalp(style.hair, style.extras, scene_seed(style, seed), size_mm)
    scalps = _let_time_pass(scalp, style, visits, size_mm)
    scenes = tuple(
        _photograph(scalp, style, seed, number, visit, scale, size_px)
        for number, (scalp, visit, scale) in enumerate(zip(scalps, visits, scales, strict=True))
    )
    pairs = [(now, then) for now in range(1, len(visits)) for then in sorted({0, now - 1})]
    same = [(now, then) for now, then in pairs if not (visits[now].other_site or visits[then].other_site)]
    fates = [fate for now, then in same for fate in _fates(scalps, scenes, now, then)]
    return Series(visits, scenes, tuple(fates))


def plan_visits(
    style: Style, seed: int, visits: tuple[Visit, ...], size_px: tuple[int, int]
) -> tuple[list[float], tuple[float, float]]:
    """Scale of each visit in um per px, and width and height in mm of a scalp that no visit looks beyond.

    Raises
    ------
    RenderError
        A negative seed, an impossible size, or visits that make no sense.
    """
    _check(visits)
    own = scene_seed(style, seed)
    scales = [_scale_of(style, own, visit) for visit in visits]
    return scales, _scalp_size(style, visits, max(scales), size_px)


def _check(visits: tuple[Visit, ...]) -> None:
    if not visits:
        raise RenderError("There are no visits to render; give one or more")
    first = visits[0]
    if first.change is not None or first.replicate or first.other_site:
        raise RenderError(
            "The first visit is what the others are compared with: it has no change, is no replicate and no other site"
        )


def _within(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise RenderError(f"{name} of a visit is {value:g}; it lies between {least:.3g} and {most:.3g}")


def _scale_of(style: Style, own: int, visit: Visit) -> float:
    return (draw_scale(style.camera, own) if visit.um_per_px is None else visit.um_per_px) * visit.scale_factor


def _scalp_size(
    style: Style, visits: tuple[Visit, ...], um_per_px: float, size_px: tuple[int, int]
) -> tuple[float, float]:
    """Size in mm of a scalp that no visit looks beyond."""
    share = max(max(map(abs, visit.shift)) for visit in visits)
    return scalp_size_mm(
        um_per_px,
        size_px,
        margin_mm(style),
        shift_mm=share * max(size_px) * um_per_px / 1000,
        turn_rad=math.radians(max(abs(visit.turn_deg) for visit in visits)),
        tilt_deg=max(style.camera.tilt_deg[1], _LEAST_TILT_DEG),
    )


def _let_time_pass(scalp: Scalp, style: Style, visits: tuple[Visit, ...], size_mm: tuple[float, float]) -> list[Scalp]:
    """The scalp as each visit meets it."""
    met = [scalp]
    for number, visit in enumerate(visits[1:], start=1):
        if visit.other_site:
            other = int(stream(scalp.seed, "other site", number).integers(2**31))
            met.append(grow_scalp(style.hair, style.extras, other, size_mm))
            continue
        if not visit.replicate:  # loose pieces are others at every visit, even where no hair changes
            change = visit.change or Change()
            scalp, _ = change_scalp(scalp, style.hair, change, scalp.seed, number, style.extras)
        met.append(scalp)
    return met


def _photograph(
    scalp: Scalp, style: Style, seed: int, number: int, visit: Visit, um_per_px: float, size_px: tuple[int, int]
) -> Scene:
    view = choose_view(
        style.camera,
        scalp.seed,
        number,
        size_px,
        scalp.size_mm,
        shift_mm=(visit.shift[0] * size_px[0] * um_per_px / 1000, visit.shift[1] * size_px[1] * um_per_px / 1000),
        turn_rad=math.radians(visit.turn_deg),
        um_per_px=um_per_px,
    )
    return photograph_scalp(scalp, view, _as_it_looks(style, visit), seed, number)


def _as_it_looks(style: Style, visit: Visit) -> Style:
    """The style with redness and flaking as they are at a visit."""
    skin, extras = style.skin, style.extras
    return replace(
        style,
        skin=replace(skin, redness=_more(skin.redness, visit.redness), scale=_more(skin.scale, visit.flaking)),
        extras=replace(extras, flakes_per_cm2=_more(extras.flakes_per_cm2, _FLAKES_PER_CM2 * visit.flaking)),
    )


def _more(limits: Range, by: float) -> Range:
    return max(0.0, limits[0] + by), max(0.0, limits[1] + by)


def _fates(scalps: list[Scalp], scenes: tuple[Scene, ...], now: int, then: int) -> list[HairFate]:
    """The fate of every hair that stands at one of two visits, by its number."""
    before, after = _rooted(scalps[then]), _rooted(scalps[now])
    hairs = sorted(before.keys() | after.keys())
    strands = [after.get(hair) or before[hair] for hair in hairs]
    roots = np.array([strand.root_mm for strand in strands]).reshape(-1, 2)
    seen_before, seen = shows(scenes[then], roots), shows(scenes[now], roots)
    return [
        HairFate(
            visit=now,
            against=then,
            hair=hair,
            unit=strand.unit,
            kind=strand.kind,
            fate="gained" if hair not in before else "persisting" if hair in after else "lost",
            width_before_um=before[hair].width_um if hair in before else None,
            width_um=after[hair].width_um if hair in after else None,
            root_mm=strand.root_mm,
            counted_before=bool(in_view_before and hair in before),
            counted=bool(in_view and hair in after),
            in_both_fields=bool(in_view_before and in_view),
        )
        for hair, strand, in_view_before, in_view in zip(hairs, strands, seen_before, seen, strict=True)
    ]


def shows(scene: Scene, places_mm: FloatArray) -> NDArray[np.bool_]:
    """Tell which places on the scalp, (n, 2) in mm, lie in the field of a scene; a bool array (n,)."""
    flat = np.column_stack([places_mm, np.ones(len(places_mm))]) @ scene.truth.to_px.T
    return in_field(flat[:, :2] / flat[:, 2:], scene.field)


def _rooted(scalp: Scalp) -> dict[int, Strand]:
    return {strand.hair: strand for strand in scalp.strands if strand.kind != "loose"}
