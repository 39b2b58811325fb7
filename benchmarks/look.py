"""Say how far renders of a style are from the real photographs, in numbers and as sheets of pictures.

The sheets show patients' photographs, so DIR must lie outside the repository. Without photographs of the style, or
with --null, only what can be said is said.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

import contact_sheet
import look_compare
import look_regions
import look_statistics
import real
import results_page
from contact_sheet import Shown
from densitometer.field import find_field
from densitometer.photo import read_photo

if TYPE_CHECKING:
    from densitometer.synthetic.scene import Scene

Statistics = dict[str, float]

FIRST_SEED = 9000
"""Seeds that nothing else in the repository uses."""
WHOLE_COUNT = 40
UNMARKED = {"clipped_wide": "clipped_wide_*", "untrimmed": "untrimmed_*"}
MARKED = "trimmed_70x"
SHEET = 3
"""Pictures of each sort on a sheet."""


def margin(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Where annotators often skipped hairs: within 40 px of the edges of the quadrants that they worked in."""
    out = np.zeros(shape[:2], bool)
    for axis, side in ((1, real.QUADRANT_PX[0]), (0, real.QUADRANT_PX[1])):
        at = np.arange(shape[axis])
        near = np.abs(at - np.round(at / side) * side) <= real.MARGIN_PX
        out |= near if axis == 1 else near[:, None]
    return out


def marked_statistics(
    rgb: NDArray[np.uint8], um_per_px: float, root_tip: NDArray[np.float64], loose: NDArray[np.float64]
) -> Statistics:
    """Statistics of a picture whose hairs are known; real and rendered ones are treated alike."""
    picture = look_regions.look_at(rgb, um_per_px, root_tip, loose=loose, left_out=margin(rgb.shape))
    return look_statistics.statistics(picture)


def real_statistics(photo: real.MarkedPhoto) -> Statistics:
    """Statistics of one annotated photograph."""
    marks = real.hairs(photo)
    lying = marks.kind == "loose"
    return marked_statistics(read_photo(photo.path).rgb, photo.um_per_px, marks.root_tip[~lying], marks.root_tip[lying])


def scene_ends(scene: Scene) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Root and tip of the hairs of a scene that grow, and of the pieces that lie loose: (n, 4) each in px."""
    ends = np.array([np.concatenate([hair.root_px, hair.tip_px]) for hair in scene.truth.hairs], dtype=float)
    loose = np.array([hair.kind == "loose" for hair in scene.truth.hairs], dtype=bool)
    ends = ends.reshape(-1, 4)
    return ends[~loose], ends[loose]


def scene_statistics(scene: Scene, *, marked: bool) -> Statistics:
    """Statistics of one render."""
    grown, loose = scene_ends(scene)
    if marked:
        inside = _starts_inside(grown, scene.rgb.shape)
        return marked_statistics(
            scene.rgb, scene.truth.um_per_px, grown[inside], np.concatenate([loose, grown[~inside]])
        )
    return look_statistics.field_statistics(scene.rgb, find_field(scene.rgb, None).usable)


def _starts_inside(root_tip: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Hairs whose middle lies in the picture, as annotators mark them."""
    middle = (root_tip[:, :2] + root_tip[:, 2:]) / 2
    return np.asarray(((middle >= 0) & (middle <= np.array(shape[1::-1]) - 1)).all(axis=1))


@cache
def _code() -> str:
    """Hash of the code that makes the statistics."""
    import densitometer

    here, package = Path(__file__).parent, Path(densitometer.__file__).parent
    sources = [here / f"{name}.py" for name in ("look", "look_regions", "look_statistics", "look_strands")]
    sources += [package / f"{name}.py" for name in ("field", "photo", "print_mask", "print_lines", "print_text")]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]


def known_statistics(photos: Sequence[real.MarkedPhoto], folder: Path) -> list[Statistics]:
    """Statistics of photographs, kept in the folder until the code that makes them changes."""
    store = folder / f"real_statistics_{_code()}.json"
    kept: dict[str, Statistics] = json.loads(store.read_text("utf-8")) if store.is_file() else {}
    for photo in photos:
        if photo.name not in kept:
            kept[photo.name] = real_statistics(photo)
    store.write_text(json.dumps(kept), encoding="utf-8")
    return [kept[photo.name] for photo in photos]


def show_real(photo: real.MarkedPhoto) -> Shown:
    """One annotated photograph for the sheets."""
    marks = real.hairs(photo)
    rgb = read_photo(photo.path).rgb
    usable = find_field(rgb, photo.um_per_px).usable
    return Shown(photo.name, False, rgb, usable, photo.um_per_px, marks.root_tip[marks.kind != "loose"])


def show_unmarked(path: Path) -> Shown:
    """One photograph without marks or scale for the sheets."""
    rgb = read_photo(path).rgb
    return Shown(path.stem, False, rgb, find_field(rgb, None).usable, None, np.empty((0, 4)))


def show_scene(scene: Scene, name: str) -> Shown:
    """One render for the sheets."""
    usable = find_field(scene.rgb, scene.truth.um_per_px).usable
    return Shown(name, True, scene.rgb, usable, scene.truth.um_per_px, scene_ends(scene)[0])


def write_sheets(real_ones: Sequence[Shown], renders: Sequence[Shown], folder: Path, seed: int) -> list[Path]:
    """Write whole pictures, blind tests and single hairs as PNG; keys of the blind tests as text beside them."""
    written = []
    for at, start in enumerate(range(0, min(len(real_ones), len(renders)), SHEET), start=1):
        pair = real_ones[start : start + SHEET], renders[start : start + SHEET]
        written.append(_save(folder / f"whole_{at}.png", contact_sheet.whole(*pair)))
        sheet, key = contact_sheet.blind([*pair[0], *pair[1]], seed + at)
        written.append(_save(folder / f"blind_{at}.png", sheet))
        (folder / f"blind_{at}_key.txt").write_text("\n".join(key) + "\n", encoding="utf-8")
    if all(any(len(one.root_tip) for one in some) for some in (real_ones, renders)):
        written.append(_save(folder / "hairs.png", contact_sheet.hairs(real_ones, renders, seed, pairs=15)))
    return written


def _save(path: Path, rgb: NDArray[np.uint8]) -> Path:
    if not cv2.imwrite(str(path), rgb[..., ::-1]):
        raise OSError(f"{path} could not be written")
    return path


def keys_of(photos: Iterable[real.MarkedPhoto]) -> list[str]:
    """Group of each photograph, to leave out whole subjects."""
    groups = real.group_keys()
    return [groups[photo.name] for photo in photos]


def compare_sets(
    real_set: Sequence[Statistics],
    other_set: Sequence[Statistics],
    keys: tuple[Sequence[str], Sequence[str]],
    other_name: str,
    names: Sequence[str],
) -> str:
    """Table, separability and what gives the others away, as Markdown."""
    a, b = look_compare.matrix(real_set, names), look_compare.matrix(other_set, names)
    rows = look_compare.compare(a, b, names)
    overall = look_compare.separability(a, b, *keys)
    lines = [
        look_compare.as_table(rows, other_name),
        "",
        f"{len(a)} real photographs and {len(b)} {other_name} told apart by all statistics together: AUC {overall:.3f}"
        " (0.5 or less: cannot be told).",
        f"A single statistic without meaning would lie within 0.5 ± {look_compare.interval(len(a), len(b)):.2f}.",
        "Tell most on their own: "
        + ", ".join(f"{row.name} ({row.auc:.2f}, {row.distance:+.1f})" for row in look_compare.giveaways(rows)),
        f"Distance of all statistics together (root mean square): {look_compare.rms_distance(rows):.2f}"
        f"; half of them lie within {look_compare.median_distance(rows):.2f}.",
        "",
        look_compare.family_table(rows, a, b, keys),
        "",
        *look_compare.lacking(rows, (len(a), len(b))),
    ]
    return "\n".join(lines)


def null(every: int, folder: Path) -> str:
    """Compare the two halves of the real photographs, numbers only."""
    halves = {name: some[::every] for name, some in real.halves().items()}
    chosen, other = halves["choose"], halves["report"]
    names = list(look_statistics.MEANINGS)
    keys = keys_of(chosen), keys_of(other)
    both = [known_statistics(some, folder) for some in (chosen, other)]
    return compare_sets(both[0], both[1], keys, "other real", names)


def counterparts(style: str) -> list[Path]:
    """Photographs without marks that a style is meant to look like."""
    pattern = next((pattern for start, pattern in UNMARKED.items() if style.startswith(start)), None)
    return sorted((real.ROOT / "unannotated").glob(f"{pattern}.jpg")) if pattern else []


def judge(options: argparse.Namespace, render: Callable[[str, int], Scene]) -> str:
    """Render, compare, write the sheets; give the tables."""
    marked = options.style.startswith("trimmed")
    photos = real.halves()["choose"][:: options.every] if marked else ()
    unmarked = [] if marked else counterparts(options.style)
    shown: list[Shown] = []
    found: list[Statistics] = []
    for seed in range(options.first_seed, options.first_seed + options.count):
        scene = render(options.style, seed)
        shown.append(show_scene(scene, f"{options.style} seed {seed}"))
        if options.statistics:
            found.append(scene_statistics(scene, marked=marked))
    order = np.random.default_rng(options.first_seed).permutation(len(photos))[: options.count]
    beside = [show_real(photos[at]) for at in order] if marked else [show_unmarked(path) for path in unmarked]
    written = write_sheets(beside, shown, options.out, options.first_seed)
    if not beside:
        written = [_save(options.out / "renders.png", contact_sheet.grid([one.rgb for one in shown[:6]], 2))]
    lines = [f"Written: {', '.join(path.name for path in written)}", ""]
    if not beside:
        lines.append(f"No real photograph shows the style {options.style}: nothing to compare with.")
    elif options.statistics:
        lines.append(_numbers(photos, beside, found, options.out))
    return "\n".join(lines)


def _numbers(
    photos: Sequence[real.MarkedPhoto], beside: Sequence[Shown], found: Sequence[Statistics], folder: Path
) -> str:
    renders = [f"seed {at}" for at in range(len(found))]
    if photos:
        known = known_statistics(photos, folder)
        return compare_sets(known, found, (keys_of(photos), renders), "renders", list(look_statistics.MEANINGS))
    known = [look_statistics.field_statistics(one.rgb, one.usable) for one in beside]
    keys = [one.name for one in beside], renders
    return compare_sets(known, found, keys, "renders", list(look_statistics.FIELD_MEANINGS))


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--style", default=MARKED, help="name of a style, as `densitometer render --list` gives it")
    parser.add_argument("--count", type=int, default=12, metavar="N", help="renders to make")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder outside the repository")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="quick look: every Nth photograph")
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED, metavar="SEED")
    parser.add_argument("--no-statistics", dest="statistics", action="store_false", help="sheets only")
    parser.add_argument("--null", action="store_true", help="compare the two halves of the photographs with each other")
    options = parser.parse_args(argv)
    if min(options.count, options.every) < 1:
        parser.error("--count and --every must be 1 or more")
    if options.out.resolve().is_relative_to(Path(__file__).resolve().parents[1]):
        parser.error("--out must name a folder outside the repository: the photographs may not enter it")
    return options


def is_whole(options: argparse.Namespace) -> bool:
    """Tell whether a run is large enough for its table to replace the old one."""
    whole: bool = options.every == 1 and options.count >= WHOLE_COUNT and options.statistics and not options.null
    return whole and options.style == MARKED


def main(argv: Sequence[str] | None = None) -> None:
    """Compare, print, and put the table into RESULTS.md after a whole run."""
    options = arguments(argv)
    if not real.available():
        print(real.ABSENT)
        return
    cv2.setNumThreads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    if options.null:
        print(null(options.every, options.out))
        return
    from densitometer.synthetic.scene import render_scene

    body = judge(options, render_scene)
    print(body)
    if is_whole(options):
        text = f"{results_page.provenance()}\n\n{body.split(chr(10), 2)[2]}"
        results_page.write_section("look", text)


if __name__ == "__main__":
    main()
