"""The benchmark of scale on made-up times, costs and trails; what it measures is left to `make bench`."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "benchmarks"))

import scale  # noqa: E402
import scale_numbers  # noqa: E402
import scale_stand_in  # noqa: E402
import scale_tables  # noqa: E402
import scale_tiles  # noqa: E402
import scale_watch  # noqa: E402
from densitometer.results import PhotoResult  # noqa: E402

STAMP = {"date": "2026-01-02", "version": "9.9"}


def test_a_rate_is_of_what_came_after_the_first() -> None:
    assert scale_numbers.rate_a_minute([5.0, 6.0, 7.0]) == pytest.approx(60)
    assert math.isnan(scale_numbers.rate_a_minute([5.0]))
    assert math.isnan(scale_numbers.rate_a_minute([5.0, 5.0]))


def test_tenths_cover_the_run_and_show_where_it_slows_down() -> None:
    steady = [float(second) for second in range(101)]
    assert scale_numbers.rates_of_tenths(steady) == pytest.approx([60.0] * 10)
    tired = steady[:91] + [90.0 + 2 * (second - 90) for second in range(91, 101)]
    assert scale_numbers.rates_of_tenths(tired) == pytest.approx([60.0] * 9 + [30.0])


def test_only_the_last_run_of_a_trail_counts(tmp_path: Path) -> None:
    seconds = [("started", 0), ("measured", 1), ("started", 10), ("measured", 12), ("measured", 15), ("finished", 16)]
    lines = [json.dumps({"time": f"2026-01-01T00:00:{at:02}.500Z", "action": action}) for action, at in seconds]
    (tmp_path / "audit.jsonl").write_text("\n".join(lines) + "\n")
    run = scale_numbers.entries(tmp_path / "audit.jsonl")
    assert scale_numbers.times_s(run) == [2.0, 5.0]
    assert scale_numbers.times_s(run, "finished") == [6.0]


def test_a_cluster_is_held_by_the_slowest_of_its_parts() -> None:
    costs = scale_numbers.Costs(worker_s=0.64, storing_s=0.015, client_s=0.005, scheduler_s=0.001)
    assert costs.an_hour(16) == (pytest.approx(90_000), "workers")
    assert costs.an_hour(64) == (pytest.approx(180_000), "coordinator")
    assert scale_numbers.Costs(0.64, 0.001, 0.001, 0.1).an_hour(64) == (pytest.approx(36_000), "scheduler")


def test_the_largest_tile_that_can_be_done_in_time_is_taken() -> None:
    costs = {(10, 8): 0.01, (20, 16): 0.04, (40, 32): 0.16}
    assert scale_tiles.chosen_size(costs, tiles=1000, workers=2, within_s=20) == (20, 16)
    assert scale_tiles.chosen_size(costs, tiles=1000, workers=2, within_s=1) == (10, 8)


def test_photographs_are_the_tiles_in_turn(tmp_path: Path) -> None:
    tiles = [tmp_path / name for name in ("a.png", "b.png")]
    for tile in tiles:
        tile.write_text(tile.name)
    photos = scale_tiles.repeat(tiles, tmp_path / "photos", 3)
    assert [(path.name, path.read_text()) for path in sorted(photos.iterdir())] == [
        ("00000.png", "a.png"), ("00001.png", "b.png"), ("00002.png", "a.png"),
    ]  # fmt: skip
    assert len(list(scale_tiles.repeat(tiles, photos, 1).iterdir())) == 1


def test_memory_is_what_the_system_says() -> None:
    assert scale_watch.peak_mib("Name:\tpython\nVmHWM:\t  2048 kB\nVmRSS:\t 1024 kB\n") == 2.0
    with pytest.raises(ValueError, match="VmHWM"):
        scale_watch.peak_mib("State:\tZ (zombie)\n")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks for processes as Linux lists them")
def test_a_command_is_watched_to_its_end(tmp_path: Path) -> None:
    program = "import sys, time; data = bytearray(2**26); time.sleep(1); sys.exit(3)"
    watched = scale_watch.watch([program], tmp_path, python=("-c",))
    assert (watched.code, watched.workers) == (3, ())
    assert watched.coordinator.peak_mib > 64
    assert watched.worker_mib == watched.coordinator.peak_mib
    assert scale_watch.processes_with("nobody") == {}


def test_results_are_handed_in_again_under_other_names() -> None:
    result = PhotoResult("a.png", {"photo": "a.png", "status": "measured"}, ({"photo": "a.png", "hair": 1},))
    other = scale_stand_in.renamed(result, "b.png")
    assert (other.photo, other.row, other.hairs) == (
        "b.png", {"photo": "b.png", "status": "measured"}, ({"photo": "b.png", "hair": 1},),
    )  # fmt: skip


def count(photographs: int) -> dict[str, object]:
    return {
        "count": photographs, "workers": 2, "rate": 600.4, "seconds": 33.0, "finishing_s": 1.26, "resume_s": 2.04,
        "coordinator_mib": 140.4, "worker_mib": 201.6, "tenths": [600.0] * 9 + [599.6],
        "out_bytes": photographs * 3 * 2**10, "record_bytes": photographs * 2**10, **STAMP,
    }  # fmt: skip


def test_counts_are_told_a_photograph() -> None:
    body = scale_tables.counts_section([count(100), count(10_000)], (320, 256))
    assert "| 100 | 2 | 600 | 33 | 1.3 | 2.0 | 140 | 202 | 3 | 1 |" in body
    assert "| 10,000 |" + " 600 |" * 10 in body
    assert "Tiles of 320 × 256 px" in body
    assert "2026-01-02 (densitometer 9.9)" in body


def test_workers_are_held_against_what_the_machine_can_do() -> None:
    body = scale_tables.workers_section(
        {"count": 200, "workers": 2, "one": 300.0, "all": 399.0, "apart": 420.0, **STAMP}
    )
    assert "| 2 workers | 399 | 1.33 | 95.0% |" in body
    assert "1.40 times one of them here" in body


def test_memory_is_told_by_megapixels() -> None:
    one = {"megapixels": 12.0, "size_px": [4000, 3000], "worker_mib": 900.2, "coordinator_mib": 150.0,
           "out_bytes": 20 * 2**20, **STAMP}  # fmt: skip
    assert "| 12.0 | 4000 × 3000 | 900 | 150 | 20.0 |" in scale_tables.memory_section([one])


def test_an_estimate_is_called_one_and_says_its_formula() -> None:
    cluster = {"count": 1000, "workers": 2, "rate": 3000.0, "local_rate": 4000.0, "scheduler_s": 0.001,
               "client_s": 0.002, **STAMP}  # fmt: skip
    storing = {"count": 300, "storing_s": 0.010, "result_bytes": 3 * 2**20, **STAMP}
    body = scale_tables.cluster_section({"count": 20, "worker_s": 0.8, **STAMP}, storing, cluster)
    assert "Estimate, not a measurement" in body
    assert "about 290,000 photographs" in body
    assert "held to that by the workers" in body
    assert "= 300,000 and 3600 s / scheduler = 3,600,000" in body


def test_what_is_known_is_not_measured_again(tmp_path: Path) -> None:
    calls = []
    path = tmp_path / "found.json"
    for again, expected in ((False, 1), (False, 1), (True, 2)):
        notes = scale.Notes(path, again=again)
        assert notes.take("x", lambda: calls.append(1) or {"value": 5})["value"] == 5  # type: ignore[func-returns-value]
        assert len(calls) == expected
    assert "date" in json.loads(path.read_text())["x"]


def test_the_sections_have_their_place_in_the_results() -> None:
    text = (REPOSITORY / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8")
    for section in ("scale", "scale_workers", "scale_memory", "scale_cluster"):
        assert text.count(f"<!-- begin:{section} -->") == text.count(f"<!-- end:{section} -->") == 1
