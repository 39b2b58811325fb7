"""Both pages are put in place or neither, whatever ends a run between them; and they are the same bytes anywhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fakes import make_photo
from faults.disk import DEAD, KINDS
from faults.forks import Ended, Forks, shared
from faults.outcome import assert_as_if_nothing_had_happened
from trial_study import write_trial

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs fork")

PAGES = ("report.html", "subjects.html")
VISITS = "photo,subject,site,visit,visit_date\n0.png,A,x,1,2024-01-01\n1.png,A,x,2,2024-07-01\n2.png,B,x,1,2024-01-01\n"

NEVER = 10**6
"""A change that no run comes to; one that is to fail there tells all that it makes."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Photographs of two subjects, measured (``measured``), and compared (``compared``)."""
    for number in range(3):
        make_photo(tmp_path / "in" / f"{number}.png", grey=90 + number)
    (tmp_path / "visits.csv").write_text(VISITS)
    assert measure(shared(), tmp_path, "measured").code == 0
    shutil.copytree(tmp_path / "measured", tmp_path / "compared")
    assert shared().run("compare", "compared", cwd=tmp_path).code == 3
    return tmp_path


def measure(
    forks: Forks, folder: Path, out: str, *, at: tuple[str, int] | None = None, most: int | None = None
) -> Ended:
    words = ("measure", "in", "-o", out, "--visits", "visits.csv", "--um-per-px", 5, "--workers", 1)
    return forks.run(*words, cwd=folder, fault=at and (str(folder / out), *at), file_bytes=most)


def compare(
    forks: Forks, folder: Path, out: str, *, at: tuple[str, int] | None = None, most: int | None = None
) -> Ended:
    return forks.run("compare", out, cwd=folder, fault=at and (str(folder / out), *at), file_bytes=most)


def pages(out: Path) -> list[bytes | None]:
    return [(out / name).read_bytes() if (out / name).exists() else None for name in PAGES]


def at_pages(ended: Ended, only: str = "") -> list[int]:
    """Numbers of the changes that a run made to either page, or only of those of a kind, and of the next."""
    assert ended.code in (0, 3)
    steps = [(n, step) for n, step in enumerate(ended.steps, start=1) if any(name in step for name in PAGES)]
    found = {number for number, step in steps if step.startswith(only)}
    assert len(found) >= len(PAGES)
    return sorted(found | {number + 1 for number in found})


def killed_while_measuring(folder: Path, kind: str, only: str = "") -> None:
    for at in at_pages(measure(shared(), folder, "whole", at=(kind, NEVER)), only):
        shutil.rmtree(folder / "out", ignore_errors=True)
        assert measure(shared(), folder, "out", at=(kind, at)).code == DEAD
        assert measure(shared(), folder, "out").code == 0
        assert_as_if_nothing_had_happened(folder / "out", folder / "measured")


def killed_while_comparing(folder: Path, kind: str, only: str = "") -> None:
    shutil.copytree(folder / "measured", folder / "also")
    for at in at_pages(compare(shared(), folder, "also", at=(kind, NEVER)), only):
        shutil.rmtree(folder / "out", ignore_errors=True)
        shutil.copytree(folder / "measured", folder / "out")
        assert compare(shared(), folder, "out", at=(kind, at)).code == DEAD
        assert compare(shared(), folder, "out").code == 3
        assert_as_if_nothing_had_happened(folder / "out", folder / "compared")


def test_killed_while_the_pages_are_put_in_place(folder: Path) -> None:
    killed_while_measuring(folder, "kill", "rename")
    killed_while_comparing(folder, "kill", "rename")


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_killed_at_any_change_of_a_page(folder: Path, kind: str) -> None:
    killed_while_measuring(folder, kind)
    killed_while_comparing(folder, kind)


def test_a_report_for_which_there_is_no_room_leaves_both_pages_as_they_were(folder: Path) -> None:
    room = (folder / "measured" / "report.html").stat().st_size - 1
    assert room > (folder / "measured" / "results.sqlite").stat().st_size  # so that it is the page that does not fit
    ended = measure(shared(), folder, "out", most=room)
    assert ended.code == 1
    assert "report.html cannot be written to out: File too large" in " ".join(ended.text.split())
    assert pages(folder / "out") == [None, None]
    assert measure(shared(), folder, "out").code == 0
    assert_as_if_nothing_had_happened(folder / "out", folder / "measured")
    before = pages(folder / "out")
    ended = compare(shared(), folder, "out", most=room)
    assert ended.code in (1, 2)
    assert "cannot be written" in ended.text  # here the copy of the record, which takes more room
    assert "Traceback" not in ended.text
    assert pages(folder / "out") == before
    assert compare(shared(), folder, "out").code == 3
    assert_as_if_nothing_had_happened(folder / "out", folder / "compared")


_RENDER = """
import hashlib, json, sys
from pathlib import Path
from browser_pages import given_by, report_of, subjects_of
given = given_by(Path(sys.argv[1]))
print(json.dumps([hashlib.sha256(text(given).encode()).hexdigest() for text in (report_of, subjects_of)]))
"""


def test_both_pages_are_the_same_bytes_anywhere(tmp_path: Path) -> None:
    out = write_trial(tmp_path / "out", subjects=3)
    places = (
        {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "UTC"},
        {"PYTHONHASHSEED": "77", "LC_ALL": "tr_TR.UTF-8", "LANG": "de_DE.UTF-8", "TZ": "Pacific/Kiritimati"},
    )
    found = []
    for place in places:
        environment = {
            **os.environ,
            **place,
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path[1:]]),
        }
        command = [sys.executable, "-c", _RENDER, str(out)]
        found.append(json.loads(subprocess.run(command, env=environment, capture_output=True, check=True).stdout))
    assert found[0] == found[1]
    assert len(set(found[0])) == 2
