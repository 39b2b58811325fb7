"""The tests in a browser: that they see what goes wrong, and do not pass where nothing was looked at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from browser import Visit  # what pytest_plugins names must not be loaded before

pytest_plugins = ("browser",)

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


@pytest.mark.parametrize(
    ("required", "ends"), [("", pytest.skip.Exception), ("required", pytest.fail.Exception)], ids=["skipped", "failed"]
)
def test_without_a_browser_tests_are_skipped_and_where_it_is_required_they_fail(
    monkeypatch: pytest.MonkeyPatch, required: str, ends: type[BaseException]
) -> None:
    from browser import REQUIRED, asked_for

    for name, value in {"PATH": "", "CHROMIUM": "", REQUIRED: required}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ends, match="there is no Chromium; on Debian: apt-get install chromium"):
        asked_for()
    monkeypatch.setenv("CHROMIUM", "/opt/mine")
    assert asked_for() == "/opt/mine"
