from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from densitometer.visits.comparison import HairMatch
from densitometer.visits.match import match_hairs_of
from densitometer.visits.warp import Warp
from drawn_matches import laid, lattice, view, without

ROOTS = lattice()


def fates(matches: tuple[HairMatch, ...]) -> Counter[str]:
    return Counter(match.fate for match in matches)


def pairs(matches: tuple[HairMatch, ...]) -> list[tuple[int | None, int | None]]:
    return [(match.baseline_hair, match.followup_hair) for match in matches]


def test_identical_views_persist_hair_by_hair() -> None:
    one = view(ROOTS)
    matches = match_hairs_of(one, one, laid())
    assert pairs(matches) == [(k, k) for k in range(1, len(ROOTS) + 1)]
    assert fates(matches) == {"persisting": len(ROOTS)}
    assert all(match.width_change_um == 0 for match in matches)


def test_sure_hairs_that_are_gone_are_lost_and_new_ones_gained() -> None:
    whole = view(ROOTS)
    lost = match_hairs_of(whole, without(whole, 5, 20, 33), laid())
    assert [match.baseline_hair for match in lost if match.fate == "lost"] == [6, 21, 34]
    gained = match_hairs_of(without(whole, 5, 20, 33), whole, laid())
    assert [match.followup_hair for match in gained if match.fate == "gained"] == [6, 21, 34]
    assert all(match.probability > 0.5 for match in (*lost, *gained))


def test_where_a_hair_is_missing_its_place_is_told_in_both_photographs() -> None:
    whole = view(ROOTS)
    moved = Warp(np.array([[1.0, 0.0, 100.0], [0.0, 1.0, -50.0]]))
    shifted = view(ROOTS + [100.0, -50.0])
    matches = match_hairs_of(whole, without(shifted, 20), laid(warp=moved))
    (missing,) = [match for match in matches if match.followup_hair is None]
    assert missing.baseline_um == pytest.approx(ROOTS[20])
    assert missing.followup_um == pytest.approx(ROOTS[20] + [100.0, -50.0])


def test_faint_partner_that_does_not_count_rescues_a_hair() -> None:
    confidence = np.full(len(ROOTS), 0.97)
    confidence[20] = 0.08
    matches = match_hairs_of(view(ROOTS), view(ROOTS, confidence=confidence), laid())
    assert fates(matches) == {"persisting": len(ROOTS)}


def test_faint_hairs_found_once_are_not_listed() -> None:
    extra = np.vstack([ROOTS, [[1500.0, 1500.0]]])
    confidence = np.append(np.full(len(ROOTS), 0.97), 0.1)
    matches = match_hairs_of(view(extra, confidence=confidence), view(ROOTS), laid())
    assert len(matches) == len(ROOTS)


def test_every_hair_is_matched_at_most_once() -> None:
    doubled = np.vstack([ROOTS, ROOTS[10:14] + [25.0, 10.0]])
    matches = match_hairs_of(view(ROOTS), view(doubled), laid())
    for side in zip(*pairs(matches), strict=True):
        found = [hair for hair in side if hair is not None]
        assert len(found) == len(set(found))
    assert fates(matches)["persisting"] == len(ROOTS)


@pytest.mark.parametrize("turn_deg", [40.0, -40.0, 120.0])
def test_hair_combed_another_way_is_the_same_hair(turn_deg: float) -> None:
    matches = match_hairs_of(view(ROOTS), view(ROOTS, angle_deg=20.0 + turn_deg), laid())
    assert pairs(matches) == [(k, k) for k in range(1, len(ROOTS) + 1)]


def test_hair_cut_shorter_is_the_same_hair() -> None:
    matches = match_hairs_of(view(ROOTS, length_um=900.0), view(ROOTS, length_um=250.0), laid())
    assert fates(matches) == {"persisting": len(ROOTS)}


def test_root_told_at_the_wrong_end_is_the_same_hair() -> None:
    one = view(ROOTS)
    turned = view(ROOTS)
    turned.root_um[7], turned.tip_um[7] = one.tip_um[7].copy(), one.root_um[7].copy()
    turned.root_confidence[7] = 0.55
    assert (8, 8) in pairs(match_hairs_of(one, turned, laid()))


def test_hair_outside_the_common_field_has_no_fate() -> None:
    one = view(ROOTS)
    half = view(ROOTS)
    half.usable[:, : half.usable.shape[1] // 2] = False
    places = [match.baseline_um[0] for match in match_hairs_of(one, without(half, *range(len(ROOTS))), laid())]
    assert places
    assert min(places) >= 2900.0


@pytest.mark.parametrize("empty", ["baseline", "followup", "both"])
def test_views_without_hair(empty: str) -> None:
    whole, none = view(ROOTS), view(np.zeros((0, 2)))
    before = none if empty in ("baseline", "both") else whole
    after = none if empty in ("followup", "both") else whole
    matches = match_hairs_of(before, after, laid())
    assert len(matches) == (0 if empty == "both" else len(ROOTS))
    if empty == "followup":
        assert set(fates(matches)) <= {"lost", "ambiguous"}
        assert fates(matches)["lost"] > len(ROOTS) / 2


def test_no_common_hair() -> None:
    matches = match_hairs_of(view(ROOTS[:20]), view(ROOTS[24:]), laid())
    assert not fates(matches)["persisting"]
    assert fates(matches)["lost"] and fates(matches)["gained"]


def test_same_input_gives_the_same_matches() -> None:
    one, other = view(ROOTS), view(ROOTS[3:] + 7.0)
    assert match_hairs_of(one, other, laid()) == match_hairs_of(one, other, laid())


def test_width_change_needs_both_widths_measured() -> None:
    one, other = view(ROOTS, width_um=60.0), view(ROOTS, width_um=52.0)
    other.estimated[4] = True
    other.width_um[5] = np.nan
    matches = match_hairs_of(one, other, laid())
    assert [match.width_change_um for match in matches[3:7]] == [-8.0, None, None, -8.0]
