"""Between two visits every hair meets a known fate, and nothing else changes."""

from functools import cache

import numpy as np
import pytest

from densitometer.errors import RenderError
from densitometer.synthetic import growth
from densitometer.synthetic.fates import GAINED_A_VISIT, Change, Fate, change_scalp
from densitometer.synthetic.growth import grow_scalp
from densitometer.synthetic.strand import Scalp, Strand
from densitometer.synthetic.style import ExtrasStyle, HairStyle, build

HAIR = HairStyle()
EXTRAS = ExtrasStyle(clippings_per_cm2=(30.0, 30.0))


@cache
def first_visit() -> Scalp:
    return grow_scalp(HAIR, EXTRAS, 5, (12.0, 10.0))


def rooted(scalp: Scalp) -> dict[int, Strand]:
    return {strand.hair: strand for strand in scalp.strands if strand.kind != "loose"}


def counts(fates: dict[int, Fate]) -> dict[str, int]:
    return {fate: sum(one.fate == fate for one in fates.values()) for fate in ("persisting", "lost", "gained")}


def test_no_change_changes_nothing() -> None:
    second, fates = change_scalp(first_visit(), HAIR, Change(), 1, 1)
    before, after = rooted(first_visit()), rooted(second)
    assert before.keys() == after.keys() == fates.keys()
    for hair, strand in before.items():
        np.testing.assert_array_equal(strand.points_mm, after[hair].points_mm)
        np.testing.assert_array_equal(strand.widths_um, after[hair].widths_um)
        assert fates[hair] == Fate("persisting", 0.0)


def test_lost_and_gained_are_counted_exactly() -> None:
    second, fates = change_scalp(first_visit(), HAIR, Change(lost_share=0.1, gained_share=0.15), 1, 1)
    before, after = rooted(first_visit()), rooted(second)
    lost, gained = before.keys() - after.keys(), after.keys() - before.keys()
    assert len(lost) == round(0.1 * len(before))
    assert len(gained) == round(0.15 * len(before))
    assert counts(fates) == {"persisting": len(before) - len(lost), "lost": len(lost), "gained": len(gained)}
    assert {hair for hair, fate in fates.items() if fate.fate == "lost"} == lost
    assert {hair for hair, fate in fates.items() if fate.fate == "gained"} == gained


def test_new_hairs_join_units_and_open_new_ones() -> None:
    second, fates = change_scalp(first_visit(), HAIR, Change(gained_share=0.3), 1, 1)
    old_units = {strand.unit for strand in rooted(first_visit()).values()}
    after = rooted(second)
    new = [after[hair] for hair, fate in fates.items() if fate.fate == "gained"]
    beside = [strand for strand in new if strand.unit in old_units]
    assert 0.2 < len(beside) / len(new) < 0.8
    roots = np.array([strand.root_mm for strand in after.values()])
    for strand in new:
        apart = np.sort(np.linalg.norm(roots - strand.root_mm, axis=1))[1]
        assert 0.01 < apart < (0.4 if strand in beside else 2.0)
        assert (strand.root_mm >= 0).all()
        assert (strand.root_mm <= (12.0, 10.0)).all()


def test_widths_change_by_what_the_fate_says() -> None:
    change = Change(thinned_share=0.2, thickened_share=0.1, width_change_um=(10.0, 15.0))
    second, fates = change_scalp(first_visit(), HAIR, change, 1, 1)
    before, after = rooted(first_visit()), rooted(second)
    assert sum(fate.width_change_um < 0 for fate in fates.values()) == round(0.2 * len(before))
    assert sum(fate.width_change_um > 0 for fate in fates.values()) == round(0.1 * len(before))
    for hair, fate in fates.items():
        real = after[hair].widths_um.mean() - before[hair].widths_um.mean()
        assert real == pytest.approx(fate.width_change_um, abs=1e-6)
        assert -15 - 1e-9 <= fate.width_change_um <= 15 + 1e-9
        assert 10 - 1e-9 <= after[hair].widths_um.mean() <= 140 + 1e-9


def test_cut_and_combed_hair_keeps_its_follicle() -> None:
    change = Change(
        lost_share=0.1, thinned_share=0.1, recut_mm=(1.1, 1.1), recomb_deg=(30.0, 30.0), comb_spread_deg=(4.0, 4.0)
    )
    second, fates = change_scalp(first_visit(), HAIR, change, 1, 1)
    before, after = rooted(first_visit()), rooted(second)
    turns = []
    for hair, strand in after.items():
        old = before[hair]
        np.testing.assert_array_equal(strand.root_mm, old.root_mm)
        np.testing.assert_array_equal(strand.under_mm, old.under_mm)
        assert (strand.unit, strand.kind, strand.colour) == (old.unit, old.kind, old.colour)
        real = strand.widths_um.mean() - old.widths_um.mean()
        assert real == pytest.approx(fates[hair].width_change_um, abs=1e-6)
        one, two = (line[2, :2] - line[0, :2] for line in (old.points_mm, strand.points_mm))
        turns.append(np.angle(np.exp(1j * (np.arctan2(two[1], two[0]) - np.arctan2(one[1], one[0])))))
    assert np.degrees(np.mean(turns)) == pytest.approx(30, abs=2)
    lengths = [strand.length_mm for strand in after.values() if strand.kind == "terminal"]
    assert np.median(lengths) == pytest.approx(1.1, rel=0.05)


def test_hairs_of_a_unit_are_combed_together() -> None:
    second, _ = change_scalp(first_visit(), HAIR, Change(comb_spread_deg=(25.0, 25.0)), 1, 1)
    before, after = rooted(first_visit()), rooted(second)
    turn: dict[int, list[float]] = {}
    for hair, strand in after.items():
        one, two = (line[1, :2] - line[0, :2] for line in (before[hair].points_mm, strand.points_mm))
        angle = np.angle(np.exp(1j * (np.arctan2(two[1], two[0]) - np.arctan2(one[1], one[0]))))
        turn.setdefault(strand.unit, []).append(float(np.degrees(angle)))
    within = np.mean([np.ptp(angles) for angles in turn.values() if len(angles) > 1])
    assert within < 8
    assert np.std([np.mean(angles) for angles in turn.values()]) > 18


def test_loose_pieces_are_others_at_the_second_visit() -> None:
    second, fates = change_scalp(first_visit(), HAIR, Change(), 1, 1, EXTRAS)
    first = {strand.hair for strand in first_visit().strands if strand.kind == "loose"}
    later = {strand.hair for strand in second.strands if strand.kind == "loose"}
    assert first
    assert later
    assert not first & later
    assert not later & fates.keys()


def test_three_visits_never_use_a_number_twice() -> None:
    change = Change(lost_share=0.5, gained_share=0.4, recut_mm=(0.5, 0.8))
    second, _ = change_scalp(first_visit(), HAIR, change, 1, 1)
    third, fates = change_scalp(second, HAIR, change, 1, 2)
    new = {hair for hair, fate in fates.items() if fate.fate == "gained"}
    assert not new & rooted(first_visit()).keys()
    assert not new & rooted(second).keys()
    assert new <= rooted(third).keys()


def test_a_unit_that_lost_its_hairs_never_gives_its_number_to_another() -> None:
    scalp, ever = first_visit(), {strand.unit for strand in rooted(first_visit()).values()}
    for visit in range(1, 5):
        before = {strand.unit for strand in rooted(scalp).values()}
        scalp, fates = change_scalp(scalp, HAIR, Change(lost_share=0.9, gained_share=0.3), 1, visit)
        units = {strand.unit for hair, strand in rooted(scalp).items() if fates[hair].fate == "gained"}
        opened = units - before
        assert visit > 2 or opened
        assert not opened & ever
        ever |= opened


def test_hairs_and_loose_pieces_of_many_visits_never_share_a_number() -> None:
    scalp, loose, hairs = first_visit(), set(), set()
    for visit in range(1, 13):
        loose |= {strand.hair for strand in scalp.strands if strand.kind == "loose"}
        hairs |= rooted(scalp).keys()
        change = Change(lost_share=0.3, gained_share=0.3) if visit in (5, 10, 12) else Change()
        scalp, _ = change_scalp(scalp, HAIR, change, 1, visit, EXTRAS)
    assert max(hairs) > 1_000_000
    assert not loose & hairs


def test_more_hair_than_has_numbers_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "MOST_HAIRS", len(rooted(first_visit())) + 3)
    with pytest.raises(RenderError, match="hairs are too many"):
        change_scalp(first_visit(), HAIR, Change(gained_share=0.5), 1, 1)
    assert growth.MOST_HAIRS < GAINED_A_VISIT


def test_the_same_seed_gives_the_same_fates() -> None:
    change = Change(lost_share=0.1, gained_share=0.1, thinned_share=0.1, recut_mm=(0.5, 0.8))
    (one, fates), (two, same), (_, other) = (change_scalp(first_visit(), HAIR, change, seed, 1) for seed in (3, 3, 4))
    assert fates == same != other
    for a, b in zip(one.strands, two.strands, strict=True):
        np.testing.assert_array_equal(a.points_mm, b.points_mm)
        np.testing.assert_array_equal(a.widths_um, b.widths_um)


def test_a_scalp_may_lose_every_hair() -> None:
    second, fates = change_scalp(first_visit(), HAIR, Change(lost_share=1.0), 1, 1)
    assert second.strands == ()
    again, none = change_scalp(second, HAIR, Change(lost_share=0.5, gained_share=0.5, recut_mm=(1.0, 1.0)), 1, 2)
    assert again.strands == ()
    assert none == {}
    assert counts(fates)["persisting"] == 0


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"lost_share": 1.5}, "it must be 0 to 1"),
        ({"gained_share": -0.1}, "it must be 0 to 1"),
        ({"lost_share": 0.6, "thinned_share": 0.6}, "add up"),
        ({"width_change_um": (-5.0, 5.0)}, "it must be 0 or more"),
        ({"width_change_um": (9.0, 5.0)}, "smaller number first"),
        ({"width_change_um": (9.0, 500.0)}, "up to 100"),
        ({"recut_mm": (0.0, 1.0)}, "above 0"),
        ({"recomb_deg": (0.0, 400.0)}, "^recomb_deg cannot be 400; it must be -180 to 180"),
        ({"comb_spread_deg": (-1.0, 4.0)}, "comb_spread_deg"),
        ({"shaved": True}, "shaved"),
    ],
)
def test_nonsense_changes_are_refused(values: dict[str, object], says: str) -> None:
    with pytest.raises(RenderError, match=says):
        build(Change, **values)


def test_nonsense_visits_are_refused() -> None:
    for seed, visit in ((-1, 1), (1, 0), (1, 10_000)):
        with pytest.raises(RenderError, match="visit"):
            change_scalp(first_visit(), HAIR, Change(), seed, visit)
