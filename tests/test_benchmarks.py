"""The benchmark scripts on drawn pictures of known answer; the split and the human ceiling on the real ones."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "benchmarks"))

import accuracy  # noqa: E402
import outcomes  # noqa: E402
import peers  # noqa: E402
import photographs  # noqa: E402
import real  # noqa: E402
import results_page  # noqa: E402
import speed  # noqa: E402
import summary  # noqa: E402
from densitometer.evaluate import Score  # noqa: E402

needs_photographs = pytest.mark.skipif(not real.available(), reason="no annotated photographs at ../shared/real")

PHOTOS = """photo,um_per_px,printed_scale,bottom_pad_px,same_photo_as,counted_hairs
220101_A001,5.556,1,16,220301_A003,3
220201_A001,5.556,0,0,,0
220301_A003,5.556,1,16,220101_A001,2
220401_B007,5.556,1,0,,0
"""
HAIRS = """photo,root_x_px,root_y_px,tip_x_px,tip_y_px,kind
220101_A001,200,100,200,170,multi
220101_A001,220,100,220,170,multi
220101_A001,400,200,400,270,thin
220101_A001,900,200,900,270,loose
220101_A001,630,300,630,370,single
220301_A003,201,100,201,170,multi
220301_A003,400,200,400,270,single
"""


def forget() -> None:
    real.photos.cache_clear()
    real._all_hairs.cache_clear()


def draw_strands(*lines: tuple[int, int, int, int]) -> Image.Image:
    picture = Image.new("RGB", (1280, 1024), (200, 180, 170))
    for line in lines:
        ImageDraw.Draw(picture).line(line, fill=(40, 30, 30), width=9)
    return picture


@pytest.fixture
def drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[real.MarkedPhoto, ...]]:
    """Four photographs of two subjects, one of them marked twice: the first three are one group."""
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos.csv").write_text(PHOTOS)
    (tmp_path / "hairs.csv").write_text(HAIRS)
    strands = [(x, y, x, y + 70) for x, y in ((200, 100), (400, 200), (900, 200), (1100, 700))]
    for name in ("220101_A001", "220201_A001", "220301_A003", "220401_B007"):
        draw_strands(*strands).save(tmp_path / "photos" / f"{name}.png")
    monkeypatch.setattr(real, "ANNOTATED", tmp_path)
    forget()
    yield real.photos()
    forget()


def at(x: float, y: float) -> list[float]:
    return [x, y - 35, x, y + 35]


def test_margin_is_within_40_px_of_each_edge_of_a_quadrant() -> None:
    inside = [at(41, 100), at(599, 100), at(681, 100), at(1239, 100), at(100, 41), at(100, 471), at(100, 553)]
    margin = [at(40, 100), at(600, 100), at(640, 100), at(680, 100), at(1240, 100), at(100, 472), at(100, 552)]
    beyond = [at(1400, 100), at(-60, 100), at(100, 1100)]
    assert not real.in_margin(inside).any()
    assert real.in_margin(margin + beyond).all()


def test_score_of_a_drawn_photograph(drawn: tuple[real.MarkedPhoto, ...]) -> None:
    found = [
        at(205, 135),  # right
        [400, 270, 400, 200],  # right, but turned about
        at(900, 235),  # on a loose hair
        at(1100, 735),  # invented
        at(630, 335),  # in the margin
    ]
    score = real.score(found, drawn[0])
    assert score == Score(true_positives=2, false=1, missed=1, right_roots=1)


def test_a_match_reaches_125_um(drawn: tuple[real.MarkedPhoto, ...]) -> None:
    assert real.score([at(400 + 22.4, 235)], drawn[0]).true_positives == 1
    assert real.score([at(400 + 22.6, 235)], drawn[0]).true_positives == 0


def test_groups_join_subjects_and_photographs_marked_twice(drawn: tuple[real.MarkedPhoto, ...]) -> None:
    names = sorted(sorted(photo.name for photo in group) for group in real.groups())
    assert names == [["220101_A001", "220201_A001", "220301_A003"], ["220401_B007"]]
    halves = real.halves()
    assert sorted(photo.name for some in halves.values() for photo in some) == [photo.name for photo in drawn]
    assert {photo.name for photo in halves["choose"]} in (
        {n for n in names[0]},
        set(names[1]),
        set(),
        set(sum(names, [])),
    )


def test_each_pair_of_annotators_comes_once(drawn: tuple[real.MarkedPhoto, ...]) -> None:
    assert [(a.name, b.name) for a, b in real.annotator_pairs()] == [("220101_A001", "220301_A003")]


def test_outcome_tells_what_is_missed_and_what_is_doubled(drawn: tuple[real.MarkedPhoto, ...]) -> None:
    result = outcomes.outcome(drawn[0], np.array([at(200, 135), at(203, 140), at(205, 150), at(1100, 735)]))
    assert result.kind.tolist() == ["multi", "multi", "thin"]
    assert result.close.tolist() == [True, True, False]
    assert result.hit.tolist() == [True, True, False]
    assert (result.score.false, result.doubled, result.count) == (2, 1, 4)


def test_distance_to_a_hair_is_to_its_nearest_point() -> None:
    hair, dot = [0.0, 0, 10, 0], [3.0, 3, 3, 3]
    distance = outcomes.distance_to_hairs(np.array([[5.0, 2], [-3, 4], [13, 0]]), np.array([hair, dot]))
    assert np.allclose(distance[:, 0], [2, 5, 3])
    assert distance[0, 1] == pytest.approx(np.hypot(2, 1))


def test_a_picture_of_the_errors_shows_each_fate_in_its_colour(drawn: tuple[real.MarkedPhoto, ...]) -> None:
    picture = outcomes.draw(drawn[0], np.array([at(205, 135), at(900, 235), at(1100, 735)]))
    assert picture.shape == (1024, 1280, 3)
    for x, y, fate in ((205, 140, "matched"), (900, 240, "ignored"), (1100, 740, "false"), (220, 140, "missed")):
        assert np.allclose(picture[y, x], outcomes.COLOURS[fate], atol=25), fate


def test_first_peer_takes_each_strand_for_a_hair() -> None:
    grey = np.asarray(draw_strands((200, 100, 200, 170), (400, 200, 470, 270)).convert("L"), dtype=float)
    hairs = peers.components(grey[:400, :600])
    middles = sorted(((hairs[:, :2] + hairs[:, 2:]) / 2).tolist())
    assert np.allclose(middles, [[200, 135], [435, 235]], atol=4)


def test_second_peer_counts_half_the_tips(drawn: tuple[real.MarkedPhoto, ...]) -> None:
    _, tips = peers.half_tips(peers.grey(drawn[0].path))
    # Four strands are drawn; one lies on a loose hair and is not counted.
    assert peers.half_tip_count(tips, drawn[0]) == 3
    assert peers.true_count(drawn[0]) == 3


def test_tips_of_a_skeleton() -> None:
    skeleton = np.zeros((20, 20), dtype=bool)
    skeleton[5, 2:12] = True
    skeleton[5:15, 11] = True
    assert np.argwhere(peers.tip_pixels(skeleton)).tolist() == [[5, 2], [14, 11]]
    assert peers.pieces(skeleton, 30).shape == (0, 4)


def test_tables_of_drawn_photographs(drawn: tuple[real.MarkedPhoto, ...]) -> None:
    found = np.array([at(200, 135), at(220, 135), at(1100, 735)])
    scored = {"densitometer": outcomes.outcome(drawn[0], found), "tips": outcomes.outcome(drawn[0], found, 4.5)}
    scales = iter((5.6, None, 7.0))
    body = summary.accuracy({"report": [(drawn[0], scored, scale) for scale in scales]}, list(scored))
    ours, tips = (line for line in body.splitlines() if line.startswith("| ") and "667 (" in line)
    assert ours.startswith("| densitometer | 0.667 (0.667–0.667) |") and ours.endswith("100.0% (100.0% to 100.0%) |")
    assert "+50.0%" in tips and tips.endswith("| – |")
    assert "| densitometer | 100.0% of 6 | – of 0 | 0.0% of 3 | 100.0% of 6 | 0.0% of 3 | 3 | 0 |" in body
    assert "within 2 % on 1 of 3 photographs" in body and "wrong values given: 1 " in body


def test_a_wrong_scale_on_a_photograph_without_a_bar_is_counted(drawn: tuple[real.MarkedPhoto, ...]) -> None:
    sentence = summary.scale_sentence([(drawn[1], {}, 3.0), (drawn[0], {}, None)])
    assert "on 0 of 1" in sentence and "wrong values given: 1 " in sentence


def test_examine_runs_a_method_and_draws_it(drawn: tuple[real.MarkedPhoto, ...], tmp_path: Path) -> None:
    by_method, scale = photographs.examine("220101_A001", ["pieces"], tmp_path)
    assert by_method["pieces"].score == Score(2, 1, 1, 2)
    assert scale is None
    assert (tmp_path / "220101_A001_pieces.png").is_file()


def test_only_a_run_over_everything_replaces_the_tables() -> None:
    assert accuracy.is_whole(accuracy.arguments([]))
    for some in (["--every", "8"], ["--half", "choose"], ["--methods", "densitometer"]):
        assert not accuracy.is_whole(accuracy.arguments(some))


def test_pictures_of_patients_are_not_written_into_the_repository(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        accuracy.arguments(["--dump", str(REPOSITORY / "pictures")])
    assert "outside the repository" in capsys.readouterr().err


@pytest.mark.parametrize(("main", "words"), [(accuracy.main, ["--real-only"]), (speed.main, [])])
def test_without_photographs_one_sentence_and_no_change(
    main: object, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(real, "ANNOTATED", tmp_path / "nowhere")
    before = results_page.RESULTS.read_bytes()
    main(words)  # type: ignore[operator]
    assert capsys.readouterr().out == f"{real.ABSENT}\n"
    assert results_page.RESULTS.read_bytes() == before


def test_a_section_is_replaced_and_the_rest_left(tmp_path: Path) -> None:
    page = tmp_path / "RESULTS.md"
    page.write_text("before\n<!-- begin:a -->\nold\n<!-- end:a -->\nbetween\n<!-- begin:b -->\nkept\n<!-- end:b -->\n")
    results_page.write_section("a", "new \\1 line\n", page)
    assert page.read_text() == (
        "before\n<!-- begin:a -->\nnew \\1 line\n<!-- end:a -->\nbetween\n<!-- begin:b -->\nkept\n<!-- end:b -->\n"
    )


@pytest.mark.parametrize("text", ["", "<!-- begin:a -->", "<!-- end:a --><!-- begin:a -->"])
def test_a_page_without_its_markers_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="put both lines back"):
        results_page.replace_section(text, "a", "new")


def test_the_results_page_has_all_sections() -> None:
    text = results_page.RESULTS.read_text(encoding="utf-8")
    for name in ("accuracy", "rendered", "speed"):
        results_page.replace_section(text, name, "new")


def test_speed_table_gives_the_ratio_photograph_by_photograph() -> None:
    text = speed.speed_table(
        {"densitometer": [1.0, 3.0, 2.0], "pieces": [1.0, 2.0, 1.0]}, {"densitometer": 200, "pieces": None}
    )
    assert "| densitometer | 2.00 | 1.00–3.00 | 1.50 | 200 |" in text
    assert "| Sato (four widths) + Otsu + skeleton components | 1.00 | 1.00–2.00 | 1.00 | – |" in text


@needs_photographs
def test_no_subject_and_no_photograph_is_in_both_halves() -> None:
    halves = real.halves()
    choose, report = halves["choose"], halves["report"]
    assert len(choose) + len(report) == len(real.photos()) == 160
    assert min(len(choose), len(report)) >= 60
    assert not {photo.subject for photo in choose} & {photo.subject for photo in report}
    assert not {other for photo in choose for other in photo.same_photo_as} & {photo.name for photo in report}


@needs_photographs
def test_two_annotators_agree_as_the_set_says() -> None:
    whole, error = summary.ceiling()
    assert len(real.annotator_pairs()) == 23
    assert whole.f1 == pytest.approx(0.953, abs=0.0005)
    assert error == pytest.approx(0.031, abs=0.0005)


@needs_photographs
def test_marks_are_as_many_as_the_set_says() -> None:
    for photo in real.photos():
        assert int((real.hairs(photo).kind != "loose").sum()) == photo.counted_hairs
