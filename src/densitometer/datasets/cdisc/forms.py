"""Write data sets of SDTM or ADaM in every form that they travel in: Dataset-JSON, XPT, CSV, and one Define-XML."""

from __future__ import annotations

from collections.abc import Iterator

from densitometer.datasets.cdisc.csv_form import csv_file
from densitometer.datasets.cdisc.dataset import Package
from densitometer.datasets.cdisc.dataset_json import dataset_json
from densitometer.datasets.cdisc.define import define_xml
from densitometer.datasets.cdisc.limits import check
from densitometer.datasets.cdisc.xpt import xpt_file


def files(package: Package) -> Iterator[tuple[str, bytes]]:
    """Make the files of a package, one at a time; data sets without rows are left out.

    Parameters
    ----------
    package : Package

    Yields
    ------
    name : str
    data : bytes
        The same for the same package.

    Raises
    ------
    StudyError
        Before the first file, when any of the forms could not hold something whole.
    """
    check(package)
    for dataset in package.datasets:
        if dataset.rows:
            name = dataset.name.lower()
            yield f"{name}.json", dataset_json(dataset, package)
            yield f"{name}.xpt", xpt_file(dataset, package.created)
            yield f"{name}.csv", csv_file(dataset)
    yield "define.xml", define_xml(package)
