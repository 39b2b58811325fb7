"""What is true of a rendered scene, to the last hair, and how it is written down."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from densitometer.synthetic.ground import View
from densitometer.synthetic.seen import in_field, in_picture
from densitometer.synthetic.strand import Strand

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class TrueHair:
    """One hair of a scene.

    Attributes
    ----------
    hair, unit : int
        Numbers that stay with the hair and its follicular unit at every visit; a loose piece has unit 0.
    kind, colour : str
        ``terminal``, ``fine`` or ``loose``; colour of the hair.
    points_px : (n, 2) float array
        Centre line as seen in the picture, root first; (0, 0) is the centre of the top-left pixel.
    widths_um : (n,) float array
        Width at each of these points.
    root_mm : (2,) float array
        Where it leaves the skin, on the scalp.
    length_mm : float
        Length above the skin, in space: seen from above it looks shorter, and long hair leaves the picture.
    visible_share : float
        Share of its area in the picture that no other hair lies over (0 outside the picture).
    counted : bool
        Its root lies in the field and it is not loose.
    """

    hair: int
    unit: int
    kind: str
    colour: str
    points_px: FloatArray
    widths_um: FloatArray
    root_mm: FloatArray
    length_mm: float
    visible_share: float
    counted: bool

    @property
    def root_px(self) -> FloatArray:
        """Where the shaft leaves the skin, x and y in px."""
        return self.points_px[0]

    @property
    def tip_px(self) -> FloatArray:
        """The other end, x and y in px, whether or not it lies in the picture."""
        return self.points_px[-1]

    @property
    def width_um(self) -> float:
        """Mean width along the shaft, whose points are evenly spaced."""
        return float(self.widths_um.mean())


@dataclass(frozen=True)
class Truth:
    """What is true of one scene.

    Attributes
    ----------
    style, seed, visit : str, int, int
        What it was rendered from.
    um_per_px : float
        Scale at the middle of the picture.
    size_px : tuple of int
        Width and height of the picture.
    area_cm2 : float
        Skin in the field: seen, and not under print.
    hairs : tuple of TrueHair
        Every hair that touches the picture, loose pieces too.
    to_px : (3, 3) float array
        Homography from the scalp in mm to pixels: where a place on the scalp lies in the picture.
    """

    style: str
    seed: int
    visit: int
    um_per_px: float
    size_px: tuple[int, int]
    area_cm2: float
    hairs: tuple[TrueHair, ...]
    to_px: FloatArray

    @property
    def counted(self) -> tuple[TrueHair, ...]:
        """The hairs that count: rooted in the field."""
        return tuple(hair for hair in self.hairs if hair.counted)

    @property
    def density_per_cm2(self) -> float:
        """Counted hairs a cm2; NaN without any skin in the field."""
        return len(self.counted) / self.area_cm2 if self.area_cm2 > 0 else float("nan")

    @property
    def unit_sizes(self) -> dict[int, int]:
        """Number of counted hairs of each follicular unit."""
        sizes: dict[int, int] = {}
        for hair in self.counted:
            sizes[hair.unit] = sizes.get(hair.unit, 0) + 1
        return sizes


def true_hairs(
    strands: tuple[Strand, ...], view: View, visible: dict[int, float], field: NDArray[np.bool_]
) -> tuple[TrueHair, ...]:
    """The hairs that touch the picture as a camera sees them, with loose pieces that lie in it."""
    found = []
    for strand in strands:
        at = view.project(strand.points_mm)
        if strand.hair not in visible and not in_picture(at, view.size_px).any():
            continue
        found.append(
            TrueHair(
                hair=strand.hair,
                unit=strand.unit,
                kind=strand.kind,
                colour=strand.colour,
                points_px=at,
                widths_um=strand.widths_um,
                root_mm=strand.root_mm,
                length_mm=strand.length_mm,
                visible_share=visible.get(strand.hair, 0.0) if strand.kind != "loose" else 1.0,
                counted=bool(strand.kind != "loose" and in_field(at[0], field)),
            )
        )
    return tuple(found)


def field_area_cm2(view: View, field: NDArray[np.bool_]) -> float:
    """Skin that the pixels of a field look at, in cm2, exact for a tilted camera too."""
    inverse = np.linalg.inv(view.to_px)
    rows, columns = np.nonzero(field)
    below = inverse[2, 0] * columns + inverse[2, 1] * rows + inverse[2, 2]
    return float(abs(np.linalg.det(inverse)) * (1.0 / np.abs(below) ** 3).sum() / 100.0)


def truth_record(truth: Truth) -> dict[str, Any]:
    """The truth as plain values for JSON: px to 0.001, um to 0.01, mm to 0.0001, the rest to 12 digits."""
    hairs = []
    for hair in truth.hairs:
        row = {key: value for key, value in asdict(hair).items() if not isinstance(value, np.ndarray)}
        row |= {"length_mm": round(hair.length_mm, 4), "visible_share": round(hair.visible_share, 4)}
        row |= {"root_x_px": round(float(hair.root_px[0]), 3), "root_y_px": round(float(hair.root_px[1]), 3)}
        row |= {"tip_x_px": round(float(hair.tip_px[0]), 3), "tip_y_px": round(float(hair.tip_px[1]), 3)}
        row |= {"width_um": round(hair.width_um, 2), "root_mm": np.round(hair.root_mm, 4).tolist()}
        row |= {"points_px": np.round(hair.points_px, 3).tolist(), "widths_um": np.round(hair.widths_um, 2).tolist()}
        hairs.append(row)
    return {
        "style": truth.style,
        "seed": truth.seed,
        "visit": truth.visit,
        "um_per_px": truth.um_per_px,
        "width_px": truth.size_px[0],
        "height_px": truth.size_px[1],
        "area_cm2": _digits(truth.area_cm2),
        "hair_count": len(truth.counted),
        "density_per_cm2": _digits(truth.density_per_cm2) if truth.area_cm2 > 0 else None,
        "unit_count": len(truth.unit_sizes),
        "to_px": [[_digits(value) for value in row] for row in truth.to_px],
        "hairs": hairs,
    }


def _digits(value: float) -> float:
    """Twelve digits of a number: what lies beyond them is rounding, which differs from machine to machine."""
    return float(f"{value:.12g}")


def read_truth(record: dict[str, Any]) -> Truth:
    """The truth from the values that `truth_record` gave."""
    hairs = tuple(
        TrueHair(
            hair=row["hair"],
            unit=row["unit"],
            kind=row["kind"],
            colour=row["colour"],
            points_px=np.array(row["points_px"], float).reshape(-1, 2),
            widths_um=np.array(row["widths_um"], float),
            root_mm=np.array(row["root_mm"], float),
            length_mm=row["length_mm"],
            visible_share=row["visible_share"],
            counted=row["counted"],
        )
        for row in record["hairs"]
    )
    return Truth(
        style=record["style"],
        seed=record["seed"],
        visit=record["visit"],
        um_per_px=record["um_per_px"],
        size_px=(record["width_px"], record["height_px"]),
        area_cm2=record["area_cm2"],
        hairs=hairs,
        to_px=np.array(record["to_px"], float),
    )
