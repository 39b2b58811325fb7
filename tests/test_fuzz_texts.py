"""What fuzzing found in reading settings and in the texts of errors."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from densitometer.errors import DensitometerError, PhotoError, SettingsError
from densitometer.settings import Settings


def refusal(folder: Path, text: str) -> str:
    path = folder / "settings.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        Settings.from_toml(path)
    assert str(caught.value).isprintable()
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("method = " + "[" * 5000, "nested too deeply"),
        ("[photo]\nmin_side_px = " + "9" * 5000, "not valid TOML"),
        ('"\\n\\u001b[31m" = 1', "\\n\\x1b[31m"),
        ("a" * 20_000 + " = 1", "characters more"),
    ],
)
def test_settings_that_no_one_means(tmp_path: Path, text: str, said: str) -> None:
    message = refusal(tmp_path, text)
    assert said in message
    assert len(message) < 8100


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[prepare]\nline_um = 1e9", "prepare.line_um"),
        ("[network]\nworking_um_per_px = 1e-9", "network.working_um_per_px"),
        ("[vectors]\nconfidence_weights = [1e9, 0, 0, 0, 0, 0, 0, 0]", "vectors.confidence_weights"),
        ("[ridge]\nskin_evidence = -1e300", "ridge.skin_evidence"),
        ("[marks]\nleast_radius_um = 600", "marks.least_radius_um"),
        ("[photo]\nmin_side_px = 0x" + "f" * 5000, "photo.min_side_px"),
    ],
)
def test_numbers_that_no_machine_could_work_with(tmp_path: Path, text: str, named: str) -> None:
    assert named in refusal(tmp_path, text)


def test_texts_of_errors_are_one_line() -> None:
    error = PhotoError("a\nb\x1b[31m\u202e\udcff ä")
    assert str(error) == error.reason == "a\\nb\\x1b[31m\\u202e\\udcff ä"
    again = pickle.loads(pickle.dumps(error))
    assert again.reason == error.reason
    assert len(str(DensitometerError("x" * 10**6))) < 8100
    assert len(str(DensitometerError("\0" * 7000))) < 8100
