"""Write rendered scenes into a folder: photographs, truth, masks, and the tables that join them."""

from __future__ import annotations

import csv
import io
import json
import os
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.errors import RenderError, ResultsError
from densitometer.synthetic.camera import draw_scale, scalp_size_mm
from densitometer.synthetic.growth import draw_habit, expect_hairs
from densitometer.synthetic.processes import run_each
from densitometer.synthetic.scenario import draw_visits
from densitometer.synthetic.scene import SIZE_PX, Scene, margin_mm, render_scene, scene_seed
from densitometer.synthetic.style import Style
from densitometer.synthetic.truth import Truth, truth_record
from densitometer.synthetic.visits import HairFate, Visit, plan_visits, render_visits

MASKS = "masks"
"""Folder of the masks; `densitometer measure` passes it over, because RECORD lies beside it."""
RECORD = "render.json"
VISITS, FATES = "visits.csv", "fates.csv"
VISIT_HEAD = ("photo", "subject", "site", "visit", "visit_date", "replicate", "um_per_px")
FATE_HEAD = (
    "photo", "against", "hair", "unit", "kind", "fate", "width_before_um", "width_um", "width_change_um",
    "root_x_mm", "root_y_mm", "counted_before", "counted", "in_both_fields",
)  # fmt: skip
_FIRST_DAY, _BETWEEN_VISITS = date(2026, 1, 5), timedelta(weeks=24)
_PNG_LEVEL = 6

Row = tuple[object, ...]


@dataclass(frozen=True)
class Order:
    """One scene to render, or one series of visits.

    Attributes
    ----------
    style : Style
    seed : int
        0 or more.
    size_px : tuple of int
        Width and height.
    scenario : str or None
        Name of a course of visits (see `densitometer.synthetic.scenario`); None for a single scene.
    """

    style: Style
    seed: int
    size_px: tuple[int, int] = SIZE_PX
    scenario: str | None = None

    @property
    def stem(self) -> str:
        """Name of its files, without what follows."""
        return f"{self.style.name}_{self.seed:04d}"

    @property
    def visits(self) -> tuple[Visit, ...]:
        """Its visits; none for a single scene."""
        return () if self.scenario is None else draw_visits(self.scenario, self.style, self.seed)

    def check(self) -> None:
        """Refuse, before anything is rendered, a scene that is too large.

        Raises
        ------
        RenderError
            It shows too much skin or too many hairs, or its seed or size is impossible.
        """
        own = scene_seed(self.style, self.seed)
        if self.scenario is None:
            size_mm = scalp_size_mm(draw_scale(self.style.camera, own), self.size_px, margin_mm(self.style))
        else:
            _, size_mm = plan_visits(self.style, self.seed, self.visits, self.size_px)
        expect_hairs(draw_habit(self.style.hair, own), size_mm)

    @property
    def names(self) -> tuple[str, ...]:
        """Name of each of its photographs, without suffix."""
        return tuple(f"{self.stem}_v{n}" for n in range(1, len(self.visits) + 1)) or (self.stem,)


@dataclass(frozen=True)
class Written:
    """What one order left in the folder: its photographs, how many hairs count in each, and its rows of the tables."""

    photos: tuple[str, ...]
    hair_counts: tuple[int, ...]
    visit_rows: tuple[Row, ...]
    fate_rows: tuple[Row, ...]


@dataclass(frozen=True)
class _Task:
    """An order with the place it is written to; can be pickled."""

    order: Order
    out: Path
    masks: bool


def render_folder(
    orders: Sequence[Order], out: Path, *, workers: int = 1, masks: bool = True, overwrite: bool = False
) -> Generator[Written, None, None]:
    """Render scenes into a folder, and yield what was written in the order of ``orders``.

    The files are NAME.jpg, NAME.json (the truth), masks/NAME_mask.png (share of each pixel that growing hair covers,
    0 to 255), visits.csv for ``densitometer measure --visits``, fates.csv where there are series of visits, and
    render.json (what was asked for, and versions). The tables are written at the end, also when the caller stops
    early; of a run that ends before its first scene nothing is left. The files are the same for any number of
    workers. With more than one, processes are spawned, so that a script needs the guard
    ``if __name__ == "__main__":``.

    Parameters
    ----------
    orders : sequence of Order
    out : Path
        Made where it is not there.
    workers : int
        Number of processes.
    masks : bool
        Write masks.
    overwrite : bool
        Delete an earlier run first: all that its render.json names, whether or not this run has files of those names,
        and nothing else. Files of others are never replaced.

    Raises
    ------
    RenderError
        Two orders with the same files, or a scene that cannot be rendered.
    ResultsError
        The folder cannot be written, or holds such files already.
    """
    record = _json(_record(orders))
    _check(orders)
    _make_room(orders, out, overwrite)
    made = _make(out, masks)
    done: list[Written] = []
    tasks = [_Task(order, out, masks) for order in orders]
    try:
        _write(out / RECORD, record)
        with closing(run_each(_render, tasks, workers)) as results:  # its processes end before the tables are written
            for written in results:
                done.append(written)
                yield written
    finally:
        _remove(path for order in orders[len(done) :] for path in _files_of(order, out))
        if done:
            _write_tables(orders, out, done)
        else:
            _remove([out / RECORD])
            _unmake(made)


def _check(orders: Sequence[Order]) -> None:
    """Refuse before anything is touched what would fail."""
    names = Counter(name for order in orders for name in order.names)
    if twice := [name for name, times in names.items() if times > 1]:
        raise RenderError(f"{twice[0]} is asked for {names[twice[0]]} times; ask once")
    for order in orders:
        order.check()


def _make_room(orders: Sequence[Order], out: Path, overwrite: bool) -> None:
    """Delete what an earlier run wrote, where that is wanted.

    Raises
    ------
    ResultsError
        There is an earlier run, and it is to stay; or files that no run wrote would be replaced.
    """
    taken = [out / VISITS, *((out / FATES,) if any(order.scenario for order in orders) else ()), out / RECORD]
    taken += [path for order in orders for path in _files_of(order, out)]
    earlier = _of_record(out)
    if foreign := [path for path in taken if path.exists() and path not in earlier]:
        raise ResultsError(_in_the_way(foreign))
    if earlier and not overwrite:
        count = sum(path.suffix == ".jpg" and path.exists() for path in earlier)
        photographs = f"{count} photograph{'' if count == 1 else 's'}"
        raise ResultsError(
            f"{out} holds an earlier run of {photographs}; choose an empty folder, or add --overwrite to delete that "
            "run first"
        )
    _remove(earlier)
    if earlier:
        _unmake([out / MASKS])


def _in_the_way(paths: Sequence[Path]) -> str:
    more = len(paths) - 1
    others = f" and {more} more file{'' if more == 1 else 's'}" if more else ""
    verb, them = ("are", "them") if more else ("is", "it")
    return (
        f"{paths[0]}{others} would be replaced and {verb} not of an earlier run, for no {RECORD} names {them}; "
        f"choose an empty folder, or move {them} away"
    )


def _of_record(out: Path) -> list[Path]:
    """Files that the render.json of an earlier run names, its tables, and itself; none where it cannot be read."""
    try:
        scenes = json.loads((out / RECORD).read_text(encoding="utf-8"))["scenes"]
        names = [Path(photo) for scene in scenes for photo in scene["photos"]]
        tables = (VISITS, FATES) if any(scene["visits"] for scene in scenes) else (VISITS,)
    except (OSError, ValueError, KeyError, TypeError):
        return []
    ours = [path.stem for path in names if path.name == str(path) and path.suffix == ".jpg"]
    if not ours:
        return []
    return [*(out / table for table in tables), *(path for name in ours for path in _files(out, name)), out / RECORD]


def _make(out: Path, masks: bool) -> list[Path]:
    """Make the folders, and give those that were not there, the innermost first."""
    folder = out / MASKS if masks else out
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResultsError(f"{out} cannot be written ({error.strerror}); choose another folder") from error
    return made


def _unmake(made: Sequence[Path]) -> None:
    """Remove folders that were made for nothing; what others put into them stays."""
    with suppress(OSError):
        for folder in made:
            folder.rmdir()


def _remove(paths: Iterable[Path]) -> None:
    try:
        for path in paths:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise ResultsError(f"{path} cannot be removed: {error.strerror}; choose another folder") from error


def _record(orders: Sequence[Order]) -> dict[str, Any]:
    """What was asked for: enough to render the same again."""
    styles = {order.style.name: order.style for order in orders}
    if other := [order.style.name for order in orders if styles[order.style.name] != order.style]:
        raise RenderError(f"two styles of the name {other[0]} are asked for; give each its own name")
    return {
        "densitometer": version("densitometer"),
        "styles": [asdict(style) for style in styles.values()],
        "scenes": [_asked(order) for order in orders],
    }


def _asked(order: Order) -> dict[str, Any]:
    return {
        "photos": [f"{name}.jpg" for name in order.names],
        "style": order.style.name,
        "seed": order.seed,
        "size_px": order.size_px,
        "visits": [asdict(visit) for visit in order.visits],
    }


def _files(out: Path, name: str) -> tuple[Path, Path, Path]:
    return out / f"{name}.jpg", out / f"{name}.json", out / MASKS / f"{name}_mask.png"


def _files_of(order: Order, out: Path) -> list[Path]:
    return [path for name in order.names for path in _files(out, name)]


def _render(task: _Task) -> Written:
    """Render one order and write its photographs, truth and masks."""
    order, visits = task.order, task.order.visits
    fates: tuple[HairFate, ...] = ()
    if visits:
        series = render_visits(order.style, order.seed, visits, order.size_px)
        scenes, fates = series.scenes, series.fates
    else:
        scenes = (render_scene(order.style, order.seed, order.size_px),)
    for name, scene in zip(order.names, scenes, strict=True):
        write_scene(task.out, name, scene, mask=task.masks)
    photos = tuple(f"{name}.jpg" for name in order.names)
    return Written(
        photos,
        tuple(len(scene.truth.counted) for scene in scenes),
        tuple(_visit_rows(order.stem, photos, visits or (Visit(),), scenes)),
        tuple(fate_row(photos, fate) for fate in fates),
    )


def write_scene(out: Path, name: str, scene: Scene, *, mask: bool = True) -> None:
    """Write the photograph of a scene, its truth and its mask, each file whole or not at all.

    Raises
    ------
    ResultsError
        A file cannot be written.
    """
    photo, truth, mask_file = _files(out, name)
    _write(photo, scene.jpeg)
    _write(truth, truth_text(scene.truth).encode())
    if mask:
        _write(mask_file, _png(np.round(scene.mask * 255).astype(np.uint8)))


def truth_text(truth: Truth) -> str:
    """The truth of a scene as JSON, one hair a line."""
    record = truth_record(truth)
    hairs = ",\n".join(f"  {json.dumps(hair)}" for hair in record.pop("hairs"))
    head = ",\n".join(f" {json.dumps(key)}: {json.dumps(value)}" for key, value in record.items())
    return f'{{\n{head},\n "hairs": [\n{hairs}\n ]\n}}\n'


def _visit_rows(subject: str, photos: Sequence[str], visits: Sequence[Visit], scenes: Sequence[Scene]) -> Iterator[Row]:
    """Rows of visits.csv: a replicate is another photograph of the visit before it."""
    number = replicate = 0
    for photo, visit, scene in zip(photos, visits, scenes, strict=True):
        number, replicate = (number, replicate + 1) if visit.replicate else (number + 1, 1)
        day = _FIRST_DAY + (number - 1) * _BETWEEN_VISITS
        site = "elsewhere" if visit.other_site else "vertex"
        yield photo, subject, site, number, day.isoformat(), replicate, f"{scene.truth.um_per_px:.6g}"


def fate_row(photos: Sequence[str], fate: HairFate) -> Row:
    """Row of fates.csv for one fate; ``photos`` are the photographs of the series, by the number of the visit."""
    widths = (fate.width_before_um, fate.width_um, fate.width_change_um)
    return (
        photos[fate.visit],
        photos[fate.against],
        *(fate.hair, fate.unit, fate.kind, fate.fate),
        *("" if width is None else f"{width:.2f}" for width in widths),
        *(f"{side:.4f}" for side in fate.root_mm),
        *(int(yes) for yes in (fate.counted_before, fate.counted, fate.in_both_fields)),
    )


def _write_tables(orders: Sequence[Order], out: Path, done: Sequence[Written]) -> None:
    _write(out / VISITS, _csv(VISIT_HEAD, [row for written in done for row in written.visit_rows]))
    if any(order.scenario for order in orders):
        _write(out / FATES, _csv(FATE_HEAD, [row for written in done for row in written.fate_rows]))


def _csv(head: Sequence[str], rows: Sequence[Row]) -> bytes:
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(head)
    table.writerows(rows)
    return text.getvalue().encode()


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1) + "\n").encode()


def _png(grey: NDArray[np.uint8]) -> bytes:
    done, data = cv2.imencode(".png", grey, [cv2.IMWRITE_PNG_COMPRESSION, _PNG_LEVEL])
    if not done:
        raise RenderError("a mask could not be encoded")
    return data.tobytes()


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    partial = path.with_name(path.name + ".part")
    try:
        partial.write_bytes(data)
        os.replace(partial, path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise ResultsError(
            f"{path} cannot be written: {error.strerror}; choose another folder, or make room"
        ) from error
