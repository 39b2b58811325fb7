"""Lost, gained and unsure hairs of a comparison as the page lists them, and which of them it leaves out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from densitometer.report.fate_marks import OVERLOOKED_BELOW, is_overlooked, label_of
from densitometer.report.texts import fixed, number

Row = Mapping[str, str | int | float | None]

_FATES = {"lost": "lost", "gained": "gained", "ambiguous": "unsure"}


@dataclass(frozen=True)
class HairRow:
    """A lost, gained or unsure hair as the page lists it."""

    label: str
    fate: str
    probability: str
    hair: str
    baseline_place: str
    followup_place: str


def hair_rows(matches: Sequence[Row]) -> Iterator[HairRow]:
    """Lost hairs, then gained, then unsure ones, by their numbers; none that was probably overlooked."""
    order = list(_FATES)
    listed = [match for match in matches if match.get("fate") in _FATES and not overlooked(match)]

    def key(match: Row) -> tuple[int, bool, float]:
        at_baseline = number(match, "baseline_hair")
        hair = number(match, "followup_hair") if at_baseline is None else at_baseline
        return order.index(str(match.get("fate"))), at_baseline is None, hair or 0.0

    for match in sorted(listed, key=key):
        before, after = (number(match, f"{which}_hair") for which in ("baseline", "followup"))
        fate = str(match.get("fate"))
        hairs = (None if before is None else int(before), None if after is None else int(after))
        yield HairRow(
            label=label_of(fate, *hairs),
            fate=_FATES[fate],
            probability=fixed(100 * (number(match, "probability") or 0.0), 0) + " %",
            hair=", ".join(
                f"{which} {hair}" for which, hair in zip(("baseline", "follow-up"), hairs, strict=True) if hair
            ),
            baseline_place=_place(match, "baseline"),
            followup_place=_place(match, "followup"),
        )


def overlooked(match: Row) -> bool:
    """Whether a hair was probably overlooked in one of the photographs."""
    hairs = (match.get("baseline_hair"), match.get("followup_hair"))
    return is_overlooked(str(match.get("fate")), *hairs, number(match, "probability"))


def left_out(missed: int, unsure: str) -> str:
    """Which unsure hairs are not listed; empty where all are."""
    if not missed:
        return ""
    return (
        f"Left out here, and dotted in the picture: {missed} of {unsure or 'the'} unsure hairs, each found in one "
        f"photograph alone and lost or gained with a probability below {100 * OVERLOOKED_BELOW:.0f} %. Such a hair was "
        "probably overlooked in the other photograph, or is none. matches.csv beside this file holds every hair."
    )


def _place(match: Row, which: str) -> str:
    x, y = (fixed(match.get(f"{which}_{axis}_px"), 0) for axis in "xy")
    return f"{x}, {y}" if x and y else ""
