"""What a comparison says, in sentences made from its row of changes.csv alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from densitometer.report.texts import fixed, number, signed

Row = Mapping[str, str | int | float | None]

_SOURCES = {
    "replicates": "from this study's own replicate photographs",
    "validated": "from rendered test pairs without change, not from replicates of this study",
}


def says(row: Row) -> str:
    """What the verdict says and what it does not, in a sentence or two."""
    verdict = row.get("verdict")
    if verdict in ("increase", "decrease"):
        more = "more" if verdict == "increase" else "fewer"
        return (
            f"There are {more} hairs than before, by more than measurement error explains: the change exceeds "
            f"{_limit(row)}, and its interval leaves out zero. It holds for the skin that both photographs show; it "
            "does not say what caused it."
        )
    if verdict == "within_error":
        return f"{_why_within_error(row)} This does not show that nothing changed."
    if row.get("comparable") == 1:
        return "The photographs fit one another, but a change or its error could not be told."
    return "No change is reported, because these photographs could not be compared."


def _why_within_error(row: Row) -> str:
    """Which of the two that a verdict asks for is missing."""
    change, mdc95 = number(row, "change_per_cm2"), number(row, "mdc95_per_cm2")
    low, high = number(row, "change_low_per_cm2"), number(row, "change_high_per_cm2")
    known = low is not None and high is not None
    interval = f" ({signed(low, 1)} to {signed(high, 1)})" if known else ""
    if change is not None and mdc95 is not None and abs(change) > mdc95:
        return (
            f"The change is larger than {_limit(row)}, but its interval{interval} includes zero, so it may still be "
            "chance. A photograph with more of the same skin would tell more."
        )
    sure = low is not None and high is not None and not low <= 0 <= high
    although = f"although its interval{interval} leaves out zero, " if sure else ""
    return (
        f"The change cannot be told from measurement error: {although}it does not exceed {_limit(row)}, and a smaller "
        "change would not be seen."
    )


def _limit(row: Row) -> str:
    mdc95, source = fixed(row.get("mdc95_per_cm2"), 1), _SOURCES.get(str(row.get("mdc95_source") or ""), "")
    return f"MDC95 ({mdc95} per cm²{', ' + source if source else ''})" if mdc95 else "what measurement error explains"


def plain_change(row: Row) -> str:
    """What counting twice would say, where it is farther from the change than MDC95; else empty."""
    plain, change, mdc95 = (number(row, f"{name}_per_cm2") for name in ("plain_change", "change", "mdc95"))
    if plain is None or change is None or mdc95 is None or abs(plain - change) <= mdc95:
        return ""
    return (
        f"Counting each photograph alone and subtracting would say {signed(plain, 0)} per cm²: that mixes in the other "
        "skin each photograph shows, and the errors of both counts."
    )


def besides(row: Row) -> Iterator[str]:
    """Changes of follicular units and of the scalp, a sentence each."""
    mean, counts = number(row, "hairs_per_unit_change"), [row.get(f"units_{way}") for way in ("grown", "shrunk")]
    if mean is not None and None not in counts:
        size, more = f"{abs(mean):.2f}", "more" if mean > 0 else "fewer"
        average = "as many hairs in a unit as before" if not size.strip("0.") else f"{size} {more} hairs in a unit"
        yield f"Follicular units: {counts[0]} with more hairs, {counts[1]} with fewer; on average {average}."
    if redness := signed(row.get("redness_change"), 1):
        yield f"Redness of hair-free skin: {redness} (CIELAB a*), which holds only with the same device and settings."
    flaking = number(row, "flaking_change")
    if flaking is not None:
        yield f"Skin covered by flakes: {signed(100 * flaking, 1)} percentage points."


def alignment(row: Row) -> str:
    """How well the photographs lie on one another; empty where they do not."""
    rms, roots, overlap = (fixed(row.get(name), places) for name, places in _ALIGNMENT)
    if not rms or not overlap or row.get("comparable") != 1:
        return ""
    apart = f"lie {rms} µm apart on average (root mean square) after matching"
    matched = f"by {roots} hair roots, which {apart}" if roots else f"by their hair roots, which {apart}"
    turned = fixed(abs(number(row, "turn_deg") or 0.0), 0)
    turn = "" if turned == "0" else f"; the follow-up is turned by {turned}°"
    return f"The photographs were matched {matched}; both show {overlap} cm² of the same skin{turn}."


_ALIGNMENT = (("alignment_rms_um", 0), ("matched_roots", 0), ("overlap_cm2", 3))


def width_change(row: Row) -> str:
    """Give the mean change of width with its interval; empty where it was not measured."""
    mean, pairs = signed(row.get("width_change_um"), 1), fixed(row.get("width_pairs"), 0)
    if not mean:
        return ""
    low, high = signed(row.get("width_change_low_um"), 1), signed(row.get("width_change_high_um"), 1)
    interval = f" (95 % interval {low} to {high})" if low and high else ""
    hairs = f" of {pairs} hairs that were measured at both visits, outliers left out" if pairs else ""
    return f"Mean change of width{hairs}: {mean} µm{interval}."
