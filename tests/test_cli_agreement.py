"""``densitometer agreement``: published and hand-made examples through the command, and what is refused."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result
from openpyxl import Workbook

from densitometer.cli.main import main
from densitometer.dictionary import HAIR_COLUMNS
from densitometer.evaluate.readers import match_places
from densitometer.evaluate.seen import Seen
from densitometer.results import PhotoResult
from densitometer.results.record import Kept
from written_folders import failed, result, snapshot, write

# Bland and Altman (Lancet 1986), table 1: peak flow of 17 subjects by two meters, here hairs by two readers.
LARGE = (494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427)
MINI = (512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451)

WIDTH, HEIGHT = 200, 100
SKIN_TO = 150
"""Columns of the drawn photographs from here on are not counted."""
UM_PER_PX = 10.0


def run(*words: object) -> Result:
    done = CliRunner().invoke(main, ["agreement", *map(str, words)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def told(*words: object) -> str:
    done = run(*words)
    assert done.exit_code == 0, done.output
    return done.stdout


def refused(*words: object) -> str:
    """Run what must be refused, and return the one sentence that says why."""
    done = run(*words)
    assert (done.exit_code, done.stdout) == (2, ""), done.output
    (line,) = done.stderr.splitlines()
    assert line.startswith("densitometer: ")
    return line.removeprefix("densitometer: ")


def table(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


Figures = dict[tuple[str, str], dict[str, dict[str, str]]]


def figures(tmp_path: Path, out: Path, reference: Path, *words: object) -> Figures:
    """Rows of the file of figures, by who is compared with whom and by figure."""
    file = tmp_path / "figures.csv"
    told(out, "--reference", reference, *words, "-o", file)
    found: Figures = {}
    for row in rows(file):
        found.setdefault((row["compared"], row["reference"]), {})[row["figure"]] = row
    return found


def numbers(row: dict[str, str], *names: str) -> list[float]:
    return [float(row[name]) for name in names or ("value", "low", "high")]


# ---- counts


@pytest.fixture
def meters(tmp_path: Path) -> Path:
    """Results in which densitometer counts as the second meter of Bland and Altman."""
    return write(tmp_path / "out", *(result(f"{i:02d}.jpg", hair_count=count) for i, count in enumerate(MINI)))


@pytest.fixture
def large(tmp_path: Path) -> Path:
    lines = (f"{i:02d}.jpg,{count}\n" for i, count in enumerate(LARGE))
    return table(tmp_path / "counts.csv", "photo,count\n" + "".join(lines))


def test_counts_give_the_published_limits(tmp_path: Path, meters: Path, large: Path) -> None:
    found = figures(tmp_path, meters, large)
    assert list(found) == [("densitometer", "reader")]
    of = found["densitometer", "reader"]
    # Published: bias -2.1 (large - mini), SD 38.8, bias interval -22.0 to 17.8; limits by 1.96 SD.
    assert numbers(of["bias"]) == pytest.approx([2.1, -17.8, 22.0], abs=0.1)
    assert numbers(of["limit_low"], "value") == pytest.approx([2.12 - 1.96 * 38.77], abs=0.02)
    assert numbers(of["limit_high"], "value") == pytest.approx([2.12 + 1.96 * 38.77], abs=0.02)
    apart = np.abs(np.subtract(MINI, LARGE))
    assert numbers(of["mean_absolute_error"], "value") == pytest.approx([apart.mean()], rel=1e-5)
    percent = (100 * apart / np.array(LARGE)).mean()
    assert numbers(of["mean_absolute_error_percent"], "value") == pytest.approx([percent], rel=1e-5)
    assert {row["photographs"] for row in of.values()} == {"17"}
    assert {row["subjects"] for row in of.values()} == {""}
    assert {row["reason"] for row in of.values()} == {""}


def test_icc_is_that_of_an_analysis_of_variance(tmp_path: Path, meters: Path, large: Path) -> None:
    both = np.array([LARGE, MINI], float).T
    n, k = both.shape
    subjects, meter, whole = both.mean(axis=1), both.mean(axis=0), both.mean()
    bms = k * ((subjects - whole) ** 2).sum() / (n - 1)
    jms = n * ((meter - whole) ** 2).sum() / (k - 1)
    ems = ((both - whole) ** 2).sum() - (n - 1) * bms - (k - 1) * jms
    ems /= (n - 1) * (k - 1)
    icc = (bms - ems) / (bms + (k - 1) * ems + k * (jms - ems) / n)
    value, low, high = numbers(figures(tmp_path, meters, large)["densitometer", "reader"]["icc_2_1"])
    assert value == pytest.approx(icc, rel=1e-5)
    assert low < value < high < 1


def test_the_table_says_what_the_file_says(meters: Path, large: Path) -> None:
    text = told(meters, "--reference", large)
    assert "densitometer against reader: counts, 17 photographs\n" in text
    (bias,) = [line.split() for line in text.splitlines() if line.startswith("  bias ")]
    assert bias == ["bias", "+2.1", "-17.8", "to", "+22.0", "hairs", "17"]
    (icc,) = [line.split() for line in text.splitlines() if line.startswith("  ICC(2,1), few ")]
    assert icc[2].startswith("0.9") and icc[-1] == "17"


def test_densities_are_compared_as_such(tmp_path: Path) -> None:
    given = [result(f"{i}.jpg", density_per_cm2=100.0 + i) for i in range(3)]
    out = write(tmp_path / "out", *given, result("3.jpg", density_per_cm2=None))
    lines = "0.jpg;98,5\n1.jpg;99,5\n2.jpg;103,5\n3.jpg;90\n"
    reference = table(tmp_path / "densities.csv", "photo;density_per_cm2\n" + lines)
    bias = figures(tmp_path, out, reference)["densitometer", "reader"]["bias"]
    assert numbers(bias, "value") == pytest.approx([0.5])
    assert (bias["unit"], bias["photographs"]) == ("hairs/cm2", "3")
    assert "! 1 photograph left out, it has no density, for no scale is known: 3.jpg." in told(
        out, "--reference", reference
    )


def test_a_workbook_is_read(tmp_path: Path, meters: Path) -> None:
    book = Workbook()
    assert book.active is not None
    for row in [("Photo", "Count"), *((f"{i:02d}.jpg", count) for i, count in enumerate(LARGE))]:
        book.active.append(row)
    book.save(tmp_path / "counts.xlsx")
    of = figures(tmp_path, meters, tmp_path / "counts.xlsx")["densitometer", "reader"]
    assert numbers(of["bias"], "value") == pytest.approx([36 / 17], rel=1e-5)


def two_readers(tmp_path: Path, first: Sequence[int], second: Sequence[int]) -> Path:
    lines = [f"{i:02d}.jpg,Anna,{a}\n{i:02d}.jpg,Bo,{b}\n" for i, (a, b) in enumerate(zip(first, second, strict=True))]
    return table(tmp_path / "readers.csv", "photo,reader,count\n" + "".join(lines))


def test_readers_are_compared_with_each_other(tmp_path: Path, meters: Path) -> None:
    reference = two_readers(tmp_path, LARGE, MINI)
    found = figures(tmp_path, meters, reference)
    assert list(found) == [("densitometer", "Anna"), ("densitometer", "Bo"), ("Bo", "Anna")]
    ours, same, human = found.values()
    assert [row["value"] for row in human.values()] == [row["value"] for row in ours.values()]
    assert numbers(same["bias"], "value") == [0]
    assert same["bias"]["low"] == "" and "spread cannot be told" in same["bias"]["reason"]
    assert numbers(same["icc_2_1"], "value") == [1]
    text = told(meters, "--reference", reference)
    assert "Bo against Anna, both readers: counts, 17 photographs\n" in text
    assert "bias, lower limit of agreement" not in text  # the bias is known, the limits are not
    assert "bias: no interval: all values are the same" in text
    assert "lower limit of agreement, upper limit of agreement: no interval and value: all values" in text


def test_one_reader_alone(tmp_path: Path, meters: Path) -> None:
    reference = two_readers(tmp_path, LARGE, MINI)
    assert list(figures(tmp_path, meters, reference, "--reader", "Bo")) == [("densitometer", "Bo")]
    text = refused(meters, "--reference", reference, "--reader", "Cy")
    assert text == "readers.csv has no reader 'Cy'; there is 'Anna', 'Bo'"


def test_photographs_of_one_subject_are_pooled(tmp_path: Path) -> None:
    """Between two subjects the differences are 0 and 10; of each three photographs more would tell nothing."""
    given = [
        result(f"{subject}{i}.jpg", hair_count=100 + (10 if subject == "b" else 0) + i, subject=subject)
        for subject in "ab"
        for i in range(3)
    ]
    out = write(tmp_path / "out", *given, further=())
    lines = "".join(f"{subject}{i}.jpg,{100 + i + (i == 2)}\n" for subject in "ab" for i in range(3))
    of = figures(tmp_path, out, table(tmp_path / "counts.csv", "photo,count\n" + lines))["densitometer", "reader"]
    value, low, high = numbers(of["bias"])
    assert value == pytest.approx(14 / 3, rel=1e-5)  # (0 + 0 - 1 + 10 + 10 + 9) / 6
    assert high - low > 100  # t of one degree of freedom is 12.7
    assert (of["bias"]["photographs"], of["bias"]["subjects"]) == ("6", "2")
    error = numbers(of["mean_absolute_error"])
    assert error == pytest.approx([5, 1 / 3, 29 / 3], rel=1e-5)  # two subjects drawn: both, or one of them twice


def test_nothing_is_taken_for_zero(tmp_path: Path) -> None:
    given = (result("a.jpg", hair_count=10), result("b.jpg", hair_count=12), result("c.jpg"), failed("d.jpg"))
    out = write(tmp_path / "out", *given)
    reference = table(tmp_path / "counts.csv", "photo,count\na.jpg,0\nb.jpg,10\nd.jpg,50\nsub/e.jpg,60\n")
    file = tmp_path / "f.csv"
    text = told(out, "--reference", reference, "-o", file)
    assert "! 1 photograph left out, not measured: it is blurred: d.jpg.\n" in text
    assert f"! 1 photograph left out, not in {out}: sub/e.jpg. Name photographs as in photos.csv.\n" in text
    assert "Not compared, for the reference does not name them: 1 measured photograph." in text
    found = {row["figure"]: row for row in rows(file)}
    assert numbers(found["mean_absolute_error"], "value") == [6]
    # Per cent of nothing is nothing that could be told: b.jpg alone.
    percent = found["mean_absolute_error_percent"]
    assert (percent["value"], percent["photographs"]) == ("20", "1")
    photographs = rows(tmp_path / "f-photographs.csv")
    assert [(row["photo"], row["difference"]) for row in photographs] == [
        *(("a.jpg", "10"), ("b.jpg", "2"), ("d.jpg", ""), ("sub/e.jpg", "")),
    ]
    assert [row["left_out"] for row in photographs] == ["", "", "not measured: it is blurred", f"not in {out}"]


def test_a_misspelt_photograph_is_told_first_with_the_one_that_is_meant(tmp_path: Path) -> None:
    names = ("P1_vertex_1.jpg", "P2_vertex_1.jpg", "s/P3 crown.JPG", "P4.jpg", "P5.jpg")
    out = write(tmp_path / "out", *(result(name, hair_count=10 + at) for at, name in enumerate(names)))
    lines = "P1_vertx_1.jpg,3\nP2_vertex_1.jpg,3\np3 crown.png,3\nP4.jpg,1\nnobody.jpg,2\n"
    first = told(out, "--reference", table(tmp_path / "counts.csv", f"photo,count\n{lines}")).splitlines()[0]
    assert first == (
        f"! 3 photographs left out, not in {out}: P1_vertx_1.jpg (is P1_vertex_1.jpg meant?), "
        "p3 crown.png (is s/P3 crown.JPG meant?), nobody.jpg. Name photographs as in photos.csv."
    )


def test_a_name_that_is_read_already_is_not_meant(tmp_path: Path) -> None:
    out = write(tmp_path / "out", result("a1.jpg", hair_count=9), result("a2.jpg", hair_count=9))
    lines = "photo,count\na1.jpg,3\na2.jpg,3\na3.jpg,4\n"
    assert "meant" not in told(out, "--reference", table(tmp_path / "counts.csv", lines))


@pytest.mark.parametrize(
    ("photographs", "few", "known"), [(4, False, False), (5, True, True), (29, True, True), (30, False, True)]
)
def test_an_icc_of_few_photographs_is_called_so_or_not_told(
    tmp_path: Path, photographs: int, few: bool, known: bool
) -> None:
    names = [f"{at:02d}.jpg" for at in range(photographs)]
    out = write(tmp_path / "out", *(result(name, hair_count=10 + 3 * at) for at, name in enumerate(names)))
    lines = "".join(f"{name},{10 + 3 * at + at % 3}\n" for at, name in enumerate(names))
    reference = table(tmp_path / "counts.csv", f"photo,count\n{lines}")
    text = told(out, "--reference", reference)
    assert ("ICC(2,1), few" in text) is (f"few: {photographs} photographs, and 30 are advised" in text) is few
    icc = figures(tmp_path, out, reference)["densitometer", "reader"]["icc_2_1"]
    assert bool(icc["value"]) is bool(icc["low"]) is known
    assert icc["reason"] == ("" if known else "fewer than 5 photographs tell no ICC")


def test_an_icc_of_many_photographs_of_few_subjects_is_of_few(tmp_path: Path) -> None:
    given = [result(f"{at:02d}.jpg", hair_count=10 + 3 * at, subject=f"S{at % 6}") for at in range(36)]
    out = write(tmp_path / "out", *given, further=())
    lines = "".join(f"{at:02d}.jpg,{10 + 3 * at + at % 3}\n" for at in range(36))
    text = told(out, "--reference", table(tmp_path / "counts.csv", f"photo,count\n{lines}"))
    assert "36 photographs of 6 subjects" in text and "few: 6 subjects, and 30 are advised" in text


def test_a_reader_of_nothing_that_was_measured_is_told(tmp_path: Path) -> None:
    out = write(tmp_path / "out", result("a.jpg"), result("b.jpg"), failed("c.jpg"))
    lines = "photo,reader,count\na.jpg,Anna,2\nb.jpg,Anna,3\nc.jpg,Bo,4\n"
    found = figures(tmp_path, out, table(tmp_path / "counts.csv", lines))
    for pair in (("densitometer", "Bo"), ("Bo", "Anna")):
        assert {row["value"] for row in found[pair].values()} == {""}
        assert {row["photographs"] for row in found[pair].values()} == {"0"}
        assert all(row["reason"] for row in found[pair].values())


def test_one_photograph_tells_no_interval(tmp_path: Path) -> None:
    out = write(tmp_path / "out", result("a.jpg", hair_count=12))
    of = figures(tmp_path, out, table(tmp_path / "counts.csv", "photo,count\na.jpg,10\n"))["densitometer", "reader"]
    assert [of[name]["value"] for name in ("bias", "limit_low", "icc_2_1", "mean_absolute_error")] == ["2", "", "", "2"]
    assert all(row["low"] == "" and row["reason"] for row in of.values())


def test_the_trial(trial_out: Path, tmp_path: Path) -> None:
    """Subjects go by the visits table; names with an ö in either spelling are found."""
    measured = [row for row in rows(trial_out / "photos.csv") if row["status"] == "measured"]
    some = [row for row in measured if row["subject"] in ("Jörg-07", "S-08", "S-09")]
    lines = [f'"{row["photo"].replace("ö", "o" + chr(0x308))}",{int(row["hair_count"]) + 1}\n' for row in some]
    refused_one = next(row["photo"] for row in rows(trial_out / "photos.csv") if row["status"] == "not_measured")
    reference = table(tmp_path / "counts.csv", "photo,count\n" + "".join(lines) + f'"{refused_one}",3\n')
    before = snapshot(trial_out)
    of = figures(tmp_path, trial_out, reference)["densitometer", "reader"]
    assert (of["bias"]["value"], of["bias"]["photographs"], of["bias"]["subjects"]) == ("-1", str(len(some)), "3")
    assert snapshot(trial_out) == before
    assert f": {refused_one}." in told(trial_out, "--reference", reference)


def test_names_are_found_in_either_spelling_of_an_umlaut(tmp_path: Path) -> None:
    one, two = "J\u00f6rg.jpg", "Jo\u0308rg.jpg"
    for there, named in ((one, two), (two, one)):
        out = write(tmp_path / f"out{len(there)}", result(there, hair_count=5))
        of = figures(tmp_path, out, table(tmp_path / "counts.csv", f"photo,count\n{named},4\n"))
        assert of["densitometer", "reader"]["bias"]["value"] == "1"


# ---- marks


def hair(photo: str, number: int, root: tuple[float, float], flags: str = "", *, counted: int = 1) -> dict[str, object]:
    """A hair that runs 30 px down from its root."""
    cells = {column.name: None for column in HAIR_COLUMNS}
    ends = dict(zip(("root_x_px", "root_y_px", "tip_x_px", "tip_y_px"), (*root, root[0], root[1] + 30), strict=True))
    return {**cells, "photo": photo, "hair": number, "counted": counted, "flags": flags, **ends}


def drawn(photo: str, hairs: Iterable[tuple[object, ...]], **cells: object) -> PhotoResult:
    """Photograph of 200 x 100 px, counted to column 150, with hairs: root, flags."""
    found = []
    for number, (root, *flags) in enumerate(hairs, start=1):
        found.append(hair(photo, number, root, ";".join(flags), counted=int(not flags)))  # type: ignore[arg-type]
    skin = np.zeros((HEIGHT, WIDTH), np.uint8)
    skin[:, :SKIN_TO] = 255
    mask = cv2.imencode(".png", skin, [cv2.IMWRITE_PNG_BILEVEL, 1])[1].tobytes()
    size = {"width_px": WIDTH, "height_px": HEIGHT, "um_per_px": UM_PER_PX}
    count = sum(int(one["counted"] == 1) for one in found)
    plain = result(photo, **{**size, "hair_count": count, **cells})  # type: ignore[arg-type]
    return replace(plain, hairs=tuple(found), kept=Kept(mask, b"view", ()))


HAIRS_OF_A = (
    ((20, 20),),  # marked 2 px beside
    ((50, 50),),  # marked 20 px beside, which is more than 120 um
    ((80, 80),),  # marked
    ((140, 50),),  # not marked in the field, and 16 px from a mark outside
    ((100, 20), "low_confidence"),  # marked: densitometer does not count it
    ((155, 80), "root_outside"),  # marked in the field 7 px away: nobody is wrong
)
MARKS_OF_A = ((22, 20), (50, 70), (80, 80), (100, 20), (148, 80), (156, 50), (190, 10))
MARKS_OF_B = ((20, 20), (60, 40), (100, 60))


def marks(path: Path, **places: Iterable[tuple[float, float]]) -> Path:
    """Table of marks by photograph: a for a.jpg."""
    lines = [f"{name}.jpg,{x},{y}\n" for name, some in places.items() for x, y in some]
    return table(path, "photo,x_px,y_px\n" + "".join(lines))


@pytest.fixture
def marked(tmp_path: Path) -> Path:
    return write(tmp_path / "out", drawn("a.jpg", HAIRS_OF_A), drawn("b.jpg", [(place,) for place in MARKS_OF_B]))


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    return marks(tmp_path / "marks.csv", a=MARKS_OF_A, b=MARKS_OF_B)


def test_marks_give_the_f1_counted_by_hand(tmp_path: Path, marked: Path, reference: Path) -> None:
    of = figures(tmp_path, marked, reference)["densitometer", "reader"]
    assert [of[f"{name}_hairs"]["value"] for name in ("matched", "false", "missed")] == ["5", "2", "2"]
    for name in ("precision", "recall", "f1"):
        # Two photographs are drawn: a twice (2 of 4), both, or b twice (3 of 3).
        assert numbers(of[name]) == pytest.approx([5 / 7, 1 / 2, 1], rel=1e-5)
    assert numbers(of["bias"], "value") == [-0.5]  # 4 hairs for 5 marks in the field, 3 for 3
    a, b = rows(tmp_path / "figures-photographs.csv")
    of_a = [a[name] for name in ("reader_value", "densitometer_value", "marks_outside_field")]
    assert of_a == ["5", "4", "2"]
    hairs_of_a, hairs_of_b = ([row[f"{name}_hairs"] for name in ("matched", "false", "missed")] for row in (a, b))
    assert (hairs_of_a, hairs_of_b) == (["2", "2", "2"], ["3", "0", "0"])
    text = told(marked, "--reference", reference)
    assert "Matched one to one by roots that lie within 120 um; marks outside the counted field, which were" in text
    assert "not compared: 2." in text


@pytest.mark.parametrize(
    ("words", "matched"),
    [
        ((), 5),
        (("--tolerance-um", 199), 5),
        (("--tolerance-um", 200), 6),
        (("--tolerance-px", 20), 6),
        (("--tolerance-px", 1.9), 4),
    ],
)
def test_the_tolerance_decides(
    tmp_path: Path, marked: Path, reference: Path, words: tuple[object, ...], matched: int
) -> None:
    of = figures(tmp_path, marked, reference, *words)["densitometer", "reader"]
    assert of["matched_hairs"]["value"] == str(matched)


def test_middles_are_matched_with_middles(tmp_path: Path, marked: Path) -> None:
    """Hairs run 30 px down, so that their middles lie 15 px below their roots, and none is found at its root."""
    at_middle = marks(tmp_path / "middles.csv", b=[(x, y + 15) for x, y in MARKS_OF_B])
    of = figures(tmp_path, marked, at_middle, "--marks", "middles")["densitometer", "reader"]
    assert of["f1"]["value"] == "1"
    of = figures(tmp_path, marked, at_middle, "--marks", "roots")["densitometer", "reader"]
    assert (of["f1"]["value"], of["missed_hairs"]["value"]) == ("0", "3")
    assert "by middles that lie within 125 um" in told(marked, "--reference", at_middle, "--marks", "middles")


def test_a_middle_outside_the_field_is_not_compared(tmp_path: Path) -> None:
    """The hair is rooted in the field and counted; its middle is not in it, where nobody had to mark."""
    level = drawn("a.jpg", [((140, 50),), ((50, 50),)])
    level.hairs[0].update(tip_x_px=190, tip_y_px=50)
    out = write(tmp_path / "out", level)
    of = figures(tmp_path, out, marks(tmp_path / "m.csv", a=[(50, 65)]), "--marks", "middles")
    hairs = [of["densitometer", "reader"][f"{name}_hairs"]["value"] for name in ("matched", "false", "missed")]
    assert hairs == ["1", "0", "0"]


def test_two_marks_at_one_hair_are_one_match(tmp_path: Path, marked: Path) -> None:
    twice = marks(tmp_path / "twice.csv", b=[*MARKS_OF_B, (21, 20), (61, 40)])
    of = figures(tmp_path, marked, twice)["densitometer", "reader"]
    assert [of[f"{name}_hairs"]["value"] for name in ("matched", "false", "missed")] == ["3", "0", "2"]
    assert numbers(of["f1"], "value") == pytest.approx([6 / 8])


def test_a_photograph_on_which_the_reader_saw_nothing(tmp_path: Path, marked: Path) -> None:
    nothing = table(tmp_path / "marks.csv", "photo,x_px,y_px\nb.jpg,,\na.jpg,20,20\n")
    of = figures(tmp_path, marked, nothing)["densitometer", "reader"]
    assert [of[f"{name}_hairs"]["value"] for name in ("matched", "false", "missed")] == ["1", "6", "0"]
    assert of["bias"]["photographs"] == "2"
    alone = table(tmp_path / "alone.csv", "photo,x_px,y_px\nb.jpg,,\n")
    of = figures(tmp_path, marked, alone)["densitometer", "reader"]
    assert (of["recall"]["value"], of["precision"]["value"]) == ("", "0")
    assert of["recall"]["reason"] == "there is no hair to tell it by"


def test_readers_marks_are_matched_with_each_other(tmp_path: Path, marked: Path) -> None:
    lines = [f"b.jpg,Anna,{x},{y}\n" for x, y in MARKS_OF_B] + [f"b.jpg,Bo,{x},{y}\n" for x, y in MARKS_OF_B[:2]]
    both = table(tmp_path / "readers.csv", "photo,reader,x_px,y_px\n" + "".join(lines))
    of = figures(tmp_path, marked, both)["Bo", "Anna"]
    assert [of[name]["value"] for name in ("precision", "recall", "bias")] == ["1", "0.666667", "-1"]


def test_without_a_scale_hairs_are_counted_and_not_matched(tmp_path: Path, reference: Path) -> None:
    there = drawn("a.jpg", HAIRS_OF_A), drawn("b.jpg", [(place,) for place in MARKS_OF_B], um_per_px=None)
    out = write(tmp_path / "out", *there)
    of = figures(tmp_path, out, reference)["densitometer", "reader"]
    assert [of[name]["photographs"] for name in ("bias", "f1")] == ["2", "1"]
    text = told(out, "--reference", reference)
    assert (
        "1 photograph without a scale, where hairs were counted and not matched; state --tolerance-px: b.jpg." in text
    )
    of = figures(tmp_path, out, reference, "--tolerance-px", 12)["densitometer", "reader"]
    assert (of["f1"]["photographs"], of["matched_hairs"]["value"]) == ("2", "5")


def test_no_scale_at_all(tmp_path: Path, reference: Path) -> None:
    out = write(tmp_path / "out", drawn("b.jpg", [(place,) for place in MARKS_OF_B], um_per_px=None))
    of = figures(tmp_path, out, reference)["densitometer", "reader"]
    assert of["f1"]["value"] == of["matched_hairs"]["value"] == ""
    assert "no photograph has a scale" in of["f1"]["reason"]


def test_matching_is_the_same_from_either_side() -> None:
    random = np.random.default_rng(5)
    for _ in range(20):
        one, other = (
            Seen(0.0, random.uniform(0, 100, (n, 2)), random.random(n) < 0.7) for n in random.integers(0, 40, 2)
        )
        there, back = match_places(one, other, 12), match_places(other, one, 12)
        assert (there.true_positives, there.false, there.missed) == (back.true_positives, back.missed, back.false)


def test_what_was_kept_must_be_whole(tmp_path: Path) -> None:
    out = write(tmp_path / "out", result("a.jpg"))
    text = refused(out, "--reference", marks(tmp_path / "marks.csv", a=[(1, 1)]))
    assert text == "what was kept of a.jpg is damaged; measure the photographs again"


# ---- what is refused


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("photo,count\n", "has no row below the first; name the photographs there"),
        ("count\n3\n", "there is no column photo; a table of counts has photo and count"),
        ("photo\na.jpg\n", "there is neither count nor density_per_cm2 nor x_px and y_px"),
        (
            "photo,cuont\na.jpg,3\n",
            "column 'cuont' is none of a reference (photo, reader, count, density_per_cm2, x_px, y",
        ),
        ("photo,count,remark\na.jpg,3,x\n", "column 'remark' is none of a reference"),
        ("photo,count,count\na.jpg,3,4\n", "column count is there several times; keep one"),
        ("photo,count,\na.jpg,3,4\n", "column 3 has no name in the first row; name it"),
        ("photo,count\na.jpg,3,4\n", "row 2 has more cells than the first row"),
        ("photo,count,density_per_cm2\na.jpg,3,4\n", "there are both count and density_per_cm2; keep one"),
        ("photo,count,x_px,y_px\na.jpg,3,4,5\n", "there are both count and x_px, of counts and of marks; make two"),
        ("photo,x_px\na.jpg,3\n", "there is x_px without y_px; add it"),
        ("photo,y_px\na.jpg,3\n", "there is y_px without x_px; add it"),
        ("photo,count\nb.jpg,3\na.jpg,-3\n", "row 3, column count: '-3' is below 0; write 0 or more"),
        ("photo,count\na.jpg,3.5\n", "row 2, column count: '3.5' is not a whole number of hairs"),
        ("photo;count\na.jpg;1,250\n", "row 2, column count: '1,250' may be thousands or a decimal"),
        ("photo,count\na.jpg,many\n", "row 2, column count: 'many' is not a number"),
        ("photo,count\na.jpg,nan\n", "row 2, column count: 'nan' is not a number"),
        ("photo,density_per_cm2\na.jpg,1e300\n", "row 2, column density_per_cm2: '1e300' is more than 10000"),
        ("photo,density_per_cm2\na.jpg,-0.5\n", "row 2, column density_per_cm2: '-0.5' is below 0"),
        ("photo,count\na.jpg,\n", "row 2 has no count; write it, 0 where no hair was seen, or delete the row"),
        ("photo,count\n,3\n", "row 2 has no photo; name it or delete the row"),
        ("photo,reader,count\na.jpg,,3\n", "row 2 has no reader; name who read it"),
        ("photo,count\na.jpg,3\n./a.jpg,3\n", "row 3 has 'a.jpg', as row 2 has; keep one, or name several readers"),
        ("photo,reader,count\na.jpg,A,3\na.jpg,A,4\n", "row 3 of 'A' has 'a.jpg', as row 2 has"),
        ("photo,reader,count\na.jpg,Anna,3\nb.jpg,anna,4\n", "the reader 'Anna' of row 2 is 'anna' in row 3; spell"),
        ("photo,x_px,y_px\na.jpg,3,\n", "row 2 has no y_px; write it, or leave both empty where no hair was seen"),
        ("photo,x_px,y_px\na.jpg,3,4\na.jpg,3,4\n", "row 3 has the same mark as row 2; keep one"),
        ("photo,x_px,y_px\na.jpg,3,4\na.jpg,,\n", "row 3 says that no hair was seen on 'a.jpg', but row 2 has a mark"),
        (
            "photo,x_px,y_px\na.jpg,3,4\na.jpg,201,4\n",
            "row 3 lies at 201, 4 outside 'a.jpg', which is 200 px wide and 100",
        ),
        ("photo,x_px,y_px\na.jpg,3,-1\n", "row 2 lies at 3, -1 outside 'a.jpg'"),
        ("photo,count\nc.jpg,3\n", "row 2 names 'c.jpg': not in"),
    ],
)
def test_what_cannot_be_used_is_refused_by_row(tmp_path: Path, marked: Path, text: str, said: str) -> None:
    file = tmp_path / "figures.csv"
    assert said in refused(marked, "--reference", table(tmp_path / "reference.csv", text), "-o", file)
    assert not file.exists()


def test_all_rows_are_named_at_once(tmp_path: Path, marked: Path) -> None:
    text = refused(marked, "--reference", table(tmp_path / "r.csv", "photo,count\na.jpg,x\nb.jpg,-1\n"))
    assert "row 2, column count" in text and "row 3, column count" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--marks", "roots"), "--marks is for marks, and counts.csv has count; leave it out"),
        (("--tolerance-um", 3), "--tolerance-um is for marks"),
        (("--tolerance-px", 3), "--tolerance-px is for marks"),
    ],
)
def test_counts_have_no_tolerance(meters: Path, large: Path, words: tuple[object, ...], said: str) -> None:
    assert said in refused(meters, "--reference", large, *words)


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "1e9"])
def test_tolerances_that_are_none(marked: Path, reference: Path, value: str) -> None:
    text = refused(marked, "--reference", reference, "--tolerance-um", value)
    assert text.startswith("--tolerance-um must be more than 0 and at most 10000, not ")


def test_a_reader_that_is_not_there_is_told_with_the_one_that_may_be_meant(tmp_path: Path, marked: Path) -> None:
    two = table(tmp_path / "two.csv", "photo,reader,count\na.jpg,Anna,3\na.jpg,Bo,3\n")
    assert refused(marked, "--reference", two, "--reader", "Ana").endswith("is 'Anna' meant? there is 'Anna', 'Bo'")
    alone = table(tmp_path / "alone.csv", "photo,count\na.jpg,3\n")
    assert "alone.csv has no column reader" in refused(marked, "--reference", alone, "--reader", "Anna")


def test_a_table_of_something_else_is_refused_in_few_words(tmp_path: Path, marked: Path) -> None:
    text = refused(marked, "--reference", marked / "photos.csv")
    assert "columns are none of a reference" in text and "such as 'sha256', 'status', 'reason'; take them out" in text
    assert len(text) < 300 + len(str(marked))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--tolerance-um", "12,5"), "'12,5' is not a number; write 12.5"),
        (("--tolerance-px", "12px"), "'12px' is not a number; write the number alone"),
        (("-o", ""), "the name is empty"),
    ],
)
def test_what_is_typed_wrong_is_told(marked: Path, reference: Path, words: tuple[str, str], said: str) -> None:
    done = run(marked, "--reference", reference, *words)
    assert (done.exit_code, done.stdout) == (2, "") and said in done.stderr


def test_two_tolerances_are_one_too_many(marked: Path, reference: Path) -> None:
    text = refused(marked, "--reference", reference, "--tolerance-um", 3, "--tolerance-px", 3)
    assert text.startswith("--tolerance-um and --tolerance-px both state")


def test_files_that_are_not_there(tmp_path: Path, marked: Path, reference: Path) -> None:
    assert "none.csv cannot be read" in refused(marked, "--reference", tmp_path / "none.csv")
    assert "holds no results.sqlite" in refused(tmp_path, "--reference", reference)


# ---- files


def test_files_are_both_written_or_neither(
    tmp_path: Path, marked: Path, reference: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, second = tmp_path / "f.csv", tmp_path / "f-photographs.csv"
    told(marked, "--reference", reference, "-o", file)
    before = file.read_bytes(), second.read_bytes()
    replaced = os.replace

    def fail_at_second(source: Path, target: Path) -> None:
        if target == second:
            raise OSError(28, "No space left on device")
        replaced(source, target)

    monkeypatch.setattr(os, "replace", fail_at_second)
    words = (marked, "--reference", reference, "--tolerance-px", 3, "-o", file)
    assert refused(*words).endswith("f.csv cannot be written: No space left on device; choose another FILE for -o")
    assert (file.read_bytes(), second.read_bytes()) == before
    file.unlink()
    second.unlink()
    refused(*words)
    assert list(tmp_path.glob("f*")) == []
    monkeypatch.undo()
    told(*words)
    assert file.read_bytes() != before[0]


def test_the_same_gives_the_same_bytes(tmp_path: Path, marked: Path, reference: Path) -> None:
    for name in ("f.csv", "g.csv"):
        told(marked, "--reference", reference, "-o", tmp_path / name)
    assert (tmp_path / "f.csv").read_bytes() == (tmp_path / "g.csv").read_bytes()
    assert (tmp_path / "f-photographs.csv").read_bytes() == (tmp_path / "g-photographs.csv").read_bytes()


@pytest.mark.parametrize("name", ["f.csv", "f-photographs.csv"])
def test_files_of_others_are_left_alone(tmp_path: Path, marked: Path, reference: Path, name: str) -> None:
    mine = table(tmp_path / name, "mine\n")
    text = refused(marked, "--reference", reference, "-o", tmp_path / "f.csv")
    assert f"{name} is there already and holds something else" in text
    assert mine.read_text(encoding="utf-8") == "mine\n"
    assert refused(marked, "--reference", reference, "-o", reference).endswith("choose another FILE for -o")


def test_places_where_nothing_is_written(tmp_path: Path, marked: Path, reference: Path) -> None:
    text = refused(marked, "--reference", reference, "-o", marked / "f.csv")
    assert "which is only read; choose another FILE for -o" in text
    assert "there is no folder" in refused(marked, "--reference", reference, "-o", tmp_path / "no" / "f.csv")


def test_names_cannot_steer_a_spreadsheet_or_a_terminal(tmp_path: Path, meters: Path) -> None:
    reference = table(tmp_path / "counts.csv", "photo,reader,count\n00.jpg,=1+1,3\n01.jpg,=1+1,3\n")
    told(meters, "--reference", reference, "-o", tmp_path / "f.csv")
    assert {row["reference"] for row in rows(tmp_path / "f.csv")} == {"'=1+1"}
    reference = table(tmp_path / "counts.csv", "photo,reader,count\n00.jpg,\x1b[31mX,3\n")
    text = refused(meters, "--reference", reference)
    assert text.endswith(r"row 2, column reader: '\x1b[31mX' holds a control character; take it out")
