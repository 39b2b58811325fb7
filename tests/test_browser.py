"""The tests in a browser: that they see what goes wrong, and do not pass where nothing was looked at."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from browser import Visit  # what pytest_plugins names must not be loaded before

pytest_plugins = ("browser",)

HERE = Path(__file__).parent
FAULTS = {
    "<script>console.error('broken')</script>": "error: broken",
    "<script>console.warn('odd')</script>": "warning: odd",
    "<script>nothing.there()</script>": "nothing is not defined",
    "<script>alert(1)</script>": "dialog: 1",
    "<script src='https://example.org/x.js'></script>": "asks for https://example.org/x.js",
    "<img src='none.png'>": "not there: ",
    "<meta http-equiv='Content-Security-Policy' content=\"style-src 'none'\"><p style='color: red'>a</p>": "style-src",
}


@pytest.mark.parametrize("body", FAULTS)
def test_what_a_page_does_wrong_is_seen(visit: Visit, tmp_path: Path, body: str) -> None:
    (tmp_path / "page.html").write_text(f"<!DOCTYPE html><title>a</title>{body}", encoding="utf-8")
    page = visit(tmp_path / "page.html")
    page.wait_for_timeout(50)
    assert any(FAULTS[body] in fault for fault in visit.taken())


def test_without_a_browser_tests_are_skipped_and_where_it_is_required_they_fail() -> None:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "-q"]
    one = f"{HERE / 'test_browser_report.py'}::test_a_page_opens_at_the_anchor_of_its_address"
    for required, told in (("", "1 skipped"), ("required", "1 error")):
        env = {**os.environ, "PATH": "", "CHROMIUM": "", "DENSITOMETER_TEST_BROWSER": required}
        done = subprocess.run([*command, one], cwd=HERE.parent, env=env, capture_output=True, text=True, check=False)
        assert told in done.stdout
        assert "there is no Chromium; on Debian: apt-get install chromium" in done.stdout
