"""Every setting, in physical units, as one frozen dataclass that a TOML file may change."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import asdict, field
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from densitometer.errors import SettingsError

_STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True, config=_STRICT)
class PhotoSettings:
    """Limits on what is opened as a photograph."""

    max_megapixels: float = 200.0
    min_side_px: int = 64


@dataclass(frozen=True, config=_STRICT)
class Settings:
    """All settings of a measurement, one section a stage."""

    photo: PhotoSettings = field(default_factory=PhotoSettings)

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
