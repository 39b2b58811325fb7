"""A bounded share of the fuzzing of ``benchmarks/fuzz.py``: whatever comes is read, or refused in one sentence."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from random import Random

import numpy as np
import PIL
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

import fuzz  # noqa: E402
from densitometer.errors import DensitometerError  # noqa: E402
from densitometer.photo import Photo  # noqa: E402
from densitometer.settings import Settings  # noqa: E402
from fuzz_mutate import case, mutated  # noqa: E402
from fuzz_seeds import FORMATS, IMAGES, TEXTS, scene, seeds  # noqa: E402
from fuzz_targets import check_measured, outcome_of, wrong_text  # noqa: E402

GOOD = {"read", "refused"}
NUMBERED = 250
EXAMPLES = 40
UNHURRIED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


@pytest.mark.parametrize("kind", IMAGES)
def test_honest_pictures_are_read(kind: str) -> None:
    outcomes = [outcome_of(kind, data) for data in seeds(kind)]
    assert not [outcome for outcome in outcomes if outcome.what not in GOOD]
    refused = [outcome.detail for outcome in outcomes if outcome.what == "refused"]
    # Pillow before 13 cannot read uncompressed YCbCr, which is refused as damaged.
    known = ["animation", "truncated"] if kind == "tiff" and int(PIL.__version__.split(".")[0]) < 13 else ["animation"]
    assert all(any(why in detail for why in known) for detail in refused)
    assert len(refused) <= len(known)


@pytest.mark.parametrize("kind", TEXTS)
def test_honest_texts_are_read(kind: str) -> None:
    assert outcome_of(kind, seeds(kind)[0]).what == "read"


@pytest.mark.parametrize("kind", FORMATS)
def test_numbered_damage(kind: str, capfd: pytest.CaptureFixture[str]) -> None:
    if not seeds(kind):
        pytest.skip("its library is not installed")
    reached = set()
    for number in range(NUMBERED if kind != "xlsx" else NUMBERED // 8):
        outcome = outcome_of(kind, case(kind, 0, number))
        assert outcome.what in GOOD, f"{kind} {number}: {outcome.detail}"
        reached.add(outcome.what)
    assert reached == GOOD, "damage that is always refused, or never, tests little"
    shown = capfd.readouterr()
    assert shown.out == ""
    assert shown.err == ""


@pytest.mark.parametrize("kind", FORMATS)
def test_damage_that_hypothesis_thinks_of(kind: str) -> None:
    if not seeds(kind):
        pytest.skip("its library is not installed")

    @settings(max_examples=EXAMPLES, suppress_health_check=UNHURRIED)
    @given(st.randoms(use_true_random=False))
    def damage(random: Random) -> None:
        outcome = outcome_of(kind, mutated(random, kind))
        assert outcome.what in GOOD, outcome.detail

    damage()


@settings(max_examples=100)
@given(st.sampled_from([data[:16] for kind in IMAGES for data in seeds(kind)]), st.binary(max_size=200))
@example(b"", b"")
def test_bytes_behind_an_honest_beginning(head: bytes, rest: bytes) -> None:
    outcome = outcome_of("jpeg", head + rest)
    assert outcome.what == "refused", outcome.detail


def odd_picture(kind: int, high: int, wide: int) -> np.ndarray:
    """Nothing but one tone, noise, two halves, a chessboard, one bright pixel, or strokes."""
    rng = np.random.default_rng(kind)
    flat = np.full((high, wide, 3), (0, 255, 128)[kind % 3], np.uint8)
    if kind < 3:
        return flat
    if kind == 3:
        return rng.integers(0, 256, flat.shape, dtype=np.uint8)
    if kind == 4:
        flat[: high // 2] = 20
    elif kind == 5:
        flat[:] = ((np.indices((high, wide)).sum(axis=0) % 2) * 255)[..., None].astype(np.uint8)
    elif kind == 6:
        flat[high // 2, wide // 2] = 255
    elif kind == 7:
        flat = scene(high, wide)
    else:
        flat[..., 0] = np.linspace(0, 255, wide).astype(np.uint8)
    return flat


@settings(max_examples=25, suppress_health_check=UNHURRIED)
@given(
    kind=st.integers(0, 8),
    sides=st.sampled_from([(64, 64), (64, 65), (65, 100), (300, 64), (64, 400), (90, 110)]),
    um_per_px=st.sampled_from([None, 0.1, 1.0, 5.56, 16.0]),
    method=st.sampled_from(["network", "ridge"]),
)
@example(kind=7, sides=(64, 64), um_per_px=200.0, method="ridge")
@example(kind=4, sides=(72, 80), um_per_px=None, method="network")
def test_odd_pictures_are_measured_or_refused(
    kind: int, sides: tuple[int, int], um_per_px: float | None, method: str
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            check_measured(Photo(odd_picture(kind, *sides)), Settings(method=method), um_per_px)
        except DensitometerError as error:
            assert not wrong_text(str(error), 500)


def test_cases_are_the_same_every_time() -> None:
    for kind in FORMATS:
        if seeds(kind):
            assert case(kind, 3, 5) == case(kind, 3, 5)
            assert len({case(kind, 3, number) for number in range(20)}) > 10


@pytest.mark.parametrize(
    ("text", "wrong"), [("all is well", ""), (" ", "no text"), ("a\x1bb", "U+001B"), ("a" * 9, "9")]
)
def test_what_no_line_of_a_terminal_should_hold(text: str, wrong: str) -> None:
    assert wrong in wrong_text(text, 8 if text[0] == "a" and len(text) == 9 else 100)


def test_the_great_run_in_small(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("resource")
    words = ["--count", "60", "--workers", "1", "--seed", "5", "--format", "png", "--format", "toml"]
    assert fuzz.main([*words, "--keep", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "60 inputs from seed 5, 0 findings" in printed
    assert "| png | 42 |" in printed
    assert not list(tmp_path.iterdir())


def test_what_hangs_or_dies_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Children that sleep, die, print or eat memory: each is told, and the next input is borne."""
    pytest.importorskip("resource")
    child = tmp_path / "fuzz_child.py"
    child.write_text(
        "import json, os, sys, time\n"
        "stream = os.fdopen(int(sys.argv[1]), 'w', buffering=1)\n"
        "for line in sys.stdin:\n"
        "    kind, seed, first, behind = json.loads(line)\n"
        "    for number in range(first, behind):\n"
        "        if number == 1: os.abort()\n"
        "        if number == 3: time.sleep(60)\n"
        "        said = 'does not fit into memory' if number == 5 else ''\n"
        "        stream.write(json.dumps([number, 'refused', said, '', 0.1, 1.0, 'x' * (number == 6)]) + '\\n')\n"
    )
    monkeypatch.setattr(fuzz, "CHILD", child)
    monkeypatch.setattr(fuzz, "START_S", 0.0)
    monkeypatch.setattr(fuzz, "_PATIENCE", 3)
    options = fuzz.parsed(["--count", "8", "--format", "bmp", "--workers", "1", "--limit-s", "1"])
    tally = fuzz.run(options)
    assert [(answer.number, answer.finding) for answer in tally.findings] == [
        (1, "crash"), (3, "hang"), (5, "memory"), (6, "prints")
    ]  # fmt: skip
    assert tally.counts["bmp", "refused"] == 4
    assert "| bmp | 8 | 0 | 4 | 0 | 0 | 0 | 0 | 1 | 1 | 1 | 1 | 0 |" in fuzz.markdown(tally, options, 1.0)
