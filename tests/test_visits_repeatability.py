from __future__ import annotations

import pytest

from densitometer.settings import ChangeSettings
from densitometer.visits.comparison import Values
from densitometer.visits.repeatability import Repeatability

COMPARED: Values = {"change_per_cm2": 3.0, "baseline_per_cm2": 150.0, "overlap_cm2": 0.6}


def replicates(*changes: float | None) -> list[Values]:
    return [{"change_per_cm2": change} for change in changes]


def test_replicates_of_the_study_by_hand() -> None:
    # Mean square (4 + 1 + 9 + 1 + 0) / 5 = 3; SEM = sqrt(3 / 2); MDC95 = 1.96 sqrt 2 SEM = 1.96 sqrt 3.
    own = Repeatability.of_replicates(replicates(2.0, -1.0, 3.0, -1.0, 0.0))
    assert own.source == "replicates"
    assert own.pairs == 5
    assert own.mdc95_per_cm2(COMPARED) == pytest.approx(1.959964 * 3**0.5)


def test_pairs_that_could_not_be_compared_do_not_count() -> None:
    own = Repeatability.of_replicates(replicates(2.0, -1.0, 3.0, -1.0, None))
    assert (own.source, own.pairs) == ("validated", 4)


def test_validated_error_grows_with_the_root_of_the_hairs() -> None:
    settings = ChangeSettings(mdc_error=0.2)
    validated = Repeatability(settings=settings)
    assert validated.source == "validated"
    # 150 hairs / cm2 on 0.6 cm2 are 90 hairs.
    assert validated.mdc95_per_cm2(COMPARED) == pytest.approx(1.959964 * 0.2 * 90**0.5 / 0.6)


def test_nothing_compared_has_no_detectable_change() -> None:
    assert Repeatability().mdc95_per_cm2({}) is None
    assert Repeatability(replicate_mdc95_per_cm2=4.0, pairs=9).mdc95_per_cm2({"change_per_cm2": None}) is None


def test_hairless_field_still_has_an_error() -> None:
    bare: Values = {"change_per_cm2": 0.0, "baseline_per_cm2": 0.0, "overlap_cm2": 0.5}
    assert (Repeatability().mdc95_per_cm2(bare) or 0) > 0
