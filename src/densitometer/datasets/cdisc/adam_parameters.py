"""The analysis parameters of ADHAIR: one for each test, and for each site where a study has several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from densitometer.datasets.parameters import PARAMETERS, Parameter
from densitometer.study.faults import refuse
from densitometer.study.model import Site
from densitometer.visits.problems import quoted

_MOST_SITES = 99


@dataclass(frozen=True, slots=True)
class Test:
    """What is analysed, whatever the site.

    Attributes
    ----------
    code, stem, name, category, unit : str
        As of a ``Parameter``; the unit as SDTM spells it.
    number : int
        1 to 99; the same in every study.
    matched : bool
        True for the density that hairs found again give, which no record of IG holds.
    """

    code: str
    stem: str
    name: str
    category: str
    unit: str
    number: int
    matched: bool = False


@dataclass(frozen=True, slots=True)
class AnalysisParameter:
    """A test at a site: PARAMCD, PARAM and PARAMN."""

    code: str
    name: str
    number: int
    test: Test
    site: Site


def _test(number: int, parameter: Parameter) -> Test:
    return Test(
        parameter.code, parameter.stem, parameter.name, parameter.category, parameter.unit.sdtm, number
    )  # fmt: skip


TESTS: dict[str, Test] = {one.code: _test(number, one) for number, one in enumerate(PARAMETERS, start=1)}
"""Those of IG, by test code."""

DENSITY = TESTS["HAIRDENS"]
MATCHED = Test("HAIRDENM", "HDENM", "Hair Density by Matched Hairs", DENSITY.category, DENSITY.unit, 99, True)


def check_sites(sites: Sequence[Site]) -> None:
    """Refuse more sites than two digits number.

    Raises
    ------
    StudyError
    """
    beyond = [quoted(site.label) for site in sites if site.number > _MOST_SITES]
    advice = "name sites alike in the visits table, or export the study in parts"
    told = f"there are {len(sites)} sites ({', '.join(beyond[:5])} and others beyond {_MOST_SITES})"
    refuse([f"{told}; {advice}"] if beyond else [], f"parameter codes have room for {_MOST_SITES} sites")


def analysis_parameter(test: Test, site: Site, *, several: bool) -> AnalysisParameter:
    """Parameter of a test at a site; ``several`` says whether the study has more than one site."""
    name = f"{test.name} ({test.unit})" if test.unit else test.name
    if not several:
        return AnalysisParameter(test.code, name, test.number, test, site)
    name = f"{name}, {site.label}" if site.label else name
    return AnalysisParameter(f"{test.stem}{site.number:02d}", name, test.number * 100 + site.number, test, site)
