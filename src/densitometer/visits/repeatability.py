"""The smallest change of one subject that measurement error does not explain.

From the replicates of the study where there are enough: photographs of one visit, of which every difference is error.
The standard error of measurement is the standard deviation of their differences / sqrt 2, and the minimal detectable
change at 95 % is 1.96 sqrt 2 times that (Weir 2005). Otherwise from the repeatability that was validated on
rendered pairs without any change, which grows with the square root of the hairs that were compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from densitometer.settings import ChangeSettings
from densitometer.visits.comparison import Values

_Z95 = 1.959964


@dataclass(frozen=True)
class Repeatability:
    """How much two photographs differ where nothing changed.

    Attributes
    ----------
    replicate_mdc95_per_cm2 : float or None
        From the study's own replicates; None where there are too few.
    pairs : int
        How many pairs of replicates there are.
    settings : ChangeSettings
    """

    replicate_mdc95_per_cm2: float | None = None
    pairs: int = 0
    settings: ChangeSettings = field(default_factory=ChangeSettings)

    @classmethod
    def of_replicates(cls, compared: Iterable[Values], settings: ChangeSettings | None = None) -> Repeatability:
        """Repeatability of a study from the values of its comparable pairs of replicates, pooled over subjects.

        Nothing changed between replicates: their mean square, not their spread about a mean, is the error's variance.
        """
        settings = settings or ChangeSettings()
        changes = [values.get("change_per_cm2") for values in compared]
        differences = np.array([change for change in changes if change is not None], float)
        if len(differences) < settings.least_replicates:
            return cls(None, len(differences), settings)
        sem = float(np.sqrt(np.mean(differences**2) / 2))
        return cls(_Z95 * 2**0.5 * sem, len(differences), settings)

    @property
    def source(self) -> Literal["replicates", "validated"]:
        """Where the minimal detectable change comes from."""
        return "validated" if self.replicate_mdc95_per_cm2 is None else "replicates"

    def mdc95_per_cm2(self, values: Values) -> float | None:
        """Minimal detectable change of one comparison; None where nothing could be compared."""
        if values.get("change_per_cm2") is None:
            return None
        if self.replicate_mdc95_per_cm2 is not None:
            return self.replicate_mdc95_per_cm2
        return validated_mdc95_per_cm2(values, self.settings)


def validated_mdc95_per_cm2(values: Values, settings: ChangeSettings) -> float | None:
    """Minimal detectable change by the validated error of the change."""
    density, overlap_cm2 = values.get("baseline_per_cm2"), values.get("overlap_cm2")
    if density is None or not overlap_cm2:
        return None
    hairs = max(float(density) * float(overlap_cm2), 1.0)
    return float(_Z95 * settings.mdc_error * hairs**0.5 / float(overlap_cm2))
