"""The weights of the strand network that the package carries, checked against their facts before they are used."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from pydantic import TypeAdapter, ValidationError

from densitometer.errors import ModelError

NAME = "strand_network"
_INSTEAD = "install densitometer again, or measure without it with --method ridge"


@dataclass(frozen=True)
class ModelFacts:
    """What ``strand_network.json`` says of the weights.

    Attributes
    ----------
    name, version : str
    sha256 : str
        Of the file of weights, in hexadecimal.
    um_per_px : float
        Scale at which the network was trained.
    stride : int
        Pixels of the input in one pixel of the output.
    heads : mapping
        Channels of each head of the output, in their order.
    length_unit_um, width_unit_um : float
        Length and width whose logarithm is 0.
    """

    name: str
    version: str
    sha256: str
    um_per_px: float
    stride: int
    heads: Mapping[str, int]
    length_unit_um: float
    width_unit_um: float

    def head(self, name: str) -> slice:
        """Channels of a head in the output."""
        ends = np.cumsum([0, *self.heads.values()]).tolist()
        bounds = dict(zip(self.heads, pairwise(ends), strict=True))
        return slice(*bounds[name])


@dataclass(frozen=True)
class StrandModel:
    """Weights that were checked, as an ONNX file, and what is known of them."""

    facts: ModelFacts
    onnx: bytes = field(repr=False)

    def network(self) -> Any:
        """Read the network anew: 1 x 3 x h x w in, 1 x channels x h / stride x w / stride out.

        It takes a hundredth of a second. A network that is kept would hold hundreds of megabytes for as long, and must
        not answer in two threads at once.

        Raises
        ------
        ModelError
            When this version of OpenCV cannot read it.
        """
        try:
            return cv2.dnn.readNetFromONNX(np.frombuffer(self.onnx, np.uint8))
        except cv2.error as error:
            raise _unusable(f"{NAME}.onnx", f"cannot be read by OpenCV {cv2.__version__}") from error


@lru_cache(maxsize=1)
def packaged_model() -> StrandModel:
    """Return the model that the package carries, read and checked once a process.

    Raises
    ------
    ModelError
        When a file of it is missing or damaged, or cannot be read by this version of OpenCV.
    """
    return read_model(files("densitometer") / "models")


def read_model(folder: Traversable) -> StrandModel:
    """Read the weights and their facts from a folder, and see that they can be used.

    Raises
    ------
    ModelError
        When a file is missing or damaged, or cannot be read by this version of OpenCV.
    """
    facts = _facts(_read(folder, f"{NAME}.json"))
    onnx = _read(folder, f"{NAME}.onnx")
    if hashlib.sha256(onnx).hexdigest() != facts.sha256:
        raise _unusable(f"{NAME}.onnx", f"is not the file that {NAME}.json describes (its SHA-256 is another)")
    model = StrandModel(facts, onnx)
    model.network()
    return model


def _facts(text: bytes) -> ModelFacts:
    try:
        return TypeAdapter(ModelFacts).validate_json(text)
    except ValidationError as error:
        raise _unusable(f"{NAME}.json", "is damaged") from error


def _read(folder: Traversable, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError as error:
        raise _unusable(name, "is missing") from error
    except OSError as error:
        raise _unusable(name, f"cannot be read ({error.strerror})") from error


def _unusable(name: str, what: str) -> ModelError:
    return ModelError(f"the strand network cannot be used: models/{name} of the installed package {what}; {_INSTEAD}")
