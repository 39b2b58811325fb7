from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from densitometer.cli.main import main
from fakes import make_photo


def scale(*arguments: object) -> Result:
    result = CliRunner().invoke(main, ["scale", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_tells_scale_source_and_bar(sample_images: Path, tmp_path: Path) -> None:
    photo = sample_images / "trimmed_dark.jpg"
    result = scale(photo, "-o", tmp_path / "bars")
    assert result.exit_code == 0
    cells = re.search(r"trimmed_dark.jpg +(\S+) +(\S+) +bar +0.5 mm +(\S+)", result.stdout)
    assert cells
    true = json.loads(photo.with_suffix(".json").read_text(encoding="utf-8"))["um_per_px"]
    assert float(cells[1]) == pytest.approx(true, rel=0.02)
    assert 0 < float(cells[2]) < 0.2
    assert float(cells[3]) == pytest.approx(500 / true, rel=0.02)
    with Image.open(tmp_path / "bars" / "trimmed_dark.jpg.png") as drawn, Image.open(photo) as given:
        assert drawn.size == given.size
        assert np.any(np.asarray(drawn) != np.asarray(given.convert("RGB")))


def test_a_photograph_without_scale_is_told_what_to_do(tmp_path: Path) -> None:
    result = scale(make_photo(tmp_path / "a.png"), "-o", tmp_path / "bars")
    assert result.exit_code == 0
    assert re.search(r"a.png +none +none found; state it with --um-per-px", result.stdout)
    assert list((tmp_path / "bars").iterdir()) == []


def test_what_cannot_be_read_is_a_row_and_exit_code_3(tmp_path: Path) -> None:
    make_photo(tmp_path / "a.png")
    (tmp_path / "b.jpg").write_bytes(b"")
    result = scale(tmp_path, tmp_path / "gone.jpg")
    assert result.exit_code == 3
    assert re.search(r"b.jpg .*empty", result.stdout)
    assert re.search(r"gone.jpg .*there is no such file", result.stdout)


def test_an_error_not_foreseen_is_a_row_with_a_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("bug")

    monkeypatch.setattr("densitometer.scale.find_scale", fail)
    result = scale(make_photo(tmp_path / "a.png"))
    assert result.exit_code == 3
    assert "internal error: RuntimeError" in result.stdout
    assert "Traceback" in result.stderr


def test_wrong_use(tmp_path: Path) -> None:
    for arguments in ([tmp_path], [tmp_path / "none"]):
        result = scale(*arguments)
        assert result.exit_code == 2
        assert result.stderr.startswith("densitometer: ")
        assert len(result.stderr.splitlines()) == 1


def test_quiet(tmp_path: Path) -> None:
    result = scale(make_photo(tmp_path / "a.png"), "-q")
    assert (result.exit_code, result.output) == (0, "")
