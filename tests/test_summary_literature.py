from __future__ import annotations

import re
from dataclasses import replace

import pytest

from densitometer.study.published import LARGEST_PLACEBO_RISE_PER_CM2, PLACEBO_ARMS
from densitometer.summary.literature import (
    EFFECTS,
    INCH_CIRCLE_CM2,
    SEEN_BY_DERMATOLOGISTS_PER_CM2,
    SEEN_BY_DERMATOLOGISTS_PERCENT,
    SEEN_BY_PATIENTS_PER_CM2,
    SEEN_BY_PATIENTS_PERCENT,
    SEEN_SOURCES,
    Effect,
    by_difference,
    controlled_first,
    largest_placebo_rise,
)

# Typed anew from the sources: trial, treatment, weeks, treated (sd, n), control (sd, n), source.
STATED = (
    ("Olsen 2002", "5 %", 48, (18.6, 25.4, 139), (3.9, 21.7, 78), "PMC6691938"),
    ("Olsen 2002", "2 %", 48, (12.7, 20.7, 141), (3.9, 21.7, 78), "PMC6691938"),
    ("Olsen 2007", "5 %", 16, (20.9, 22.5, 180), (4.7, 19.7, 172), "PMC6691938"),
    ("Berger 2003", "5 %", 26, (12.3, None, 50), (-0.58, None, 50), "PMC6691938"),
    ("Lucky 2004", "5 %", 48, (26.0, 19.5, 101), (9.4, 14.6, 51), "PMC6691938"),
    ("Lucky 2004", "2 %", 48, (20.7, 17.6, 108), (9.4, 14.6, 51), "PMC6691938"),
    ("Tsuboi 2007", "1 %", 24, (8.15, None, 120), (2.03, None, 120), "PMC6691938"),
    ("1987 trial", "2 %", 17, (11.5, None, None), (0.8, None, None), "3549804"),
    ("1987 trial", "3 %", 17, (9.6, None, None), (0.8, None, None), "3549804"),
    ("Finasteride", "finasteride", 52, (None, None, 679), (None, None, 672), "petrieflom"),
    ("Gubelin Harcha", "dutasteride", 24, (None, None, None), (None, None, None), "24411083"),
    ("Shanshanwal", "dutasteride", 24, (23.14, None, None), (4.3, None, None), "tressless"),
    ("Jimenez", "lowest", 26, (18.4, None, None), (None, None, None), "PMC3986893"),
    ("Jimenez", "highest", 26, (25.7, None, None), (None, None, None), "PMC3986893"),
    ("NCT05802173", "TDM-105795", 16, (24.3, None, None), (14.0, None, None), "NCT05802173"),
    ("SCALP", "clascoterone", None, (None, None, None), (None, None, None), "?p=22198"),
    ("Shapiro 2020", "platelet", None, (19.96, None, 35), (15.68, None, 35), "32653577"),
    ("Gressenberger 2020", "platelet", None, (None, None, 20), (None, None, 10), "100:adv00247"),
    ("Ersan 2024", "exosomes", 12, (None, None, 30), (None, None, None), "39174804"),
    ("Int J Dermatol 2024", "exosomes", 24, (None, None, 30), (None, None, None), "39155501"),
    ("Wan 2025", "exosomes", None, (35, None, 16), (None, None, None), "143717895"),
    ("Preprint 2025", "exosomes", 24, (None, None, 8), (None, None, None), "rs-6938290"),
    ("Review 2025, lowest", "exosomes", None, (9.5, None, None), (None, None, None), "145069354"),
    ("Review 2025, highest", "exosomes", None, (35, None, None), (None, None, None), "145069354"),
)
Arm = tuple[float | None, float | None, int | None]


@pytest.mark.parametrize(("trial", "treatment", "weeks", "treated", "control", "source"), STATED)
def test_an_effect_is_as_its_source_states(
    trial: str, treatment: str, weeks: int | None, treated: Arm, control: Arm, source: str
) -> None:
    (effect,) = (one for one in EFFECTS if one.trial.startswith(trial) and treatment in one.treatment)
    assert (effect.change, effect.sd, effect.n) == treated
    assert (effect.control_change, effect.control_sd, effect.control_n) == control
    assert effect.weeks == weeks
    assert source in effect.source


def test_no_effect_is_untested() -> None:
    assert len(EFFECTS) == len(STATED) == len(set(EFFECTS))


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: f"{effect.trial}-{effect.treatment}")
def test_every_effect_tells_where_it_is_from_and_what_it_lacks(effect: Effect) -> None:
    assert re.search(r"PMC\d+|PubMed \d+|https://|Acta Derm Venereol \d+:", effect.source)
    if effect.change is None and effect.stated_difference is None:
        assert "no number was found" in effect.note
    assert (effect.control == "") == (effect.design == "uncontrolled")
    if not effect.control:
        assert effect.control_change is effect.difference is None
    assert ("steride" in effect.control) == (effect.design == "compared treatments")


def test_exosomes_have_no_control_and_so_no_effect() -> None:
    exosomes = [effect for effect in EFFECTS if "exosomes" in effect.treatment]
    assert len(exosomes) == 6
    assert {effect.design for effect in exosomes} == {"uncontrolled"}
    assert {effect.design for effect in EFFECTS if effect not in exosomes} == {"against control", "compared treatments"}


def test_differences_over_the_control() -> None:
    over = {(effect.trial, effect.treatment): effect.difference for effect in EFFECTS}
    assert over["Olsen 2002", "minoxidil 5 %"] == pytest.approx(14.7)
    assert over["Olsen 2002", "minoxidil 2 %"] == pytest.approx(8.8)
    assert over["Berger 2003", "minoxidil 5 %"] == pytest.approx(12.88)
    assert over["Finasteride trials", "finasteride"] == pytest.approx(21.1, abs=0.05)
    assert over["Shapiro 2020", "platelet-rich plasma"] == pytest.approx(4.28)
    assert over["Gressenberger 2020", "platelet-rich plasma"] is None


def test_the_circle_of_an_inch() -> None:
    assert pytest.approx(5.067, abs=0.001) == INCH_CIRCLE_CM2


def test_the_largest_rise_without_treatment_is_that_which_planning_states() -> None:
    largest = largest_placebo_rise()
    assert (largest.trial, largest.control_change) == ("Shapiro 2020", 15.68)
    assert round(15.68) == LARGEST_PLACEBO_RISE_PER_CM2


def test_another_treatment_is_no_placebo() -> None:
    rising = replace(EFFECTS[0], design="compared treatments", control_change=40.0)
    assert largest_placebo_rise((rising, EFFECTS[1])) is EFFECTS[1]
    with pytest.raises(ValueError, match=r"empty"):
        largest_placebo_rise((rising,))


def test_planning_states_the_same_placebo_arms() -> None:
    assert PLACEBO_ARMS == ((19.7, 172), (21.7, 78))


def test_sorted_by_difference() -> None:
    differences = [effect.difference for effect in by_difference()]
    known = [difference for difference in differences if difference is not None]
    assert known == sorted(known, reverse=True)
    assert differences[len(known) :] == [None] * (len(EFFECTS) - len(known))
    assert sorted(map(id, by_difference())) == sorted(map(id, EFFECTS))


def test_sorted_by_design() -> None:
    designs = [effect.design for effect in controlled_first(reversed(EFFECTS))]
    assert designs == sorted(designs)
    assert (designs[0], designs[-1]) == ("against control", "uncontrolled")


def test_what_people_see() -> None:
    assert (SEEN_BY_DERMATOLOGISTS_PER_CM2, SEEN_BY_DERMATOLOGISTS_PERCENT) == (43.36, 22.66)
    assert (SEEN_BY_PATIENTS_PER_CM2, SEEN_BY_PATIENTS_PERCENT) == (41.69, 22.78)
    assert "subjective-vs-objective" in SEEN_SOURCES[0]
    assert "f8z3dx8mvf" in SEEN_SOURCES[1]
