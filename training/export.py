"""Write the averaged weights of a checkpoint as the file that the package carries, with the facts it is checked by.

    python training/export.py RUN/checkpoint.pt --out src/densitometer/models --release 1

``strand_network.onnx`` takes 1 x 3 x h x w (RGB / 127.5 - 1, h and w multiples of 32) and answers the raw output of
`network.StrandNetwork`, batch normalisation folded into the convolutions. ``strand_network.json`` holds its SHA-256 and
what its channels mean. The same checkpoint gives the same bytes; nothing is written unless OpenCV answers like torch.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import warnings
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from network import HEADS, StrandNetwork
from targets import LENGTH_UNIT_UM, STRIDE, UM_PER_PX, WIDTH_UNIT_UM

NAME = "strand_network"
MOST_BYTES = 8_000_000
_MOST_DIFFERENCE = 1e-3
_OPSET = 13
"""Old enough for OpenCV 4.9."""
_SHAPES = ((256, 256), (96, 160))
"""Heights and widths tried, the second unlike the one exported with."""


def load(checkpoint: Path) -> tuple[StrandNetwork, int]:
    """Averaged network of a checkpoint, ready to answer, and how many patches it has seen."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    network = StrandNetwork()
    network.load_state_dict(state["average"])
    return network.eval(), int(state["patches"])


def as_onnx(network: StrandNetwork) -> bytes:
    """Turn the network into ONNX, of any height and width.

    The exporter before dynamo's writes plain convolutions and nearest resizes, which every OpenCV since 4.9 reads.
    """
    axes = {2: "height", 3: "width"}
    half = {2: "half_height", 3: "half_width"}
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            network,
            (_picture(*_SHAPES[0]),),
            buffer,
            dynamo=False,
            opset_version=_OPSET,
            input_names=["picture"],
            output_names=["fields"],
            dynamic_axes={"picture": axes, "fields": half},
        )
    return buffer.getvalue()


def largest_difference(network: StrandNetwork, onnx: bytes) -> float:
    """Largest difference between OpenCV's and torch's answers to random pictures."""
    reader = cv2.dnn.readNetFromONNX(np.frombuffer(onnx, np.uint8))
    differences = []
    for shape in _SHAPES:
        picture = _picture(*shape)
        with torch.no_grad():
            wanted = network(picture).numpy()
        reader.setInput(picture.numpy())
        differences.append(float(np.abs(reader.forward() - wanted).max()))
    return max(differences)


def facts(network: StrandNetwork, onnx: bytes, patches: int, release: str) -> dict[str, object]:
    """What the package must know of the weights."""
    return {
        "name": NAME,
        "version": release,
        "sha256": hashlib.sha256(onnx).hexdigest(),
        "bytes": len(onnx),
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "patches": patches,
        "um_per_px": UM_PER_PX,
        "stride": STRIDE,
        "heads": HEADS,
        "length_unit_um": LENGTH_UNIT_UM,
        "width_unit_um": WIDTH_UNIT_UM,
    }


def export(checkpoint: Path, out: Path, release: str) -> dict[str, object]:
    """Write the two files, or stop with a sentence."""
    network, patches = load(checkpoint)
    onnx = as_onnx(network)
    if len(onnx) > MOST_BYTES:
        raise SystemExit(f"the weights take {len(onnx)} bytes, more than {MOST_BYTES}")
    difference = largest_difference(network, onnx)
    if not difference <= _MOST_DIFFERENCE:
        raise SystemExit(f"OpenCV {cv2.__version__} answers otherwise than torch, by up to {difference}")
    told = facts(network, onnx, patches, release)
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{NAME}.onnx").write_bytes(onnx)
    (out / f"{NAME}.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8", newline="\n")
    return told


def _picture(height: int, width: int) -> Tensor:
    chance = torch.Generator().manual_seed(height * 10_000 + width)
    return torch.rand(1, 3, height, width, generator=chance) * 2 - 1


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path, help="checkpoint.pt of a training run")
    parser.add_argument("--out", type=Path, required=True, help="folder of the two files")
    parser.add_argument("--release", default="1", help="version of the weights (1)")
    given = parser.parse_args()
    print(json.dumps(export(given.checkpoint, given.out, given.release), indent=2))


if __name__ == "__main__":
    main()
