"""Installation qualification: scenes of known truth are rendered and measured on this machine, and held to limits.

The scenes are easy on purpose: what fails here is the installation or a change that broke the method, not a hard
photograph. How well hard ones are measured stands in ``benchmarks/RESULTS.md``. The limits lie outside what 24 other
sets of seeds gave at worst, by about as much again as those lie from their mean (`benchmarks/selftest_limits.py`);
`tests/test_selftest.py` holds that what is broken fails.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from densitometer.errors import ResultsError
from densitometer.evaluate import match_hairs, right_roots
from densitometer.measure import Measurement
from densitometer.photo import Photo, read_photo
from densitometer.pipeline import measure_photo
from densitometer.synthetic.scene import Scene, render_scene
from densitometer.synthetic.seen import seen_part
from densitometer.synthetic.style import CameraStyle, ExtrasStyle, HairStyle, SkinStyle, Style, build

SEED = 1
"""First seed of the self-test; other seeds are for setting its limits."""
SIZE_PX = (640, 512)
RECORD = "selftest.json"
_TOLERANCE_UM = 120.0
_LIBRARIES = ("numpy", "opencv-python-headless", "pillow", "scikit-image", "scipy")
_NONE = (0.0, 0.0)

_HAIR = {
    "density_per_cm2": (170.0, 170.0), "unit_weights": (0.75, 0.22, 0.03), "regularity": 0.9, "width_um": (68.0, 80.0),
    "width_spread": (0.08, 0.12), "fine_share": _NONE, "length_mm": (0.45, 0.65), "length_spread": (0.08, 0.15),
    "lift_deg": (15.0, 30.0), "comb_spread_deg": (4.0, 8.0), "fan_deg": (8.0, 14.0), "opening_um": (130.0, 170.0),
    "bend_per_mm": (0.02, 0.1), "under_strength": (0.6, 0.9), "colours": ("black",),
}  # fmt: skip
_SKIN = {
    "fitzpatrick": (1.8, 3.0), "redness": (0.0, 0.2), "mottle": (0.2, 0.4), "vessels": (0.0, 0.1),
    "pigment_network": _NONE, "freckles": _NONE, "yellow_dots": _NONE, "pores": (0.0, 0.1), "lines": (0.2, 0.4),
    "wrinkles": _NONE, "scale": (0.0, 0.1), "halo": (0.2, 0.5),
}  # fmt: skip
_CAMERA = {
    "um_per_px": (6.0, 6.0), "tilt_deg": (0.0, 2.0), "glare": (0.0, 0.1), "hair_shine": (0.1, 0.2),
    "shadow": (0.2, 0.3), "depth_mm": (0.6, 1.0), "focus_mm": (0.0, 0.1), "blur_um": (3.0, 4.0), "defocus_px": _NONE,
    "vignette": (0.05, 0.15), "cast": (0.0, 0.1), "noise": (1.0, 1.5), "sharpening": (0.0, 0.2),
    "jpeg_quality": (92.0, 95.0), "exposure": (0.55, 0.65),
}  # fmt: skip
_EXTRAS = {
    "flakes_per_cm2": _NONE, "bubbles_per_cm2": _NONE, "clippings_per_cm2": _NONE, "debris_per_cm2": _NONE,
    "shaft_debris": _NONE,
}  # fmt: skip

Measure = Callable[..., Measurement]
Values = dict[str, object]


@dataclass(frozen=True)
class Case:
    """One scene of the self-test: its style, how many seeds after the first its own lies, and the scale stated."""

    kind: str
    style: Style
    seed: int
    stated: bool = True


@dataclass(frozen=True)
class Check:
    """One figure and its limits.

    Attributes
    ----------
    name : str
        What was checked.
    value : float or None
        What came out; None where nothing could be worked out, which fails.
    low, high : float
        Limits, included.
    unit : str
    """

    name: str
    value: float | None
    low: float
    high: float
    unit: str = ""

    @property
    def passed(self) -> bool:
        """Whether the figure lies within its limits."""
        return self.value is not None and self.low <= self.value <= self.high


@dataclass(frozen=True)
class SelfTest:
    """The outcome of a self-test.

    Attributes
    ----------
    checks : tuple of Check
    versions : dict of str to str
        Of densitometer, Python, the libraries, and the machine they run on.
    pictures : dict of str to bytes
        The photographs that were measured, as JPEG files, by name.
    ran_at : str
        When it ran: date and time in UTC, as ISO 8601.
    host : str
        Name of the machine that it ran on.
    """

    checks: tuple[Check, ...]
    versions: dict[str, str]
    pictures: dict[str, bytes]
    ran_at: str = ""
    host: str = ""

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.checks)


@dataclass(frozen=True)
class _Measured:
    """A case with its scene and what was measured on it."""

    case: Case
    scene: Scene
    photo: Photo
    measurement: Measurement


def cases() -> tuple[Case, ...]:
    """The scenes that are rendered and measured."""
    dark = _style("selftest_dark")
    light = _style(
        "selftest_light",
        hair={"colours": ("white",), "under_strength": (0.0, 0.1)},
        skin={"fitzpatrick": (4.6, 5.4)},
        camera={"exposure": (0.32, 0.4)},
    )
    bar = _style("selftest_bar", extras={"bar_chance": 1.0})
    bare = _style("selftest_bare", hair={"density_per_cm2": _NONE})
    return (
        *(Case("dark", dark, seed) for seed in range(3)),
        *(Case("light", light, seed) for seed in range(3)),
        Case("bar", bar, 1, stated=False),
        Case("bar", bar, 2, stated=False),
        Case("no_scale", dark, 3, stated=False),
        Case("bare", bare, 0),
    )


def run_selftest(seed: int = SEED, measure: Measure = measure_photo) -> SelfTest:
    """Render the scenes, measure them and hold the figures to their limits.

    Parameters
    ----------
    seed : int
        First seed of each style.
    measure : callable
        Called as `densitometer.pipeline.measure_photo`.
    """
    ran_at = datetime.now(UTC).isoformat(timespec="seconds")
    with tempfile.TemporaryDirectory() as folder:
        done = [_measure(case, seed, Path(folder), measure) for case in cases()]
    return SelfTest(
        checks=tuple(_checks(done, seed, measure)),
        versions=_versions(),
        pictures={_picture(item.case, seed): item.scene.jpeg for item in done},
        ran_at=ran_at,
        host=platform.node(),
    )


def refuse_taken(out: Path, names: Sequence[str] = ()) -> None:
    """Refuse a folder with files of these names, or of those that a self-test writes: a record is never replaced.

    Raises
    ------
    ResultsError
        The folder holds such a file.
    """
    names = names or (RECORD, *(_picture(case, SEED) for case in cases()))
    if taken := [name for name in names if (out / name).exists()]:
        raise ResultsError(
            f"{out / taken[0]} is of an earlier self-test and is never replaced; choose another folder for -o, or move "
            "that one away"
        )


def _picture(case: Case, seed: int) -> str:
    return f"{case.style.name}_{seed + case.seed}.jpg"


def write_selftest(outcome: SelfTest, out: Path) -> None:
    """Write the figures as selftest.json, and the pictures, into a folder.

    Raises
    ------
    ResultsError
        The folder cannot be written, or holds such files.
    """
    files = {RECORD: record_text(outcome).encode(), **outcome.pictures}
    refuse_taken(out, tuple(files))
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            partial = out / f"{name}.part"
            partial.write_bytes(data)
            os.replace(partial, out / name)
    except OSError as error:
        raise ResultsError(f"{out} cannot be written ({error.strerror}); choose another folder for -o") from error


def record_text(outcome: SelfTest) -> str:
    """The outcome as JSON: the verdict, when and where, versions, figures with limits, sha256 of the pictures."""
    record = {
        "passed": outcome.passed,
        "ran_at": outcome.ran_at,
        "host": outcome.host,
        "versions": outcome.versions,
        "checks": [asdict(check) | {"passed": check.passed} for check in outcome.checks],
        "pictures": [
            {"picture": name, "sha256": hashlib.sha256(data).hexdigest()} for name, data in outcome.pictures.items()
        ],
    }
    return json.dumps(record, indent=1) + "\n"


def _style(name: str, **changes: Values) -> Style:
    """A style whose every value is set here: changes of the named styles do not reach it."""
    parts: tuple[tuple[str, type, Mapping[str, object]], ...] = (
        ("hair", HairStyle, _HAIR),
        ("skin", SkinStyle, _SKIN),
        ("camera", CameraStyle, _CAMERA),
        ("extras", ExtrasStyle, _EXTRAS),
    )
    built = {part: build(kind, **{**values, **changes.get(part, {})}) for part, kind, values in parts}
    return Style(name=name, about="Easy scenes of the self-test", **built)


def _measure(case: Case, seed: int, folder: Path, measure: Measure) -> _Measured:
    """Render a case and measure it from its file, as a user's photograph would be."""
    scene = render_scene(case.style, seed + case.seed, SIZE_PX)
    path = folder / f"{case.style.name}_{seed + case.seed}.jpg"
    path.write_bytes(scene.jpeg)
    photo = read_photo(path)
    return _Measured(case, scene, photo, measure(photo, stated_um_per_px=_stated(case, scene)))


def _stated(case: Case, scene: Scene) -> float | None:
    return scene.truth.um_per_px if case.stated else None


def _checks(done: Sequence[_Measured], seed: int, measure: Measure) -> Iterator[Check]:
    yield from _same_again(done[0], seed, measure)
    dark, light = ([item for item in done if item.case.kind == kind] for kind in ("dark", "light"))
    yield from _hair_checks("dark hair", dark, _DARK)
    yield Check("dark hair: density", _density_error(dark), *_DENSITY, "% off")
    yield from _hair_checks("light hair on dark skin", light, _LIGHT)
    stated = [item for item in done if item.case.stated]
    yield Check("area", _worst_area_error(stated), *_AREA, "% off, at worst")
    yield from _bar_checks([item for item in done if item.case.kind == "bar"])
    by_kind = {item.case.kind: item for item in done}
    yield from _no_scale_checks(by_kind["no_scale"])
    found = sum(hair.counted for hair in by_kind["bare"].measurement.hairs)
    yield Check("bare skin: hairs found", float(found), *_BARE)


# Limits of count (% off), share of hairs found and right (F1), share of right roots, median error of the width in um.
# Light hair has no shaft under the skin to tell root from tip by.
_DARK = ((-24.0, 6.0), (0.88, 1.0), (0.95, 1.0), (-2.0, 4.0))
_LIGHT = ((-20.0, 18.0), (0.81, 1.0), None, (-17.0, 5.0))
_DENSITY, _AREA, _BAR, _BARE = (-24.0, 6.0), (-0.5, 0.5), (-0.6, 0.6), (0.0, 2.0)
_ONE_PICTURE_F1 = (0.70, 1.0)

Limits = tuple[float, float]


def _same_again(first: _Measured, seed: int, measure: Measure) -> Iterator[Check]:
    again = render_scene(first.case.style, seed + first.case.seed, SIZE_PX)
    yield Check("rendered twice: pictures that differ", float(again.jpeg != first.scene.jpeg), 0.0, 0.0)
    values = measure(first.photo, stated_um_per_px=_stated(first.case, first.scene)).values
    differ = [name for name, value in first.measurement.values.items() if values.get(name) != value]
    yield Check("measured twice: numbers that differ", float(len(differ)), 0.0, 0.0)


def _hair_checks(
    name: str, done: Sequence[_Measured], limits: tuple[Limits, Limits, Limits | None, Limits]
) -> Iterator[Check]:
    count, found, roots, width = limits
    true = sum(len(item.scene.truth.counted) for item in done)
    counted = sum(len(_counted(item)) for item in done)
    matches = [_match(item) for item in done]
    pairs = sum(len(match) for match in matches)
    yield Check(f"{name}: count", 100.0 * (counted - true) / true, *count, "% off")
    yield Check(f"{name}: hairs found and right", 2 * pairs / (true + counted), *found, "F1")
    if roots is not None:
        right = sum(int(_right(item, match).sum()) for item, match in zip(done, matches, strict=True))
        yield Check(f"{name}: root at the right end", right / pairs if pairs else None, *roots, "share")
    errors = [error for item, match in zip(done, matches, strict=True) for error in _width_errors(item, match)]
    yield Check(f"{name}: width", float(np.median(errors)) if errors else None, *width, "um off (median)")


def _bar_checks(done: Sequence[_Measured]) -> Iterator[Check]:
    """A bar that hairs lie over may go unread, but one that is read must be right."""
    scales = [(item.measurement.scale, item.scene.truth.um_per_px) for item in done]
    off = [100.0 * (scale.um_per_px / true - 1.0) for scale, true in scales if scale.um_per_px is not None]
    yield Check("printed bar: pictures in which it was read", float(len(off)), 1.0, float(len(done)))
    yield Check("printed bar: scale", max(off, key=abs, default=None), *_BAR, "% off, at worst")
    yield Check("printed bar: hairs found and right", min(_f1(item) for item in done), *_ONE_PICTURE_F1, "F1")


def _no_scale_checks(item: _Measured) -> Iterator[Check]:
    values = item.measurement.values
    filled = [name for name, value in values.items() if value is not None and ("_cm2" in name or "_um" in name)]
    yield Check("no scale: densities and widths given", float(len(filled)), 0.0, 0.0)
    yield Check("no scale: hairs found and right", _f1(item), *_ONE_PICTURE_F1, "F1")


def _counted(item: _Measured) -> list[int]:
    return [number for number, hair in enumerate(item.measurement.hairs) if hair.counted]


def _ends(item: _Measured) -> tuple[np.ndarray, np.ndarray]:
    """Root and tip of the true and of the found hairs that count, (n, 4) each, in um of the truth."""
    um_per_px = item.scene.truth.um_per_px
    true = np.array([[*hair.root_px, *_seen_tip(hair.points_px)] for hair in item.scene.truth.counted])
    hairs = item.measurement.hairs
    found = np.array([[*hairs[number].root_px, *hairs[number].tip_px] for number in _counted(item)])
    return true.reshape(-1, 4) * um_per_px, found.reshape(-1, 4) * um_per_px


def _seen_tip(points_px: np.ndarray) -> np.ndarray:
    """Last point of a hair that lies in the picture."""
    return np.asarray(points_px[seen_part(points_px, SIZE_PX)][-1])


def _match(item: _Measured) -> np.ndarray:
    return match_hairs(*_ends(item), _TOLERANCE_UM).pairs


def _right(item: _Measured, pairs: np.ndarray) -> np.ndarray:
    return right_roots(*_ends(item), pairs)


def _f1(item: _Measured) -> float:
    return 2 * len(_match(item)) / (len(item.scene.truth.counted) + len(_counted(item)))


def _width_errors(item: _Measured, pairs: np.ndarray) -> list[float]:
    """Measured less true width of each matched hair, in um at the scale that was measured with."""
    um_per_px, numbers = item.measurement.scale.um_per_px, _counted(item)
    if um_per_px is None:
        return []
    true, hairs = item.scene.truth.counted, item.measurement.hairs
    widths = [(hairs[numbers[found]].width_px * um_per_px, true[known].width_um) for known, found in pairs]
    return [measured - known for measured, known in widths if np.isfinite(measured)]


def _density_error(done: Sequence[_Measured]) -> float | None:
    """Percent by which the mean density is off."""
    found = [item.measurement.values.get("density_per_cm2") for item in done]
    true = [item.scene.truth.density_per_cm2 for item in done]
    if any(value is None for value in found):
        return None
    return 100.0 * (float(np.mean([value or 0.0 for value in found])) / float(np.mean(true)) - 1.0)


def _worst_area_error(done: Sequence[_Measured]) -> float | None:
    """The largest percentage by which an area is off."""
    errors = []
    for item in done:
        area = item.measurement.values.get("area_cm2")
        if area is None:
            return None
        errors.append(100.0 * (area / item.scene.truth.area_cm2 - 1.0))
    return max(errors, key=abs)


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "machine": f"{platform.system()} {platform.machine()}"}
    for name in ("densitometer", *_LIBRARIES):
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # another wheel of OpenCV, or a source tree that was never installed
            found[name] = "unknown"
    return found
