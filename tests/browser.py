"""Fixtures that open pages of the report in headless Chromium; a test module takes them in with ``pytest_plugins``.

Debian's ``apt-get install chromium`` is enough; CHROMIUM may name another. Without a browser these tests are skipped,
and fail where DENSITOMETER_TEST_BROWSER is ``required``, as ``.ci/run`` sets it.
"""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request, sync_playwright

from browser_pages import write_pages
from trial_study import Row

REQUIRED = "DENSITOMETER_TEST_BROWSER"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ("--no-sandbox", "--disable-dev-shm-usage")  # root has no sandbox, and containers little shared memory
LONGEST_S = 300
ASKED_MS = 60_000  # a busy machine is no fault of a page
# What a page that breaks its own policy tells no console of, it tells this.
_LISTEN = """addEventListener("securitypolicyviolation", (event) => {
  console.error("policy", event.violatedDirective, event.blockedURI);
});"""


@dataclass
class Seen:
    """A page that is open, and all that it did that no page of the report may do."""

    page: Page
    faults: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def listen(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("dialog", self._asked_for)
        self.page.on("request", self._asks)
        self.page.on("requestfailed", lambda request: self.faults.append(f"not there: {request.url[:200]}"))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"{message.type}: {message.text}")

    def _asked_for(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _asks(self, request: Request) -> None:
        self.asked.append(request.url)
        if not request.url.startswith(("file:", "data:")):
            self.faults.append(f"asks for {request.url[:200]}")


class Visit:
    """Opens files in the browser, and keeps what their pages do wrong."""

    def __init__(self, chromium: Browser, closing: ExitStack) -> None:
        self._chromium, self._closing = chromium, closing
        self._seen: list[Seen] = []

    def __call__(self, path: Path, anchor: str = "", **context: Any) -> Page:
        """Open a file, in a window of its own.

        Parameters
        ----------
        path : Path
        anchor : str
            With its number sign.
        **context
            Words of a Playwright context: ``viewport``, ``color_scheme``, ``java_script_enabled``.
        """
        given = {"viewport": {"width": 1280, "height": 900}, "locale": "en-GB", "offline": True, **context}
        place = self._chromium.new_context(**given)
        self._closing.callback(place.close)
        place.set_default_timeout(ASKED_MS)
        place.add_init_script(_LISTEN)
        seen = Seen(place.new_page())
        seen.listen()
        self._seen.append(seen)
        seen.page.goto(path.as_uri() + anchor)
        assert seen.asked, "nothing was heard at all"
        return seen.page

    def taken(self) -> list[str]:
        """Give what was done wrong up to now, and forget it."""
        faults = [fault for seen in self._seen for fault in seen.faults]
        for seen in self._seen:
            seen.faults.clear()
        return faults


def executable() -> str | None:
    """Path of a Chromium, or None where there is none."""
    return next(filter(None, (os.environ.get("CHROMIUM"), *map(shutil.which, NAMES))), None)


def asked_for() -> str:
    """Path of a Chromium; skips or fails the test that asks where there is none."""
    if found := executable():
        return found
    end = pytest.fail if os.environ.get(REQUIRED) == "required" else pytest.skip
    end("there is no Chromium; on Debian: apt-get install chromium")


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Path of a Chromium; what takes long to write asks for it too, and is not written where there is none."""
    return asked_for()


@pytest.fixture(scope="module")  # no longer: while it runs, asyncio takes the whole process to be busy
def chromium(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    path = ends_in_time(chromium_path, tmp_path_factory.mktemp("browser") / "chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


def ends_in_time(chromium_path: str, place: Path, seconds: int = LONGEST_S) -> str:
    """Write a command that ends the browser after a time, where there is ``timeout``: a promise may stay open for ever.

    What waits for the browser then fails, rather than hanging with all the tests.
    """
    timeout = shutil.which("timeout")
    if not timeout:
        return chromium_path
    words = [timeout, "--foreground", "--kill-after=5", str(seconds), chromium_path]
    place.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
    place.chmod(0o700)
    return str(place)


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    """Opens files; whatever their pages do wrong fails the test at its end."""
    with ExitStack() as closing:
        one = Visit(chromium, closing)
        yield one
        assert one.taken() == []


@pytest.fixture(scope="session")
def pages(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the pages of a trial of 7 subjects, and their pictures; not to be changed."""
    return write_pages(tmp_path_factory.mktemp("pages"), subjects=7, change=_uneven)


def _uneven(row: Row) -> Row:
    """Give one photograph the numbers that texts and numbers are sorted by in another order."""
    one = {"hair_count": 9, "density_per_cm2": 9.5, "median_width_um": 9.25, "unit_count": 7}
    return {**row, **one} if row["photo"] == "S-02/Scheitel week 24 1.jpg" else row


@pytest.fixture(scope="session")
def two_photographs(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the pages of one subject with two photographs; not to be changed."""
    return write_pages(
        tmp_path_factory.mktemp("two"),
        subjects=1,
        only=lambda one: one.site == "Scheitel" and one.visit in ("baseline", "week 12") and one.replicate == 1,
    )
