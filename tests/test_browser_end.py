"""A browser that hangs must not hang the tests."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

pytest_plugins = ("browser",)


@pytest.mark.skipif(shutil.which("timeout") is None, reason="there is no command timeout")
def test_a_browser_that_never_answers_is_ended(chromium_path: str, tmp_path: Path) -> None:
    from playwright.sync_api import Error, sync_playwright

    from browser import ARGUMENTS, ends_in_time

    path = ends_in_time(chromium_path, tmp_path / "chromium", seconds=3)
    with sync_playwright() as driver:
        page = driver.chromium.launch(executable_path=path, args=list(ARGUMENTS)).new_page()
        with pytest.raises(Error):
            page.evaluate("() => new Promise(() => {})")
