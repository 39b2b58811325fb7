"""Tables of what CDISC's rules engine said of our data sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cdisc_rules_files import Rule
from results_page import table

HEAD = ("rule", "what must hold", "looked at", "records that fail", "seeded fault")
RAN = ("success", "issue reported")
_NO_VARIABLE = "rule execution error"  # the engine's words where a data set lacks the rule's variable

NOT_RUN = (
    "Not run, for want of CDISC's library of standards, which is not to be had offline: rules on the order, labels and "
    "core of variables and on controlled terminology. Nor rules that look into TV, SV or ADSL, the sponsor's own; "
    "a DM was made of the trial's table of subjects. The engine does no sums: of CHG and PCHG these rules see the sign "
    "alone. Beside published rules ours are weaker evidence: who wrote the data sets wrote them."
)

Outcomes = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Verdict:
    """What came of one rule.

    Attributes
    ----------
    rule : Rule
    looked_at : tuple of str
        Data sets that the engine evaluated.
    failed : mapping of str to int
        Records (or variables, or the data set) that broke the rule, of data sets where any did.
    lacking : bool
        True where no data set has the variables of the rule.
    errors : tuple of str
        What hindered the engine, if anything did.
    found : bool
        True when the engine found the seeded fault, and the data set was clean without it.
    """

    rule: Rule
    looked_at: tuple[str, ...]
    failed: Mapping[str, int]
    lacking: bool
    errors: tuple[str, ...]
    found: bool

    @property
    def passed(self) -> bool:
        """Nothing failed, nothing hindered the engine, and the rule can fail."""
        return not self.failed and not self.errors and self.found


def verdict(rule: Rule, outcomes: Outcomes, *, found: bool) -> Verdict:
    """Read the engine's outcomes of a rule, one a data set."""
    looked_at = tuple(name for name, one in outcomes.items() if one["status"] in RAN)
    lacking = not looked_at and any(_NO_VARIABLE in one["message"] for one in outcomes.values())
    errors = [f"{name}: {one['message']}" for name, one in outcomes.items() if one["status"] not in (*RAN, "skipped")]
    if not looked_at and not lacking and not errors:
        errors.append("the engine looked at no data set")
    failed = {name: int(one["failed"]) for name, one in outcomes.items() if one["status"] in RAN and one["failed"]}
    return Verdict(rule, looked_at, failed, lacking, tuple(errors), found)


def fault_found(rule: Rule, clean: Outcomes, faulty: Outcomes, row: int) -> bool:
    """Whether the engine found a seeded fault, in the very record where the rule is one of records."""
    name = rule.fault.dataset.upper()
    before, after = clean.get(name, {}), faulty.get(name, {})
    if before.get("failed") or not after.get("failed"):
        return False
    return rule.sensitivity != "Record" or rule.type != "Record Data" or row in after["rows"]


def _failures(one: Verdict) -> str:
    if one.errors:
        return "not run: " + "; ".join(one.errors)
    if one.lacking:
        return "none: no such variable"
    return ", ".join(f"{name} {count:,}" for name, count in one.failed.items()) or "0"


def _row(one: Verdict) -> tuple[str, ...]:
    cells = (one.rule.source, one.rule.says, " ".join(one.looked_at) or "–", _failures(one))
    found = "found" if one.found else "NOT FOUND: proves nothing"
    return tuple(cell.replace("|", "\\|") for cell in (*cells, found))


def body(verdicts: Sequence[Verdict], records: Mapping[str, int]) -> str:
    """The section on the rules: what was looked at, a sentence of sums, and a table with one row a rule.

    Parameters
    ----------
    verdicts : sequence of Verdict
    records : mapping of str to int
        Records of every data set.
    """
    published = sum(bool(one.rule.rule) for one in verdicts)
    sums = [
        f"{published} published rules of CDISC and {len(verdicts) - published} of ours.",
        f"{sum(one.passed for one in verdicts)} of {len(verdicts)} hold, each shown to fail on a seeded fault;",
        f"{sum(bool(one.failed) for one in verdicts)} fail on some record;",
        f"{sum(bool(one.errors) for one in verdicts)} could not be run;",
        f"{sum(not one.found for one in verdicts)} did not find their fault;",
        f"{sum(one.lacking for one in verdicts)} found none of their variables (and hold for that).",
    ]
    sizes = ", ".join(f"{name} {count:,}" for name, count in records.items())
    parts = (f"Records: {sizes}.", " ".join(sums), NOT_RUN, table(HEAD, [_row(one) for one in verdicts]))
    return "\n\n".join(parts)
