"""The model card: figures of these weights or none, every style, and the card in the package as it would be written."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "training"))

import card  # noqa: E402
import figures  # noqa: E402
import scenes  # noqa: E402
from densitometer.synthetic.styles import styles  # noqa: E402
from figures import PHOTOGRAPHS, RENDERED, Figures  # noqa: E402
from seeds import training_seeds  # noqa: E402

FACTS = {
    "version": "7", "sha256": "ab12", "bytes": 3_320_051, "parameters": 828_999, "patches": 150_000, "um_per_px": 8.0,
    "stride": 2, "heads": {"middle": 1, "strand": 8},
}  # fmt: skip
RESULTS = """# Results

### The `choose` half: 9 photographs of 8 subjects (settings were chosen on these: for comparison only)

| method | F1 | precision | recall | count bias | count error per photograph | right root ends |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
| densitometer | 0.1 | 0.1 | 0.1 | 1% | 1% | 1% |

### The `report` half: 81 photographs of 63 subjects (not looked at when settings were chosen)

| method | F1 | precision | recall | count bias | count error per photograph | right root ends |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
| densitometer | 0.911 (0.90–0.92) | 0.92 | 0.90 | -1% | 5% | 99% |
| peer | 0.6 | 0.7 | 0.5 | -20% | 30% | – |

### Seeds to `report`: 4 scenes of 2 styles (not looked at when settings were chosen)

Worst styles.

| all styles | root F1 | precision | count error per scene | count bias |
| --- | ---: | ---: | ---: | ---: |
| densitometer | 0.80 | 0.8 | 9% | +2% |

| root F1 | scenes | true hairs | densitometer | peer |
| --- | ---: | ---: | ---: | ---: |
| blond | 2 | 20 | 0.71 (0.6 to 0.8) | 0.1 |
| curly | 2 | 30 | 0.99 (0.9 to 1.0) | 0.3 |

| count error per scene; bias | densitometer | peer |
| --- | ---: | ---: |
| blond | 12% (9% to 20%); -12% | 70%; -70% |
| curly | 2% (1% to 3%); +1% | 7%; -7% |

| densitometer | width bias (µm) | mean width error (µm) |
| --- | ---: | ---: |
| blond | +1.5 | 4.5 |
| curly | -0.5 | 3.5 |
| all styles | +0.5 | 4.0 |
"""


@pytest.fixture
def measured() -> Figures:
    bound = {"photographs alone": dict.fromkeys(PHOTOGRAPHS, "0.95 (bound)")}
    return figures.taken(RESULTS, "ab12", Figures(upper_bound=bound))


def test_figures_are_taken_from_the_right_tables(measured: Figures) -> None:
    assert measured.photographs["F1"] == "0.911 (0.90–0.92)"
    assert measured.photographs["half"] == "81 photographs of 63 subjects"
    assert measured.rendered["all styles"] == {
        "root F1": "0.80",
        "count error per scene": "9%",
        "count bias": "+2%",
    }
    expected = ("2", "0.71 (0.6 to 0.8)", "12% (9% to 20%); -12%", "+1.5", "4.5")
    assert measured.rendered["blond"] == dict(zip(RENDERED, expected, strict=True))
    assert list(measured.upper_bound) == ["photographs alone"]  # what was put in by hand stays


def test_the_tables_of_the_results_can_be_read() -> None:
    found = figures.taken(figures.RESULTS.read_text(encoding="utf-8"), "", Figures())
    assert set(found.rendered) == {*styles(), "all styles"}
    assert set(found.photographs) == {*PHOTOGRAPHS, "half"}


@pytest.mark.parametrize(
    ("lost", "instead", "said"),
    [
        ("The `report` half", "The half", "no table of method, F1 below a heading with `report` half"),
        ("| curly | 2%", "| straight | 2%", "has no row curly"),
    ],
)
def test_a_missing_table_or_row_is_named(lost: str, instead: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        figures.taken(RESULTS.replace(lost, instead), "", Figures())


def test_figures_are_read_as_they_were_written(measured: Figures, tmp_path: Path) -> None:
    measured.write(tmp_path / "figures.json")
    assert Figures.read(tmp_path / "figures.json") == measured
    assert "µm" in (tmp_path / "figures.json").read_text(encoding="utf-8")


def test_a_card_holds_its_figures(measured: Figures) -> None:
    text = card.card(FACTS, measured)
    for words in (
        "0.911 (0.90–0.92)",
        "0.95 (bound)",
        "0.71 (0.6 to 0.8)",
        "828 999",
        "150 000",
        "    ab12\n",
        "3.3 MB",
    ):
        assert words in text
    assert "81 photographs of 63 subjects" in text
    assert "root F1 is below 0.93, worst first: `blond` (0.71).\n" in text


def test_figures_of_other_weights_are_not_told(measured: Figures) -> None:
    text = card.card({**FACTS, "sha256": "cd34"}, measured)
    assert "0.911" not in text and "0.71" not in text and "0.95 (bound)" not in text
    assert text.count(card.UNMEASURED) >= len(styles()) + 3


def test_a_card_says_what_was_trained_on_and_what_for() -> None:
    text = card.card(FACTS, Figures())
    for title in ("What it is", "Intended use", "Trained on", "How well", "Limits", "How to make it again", "Checksum"):
        assert f"\n## {title}\n" in text
    for words in (
        "not a diagnostic device",
        "No photograph of a\npatient",
        f"{training_seeds().start} to {training_seeds()[-1]}",
        "--method ridge",
    ):
        assert words in text
    assert "{" not in text and "}" not in text


def test_each_style_is_in_one_group() -> None:
    grouped = [name for names in card.GROUPS.values() for name in names]
    assert sorted(grouped) == sorted(styles()) == sorted(scenes.STYLE_WEIGHTS)


def test_links_of_the_card_lead_somewhere() -> None:
    for link in ("../../../benchmarks/RESULTS.md", "../../../training/README.md"):
        assert f"({link})" in card.TEXT.read_text(encoding="utf-8")
        assert (card.MODELS / link).is_file()


def test_the_card_in_the_package_is_of_the_weights_in_the_package() -> None:
    facts = json.loads(card.FACTS.read_text(encoding="utf-8"))
    wanted = card.card(facts, Figures.read())
    assert card.CARD.read_text(encoding="utf-8") == wanted, "run: python training/card.py"
