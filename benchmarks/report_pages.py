"""Open the pages of the report in headless Chromium: 300 subjects with 6 visits, and one with two photographs.

The trials are those of ``tests/trial_study.py``: drawn numbers, nothing measured; every overlay is one and the same
rendered picture of full size. Rewrites the section on pages in RESULTS.md.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import browser  # type: ignore[import-not-found] # noqa: E402
import browser_pages  # type: ignore[import-not-found] # noqa: E402
import results_page  # noqa: E402
import trial_study  # type: ignore[import-not-found] # noqa: E402

WORK = ROOT / "build" / "report_pages"
FURTHER_VISITS = {"week 36": 252, "week 48": 336}
"""Days of these; with the four that the trial has planned they are six."""
RUNS = 7
TARGET_S = 3.0
HEAD = ("page", "size (MiB)", "written in (s)", "first paint (s)", "DOM complete (s)", "loaded (s)", "drawn (s)")
SAMPLE = ROOT / "sample_images" / "clipped_wide.jpg"
_MIB = 2**20
# Times since the address was asked for; the page is drawn when a frame has followed the event "load".
_TIMES = """async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const painted = () => performance.getEntriesByName("first-contentful-paint")[0];
  await frame();
  const drawn = performance.now();
  while (!painted()) await frame();
  const [went] = performance.getEntriesByType("navigation");
  return [painted().startTime, went.domContentLoadedEventEnd, went.loadEventEnd, drawn];
}"""


@dataclass(frozen=True)
class Folder:
    """A results folder of the benchmark."""

    name: str
    subjects: int
    only: Callable[[trial_study.Picture], bool]
    addresses: Sequence[str]


FOLDERS = (
    Folder(
        "one subject",
        1,
        lambda one: one.site == "Scheitel" and one.visit in ("baseline", "week 12") and one.replicate == 1,
        ("report.html", "subjects.html", "subjects.html#s1"),
    ),
    Folder(
        "300 subjects",
        300,
        lambda one: one.number % 2 == 0 or one.site == "Scheitel",
        ("report.html", "subjects.html", "subjects.html#s150", "subjects.html#all"),
    ),
)


def write(folder: Folder, place: Path) -> tuple[browser_pages.Given, Mapping[str, float]]:
    """Write the pages of a folder and their pictures; returns what they are made of, and the seconds each took."""
    shutil.rmtree(place, ignore_errors=True)
    (pages := place / "pages").mkdir(parents=True)
    given = browser_pages.given_by(trial_study.write_trial(place / "trial", subjects=folder.subjects, only=folder.only))
    took = {}
    for name, page_of in (("report.html", browser_pages.report_of), ("subjects.html", browser_pages.subjects_of)):
        begun = time.perf_counter()
        (pages / name).write_text(page_of(given), encoding="utf-8", errors="replace")
        took[name] = time.perf_counter() - begun
    _pictures(pages, browser_pages.pictures_of(given))
    return given, took


def _pictures(pages: Path, names: Sequence[str]) -> None:
    """Put one rendered picture in the place of every picture; a link each, not a copy."""
    with Image.open(SAMPLE) as sample:
        for suffix in {Path(name).suffix for name in names}:
            sample.save(pages / f"picture{suffix}")
    for name in names:
        (pages / name).parent.mkdir(parents=True, exist_ok=True)
        (pages / name).hardlink_to(pages / f"picture{Path(name).suffix}")


def opened(chromium: Browser, address: str) -> list[float]:
    """Open an address in a window of its own, and give its times in seconds."""
    place = chromium.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    page = place.new_page()
    page.goto(address)
    times = page.evaluate(_TIMES)
    place.close()
    return [value / 1000 for value in times]


def rows(chromium: Browser, folder: Folder, work: Path) -> Iterator[tuple[str, ...]]:
    """Rows of the table, one an address."""
    given, took = write(folder, work / folder.name.replace(" ", "_"))
    pages = work / folder.name.replace(" ", "_") / "pages"
    count = f"{len(given.results):,} photographs"
    for address in folder.addresses:
        name, sign, anchor = address.partition("#")
        runs = [opened(chromium, (pages / name).as_uri() + sign + anchor) for _ in range(RUNS)]
        times = [f"{median(some):.2f} ({max(some):.2f})" for some in zip(*runs, strict=True)]
        size = (pages / name).stat().st_size / _MIB
        yield (f"`{address}`, {folder.name}, {count}", f"{size:.2f}", f"{took[name]:.1f}" if not sign else "", *times)
        print(f"{folder.name} {address}: {size:.1f} MiB, {' / '.join(times)}", flush=True)


def section(every: Sequence[tuple[str, ...]], chromium: Browser) -> str:
    """Lay out the section."""
    slowest = max(float(row[-1].split()[0]) for row in every)
    held = "all" if slowest < TARGET_S else "not all"
    told = f"Median of {RUNS} openings, the slowest in brackets; Chromium {chromium.version}. Target: {TARGET_S:g} s; "
    return f"{results_page.provenance()}\n\n{told}{held} hold it.\n\n{results_page.table(HEAD, every)}"


def main() -> None:
    """Measure, and rewrite the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=WORK)
    options = parser.parse_args()
    path = browser.executable()
    if path is None:
        sys.exit("there is no Chromium; on Debian: apt-get install chromium")
    trial_study.VISITS |= FURTHER_VISITS
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=list(browser.ARGUMENTS))
        every = [row for folder in FOLDERS for row in rows(chromium, folder, options.work)]
        results_page.write_section("report_pages", section(every, chromium))
        chromium.close()


if __name__ == "__main__":
    main()
