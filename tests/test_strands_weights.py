"""The packaged weights: what is said of them, and what happens when they are missing or damaged."""

from __future__ import annotations

import json
import shutil
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
import pytest

from densitometer.errors import ModelError
from densitometer.settings import NetworkSettings
from densitometer.strands.weights import NAME, packaged_model, read_model

MODELS = Path(str(files("densitometer") / "models"))
WEIGHTS, FACTS = f"{NAME}.onnx", f"{NAME}.json"


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    for name in (WEIGHTS, FACTS):
        shutil.copy(MODELS / name, tmp_path)
    return tmp_path


def test_the_packaged_model_is_read_once() -> None:
    assert packaged_model() is packaged_model()


def test_the_facts_are_true_of_the_weights() -> None:
    told = json.loads((MODELS / FACTS).read_text(encoding="utf-8"))
    assert told["bytes"] == (MODELS / WEIGHTS).stat().st_size <= 8_000_000
    assert 4 * told["parameters"] < told["bytes"] < 1.01 * 4 * told["parameters"]
    facts = packaged_model().facts
    assert (facts.name, facts.um_per_px) == (NAME, NetworkSettings().working_um_per_px)


def test_heads_follow_each_other() -> None:
    facts = packaged_model().facts
    at = [facts.head(name) for name in facts.heads]
    assert [part.start for part in at] == [0, *(part.stop for part in at[:-1])]
    assert (facts.head("middle"), facts.head("strand")) == (slice(0, 1), slice(7, 15))


@pytest.mark.parametrize("shape", [(1, 3, 64, 96), (2, 3, 32, 32), (1, 3, 160, 32)])
def test_the_network_takes_any_size(shape: tuple[int, ...]) -> None:
    model = packaged_model()
    network = model.network()
    network.setInput(np.zeros(shape, np.float32))
    stride = model.facts.stride
    wanted = (shape[0], sum(model.facts.heads.values()), shape[2] // stride, shape[3] // stride)
    assert network.forward().shape == wanted


def test_weights_may_lie_anywhere(copied: Path) -> None:
    assert read_model(copied).facts == packaged_model().facts


@pytest.mark.parametrize("name", [WEIGHTS, FACTS])
def test_a_missing_file_is_named(copied: Path, name: str) -> None:
    (copied / name).unlink()
    with pytest.raises(ModelError, match=rf"models/{name} of the installed package is missing; .*--method ridge"):
        read_model(copied)


def test_an_unreadable_file_is_named(copied: Path) -> None:
    (copied / WEIGHTS).unlink()
    (copied / WEIGHTS).mkdir()
    with pytest.raises(ModelError, match=rf"models/{WEIGHTS} of the installed package cannot be read.*--method ridge"):
        read_model(copied)


@pytest.mark.parametrize("cut", [0, 1000, -1])
def test_cut_weights_are_refused(copied: Path, cut: int) -> None:
    (copied / WEIGHTS).write_bytes((copied / WEIGHTS).read_bytes()[:cut])
    with pytest.raises(ModelError, match=rf"models/{WEIGHTS} .* SHA-256 is another.*--method ridge"):
        read_model(copied)


def test_one_changed_bit_is_enough(copied: Path) -> None:
    content = bytearray((copied / WEIGHTS).read_bytes())
    content[len(content) // 2] ^= 1
    (copied / WEIGHTS).write_bytes(content)
    with pytest.raises(ModelError, match="SHA-256"):
        read_model(copied)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"name": "strand_network"}', b"\xff\xfe"])
def test_damaged_facts_are_refused(copied: Path, content: bytes) -> None:
    (copied / FACTS).write_bytes(content)
    with pytest.raises(ModelError, match=rf"models/{FACTS} of the installed package is damaged; .*--method ridge"):
        read_model(copied)


def test_weights_that_opencv_cannot_read_are_refused(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise cv2.error("what OpenCV says")

    monkeypatch.setattr(cv2.dnn, "readNetFromONNX", refuse)
    with pytest.raises(ModelError, match=rf"cannot be read by OpenCV {cv2.__version__}; .*--method ridge"):
        read_model(copied)
