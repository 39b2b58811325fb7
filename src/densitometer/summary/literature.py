"""Changes of hair density that trials published, to set a study's own beside: for orientation, never as its control.

Trials counted different hairs (all, non-vellus, terminal) in different men and women, after different times, with
other devices than this program. Where there was no control, a change is not an effect: arms without treatment rose too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf, pi
from typing import Literal

from densitometer.study.published import PLACEBO_ARMS, PLACEBO_RISE_SOURCE

INCH_CIRCLE_CM2 = pi / 4 * 2.54**2
"""Area of the circle of one inch in which the first trials counted: 5.07 cm2."""

Design = Literal["against control", "compared treatments", "uncontrolled"]
_ORDER: tuple[Design, ...] = ("against control", "compared treatments", "uncontrolled")


@dataclass(frozen=True)
class Effect:
    """Mean change of hair density that was published.

    Attributes
    ----------
    trial : str
        Its first author or name, and the year where it is known.
    treatment, control : str
        What the treated and the others had; ``control`` is empty where there were no others.
    endpoint : str
        Which hairs were counted, and of whom.
    weeks : int or None
        After how long; None where that was not found.
    change, control_change : float or None
        Mean change in hairs per cm2; None where no number was found.
    sd, control_sd : float or None
        Standard deviation of the change.
    n, control_n : int or None
        People.
    stated_difference : float or None
        Treated less control, where the source states that alone.
    design : {'against control', 'compared treatments', 'uncontrolled'}
        A control is one that should do nothing, such as a placebo.
    source : str
    note : str
        What was worked out here, or what a reader must know beside the number; empty for nothing.
    """

    trial: str
    treatment: str
    endpoint: str
    weeks: int | None
    change: float | None
    source: str
    control: str = ""
    control_change: float | None = None
    sd: float | None = None
    control_sd: float | None = None
    n: int | None = None
    control_n: int | None = None
    stated_difference: float | None = None
    design: Design = "against control"
    note: str = ""

    @property
    def difference(self) -> float | None:
        """Mean change of the treated less that of the control, in hairs per cm2; None where that was not found."""
        if self.change is None or self.control_change is None:
            return self.stated_difference
        return round(self.change - self.control_change, 2)


def _inch(hairs: float) -> float:
    """Give the hairs of a circle of one inch per cm2."""
    return round(hairs / INCH_CIRCLE_CM2, 1)


_OLSEN_2007, _OLSEN_2002 = PLACEBO_ARMS
_MEN = "PMC6691938, table 2"
_WOMEN = "PMC6691938, table 3"
_DERIVED = "worked out here from hairs in a circle of 1 inch (5.07 cm²)"
_MONTHS = f"after 4 months; {_DERIVED}"
_1987 = "PubMed 3549804"
_SHAM = "lowest and highest of five treated arms; what the sham devices gave was not found"
_NO_NUMBER = "no number was found"
_ALONE = "no arm and no site without treatment is told of"
_REVIEW = "https://m.booksci.cn/literaturecn/145069354.htm"
_TWO_OF_11 = "2 of the 11 studies were randomised; no control is told of beside this number"

EFFECTS: tuple[Effect, ...] = (
    Effect(
        "Olsen 2002", "minoxidil 5 %", "non-vellus hair, men", 48, 18.6, _MEN, "placebo", 3.9,
        sd=25.4, n=139, control_sd=_OLSEN_2002[0], control_n=_OLSEN_2002[1],
    ),
    Effect(
        "Olsen 2002", "minoxidil 2 %", "non-vellus hair, men", 48, 12.7, _MEN, "placebo", 3.9,
        sd=20.7, n=141, control_sd=_OLSEN_2002[0], control_n=_OLSEN_2002[1],
    ),
    Effect(
        "Olsen 2007", "minoxidil foam 5 %", "non-vellus hair, men", 16, 20.9, _MEN, "placebo", 4.7,
        sd=22.5, n=180, control_sd=_OLSEN_2007[0], control_n=_OLSEN_2007[1],
    ),
    Effect(
        "Berger 2003", "minoxidil 5 %", "hair density, men", 26, 12.3, _MEN, "placebo shampoo", -0.58,
        n=50, control_n=50,
    ),
    Effect(
        "Lucky 2004", "minoxidil 5 %", "hair density, women", 48, 26.0, _WOMEN, "placebo", 9.4,
        sd=19.5, n=101, control_sd=14.6, control_n=51,
    ),
    Effect(
        "Lucky 2004", "minoxidil 2 %", "hair density, women", 48, 20.7, _WOMEN, "placebo", 9.4,
        sd=17.6, n=108, control_sd=14.6, control_n=51,
    ),
    Effect(
        "Tsuboi 2007", "minoxidil 1 %", "hair density, women", 24, 8.15, _WOMEN, "placebo", 2.03,
        n=120, control_n=120,
    ),
    Effect(
        "1987 trial", "minoxidil 2 %", "non-vellus hair, men", 17, _inch(58.2), _1987, "placebo", _inch(4.0),
        note=_MONTHS,
    ),
    Effect(
        "1987 trial", "minoxidil 3 %", "non-vellus hair, men", 17, _inch(48.8), _1987, "placebo", _inch(4.0),
        note=_MONTHS,
    ),
    Effect(
        "Finasteride trials", "finasteride", "hair, men", 52, None,
        "https://blog.petrieflom.law.harvard.edu/2013/01/31/finasteride-as-an-fda-approved-baldness-remedy-is-it-effective",
        "placebo", n=679, control_n=672, stated_difference=_inch(107),
        note=f"after 12 months; the difference alone is stated, 107 hairs; {_DERIVED}",
    ),
    Effect(
        "Gubelin Harcha", "dutasteride 0.5 mg", "hair in a circle of 2.54 cm, men", 24, None,
        "https://yiyunmed.com/literature/fileenw?id=24411083", "finasteride", design="compared treatments",
        note=f"917 men in all; more hair with dutasteride, P = .003; {_NO_NUMBER}",
    ),
    Effect(
        "Shanshanwal", "dutasteride 0.5 mg", "all hair, men", 24, 23.14,
        "https://tressless.com/research/superiority-of-dutasteride-over-finasteride-in-hair-regrowth-and-reversal-of-"
        "miniaturization-in-men-with-androgenetic-alopecia-a-randomized-controlled-open-label-evaluator-blinded-study-"
        "r0kL",
        "finasteride 1 mg", 4.3, design="compared treatments", note="90 men in all; open label",
    ),
    Effect(
        "Jimenez 2014", "lasercomb, lowest arm", "terminal hair", 26, 18.4, "PMC3986893", "sham device", note=_SHAM,
    ),
    Effect(
        "Jimenez 2014", "lasercomb, highest arm", "terminal hair", 26, 25.7, "PMC3986893", "sham device", note=_SHAM,
    ),
    Effect(
        "NCT05802173", "TDM-105795", "target area hair count, men", 16, 24.3,
        "https://meddatax.com/clinical-trials/NCT05802173", "placebo", 14.0,
        note="phase 2a; the address describes the trial, the numbers are from a secondary source",
    ),
    Effect(
        "SCALP 1 and 2", "clascoterone", "target area hair count", None, None, "https://thedermdigest.com/?p=22198",
        "vehicle",
        note=f"1,465 people; gains 5.39 and 1.68 times the vehicle's in two trials of one design; {_NO_NUMBER}",
    ),
    Effect(
        "Shapiro 2020", "platelet-rich plasma", "hair density, split scalp", None, round(170.96 - 151, 2),
        PLACEBO_RISE_SOURCE, "saline in the same scalp", round(166.72 - 151.04, 2), n=35, control_n=35,
        note="no significant difference: both sides rose; worked out here from the means before and after",
    ),
    Effect(
        "Gressenberger 2020", "platelet-rich plasma", "hair density by TrichoScan, men", None, None,
        "Acta Derm Venereol 100:adv00247", "saline", n=20, control_n=10,
        note=f"no improvement in number or diameter; {_NO_NUMBER}",
    ),
    Effect(
        "Ersan 2024", "exosomes", "hair density, men", 12, None, "PubMed 39174804", n=30, design="uncontrolled",
        note=f"significant rise; {_NO_NUMBER}",
    ),
    Effect(
        "Int J Dermatol 2024", "exosomes", "all hair", 24, None, "PubMed 39155501", n=30, design="uncontrolled",
        note=f"significant rise; {_ALONE}; {_NO_NUMBER}",
    ),
    Effect(
        "Wan 2025", "exosomes and microneedling", "hair density, men", None, 35.0,
        "https://m.booksci.cn/literature/143717895.htm", n=16, design="uncontrolled",
        note=f"± 6.5 from 75 to 95, within 12 months; {_ALONE}",
    ),
    Effect(
        "Preprint 2025", "exosomes", "hair density, men", 24, None, "https://doi.org/10.21203/rs.3.rs-6938290/v1", n=8,
        design="uncontrolled", note=f"rise, p < .05; {_ALONE}; {_NO_NUMBER}",
    ),
    Effect(
        "Review 2025, lowest study", "exosomes", "hair density", None, 9.5, _REVIEW, design="uncontrolled",
        note=_TWO_OF_11,
    ),
    Effect(
        "Review 2025, highest study", "exosomes", "hair density", None, 35.0, _REVIEW, design="uncontrolled",
        note=_TWO_OF_11,
    ),
)  # fmt: skip
"""By treatment, in the order in which treatments came up."""

SEEN_BY_DERMATOLOGISTS_PER_CM2 = 43.36
"""Smallest difference of density that 100 dermatologists saw reliably in photographs of the whole head."""
SEEN_BY_DERMATOLOGISTS_PERCENT = 22.66
"""The same as a share; the authors' later paper quotes 20.66 %, so one of the two is a misprint."""
SEEN_BY_PATIENTS_PER_CM2 = 41.69
"""Smallest difference of density that 205 people, 100 of them with hair loss, noticed in such photographs."""
SEEN_BY_PATIENTS_PERCENT = 22.78
SEEN_SOURCES = (
    "https://tressless.com/research/subjective-vs-objective-hair-density-changes-g84Y",
    "https://data.mendeley.com/datasets/f8z3dx8mvf/1",
)
"""Of the dermatologists, and of the patients."""


def largest_placebo_rise(effects: Iterable[Effect] = EFFECTS) -> Effect:
    """Give the trial in which those without an active treatment rose most.

    Raises
    ------
    ValueError
        No control with a number among them.
    """
    return max((effect for effect in effects if effect.design == "against control"), key=_rise)


def _rise(effect: Effect) -> float:
    return -inf if effect.control_change is None else effect.control_change


def by_difference(effects: Iterable[Effect] = EFFECTS) -> tuple[Effect, ...]:
    """Sort by the change over the control, largest first; those without that number come last, in their own order."""
    return tuple(sorted(effects, key=lambda effect: inf if effect.difference is None else -effect.difference))


def controlled_first(effects: Iterable[Effect] = EFFECTS) -> tuple[Effect, ...]:
    """Sort those with a control first, then those that compared treatments, then the uncontrolled."""
    return tuple(sorted(effects, key=lambda effect: _ORDER.index(effect.design)))
