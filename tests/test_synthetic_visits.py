"""Two visits show one scalp: every place and every hair where it was, and fates that can be counted."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest

from densitometer.errors import RenderError
from densitometer.synthetic import Change, Scene, Series, Visit, draw_visits, find_style, render_visits, scenarios
from densitometer.synthetic.visits import HairFate, shows

SIZE = (320, 256)
STYLE = find_style("trimmed_70x", {"hair": {"density_per_cm2": (400, 400)}, "camera": {"um_per_px": (8, 8)}})
UNEVEN = find_style("uneven_shafts", {"camera": {"tilt_deg": (10, 10), "um_per_px": (8, 8)}})
STREWN = find_style("clippings", {"hair": {"density_per_cm2": (50, 50)}, "camera": {"um_per_px": (20, 20)}})
NONE = (0.0, 0.0)
BALD = find_style(
    "immersion",
    {
        "hair": {"density_per_cm2": NONE},
        "skin": {"fitzpatrick": (3, 3), "vessels": (1, 1), "freckles": (1, 1), "pigment_network": (0.5, 0.5)},
        "camera": {"um_per_px": (6, 6), "round_field_chance": 0, "noise": NONE, "white_balance": NONE},
        "extras": {f"{thing}_per_cm2": NONE for thing in ("flakes", "bubbles", "clippings", "debris")},
    },
)


@cache
def moved() -> Series:
    change = Change(lost_share=0.2, gained_share=0.2, thinned_share=0.3)
    far = Visit(change, shift=(0.3, -0.2), turn_deg=140.0, scale_factor=1.04)
    return render_visits(STYLE, 11, [Visit(), far, Visit(shift=(-0.1, 0.1), replicate=True)], SIZE)


def roots_mm(scene: Scene) -> dict[int, np.ndarray]:
    """Roots of the hairs in a picture, from their pixels back to the scalp."""
    hairs = [hair for hair in scene.truth.hairs if hair.kind != "loose"]
    at = np.array([[*hair.root_px, 1.0] for hair in hairs]) @ np.linalg.inv(scene.truth.to_px).T
    return {hair.hair: place for hair, place in zip(hairs, at[:, :2] / at[:, 2:], strict=True)}


def test_hairs_that_stay_are_rooted_in_the_same_place() -> None:
    series = moved()
    now, then = roots_mm(series.scenes[1]), roots_mm(series.scenes[0])
    both = now.keys() & then.keys()
    assert len(both) > 10
    for hair in both:
        np.testing.assert_allclose(now[hair], then[hair], atol=1e-6)


def test_fates_agree_with_the_hairs_in_the_pictures() -> None:
    series = moved()
    counted = [{hair.hair: hair for hair in scene.truth.counted} for scene in series.scenes]
    fates = series.between(0, 1)
    assert {fate.hair for fate in fates if fate.counted_before} == counted[0].keys()
    assert {fate.hair for fate in fates if fate.counted} == counted[1].keys()
    for fate in fates:
        if fate.in_both_fields:
            assert (fate.fate == "persisting") == (fate.counted and fate.counted_before)
            assert (fate.fate == "lost") == (fate.counted_before and not fate.counted)
    seen = [fate for fate in fates if fate.in_both_fields]
    assert {fate.fate for fate in seen} == {"persisting", "lost", "gained"}
    assert len(seen) < len(fates)


def test_shares_of_the_whole_scalp_are_those_asked_for() -> None:
    fates = moved().between(0, 1)
    before = [fate for fate in fates if fate.fate != "gained"]
    assert sum(fate.fate == "lost" for fate in fates) == round(0.2 * len(before))
    assert sum(fate.fate == "gained" for fate in fates) == round(0.2 * len(before))
    changes = [fate.width_change_um for fate in fates if fate.width_change_um is not None]
    thinner = [change for change in changes if change < -1e-9]
    assert len(thinner) == pytest.approx(0.3 * len(before), abs=1)
    assert min(thinner) >= -20.001 and all(abs(change) < 1e-9 for change in changes if change not in thinner)


def test_true_widths_change_as_the_fates_say() -> None:
    cut = Change(thinned_share=0.5, recut_mm=(0.8, 1.2), recomb_deg=(20.0, 20.0))
    for series in (moved(), render_visits(UNEVEN, 12, [Visit(), Visit(cut, turn_deg=30.0)], (160, 128))):
        widths = [{hair.hair: hair.width_um for hair in scene.truth.hairs} for scene in series.scenes]
        both = [fate for fate in series.between(0, 1) if fate.hair in widths[0] and fate.hair in widths[1]]
        assert both
        for fate in both:
            assert fate.width_change_um == pytest.approx(widths[1][fate.hair] - widths[0][fate.hair], abs=1e-9)


def test_a_replicate_is_the_same_scalp_under_another_camera() -> None:
    series = moved()
    assert {fate.fate for fate in series.between(1, 2)} == {"persisting"}
    assert {fate.width_change_um for fate in series.between(1, 2)} == {0.0}
    assert {fate.fate for fate in series.between(0, 2)} == {"persisting", "lost", "gained"}
    assert series.scenes[1].jpeg != series.scenes[2].jpeg


def test_loose_pieces_stay_for_a_replicate_alone() -> None:
    visits = [Visit(), Visit(replicate=True), Visit(), Visit(redness=0.5)]
    pictures = [scene.truth.hairs for scene in render_visits(STREWN, 4, visits, (192, 192)).scenes]
    loose = [{hair.hair: hair.root_mm.tolist() for hair in hairs if hair.kind == "loose"} for hairs in pictures]
    assert min(map(len, loose)) > 5
    both = loose[0].keys() & loose[1].keys()
    assert len(both) > 5 and all(loose[0][piece] == loose[1][piece] for piece in both)
    for one, other in ((1, 2), (2, 3), (0, 2)):
        assert not loose[one].keys() & loose[other].keys()
        assert not {tuple(at) for at in loose[one].values()} & {tuple(at) for at in loose[other].values()}


def test_a_second_call_gives_the_same_bytes() -> None:
    visits = [Visit(), Visit(Change(lost_share=0.1), turn_deg=20.0)]
    one, two = (render_visits(STYLE, 3, visits, (128, 96)) for _ in range(2))
    assert [scene.jpeg for scene in one.scenes] == [scene.jpeg for scene in two.scenes]
    assert [(fate.hair, fate.fate) for fate in one.fates] == [(fate.hair, fate.fate) for fate in two.fates]


def texture(scene: Scene) -> np.ndarray:
    grey = cv2.cvtColor(scene.rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return cv2.GaussianBlur(grey, (0, 0), 2) - cv2.GaussianBlur(grey, (0, 0), 12)


def correlation(series: Series) -> float:
    """How alike the skin of two pictures is once the second is laid onto the first by what the truth says."""
    first, second = series.scenes
    onto = first.truth.to_px @ np.linalg.inv(second.truth.to_px)
    laid = cv2.warpPerspective(texture(second), onto, SIZE, flags=cv2.INTER_LINEAR)
    seen = cv2.warpPerspective(second.field.astype(np.uint8), onto, SIZE) & first.field
    inside = cv2.erode(seen, np.ones((5, 5), np.uint8)).astype(bool)
    assert inside.mean() > 0.3
    return float(np.corrcoef(texture(first)[inside], laid[inside])[0, 1])


def test_the_skin_is_the_same_at_both_visits() -> None:
    moved_camera = [Visit(), Visit(shift=(0.1, -0.15), turn_deg=25.0, scale_factor=0.96)]
    assert correlation(render_visits(BALD, 5, moved_camera, SIZE)) > 0.5
    assert abs(correlation(render_visits(BALD, 5, [Visit(), Visit(other_site=True)], SIZE))) < 0.2


def test_redness_and_flaking_change_what_is_seen_and_nothing_else() -> None:
    red, plain = (render_visits(BALD, 6, [Visit(), visit], SIZE) for visit in (Visit(redness=1.0), Visit()))
    assert red.scenes[0].jpeg == plain.scenes[0].jpeg
    ratio = [np.median(s.scenes[1].rgb[..., 0] / np.maximum(s.scenes[1].rgb[..., 1], 1.0)) for s in (red, plain)]
    assert ratio[0] > 1.02 * ratio[1]
    flaking = render_visits(BALD, 6, [Visit(), Visit(flaking=1.0)], SIZE)
    assert flaking.scenes[1].jpeg != plain.scenes[1].jpeg
    assert not [fate for fate in render_visits(STYLE, 6, [Visit(), Visit(redness=1.0, flaking=1.0)], SIZE).fates
                if fate.fate != "persisting"]  # fmt: skip


def test_another_device_sees_the_same_hairs_at_its_scale() -> None:
    series = render_visits(STYLE, 7, [Visit(), Visit(um_per_px=12.0)], SIZE)
    assert [scene.truth.um_per_px for scene in series.scenes] == [8.0, 12.0]
    first, second = ({hair.hair for hair in scene.truth.counted} for scene in series.scenes)
    assert len(second) > 1.5 * len(first)


def test_fates_are_seen_where_both_fields_show_the_place() -> None:
    series = moved()
    places = np.array([fate.root_mm for fate in series.between(0, 1)])
    both = shows(series.scenes[0], places) & shows(series.scenes[1], places)
    assert [fate.in_both_fields for fate in series.between(0, 1)] == both.tolist()


def fates_of(name: str, seed: int = 1) -> list[HairFate]:
    return list(render_visits(STYLE, seed, draw_visits(name, STYLE, seed), (96, 96)).fates)


@pytest.mark.parametrize("name", scenarios())
def test_every_scenario_renders(name: str) -> None:
    visits = draw_visits(name, STYLE, 2)
    series = render_visits(STYLE, 2, visits, (96, 96))
    assert len(series.scenes) == len(visits) >= 2
    assert draw_visits(name, STYLE, 2) == visits != draw_visits(name, STYLE, 3)


def test_scenarios_do_what_they_say() -> None:
    kinds = {name: {fate.fate for fate in fates_of(name)} for name in scenarios()}
    assert kinds["replicate"] == kinds["flare"] == {"persisting"}
    assert kinds["gain"] == {"persisting", "gained"}
    assert kinds["loss"] == {"persisting", "lost"}
    assert kinds["trial"] == kinds["regrown_turned"] == {"persisting", "lost", "gained"}
    assert kinds["other_site"] == set()
    thinner = [fate.width_change_um for fate in fates_of("thinning") if fate.width_change_um is not None]
    assert np.mean(np.array(thinner) < -5) > 0.25


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"shift": (0.4, 0.0)}, "shift of a visit is 0.4; it lies between 0 and 0.333"),
        ({"shift": (0.0, float("nan"))}, "shift of a visit is nan"),
        ({"turn_deg": 190.0}, "turn_deg of a visit is 190"),
        ({"scale_factor": 1.2}, "scale_factor of a visit is 1.2; it lies between 0.95 and 1.05"),
        ({"redness": 5.0}, "redness"),
        ({"flaking": -5.0}, "flaking"),
        ({"change": Change(), "replicate": True}, "has no change of its own"),
        ({"change": Change(), "other_site": True}, "has no change of its own"),
    ],
)
def test_visits_that_make_no_sense_are_refused(values: dict, message: str) -> None:
    with pytest.raises(RenderError, match=message):
        Visit(**values)


@pytest.mark.parametrize("first", [Visit(Change()), Visit(replicate=True), Visit(other_site=True)])
def test_the_first_visit_is_the_baseline(first: Visit) -> None:
    with pytest.raises(RenderError, match="first visit is what the others are compared with"):
        render_visits(STYLE, 1, [first], SIZE)


def test_other_nonsense_is_refused() -> None:
    with pytest.raises(RenderError, match="no visits to render"):
        render_visits(STYLE, 1, [], SIZE)
    with pytest.raises(RenderError, match="seed is -1"):
        render_visits(STYLE, -1, [Visit()], SIZE)
    with pytest.raises(RenderError, match="scale of 100 um per px"):
        render_visits(STYLE, 1, [Visit(um_per_px=100.0)], SIZE)
    with pytest.raises(RenderError, match="no scenario 'nothing'; choose from"):
        draw_visits("nothing", STYLE, 1)
    with pytest.raises(RenderError, match="seed is -1"):
        draw_visits("gain", STYLE, -1)
