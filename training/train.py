"""Train the strand network on rendered scenes; go on from the last checkpoint if there is one.

    python training/train.py RUN --scenes DIR

writes ``RUN/checkpoint.pt`` every few hundred steps and ``RUN/log.csv``.
"""

from __future__ import annotations

import argparse
import csv
import os
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that spin starve the process that cuts patches

import cv2
import numpy as np
import torch
from network import StrandNetwork, head_slices
from patches import Patches
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader

BATCH = 8
_EVERY = 200
_HIGHEST_RATE, _WARM_UP = 2e-3, 2400
_MEMORY = 0.999
_WEIGHTS = {"middle": 1.0, "axis": 1.5, "half_length": 1.0, "to_root": 1.0, "width": 0.5, "strand": 2.0}


def losses(answer: Tensor, targets: list[Tensor]) -> dict[str, Tensor]:
    """Loss of each head: penalty-reduced focal loss for middles (Zhou et al. 2019, 'Objects as points'), L1 for vectors,
    weighted cross-entropy and soft dice for the lifted field."""
    middle, vector, around, counts, strand, strand_counts = targets
    at = head_slices()
    total = around.sum().clamp(min=1)

    def near(name: str, first: int, size: int, power: int = 1) -> Tensor:
        difference = (answer[:, at[name]] - vector[:, first : first + size]).abs() ** power
        return (difference.sum(dim=1) * around).sum() / total

    wanted = strand * strand_counts[:, None]
    logits = answer[:, at["strand"]]
    entropy = functional.binary_cross_entropy_with_logits(
        logits, wanted, strand_counts[:, None].expand_as(logits), pos_weight=torch.tensor(3.0)
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


def rate_at(patch: int, patches: int) -> float:
    """Learning rate: a short rise, then half a cosine down to a hundredth."""
    return float(_HIGHEST_RATE * min(1.0, (patch + 1) / _WARM_UP) * (0.01 + 0.99 * (1 + np.cos(np.pi * patch / patches)) / 2))


def train(run: Path, scenes: Path, seeds: range, patches: int, threads: int, start: Path | None = None) -> None:
    """Train until so many patches are seen, in all runs together."""
    run.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_num_threads(threads)
    network = StrandNetwork().to(device, memory_format=torch.channels_last)
    average = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(_MEMORY), use_buffers=True
    )
    if start is not None:
        network.load_state_dict(torch.load(start, map_location=device)["average"])
        average.module.load_state_dict(network.state_dict())
    optimizer = torch.optim.AdamW(network.parameters(), _HIGHEST_RATE, weight_decay=1e-4)
    seen, checkpoint = 0, run / "checkpoint.pt"
    if checkpoint.is_file():
        state = torch.load(checkpoint, map_location=device)
        network.load_state_dict(state["network"])
        average.module.load_state_dict(state["average"])
        average.n_averaged.fill_(1)
        optimizer.load_state_dict(state["optimizer"])
        seen = state["patches"]
        print(f"going on from {seen} patches", flush=True)
    loader = DataLoader(
        Patches(scenes, seeds, seen, patches), BATCH, num_workers=1 if device == "cpu" else 12, prefetch_factor=8,
        worker_init_fn=lambda _: cv2.setNumThreads(1), persistent_workers=True,
    )
    began, sums = time.monotonic(), dict.fromkeys(_WEIGHTS, 0.0)
    for step, (picture, *targets) in enumerate(loader, start=1):
        for group in optimizer.param_groups:
            group["lr"] = rate_at(seen, patches)
        picture = picture.to(device, memory_format=torch.channels_last)
        with torch.autocast(device, torch.bfloat16):
            answer = network(picture)
        parts = losses(answer.float(), [target.to(device) for target in targets])
        optimizer.zero_grad()
        sum(_WEIGHTS[name] * part for name, part in parts.items()).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        average.update_parameters(network)
        seen += len(picture)
        for name, part in parts.items():
            sums[name] += float(part.detach())
        if step % _EVERY == 0 or seen >= patches:
            steps = step % _EVERY or _EVERY
            means = {name: round(value / steps, 4) for name, value in sums.items()}
            _note(run / "log.csv", {"patches": seen, "seconds": round(time.monotonic() - began), **means})
            sums = dict.fromkeys(_WEIGHTS, 0.0)
            _keep(checkpoint, network, average.module, optimizer, seen)


def _keep(path: Path, network: StrandNetwork, average: torch.nn.Module, optimizer: torch.optim.Optimizer, seen: int) -> None:
    state = {
        "network": network.state_dict(), "average": average.state_dict(), "optimizer": optimizer.state_dict(), "patches": seen
    }
    torch.save(state, path.with_suffix(".partial"))
    path.with_suffix(".partial").rename(path)


def _note(path: Path, row: dict[str, float]) -> None:
    print(row, flush=True)
    new = not path.exists()
    with path.open("a", newline="") as lines:
        writer = csv.DictWriter(lines, list(row))
        if new:
            writer.writeheader()
        writer.writerow(row)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="folder of checkpoints and log")
    parser.add_argument("--scenes", type=Path, required=True, help="folder of rendered scenes")
    parser.add_argument("--scene-count", type=int, default=1600, help="scenes to learn from (1600)")
    parser.add_argument("--first", type=int, default=100_000, help="seed of the first scene (100000)")
    parser.add_argument("--patches", type=int, default=150_000, help="patches to see in all (150000)")
    parser.add_argument("--threads", type=int, default=1, help="threads of the arithmetic (1)")
    parser.add_argument("--start", type=Path, help="checkpoint whose weights to begin with")
    given = parser.parse_args()
    seeds = range(given.first, given.first + given.scene_count)
    train(given.run, given.scenes, seeds, given.patches, given.threads, given.start)


if __name__ == "__main__":
    main()
