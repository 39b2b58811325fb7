"""The trial that other tests export: sound, and with everything in it that trials have."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from click.testing import CliRunner

from densitometer.cli.main import main
from trial_study import ARMS, LONG_REASON, NON_ASCII, SITES, VISITS, write_trial
from written_folders import cells


def test_the_folder_of_the_trial_is_sound(trial_out: Path) -> None:
    result = CliRunner().invoke(main, ["verify", str(trial_out)])
    assert result.exit_code == 0, result.output


def test_the_trial_has_what_trials_have(trial_out: Path) -> None:
    rows = cells(trial_out / "photos.csv")
    found = {name: {row[name] for row in rows} for name in ("subject", "site", "visit", "arm", "flags")}
    assert len(found["subject"]) == 30 and NON_ASCII in found["subject"]
    assert (found["site"], found["visit"], found["arm"]) == ({*SITES}, {*VISITS}, {*ARMS.values()})
    assert {"no_scale", "coarse_scale", "no_hairs"} <= found["flags"]
    refused = [row["reason"] for row in rows if row["status"] == "not_measured"]
    assert len(refused) == 5 and max(map(len, refused)) == len(LONG_REASON) > 200
    assert not any(row["hair_count"] for row in rows if row["status"] == "not_measured")
    assert {"0"} < {row["hair_count"] for row in rows}
    assert set(Counter(row["replicate"] for row in rows)) == {"1", "2"}


def test_comparisons_of_the_trial_come_to_every_verdict(trial_out: Path) -> None:
    rows = cells(trial_out / "changes.csv")
    assert {row["verdict"] for row in rows} == {"increase", "decrease", "within_error", "not_comparable"}
    assert {row["against"] for row in rows} == {"baseline", "previous"}
    assert {row["mdc95_source"] for row in rows} == {"replicates", ""}
    increased = Counter(row["subject"] for row in rows if row["verdict"] == "increase" and row["against"] == "baseline")
    assert len(increased) > 10


def test_the_trial_is_the_same_every_time(trial_out: Path, tmp_path: Path) -> None:
    again = write_trial(tmp_path / "out")
    names = [name for name in ("photos.csv", "changes.csv", "repeatability.csv", "matches.csv", "run.json")]
    assert [(again / name).read_bytes() for name in names] == [(trial_out / name).read_bytes() for name in names]
