"""Hair grows as its style asks: number, units, widths, lengths, directions, and shafts that obey the skin."""

from collections import Counter
from functools import cache

import numpy as np
import pytest

from densitometer.errors import RenderError
from densitometer.synthetic.growth import grow_scalp
from densitometer.synthetic.strand import Scalp, Strand
from densitometer.synthetic.style import ExtrasStyle, HairStyle

CLEAN = ExtrasStyle(clippings_per_cm2=(0.0, 0.0))
SIZE = (30.0, 30.0)
FIXED = HairStyle(
    density_per_cm2=(200.0, 200.0),
    width_um=(70.0, 70.0),
    width_spread=(0.15, 0.15),
    fine_share=(0.1, 0.1),
    length_mm=(0.6, 0.6),
    length_spread=(0.15, 0.15),
    lift_deg=(30.0, 30.0),
)
LONG = HairStyle(length_mm=(20.0, 40.0), density_per_cm2=(100.0, 100.0), bend_per_mm=(0.1, 0.2))
CURLY = HairStyle(length_mm=(6.0, 9.0), curl_mm=(0.4, 0.4), density_per_cm2=(100.0, 100.0), unevenness=(0.0, 0.0))
LYING = HairStyle(length_mm=(15.0, 20.0), lift_deg=(8.0, 12.0), gravity_per_mm=(0.3, 0.3), fine_share=(0.3, 0.3))


@cache
def grown(hair: HairStyle = FIXED, seed: int = 1, size: tuple[float, float] = SIZE) -> Scalp:
    return grow_scalp(hair, CLEAN, seed, size)


def of_kind(scalp: Scalp, kind: str) -> list[Strand]:
    return [strand for strand in scalp.strands if strand.kind == kind]


def direction(strand: Strand) -> float:
    """Usual direction as seen from above, radians."""
    ahead = strand.points_mm[-1] - strand.points_mm[0]
    return float(np.arctan2(ahead[1], ahead[0]))


def arc(points: np.ndarray) -> np.ndarray:
    return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])


def curvature(points: np.ndarray) -> np.ndarray:
    """Turning per mm between the segments of a line."""
    steps = np.diff(points, axis=0)
    length = np.linalg.norm(steps, axis=1)
    cos = (steps[1:] * steps[:-1]).sum(axis=1) / (length[1:] * length[:-1])
    return np.asarray(np.arccos(np.clip(cos, -1, 1)) / ((length[1:] + length[:-1]) / 2))


def test_density_and_units_are_recovered() -> None:
    scalp = grown()
    assert len(scalp.strands) == pytest.approx(200 * 9, rel=0.05)
    sizes = Counter(Counter(strand.unit for strand in scalp.strands).values())
    units = sum(sizes.values())
    for size, share in enumerate(FIXED.unit_weights, start=1):
        assert sizes[size] / units == pytest.approx(share, abs=4 * np.sqrt(share / units))


def test_hairs_and_units_are_numbered_from_one() -> None:
    scalp = grown()
    assert [strand.hair for strand in scalp.strands] == list(range(1, len(scalp.strands) + 1))
    units = {strand.unit for strand in scalp.strands}
    assert units == set(range(1, len(units) + 1))


def test_a_bald_scalp_has_no_hair() -> None:
    assert grown(HairStyle(density_per_cm2=(0.0, 0.0))).strands == ()


def test_hair_points_where_the_style_says() -> None:
    for towards in (20.0, 300.0):
        strands = grown(HairStyle(comb_deg=(towards, towards)), 3).strands
        mean = np.degrees(np.angle(np.exp(1j * (np.array([direction(one) for one in strands]) - np.radians(towards)))))
        assert abs(np.median(mean)) < 8


def test_hairs_of_a_unit_stand_side_by_side() -> None:
    scalp = grown()
    for unit in range(1, 200):
        mates = [strand for strand in scalp.strands if strand.unit == unit]
        roots = np.array([strand.root_mm for strand in mates])
        assert np.ptp(roots, axis=0).max() < 1.0
        for i in range(len(mates)):
            for j in range(i):
                both = (mates[i].widths_um.mean() + mates[j].widths_um.mean()) / 2000
                assert np.linalg.norm(roots[i] - roots[j]) > 0.5 * both


def test_many_neighbours_touch_and_some_cross() -> None:
    gaps, turns = [], []
    strands = grown().strands
    for one, two in zip(strands[:-1], strands[1:], strict=True):
        if one.unit == two.unit:
            both = (one.widths_um.mean() + two.widths_um.mean()) / 2000
            gaps.append(np.linalg.norm(one.root_mm - two.root_mm) / both)
            turns.append(np.degrees(np.angle(np.exp(1j * (direction(one) - direction(two))))))
    assert 0.2 < np.mean(np.array(gaps) < 1.15) < 0.6
    # On photographs half of the near neighbours point apart by more than about ten degrees.
    assert 0.1 < np.mean(np.abs(turns) < 4) < 0.4
    assert 0.3 < np.mean(np.abs(turns) > 8) < 0.8


def test_widths_are_as_asked() -> None:
    scalp = grown()
    terminal = np.array([strand.widths_um.mean() for strand in of_kind(scalp, "terminal")])
    assert np.median(terminal) == pytest.approx(70, rel=0.02)
    assert np.log(terminal).std() == pytest.approx(0.15, abs=0.02)
    fine = np.array([strand.widths_um.mean() for strand in of_kind(scalp, "fine")])
    assert len(fine) / len(scalp.strands) == pytest.approx(0.1, abs=0.03)
    assert fine.min() >= FIXED.fine_width_um[0] - 1e-9
    assert fine.max() <= FIXED.fine_width_um[1] + 1e-9


def test_widths_stay_between_what_hair_can_be() -> None:
    for usual in (12.0, 190.0):
        hair = HairStyle(width_um=(usual, usual), width_spread=(0.5, 0.5), fine_share=(0.0, 0.0))
        widths = np.array([strand.widths_um.mean() for strand in grown(hair).strands])
        assert widths.min() >= 10 - 1e-9
        assert widths.max() <= 140 + 1e-9


def test_shafts_taper_as_asked() -> None:
    hair = HairStyle(taper=(0.6, 0.6), unevenness=(0.0, 0.0), fine_share=(0.0, 0.0))
    ratio = [strand.widths_um[-1] / strand.widths_um[0] for strand in grown(hair).strands]
    assert np.mean(ratio) == pytest.approx(0.6, abs=0.01)


def test_lengths_are_as_asked() -> None:
    length = np.array([strand.length_mm for strand in of_kind(grown(), "terminal")])
    assert np.median(length) == pytest.approx(0.6, rel=0.03)
    assert 0.06 < length.std() < 0.14
    assert length.min() > 0.07


def test_lift_is_as_asked() -> None:
    lift = []
    for strand in grown().strands:
        first = strand.points_mm[1] - strand.points_mm[0]
        lift.append(np.degrees(np.arctan2(first[2], np.hypot(*first[:2]))))
    assert np.mean(lift) == pytest.approx(30, abs=2)
    assert 3 < np.std(lift) < 9


@pytest.mark.parametrize("bend", [0.05, 0.4])
def test_bends_are_as_asked(bend: float) -> None:
    hair = HairStyle(bend_per_mm=(bend, bend), fine_share=(0.0, 0.0), length_mm=(1.0, 1.0), length_spread=(0.0, 0.0))
    sideways = []
    for strand in grown(hair).strands:
        steps = np.diff(strand.points_mm[:, :2], axis=0)
        turn = np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))
        sideways.append((turn[-1] - turn[0]) / strand.length_mm)
    assert np.std(sideways) == pytest.approx(bend, rel=0.25)


def test_directions_drift_over_the_scalp_by_no_more_than_asked() -> None:
    hair = HairStyle(comb_spread_deg=(0.0, 0.0), fan_deg=(0.0, 0.0), bend_per_mm=(0.0, 0.0))
    for seed in range(5):
        angles = np.array([direction(strand) for strand in grown(hair, seed).strands])
        around = np.angle(np.exp(1j * angles) / np.exp(1j * angles).mean())
        assert 0.5 < np.degrees(np.ptp(around)) < 35


def test_scenes_are_combed_in_every_direction() -> None:
    usual = [direction(grown(FIXED, seed, (6.0, 6.0)).strands[0]) for seed in range(40)]
    assert abs(np.exp(1j * np.array(usual)).mean()) < 0.4


@pytest.mark.parametrize("hair", [FIXED, LONG, CURLY, LYING], ids=["trimmed", "long", "curly", "lying"])
def test_no_shaft_enters_the_skin_nor_jumps(hair: HairStyle) -> None:
    for strand in grown(hair, 2, (10.0, 8.0)).strands:
        points = strand.points_mm
        assert len(points) == len(strand.widths_um) >= 6
        assert np.isfinite(points).all()
        assert points[0, 2] == pytest.approx(0, abs=1e-9)
        away = arc(points) > 1.0
        assert points[:, 2].min() >= -1e-9
        assert (points[away, 2] > 0.8 * strand.widths_um.mean() / 2000).all()
        steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
        assert steps.max() < 1.05 * (0.06 if hair is CURLY else 0.16)
        assert steps.min() > 0.5 * steps.max()


def test_gravity_lays_long_hair_down() -> None:
    strands = of_kind(grown(LYING, 2, (10.0, 8.0)), "terminal")
    heights = [strand.points_mm[-1, 2] for strand in strands if strand.length_mm > 4]
    assert len(heights) > 20
    assert np.quantile(heights, 0.9) < 0.4


def test_trimmed_hair_is_smooth() -> None:
    assert max(curvature(strand.points_mm).max() for strand in of_kind(grown(), "terminal")) < 3


def test_curls_have_their_radius() -> None:
    bends = np.concatenate([curvature(strand.points_mm[4:]) for strand in grown(CURLY, 2, (10.0, 8.0)).strands])
    assert 0.6 < np.median(bends) * 0.4 < 1.6
    lengths = [strand.length_mm for strand in of_kind(grown(CURLY, 2, (10.0, 8.0)), "terminal")]
    assert max(lengths) > 5


def test_long_hair_leaves_the_patch_or_ends_by_its_own_length() -> None:
    size = np.array([7.0, 5.0])
    for seed in range(3):
        strands = of_kind(grown(LONG, seed, (7.0, 5.0)), "terminal")
        assert len(strands) > 10
        for strand in strands:
            tip = strand.points_mm[-1, :2]
            assert ((tip < -0.3) | (tip > size + 0.3)).any()


def test_steep_long_hair_leaves_the_patch_too() -> None:
    hair = HairStyle(length_mm=(60.0, 60.0), lift_deg=(80.0, 90.0), bend_per_mm=(0.5, 0.5), fine_share=(0.0, 0.0))
    for strand in grown(hair, 3, (7.0, 5.0)).strands:
        tip = strand.points_mm[-1, :2]
        assert (tip < 0).any() or (tip > (7, 5)).any()


def test_uncut_fine_hair_ends_in_a_point_and_shorter() -> None:
    fine = of_kind(grown(LYING, 2, (15.0, 12.0)), "fine")
    whole = [strand for strand in fine if strand.widths_um[-1] < 0.2 * strand.widths_um[0]]
    assert len(whole) > 0.3 * len(fine)
    assert max(strand.length_mm for strand in fine) < 6.5


@pytest.mark.parametrize("hair", [FIXED, LONG, CURLY, LYING])
def test_points_are_evenly_spaced_along_the_shaft(hair: HairStyle) -> None:
    for strand in grown(hair, 2, (10.0, 8.0)).strands:
        steps = np.linalg.norm(np.diff(strand.points_mm, axis=0), axis=1)
        np.testing.assert_allclose(steps, steps.mean(), rtol=2e-3)
        assert strand.width_um == strand.widths_um.mean()


def test_the_shaft_under_the_skin_goes_on_downwards() -> None:
    for strand in grown().strands[:300]:
        under = strand.under_mm
        np.testing.assert_allclose(under[0], [*strand.root_mm, 0], atol=1e-12)
        assert (np.diff(under[:, 2]) < 0).all()
        back, first = under[0] - under[1], strand.points_mm[1] - strand.points_mm[0]
        turn = np.angle(np.exp(1j * (np.arctan2(back[1], back[0]) - np.arctan2(first[1], first[0]))))
        assert abs(np.degrees(turn)) < 10
        assert back[2] / np.linalg.norm(back) > first[2] / np.linalg.norm(first) - 0.05
        assert 0.08 < arc(under)[-1] < 0.85


def test_colours_follow_the_style() -> None:
    hair = HairStyle(colours=("brown",), grey_share=(0.3, 0.3), fine_share=(0.2, 0.2))
    scalp = grown(hair)
    colours = Counter(strand.colour for strand in scalp.strands)
    assert set(colours) == {"brown", "light_brown", "white"}
    assert colours["white"] / len(scalp.strands) == pytest.approx(0.3, abs=0.05)
    assert {strand.colour for strand in of_kind(scalp, "terminal")} == {"brown", "white"}


def test_the_same_seed_gives_the_same_hair_at_every_visit() -> None:
    loose = ExtrasStyle(clippings_per_cm2=(40.0, 40.0))
    one, two = (grow_scalp(FIXED, loose, 7, (8.0, 6.0), visit) for visit in (0, 1))
    hairs = [[strand for strand in scalp.strands if strand.kind != "loose"] for scalp in (one, two)]
    assert len(hairs[0]) == len(hairs[1]) < len(one.strands)
    for a, b in zip(*hairs, strict=True):
        np.testing.assert_array_equal(a.points_mm, b.points_mm)
        np.testing.assert_array_equal(a.widths_um, b.widths_um)
        np.testing.assert_array_equal(a.under_mm, b.under_mm)
    other = grow_scalp(FIXED, loose, 8, (8.0, 6.0))
    assert not np.array_equal(one.strands[0].points_mm, other.strands[0].points_mm)


@pytest.mark.parametrize(
    ("seed", "size", "visit", "says"),
    [
        (-1, SIZE, 0, "seed"),
        (1, SIZE, -1, "visit"),
        (1, (0.0, 5.0), 0, "size"),
        (1, (-3.0, 5.0), 0, "size"),
        (1, (float("inf"), 5.0), 0, "size"),
    ],
)
def test_nonsense_is_refused(seed: int, size: tuple[float, float], visit: int, says: str) -> None:
    with pytest.raises(RenderError, match=says):
        grow_scalp(FIXED, CLEAN, seed, size, visit)


def test_more_hair_than_can_be_drawn_is_refused() -> None:
    with pytest.raises(RenderError, match="too many"):
        grow_scalp(HairStyle(density_per_cm2=(1000.0, 1000.0)), CLEAN, 1, (99.0, 99.0))
