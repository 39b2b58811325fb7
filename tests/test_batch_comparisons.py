"""Pairs of photographs compared in one process or several, with stand-ins for comparing and drawing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from densitometer.batch.comparisons import Compare, Compared, Draw, Pair, compare_pairs
from densitometer.batch.study import add_verdicts, comparison_rows
from densitometer.dictionary import CHANGE_COLUMNS
from densitometer.errors import ResultsError
from densitometer.photo import read_photo
from densitometer.results import PhotoResult, Record
from densitometer.results.keep import keep
from densitometer.results.rows import hair_rows, measured_row
from densitometer.settings import Settings
from densitometer.visits.comparison import Alignment, Comparison, HairMatch
from densitometer.visits.series import Planned
from densitometer.visits.view import View
from densitometer.visits.warp import Warp
from fakes import fake_measure, make_photo

Rgb = NDArray[np.uint8]

ROW = {"subject": "A", "site": "", "baseline_photo": "a", "followup_photo": "b", "against": "baseline", "flags": ""}


def fake_compare(baseline: View, followup: View, settings: Settings) -> Comparison:
    """One hair that stays and one that is lost; or what the name of the follow-up orders."""
    order = followup.photo.split(".")[0]
    if order == "bug":
        raise ValueError("something\nbroke")
    if order == "greedy":
        raise MemoryError
    if order == "kill":
        os._exit(9)
    if order == "other":
        return Comparison(False, "another site", values={"alignment_log_odds": -3.0})
    matches = (
        HairMatch(1, 2, "persisting", 0.9, float("nan"), (50.0, 100.0), (60.0, 110.0)),
        HairMatch(2, None, "lost", 0.8, None, (5.0, 10.0), (7.0, 12.0)),
    )
    laid = {"overlap_cm2": 0.5, "alignment_rms_um": 12.0, "turn_deg": 0.0, "scale_ratio": 1.0, "matched_roots": 9,
            "alignment_log_odds": np.float64(20.0)}  # fmt: skip
    values = {**laid, "change_per_cm2": np.float64(-3.5), "persisting": np.int64(1), "width_change_um": float("nan")}
    return Comparison(True, "", Alignment(Warp(), 12.0, 9, 0.5, 20.0), matches, values)  # type: ignore[arg-type]


def fake_draw(place: Path, pictures: tuple[Rgb, Rgb], *rest: object) -> list[Path]:
    if "unpaintable" in place.name:
        raise ValueError("no ink")
    if "full" in place.name:
        raise OSError(28, "No space left on device")
    path = place.with_name(place.name + ".jpg")
    path.write_bytes(bytes(str([picture.shape for picture in pictures]), "ascii"))
    return [path]


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Path]:
    """File of a record that holds photographs of 80 x 70 px, a.png at 5 um per px and the others at 10."""
    photo = read_photo(make_photo(tmp_path / "a.png"))
    (tmp_path / "comparisons").mkdir()
    made = Record.create(tmp_path / "results.sqlite")
    for name in ("a", "b", "c", "bug", "greedy", "kill", "other", "unpaintable", "full", "no_scale"):
        measurement = fake_measure(photo, stated_um_per_px={"a": 5.0, "no_scale": None}.get(name, 10.0))
        row = measured_row(f"{name}.png", photo.sha256, photo.rgb.shape, measurement)
        kept = keep(photo.rgb, measurement)
        made.add(PhotoResult(f"{name}.png", row, hair_rows(f"{name}.png", measurement), kept=kept))
    made.close()
    yield tmp_path / "results.sqlite"


def compare(
    record: Path,
    *followups: str,
    workers: int = 1,
    titles: tuple[str, str] | None = ("1", "2"),
    by: Compare = fake_compare,
    draw: Draw = fake_draw,
) -> list[Compared]:
    pairs = [Pair("a.png", f"{followup}.png", titles) for followup in followups]
    made = compare_pairs(pairs, Settings(), record=record, out=record.parent, workers=workers, draw=draw, compare=by)
    return list(made)


def test_a_comparison_becomes_rows_and_a_picture(record: Path) -> None:
    (done,) = compare(record, "b")
    assert (done.comparable, done.reason) == (True, "")
    assert done.values == {
        "overlap_cm2": 0.5, "alignment_rms_um": 12.0, "turn_deg": 0.0, "scale_ratio": 1.0, "matched_roots": 9,
        "alignment_log_odds": 20.0, "change_per_cm2": -3.5, "persisting": 1, "width_change_um": None,
    }  # fmt: skip
    stayed, gone = done.matches
    assert (stayed["baseline_x_px"], stayed["baseline_y_px"]) == (10.0, 20.0)
    assert (stayed["followup_x_px"], stayed["followup_y_px"]) == (6.0, 11.0)
    assert (stayed["width_change_um"], gone["followup_hair"], gone["fate"]) == (None, None, "lost")
    assert (done.picture, done.blink) == ("comparisons/a.png--b.png.jpg", None)
    assert (record.parent / "comparisons" / "a.png--b.png.jpg").read_text() == "[(70, 80, 3), (70, 80, 3)]"


def test_what_goes_wrong_is_a_reason(record: Path, caplog: pytest.LogCaptureFixture) -> None:
    done = compare(record, "bug", "greedy", "other", "no_scale")
    assert [one.comparable for one in done] == [False] * 4
    reasons = [one.reason for one in done]
    assert reasons[0] == "internal error: ValueError: something broke; please report it"
    assert reasons[1].startswith("there was not enough memory to compare them")
    assert reasons[2] == "another site"
    assert reasons[3].startswith("no_scale.png has no scale; state it")
    assert "an error that was not foreseen" in caplog.text  # of the bug alone
    assert caplog.text.count("Traceback") == 1
    assert [bool(one.picture) for one in done] == [False, False, True, False]


def test_numbers_stand_where_the_picture_fails(record: Path, caplog: pytest.LogCaptureFixture) -> None:
    (done,) = compare(record, "unpaintable")
    assert (done.comparable, done.picture) == (True, None)
    assert "no ink" in caplog.text


def test_a_full_disk_ends_the_run(record: Path) -> None:
    with pytest.raises(ResultsError, match=r"a.png--full.png cannot be written: No space left on device; is the disk"):
        compare(record, "full")


@pytest.mark.parametrize("harm", ["gone", "damaged"])
def test_a_record_that_cannot_be_read_any_more_ends_the_run(record: Path, harm: str) -> None:
    if harm == "gone":
        record.unlink()
    else:
        record.write_bytes(b"no record" * 999)
    with pytest.raises(ResultsError, match=r"results\.sqlite cannot be read any more"):
        compare(record, "b")


def test_nothing_is_drawn_of_replicates(record: Path) -> None:
    (done,) = compare(record, "b", titles=None)
    assert done.comparable
    assert list((record.parent / "comparisons").iterdir()) == []


def test_processes_give_the_same_in_the_same_order_and_lose_none(record: Path) -> None:
    names = ["b", "other", "c", "unpaintable", "bug", "greedy", "no_scale", "kill"]
    done = compare(record, *names, workers=2)
    assert [one.pair.followup for one in done] == [f"{name}.png" for name in names]
    assert "the process that compared them was ended from outside" in done[-1].reason
    names.remove("kill")
    alone = compare(record, *names)
    assert alone == [one for one in done if one.pair.followup != "kill.png"]


# ---- tables


def planned(**cells: str) -> Planned:
    return Planned("a", "b", {**ROW, **cells})


def found(**values: float) -> dict[tuple[str, str], Compared]:
    return {("a", "b"): Compared(Pair("a", "b"), True, "", dict(values))}


CHANGE = {"overlap_cm2": 0.5, "baseline_per_cm2": 200.0, "change_low_per_cm2": -60.0, "change_high_per_cm2": -40.0}


def test_differences_of_the_photographs_stand_beside_the_change() -> None:
    photos = {"a": {"density_per_cm2": 200.0, "redness_a": 10.0}, "b": {"density_per_cm2": 180.0, "redness_a": None}}
    (row,) = comparison_rows([planned()], found(change_per_cm2=-50.0, **CHANGE), photos)
    assert (row["plain_change_per_cm2"], row.get("redness_change")) == (-20.0, None)
    assert (row["comparable"], row["reason"], row["change_per_cm2"]) == (1, "", -50.0)
    assert row.keys() <= {column.name for column in CHANGE_COLUMNS}


@pytest.mark.parametrize(("ratio", "flags"), [(1.019, "one_visit_flagged"), (1.03, "scales_disagree;one_visit_flagged"),
                                              (0.97, "scales_disagree;one_visit_flagged")])  # fmt: skip
def test_skin_that_contradicts_the_scales_is_flagged(ratio: float, flags: str) -> None:
    asked = [planned(flags="one_visit_flagged")]
    (row,) = comparison_rows(asked, found(scale_ratio=ratio, **CHANGE), {"a": {}, "b": {}})
    assert row["flags"] == flags


@pytest.mark.parametrize(("gained", "flags"), [(12, ""), (14, "many_changed")])
def test_more_change_than_hair_is_likely_to_make_is_flagged(gained: int, flags: str) -> None:
    seen = found(persisting=33, lost=2, gained=gained, **CHANGE)
    (row,) = comparison_rows([planned()], seen, {"a": {}, "b": {}})
    assert row["flags"] == flags


def test_the_verdict_comes_from_the_studys_replicates_where_there_are_enough() -> None:
    few = [{"comparable": 1, "change_per_cm2": 4.0}] * 2 + [{"comparable": 0}]
    many = [{"comparable": 1, "change_per_cm2": change} for change in (40.0, -40.0) * 10]
    for repeats, source, verdict in ((few, "validated", "decrease"), (many, "replicates", "within_error")):
        (row,) = comparison_rows([planned()], found(change_per_cm2=-50.0, **CHANGE), {"a": {}, "b": {}})
        add_verdicts([row], repeats, Settings())
        assert (row["mdc95_source"], row["verdict"]) == (source, verdict)


def test_a_comparison_without_skin_in_common_has_no_numbers() -> None:
    (row,) = comparison_rows([planned()], found(overlap_cm2=0.0, persisting=0), {"a": {}, "b": {}})
    rows = [row]
    add_verdicts(rows, [], Settings())
    assert rows == [{**ROW, "comparable": 0, "verdict": "not_comparable",
                     "reason": "they share no countable skin; photograph the same site again"}]  # fmt: skip
