"""How every section of the settings is checked: no unknown key, no infinite number."""

from pydantic import ConfigDict

STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)
