"""The scores of rendered scenes on small made-up truths whose answers are known."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "benchmarks"))

import accuracy  # noqa: E402
import rendered  # noqa: E402
import rendered_pictures  # noqa: E402
import rendered_tables  # noqa: E402
from densitometer.evaluate import Score  # noqa: E402
from densitometer.scale import find_bar  # noqa: E402
from densitometer.synthetic.marks import print_marks  # noqa: E402
from densitometer.synthetic.scene import Scene, scene_seed  # noqa: E402
from densitometer.synthetic.styles import find_style, styles  # noqa: E402
from densitometer.synthetic.truth import TrueHair, Truth  # noqa: E402
from rendered_outcomes import Finding, SceneOutcome, lies_along, outcome, seen_part  # noqa: E402

UM_PER_PX = 5.0
SIZE_PX = (400, 300)


def hair(
    x: float, y: float, *, unit: int = 1, kind: str = "terminal", width_um: float = 70.0, long_px: float = 80.0,
    visible: float = 1.0, counted: bool = True, number: int = 1,
) -> TrueHair:  # fmt: skip
    """A straight hair that runs down from its root."""
    points = np.column_stack([np.full(9, x), np.linspace(y, y + long_px, 9)])
    return TrueHair(
        hair=number, unit=0 if kind == "loose" else unit, kind=kind, colour="black", points_px=points,
        widths_um=np.full(9, width_um), root_mm=points[0] * UM_PER_PX / 1000, length_mm=long_px * UM_PER_PX / 1000,
        visible_share=visible, counted=counted and kind != "loose",
    )  # fmt: skip


def truth_of(*hairs: TrueHair, style: str = "trimmed_70x") -> Truth:
    area_cm2 = SIZE_PX[0] * SIZE_PX[1] * (UM_PER_PX * 1e-4) ** 2
    return Truth(style, 0, 0, UM_PER_PX, SIZE_PX, area_cm2, hairs, np.eye(3))


def finding_of(hairs: Sequence[TrueHair], *, by_px: tuple[float, float] = (0, 0), wider_um: float = 0.0) -> Finding:
    """What a method says that finds these hairs, moved, and some micrometres too wide."""
    lines = [one.points_px + by_px for one in hairs]
    return Finding(
        ends=np.array([[*line[0], *line[-1]] for line in lines]).reshape(-1, 4),
        count=float(len(lines)),
        knows_roots=True,
        lines=lines,
        widths_um=np.array([one.width_um + wider_um for one in hairs]),
        units=np.array([one.unit for one in hairs], int),
    )


GROWING = [hair(50, 50), hair(60, 52, unit=1), hair(150, 100, unit=2), hair(250, 60, unit=3, width_um=20.0)]


def test_perfect_hairs_score_one() -> None:
    result = outcome(truth_of(*GROWING), finding_of(GROWING))
    assert result.roots == result.hairs == Score(4, 0, 0, 4)
    assert result.count == result.true_count == 4
    assert result.hit.all() and result.unit_right.all()
    assert result.unit_sizes.tolist() == [2, 1, 1]
    assert np.allclose(result.widths_um, [[70, 70], [70, 70], [70, 70], [20, 20]])


def test_a_root_may_be_120_um_off_and_no_farther() -> None:
    far = [GROWING[2]]
    assert outcome(truth_of(*far), finding_of(far, by_px=(23.9, 0))).roots.f1 == 1
    shifted = outcome(truth_of(*far), finding_of(far, by_px=(24.1, 0)))
    assert shifted.roots == Score(0, 1, 1, 0)
    assert shifted.hairs.f1 == 1  # its midpoint is still within 125 um
    assert not len(shifted.widths_um)


def test_only_a_method_that_tells_roots_is_held_to_them() -> None:
    turned = finding_of(GROWING[2:3])
    turned = replace(turned, ends=turned.ends[:, [2, 3, 0, 1]])
    truth = truth_of(*GROWING[2:3])
    wrong = outcome(truth, turned)
    assert wrong.roots == Score(0, 1, 1, 0) and wrong.along_hair == 1
    assert wrong.hairs == Score(1, 0, 0, 0)  # the hair, but its wrong end
    assert outcome(truth, replace(turned, knows_roots=False)).roots.f1 == 1


def test_an_end_at_a_root_that_counts_goes_before_one_nearer_a_root_that_does_not() -> None:
    outside = hair(100, 181, counted=False)
    found = Finding(ends=np.array([[100.0, 180, 100, 110]]), count=1.0)
    assert outcome(truth_of(hair(100, 100), outside), found).roots == Score(1, 0, 0, 0)


@pytest.mark.parametrize(("visible", "scored"), [(0.09, False), (0.1, True), (0.0, False)])
def test_a_hidden_hair_is_neither_right_nor_wrong(visible: float, scored: bool) -> None:
    truth = truth_of(GROWING[2], hair(300, 150, visible=visible))
    missed = outcome(truth, finding_of(GROWING[2:3]))
    assert missed.roots.missed == int(scored)
    assert missed.true_count == 2  # but it is there
    found = outcome(truth, finding_of([GROWING[2], hair(300, 150)]))
    assert found.roots == Score(1 + scored, 0, 0, 1 + scored)


def test_a_hair_rooted_outside_the_field_need_not_be_found_and_is_wrong_elsewhere_than_at_its_root() -> None:
    reaching_in = hair(200, -40, counted=False)
    truth = truth_of(GROWING[2], reaching_in)
    assert outcome(truth, finding_of(GROWING[2:3])).roots.f1 == 1
    at_edge = outcome(truth, finding_of([GROWING[2], seen_part(reaching_in, SIZE_PX)]))
    assert at_edge.roots.false == 0
    assert outcome(truth, finding_of([GROWING[2], hair(200, 35)])).roots.false == 1


def test_a_hair_is_cut_to_the_picture() -> None:
    tapered = replace(hair(200, 250), widths_um=np.linspace(80, 40, 9))
    part = seen_part(tapered, SIZE_PX)
    assert part.tip_px.tolist() == [200, 290] and part.width_um == pytest.approx(70)
    assert part.root_px.tolist() == tapered.root_px.tolist()


def test_a_cut_hair_that_counts_is_wrong_and_told_apart() -> None:
    loose = hair(330, 100, kind="loose")
    truth = truth_of(*GROWING, loose)
    invented = [*GROWING, loose, hair(50, 88, long_px=40), hair(200, 200)]
    result = outcome(truth, finding_of(invented))
    assert result.roots == Score(4, 3, 0, 4)
    assert (result.on_loose, result.along_hair) == (1, 1)
    assert result.true_count == 4


def test_lying_along_a_line_is_more_than_crossing_it() -> None:
    line = np.array([[100.0, 100], [200, 100]])
    ends = np.array([[110.0, 105, 190, 95], [150, 50, 150, 150], [110, 113, 190, 113], [0, 0, 1, 1]])
    assert lies_along(ends, [line], UM_PER_PX).tolist() == [True, False, False, False]
    assert lies_along(ends, [], UM_PER_PX).tolist() == [False] * 4


def test_width_bias_is_recovered() -> None:
    some = [outcome(truth_of(*GROWING), finding_of(GROWING, wider_um=by)) for by in (6.0, 2.0)]
    assert rendered_tables.width_bias(some) == pytest.approx(4)
    thin = [rendered_tables.in_class(one, 0, 30) for one in some]
    assert [len(one.widths_um) for one in thin] == [1, 1]
    assert rendered_tables.width_error([outcome(truth_of(*GROWING), finding_of(GROWING, wider_um=-3))]) == (
        pytest.approx(3)
    )


def test_a_width_stands_beside_that_of_the_hair_whose_line_it_follows() -> None:
    thick, thin = hair(100, 100, width_um=90.0), hair(110, 100, width_um=30.0)
    found = finding_of([thick, thin])
    swapped = [found.lines[0].copy(), found.lines[1].copy()]
    swapped[0][0], swapped[1][0] = (109, 99), (101, 99)  # each root told nearer the other's
    ends = np.array([[*line[0], *line[-1]] for line in swapped])
    result = outcome(truth_of(thick, thin), replace(found, lines=swapped, ends=ends))
    assert sorted(result.widths_um.tolist()) == [[30, 30], [90, 90]]


def test_a_hair_without_a_width_is_left_out() -> None:
    found = replace(finding_of(GROWING), widths_um=np.array([70, np.nan, 70, 20]))
    assert len(outcome(truth_of(*GROWING), found).widths_um) == 3


def test_units_are_right_when_their_size_is() -> None:
    joined = replace(finding_of(GROWING), units=np.array([7, 7, 7, 9]), values={"unit_count": 2})
    result = outcome(truth_of(*GROWING), joined)
    assert result.unit_right.tolist() == [False, False, True]
    assert rendered_tables.unit_error([result]) == pytest.approx(1 / 3)
    missed = outcome(truth_of(*GROWING), finding_of(GROWING[1:]))
    assert missed.unit_right.tolist() == [False, True, True]


def test_area_and_intervals_are_held_against_the_truth() -> None:
    truth = truth_of(*GROWING)
    values = {
        "area_cm2": truth.area_cm2 * 1.1, "density_per_cm2": 100.0, "terminal30_per_cm2": 50.0,
        "density_low_per_cm2": truth.density_per_cm2 - 1, "density_high_per_cm2": truth.density_per_cm2 + 1,
        "density_detection_low_per_cm2": 0.0, "density_detection_high_per_cm2": truth.density_per_cm2 - 1,
    }  # fmt: skip
    result = outcome(truth, replace(finding_of(GROWING), values=values))
    assert result.area_error == pytest.approx(0.1)
    assert (result.covered, result.detection_covered) == (1, 0)
    assert result.terminal_error == pytest.approx(0.5 - 0.75)


def test_nothing_found_and_nothing_there() -> None:
    nothing = Finding(np.empty((0, 4)), 0.0, knows_roots=True, declined=True)
    assert outcome(truth_of(*GROWING), nothing).roots == Score(0, 0, 4, 0)
    assert np.isnan(outcome(truth_of(), nothing).roots.f1)
    assert outcome(truth_of(), finding_of(GROWING)).roots.false == 4


def scene_outcomes() -> list[dict[str, SceneOutcome]]:
    good, bad = outcome(truth_of(*GROWING), finding_of(GROWING)), outcome(truth_of(*GROWING), finding_of(GROWING[:2]))
    tips = outcome(truth_of(*GROWING), replace(finding_of(GROWING), count=6.0))
    return [{"densitometer": good, "tips": tips}, {"densitometer": bad, "tips": tips}]


def test_tables_give_intervals_and_name_the_worst() -> None:
    fine = [{name: replace(one, style="blond") for name, one in scene_outcomes()[0].items()}]
    by_style = {"trimmed_70x": scene_outcomes(), "blond": fine}
    body = rendered_tables.rendered(by_style, ["densitometer", "tips"], "report")
    assert "| trimmed_70x | 2 | 8 | 0.857 (0.667 to 1.000) | 1.000 (1.000 to 1.000) |" in body
    assert "| trimmed_70x | 25% (0% to 50%); -25% | 50%; +50% |" in body
    assert "| blond | 1 | 4 | 1.000 | 1.000 |" in body
    assert "by root F1: `trimmed_70x` (0.857), `blond` (1.000)" in body
    assert "another method has the higher root F1 in `trimmed_70x` (1.000)." in body


def test_the_scale_is_right_within_two_per_cent() -> None:
    one = scene_outcomes()[0]["densitometer"]
    reads = [(True, 5.09), (True, 5.11), (True, None), (False, 7.0), (False, None)]
    some = [replace(one, printed_bar=printed, read_um_per_px=read) for printed, read in reads]
    sentence = rendered_tables.scale_sentence(some)
    assert "on 1 of 3 scenes" in sentence and "wrong values given: 2 (on all 5)" in sentence


def test_a_picture_shows_each_fate_in_its_colour() -> None:
    loose = hair(330, 100, kind="loose")
    truth = truth_of(*GROWING, loose)
    rgb = np.full((SIZE_PX[1], SIZE_PX[0], 3), 200, np.uint8)
    scene = Scene(rgb, b"", np.zeros(rgb.shape[:2], np.float32), np.ones(rgb.shape[:2], bool), truth)
    picture = rendered_pictures.draw(scene, finding_of([GROWING[2], loose, hair(200, 200)]))
    assert picture.shape == (300, 800, 3) and (picture[:, :400] == 200).all()
    colours = rendered_pictures.COLOURS
    for x, y, colour in ((150, 140, colours["true"]), (250, 100, colours["missed"]), (200, 240, colours["false"])):
        assert np.allclose(picture[y, x + 400], colour, atol=30), (x, y)
    assert np.allclose(picture[140, 730], rendered_pictures.LOOSE, atol=30)


def test_peers_get_their_sizes_on_the_skin_and_the_true_field() -> None:
    truth = replace(truth_of(*GROWING), um_per_px=rendered.PEERS_UM_PER_PX / 2)
    rgb = np.full((300, 400, 3), 200, np.uint8)
    rgb[50:130, 96:104] = rgb[50:130, 296:304] = 40
    field = np.ones((300, 400), bool)
    field[:, 200:] = False
    scene = Scene(rgb, b"", np.zeros((300, 400), np.float32), field, truth)
    settings = rendered.at_scale(rendered.peers.ONE_WIDTH, scene)
    assert settings.sigmas_px == (10.0,) and settings.min_length_px == 60
    found = rendered.one_width(replace(scene, truth=replace(truth, um_per_px=rendered.PEERS_UM_PER_PX)))
    assert found.count == 1 and np.allclose(found.ends[0, [0, 2]], 100, atol=3)


def test_a_scene_of_each_seed_runs_through(tmp_path: Path) -> None:
    result = rendered.examine("trimmed_70x", 1, ["densitometer", "one_width"], tmp_path)
    assert result["densitometer"].true_count == result["one_width"].true_count > 10
    assert abs(result["densitometer"].area_error) < 0.1
    assert {path.name for path in tmp_path.iterdir()} == {
        "trimmed_70x_1_densitometer.png",
        "trimmed_70x_1_one_width.png",
    }


def test_a_bar_is_printed_where_the_score_says_so() -> None:
    style = find_style("trimmed_70x", {"extras": {"header_chance": 0, "circle_chance": 0, "padding_chance": 0}})
    blank = np.full((1024, 1280, 3), 180, np.uint8)
    said = [rendered.has_printed_bar("trimmed_70x", seed) for seed in range(12)]
    bars = [find_bar(print_marks(blank, style.extras, 5.5, scene_seed(style, seed), 0)[0]) for seed in range(12)]
    assert [bar is not None for bar in bars] == said and len(set(said)) == 2


def test_seeds_for_choosing_and_reporting_lie_apart() -> None:
    assert rendered.SEEDS["choose"] + rendered.MOST_SCENES <= rendered.SEEDS["report"]
    with pytest.raises(SystemExit):
        accuracy.arguments(["--scenes", str(rendered.MOST_SCENES + 1)])


def test_only_a_run_over_all_styles_replaces_the_table() -> None:
    assert accuracy.is_whole_rendered(accuracy.arguments([]))
    assert accuracy.is_whole_rendered(accuracy.arguments(["--rendered-only", "--half", "report"]))
    for some in (["--scenes", "2"], ["--half", "choose"], ["--methods", "densitometer"], ["--styles", "blond"]):
        assert not accuracy.is_whole_rendered(accuracy.arguments(some))


def test_the_readme_names_every_style_that_shows_a_failure() -> None:
    text = (REPOSITORY / "benchmarks" / "README.md").read_text(encoding="utf-8")
    rows = "\n".join(line for line in text.splitlines() if line.startswith("|"))
    named = set(re.findall(r"`([a-z0-9_]+)`", rows))
    assert {style.name for style in styles().values() if style.shows} <= named
