"""The variables of ADHAIR in order, with labels of ADaMIG 1.3, and what Define-XML tells of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from densitometer.datasets.cdisc.adam_matched import SOURCES, VERDICTS
from densitometer.datasets.cdisc.adam_parameters import MATCHED, AnalysisParameter
from densitometer.datasets.cdisc.adam_rows import REPLICATES
from densitometer.datasets.cdisc.dataset import Codelist, Method, Term, Type, ValueLevel, Variable
from densitometer.datasets.cdisc.facts import decimals_of, method_of
from densitometer.datasets.cdisc.layout import DAY, place_variables, whole
from densitometer.datasets.cdisc.repeatability import LEAST_GROUPS
from densitometer.datasets.cdisc.terms import published, sponsor
from densitometer.datasets.parameters import PARAMETERS
from densitometer.study.model import Study

AVERAGE = "AVERAGE"
CRITERION = "|CHG| >= MDC95"
OPTIONAL = frozenset({"TRTSDT", "TRTPN", "FOCID", "IGLAT", "IGDIR"})
"""Left out where no row has a value; all others are in every ADHAIR, so that programs find them."""

_DTYPE = Codelist("DTYPE", "Derivation Type", (Term(AVERAGE, "Average", "C81209"),), "C81224")
_NY = {name: published("NY", values, of=name) for name, values in (("ABLFL", "Y"), ("ANL01FL", "Y"), ("CRIT1FL", "YN"))}

_AVAL = Method(
    "AVAL",
    "Analysis value",
    "IG.IGSTRESN of the record that SRCSEQ names; of a row with DTYPE AVERAGE the mean of the measured replicates of "
    "the visit, rounded to ten decimals. Nothing is imputed: a photograph that was not measured has no row.",
)
_MATCHED = Method(
    MATCHED.code,
    MATCHED.name,
    "At the baseline BASE of HAIRDENS of the same site; later BASE plus the change that densitometer compare found "
    "hair by hair on the skin which the later photograph has in common with one of the baseline: hairs gained less "
    "hairs lost, by their probabilities, per cm2. With DTYPE AVERAGE the change is the mean of several comparisons. "
    "There is no row where photographs were not compared, or could not be.",
)
_BASE = Method(
    "BASE",
    "Baseline",
    "AVAL of the row with ABLFL = Y of the same subject and parameter. The baseline is the visit that the study file "
    "states; where it states none, the last visit with a measured photograph on or before the date of first "
    "treatment; where that date is not known either, the first visit of the study. A photograph of a day after the "
    "first treatment is never of it. Empty where no photograph of it gave a number.",
)
_CHG = Method("CHG", "Change from baseline", "AVAL less BASE, at visits after the baseline.")
_PCHG = Method(
    "PCHG",
    "Percent change from baseline",
    (
        "100 times CHG by BASE; empty where BASE is 0. Of matched hairs too, so that it differs from change_percent of "
        "densitometer compare, which divides by the density on the skin that both photographs show."
    ),
)
_ABLFL = Method("ABLFL", "Baseline flag", "Y for the row at the baseline that has ANL01FL = Y.")
_ANL01FL = Method(
    "ANL01FL",
    "Record to be analysed",
    "Y for one row per subject, parameter and visit: that with DTYPE AVERAGE, or the only one of the visit.",
)
_DERIVED = Method("DTYPE", "Derived row", "AVERAGE for the row that is added where a visit has several values.")
_MDC95 = Method(
    "MDC95",
    "Minimal detectable change",
    "1.96 times SEM times the square root of 1/k0 + 1/k1, of which k0 and k1 are the photographs averaged at the "
    "baseline and in this row. SEM is the standard deviation of replicates about the mean of their subject, site, "
    "visit and day (those of a baseline visit before and after the first treatment apart), pooled by degrees of "
    f"freedom over the whole study; empty where fewer than {LEAST_GROUPS} visits have replicates, or all agree "
    "wholly. Copies of one file count once throughout. Of matched hairs: as densitometer compare gives it; of a mean "
    "of changes the root mean square of theirs times the square root of (1/k1 + the sum of squared shares that each "
    "photograph of the baseline has in the mean) / 2.",
)
_MDC95SRC = Method(
    "MDC95SRC",
    "Source of the minimal detectable change",
    f"{REPLICATES} where the error of measurement is that of replicate photographs of this study; VALIDATION where "
    "the study has too few, and densitometer compare took the repeatability that the program's documentation states.",
)
_CRIT1 = f"{CRITERION} on all rows of a parameter of which MDC95 is known; on none of any other."
_CRIT1FL = Method("CRIT1FL", "Criterion", "Y where the absolute value of CHG is MDC95 or larger, else N.")
_CHGCAT1 = Method(
    "CHGCAT1",
    "Verdict of one comparison",
    "As densitometer compare gives it: INCREASE or DECREASE where the change is larger than MDC95 and its 95 % "
    "interval leaves out 0, else WITHIN ERROR. Of matched hairs alone, and of single comparisons, not of their mean.",
)
_ADT = Method("ADT", "Date", "IG.IGDTC as a numeric date; of a row with DTYPE AVERAGE the last one averaged.")
_ADY = replace(DAY, key="ADY", text=f"{DAY.text} Of a row with DTYPE AVERAGE that of ADT.")


def identifiers() -> tuple[Variable, ...]:
    """STUDYID and USUBJID."""
    return (
        Variable("STUDYID", "Study Identifier", comment="From the study file.", mandatory=True),
        Variable("USUBJID", "Unique Subject Identifier", origin="Predecessor", comment="IG.USUBJID", mandatory=True),
    )


def variables(study: Study, parameters: Sequence[AnalysisParameter]) -> tuple[Variable, ...]:
    """Give all that stand after the variables of subjects."""
    return (*_treatment(study), *_parameter(parameters), *_visit(study), *_place(study), *_ANALYSIS)


def names(study: Study) -> frozenset[str]:
    """Names that no variable of subjects may have."""
    return frozenset(one.name for one in variables(study, ()))


def value_levels(parameters: Iterable[AnalysisParameter]) -> tuple[ValueLevel, ...]:
    """What AVAL is for each parameter."""
    tests = {one.code: one for one in PARAMETERS}
    levels = []
    for one in parameters:
        plain = tests.get(one.test.code)
        decimals, method = (decimals_of(plain), method_of(plain)) if plain else (2, _MATCHED)
        levels.append(ValueLevel("AVAL", "PARAMCD", one.code, "float", "Derived", decimals, method))
    return tuple(levels)


def _treatment(study: Study) -> tuple[Variable, ...]:
    arms = [(arm.name, arm.code if arm.code != arm.name else "") for arm in study.arms]
    numbers = [(str(number), arm.name) for number, arm in enumerate(study.arms, start=1)]
    told = "Arm, as the visits table or the table of subjects names it."
    return (
        Variable("TRTP", "Planned Treatment", codelist=sponsor("TRTP", "Arms", arms) if arms else None, comment=told),
        Variable("TRTPN", "Planned Treatment (N)", "integer", comment="Arms counted in order.",
                 codelist=sponsor("TRTPN", "Numbers of Arms", numbers, numeric=True) if arms else None),
    )  # fmt: skip


def _parameter(parameters: Sequence[AnalysisParameter]) -> tuple[Variable, ...]:
    codes = sponsor("PARAMCD", "Parameter Codes", [(one.code, one.name) for one in parameters])
    numbers = sponsor("PARAMN", "Parameter Numbers", [(str(one.number), one.name) for one in parameters], numeric=True)
    categories = sponsor("PARCAT1", "Category of Hair Findings", [one.test.category for one in parameters])
    coded = "IGTESTCD; where a study has several sites, its stem and the number of the site."
    return (
        Variable("PARAMCD", "Parameter Code", codelist=codes, comment=coded, mandatory=True),
        Variable("PARAM", "Parameter", comment="IGTEST, unit and site.", mandatory=True),
        Variable("PARAMN", "Parameter (N)", "integer", codelist=numbers, mandatory=True,
                 comment="Number of the test; where a study has several sites, times 100, plus that of the site."),
        Variable("PARCAT1", "Parameter Category 1", codelist=categories, comment="IGCAT.", mandatory=True),
    )  # fmt: skip


def _visit(study: Study) -> tuple[Variable, ...]:
    pairs = [(str(whole(visit.number)), visit.label) for visit in study.visits]
    kind: Type = "integer" if all(isinstance(whole(visit.number), int) for visit in study.visits) else "float"
    visits = sponsor("AVISITN", "Analysis Visits", pairs, numeric=True)
    return (
        Variable("AVISIT", "Analysis Visit", origin="Predecessor", comment="IG.VISIT", mandatory=True),
        Variable("AVISITN", "Analysis Visit (N)", kind, "Predecessor", visits, comment="IG.VISITNUM", mandatory=True),
        Variable("ADT", "Analysis Date", "numeric date", "Derived", method=_ADT),
        Variable("ADY", "Analysis Relative Day", "integer", "Derived", method=_ADY),
    )


def _place(study: Study) -> tuple[Variable, ...]:
    return (
        Variable("FOCID", "Focus of Study-Specific Interest", origin="Predecessor", comment="IG.FOCID"),
        *(
            replace(one, origin="Predecessor", comment=f"IG.{one.name}", role="")
            for one in place_variables(study, "IG", "Location Used for the Measurement")
        ),
        Variable("IGREPNUM", "Repetition Number", "integer", "Predecessor", comment="IG.IGREPNUM"),
        Variable("IGLNKID", "Link ID", origin="Predecessor", comment="IG.IGLNKID"),
    )


_ANALYSIS = (
    Variable("AVAL", "Analysis Value", "float", "Derived", method=_AVAL, mandatory=True),
    Variable("BASE", "Baseline Value", "float", "Derived", method=_BASE),
    Variable("CHG", "Change from Baseline", "float", "Derived", method=_CHG),
    Variable("PCHG", "Percent Change from Baseline", "float", "Derived", method=_PCHG),
    Variable("ABLFL", "Baseline Record Flag", "text", "Derived", _NY["ABLFL"], _ABLFL),
    Variable("DTYPE", "Derivation Type", "text", "Derived", _DTYPE, _DERIVED),
    Variable("ANL01FL", "Analysis Flag 01", "text", "Derived", _NY["ANL01FL"], _ANL01FL),
    Variable("CRIT1", "Analysis Criterion 1", comment=_CRIT1),
    Variable("CRIT1FL", "Criterion 1 Evaluation Result Flag", "text", "Derived", _NY["CRIT1FL"], _CRIT1FL),
    Variable("MDC95", "Minimal Detectable Change, 95 Percent", "float", "Derived", method=_MDC95),
    Variable("MDC95SRC", "Source of Minimal Detectable Change", "text", "Derived",
             sponsor("MDC95SRC", "Sources of Measurement Error", SOURCES.values()), _MDC95SRC),
    Variable("CHGCAT1", "Change from Baseline Category 1", "text", "Derived",
             sponsor("CHGCAT1", "Verdicts", VERDICTS.values()), _CHGCAT1),
    Variable("SRCDOM", "Source Data", comment="IG; empty for matched hairs, which IG does not hold."),
    Variable("SRCVAR", "Source Variable", comment="IGSTRESN."),
    Variable("SRCSEQ", "Source Sequence Number", "integer", "Predecessor", comment="IG.IGSEQ"),
    Variable("ASEQ", "Analysis Sequence Number", "integer", "Derived", mandatory=True,
             method=Method("ASEQ", "Sequence number", "Number of the row, from 1, within USUBJID.")),
)  # fmt: skip
