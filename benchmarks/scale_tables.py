"""What the experiments found, as sections of RESULTS.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import results_page
from scale_numbers import Costs

Measured = Mapping[str, Any]
CORES = 64
PHOTOGRAPH = "1280 × 1024 px"


def counts_section(found: Sequence[Measured], tile_px: Sequence[int]) -> str:
    """How rate, memory and the results folder go with the number of photographs."""
    head = [
        *("photographs", "workers", "photographs a minute", "whole run (s)", "finishing (s)", "resume (s)"),
        *("coordinator (MiB)", "largest worker (MiB)", "folder a photograph (KiB)", "of that results.sqlite (KiB)"),
    ]
    rows = [_count_row(one) for one in found]
    tenths = [[f"{one['count']:,}", *(f"{rate:.0f}" for rate in one["tenths"])] for one in found]
    note = (
        f"Tiles of {tile_px[0]} × {tile_px[1]} px, 100 rendered ones repeated under other names, through the command. "
        "The rate is that of the times in the audit trail, from the first photograph done to the last; finishing is "
        "what comes after the last: tables, report and the record made compact; resume is the same command again, "
        "with nothing left to do but to make sure. Memory is the peak that the system reports of each process."
    )
    by_tenth = "Photographs a minute in successive tenths of the run:"
    tenth_head = ["photographs", *(f"{number}." for number in range(1, 11))]
    parts = [note, results_page.table(head, rows), by_tenth, results_page.table(tenth_head, tenths), dated(found)]
    return "\n\n".join(parts)


def _count_row(one: Measured) -> list[str]:
    return [
        f"{one['count']:,}",
        str(one["workers"]),
        f"{one['rate']:.0f}",
        f"{one['seconds']:.0f}",
        f"{one['finishing_s']:.1f}",
        f"{one['resume_s']:.1f}",
        f"{one['coordinator_mib']:.0f}",
        f"{one['worker_mib']:.0f}",
        f"{one['out_bytes'] / one['count'] / 2**10:.0f}",
        f"{one['record_bytes'] / one['count'] / 2**10:.0f}",
    ]


def workers_section(found: Measured) -> str:
    """What several workers make of the machine."""
    times, of_all = found["all"] / found["one"], found["all"] / found["apart"]
    count = found["workers"]
    rows = [
        ["one worker", f"{found['one']:.0f}", "1.00", "–"],
        [f"{count} workers", f"{found['all']:.0f}", f"{times:.2f}", results_page.percent(of_all)],
        [
            f"{count} runs of one worker at once",
            f"{found['apart']:.0f}",
            f"{found['apart'] / found['one']:.2f}",
            "100%",
        ],
    ]
    note = (
        f"{found['count']} tiles. What {count} runs that know nothing of each other do at once is all that the machine "
        f"has to give, {found['apart'] / found['one']:.2f} times one of them here: processors that are threads of one "
        "core share it. That is what a run with as many workers is to be held to."
    )
    head = ["", "photographs a minute", "against one worker", "against independent runs"]
    return "\n\n".join([note, results_page.table(head, rows), dated([found])])


def memory_section(found: Sequence[Measured]) -> str:
    """Memory by the size of the photographs."""
    rows = [
        [
            f"{one['megapixels']:.1f}",
            f"{one['size_px'][0]} × {one['size_px'][1]}",
            f"{one['worker_mib']:.0f}",
            f"{one['coordinator_mib']:.0f}",
            f"{one['out_bytes'] / 2**20:.1f}",
        ]
        for one in found
    ]
    note = (
        "JPEG photographs, scenes side by side, through the command with two workers, at the scale at which the "
        "network looks, where a photograph takes most memory for its pixels. Peak resident memory of a process."
    )
    head = ["megapixels", "px", "worker (MiB)", "coordinator (MiB)", "folder a photograph (MiB)"]
    return "\n\n".join([note, results_page.table(head, rows), dated(found)])


def cluster_section(photograph: Measured, storing: Measured, cluster: Measured) -> str:
    """What each part of a cluster costs a photograph, and the estimate that follows."""
    costs = Costs(photograph["worker_s"], storing["storing_s"], cluster["client_s"], cluster["scheduler_s"])
    rows = [
        [f"one core: reading, measuring and drawing {PHOTOGRAPH}", _ms(costs.worker_s)],
        ["coordinator: storing a result, syncing record, trail and overlay", _ms(costs.storing_s)],
        ["coordinator: more processor time with a scheduler than with processes", _ms(costs.client_s)],
        ["scheduler: processor time", _ms(costs.scheduler_s)],
    ]
    rate, slowest = costs.an_hour(CORES)
    limits = costs.limits_an_hour
    note = (
        f"Worker: {photograph['count']} photographs on one worker. Storing: {storing['count']} results of such "
        "photographs handed to the coordinator as fast as it takes them. Scheduler and coordinator: "
        f"{cluster['count']:,} tiles that cost nothing to measure, on a Dask scheduler and {cluster['workers']} "
        f"workers of this machine: {cluster['rate']:.0f} photographs a minute, all on the same cores, against "
        f"{cluster['local_rate']:.0f} with {cluster['workers']} processes and no scheduler."
    )
    estimate = (
        f"**Estimate, not a measurement:** a cluster of {CORES} such cores would measure about "
        f"{_rounded(rate)} photographs of {PHOTOGRAPH} an hour, held to that by the {slowest}. It is the least of "
        f"{CORES} × 3600 s / worker = {_rounded(CORES * 3600 / costs.worker_s)}, 3600 s / (storing + coordinator) = "
        f"{_rounded(limits['coordinator'])} and 3600 s / scheduler = {_rounded(limits['scheduler'])}. It takes no "
        "account of reading over a network, nor of sending results back: "
        f"{storing['result_bytes'] / 2**20:.1f} MiB each."
    )
    table = results_page.table(["one photograph", "ms"], rows)
    return "\n\n".join([note, table, estimate, dated([photograph, storing, cluster])])


def dated(found: Sequence[Measured]) -> str:
    """Say when and with what it was measured; more than one day where that is so."""
    days = sorted({f"{one['date']} (densitometer {one['version']})" for one in found})
    return "Measured on " + ", ".join(days) + " with `python benchmarks/scale.py`."


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f}"


def _rounded(value: float) -> str:
    """Two digits that count."""
    return f"{float(f'{value:.2g}'):,.0f}"
