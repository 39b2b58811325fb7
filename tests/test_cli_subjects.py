"""The verbs write the page of each subject where photographs have any, and lose nothing where that fails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from densitometer.batch import measure_batch
from densitometer.batch.jobs import Job
from densitometer.results import PhotoResult
from densitometer.settings import Settings
from fakes import make_photo
from test_cli_compare import _not_alike
from test_cli_measure import Run, measure  # noqa: F401  a fixture
from test_cli_verify import run as densitometer

VISITS = "photo,subject,site,visit,visit_date\na.png,P-1,vertex,1,2026-01-12\nb.png,P-2,vertex,1,2026-01-13\n"
PAGE = Path("out") / "subjects.html"
REPORT = Path("out") / "report.html"


@pytest.fixture
def visits(measure: Run) -> Path:  # noqa: F811
    for name in ("a.png", "b.png"):
        make_photo(Path("in") / name)
    Path("visits.csv").write_text(VISITS)
    return Path("visits.csv")


def test_measuring_with_visits_writes_one_and_without_takes_it_away(measure: Run, visits: Path) -> None:  # noqa: F811
    assert measure("in", "--um-per-px", 5).exit_code == 0
    assert not PAGE.exists()
    assert measure("in", "--visits", visits, "--um-per-px", 5).exit_code == 0
    text = PAGE.read_text(encoding="utf-8")
    assert text.index('<article id="s1"') < text.index("P-1") < text.index('<article id="s2"') < text.index("P-2")
    assert 'src="overlays/a.png.png"' in text
    assert densitometer("verify", "out").exit_code == 0
    assert measure("in", "--um-per-px", 5).exit_code == 0
    assert not PAGE.exists()
    assert densitometer("verify", "out").exit_code == 0


def test_one_that_fails_costs_nothing_else_and_is_tried_again(
    measure: Run,  # noqa: F811
    visits: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("template")

    words = ("in", "--visits", visits, "--um-per-px", 5)
    with monkeypatch.context() as patch:
        patch.setattr("densitometer.report.subjects.page.render_subjects", fail)
        result = measure(*words)
        assert result.exit_code == 1
        assert "subjects.html could not be written; all the rest is complete" in result.stderr
        assert Path("out/photos.csv").exists()
        assert "P-1" in REPORT.read_text(encoding="utf-8")
        assert "subjects.html" not in REPORT.read_text(encoding="utf-8")
        assert not PAGE.exists()
        assert densitometer("verify", "out").exit_code == 0
        assert measure(*words).exit_code == 1
    assert measure(*words).exit_code == 0
    assert PAGE.exists()
    assert '<a href="subjects.html#s1">P-1</a>' in REPORT.read_text(encoding="utf-8")
    before = Path("out/audit.jsonl").read_bytes()
    assert measure(*words).exit_code == 0
    assert Path("out/audit.jsonl").read_bytes() == before


def test_whether_one_is_lacking_is_told_without_making_it(
    measure: Run,  # noqa: F811
    visits: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = ("in", "--visits", visits, "--um-per-px", 5)
    with monkeypatch.context() as patch:
        patch.setattr("densitometer.report.subjects.page.study_to_show", lambda *_: None)
        assert measure(*words).exit_code == 0
        assert not PAGE.exists()
        patch.setattr("densitometer.report.subjects.page.render_subjects", lambda *_: pytest.fail("made"))
        assert measure(*words).exit_code == 0
    assert measure(*words).exit_code == 0
    assert PAGE.exists()


def test_a_report_of_a_run_that_was_stopped_links_to_no_page_of_subjects(
    measure: Run,  # noqa: F811
    visits: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = ("in", "--visits", visits, "--um-per-px", 5)

    def one_alone(jobs: Sequence[Job], settings: Settings, **how: Any) -> Iterator[PhotoResult]:
        yield from islice(measure_batch(jobs, settings, **how), 1)

    with monkeypatch.context() as patch:
        patch.setattr("densitometer.batch.measure_batch", one_alone)
        assert measure(*words).exit_code == 1
    assert not PAGE.exists()
    report = REPORT.read_text(encoding="utf-8")
    assert "P-2" in report
    assert "subjects.html" not in report
    assert measure(*words).exit_code == 0
    assert PAGE.exists()
    assert 'href="subjects.html#s2"' in REPORT.read_text(encoding="utf-8")


def test_where_there_is_no_study_nothing_is_written_again_and_again(measure: Run, visits: Path) -> None:  # noqa: F811
    visits.write_text(VISITS.replace("P-2,vertex,1,2026-01-13", "P-1,vertex,1,2026-01-12"))
    words = ("in", "--visits", visits, "--um-per-px", 5)
    assert measure(*words).exit_code == 0
    assert not PAGE.exists()
    before = Path("out/audit.jsonl").read_bytes()
    assert measure(*words).exit_code == 0
    assert Path("out/audit.jsonl").read_bytes() == before


def test_comparing_writes_it_with_the_changes(measure: Run, visits: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    visits.write_text(VISITS.replace("P-2,vertex,1,2026-01-13", "P-1,vertex,2,2026-06-12"))
    assert measure("in", "--visits", visits, "--um-per-px", 5).exit_code == 0
    assert "could not be compared" not in PAGE.read_text(encoding="utf-8")
    monkeypatch.setattr("densitometer.batch.comparisons._work", _not_alike)
    assert densitometer("compare", "out", "-q", "--workers", 1).exit_code == 3
    assert "could not be compared: not alike" in PAGE.read_text(encoding="utf-8")
    assert densitometer("verify", "out").exit_code == 0


def test_a_folder_of_before_there_was_one_is_verified_and_compared_and_has_it_then(
    measure: Run,  # noqa: F811
    visits: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    visits.write_text(VISITS.replace("P-2,vertex,1,2026-01-13", "P-1,vertex,2,2026-06-12"))
    with monkeypatch.context() as patch:
        patch.setattr("densitometer.report.subjects.page.study_to_show", lambda *_: None)
        assert measure("in", "--visits", visits, "--um-per-px", 5).exit_code == 0
    assert not PAGE.exists()
    assert densitometer("verify", "out").exit_code == 0
    monkeypatch.setattr("densitometer.batch.comparisons._work", _not_alike)
    assert densitometer("compare", "out", "-q", "--workers", 1).exit_code == 3
    assert "could not be compared: not alike" in PAGE.read_text(encoding="utf-8")
    assert 'href="subjects.html#s1"' in REPORT.read_text(encoding="utf-8")
    assert densitometer("verify", "out").exit_code == 0
