"""Write the model card of the packaged weights from their facts, the training code and measured figures.

    python training/card.py --results

``--results`` first takes the figures of the packaged weights from benchmarks/RESULTS.md into ``figures.json``: measure
with these weights before. Those of the upper bound are put into ``figures.json`` by hand, as
``"upper_bound": {"photographs alone": {"F1": "0.9 (0.8–1.0)", "recall": ...}, "renders, then photographs": ...}``.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from densitometer.synthetic.styles import styles
from figures import FILE, PHOTOGRAPHS, RENDERED, RESULTS, Figures, Row, taken
from scenes import STYLE_WEIGHTS
from seeds import FIRST_KEPT, SCENES, training_seeds

MODELS = Path(__file__).resolve().parents[1] / "src" / "densitometer" / "models"
FACTS = MODELS / "strand_network.json"
CARD = MODELS / "README.md"
TEXT = Path(__file__).with_name("card.md")
"""The prose, with the names of the places that this fills in braces."""
UNMEASURED = "*not measured with these weights yet*"
LEAST_F1 = 0.93
"""Root F1 at which a style is not named among the limits."""
GROUPS = {
    "Colour of hair": ("trimmed_70x", "blond", "red_hair", "grey_mixed", "white_on_dark", "dyed"),
    "Skin": ("dark_skin", "wrinkled", "flaking", "oily_glare"),
    "Magnification and optics": ("clipped_wide", "round_field", "untrimmed_dermoscope", "immersion", "blurred"),
    "How hair grows and lies": (
        "crowded_units",
        "fine_hair",
        "uneven_shafts",
        "dense_stubble",
        "clippings",
        "trimmed_crossing",
        "curly",
        "untrimmed_crossing",
    ),
}
"""What each style of rendered scenes tells most about."""
HEADS = {
    "middle": "score that the middle of a hair's first millimetre lies here",
    "axis": "cosine and sine of twice the angle of that millimetre",
    "half_length": "logarithm of half its length",
    "to_root": "direction to the root",
    "width": "logarithm of the hair's width",
    "strand": "scores that a centre line runs through here, a map an orientation, so that hairs that cross are apart",
}


def card(facts: Mapping[str, Any], figures: Figures) -> str:
    """Lay out the card of weights with these facts; figures of other weights are left out."""
    mine = figures.of(facts["sha256"])
    seeds = training_seeds()
    places = {
        "version": facts["version"],
        "sha256": facts["sha256"],
        "megabytes": f"{facts['bytes'] / 1e6:.1f}",
        "parameters": f"{facts['parameters']:,}".replace(",", " "),
        "um_per_px": f"{facts['um_per_px']:g}",
        "answer_um_per_px": f"{facts['um_per_px'] * facts['stride']:g}",
        "heads": _heads(facts["heads"]),
        "patches": f"{facts['patches']:,}".replace(",", " "),
        "scenes": SCENES,
        "seeds": f"{seeds[0]} to {seeds[-1]}",
        "first_kept": FIRST_KEPT,
        "style_weights": _style_weights(),
        "photographs": _photographs(mine),
        "rendered": _rendered(mine),
        "short": _short(mine),
        **{_place(title): _group(names, mine) for title, names in GROUPS.items()},
    }
    return TEXT.read_text(encoding="utf-8").format_map(places)


def _place(title: str) -> str:
    return title.lower().replace(" ", "_")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---"] * len(head)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, rule, *rows))


def _heads(channels: Mapping[str, int]) -> str:
    return _table(("head", "channels", "answer"), [(name, str(n), HEADS[name]) for name, n in channels.items()])


def _style_weights() -> str:
    total = sum(STYLE_WEIGHTS.values())
    rows = [(f"`{name}`", f"{weight / total:.1%}", styles()[name].about) for name, weight in STYLE_WEIGHTS.items()]
    return _table(("style", "share", "what it shows"), rows)


def _photographs(figures: Figures) -> str:
    """Table of the photographs, with the upper bound below what ships."""
    rows = {"**these weights** (renders alone)": figures.photographs}
    rows |= {f"upper bound, not shipped: {seen}": row for seen, row in figures.upper_bound.items()}
    if not figures.upper_bound:
        rows["upper bound, not shipped"] = {}
    half = figures.photographs.get("half")
    where = f"{half}, on whom no setting was chosen:\n\n" if half else ""
    return where + _table(
        ("trained on", *PHOTOGRAPHS), [(name, *_cells(row, PHOTOGRAPHS)) for name, row in rows.items()]
    )


def _cells(row: Row, names: Sequence[str]) -> list[str]:
    if not row:
        return [UNMEASURED, *[""] * (len(names) - 1)]
    return [row.get(name, "–") for name in names]


def _rendered(figures: Figures) -> str:
    whole = figures.rendered.get("all styles")
    return ", ".join(f"{name} {value}" for name, value in whole.items()) if whole else UNMEASURED


def _group(names: Sequence[str], figures: Figures) -> str:
    rows = []
    for name in names:
        style = styles()[name]
        low, high = style.camera.um_per_px
        cells = _cells(figures.rendered.get(name, {}), RENDERED[1:])
        rows.append((f"`{name}`: {style.about}", f"{low:g} to {high:g}", *cells))
    return _table(("rendered style", "µm/px", *RENDERED[1:]), rows)


def _short(figures: Figures) -> str:
    """Name the styles whose roots are not found well enough."""
    if not figures.rendered:
        return f"Styles with a root F1 below {LEAST_F1}: {UNMEASURED}."
    scores = {name: _leading(figures.rendered[name]["root F1"]) for name in styles() if name in figures.rendered}
    weak = sorted((score, name) for name, score in scores.items() if not score >= LEAST_F1)
    if not weak:
        return f"Every style has a root F1 of {LEAST_F1} or more."
    listed = ", ".join(f"`{name}` ({score:g})" for score, name in weak)
    return f"**Do not rely on it without looking** where root F1 is below {LEAST_F1}, worst first: {listed}."


def _leading(text: str) -> float:
    found = re.match(r"[-+]?\d+(\.\d+)?", text)
    return float(found[0]) if found else float("nan")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", action="store_true", help="take the figures from benchmarks/RESULTS.md first")
    given = parser.parse_args()
    facts = json.loads(FACTS.read_text(encoding="utf-8"))
    if given.results:
        taken(RESULTS.read_text(encoding="utf-8"), facts["sha256"], Figures.read(FILE)).write(FILE)
    CARD.write_text(card(facts, Figures.read(FILE)), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
