"""Every setting, in physical units, as one frozen dataclass that a TOML file may change."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from dataclasses import asdict
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter, ValidationError, field_validator
from pydantic.dataclasses import dataclass

from densitometer.errors import SettingsError

_STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)
_CIRCLE = re.compile(r"circle:(\d*[1-9]\d*(?:\.\d*)?|\d*\.\d*[1-9]\d*)")


@dataclass(frozen=True, config=_STRICT)
class PhotoSettings:
    """Limits on what is opened as a photograph."""

    max_megapixels: float = 200.0
    min_side_px: int = 64


@dataclass(frozen=True, config=_STRICT)
class FieldSettings:
    """What may be counted.

    Attributes
    ----------
    region : str
        "all" for the whole usable field, or "circle:<diameter in mm>" for a circle in its centre.
    dark_share : float
        Skin lit with less than this share of the well-lit part is too dark to show hair.
    bundle_um : float
        Widest bundle of hair: what is dark and narrower than this is hair, not the surround of the field.
    """

    region: str = "all"
    dark_share: float = 0.2
    bundle_um: float = 300.0

    @field_validator("region")
    @classmethod
    def _known_region(cls, region: str) -> str:
        if region != "all" and not _CIRCLE.fullmatch(region):
            raise SettingsError(
                f"field.region: {region!r} is not a region; write all or circle:<diameter in mm>, as in circle:11.3."
            )
        return region

    @property
    def circle_mm(self) -> float | None:
        """Diameter of the counting circle in mm; None for the whole field."""
        found = _CIRCLE.fullmatch(self.region)
        return float(found[1]) if found else None


@dataclass(frozen=True, config=_STRICT)
class QualitySettings:
    """When a photograph is flagged as worth a second look.

    Attributes
    ----------
    coarse_um_per_px : float
        Above this the scale is too coarse for width classes.
    blur_um : float
        Standard deviation of the blur of the sharpest edges above which a photograph counts as blurred, in um: the
        half of a vellus hair.
    blur_px : float
        The same in px, where no scale is known; also the least that is told from the softness of pixels.
    dark_level, bright_level : float
        Limits of the median brightness (0 to 255) of the field for under- and overexposure.
    clipped_share : float
        Share of the field burnt out to white for overexposure.
    glare_share : float
        Share of the field under bright reflections for glare.
    few_hairs : int
        Fewer counted hairs than this are few.
    crowded_cover, crowded_share : float
        Share of the field covered by hair, and share of hairs that are bundled or of low confidence, for crowding.
    small_area_cm2, small_share : float
        Usable area, and its share of the box around it, below which the field is small.
    unsure_root : float
        Below this root confidence the root of a hair is uncertain.
    unsure_root_share : float
        Share of hairs with an uncertain root above which the photograph is flagged.
    """

    coarse_um_per_px: float = 6.0
    blur_um: float = 16.0
    blur_px: float = 3.0
    dark_level: float = 50.0
    bright_level: float = 225.0
    clipped_share: float = 0.05
    glare_share: float = 0.01
    few_hairs: int = 10
    crowded_cover: float = 0.3
    crowded_share: float = 0.5
    small_area_cm2: float = 0.05
    small_share: float = 0.5
    unsure_root: float = 0.7
    unsure_root_share: float = 0.3333


@dataclass(frozen=True, config=_STRICT)
class Settings:
    """All settings of a measurement, one section a stage."""

    photo: PhotoSettings = PhotoSettings()
    field: FieldSettings = FieldSettings()
    quality: QualitySettings = QualitySettings()

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
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"settings file {path} is not valid TOML: {error}") from error
        try:
            return TypeAdapter(cls).validate_python(table)
        except ValidationError as error:
            problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise SettingsError(f"settings file {path}: {problems}") from error

    def to_json(self) -> str:
        """All settings as canonical JSON: sorted keys, no blanks."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @property
    def sha256(self) -> str:
        """Hash of the canonical JSON, by which two runs with equal settings are known."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()
