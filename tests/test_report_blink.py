"""The animated picture: both visits on the same skin, by turns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from densitometer.report.blink import SIDE_PX, _save, blink_frames, write_blink
from densitometer.report.fate_marks import FATE_RGB
from densitometer.visits.comparison import Comparison
from drawn_visits import UM_PER_PX, drawn_photo, drawn_visits


def write(path: Path, titles: tuple[str, str] = ("Baseline", "Follow-up")) -> bool:
    views, comparison = drawn_visits()
    rgb = drawn_photo(views[0]), drawn_photo(views[1])
    return write_blink(path, *rgb, UM_PER_PX, comparison, views, titles)


def test_two_frames_a_second_each_without_end(tmp_path: Path):
    assert write(tmp_path / "blink.gif")
    with Image.open(tmp_path / "blink.gif") as image:
        assert image.format == "GIF"
        assert image.n_frames == 2
        assert image.info["duration"] == 1000
        assert image.info["loop"] == 0
        assert image.width <= SIDE_PX[1]
        first = np.array(image.convert("RGB"))
        image.seek(1)
        assert (np.array(image.convert("RGB")) != first).any()


def test_same_bytes_twice(tmp_path: Path):
    for name in ("1.gif", "2.gif"):
        write(tmp_path / name)
    assert (tmp_path / "1.gif").read_bytes() == (tmp_path / "2.gif").read_bytes()


def test_what_stays_stands_still_and_what_is_lost_blinks():
    views, comparison = drawn_visits()
    rgb = drawn_photo(views[0]), drawn_photo(views[1])
    first, second = blink_frames(*rgb, UM_PER_PX, comparison, views, ("", ""))
    dark = [frame[40:].max(-1) < 60 for frame in (first, second)]  # below the title
    assert first.shape == second.shape
    assert (dark[0] & dark[1]).sum() >= 2 * 9
    assert (dark[0] & ~dark[1]).sum() >= 9


def test_marks_keep_their_colours_in_the_palette(tmp_path: Path):
    write(tmp_path / "blink.gif")
    with Image.open(tmp_path / "blink.gif") as image:
        colours = {colour for _, colour in image.convert("RGB").getcolors(1 << 20)}
    assert {FATE_RGB["lost"], FATE_RGB["gained"]} <= colours


def test_colours_of_marks_are_not_sprinkled_over_the_skin(tmp_path: Path):
    rng = np.random.default_rng(1)
    skin = [rng.normal((150, 145, 110), 40, (300, 300, 3)).clip(0, 255).astype(np.uint8) for _ in range(2)]
    _save(tmp_path / "blink.gif", (skin[0], skin[1]))
    with Image.open(tmp_path / "blink.gif") as image:
        colours = {colour for _, colour in image.convert("RGB").getcolors(1 << 20)}
    assert not set(FATE_RGB.values()) & colours


def test_rings_and_labels_of_changed_hairs_stand_still():
    views, comparison = drawn_visits()
    blank = [np.full_like(drawn_photo(view), 200) for view in views]
    first, second = (frame[40:] for frame in blink_frames(*blank, UM_PER_PX, comparison, views, ("", "")))
    everywhere = (first == second) | (first == 200) | (second == 200)  # one shows skin where the other has none
    assert everywhere.all()
    plates = [(frame == round(0.3 * 200)).all(-1).sum() for frame in (first, second)]
    assert min(plates) > 2 * 50  # of L3 and of G3
    unlabelled = Comparison(True, "", comparison.alignment, comparison.matches[:2])
    bare, _ = blink_frames(*blank, UM_PER_PX, unlabelled, views, ("", ""))
    assert not (bare[40:] == round(0.3 * 200)).all(-1).any()


def test_nothing_is_written_for_photographs_that_do_not_compare(tmp_path: Path):
    views, _ = drawn_visits()
    rgb = drawn_photo(views[0]), drawn_photo(views[1])
    assert not write_blink(tmp_path / "blink.gif", *rgb, UM_PER_PX, Comparison(False, "too far apart"), views)
    assert not list(tmp_path.iterdir())
