"""Styles say in one sentence what is wrong with a value, and every named one can be had and changed."""

from __future__ import annotations

import pytest

from densitometer.errors import RenderError
from densitometer.synthetic.style import CameraStyle, ExtrasStyle, HairStyle, Ranges, SkinStyle, build
from densitometer.synthetic.styles import find_style, styles

NONSENSE = [
    (HairStyle, {"width_um": (80.0, 60.0)}, "smaller number first"),
    (HairStyle, {"width_um": (-5.0, 60.0)}, "hair.width_um cannot be -5; it must be above 0 and up to 200"),
    (HairStyle, {"density_per_cm2": (100.0, 5000.0)}, "cannot be 5000; it must be 0 to 1000"),
    (HairStyle, {"length_mm": (0.0, 1.0)}, "above 0"),
    (HairStyle, {"fine_share": (0.5, 1.5)}, "hair.fine_share cannot be 1.5; it must be 0 to 1"),
    (HairStyle, {"colours": ("green",)}, "hair.colours: no 'green'; choose from black, dark_brown"),
    (HairStyle, {"colours": ()}, "choose from"),
    (HairStyle, {"unit_weights": (0.0, 0.0)}, "not zero"),
    (HairStyle, {"regularity": 2.0}, "it must be 0 to 1"),
    (HairStyle, {"width_mu": (60.0, 80.0)}, "hair.width_mu is not known"),
    (HairStyle, {"width_um": (60.0, float("inf"))}, "hair.width_um: .* finite number, not inf"),
    (HairStyle, {"unevenness": (0.0, 1.0)}, "0.4"),
    (HairStyle, {"taper": (0.5, 5.0)}, "it must be 0 to 1"),
    (HairStyle, {"lift_deg": (0.0, 200.0)}, "0 to 90"),
    (SkinStyle, {"halo": (-100.0, 1.0)}, "it must be 0 or more"),
    (SkinStyle, {"wrinkle_mm": (0.0, 0.1)}, "above 0"),
    (CameraStyle, {"depth_mm": (0.0, 0.1)}, "above 0"),
    (CameraStyle, {"noise": (-3.0, 1.0)}, "it must be 0 or more"),
    (CameraStyle, {"exposure": (0.5, 5.0)}, "above 0 and below 1"),
    (CameraStyle, {"vignette": (0.5, 2.0)}, "it must be 0 to 1"),
    (SkinStyle, {"fitzpatrick": (0.0, 9.0)}, "cannot be 0; it must be 1 to 6"),
    (CameraStyle, {"um_per_px": (0.0, 5.0)}, "1 to 40"),
    (CameraStyle, {"light": "candle"}, "candle"),
    (CameraStyle, {"tilt_deg": (0.0, 80.0)}, "0 to 30"),
    (CameraStyle, {"jpeg_quality": (1.0, 90.0)}, "cannot be 1; it must be 5 to 100"),
    (ExtrasStyle, {"ink_chance": 3.0}, "it must be 0 to 1"),
    (ExtrasStyle, {"flakes_per_cm2": (-3.0, 1.0)}, "it must be 0 or more"),
]


@pytest.mark.parametrize(("kind", "values", "says"), NONSENSE)
def test_nonsense_is_refused_in_one_clear_sentence(kind: type[Ranges], values: dict[str, object], says: str) -> None:
    with pytest.raises(RenderError, match=says) as refused:
        build(kind, **values)
    assert str(refused.value).startswith(f"{kind.part}.") and "\n" not in str(refused.value)


def test_every_style_is_named_and_told() -> None:
    assert len(styles()) >= 20
    for name, style in styles().items():
        assert style.name == name and len(style.about) > 15
        assert style.purpose == style.shows or style.purpose.startswith("the plain case")
    assert styles()["trimmed_70x"].purpose.startswith("the plain case")
    assert {"trimmed_70x", "clipped_wide", "untrimmed_dermoscope"} <= set(styles())


def test_failure_modes_of_counters_have_a_style() -> None:
    shown = " ".join(style.shows for style in styles().values())
    for failure in (
        "cross",
        "one opening",
        "non-uniform width",
        "edge",
        "low contrast",
        "glare",
        "bubbles",
        "dye",
        "flakes",
    ):
        assert failure in shown


def test_an_unknown_style_lists_the_known_ones() -> None:
    with pytest.raises(RenderError, match="trimmed_70x"):
        find_style("trimmed_71x")


def test_parts_can_be_changed_and_the_rest_stays() -> None:
    changed = find_style("blond", {"camera": {"um_per_px": (5.0, 5.0)}})
    assert changed.camera.um_per_px == (5.0, 5.0)
    assert changed.hair == find_style("blond").hair


def test_an_unknown_part_is_named() -> None:
    with pytest.raises(RenderError, match="lens"):
        find_style("blond", {"lens": {}})


def test_two_weights_of_units_are_no_range() -> None:
    assert build(HairStyle, unit_weights=(0.9, 0.1)).unit_weights == (0.9, 0.1)
