"""A form of data sets that writes next to nothing, for tests of what all forms have in common."""

from __future__ import annotations

from collections.abc import Iterator

from densitometer.study.model import Study


def files(study: Study) -> Iterator[tuple[str, bytes]]:
    """Names of the photographs, and those of the subjects in a folder of their own."""
    yield "photographs.txt", "\n".join(one.name for one in study.photographs).encode()
    yield "more/subjects.txt", "\n".join(sorted({one.subject.usubjid for one in study.photographs})).encode()
