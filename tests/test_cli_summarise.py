"""``densitometer summarise``: what it prints and writes, held against numbers worked out anew from the CSV files."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len
from scipy import stats

from densitometer.cli.main import main
from densitometer.cli.summarise import _print
from densitometer.cli.summarise_error import responders
from densitometer.cli.summarise_layout import WIDTH
from densitometer.statistics import share, share_difference
from densitometer.summary.model import Design, Responders, StudySummary
from trial_study import ARMS, SITES, STUDY_ID, Picture, Row, arm_code, write_study_file, write_subjects, write_trial
from written_folders import result, snapshot, write

ACTIVE, PLACEBO = ARMS.values()
TABLES = ["group_values", "group_changes", "group_differences", "model", "responders", "subject_values",
          "subject_changes", "repeatability", "effect_sizes"]  # fmt: skip
KEYS = ["subject", "site", "visit"]
CLOSE = 0.011
"""Tables of the folder are rounded to two places."""


def run(*words: object) -> Result:
    done = CliRunner().invoke(main, ["summarise", *map(str, words)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def page(*words: object) -> str:
    done = run(*words)
    assert done.exit_code == 0, done.output
    return done.stdout


def refused(*words: object) -> str:
    """Run what must be refused, and return the one sentence that says why."""
    told = run(*words)
    assert (told.exit_code, told.stdout) == (2, "")
    (line,) = (line for line in told.stderr.splitlines() if not re.fullmatch(r"summarising: \d+ s", line))
    assert line.startswith("densitometer: ")
    return line.removeprefix("densitometer: ")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, trial_out: Path) -> tuple[str, Path]:
    """The page of the trial, and the folder of its tables; not to be changed."""
    folder = tmp_path_factory.mktemp("summary") / "here"
    return page(trial_out, "-o", folder), folder


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trial with eight subjects alone, not compared; not to be changed."""
    return write_trial(tmp_path_factory.mktemp("small") / "out", compared=False, only=lambda one: one.number < 9)


@pytest.fixture(scope="module")
def uncontrolled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The treated arm of the trial alone, compared; not to be changed."""
    folder = tmp_path_factory.mktemp("uncontrolled") / "out"
    return write_trial(folder, only=lambda one: one.number < 13 and arm_code(one.number) == "ACT")


@pytest.fixture
def without_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fit no model, which takes most of the time, where the test is of something else."""
    monkeypatch.setattr("densitometer.summary.models.find_spec", lambda name: None)


def read(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / f"{name}.csv", keep_default_na=False, na_values=[""])


def photos_of(out: Path) -> pd.DataFrame:
    return read(out, "photos").query("status == 'measured'")


def values_of(out: Path, column: str) -> pd.DataFrame:
    """Mean of the replicates of each subject, site and visit, with its change from baseline."""
    photos = photos_of(out).drop_duplicates([*KEYS, "sha256"])
    means = photos.groupby([*KEYS, "arm"], as_index=False)[column].mean().dropna()
    start = means.query("visit == 'baseline'")[["subject", "site", column]]
    joined = means.merge(start, on=["subject", "site"], how="left", suffixes=("", "_start"))
    return joined.assign(change=joined[column] - joined[f"{column}_start"])


def matched_of(out: Path, column: str = "change_per_cm2") -> pd.DataFrame:
    """Mean change hair by hair of each subject, site and visit."""
    visits = photos_of(out).set_index("photo")
    rows = read(out, "changes").query("comparable == 1")
    rows = rows[rows["baseline_photo"].map(visits["visit"]) == "baseline"]
    found = rows.assign(**{key: rows["followup_photo"].map(visits[key]) for key in (*KEYS, "arm")})
    return found.groupby([*KEYS, "arm"], as_index=False)[column].mean()


def interval(values: pd.Series) -> tuple[float, float]:
    low, high = stats.t.interval(0.95, len(values) - 1, values.mean(), stats.sem(values))
    return float(low), float(high)


def later(table: pd.DataFrame, parameter: str = "density_per_cm2", method: str = "subtracted") -> pd.DataFrame:
    found = table.query("parameter == @parameter and method == @method and visit != '追加'")
    assert len(found)
    return found


def test_all_tables_are_written_and_told(written: tuple[str, Path], trial_out: Path) -> None:
    text, folder = written
    names = [*(f"{name}.csv" for name in TABLES), "summary.json"]
    assert sorted(names) == sorted(path.name for path in folder.iterdir())
    told = " ".join(text[text.rindex("\n\n") :].split())
    assert told.endswith(f": {', '.join(names)}") and told.startswith("10 files in ")
    for name in TABLES:
        assert len(read(folder, name)), name


@pytest.mark.parametrize("parameter", ["density_per_cm2", "terminal30_per_cm2", "mean_width_um"])
def test_values_are_those_of_the_photographs(written: tuple[str, Path], trial_out: Path, parameter: str) -> None:
    table = read(written[1], "group_values").query("parameter == @parameter").set_index(["site", "arm", "visit"])
    groups = values_of(trial_out, parameter).groupby(["site", "arm", "visit"])[parameter]
    assert len(table) == groups.ngroups == 20
    for place, values in groups:
        row = table.loc[place]
        assert row["n"] == len(values)
        assert row["expected"] == row["n"] + row["missed"] + row["not_measured"]
        assert (row["mean"], row["median"]) == pytest.approx((values.mean(), values.median()), abs=CLOSE)
        if len(values) > 1:
            assert row["sd"] == pytest.approx(values.std(), abs=CLOSE)
            assert (row["mean_low"], row["mean_high"]) == pytest.approx(interval(values), abs=CLOSE)


def test_changes_by_subtraction_are_those_of_the_photographs(written: tuple[str, Path], trial_out: Path) -> None:
    table = later(read(written[1], "group_changes")).set_index(["site", "arm", "visit"])
    values = values_of(trial_out, "density_per_cm2").query("visit != 'baseline'").dropna()
    for place, some in values[values["visit"] != "追加"].groupby(["site", "arm", "visit"]):
        row, changes = table.loc[place], some["change"]
        assert (row["n"], row["controlled"]) == (len(changes), True)
        assert (row["change_mean"], row["change_sd"]) == pytest.approx((changes.mean(), changes.std()), abs=CLOSE)
        assert (row["change_low"], row["change_high"]) == pytest.approx(interval(changes), abs=CLOSE)
        percent = 100 * changes.mean() / some["density_per_cm2_start"].mean()
        assert row["percent_of_means"] == pytest.approx(percent, abs=CLOSE)
        assert row["percent_of_means_low"] < percent < row["percent_of_means_high"]


@pytest.mark.parametrize(
    ("parameter", "column"), [("density_per_cm2", "change_per_cm2"), ("mean_width_um", "width_change_um")]
)
def test_matched_changes_are_those_of_changes_csv(
    written: tuple[str, Path], trial_out: Path, parameter: str, column: str
) -> None:
    table = later(read(written[1], "group_changes"), parameter, "matched").set_index(["site", "arm", "visit"])
    found = matched_of(trial_out, column)
    for place, some in found[found["visit"] != "追加"].groupby(["site", "arm", "visit"]):
        row, changes = table.loc[place], some[column]
        assert row["n"] == len(changes)
        assert row["change_mean"] == pytest.approx(changes.mean(), abs=CLOSE)
        assert (row["change_low"], row["change_high"]) == pytest.approx(interval(changes), abs=CLOSE)


def test_arms_are_compared_by_welch(written: tuple[str, Path], trial_out: Path) -> None:
    table = later(read(written[1], "group_differences"), method="matched").set_index(["within", "visit"])
    assert set(table["compared"]) == {"arms"} and set(table["second"]) == {PLACEBO}
    by = matched_of(trial_out).set_index(["site", "visit", "arm"])["change_per_cm2"].sort_index()
    for place, row in table.iterrows():
        treated, control = (by.loc[(*place, arm)] for arm in (ACTIVE, PLACEBO))
        expected = stats.ttest_ind(treated, control, equal_var=False)
        ends = expected.confidence_interval()
        assert row["difference"] == pytest.approx(treated.mean() - control.mean(), abs=CLOSE)
        assert (row["difference_low"], row["difference_high"]) == pytest.approx((ends.low, ends.high), abs=CLOSE)
        assert row["p"] == pytest.approx(expected.pvalue, rel=0.02)


def test_sites_are_compared_in_pairs(tmp_path: Path, trial_out: Path) -> None:
    text = page(trial_out, "--control-site", SITES[1], "-o", tmp_path / "here")
    table = later(read(tmp_path / "here", "group_differences")).query("compared == 'sites'")
    by = values_of(trial_out, "density_per_cm2").set_index(["arm", "visit", "subject", "site"])["change"]
    by = by.sort_index()
    assert set(table["first"]) == {SITES[0]} and len(table) == 6
    for _, row in table.iterrows():
        sides = by.loc[(row["within"], row["visit"])].unstack().dropna()
        expected = stats.ttest_rel(sides[SITES[0]], sides[SITES[1]])
        assert (row["n_first"], row["n_second"]) == (len(sides), len(sides))
        assert row["difference"] == pytest.approx((sides[SITES[0]] - sides[SITES[1]]).mean(), abs=CLOSE)
        assert row["p"] == pytest.approx(expected.pvalue, rel=0.02, abs=0.001)
    assert f"Site {SITES[0]} less {SITES[1]} in arm {PLACEBO}" in text
    assert "Mixed model of the change" in text


def test_the_model_is_the_one_that_statsmodels_fits(written: tuple[str, Path], trial_out: Path) -> None:
    smf = pytest.importorskip("statsmodels.formula.api")
    table = read(written[1], "model").query("parameter == 'density_per_cm2' and method == 'subtracted'")
    table = table.query("site == @SITES[0]").set_index(["arm", "visit"])
    frame = values_of(trial_out, "density_per_cm2").query("visit != 'baseline' and site == @SITES[0]").dropna()
    frame = frame.rename(columns={"density_per_cm2_start": "start"})
    formula = f"change ~ start + C(visit) * C(arm, Treatment('{PLACEBO}'))"
    fitted = smf.mixedlm(formula, frame, groups=frame["subject"]).fit(reml=True)
    expected = fitted.predict(frame.assign(start=table_start(frame)))
    for place, rows in frame.groupby(["arm", "visit"]):
        assert table.loc[place, "mean"] == pytest.approx(expected[rows.index[0]], abs=0.3)
        assert table.loc[place, "n"] == len(rows)
    active, placebo = (table.loc[(arm, "week 24")] for arm in (ACTIVE, PLACEBO))
    assert active["difference"] == pytest.approx(active["mean"] - placebo["mean"], abs=1e-3)
    assert active["p"] < 0.001 and active["control"] == PLACEBO
    assert pd.isna(placebo["difference"]) and pd.isna(placebo["p"])


def table_start(frame: pd.DataFrame) -> float:
    """Mean baseline of all, each subject once."""
    return float(frame.drop_duplicates("subject")["start"].mean())


def test_responders_are_the_verdicts_of_changes_csv(written: tuple[str, Path], trial_out: Path) -> None:
    table = read(written[1], "responders").set_index(["site", "arm", "visit"])
    visits = photos_of(trial_out).set_index("photo")
    rows = read(trial_out, "changes").query("comparable == 1")
    rows = rows[rows["baseline_photo"].map(visits["visit"]) == "baseline"]
    rows = rows.assign(**{key: rows["followup_photo"].map(visits[key]) for key in (*KEYS, "arm")})
    subjects = rows.groupby([*KEYS, "arm"])["verdict"].agg(lambda some: some.iloc[0] if some.nunique() == 1 else "")
    for place, verdicts in subjects.groupby(["site", "arm", "visit"]):
        row = table.loc[place]
        told = (row["n"], row["increase_count"], row["decrease_count"])
        assert told == (len(verdicts), (verdicts == "increase").sum(), (verdicts == "decrease").sum())
        assert row["increase_share"] == pytest.approx(row["increase_count"] / row["n"], abs=1e-5)
        assert row["within_error_count"] == row["n"] - row["increase_count"] - row["decrease_count"]
    assert table["increase_count"].sum() > 20


def test_shares_of_arms_are_compared_on_the_page(written: tuple[str, Path]) -> None:
    text, folder = written
    part = text[text.index("Share of those who rose, less") : text.index("Repeatability:")]
    rows = read(folder, "responders").query("control == @PLACEBO and visit != '追加'")
    ends = ("increase_difference", "increase_difference_low", "increase_difference_high")
    told = [[row["visit"], *(f"{100 * row[name]:+.0f}" for name in ends)] for _, row in rows.iterrows()]
    shown = re.findall(r"(week \d+) +([+-]\d+) +([+-]\d+) to ([+-]\d+)\n", part)
    assert len(rows) == 6 and told == list(map(list, shown))
    assert re.findall(r"追加 +\(a\)\n", part) and "(a) fewer than 5 subjects" in part


@pytest.mark.parametrize(("n", "told"), [(4, False), (5, True)])
def test_shares_of_fewer_than_five_are_not_compared(n: int, told: bool) -> None:
    control = Responders("P", "vertex", "2", 2.0, share(0, 9), share(0, 9), share(9, 9), 0)
    treated = Responders("A", "vertex", "2", 2.0, share(2, n), share(0, n), share(n - 2, n), 0, control="P",
                         beside_control=share_difference(share(2, n), share(0, 9)))  # fmt: skip
    text = "\n".join(responders(StudySummary(Design("P"), n + 9, 0, 0, responders=(treated, control))))
    assert (f"+{200 / n:.0f}" in text) == told
    assert ("(a) fewer than 5 subjects" in text) != told


def test_the_error_is_the_spread_of_replicates(written: tuple[str, Path], trial_out: Path) -> None:
    table = read(written[1], "repeatability").query("method == 'subtracted'").set_index("parameter")
    photos = photos_of(trial_out).dropna(subset="density_per_cm2")
    several = photos.groupby([*KEYS, "visit_date"])["density_per_cm2"].agg(["var", "count"]).query("count > 1")
    sem = ((several["var"] * (several["count"] - 1)).sum() / (several["count"] - 1).sum()) ** 0.5
    row = table.loc["density_per_cm2"]
    assert (row["groups"], row["sem"]) == (len(several), pytest.approx(sem, abs=CLOSE))
    assert row["mdc95"] == pytest.approx(1.96 * 2**0.5 * sem, abs=2 * CLOSE)
    assert row["icc_2_1_low"] < row["icc_2_1"] < row["icc_2_1_high"] < 1
    assert row["limit_low"] < row["bias"] < row["limit_high"]


def test_the_page_tells_what_the_tables_hold(written: tuple[str, Path]) -> None:
    text, folder = written
    density = text[text.index("Hair density") : text.index("Terminal hair")]
    changes = density[density.index("Change from baseline") : density.index("Arms compared")]
    row = later(read(folder, "group_changes"), method="matched").query("site == @SITES[0] and arm == @ACTIVE")
    row = row.set_index("visit").loc["week 24"]
    line = changes[changes.index(f"Site {SITES[0]}, arm {ACTIVE}") :]
    line = next(line for line in line.splitlines() if line.strip().startswith("week 24"))
    numbers = [row["change_mean"], row["change_low"], row["change_high"]]
    assert [f"{number:+.1f}" for number in numbers] == re.findall(r"[+-]\d+\.\d", line)[:3]
    assert line.split()[:6] == ["week", "24", "hair", "by", "hair", str(row["n"])]
    assert "Arms compared" in text and "(Welch's t test)" in text and "Who changed by more than error\n" in text
    for parameter in ("terminal30_per_cm2", "mean_width_um", "cumulative_width_mm_per_cm2"):
        assert f"({parameter})" in text
    assert "vellus30_per_cm2" not in text
    assert "Quote the change hair by hair" in changes


def test_the_study_is_described(trial_out: Path, tmp_path: Path) -> None:
    files = (write_study_file(tmp_path / "study.toml"), write_subjects(tmp_path / "subjects.csv"))
    head = page(trial_out, "--study", files[0], "--subjects", files[1]).split("\n\n")[0]
    assert head.startswith(f"Study {STUDY_ID}: Haarwachstum 2026\n")
    assert f"Arms:        {ACTIVE} (15 subjects); {PLACEBO} (15 subjects)\n" in head
    assert f"Control:     arm {PLACEBO} (by its name)\n" in head
    assert re.search(r"Photographs: 306 photographs, \d+ measured, \d+ not\n", head)
    assert "not adjusted for the number of parameters" in " ".join(head.split())


def test_no_value_is_told_as_0(written: tuple[str, Path]) -> None:
    """Of a visit with one subject there is no spread: a reason stands there, and the cell is empty."""
    text, folder = written
    table = read(folder, "group_values").query("parameter == 'density_per_cm2' and visit == '追加'")
    assert (table["n"] == 1).all() and table["sd"].isna().all() and table["mean_low"].isna().all()
    assert set(table["mean_reason"]) == {"one value alone has no spread"}
    assert "(a) one value alone has no spread" in text
    assert not re.search(r"\bnan\b|None", text)


@pytest.mark.usefixtures("without_models")
@pytest.mark.parametrize("charset", ["ascii", "cp932"])
def test_a_pipe_of_few_letters_gets_the_page(small: Path, charset: str) -> None:
    done = CliRunner(charset=charset).invoke(main, ["summarise", str(small)])
    text = done.stdout_bytes.decode(charset)
    assert done.exit_code == 0 and "Hair density, hairs/cm2 (density_per_cm2)" in text and "width, um" in text
    assert ("追加" in text) == (charset == "cp932") and r"L\xf6sung 5 %" in text


@pytest.mark.parametrize(("columns", "told"), [(80, True), (100, False)])
def test_a_narrow_terminal_is_told_of(
    columns: int, told: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    _print("short\n" + "-" * WIDTH)
    shown = capsys.readouterr()
    assert "short" in shown.out and ("columns wide, and this terminal 80" in shown.err) is told
    monkeypatch.setattr("sys.stdout.isatty", lambda: False)
    _print("-" * WIDTH)
    assert capsys.readouterr().err == ""


def test_lines_fit_the_page(written: tuple[str, Path]) -> None:
    assert all(cell_len(line) <= WIDTH for line in written[0].splitlines())


def test_published_trials_stand_beside_the_study(written: tuple[str, Path]) -> None:
    text, folder = written
    part = text[text.index("For orientation") : text.index("In short:")]
    assert "This study, at its last visit\n" in part and "PMC6691938" in part
    row = later(read(folder, "group_differences"), method="matched").query("within == @SITES[0] and visit == 'week 24'")
    own = part[: part.index("Against control")]
    assert f"{row['difference'].item():+.1f}" in own
    assert f"(n {row['n_first'].item()}," in own and f" {row['n_second'].item()})" in own
    assert "Gressenberger" in part, "a trial without an improvement must not be left out beside those with one"
    assert "no number was found" in part and "differences from 43 hairs/cm² on by dermatologists" in part
    effects = read(folder, "effect_sizes")
    shown = effects[(effects["design"] == "against control") & effects["endpoint"].str.match("hair density|all hair")]
    trials = part[part.index("Against control") : part.index("[1] ")]
    assert len(re.findall(r"^  \S.*\[\d+\]$", trials, re.MULTILINE)) == len(shown) > 4
    assert f" {len(effects) - len(shown)} rows more" in part and "--literature" in part
    assert "Olsen 2002" not in part and "Uncontrolled" not in part
    assert effects["source"].notna().all() and set(effects["unit"]) == {"hairs/cm2"}
    olsen = effects.query("trial == 'Olsen 2002' and treatment == 'minoxidil 5 %'").iloc[0]
    assert (olsen["change_mean"], olsen["control_change_mean"], olsen["difference"]) == (18.6, 3.9, 14.7)


@pytest.mark.usefixtures("without_models")
def test_the_whole_literature_is_printed_where_it_is_asked_for(small: Path, written: tuple[str, Path]) -> None:
    text = page(small, "--literature")
    part = " ".join(text[text.index("For orientation") : text.index("In short:")].split())
    effects = read(written[1], "effect_sizes")
    assert all(trial.split()[0] in part for trial in effects["trial"]) and "Olsen 2002" in part
    assert part.count("no number was found") > 3 and "rows more" not in part and "Uncontrolled" in part


def test_the_page_ends_with_the_result_of_the_study(written: tuple[str, Path]) -> None:
    """What stands on a screen of 24 lines is density at the last visit, as the tables have it."""
    text, folder = written
    last = text[text.index("In short: change of density since baseline") :]
    assert len(last.splitlines()) < 24 and text.index("For orientation") < text.index(last)
    lines = rows_of(last)
    verdicts = read(folder, "responders").query("visit == 'week 24'").set_index(["site", "arm"])
    for _, row in later(read(folder, "group_changes"), method="matched").query("visit == 'week 24'").iterrows():
        line = lines[f"Site {row['site']}, arm {row['arm']}"]
        ends = f"{row['change_mean']:+.1f} {row['change_low']:+.1f} to {row['change_high']:+.1f}"
        assert line.startswith(f"week 24 {row['n']} {ends} ")
        assert f" {verdicts.loc[(row['site'], row['arm']), 'increase_count']} (" in line
    for _, row in later(read(folder, "group_differences"), method="matched").query("visit == 'week 24'").iterrows():
        line = lines[f"Site {row['within']}: {row['first']} less {row['second']}"]
        ends = f"{row['difference']:+.1f} {row['difference_low']:+.1f} to {row['difference_high']:+.1f}"
        assert line.startswith(f"week 24 {row['n_first']}, {row['n_second']} {ends} ")
    assert len(lines) == 6 and "uncontrolled" not in last.lower()


def rows_of(last: str) -> dict[str, str]:
    """Rows of the table at the end by what they are of, which may take two lines."""
    rows: list[list[str]] = []
    for line in last.splitlines():
        if found := re.fullmatch(r"  (\S.*?)  +(week .*)", line):
            rows.append([found[1], re.sub(r"\s+", " ", found[2])])
        elif re.match(r"  \w", line) and rows:
            rows[-1][0] += f" {line.strip()}"
    return {name: cells for name, cells in rows}


def test_uncontrolled_change_is_called_so_wherever_it_stands(uncontrolled: Path, tmp_path: Path) -> None:
    text = page(uncontrolled, "-o", tmp_path / "here")
    assert "Control:     none; changes are uncontrolled." in text
    assert "! Uncontrolled: no site (" in text
    assert "Uncontrolled change from baseline\n" in text and "\nChange from baseline" not in text
    assert "Mixed model of the uncontrolled change" in text and "Mixed model of the change" not in text
    assert (
        "Who changed by more than error, uncontrolled\n" in text
        and "This study, at its last visit, uncontrolled\n" in text
    )
    last = text[text.index("In short: uncontrolled change of density") :]
    assert "! Uncontrolled: no site (" in last and " less " not in last
    assert "compared:" not in text and "no effect of treatment" not in text and "No arm is a control" in text
    assert not read(tmp_path / "here", "group_changes")["controlled"].any()
    assert json.loads((tmp_path / "here" / "summary.json").read_bytes())["design"]["controlled"] is False


def test_a_study_may_have_no_arms_and_a_site_no_name(tmp_path: Path) -> None:
    def nameless(row: Row) -> Row:
        return {**row, "arm": "", "site": ""}

    def one_site(one: Picture) -> bool:
        return one.number < 5 and one.site == SITES[0]

    text = page(write_trial(tmp_path / "out", compared=False, only=one_site, change=nameless))
    assert "Arms:        none\n" in text and "Sites:       without a name\n" in text
    numbers = text[text.index("Hair density") : text.index("Who changed")]
    assert "Site without a name\n" in numbers and not re.search(r"\barms?\b|difference", numbers)


@pytest.mark.usefixtures("without_models")
def test_a_control_may_be_named_by_its_code(small: Path, tmp_path: Path) -> None:
    study = write_study_file(tmp_path / "study.toml")
    text = page(small, "--study", study, "--control", "act")
    assert f"Control:     arm {ACTIVE} (as stated)" in text and f": {PLACEBO} less {ACTIVE}" in text


@pytest.mark.usefixtures("without_models")
def test_without_comparing_changes_are_subtracted_alone(small: Path) -> None:
    text = page(small)
    assert "! Visits were not compared: run 'densitometer compare'." in text
    responders = text[text.index("Who changed by more than error") : text.index("Repeatability")]
    assert "Not told: no change was found hair by hair" in responders and "0 (0 %)" not in responders


@pytest.mark.usefixtures("without_models")
def test_parameters_are_chosen_for_the_page_and_files_hold_all(small: Path, tmp_path: Path) -> None:
    text = page(small, "--parameter", "vellus30_per_cm2", "--parameter", "hairs_per_unit", "-o", tmp_path / "a")
    titles = re.findall(r"\((\w+)\)\n===", text)
    assert titles == ["density_per_cm2", "vellus30_per_cm2", "hairs_per_unit"]
    page(small, "-o", tmp_path / "b")
    assert snapshot(tmp_path / "a") == snapshot(tmp_path / "b")


@pytest.mark.usefixtures("without_models")
def test_shares_are_told_in_per_cent(small: Path, tmp_path: Path) -> None:
    page(small, "-o", tmp_path / "here")
    table = read(tmp_path / "here", "group_values").query("parameter == 'single_hair_unit_share'")
    expected = values_of(small, "single_hair_unit_share").groupby(["site", "arm", "visit"])["single_hair_unit_share"]
    for place, values in expected:
        row = table.set_index(["site", "arm", "visit"]).loc[place]
        assert (row["unit"], row["mean"]) == ("%", pytest.approx(100 * values.mean(), abs=0.1))


@pytest.mark.usefixtures("without_models")
def test_quiet_says_nothing_and_writes(small: Path, tmp_path: Path) -> None:
    done = run(small, "-q", "-o", tmp_path / "here")
    assert (done.exit_code, done.output) == (0, "")
    assert (tmp_path / "here" / "model.csv").is_file()


def test_the_same_results_give_the_same_bytes(small: Path, tmp_path: Path) -> None:
    before = snapshot(small)
    texts = [page(small, "-o", tmp_path / name / "here") for name in ("one", "two")]
    assert snapshot(tmp_path / "one") == snapshot(tmp_path / "two")
    assert texts[0].split("10 files in")[0] == texts[1].split("10 files in")[0]
    assert snapshot(small) == before
    told = json.loads((tmp_path / "one" / "here" / "summary.json").read_bytes())
    assert (told["subjects"], told["design"]["control_arm"]) == (8, PLACEBO)
    assert set(told["results_sha256"]) >= {"photos.csv", "run.json"}
    assert told["study_file_sha256"] is None and str(tmp_path) not in json.dumps(told)


@pytest.mark.usefixtures("without_models")
def test_an_earlier_summary_is_replaced_and_nothing_else(small: Path, tmp_path: Path) -> None:
    here = tmp_path / "here"
    page(small, "-o", here)
    before = snapshot(here)
    page(small, "--control", ACTIVE, "-o", here)
    assert snapshot(here) != before
    (here / "model.csv").write_text("mine")
    assert "files that are not as a summary wrote them (model.csv)" in refused(small, "-o", here)
    shutil.rmtree(here)
    here.mkdir()
    (here / "notes.txt").write_text("mine")
    assert "holds files that are no summary" in refused(small, "-o", here)
    assert snapshot(tmp_path).keys() == {"here/notes.txt"}


def test_an_export_is_not_replaced(small: Path, tmp_path: Path) -> None:
    here = tmp_path / "here"
    done = CliRunner().invoke(main, ["export", str(small), "--as", "redcap", "-o", str(here)])
    assert done.exit_code == 0, done.output
    before = snapshot(here)
    assert "holds files that are no summary" in refused(small, "-o", here)
    assert snapshot(here) == before


@pytest.mark.usefixtures("without_models")
def test_nothing_is_written_into_the_results(small: Path, tmp_path: Path) -> None:
    before = snapshot(small)
    for folder in (small, small / "summary"):
        assert "which is only read" in refused(small, "-o", folder)
    assert run(small, "-o", "").exit_code == 2
    assert snapshot(small) == before


@pytest.mark.usefixtures("without_models")
def test_nothing_is_left_where_writing_fails(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    page(small, "-o", tmp_path / "here")
    before = snapshot(tmp_path)
    monkeypatch.setattr("densitometer.datasets.folder.write_part", full)
    assert "cannot be written (No space left on device)" in refused(small, "-o", tmp_path / "here", "--control", ACTIVE)
    assert snapshot(tmp_path) == before


@pytest.mark.usefixtures("without_models")
def test_without_statsmodels_all_but_the_model_is_told(small: Path, tmp_path: Path) -> None:
    text = page(small, "-o", tmp_path / "here")
    assert "statsmodels, which fits the model, is not installed" in " ".join(text.split())
    table = read(tmp_path / "here", "model")
    assert table["mean"].isna().all() and table["reason"].str.contains("densitometer\\[statistics\\]").all()
    assert read(tmp_path / "here", "group_changes")["change_mean"].notna().any()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--control", "Sham"), "the study has no arm 'Sham' to serve as control; there are 'Lösung 5 %', 'Placebo'"),
        (("--control-site", "Stirn"), "the study has no site 'Stirn' to serve as control; there are "),
        (("--parameter", "hair_count"), "'hair_count' is no parameter of a summary; "),
        (("--control", " "), "--control names nothing"),
        (("--study", "none.toml"), "none.toml cannot be read"),
        (("--subjects", "none.csv"), "none.csv"),
    ],
)
def test_what_does_not_fit_is_refused(small: Path, tmp_path: Path, words: tuple[str, str], told: str) -> None:
    assert told in refused(small, *words, "-o", tmp_path / "here")
    assert not (tmp_path / "here").exists()


def test_a_study_file_with_a_fault_is_refused(small: Path, tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text("[study]\nbaselin = 1\n")
    assert "baselin" in refused(small, "--study", tmp_path / "study.toml")


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    assert "holds no results.sqlite" in refused(tmp_path)
    assert "there is no folder" in refused(tmp_path / "nowhere")


def test_photographs_of_nobody_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "out", result("a.jpg"), result("b.jpg"))
    assert "measure again with --visits" in refused(tmp_path / "out")


def test_long_and_foreign_names_stay_aligned(tmp_path: Path) -> None:
    names = {ARMS["ACT"]: "毛髪を成長させる薬剤" * 4, ARMS["PBO"]: "Placebo, " + "vehicle of the same colour " * 6}

    def renamed(row: Row) -> Row:
        return {**row, "arm": names.get(str(row["arm"]), row["arm"]), "site": f"{row['site']} " + "x" * 110}

    out = write_trial(tmp_path / "out", compared=False, only=_few, change=renamed)
    text = page(out)
    assert all(cell_len(line) <= WIDTH for line in text.splitlines())
    for table in text.split("\n  --")[1:]:
        assert _is_aligned("--" + re.split(r"\n[\n(]", table)[0]), table


def _few(one: Picture) -> bool:
    return one.number < 7


def _is_aligned(table: str) -> bool:
    """Whether no row has anything but blanks where the line of dashes has a gap."""
    dashes, *rows = table.splitlines()
    gaps = [2 + place for place, letter in enumerate(dashes) if letter == " "]
    return all(_cell_at(row, gap) == " " for row in rows if row.startswith("  ") for gap in gaps)


def _cell_at(line: str, place: int) -> str:
    for letter in line:
        place -= cell_len(letter)
        if place < 0:
            return letter
    return " "


UNIQUE = {
    "group_values": ["site", "arm", "visit", "parameter"],
    "group_changes": ["site", "arm", "visit", "parameter", "method"],
    "group_differences": ["compared", "first", "second", "within", "visit", "parameter", "method"],
    "model": ["site", "arm", "visit", "parameter", "method"],
    "responders": ["site", "arm", "visit"],
    "subject_values": ["site", "subject", "visit", "parameter"],
    "subject_changes": ["site", "subject", "visit"],
    "repeatability": ["parameter", "method"],
    "effect_sizes": ["trial", "treatment", "control", "endpoint", "weeks"],
}
"""Columns that name a row of each table."""


@pytest.mark.parametrize("name", TABLES)
def test_a_row_of_a_table_has_a_key_and_a_column_one_kind(written: tuple[str, Path], name: str) -> None:
    table = read(written[1], name)
    assert len(table) and not table.duplicated(UNIQUE[name]).any()
    texts = table.select_dtypes(exclude=["number", "bool"])
    assert not [column for column in texts if pd.to_numeric(texts[column].dropna(), errors="coerce").notna().any()]
    if "unit" in table and "parameter" in table:
        assert (table.groupby("parameter")["unit"].nunique(dropna=False) == 1).all()
