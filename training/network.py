"""The strand network: a U-Net that answers hairs as vectors and a lifted strand field, at half its resolution."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

CHANNELS = (24, 40, 64, 96, 128)
"""Features at 1/2, 1/4, 1/8, 1/16 and 1/32 of the input's resolution."""
LAST = 32
"""Features from which the heads answer."""
HEADS = {"middle": 1, "axis": 2, "half_length": 1, "to_root": 2, "width": 1, "strand": 8}
"""Channels of the output, in this order (see `targets.py` for what each means)."""


def head_slices() -> dict[str, slice]:
    """Which channels of the output each head has."""
    slices, first = {}, 0
    for name, channels in HEADS.items():
        slices[name] = slice(first, first + channels)
        first += channels
    return slices


def _conv(inside: int, outside: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inside, outside, 3, stride, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU(inplace=True)
    )


class StrandNetwork(nn.Module):
    """U-Net (Ronneberger et al. 2015) without its first level: 3 x h x w in (multiples of 32), 15 x h/2 x w/2 out."""

    def __init__(self, channels: tuple[int, ...] = CHANNELS) -> None:
        super().__init__()
        before = (3, *channels[:-1])
        self.down = nn.ModuleList(
            nn.Sequential(_conv(a, b, stride=2), _conv(b, b)) for a, b in zip(before, channels, strict=True)
        )
        after = (LAST, *channels[1:-1])
        inside = (*channels[1:-1], channels[-1])
        self.up = nn.ModuleList(
            _conv(coarse + fine, out) for coarse, fine, out in zip(inside, channels[:-1], after, strict=True)
        )
        self.heads = nn.Conv2d(LAST, sum(HEADS.values()), 1)
        with torch.no_grad():  # rare things are rare before anything is learned
            for name in ("middle", "strand"):
                self.heads.bias[head_slices()[name]] = -4.0

    def forward(self, x: Tensor) -> Tensor:
        """Raw output: logits for ``middle`` and ``strand``, values for the rest."""
        features = []
        for level in self.down:
            x = level(x)
            features.append(x)
        for level, finer in zip(reversed(self.up), reversed(features[:-1]), strict=True):
            x = functional.interpolate(x, scale_factor=2, mode="nearest")
            x = level(torch.cat([x, finer], dim=1))
        answer: Tensor = self.heads(x)
        return answer
