from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from densitometer.datasets.redcap import files
from densitometer.datasets.redcap_rules import field_name
from densitometer.dictionary import PHOTO_COLUMNS
from densitometer.errors import StudyError
from densitometer.study.model import Arm, Study
from densitometer.study.read import read_study
from redcap_project import HEADERS, WARNED_LENGTH, Project, read_csv
from small_study import measured, photograph, refused, study

FORMS = ("participant", "scalp_photograph", "hair_change")


def project_of(made: Study) -> Project:
    """Upload both files to an empty project, as a data manager does."""
    content = dict(files(made))
    assert list(content) == ["data_dictionary.csv", "import.csv"]
    project = Project({"scalp_photograph", *(["hair_change"] if made.changes else [])})
    project.upload_dictionary(content["data_dictionary.csv"])
    project.import_records(content["import.csv"])
    return project


@pytest.fixture(scope="module")
def trial(trial_out: Path, trial_study_file: Path, trial_subjects: Path) -> Study:
    return read_study(trial_out, trial_study_file, trial_subjects)


@pytest.fixture(scope="module")
def loaded(trial: Study) -> Project:
    return project_of(trial)


def test_trial_study_loads_without_a_warning(trial: Study, loaded: Project) -> None:
    names = [key for key in loaded.records if key[1] == "scalp_photograph"]
    assert len(names) == len(trial.photographs)
    assert sum(key[1] == "hair_change" for key in loaded.records) == len(trial.changes) > 0
    assert {key[0] for key in loaded.records} == {one.subject.code for one in trial.photographs}
    assert loaded.warnings == []


def test_every_photograph_is_an_instance_in_the_order_of_the_study(trial: Study, loaded: Project) -> None:
    by_record: dict[str, list[str]] = {}
    for one in trial.photographs:
        by_record.setdefault(one.subject.code, []).append(one.name)
    for record, names in by_record.items():
        instances = [loaded.records[record, "scalp_photograph", str(n)] for n in range(1, len(names) + 1)]
        assert [cells["photo"] for cells in instances] == names


def test_numbers_are_those_of_photos_csv(trial: Study, loaded: Project, trial_out: Path) -> None:
    header, *rows = read_csv((trial_out / "photos.csv").read_bytes())
    table = {row[0].removeprefix("'"): dict(zip(header, row, strict=True)) for row in rows}
    for (_, form, _), cells in loaded.records.items():
        if form == "scalp_photograph":
            row = table[cells["photo"]]
            for name in ("hair_count", "density_per_cm2", "density_low_per_cm2", "mean_width_um", "um_per_px"):
                assert cells.get(name, "") == row[name]
            share = row["single_hair_unit_share"]
            percent = cells.get("single_hair_unit_percent", "")
            assert (float(percent) == pytest.approx(100 * float(share))) if share else percent == ""


def test_a_photograph_that_was_not_measured_has_a_reason_and_no_number(trial: Study, loaded: Project) -> None:
    refused_names = {one.name: one for one in trial.photographs if not one.measured}
    found = [cells for cells in loaded.records.values() if cells.get("photo") in refused_names]
    assert len(found) == len(refused_names) > 0
    for cells in found:
        assert cells["status"] == "not_measured"
        assert cells["reason"] == refused_names[cells["photo"]].row["reason"]
        assert not [name for name in cells if name.startswith("flags___") or "count" in name or "per_cm2" in name]


def test_flags_are_boxes_that_are_ticked_or_not() -> None:
    project = project_of(study(photograph(measured(flags="blurred;glare"))))
    cells = project.records["P1", "scalp_photograph", "1"]
    ticked = {name for name, value in cells.items() if name.startswith("flags___") and value == "1"}
    assert ticked == {"flags___blurred", "flags___glare"}
    assert cells["flags___crowded"] == "0"


def test_changes_name_the_instances_of_their_photographs(trial: Study, loaded: Project) -> None:
    for (record, form, _), cells in loaded.records.items():
        if form == "hair_change":
            for which in ("baseline", "followup"):
                instance = loaded.records[record, "scalp_photograph", cells[f"{which}_instance"]]
                assert instance["photo"] == cells[f"{which}_photo"]


def test_numbers_are_written_as_people_write_them() -> None:
    row = measured(um_per_px=0.00001234, um_per_px_sd=123456.0, flaking_share=0.0007, redness_a=-0.001)
    cells = project_of(study(photograph(row))).records["P1", "scalp_photograph", "1"]
    assert cells["um_per_px"] == "0.00001234"
    assert cells["um_per_px_sd"] == "123000"
    assert cells["flaking_percent"] == "0.07", "with as many digits as were measured"
    assert cells["redness_a"] == "0.00"


def test_arm_is_the_subjects_where_each_has_one() -> None:
    arms = Arm("Körperlotion, täglich", "A"), Arm("Placebo", "B")
    project = project_of(study(photograph(measured(), arm=arms[0]), photograph(measured("c.jpg"), "P2", arm=arms[1])))
    assert project.fields["arm"]["Form Name"] == "participant"
    assert project.choices(project.fields["arm"]) == {"A": "Körperlotion, täglich", "B": "Placebo"}
    assert project.records["P2", "", ""] == {"arm": "B"}


def test_arm_is_the_photographs_where_it_goes_by_site() -> None:
    one = photograph(measured(), arm=Arm("Treated", "ä"))
    two = photograph(measured("c.jpg"), arm=Arm("Untreated", "b"))
    project = project_of(study(one, two))
    assert project.fields["arm"]["Form Name"] == "scalp_photograph"
    arms = [project.records["P1", "scalp_photograph", number]["arm"] for number in "12"]
    assert arms == ["1", "2"]  # ä is no code of REDCap


def test_without_comparisons_there_is_no_second_instrument() -> None:
    project = project_of(study(photograph(measured())))
    assert {one["Form Name"] for one in project.fields.values()} == {"participant", "scalp_photograph"}


def test_who_may_be_told_by_it_is_marked(loaded: Project) -> None:
    marked = {name for name, one in loaded.fields.items() if one["Identifier?"]}
    assert {"photo", "reason", "visit_date", "baseline_photo", "followup_photo"} <= marked


def test_a_name_that_fits_is_that_of_the_column(loaded: Project) -> None:
    assert {"hair_count", "density_per_cm2", "terminal30_per_cm2", "mean_width_um"} <= set(loaded.fields)
    assert all(len(name) <= WARNED_LENGTH for name in loaded.fields)


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("Gerät", "gerat"),
        ("Light (polarised)", "light_polarised"),
        ("__2 nd  reader", "visits_2_nd_reader"),
        ("class", "visits_class"),
        ("scalp_photograph_complete", "visits_scalp_photograph_complete"),
        ("光", "visits_column"),
    ],
)
def test_further_columns_get_a_name_that_redcap_takes(column: str, name: str) -> None:
    assert field_name(column, FORMS) == name
    made = study(photograph(measured(**{column: "<b>ü [x]</b>, |"})), further=(column,))
    assert project_of(made).records["P1", "scalp_photograph", "1"][name] == "<b>ü [x]</b>, |"


@pytest.mark.parametrize("further", [("Room A", "room-a"), ("Hair count",)])
def test_two_columns_for_one_field_are_both_named(further: tuple[str, ...]) -> None:
    with pytest.raises(StudyError, match="would both be the field") as raised:
        list(files(study(photograph(measured()), further=further)))
    assert all(f"{name}" in str(raised.value) for name in further)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("P#1", "a #"),
        ("O'Neil", "apostrophe"),
        ("A&B", "an &"),
        ("1+1", r"a \+"),
        ("1\t1", "a tab"),
        ("x" * 101, "101 bytes"),
    ],
)
def test_a_subject_that_is_no_record_is_named(code: str, told: str) -> None:
    with pytest.raises(StudyError, match=told) as raised:
        list(files(study(photograph(measured(), code))))
    assert code[:1] in str(raised.value)


def test_subjects_that_redcap_would_take_for_one_are_both_named() -> None:
    with pytest.raises(StudyError, match="would be one record") as raised:
        list(files(study(photograph(measured(), "Müller"), photograph(measured("c.jpg"), "MULLER"))))
    assert "Müller" in str(raised.value) and "MULLER" in str(raised.value)


def test_a_record_may_have_letters_of_any_script() -> None:
    assert ("山田-01", "scalp_photograph", "1") in project_of(study(photograph(measured(), "山田-01"))).records


def test_blanks_that_redcap_would_take_off_are_told() -> None:
    with pytest.raises(StudyError, match=r"' a\.jpg'|\" a\.jpg\"|« a\.jpg»| a\.jpg.*blank"):
        list(files(study(photograph(measured(" a.jpg")))))


def test_an_arm_is_shown_by_its_name_and_not_taken_for_html_or_a_field() -> None:
    project = project_of(study(photograph(measured(), arm=Arm("<5 % [low]", "A"))))
    assert project.choices(project.fields["arm"]) == {"A": "&lt;5 % (low)"}


def test_an_arm_that_would_be_read_as_two_choices_is_named() -> None:
    with pytest.raises(StudyError, match=r"arm 'Lotion \| <5 % \[low\]' has a \|"):
        list(files(study(photograph(measured(), arm=Arm("Lotion | <5 % [low]", "1")))))


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(StudyError, match="P#1.*P#2"):
        list(files(study(photograph(measured(), "P#1"), photograph(measured("c.jpg"), "P#2"))))


def test_the_same_study_gives_the_same_bytes(
    trial: Study, trial_out: Path, trial_study_file: Path, trial_subjects: Path
) -> None:
    assert list(files(trial)) == list(files(read_study(trial_out, trial_study_file, trial_subjects)))


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("data_dictionary.csv", b"Identifier?", b"Identifier"),
        ("data_dictionary.csv", b"hair_count,", b"hair__count,"),
        ("data_dictionary.csv", b"hair_count,", b"class,"),
        ("data_dictionary.csv", b"hair_count,", b"unit_count,"),
        ("data_dictionary.csv", b"integer", b"int64"),
        ("data_dictionary.csv", b"measured, measured |", b"not_measured, measured |"),
        ("import.csv", b"hair_count,", b"hair_counts,"),
        ("import.csv", b",measured,", b",Measured,"),
        ("import.csv", b",61,", b",-61,"),
        ("import.csv", b",61,", b",61.5,"),
        ("import.csv", b"2026-01-12", b"12/01/2026"),
        ("import.csv", b"P1,scalp_photograph,1", b"P1,scalp_photograph,"),
        ("import.csv", b"P1,scalp_photograph,1", b"P1,participant,1"),
        ("import.csv", b"P1,scalp_photograph,1", b"P1,,"),
        ("import.csv", b"P1,scalp_photograph,2", b"P1,scalp_photograph,1"),
    ],
)
def test_the_small_redcap_refuses_what_the_real_one_does(name: str, old: bytes, new: bytes) -> None:
    content = dict(files(study(photograph(measured()), photograph(measured("c.jpg")))))
    assert old in content[name]
    content[name] = content[name].replace(old, new, 1)
    project = Project({"scalp_photograph"})
    with pytest.raises((AssertionError, ValueError, KeyError)):
        project.upload_dictionary(content["data_dictionary.csv"])
        project.import_records(content["import.csv"])


def test_texts_with_line_ends_and_quotes_stay_as_they_are() -> None:
    told = 'one "quoted",\r\nand\ranother\nline'
    made = study(photograph(measured(note=told)), photograph(refused(reason="a, b")), further=("note",))
    project = project_of(made)
    assert project.records["P1", "scalp_photograph", "1"]["note"] == told
    assert project.records["P1", "scalp_photograph", "2"]["reason"] == "a, b"


OWN = {column.name for column in PHOTO_COLUMNS}
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


@given(_TEXT, st.lists(_TEXT, max_size=3, unique=True), _TEXT)
def test_any_text_loads_or_is_refused(code: str, further: list[str], cell: str) -> None:
    named = [name for name in further if name not in OWN]  # 'measure' refuses a visits table with such a column
    row = {**measured(), **dict.fromkeys(named, cell), "status": "measured", "flags": ""}
    made = study(photograph(row, code), further=tuple(named))
    try:
        project = project_of(made)
    except StudyError:
        return
    kept = project.records[code, "scalp_photograph", "1"]
    columns = [field_name(name, FORMS) for name in named if name.casefold() != "arm"]
    assert [kept[name] for name in columns] == [cell] * len(columns)


def test_headers_are_the_eighteen_of_redcap() -> None:
    content = dict(files(study(photograph(measured()))))
    assert read_csv(content["data_dictionary.csv"])[0] == HEADERS
    assert len(HEADERS) == 18
