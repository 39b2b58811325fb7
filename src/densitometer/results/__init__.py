"""The results folder: an SQLite file, and the CSV tables written from it."""

from __future__ import annotations

from densitometer.results.compared import ComparedFolder
from densitometer.results.folder import ResultsFolder, describe_run, read_results
from densitometer.results.record import PhotoResult, Record
from densitometer.results.result import without_hairs
from densitometer.results.resume import Wanted

__all__ = [
    "ComparedFolder",
    "PhotoResult",
    "Record",
    "ResultsFolder",
    "Wanted",
    "describe_run",
    "read_results",
    "without_hairs",
]
