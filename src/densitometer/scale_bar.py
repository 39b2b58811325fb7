"""Find a printed scale bar: a straight line of one grey, its ends, its arms or ticks, and the label beside it.

Own method. Lines are found by their blackness against the rows above and below (a black-hat over a few rows, then
an opening along the row), followed pixel by pixel to their ends, and believed only where everything agrees.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.bar_label import Label, read_labels

_MIN_LENGTH_PX = 40
_SEED_PX = 25
_THIN_PX, _THICK_PX = 9, 33
"""Heights of the black-hat: lines up to about half of it are found, and hairs wider than it give no false ones."""
_MIN_CONTRAST = 16
_MAX_LINES = 24
_AGREE = 0.02
_TICK_SHARE = 0.3
_SPECK_PX = 2.5
"""An upright shorter than this is the line's own end, blurred."""
_MAX_HIDDEN_PX = 110
_FILLED = 0.8
_THICK_LINE_PX = 6
_MAX_UM_PER_PX, _MIN_UM_PER_PX = 200.0, 0.1

Segment = tuple[float, float, float, float]


@dataclass(frozen=True)
class ScaleBar:
    """A printed scale bar that was read with confidence.

    Attributes
    ----------
    length_px : float
    length_mm : float
        As the label says.
    label : str
        The label as read, such as "1.0 mm".
    box : tuple of int
        x0, y0, x1, y1 of the label, in px, the last two exclusive.
    segments : tuple of (x0, y0, x1, y1)
        Centre lines of the bar and, for an L, of its second arm, in px.
    length_sd_px : float
        Standard deviation of ``length_px`` from the uncertainty of the two ends.
    """

    length_px: float
    length_mm: float
    label: str
    box: tuple[int, int, int, int]
    segments: tuple[Segment, ...]
    length_sd_px: float = 0.5

    @property
    def um_per_px(self) -> float:
        """Micrometres that one pixel spans."""
        return 1000.0 * self.length_mm / self.length_px


@dataclass(frozen=True)
class _End:
    """Where a line ends: the outer edge of what is seen (px), and how far it may go on where hair hides it."""

    edge: float
    limit: float
    bare: bool = True
    """Whether it is seen against lighter surroundings; a corner and a tick are not, nor is an end on a hair."""

    @property
    def clean(self) -> bool:
        return self.edge == self.limit


@dataclass(frozen=True)
class _Line:
    """A horizontal line: centre row, height, its two ends (px), grey level and contrast (grey levels)."""

    y: int
    height: int
    left: _End
    right: _End
    level: float
    contrast: float

    @property
    def span(self) -> float:
        return self.right.edge - self.left.edge


@dataclass(frozen=True)
class _Bar:
    """Geometry of a bar before its label is known."""

    length_px: float
    sd_px: float
    segments: tuple[Segment, ...]
    line: _Line

    @property
    def line_ends(self) -> tuple[float, float]:
        return self.line.left.edge, self.line.right.edge


def find_bar(rgb: NDArray[np.uint8]) -> ScaleBar | None:
    """Find the printed scale bar of a photograph, or None where none can be read with confidence.

    A bar is a horizontal line, plain, with ticks at both ends, or one arm of an L with arms of one length; dark or
    light; beside it stands a label such as "1.0 mm", "0.5 mm", "500 um" or "200 µm". None too where several bars
    contradict each other, where an end is hidden or cut by the frame, and where a glyph of the label is doubtful.

    Parameters
    ----------
    rgb : uint8 array, shape (height, width, 3)
    """
    gray = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    found: list[ScaleBar] = []
    for picture in (gray, cv2.bitwise_not(gray)):
        bars = [bar for line in _lines(picture) if (bar := _bar_of(picture, line)) is not None]
        for bar in _without_boxes(bars):
            labels = read_labels(gray, _extent(bar))
            if labels and not _has_stray_arm(picture, bar):
                found.extend(_labelled(bar, label) for label in labels)
    plausible = [bar for bar in found if _MIN_UM_PER_PX <= bar.um_per_px <= _MAX_UM_PER_PX]
    if not plausible or len(plausible) < len(found):
        return None
    scales = [bar.um_per_px for bar in plausible]
    if max(scales) > min(scales) * (1 + _AGREE):
        return None
    return max(plausible, key=lambda bar: (len(bar.segments), bar.length_px))


def _labelled(bar: _Bar, label: Label) -> ScaleBar:
    return ScaleBar(bar.length_px, label.length_mm, label.text, label.box, bar.segments, bar.sd_px)


def _extent(bar: _Bar) -> tuple[float, float, float, float]:
    x0, y, x1, _ = bar.segments[0]
    x0, x1 = min(x0, x1), max(x0, x1)
    return x0, y - bar.line.height / 2, x1, y + bar.line.height / 2


def _lines(gray: NDArray[np.uint8]) -> list[_Line]:
    """Dark horizontal lines of one grey, followed to their ends; the strongest ones."""
    lines: dict[tuple[int, int, int], _Line] = {}
    for reach in (_THIN_PX, _THICK_PX):
        for y, height, x0, x1 in _seeds(gray, reach):
            line = _follow(gray, y, height, x0, x1)
            if line is not None:
                lines.setdefault((line.y // 2, round(line.left.edge / 3), round(line.right.edge / 3)), line)
    return sorted(lines.values(), key=lambda line: -line.span * line.contrast)[:_MAX_LINES]


def _seeds(gray: NDArray[np.uint8], reach: int) -> list[tuple[int, int, int, int]]:
    """Row, height, first and last column of straight dark runs that are at least 25 px long."""
    hat = cv2.morphologyEx(gray, cv2.MORPH_BLACKHAT, np.ones((reach, 1), np.uint8))
    mask = cv2.threshold(hat, _MIN_CONTRAST, 255, cv2.THRESH_BINARY)[1]
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((1, _SEED_PX), np.uint8))
    seeds = []
    for contour in cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[-2]:
        x, y, width, height = cv2.boundingRect(contour)
        if width < 3 * height or height > reach // 2 + 1 or not 2 < y < len(gray) - 2 - height:
            continue
        if cv2.countNonZero(mask[y : y + height, x : x + width]) >= _FILLED * width * height:
            seeds.append((y + (height - 1) // 2, height, x, x + width - 1))
    return seeds


def _follow(gray: NDArray[np.uint8], y: int, height: int, x0: int, x1: int) -> _Line | None:
    """Follow a line from its seed to both ends; None where its grey is uneven or an end is not seen."""
    if height <= 2:
        y = min((y, y - 1, y + 1), key=lambda row: float(np.median(gray[row, x0 : x1 + 1])))
    trace = _Trace.along(gray, y, height, x0, x1)
    if trace is None:
        return None
    seen = x0 + np.flatnonzero(trace.seen[x0 : x1 + 1])
    if len(seen) < 0.6 * (x1 - x0):
        return None
    middle = int(seen[len(seen) // 2])
    left, right = trace.end(middle, -1), trace.end(middle, 1)
    if left is None or right is None or right.edge - left.edge < max(_MIN_LENGTH_PX, 4 * height):
        return None
    line = _Line(y, height, left, right, trace.level, trace.contrast)
    return line if height < _THICK_LINE_PX or _is_square(gray, line) else None


def _is_square(gray: NDArray[np.uint8], line: _Line) -> bool:
    """Whether a thick line ends upright, not in a hair that goes on from it: its rows all end in one column."""
    half = line.level + 0.5 * line.contrast
    for end, step in ((line.left, -1), (line.right, 1)):
        inside, outside = round(end.edge - 3 * step), round(end.edge + 3 * step)
        for row in (line.y - line.height // 2 + 1, line.y + line.height // 2 - 1):
            if end.bare and not gray[row, inside] <= half < gray[row, outside]:
                return False
    return True


@dataclass(frozen=True)
class _Trace:
    """One row with the rows beside it: where the line is seen, and where dark surroundings hide it."""

    core: NDArray[np.float32]
    drop: NDArray[np.float32]
    seen: NDArray[np.bool_]
    hidden: NDArray[np.bool_]
    height: int
    level: float
    contrast: float

    @classmethod
    def along(
        cls, gray: NDArray[np.uint8], y: int, height: int, x0: int, x1: int, like: _Line | None = None
    ) -> _Trace | None:
        """Look along row ``y``; level and contrast from its columns ``x0`` to ``x1``, or those of a known line."""
        off = height // 2 + 2
        if y - off - 1 < 0 or y + off + 1 >= len(gray):
            return None
        core = gray[y].astype(np.float32)
        above = gray[y - off - 1 : y - off + 1].mean(axis=0, dtype=np.float32)
        below = gray[y + off : y + off + 2].mean(axis=0, dtype=np.float32)
        drop = np.minimum(above, below) - core
        if like is None:
            level, contrast = float(np.median(core[x0 : x1 + 1])), float(np.median(drop[x0 : x1 + 1]))
            uneven = float(np.median(np.abs(core[x0 : x1 + 1] - level)))
            # beside an edge between two greys, as of padding, sharpening draws a line with unlike sides
            step = abs(float(np.median(above[x0 : x1 + 1] - below[x0 : x1 + 1])))
            if contrast < _MIN_CONTRAST or uneven > max(4.0, 0.12 * contrast) or step > 0.6 * contrast:
                return None
        else:
            level, contrast = like.level, like.contrast
        dark = core <= level + 0.35 * contrast
        seen = (drop >= 0.5 * contrast) & (core <= level + 0.5 * contrast)
        return cls(core, drop, seen, dark & ~seen, height, level, contrast)

    def end(self, start: int, step: int) -> _End | None:
        """End of the line when followed from ``start``; None where the frame cuts it.

        At a corner or a tick the line is dark without lighter sides; it may go on so for about its own height.
        """
        seen = last = self._last(start, step)
        half = self.level + 0.5 * self.contrast
        while 3 <= last < len(self.core) - 3:
            if self.core[last + step] > half:
                if abs(last - seen) > self.height + 2:
                    return _End(float(seen), float(last))
                rise = max(float(self.core[last + step] - self.core[last]), 1e-3)
                edge = last + step * float(np.clip((half - self.core[last]) / rise, 0.0, 1.0))
                return _End(edge, edge, abs(last - seen) <= 1)
            last += step
        return None if abs(last - seen) <= self.height + 2 else _End(float(seen), float(last))

    def first(self, start: int, step: int, limit: int) -> int | None:
        """First pixel of the line from ``start`` on, beneath at most ``limit`` hidden ones."""
        for x in range(start, start + step * (limit + 2), step):
            if not 0 <= x < len(self.seen):
                return None
            if self.seen[x]:
                return x
            if not self.hidden[x] and abs(x - start) > 0:
                return None
        return None

    def _last(self, start: int, step: int) -> int:
        """Last column of the line: short faults and stretches hidden by hair are crossed where it goes on."""
        last, x, faults = start, start, 0
        while 0 <= x < len(self.seen):
            if self.seen[x]:
                ahead = self.seen[max(x - 4, 0) : x + 1] if step < 0 else self.seen[x : x + 5]
                if faults == 0 or ahead.all():
                    last, faults = x, 0
            elif not self.hidden[x]:
                faults += 1
            if faults > 2 or abs(x - last) > _MAX_HIDDEN_PX:
                break
            x += step
        return last


def _bar_of(gray: NDArray[np.uint8], line: _Line) -> _Bar | None:
    """Length of the bar that a line is part of: plain, with ticks at both ends, or an L; None where it is neither."""
    if not (line.left.clean or line.right.clean):
        return None
    left, right = _upright(gray, line, line.left, -1), _upright(gray, line, line.right, 1)
    long = [end for end in (left, right) if end.reach >= _TICK_SHARE * line.span]
    if long or not (line.left.clean and line.right.clean):
        other = right if long and long[0] is left else left
        return _ell(line, long[0], left is long[0]) if len(long) == 1 and other.reach <= _SPECK_PX else None
    ticks = [end.reach > _SPECK_PX for end in (left, right)]
    if ticks[0] != ticks[1] or not (left.tip.clean and right.tip.clean):
        return None
    if not any(ticks) and not (line.left.bare and line.right.bare and not _goes_on(gray, line)):
        return None
    length = right.x - left.x if all(ticks) else line.span
    segment = (line.left.edge + 0.5, float(line.y), line.right.edge - 0.5, float(line.y))
    return _Bar(length, 2**0.5 * _end_sd_px(line), (segment,), line)


def _goes_on(gray: NDArray[np.uint8], line: _Line) -> bool:
    """Whether more of the same line is seen beyond its ends, as where something light lies across it."""
    trace = _Trace.along(gray, line.y, line.height, 0, 0, like=line)
    if trace is None:
        return True
    # a weak trace is enough to doubt: blurred or enlarged lines fade where the skin darkens
    trail = (trace.drop >= max(0.2 * line.contrast, 4.0)).astype(np.uint8)[np.newaxis]
    runs = cv2.morphologyEx(trail, cv2.MORPH_OPEN, np.ones((1, 9), np.uint8))[0]
    reach = int(0.5 * line.span) + 10
    left, right = round(line.left.edge), round(line.right.edge)
    return bool(runs[max(left - reach, 0) : max(left - 2, 0)].any() or runs[right + 3 : right + reach].any())


def _end_sd_px(line: _Line) -> float:
    # a third of a pixel for the raster and JPEG; for thick lines, whether edges or centres are meant is unknown
    return 0.3 + 0.1 * line.height


@dataclass(frozen=True)
class _Upright:
    """What stands on or hangs from one end of a line: its column, its tip, and how far the tip is away (px)."""

    x: float
    tip: _End
    reach: float


def _upright(gray: NDArray[np.uint8], line: _Line, end: _End, side: int) -> _Upright:
    """Longest upright at an end of a line, anywhere in the stretch that hair hides; reach 0 where there is none."""
    found = []
    spread = 1 + line.height
    first, last = sorted((round(end.edge - side * spread), round(end.limit + side * spread)))
    for x in range(max(first, 0), min(last + 1, gray.shape[1])):
        trace = _Trace.along(gray.T, x, line.height, 0, 0, like=line)
        if trace is None:
            continue
        for step in (-1, 1):
            # behind hair the start of the upright may be hidden as well
            allowed = 0 if end.clean else _MAX_HIDDEN_PX
            start = trace.first(line.y + step * (line.height // 2 + 2), step, allowed)
            if start is not None:
                frame = 0.0 if step < 0 else float(len(gray) - 1)
                tip = trace.end(start, step) or _End(frame, frame)
                found.append(_Upright(float(x), tip, abs(tip.edge - line.y)))
    best = max(found, key=lambda upright: upright.reach, default=_Upright(end.edge, _End(end.edge, end.edge), 0.0))
    # a thick upright is found at several columns: its middle counts
    columns = [upright.x for upright in found if upright.reach > 0.8 * best.reach and abs(upright.x - best.x) <= spread]
    return replace(best, x=(min(columns) + max(columns)) / 2) if columns else best


def _ell(line: _Line, arm: _Upright, at_left: bool) -> _Bar | None:
    """Bar of an L, measured from the middle of its corner to the tips of its arms, which must be of one length.

    One arm may vanish beneath hair before its tip where more than half of it is seen and nothing speaks against it.
    """
    tip = line.right if at_left else line.left
    across, across_most = abs(tip.edge - arm.x), abs(tip.limit - arm.x)
    up, up_most = arm.reach, abs(arm.tip.limit - line.y)
    if tip.clean and arm.tip.clean:
        length, agree = (across + up) / 2, abs(across / up - 1) <= _AGREE
    elif (line.left if at_left else line.right).clean and (tip.clean or arm.tip.clean):
        length, part, most = (across, up, up_most) if tip.clean else (up, across, across_most)
        agree = 0.5 * length <= part <= length * (1 + _AGREE) and most >= length * (1 - _AGREE)
    else:
        return None
    if not agree:
        return None
    side, way = (1 if at_left else -1), (1 if arm.tip.edge > line.y else -1)
    level = (arm.x, float(line.y), arm.x + side * (length - 0.5), float(line.y))
    upright = (arm.x, float(line.y), arm.x, line.y + way * (length - 0.5))
    return _Bar(length, 1.4 * _end_sd_px(line), (level, upright), line)


def _has_stray_arm(gray: NDArray[np.uint8], bar: _Bar) -> bool:
    """Whether an upright line of the same print stands near a plain bar: then it is an L with a piece missing."""
    if len(bar.segments) > 1:
        return False
    line, reach = bar.line, 2 * bar.length_px
    return any(
        abs(other.level - line.level) < 0.3 * line.contrast
        and abs(other.height - line.height) <= 1
        and other.span > _TICK_SHARE * line.span
        and line.left.edge - reach < other.y < line.right.edge + reach
        for other in _lines(np.ascontiguousarray(gray.T))
    )


def _without_boxes(bars: list[_Bar]) -> list[_Bar]:
    """Leave out the upper and lower sides of one frame, such as that around a label, which look like plain bars."""
    framed = set()
    for (i, a), (j, b) in itertools.combinations(enumerate(bars), 2):
        ends = zip(a.line_ends, b.line_ends, strict=True)
        if abs(a.line.y - b.line.y) > 2 + a.line.height and all(abs(p - q) < 4 for p, q in ends):
            framed |= {i, j}
    return [bar for i, bar in enumerate(bars) if i not in framed]
