"""Train the strand network on rendered scenes; go on from the last checkpoint if there is one.

    python training/train.py RUN --scenes DIR

writes ``RUN/checkpoint.pt`` every few hundred steps and ``RUN/log.csv``. On two cores one learns and one cuts patches.
"""

from __future__ import annotations

import argparse
import csv
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that spin starve the process that cuts patches

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader

from network import StrandNetwork, head_slices
from patches import Patches, RenderedScenes, Scenes
from seeds import FIRST, SCENES, training_seeds

BATCH = 8
PATCHES = 160_000
"""Patches that the network sees, when nothing else is said."""
_EVERY = 200
_HIGHEST_RATE, _WARM_UP = 2e-3, 2400
_MEMORY = 0.999
_MOST_WORKERS = 12
WEIGHTS: Mapping[str, float] = {
    "middle": 1.0,
    "axis": 1.5,
    "half_length": 1.0,
    "to_root": 1.0,
    "width": 0.5,
    "strand": 2.0,
}
"""How much the loss of each head weighs."""


def losses(answer: Tensor, targets: list[Tensor]) -> dict[str, Tensor]:
    """Loss of each head.

    Penalty-reduced focal loss for middles (Zhou et al. 2019, 'Objects as points'), squared error for the direction to
    the root, so that its mean is answered where it is not known, L1 for the other vectors, weighted cross-entropy and
    soft dice for the lifted field.
    """
    middle, vector, around, counts, strand, strand_counts = targets
    at = head_slices()
    total = around.sum().clamp(min=1)

    def near(name: str, first: int, size: int, power: int = 1) -> Tensor:
        difference = (answer[:, at[name]] - vector[:, first : first + size]).abs() ** power
        return (difference.sum(dim=1) * around).sum() / total

    wanted = strand * strand_counts[:, None]
    logits = answer[:, at["strand"]]
    entropy = functional.binary_cross_entropy_with_logits(
        logits, wanted, strand_counts[:, None].expand_as(logits), pos_weight=logits.new_tensor(3.0)
    )
    given = torch.sigmoid(logits) * strand_counts[:, None]
    dice = 1 - (2 * (given * wanted).sum((0, 2, 3)) + 1) / (given.sum((0, 2, 3)) + wanted.sum((0, 2, 3)) + 1)
    return {
        "middle": _focal(answer[:, 0], middle, counts),
        "axis": near("axis", 0, 2),
        "half_length": near("half_length", 2, 1),
        "to_root": near("to_root", 3, 2, power=2),
        "width": near("width", 5, 1),
        "strand": entropy * 5 + dice.mean(),
    }


def _focal(logits: Tensor, middle: Tensor, counts: Tensor) -> Tensor:
    probability = torch.sigmoid(logits).clamp(1e-4, 1 - 1e-4)
    peak = (middle > 0.9).float() * middle
    hit = -torch.log(probability) * (1 - probability) ** 2 * peak
    miss = -torch.log(1 - probability) * probability**2 * (1 - middle) ** 4 * (middle <= 0.9)
    return ((hit + miss) * counts).sum() / peak.sum().clamp(min=1)


def rate_at(patch: int, patches: int, highest: float = _HIGHEST_RATE) -> float:
    """Learning rate: a short rise, then half a cosine down to a hundredth."""
    rise = min(1.0, (patch + 1) / _WARM_UP)
    return float(highest * rise * (0.01 + 0.99 * (1 + np.cos(np.pi * patch / patches)) / 2))


@dataclass
class _Learner:
    """What is learned, and of how many patches."""

    network: StrandNetwork
    average: AveragedModel
    optimizer: torch.optim.Optimizer
    device: str
    seen: int = 0

    def step(self, batch: list[Tensor], rate: float, weights: Mapping[str, float]) -> dict[str, float]:
        """Learn from a batch; the loss of each head."""
        picture, *targets = batch
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        with torch.autocast(self.device, torch.bfloat16):
            answer = self.network(picture.to(self.device, memory_format=torch.channels_last))
        parts = losses(answer.float(), [target.to(self.device) for target in targets])
        self.optimizer.zero_grad()
        sum(weights[name] * part for name, part in parts.items()).backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimizer.step()
        self.average.update_parameters(self.network)
        self.seen += len(picture)
        return {name: float(part.detach()) for name, part in parts.items()}

    def keep(self, path: Path) -> None:
        """Write a checkpoint; there is always a whole one, whenever the run is broken off."""
        state = {
            "network": self.network.state_dict(),
            "average": self.average.module.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "patches": self.seen,
        }
        torch.save(state, path.with_suffix(".partial"))
        path.with_suffix(".partial").replace(path)

    def go_on(self, path: Path) -> None:
        """Take up a checkpoint."""
        state = torch.load(path, map_location=self.device)
        self.network.load_state_dict(state["network"])
        self.average.module.load_state_dict(state["average"])
        self.average.n_averaged.fill_(1)
        self.optimizer.load_state_dict(state["optimizer"])
        self.seen = state["patches"]
        print(f"going on from {self.seen} patches", flush=True)


def _begin(start: Path | None) -> _Learner:
    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    network = StrandNetwork().to(device, memory_format=torch.channels_last)
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(_MEMORY), use_buffers=True)
    if start is not None:
        network.load_state_dict(torch.load(start, map_location=device)["average"])
        average.module.load_state_dict(network.state_dict())
    optimizer = torch.optim.AdamW(network.parameters(), _HIGHEST_RATE, weight_decay=1e-4)
    return _Learner(network, average, optimizer, device)


def _loader(patches: Patches, device: str) -> DataLoader:
    workers = 1 if device == "cpu" else max(1, min(_MOST_WORKERS, (os.cpu_count() or 2) - 1))
    return DataLoader(
        patches,
        BATCH,
        num_workers=workers,
        prefetch_factor=8,
        worker_init_fn=_one_thread,
        persistent_workers=True,
    )


def _one_thread(_worker: int) -> None:
    cv2.setNumThreads(1)


def train(
    run: Path,
    scenes: Scenes,
    patches: int = PATCHES,
    threads: int = 1,
    start: Path | None = None,
    weights: Mapping[str, float] = WEIGHTS,
) -> None:
    """Train until so many patches are seen, in all runs together.

    Parameters
    ----------
    run : Path
        Folder of ``checkpoint.pt``, from which it goes on if it is there, and of ``log.csv``.
    scenes : Scenes
        Where patches are cut from.
    patches, threads : int, int
        Patches in all; threads of the arithmetic on a CPU.
    start : Path, optional
        Checkpoint whose averaged weights to begin with.
    weights : mapping of str to float
        How much the loss of each head weighs.
    """
    run.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(threads)
    learner, checkpoint = _begin(start), run / "checkpoint.pt"
    if checkpoint.is_file():
        learner.go_on(checkpoint)
    if learner.seen >= patches:
        print(f"all {patches} patches are seen", flush=True)
        return
    highest = _HIGHEST_RATE if start is None else _HIGHEST_RATE / 2  # what is learned shall not be shaken off
    began, sums = time.monotonic(), dict.fromkeys(weights, 0.0)
    for step, batch in enumerate(_loader(Patches(scenes, learner.seen, patches), learner.device), start=1):
        parts = learner.step(batch, rate_at(learner.seen, patches, highest), weights)
        sums = {name: value + parts[name] for name, value in sums.items()}
        if step % _EVERY == 0 or learner.seen >= patches:
            steps = step % _EVERY or _EVERY
            means = {name: round(value / steps, 4) for name, value in sums.items()}
            _note(run / "log.csv", {"patches": learner.seen, "seconds": round(time.monotonic() - began), **means})
            sums = dict.fromkeys(weights, 0.0)
            learner.keep(checkpoint)


def _note(path: Path, row: dict[str, float]) -> None:
    print(row, flush=True)
    new = not path.exists()
    with path.open("a", newline="") as lines:
        writer = csv.DictWriter(lines, list(row))
        if new:
            writer.writeheader()
        writer.writerow(row)


def add_arguments(parser: argparse.ArgumentParser, folder: Callable[[str], Path] = Path) -> None:
    """Add the options of every training run; ``folder`` reads that of checkpoints."""
    parser.add_argument("run", type=folder, help="folder of checkpoints and log")
    parser.add_argument("--patches", type=int, default=PATCHES, help=f"patches to see in all ({PATCHES})")
    parser.add_argument("--threads", type=int, default=1, help="threads of the arithmetic (1)")
    parser.add_argument("--start", type=Path, help="checkpoint whose weights to begin with")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    parser.add_argument("--scenes", type=Path, required=True, help="folder of rendered scenes")
    parser.add_argument("--scene-count", type=int, default=SCENES, help=f"scenes to learn from ({SCENES})")
    parser.add_argument("--first", type=int, default=FIRST, help=f"seed of the first scene ({FIRST})")
    given = parser.parse_args()
    try:
        seeds = training_seeds(given.first, given.scene_count)
    except ValueError as error:
        parser.error(str(error))
    train(given.run, RenderedScenes(given.scenes, seeds), given.patches, given.threads, given.start)


if __name__ == "__main__":
    main()
