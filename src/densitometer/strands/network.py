"""Put a photograph through the strand network, whole or in tiles that overlap."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from densitometer.settings import NetworkSettings
from densitometer.strands.hair_fields import FloatMap, HairFields
from densitometer.strands.weights import ModelFacts, StrandModel, packaged_model

_MULTIPLE = 32
"""The network halves its input five times: sides and places of tiles are multiples of this."""
_MOST_LOGARITHM = 5.0
"""Lengths and widths are learned at hairs alone; elsewhere they may be anything, and shall stay finite."""

Rgb = NDArray[np.uint8]


def find_fields(rgb: Rgb, um_per_px: float, settings: NetworkSettings | None = None) -> HairFields:
    """Ask the strand network what a photograph shows.

    The photograph is brought to the scale of the network. One that would grow beyond ``max_working_megapixels`` is
    enlarged to that size only: the network then sees shorter and thinner hairs than it knows and finds fewer of them,
    but what it says of their length and width is still in micrometres.

    Parameters
    ----------
    rgb : uint8 array, shape (height, width, 3)
    um_per_px : float
        Micrometres per pixel of ``rgb``, measured or (with no scale) assumed.
    settings : NetworkSettings, optional

    Raises
    ------
    ModelError
        When the weights are missing or damaged.
    """
    settings = settings or NetworkSettings()
    model = packaged_model()
    factor = _working_factor(rgb.shape, um_per_px, settings)
    answer = raw_fields(resized(rgb, factor), model, settings)
    px_per_px = model.facts.stride / factor
    return _decoded(answer, model.facts, um_per_px * px_per_px, px_per_px)


def raw_fields(picture: Rgb, model: StrandModel, settings: NetworkSettings) -> FloatMap:
    """Ask for the raw output for a picture at the working scale, shape (channels, height / stride, width / stride).

    A picture larger than a tile is cut into tiles of one size. Where two overlap, each answers for its own half: no
    place is answered for by a tile that sees less than half the overlap around it, unless the picture ends there.
    """
    stride = model.facts.stride
    padded, network = _padded(picture), model.network()
    height, width = (math.ceil(side / stride) for side in picture.shape[:2])
    answer = np.empty((sum(model.facts.heads.values()), height, width), np.float32)
    for rows, columns in product(*(_spans(side, settings) for side in padded.shape[:2])):
        part = _forward(padded[rows.seen, columns.seen], network)
        into = answer[:, _at(rows.used, stride), _at(columns.used, stride)]
        part = part[:, _at(rows.used, stride, rows.seen.start), _at(columns.used, stride, columns.seen.start)]
        into[...] = part[:, : into.shape[1], : into.shape[2]]
    return answer


@dataclass(frozen=True)
class Span:
    """Rows or columns of a tile, in px of the padded picture: those it sees, and those it answers for."""

    seen: slice
    used: slice


def _spans(length: int, settings: NetworkSettings) -> list[Span]:
    """Cut a side into equal pieces that overlap; all places are multiples of what the network needs."""
    most, overlap = _up(settings.tile_px), _up(settings.overlap_px)
    count = max(1, math.ceil((length - overlap) / (most - overlap)))
    side = _up(math.ceil((length + (count - 1) * overlap) / count))
    starts = [min(k * (side - overlap), length - side) for k in range(count)]
    cuts = [0, *((start + before + side) // 2 for before, start in pairwise(starts)), length]
    return [Span(slice(start, start + side), slice(*used)) for start, used in zip(starts, pairwise(cuts), strict=True)]


def _at(pixels: slice, stride: int, start: int = 0) -> slice:
    """Where pixels of the input, counted from ``start``, lie in the output."""
    return slice((pixels.start - start) // stride, (pixels.stop - start) // stride)


def _forward(tile: Rgb, network: Any) -> FloatMap:
    """Raw output for one tile, valid until the next."""
    picture = (tile.astype(np.float32) / np.float32(127.5) - 1).transpose(2, 0, 1)[None]
    network.setInput(np.ascontiguousarray(picture))
    return np.asarray(network.forward()[0], np.float32)


def _working_factor(shape: tuple[int, ...], um_per_px: float, settings: NetworkSettings) -> float:
    """Enlargement that brings a photograph to the scale of the network, within bounds of memory."""
    room = max(1.0, (settings.max_working_megapixels * 1e6 / (shape[0] * shape[1])) ** 0.5)
    least = 1 / min(shape[:2])  # one pixel must stay
    return max(least, min(um_per_px / settings.working_um_per_px, room))


def resized(rgb: Rgb, factor: float) -> Rgb:
    """Resize by the very factor, not by that of two whole sizes, which differs along x and y."""
    if factor == 1:
        return rgb
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(rgb, None, fx=factor, fy=factor, interpolation=way), np.uint8)


def _padded(picture: Rgb) -> Rgb:
    height, width = picture.shape[:2]
    down, right = _up(height) - height, _up(width) - width
    return np.asarray(cv2.copyMakeBorder(picture, 0, down, 0, right, cv2.BORDER_REPLICATE), np.uint8)


def _up(length: int) -> int:
    return math.ceil(length / _MULTIPLE) * _MULTIPLE


def _decoded(answer: FloatMap, facts: ModelFacts, um_per_px: float, px_per_px: float) -> HairFields:
    """Turn raw output into scores, lengths and directions, in place."""
    scale = um_per_px / (facts.um_per_px * facts.stride)  # 1 but where the photograph was too coarse to be enlarged
    middle, strand = answer[facts.head("middle")], answer[facts.head("strand")]
    for logits in (middle, strand):
        expit(logits, out=logits)
    axis, to_root = answer[facts.head("axis")], answer[facts.head("to_root")]
    axis /= np.maximum(_length(axis), np.float32(1e-6))
    to_root /= np.maximum(_length(to_root), np.float32(1))
    half_length_um = _from_logarithm(answer[facts.head("half_length")][0], facts.length_unit_um * scale)
    width_um = _from_logarithm(answer[facts.head("width")][0], facts.width_unit_um * scale)
    return HairFields(middle[0], axis, half_length_um, to_root, width_um, strand, um_per_px, px_per_px)


def _length(vectors: FloatMap) -> FloatMap:
    return np.hypot(vectors[0], vectors[1])


def _from_logarithm(values: FloatMap, unit: float) -> FloatMap:
    np.clip(values, -_MOST_LOGARITHM, _MOST_LOGARITHM, out=values)
    np.exp(values, out=values)
    values *= np.float32(unit)
    return values
