"""Settings: read from TOML, strict, known by their hash, and each of them used."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import pytest

from densitometer.errors import SettingsError
from densitometer.settings import FieldSettings, MeasureSettings, Settings

SOURCES = Path(__file__).resolve().parent.parent / "src" / "densitometer"


def toml(folder: Path, text: str) -> Path:
    path = folder / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_what_a_file_leaves_out_keeps_its_default(tmp_path: Path) -> None:
    read = Settings.from_toml(toml(tmp_path, "[measure]\ncount_error_share = 0.2\n[field]\nregion = 'circle:2.5'\n"))
    expected = replace(Settings(), measure=MeasureSettings(count_error_share=0.2), field=FieldSettings("circle:2.5"))
    assert read == expected
    assert read.field.circle_mm == 2.5
    assert Settings.from_toml(toml(tmp_path, "")) == Settings()
    assert Settings.from_toml(toml(tmp_path, "method = 'network'")) == replace(Settings(), method="network")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (
            "[measure]\ncount_eror_share = 0.2",
            "there is no setting measure.count_eror_share; is measure.count_error_share meant?",
        ),
        ("[hairs]\nmin_length = 5", "there is no setting hairs.min_length; docs/settings.md lists them"),
        ("[mesure]\ncount_error_share = 0.2", "there is no setting mesure; is measure meant?"),
        ("[measure]\ncount_error_share = 'much'", "measure.count_error_share"),
        ("[measure]\ncount_error_share = nan", "measure.count_error_share"),
        ("[field]\nregion = 'square:3'", "square:3"),
        ("method = 'eye'", "method: Input should be 'network' or 'ridge'"),
        ("[network]\ntile_px = 500", "network.tile_px: must be at least 64 and at least twice network.overlap_px"),
        ("[measure\n", "not valid TOML"),
        ("[prepare]\nworking_um_per_px = 0.0", "prepare.working_um_per_px: must be above 0"),
        ("[photo]\nmax_megapixels = -5", "photo.max_megapixels: must be above 0"),
        ("[hairs]\nleast_confidence = 1.5", "hairs.least_confidence: is a share"),
        ("[bundles]\nwidth_shares = []", "bundles.width_shares: needs at least one number"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(named)):
        Settings.from_toml(toml(tmp_path, text))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.toml"):
        Settings.from_toml(tmp_path / "nowhere.toml")


def test_the_hash_tells_settings_apart() -> None:
    assert Settings().sha256 == Settings().sha256
    assert replace(Settings(), field=FieldSettings(dark_share=0.21)).sha256 != Settings().sha256


def test_every_setting_is_read_somewhere() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.py") if path.parent.name != "settings"
    )
    code += "self.region\n"  # read by FieldSettings.circle_mm itself
    sections = [value for field in fields(Settings) if is_dataclass(value := getattr(Settings(), field.name))]
    names = ["method", *(field.name for section in sections for field in fields(section))]
    assert len(names) > 50
    assert [name for name in names if not re.search(rf"\.{name}\b", code)] == []
