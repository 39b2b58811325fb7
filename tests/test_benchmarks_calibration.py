"""How calibration is measured and fitted: on drawn marks, and on random hairs of known probability."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.optimize
from PIL import Image
from scipy.special import expit

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "benchmarks"))

import calibration  # noqa: E402
import calibration_tables  # noqa: E402
import calibrators  # noqa: E402
import fit_confidence  # noqa: E402
import hair_table  # noqa: E402
import judged  # noqa: E402
import real  # noqa: E402
import results_page  # noqa: E402
from densitometer.evaluate import calibration_error, log_loss  # noqa: E402
from densitometer.field import Field  # noqa: E402
from densitometer.hairs import Hair  # noqa: E402
from densitometer.measure import Measurement  # noqa: E402
from densitometer.scale import Scale  # noqa: E402
from densitometer.settings import MeasureSettings, Settings  # noqa: E402

rising = pytest.mark.skipif(not hasattr(scipy.optimize, "isotonic_regression"), reason="needs SciPy 1.12")

PHOTOS = """photo,um_per_px,printed_scale,bottom_pad_px,same_photo_as,counted_hairs
220101_A001,5.556,1,16,,3
220401_B007,5.556,1,0,,0
"""
HAIRS = """photo,root_x_px,root_y_px,tip_x_px,tip_y_px,kind
220101_A001,200,100,200,170,multi
220101_A001,400,200,400,270,thin
220101_A001,500,200,500,270,single
220101_A001,900,200,900,270,loose
220101_A001,630,300,630,370,single
"""


NOT_LOOKED_AT = real.MarkedPhoto("p", Path("p.jpg"), 5.556, False, 0, (), 0)


def forget() -> None:
    real.photos.cache_clear()
    real._all_hairs.cache_clear()


@pytest.fixture
def marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[real.MarkedPhoto]:
    """A photograph of bare skin whose marks are three scored hairs, a loose one and one in the margin."""
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos.csv").write_text(PHOTOS)
    (tmp_path / "hairs.csv").write_text(HAIRS)
    for name in ("220101_A001", "220401_B007"):
        Image.new("RGB", (1280, 1024), (200, 180, 170)).save(tmp_path / "photos" / f"{name}.png")
    monkeypatch.setattr(real, "ANNOTATED", tmp_path)
    forget()
    yield real.photos()[0]
    forget()


def hair(x: float, y: float, confidence: float, *flags: str) -> Hair:
    """A hair of 70 px with its middle at (x, y), counted unless a flag says why not."""
    line = np.array([[x, y - 35], [x, y + 35]])
    why_not = {"low_confidence", "root_outside", "root_unclear"} & set(flags)
    return Hair(line, np.full(2, 9.0), confidence, 0.9, counted=not why_not, flags=flags)


FOUND = (
    hair(202, 135, 0.9),  # right
    hair(203, 140, 0.2, "low_confidence"),  # the same hair again
    hair(400, 235, 0.1, "low_confidence"),  # right, and not counted
    hair(405, 235, 0.6, "root_outside"),  # crosses: no matter of the count
    hair(900, 235, 0.8),  # on a loose hair
    hair(630, 335, 0.9),  # in the margin
    hair(1100, 735, 0.7),  # invented
    hair(1000, 735, 0.5, "root_unclear", "touches_border"),  # invented; would not count however sure
)


def test_each_hair_is_judged_whether_it_counts_or_not(marked: real.MarkedPhoto) -> None:
    result = judged.judge(marked, FOUND, MeasureSettings())
    assert result.hair.tolist() == [0, 1, 2, 6, 7]
    assert result.real.tolist() == [True, False, True, False, False]
    assert result.confidence.tolist() == [0.9, 0.2, 0.1, 0.7, 0.5]
    assert result.counted.tolist() == [True, False, False, True, False]
    assert result.countable.tolist() == [True, True, True, True, False]
    assert (result.count, result.true_count) == (2, 3)


def test_counted_hairs_are_judged_as_they_are_scored(marked: real.MarkedPhoto) -> None:
    nearer = (hair(212, 135, 0.9), hair(200, 135, 0.1, "low_confidence"))
    result = judged.judge(marked, nearer, MeasureSettings())
    score = real.score([[212, 100, 212, 170]], marked)
    assert result.real.tolist() == [True, False]
    assert (score.true_positives, score.true_count) == (1, result.true_count)


def test_the_interval_is_that_of_the_judged_hairs(marked: real.MarkedPhoto) -> None:
    result = judged.judge(marked, FOUND, replace(MeasureSettings(), count_error_share=0.5))
    variance = sum(c * (1 - c) for c in (0.9, 0.2, 0.1, 0.7, 0.5))
    assert result.detected == pytest.approx((2 - 1.96 * variance**0.5, 2 + 1.96 * variance**0.5), abs=1e-3)
    assert result.reported[1] == pytest.approx(2 + 1.96 * (variance + 1) ** 0.5, abs=1e-3)


def test_nothing_found_is_judged_too(marked: real.MarkedPhoto) -> None:
    result = judged.judge(marked, (), MeasureSettings())
    assert (len(result.real), result.true_count, result.reported) == (0, 3, (0.0, 0.0))


def test_a_declined_photograph_is_left_out_and_said_so() -> None:
    body = calibration_tables.half_section("choose", drawn_photographs(3), declined=2)
    assert "3 photographs of 3 subjects" in body and "left out: 2." in body
    assert calibration_tables.half_section("choose", [], declined=1).endswith("left out: 1.")


def drawn_photographs(count: int, stretch: float = 1.0, seed: int = 0) -> list[judged.Judged]:
    """Photographs whose hairs are real with their confidence; `stretch` above 1 makes them promise too much."""
    random = np.random.default_rng(seed)
    some = []
    for at in range(count):
        chance = random.uniform(0.3, 1, size=60)
        is_real = random.random(60) < chance
        confidence = chance ** (1 / stretch)
        counted = np.ones(60, bool)
        one = judged.Judged(
            f"photo{at}", f"subject{at}", np.arange(60), confidence, is_real, counted, counted, int(is_real.sum()),
            (40.0, 80.0), fit_confidence.count_interval(confidence, counted, 0.0),
        )  # fmt: skip
        some.append(one)
    return some


def cells(body: str, start: str) -> list[str]:
    line = next(line for line in body.splitlines() if line.startswith(f"| {start} |"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_tables_of_confidences_that_hold_and_of_such_that_do_not() -> None:
    good = calibration_tables.half_section("report", drawn_photographs(40))
    bad = calibration_tables.half_section("report", drawn_photographs(40, stretch=4.0))
    held, over = (cells(body, "all that were found") for body in (good, bad))
    assert held[1] == over[1] == "2400" and held[3] == over[3]
    error, by_chance = float(held[4].split()[0]), float(held[5])
    assert error < 2 * by_chance < 0.05 < 0.15 < float(over[4].split()[0])
    assert cells(good, "0.8 to 0.9")[2].startswith("84") or cells(good, "0.8 to 0.9")[2].startswith("85")
    assert "| 0.1 to 0.2 |" not in good  # no hair is so unsure


def test_coverage_and_width_of_intervals() -> None:
    some = [
        replace(one, true_count=true, reported=(50.0, 62.0), detected=(55.0, 58.0))
        for one, true in zip(drawn_photographs(4), (49, 50, 60, 70), strict=True)
    ]
    assert calibration_tables.coverage(some, alone=False) == pytest.approx([0.5, 12 / 60])
    assert calibration_tables.coverage(some, alone=True) == pytest.approx([0.0, 3 / 60])
    row = calibration_tables.coverage_row("as reported", some, alone=False)
    assert row[1].startswith("50.0% (") and row[2:] == ["20.0%", "1", "1"]


def test_chance_alone_leaves_less_error_the_more_hairs_there_are() -> None:
    few, many = (calibration_tables.error_by_chance(np.full(count, 0.5)) for count in (25, 2500))
    # The mean of |share - 0.5| is sqrt(2 / pi) of the standard deviation, 0.5 / sqrt(n).
    assert few == pytest.approx(0.8 * 0.1, rel=0.2) and many == pytest.approx(0.8 * 0.01, rel=0.2)


def test_only_a_run_over_everything_replaces_the_section() -> None:
    assert calibration.is_whole(calibration.arguments([]))
    for some in (["--every", "8"], ["--half", "choose"]):
        assert not calibration.is_whole(calibration.arguments(some))


def test_another_method_is_taken_where_there_is_a_choice() -> None:
    assert judged.settings_for(None) == Settings()
    if "method" in vars(Settings()):
        assert vars(judged.settings_for("ridge"))["method"] == "ridge"
        assert not calibration.is_whole(calibration.arguments(["--method", "ridge"]))
    else:
        with pytest.raises(SystemExit):
            calibration.arguments(["--method", "ridge"])


def test_the_results_page_has_the_section() -> None:
    results_page.replace_section(results_page.RESULTS.read_text(encoding="utf-8"), "calibration", "new")


@pytest.mark.parametrize("script", [calibration, fit_confidence])
def test_without_photographs_one_sentence_and_no_change(
    script: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(real, "ANNOTATED", tmp_path / "nowhere")
    before = results_page.RESULTS.read_bytes()
    script.main([])  # type: ignore[attr-defined]
    assert capsys.readouterr().out == f"{real.ABSENT}\n"
    assert results_page.RESULTS.read_bytes() == before


def hairs_of_known_chance(count: int = 6000) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Two features that matter, one that does not, on scales that differ; labels; 40 subjects."""
    random = np.random.default_rng(1)
    features = {
        "peak": random.normal(5, 2, count),
        "support": random.normal(0, 0.1, count),
        "noise": random.normal(0, 30, count),
    }
    chance = expit(-3 + 0.8 * features["peak"] + 10 * features["support"])
    features["confidence"] = expit(2 * (-3 + 0.8 * features["peak"]))  # twice too sure, and blind to the support
    return features, random.random(count) < chance, np.array([f"s{at % 40}" for at in range(count)])


def test_logistic_weights_are_found_again() -> None:
    features, labels, _ = hairs_of_known_chance()
    weights = calibrators.fit_logistic({name: features[name] for name in ("peak", "support")}, labels)
    assert weights["intercept"] == pytest.approx(-3, abs=0.25)
    assert weights["peak"] == pytest.approx(0.8, abs=0.06) and weights["support"] == pytest.approx(10, abs=1)
    assert calibration_error(calibrators.apply_logistic(weights, features), labels) < 0.02


def test_without_features_the_share_is_what_is_fitted() -> None:
    weights = calibrators.fit_logistic({}, [True, True, True, False])
    assert weights == {"intercept": pytest.approx(np.log(3), abs=1e-4)}


def test_what_never_changes_gets_no_weight_and_what_parts_all_stays_finite() -> None:
    features = {"same": np.full(4, 7.0), "parts": np.array([-1.0, -1, 1, 1])}
    weights = calibrators.fit_logistic(features, [False, False, True, True])
    assert weights["same"] == 0 and 0 < weights["parts"] < 10


@pytest.mark.parametrize(
    ("values", "labels", "words"),
    [([1.0, np.nan], [True, False], "not finite"), ([1.0], [True, False], "2 labels"), ([], [], "nothing to fit")],
)
def test_what_cannot_be_fitted_is_named(values: list[float], labels: list[bool], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        calibrators.fit_logistic({"peak": np.array(values)}, labels)


def test_a_fold_holds_whole_subjects() -> None:
    groups = np.array(["a", "b", "c", "a", "d", "e", "b"])
    fold = calibrators.folds(groups, 3)
    assert set(fold) == {0, 1, 2}
    assert fold[0] == fold[3] and fold[1] == fold[6]
    assert len(set(calibrators.folds(np.array(["a", "b"]), 10))) == 2


def test_a_subject_is_predicted_from_the_others_alone() -> None:
    # Each subject's hairs are all real or all not; what is predicted for one is the share of the others.
    groups, labels = np.repeat(["a", "b", "c"], 10), np.repeat([True, False, False], 10)
    features = {"same": np.ones(30)}
    p = calibrators.out_of_fold(calibrators.logistic(["same"]), features, labels, calibrators.folds(groups))
    assert p[labels] == pytest.approx(1e-3, abs=2e-3) and p[~labels] == pytest.approx(0.5, abs=1e-3)


def test_features_that_do_not_help_are_dropped() -> None:
    features, labels, groups = hairs_of_known_chance()
    fold = calibrators.folds(groups)
    kept, dropped = calibrators.helpful(features, ["peak", "support", "noise"], labels, fold)
    assert kept == ["peak", "support"] and [name for name, _ in dropped] == ["noise"]
    losses = calibrators.without_each(features, kept, labels, fold)
    assert losses["peak"] > losses["support"] > dropped[-1][1]


@rising
def test_each_way_of_fitting_does_what_it_can() -> None:
    features, labels, groups = hairs_of_known_chance()
    fold = calibrators.folds(groups)
    fits = fit_confidence.candidates(["peak", "support"], calibrators.PRIOR)
    held = {name: calibrators.held_out(name, fit, features, labels, fold) for name, fit in fits.items()}
    now = held["confidence as it is"]
    assert now.log_loss == pytest.approx(log_loss(features["confidence"], labels))
    for name in ("temperature", "line in the logit", "isotonic"):  # too sure is mended, blindness is not
        assert held[name].calibration_error < 0.4 * now.calibration_error
        assert held["logistic on features"].log_loss < held[name].log_loss < now.log_loss
    assert "Best by log loss: logistic on features." in fit_confidence.compared(list(held.values()))


def test_the_spread_that_counts_need() -> None:
    sure, counted = np.ones(40), np.ones(40, bool)
    assert fit_confidence.needed_share(sure, counted, 40) == 0
    # 1.96 times the spread must reach the 8 hairs that are too many.
    assert fit_confidence.needed_share(sure, counted, 32) == pytest.approx(8 / 40 / 1.96, abs=0.0025)
    assert fit_confidence.needed_share(np.empty(0), np.empty(0, bool), 5) == np.inf


def test_the_spread_that_is_enough_covers_counts_to_come() -> None:
    assert fit_confidence.enough_for(np.arange(1.0, 80.0)) == 76
    assert fit_confidence.enough_for(np.arange(3.0)) == 2
    random = np.random.default_rng(2)
    drawn = random.exponential(size=(400, 80))
    held = [one[-1] <= fit_confidence.enough_for(one[:-1]) for one in drawn]
    assert np.mean(held) == pytest.approx(0.95, abs=0.03)
    needed, groups = random.exponential(size=200), np.arange(200) // 2
    assert fit_confidence.held_coverage(needed, groups.astype(str)) == pytest.approx(0.95, abs=0.02)


def test_what_would_be_counted_from_each_confidence_on() -> None:
    table = hair_table.joined([(one, {}) for one in drawn_photographs(20)])
    rows = fit_confidence.threshold_rows(table.confidence, table)
    precision, recall = (np.array([float(row[at]) for row in rows]) for at in (1, 2))
    assert recall[0] == 1 and (np.diff(recall) <= 0).all() and (np.diff(precision) >= -0.01).all()
    # From 0.6 on: of chances even between 0.6 and 1, four fifths are real.
    assert precision[10] == pytest.approx(0.8, abs=0.03) and rows[10][0] == "0.60"


def test_features_of_a_measurement_are_one_value_a_hair() -> None:
    field = Field(np.ones((1024, 1280), bool), np.ones((1024, 1280), bool))
    unmeasured = replace(FOUND[0], widths_px=np.full(2, np.nan))
    for hairs in ((), FOUND[:1], (*FOUND, unmeasured)):
        features = hair_table.features(Measurement(hairs, field, Scale.stated(5.556), {}, ()), NOT_LOOKED_AT)
        assert all(values.shape == (len(hairs),) and np.isfinite(values).all() for values in features.values())
    assert features["no_width"].tolist() == [0] * 8 + [1]
    assert features["at_border"].tolist() == [0] * 7 + [1, 0]


def test_a_table_is_kept_and_taken_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, marked: real.MarkedPhoto
) -> None:
    one = judged.judge(marked, FOUND, MeasureSettings())
    table = hair_table.joined([(one, {"peak": np.arange(5.0)})])
    hair_table.save(table, tmp_path / "hairs.npz")
    monkeypatch.setattr(real, "halves", lambda: {"choose": (marked,), "report": ()})
    again = hair_table.load(tmp_path / "hairs.npz")
    assert again.features["peak"].tolist() == [0, 1, 2, 3, 4] and again.real.tolist() == one.real.tolist()
    assert again.hair_groups.tolist() == ["A001"] * 5 and again.true_count.tolist() == [3]
    monkeypatch.setattr(real, "halves", lambda: {"choose": (), "report": (marked,)})
    with pytest.raises(ValueError, match="not of the choosing half"):
        hair_table.load(tmp_path / "hairs.npz")


def test_a_table_is_not_kept_in_the_repository() -> None:
    table = hair_table.joined([(drawn_photographs(1)[0], {})])
    with pytest.raises(ValueError, match="lies in the repository"):
        hair_table.save(table, REPOSITORY / "hairs.npz")


def test_a_source_of_features_is_found_by_name() -> None:
    assert hair_table.source_named("hair_table:features") is hair_table.features
    for wrong in ("nowhere_at_all:features", "hair_table:nothing", "features"):
        with pytest.raises(ValueError, match="module:function"):
            hair_table.source_named(wrong)


@rising
def test_a_fit_is_printed_ready_to_paste() -> None:
    some = drawn_photographs(30, stretch=2.0)
    random = np.random.default_rng(3)
    table = hair_table.joined(
        [(one, {"evidence": calibrators.evidence(one.confidence), "noise": random.normal(size=60)}) for one in some]
    )
    text = fit_confidence.report(table, calibrators.PRIOR, 0.3)
    assert "1800 hairs" in text and "of 30 photographs of 30 subjects" in text
    pasted: dict[str, object] = {}
    exec("\n".join(line for line in text.splitlines() if " = " in line and "count_error" not in line), pasted)
    weights = pasted["confidence_weights"]
    assert isinstance(weights, dict) and set(weights) >= {"intercept", "evidence"} and weights["evidence"] > 0
    assert text.count("count_error_share = ") == 2


def test_bare_skin_goes_through_the_whole_chain(marked: real.MarkedPhoto) -> None:
    columns = hair_table.row_source(marked.name, None, "hair_table:features")
    result = judged.examine(marked.name, None)
    assert columns is not None and result is not None
    assert result.true_count == columns[0].true_count == 3
    assert all(len(values) == len(result.real) for values in columns[1].values())


def test_a_whole_run_writes_the_section(marked: real.MarkedPhoto, monkeypatch: pytest.MonkeyPatch) -> None:
    written: dict[str, str] = {}
    monkeypatch.setattr(results_page, "write_section", written.__setitem__)
    monkeypatch.setattr(calibration, "in_processes", lambda function, jobs, workers: [function(*job) for job in jobs])
    calibration.main(["--half", "choose", "--workers", "1"])
    assert not written
    calibration.main(["--workers", "1"])
    assert set(written) == {"calibration"}
    assert "### The `report` half" in written["calibration"] and "### The `choose` half" in written["calibration"]
