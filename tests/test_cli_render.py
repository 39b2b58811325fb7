"""The verb that renders: what it writes, lists and refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from densitometer.cli import render as verb
from densitometer.cli.main import main
from densitometer.synthetic import folder
from densitometer.synthetic.camera import SIDES_PX
from densitometer.synthetic.scenario import scenarios
from densitometer.synthetic.styles import styles


def render(*arguments: object) -> Result:
    result = CliRunner().invoke(main, ["render", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_the_list_names_every_style_and_scenario() -> None:
    result = render("--list")
    assert result.exit_code == 0
    for name in (*styles(), *scenarios()):
        assert f"\n  {name} " in result.stdout


def test_the_list_names_only_the_styles_asked_for() -> None:
    listed = render("--list", "curly").stdout
    assert "\n  curly " in listed
    assert not [name for name in (*styles(), *scenarios()) if f"\n  {name} " in listed and name != "curly"]
    assert "There is no style 'curley'; did you mean curly?" in render("--list", "curley").stderr


def test_the_list_has_no_blanks_at_the_ends_of_its_lines() -> None:
    listed = render("--list").stdout
    assert [line for line in listed.splitlines() if line != line.rstrip()] == []
    assert "the plain case" in listed and "docs/styles.md" in listed


def test_photographs_without_hair_are_remarked_upon(tmp_path: Path) -> None:
    words = ("blond", "--size", "96x96", "--set", "hair.density_per_cm2=0")
    assert "\n1 photograph shows no hair that counts.\n" in render(*words, "-o", tmp_path / "a").stdout
    assert "\n2 photographs show no hair that counts.\n" in render(*words, "-o", tmp_path / "b", "--count", 2).stdout


def test_a_folder_with_a_blank_is_shown_as_it_can_be_typed(tmp_path: Path) -> None:
    out = tmp_path / "a b"
    assert f'densitometer measure "{out}" --visits' in render("blond", "-o", out, "--size", "96x96").stdout


def test_scenes_of_several_styles(tmp_path: Path) -> None:
    result = render("blond", "curly", "blond", "-o", tmp_path, "--size", "128x96", "--seed", 4, "--count", 2)
    assert result.exit_code == 0
    assert all(line.startswith("rendering: ") for line in result.stderr.splitlines())  # progress on a slow machine
    first, *others = result.stdout.splitlines()
    assert first == f"4 photographs with their truth in {tmp_path}."
    table = tmp_path / "visits.csv"
    assert others[-1] == f"measure them: densitometer measure {tmp_path} --visits {table} -o results/"
    assert sorted(path.stem for path in tmp_path.glob("*.jpg")) == [
        "blond_0004", "blond_0005", "curly_0004", "curly_0005"
    ]  # fmt: skip
    assert len(list((tmp_path / "masks").glob("*.png"))) == 4


def test_changed_values_change_the_scene(tmp_path: Path) -> None:
    for name, more in (("a", ()), ("b", ("--set", "camera.um_per_px=9", "--set", "hair.colours=black"))):
        assert render("blond", "-o", tmp_path / name, "--size", "96x96", "--no-mask", *more).exit_code == 0
    assert (tmp_path / "b" / "visits.csv").read_text(encoding="utf-8").splitlines()[1].endswith(",9")
    assert '"colour": "black"' in (tmp_path / "b" / "blond_0001.json").read_text(encoding="utf-8")
    assert not (tmp_path / "a" / "masks").exists()


def test_all_means_every_style(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ordered: list[str] = []
    monkeypatch.setattr(verb, "_render", lambda orders, *_: ordered.extend(order.stem for order in orders) or 0)
    assert render("all", "-o", tmp_path).exit_code == 0
    assert ordered == [f"{name}_0001" for name in styles()]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("trimed_70x",), "There is no style 'trimed_70x'; did you mean trimmed_70x"),
        (("BLOND",), "There is no style 'BLOND'; did you mean blond?"),
        (("trimmed",), "did you mean trimmed_70x or trimmed_crossing?"),
        (("qqq",), "There is no style 'qqq'; 'densitometer render --list' shows them"),
        ((), "No style is named"),
        (("blond", "--size", "10x10"), "--size 10x10: it is not a size from 64 to 8000 px"),
        (("blond", "--size", "large"), "--size large: it is not a size"),
        (("blond", "--set", "camera.um_per_px=9,4"), "runs from 9 to 4; put the smaller number first"),
        (("blond", "--set", "camera.light=moon"), "camera.light: no 'moon'; choose from"),
        (("blond", "--visits", "lost"), "There is no scenario 'lost'; did you mean loss"),
    ],
)
def test_nonsense_is_one_clear_sentence(arguments: tuple[str, ...], message: str, tmp_path: Path) -> None:
    result = render(*arguments, "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.startswith("densitometer: ")
    assert len(result.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("arguments", [("--count", "0"), ("--seed", "-1"), ("--count", "few")])
def test_numbers_that_make_no_sense_are_refused(arguments: tuple[str, ...], tmp_path: Path) -> None:
    result = render("blond", *arguments, "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert "Invalid value for" in result.stderr


def test_a_folder_is_needed() -> None:
    assert "name one with -o" in render("blond").stderr


def test_without_any_word_the_style_is_asked_for_first() -> None:
    result = render()
    assert result.exit_code == 2
    assert "No style is named" in result.stderr and "--list" in result.stderr


def test_help_tells_the_sizes_that_are_taken() -> None:
    low, high = SIDES_PX
    assert f"{low} to {high} each" in " ".join(render("--help").stdout.split())


@pytest.mark.parametrize("verbose", [False, True])
def test_an_error_of_our_own_is_said_to_be_one(verbose: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("a\nbug")

    monkeypatch.setattr(folder, "render_scene", fail)
    result = render("blond", "-o", tmp_path / "out", *(["-v"] if verbose else []))
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith(
        "densitometer: internal error: ZeroDivisionError: a bug; please report it"
    )
    assert ("Traceback" in result.stderr) == verbose
    assert ("--verbose" in result.stderr.splitlines()[-1]) != verbose
    assert not (tmp_path / "out").exists()


def test_files_are_replaced_only_when_told(tmp_path: Path) -> None:
    words = ("blond", "-o", tmp_path, "--size", "96x96")
    assert render(*words).stdout.startswith(f"1 photograph with its truth in {tmp_path}.\nmeasure it: ")
    refused = render(*words)
    assert refused.exit_code == 2
    assert "add --overwrite to delete that run first" in refused.stderr
    assert render(*words, "--overwrite", "-q").output == ""
