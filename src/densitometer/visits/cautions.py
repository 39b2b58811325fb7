"""Flags of a comparison: what the two rows of photos.csv give, and what comparing itself showed."""

from __future__ import annotations

from collections.abc import Mapping

Row = Mapping[str, str | int | float | None]

SCALES_DIFFER = 0.02
_MANY_CHANGED = 0.3
"""Share of the hairs, lost or gained, beyond which something else than hair may come and go: above what rendered pairs
(choosing seeds) show that lost or gained up to 30 %, below what cut hair makes that nobody brushed off."""
DEVICE_COLUMNS = frozenset(
    {"device", "camera", "dermoscope", "lens", "magnification", "zoom", "polarisation", "polarization"}
    | {"immersion", "light", "lighting", "illumination", "resolution", "software"}
)
_BEARS_ON_THE_COUNT = frozenset(
    {"blurred", "underexposed", "overexposed", "glare", "no_hairs", "few_hairs", "crowded", "small_field"}
    | {"scale_disagrees", "root_direction_uncertain"}
)


def change_flags(baseline: Row, followup: Row) -> frozenset[str]:
    """Names of the flags that a comparison of two photographs gets from their rows of ``photos.csv``."""
    raised = {
        "same_photograph": bool(baseline["sha256"]) and baseline["sha256"] == followup["sha256"],
        "scale_differs": _scale_differs(baseline["um_per_px"], followup["um_per_px"]),
        "scale_source_differs": _differ(baseline["scale_source"], followup["scale_source"]),
        "device_differs": any(
            _differ(cell, followup.get(name)) for name, cell in baseline.items() if name.casefold() in DEVICE_COLUMNS
        ),
        "one_visit_flagged": bool(flags_on_the_count(baseline) or flags_on_the_count(followup)),
    }
    return frozenset(name for name, found in raised.items() if found)


def flags_on_the_count(row: Row) -> list[str]:
    """Those flags of a photograph that bear on its count."""
    return [flag for flag in str(row["flags"] or "").split(";") if flag in _BEARS_ON_THE_COUNT]


def found_flags(values: Row) -> frozenset[str]:
    """Names of the flags that a comparison gets from what it measured."""
    ratio = values.get("scale_ratio")
    disagree = isinstance(ratio, int | float) and max(ratio, 1 / ratio) > 1 + SCALES_DIFFER
    changed, persisting = (
        sum(int(values.get(fate) or 0) for fate in fates) for fates in (("lost", "gained"), ("persisting",))
    )
    raised = {"scales_disagree": disagree, "many_changed": changed > _MANY_CHANGED * (changed + persisting)}
    return frozenset(name for name, found in raised.items() if found)


def _scale_differs(one: object, other: object) -> bool:
    both = isinstance(one, int | float) and isinstance(other, int | float)
    return both and max(one, other) > (1 + SCALES_DIFFER) * min(one, other)  # type: ignore[call-overload]


def _differ(one: object, other: object) -> bool:
    """Tell whether both cells say something, and not the same."""
    texts = [" ".join(str(cell or "").casefold().split()) for cell in (one, other)]
    return all(texts) and texts[0] != texts[1]
