"""Every setting, in physical units, as one frozen dataclass that a TOML file may change."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from densitometer.errors import SettingsError
from densitometer.settings.align import AlignSettings
from densitometer.settings.change import ChangeSettings, MatchSettings
from densitometer.settings.hair import (
    BundleSettings,
    FineSettings,
    HairSettings,
    LongSettings,
    MeasureSettings,
    RootSettings,
    UnitSettings,
)
from densitometer.settings.network import FollowSettings, NetworkSettings, VectorSettings
from densitometer.settings.picture import (
    FieldSettings,
    PhotoSettings,
    PrepareSettings,
    QualitySettings,
    RidgeSettings,
)
from densitometer.settings.skin import MarkSettings, SkinSettings
from densitometer.settings.strict import STRICT

__all__ = [
    "AlignSettings",
    "BundleSettings",
    "ChangeSettings",
    "FieldSettings",
    "FineSettings",
    "FollowSettings",
    "HairSettings",
    "LongSettings",
    "MarkSettings",
    "MatchSettings",
    "MeasureSettings",
    "NetworkSettings",
    "PhotoSettings",
    "PrepareSettings",
    "QualitySettings",
    "RidgeSettings",
    "RootSettings",
    "Settings",
    "SkinSettings",
    "UnitSettings",
    "VectorSettings",
]


_ALIKE = 0.85
_FAR = 100
"""No setting is of use further from its default than by this factor."""


@dataclass(frozen=True, config=STRICT)
class Settings:
    """All settings of a measurement, one section a stage.

    Attributes
    ----------
    method : {"network", "ridge"}
        How hair is found: by the strand network, or by ridge filters and rods.
    """

    method: Literal["network", "ridge"] = "network"
    photo: PhotoSettings = PhotoSettings()
    field: FieldSettings = FieldSettings()
    prepare: PrepareSettings = PrepareSettings()
    network: NetworkSettings = NetworkSettings()
    vectors: VectorSettings = VectorSettings()
    follow: FollowSettings = FollowSettings()
    ridge: RidgeSettings = RidgeSettings()
    bundles: BundleSettings = BundleSettings()
    fine: FineSettings = FineSettings()
    roots: RootSettings = RootSettings()
    long: LongSettings = LongSettings()
    hairs: HairSettings = HairSettings()
    units: UnitSettings = UnitSettings()
    measure: MeasureSettings = MeasureSettings()
    marks: MarkSettings = MarkSettings()
    skin: SkinSettings = SkinSettings()
    quality: QualitySettings = QualitySettings()
    align: AlignSettings = AlignSettings()
    match: MatchSettings = MatchSettings()
    change: ChangeSettings = ChangeSettings()

    @classmethod
    def from_toml(cls, path: str | Path) -> Settings:
        """Read settings from a TOML file; what it leaves out keeps its default.

        Raises
        ------
        SettingsError
            When the file cannot be read, is not TOML, or holds an unknown key or a wrong value: all are named.
        """
        try:
            table = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise SettingsError(f"settings file {path} cannot be read: {error.strerror}") from error
        except RecursionError as error:
            raise SettingsError(
                f"settings file {path} is not valid TOML: its brackets are nested too deeply"
            ) from error
        except ValueError as error:  # of TOML, of UTF-8, or of a number with thousands of digits
            raise SettingsError(f"settings file {path} is not valid TOML: {error}") from error
        try:
            settings = TypeAdapter(cls).validate_python(table)
        except ValidationError as error:
            problems = [_told(".".join(map(str, e["loc"])), e["type"], e["msg"]) for e in error.errors()]
            raise SettingsError(f"settings file {path}: {'; '.join(problems)}") from error
        wrong = _out_of_range(settings)
        if wrong:
            raise SettingsError(f"settings file {path}: {'; '.join(wrong)}")
        return settings

    def to_json(self) -> str:
        """All settings as canonical JSON: sorted keys, no blanks."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @property
    def sha256(self) -> str:
        """Hash of the canonical JSON, by which two runs with equal settings are known."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()


def _told(name: str, kind: str, text: str) -> str:
    """What pydantic says of a setting, in words for who wrote the file."""
    if kind != "unexpected_keyword_argument":
        return f"{name}: {text}"
    sections = {key: value for key, value in asdict(Settings()).items() if isinstance(value, dict)}
    known = ["method", *sections, *(f"{section}.{key}" for section, values in sections.items() for key in values)]
    near = get_close_matches(name, known, n=1, cutoff=_ALIKE)
    return f"there is no setting {name}; " + (f"is {near[0]} meant?" if near else "docs/settings.md lists them")


def _far_off(name: str, numbers: tuple[float, ...], usual: float | tuple[float, ...]) -> list[str]:
    """Say whether numbers lie so far from what is usual that no picture could be worked at in time or memory."""
    sizes = [abs(number) for number in (usual if isinstance(usual, tuple) else (usual,))]
    most, least = _FAR * max(1.0, *sizes), min(sizes) / _FAR
    if max(map(abs, numbers)) > most:
        return [f"{name}: must lie within {most:g}"]
    if name.endswith(("_um", "_um_per_px", "_px")) and min(numbers) < least:
        return [f"{name}: must not be below {least:g}"]
    return []


def _out_of_range(settings: Settings) -> list[str]:
    """Say which values cannot be meant: not above 0 where the default is, shares above 1, empty lists."""
    usual, wrong = asdict(Settings()), []
    sections = {name: values for name, values in asdict(settings).items() if isinstance(values, dict)}
    for section, values in sections.items():
        for name, value in values.items():
            least = min(usual[section][name]) if isinstance(value, tuple) else usual[section][name]
            numbers = value if isinstance(value, tuple) else (value,)
            if not numbers:
                wrong.append(f"{section}.{name}: needs at least one number")
            elif isinstance(least, str):
                continue
            elif least > 0 and min(numbers) <= 0:
                wrong.append(f"{section}.{name}: must be above 0")
            elif name.endswith(("_share", "_confidence")) and max(numbers) > 1:
                wrong.append(f"{section}.{name}: is a share and must not exceed 1")
            else:
                wrong += _far_off(f"{section}.{name}", numbers, usual[section][name])
    return wrong
