"""What a result was made from and with: two results of which all of it agrees are the same result."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from densitometer.settings import Settings

# What the numbers and the overlays depend on; the libraries that only draw plots or fill pages are left out.
LIBRARIES = ("numpy", "opencv-python-headless", "pillow", "pillow-heif", "tifffile", "scikit-image", "scipy")
# Wheels that bring OpenCV, of which one is installed.
_OPENCV = (LIBRARIES[1], "opencv-python", "opencv-contrib-python-headless", "opencv-contrib-python")


def made_of(sha256: str | None, um_per_px: float | None, from_visits: bool, settings: Settings) -> dict[str, object]:
    """Return what the result of a photograph is made from and with, as plain values for JSON.

    Parameters
    ----------
    sha256 : str or None
        Of the photograph's file; None when that is not known.
    um_per_px : float or None
        Scale as stated; None when none was.
    from_visits : bool
        True when the table of visits states the scale, False when the command does.
    settings : Settings
    """
    scale_from = None if um_per_px is None else "visits" if from_visits else "command"
    return {"sha256": sha256, "um_per_px": um_per_px, "scale_from": scale_from, **_made_with(settings)}


def agrees(then: Mapping[str, object], now: Mapping[str, object], *, but_file: bool = False) -> bool:
    """Tell whether two results are made of the same; ``but_file`` takes the files for the same."""
    if but_file:
        return {**then, "sha256": None} == {**now, "sha256": None}
    return then["sha256"] is not None and then == now


def difference(then: Mapping[str, object], now: Mapping[str, object]) -> str:
    """Say in what the making of a result differs from what would make it now; empty where it does not."""
    told = [_of_file(then, now), _of_scale(then, now), _of_method(then, now)]
    told += [_of_version("densitometer", then.get("densitometer"), now.get("densitometer"))]
    before, after = then.get("libraries"), now.get("libraries")
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        told += [_of_version(name, before.get(name), after.get(name)) for name in sorted({*before, *after})]
    return "; ".join(filter(None, told))


def _of_file(then: Mapping[str, object], now: Mapping[str, object]) -> str:
    known = then.get("sha256") is not None and now.get("sha256") is not None
    return "the file is another" if known and then["sha256"] != now["sha256"] else ""


def _of_scale(then: Mapping[str, object], now: Mapping[str, object]) -> str:
    before, after = _scale(then), _scale(now)
    return "" if before == after else f"measured with {before}, now with {after}"


def _of_method(then: Mapping[str, object], now: Mapping[str, object]) -> str:
    """Say how the settings or the weights differ; a result without weights was made by ``--method ridge``."""
    before, after = (made.get("model_sha256") for made in (then, now))
    if (before is None) != (after is None):
        return "the method was ridge, now network" if before is None else "the method was network, now ridge"
    settings = "the settings differ" if then.get("settings_sha256") != now.get("settings_sha256") else ""
    weights = "the weights of the network differ" if before != after else ""
    return "; ".join(filter(None, (settings, weights)))


def _scale(made: Mapping[str, object]) -> str:
    if made.get("um_per_px") is None:
        return "no stated scale"
    return f"{made['um_per_px']} um per px stated by the {made.get('scale_from')}"


def _of_version(name: str, then: object, now: object) -> str:
    if then == now:
        return ""
    return f"measured by {name} {then}, now {now}" if then and now else f"{name} was {then or 'absent'}, now {now}"


@cache
def _made_with(settings: Settings) -> Mapping[str, object]:
    from densitometer.strands.weights import packaged_model  # loads OpenCV, which most users of this module need not

    model = packaged_model().facts.sha256 if settings.method == "network" else None
    libraries = {name: installed_version(name) for name in LIBRARIES}
    return {
        **{"settings_sha256": settings.sha256, "densitometer": installed_version("densitometer")},
        **{"model_sha256": model, "libraries": libraries},
    }


@cache
def installed_version(name: str) -> str | None:
    """Version of an installed package; None where it is not."""
    for called in _OPENCV if name in _OPENCV else (name,):
        try:
            return version(called)
        except PackageNotFoundError:  # another wheel of OpenCV, or a source tree that was never installed
            continue
    return _opencv_itself() if name in _OPENCV else None


def _opencv_itself() -> str | None:
    """Version that OpenCV states itself, where no wheel brought it."""
    try:
        import cv2
    except ImportError:
        return None
    return str(cv2.__version__)
