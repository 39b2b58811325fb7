"""Many photographs: find them, join them with visits.csv, and measure them on one machine or many."""

from __future__ import annotations

from densitometer.batch.inputs import find_photos
from densitometer.batch.jobs import Job, plan
from densitometer.batch.pool import measure_batch

__all__ = ["Job", "find_photos", "measure_batch", "plan"]
