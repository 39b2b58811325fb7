"""Gather the data sets of a study with what every file of them tells of the study and of the program."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Literal

from densitometer.datasets.cdisc.ascii import encoded
from densitometer.datasets.cdisc.dataset import Dataset, Package
from densitometer.datasets.cdisc.facts import facts
from densitometer.results.made import installed_version
from densitometer.study.model import Study
from densitometer.visits.problems import quoted

log = logging.getLogger(__name__)


def gathered(standard: Literal["SDTMIG", "ADaMIG"], study: Study, datasets: Sequence[Dataset]) -> Package:
    """Make a package of the data sets, and say what its reader must know of names."""
    about = study.about
    if not about.id:
        log.warning("no id of the study is stated: STUDYID is %s; give it with --study", about.study_id)
    _warn_of_ids(study)
    return Package(
        standard=standard,
        datasets=tuple(one.by_subject() for one in datasets),
        study_id=about.study_id,
        name=about.name or about.study_id,
        description=about.description,
        protocol=about.protocol,
        created=study.written_at,
        version=installed_version("densitometer") or "unknown",
        facts=facts(study),
    )


def _warn_of_ids(study: Study) -> None:
    """Tell of subjects whose identifier no other data set in XPT can have."""
    ids = {one.subject.usubjid: one.subject.code for one in study.photographs}
    if odd := [quoted(code) for usubjid, code in ids.items() if encoded(usubjid) != usubjid]:
        told = "USUBJID of %s is not ASCII, and joins with no other data set in XPT; give one in the table of subjects"
        log.warning(told, ", ".join(odd[:5]) + (f" and {len(odd) - 5} more" if len(odd) > 5 else ""))
