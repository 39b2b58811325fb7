"""What Define-XML tells of the measurement: what counts as a hair, thresholds, intervals, and how each test is made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from densitometer.datasets.cdisc.dataset import Method
from densitometer.datasets.parameters import PARAMETERS, Parameter
from densitometer.study.model import Study

_CODES = {one.column.name: one.code for one in PARAMETERS}
_NAMES = re.compile(r"\b(" + "|".join(sorted(_CODES, key=len, reverse=True)) + r")\b")


def facts(study: Study) -> dict[str, str]:
    """Sentences for Define-XML's comment on the whole, by a short key."""
    told = {
        "COUNTING": "A hair counts if and only if it is sure enough and its root, the place where the shaft leaves the "
        "skin, lies in the countable field (where root and tip cannot be told apart: if both ends do). Hairs that "
        "only cross the field are reported apart (HAIROUT, HAIRUNC) and are in no count, density or width.",
        "FIELD": "Padding, black surround, printed text, scale bars, measuring circles and skin too dark to show hair "
        "are taken off the area (AOIAREA).",
        "THRESHOLDS": "Terminal and vellus hair are told apart by width, at 30 um and again at 40 um: terminal is as "
        "wide or wider, vellus is thinner. Where a pixel spans more than about 6 um there are no classes.",
        "INTERVALS": "Interval ends are of 95 % and concern one photograph: unsure detection (each hair is real with "
        "its confidence, and the count errs by a share of itself) and choice of patch (exact Poisson limits), with "
        "the uncertainty of the scale.",
        "SCALE": "Lengths and areas need a scale (um per px), which is never assumed: stated, read from a printed bar, "
        "or of trustworthy resolution data. Without one only counts are given.",
        "NOTDONE": "A photograph that could not be measured, and a test that gave no number, is NOT DONE with its "
        "reason; a zero is a measured zero.",
        "TESTS": "Controlled terminology has no test of hair: test codes and names are the sponsor's.",
    }
    return {**told, **_run(study.run)}


def _run(run: Mapping[str, object]) -> dict[str, str]:
    options = run.get("options")
    stated = options if isinstance(options, Mapping) else {}
    parts = {
        "program": f"densitometer {run.get('densitometer')}",
        "method": stated.get("method"),
        "region counted": stated.get("region"),
        "network": run.get("model") and f"{run['model']} {run.get('model_version')}, SHA-256 {run.get('model_sha256')}",
        "settings": run.get("settings_sha256") and f"SHA-256 {run['settings_sha256']}",
    }
    return {"MEASURED": "; ".join(f"{name}: {value}" for name, value in parts.items() if value) + "."}


@cache
def method_of(parameter: Parameter) -> Method:
    """How a test is made, from the dictionary of columns, with test codes in the place of columns."""
    text = _NAMES.sub(lambda found: _CODES[found[0]], parameter.column.meaning)
    if parameter.percent:
        text += " Given in per cent."
    return Method(parameter.code, parameter.name, text)


def decimals_of(parameter: Parameter) -> int:
    """Most decimals that a number of a parameter has; none of a whole number."""
    digits = re.fullmatch(r"\.(\d)f", parameter.column.spec)
    places = int(digits[1]) if digits else 0
    return max(0, places - 2) if parameter.percent else places
