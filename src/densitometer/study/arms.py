"""Arms of a study: which there are, and to which a photograph belongs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from densitometer.study.model import Arm, Row
from densitometer.study.subjects import Subject
from densitometer.visits.order import natural, plain
from densitometer.visits.problems import quoted

_IN_VISITS = "in the visits table"
_SIDES = ", or, where the sides of one head differ, leave ARM and ARMCD out of the table of subjects"


class Arms:
    """The arms that are known: of the study file, else of the table of subjects, else of the visits table itself."""

    def __init__(self, stated: Mapping[str, str], subjects: Iterable[Subject], rows: Iterable[Row]) -> None:
        self.declared_in = "the study file" if stated else ""
        pairs = [(name, code) for code, name in stated.items()]
        if not pairs:
            pairs = _unique((subject.arm, subject.arm_code or subject.arm) for subject in subjects)
            self.declared_in = "the table of subjects" if pairs else "the visits table"
        if not pairs:
            pairs = _unique((arm_cell(row), arm_cell(row)) for row in rows)
        self.all = tuple(Arm(name, code) for name, code in pairs)
        self._by_text = {plain(text): arm for arm in self.all for text in (arm.code, arm.name)}

    def of(self, row: Row, subject: Subject) -> tuple[Arm | None, str]:
        """Arm of a photograph, or why it has none that is known.

        Returns
        -------
        arm : Arm or None
            None where neither table names one.
        fault : str
            What is wrong, and what to do; empty where nothing is.
        """
        told = {_IN_VISITS: arm_cell(row), "in the table of subjects": subject.arm}
        told["as its code there"] = subject.arm_code
        said = [(text, where) for where, text in told.items() if text]
        for text, _ in said:
            if plain(text) not in self._by_text:
                if text == subject.arm_code and not subject.arm and self.declared_in != "the study file":
                    what = f"subject {quoted(subject.code)} has the code {quoted(text)} of an arm that nothing names"
                    return None, f"{what}; add a column ARM to the table of subjects, or [arms] to the study file"
                known = ", ".join(quoted(arm.name) for arm in self.all)
                where = f"one of {self.declared_in} ({known})"
                return None, f"the arm {quoted(text)} of subject {quoted(subject.code)} is not {where}; mend its name"
        arms = [self._by_text[plain(text)] for text, _ in said]
        for arm, (text, where) in zip(arms, said, strict=True):
            if arm != arms[0]:
                both = f"{quoted(said[0][0])} {said[0][1]} and {quoted(text)} {where}"
                fault = f"the arm of subject {quoted(subject.code)} is {both}; mend one of them"
                return None, fault + (_SIDES if said[0][1] == _IN_VISITS else "")
        return (arms[0] if arms else None), ""


def arm_cell(row: Row) -> str:
    """Arm as the visits table names it; empty where it does not."""
    return next((str(cell or "") for name, cell in row.items() if is_arm(name)), "")


def is_arm(column: str) -> bool:
    """Tell whether a further column of the visits table names arms."""
    return column.casefold() == "arm"


def _unique(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    first: dict[str, tuple[str, str]] = {}
    for name, code in pairs:
        if name:
            first.setdefault(plain(name), (name, code))
    return sorted(first.values(), key=lambda pair: natural(pair[0]))
