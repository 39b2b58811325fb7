"""What the clinic should mind with a subject's photographs and the next ones: reasons, and flags with their advice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from densitometer.report.subjects.words import advice_on_comparing, labels, not_measured_told, sentence
from densitometer.report.texts import flag_named, shown
from densitometer.study.model import Photograph, Study


@dataclass(frozen=True)
class Concern:
    """Something to mind when photographing next: which photographs it is about, what was found, what to do."""

    where: str
    told: str
    advice: str


def concerns_of(group: Sequence[Photograph], study: Study) -> Iterator[Concern]:
    """Give what could not be measured with the reason, then every flag of photographs and of comparisons."""
    for one in group:
        if not one.measured:
            advice = shown(str(one.row.get("reason") or "")).partition("; ")[2]
            yield Concern(_where(one), sentence(not_measured_told(one)), sentence(advice))
    for one in group:
        told, advice = advice_on_comparing(one, study, group)
        if told:
            yield Concern(_where(one), f"Could not be compared: {told}.", advice)
    yield from _flagged((one, str(one.row.get("flags") or "")) for one in group)
    yield from _flagged((one, str(study.changes[one.name].get("flags") or "")) for one in group
                        if one.name in study.changes)  # fmt: skip


def _flagged(found: Iterable[tuple[Photograph, str]]) -> Iterator[Concern]:
    """Flags with their advice, each once with all photographs that have it."""
    photographs: dict[str, list[Photograph]] = {}
    for one, flags in found:
        for name in filter(None, flags.split(";")):
            photographs.setdefault(name, []).append(one)
    for name, some in photographs.items():
        flag = flag_named(name)
        yield Concern("; ".join(dict.fromkeys(map(_where, some))), flag.meaning, flag.advice)


def _where(one: Photograph) -> str:
    return ", ".join(labels(one)) or shown(one.name)
