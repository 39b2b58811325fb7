"""The domains DI and DO: the devices of the study, and the program that measured what they photographed."""

from __future__ import annotations

from collections.abc import Iterator
from logging import getLogger

from densitometer.datasets.cdisc.dataset import Dataset, Variable
from densitometer.datasets.cdisc.layout import device, device_id, qualifier, sequence, study_and_domain
from densitometer.datasets.cdisc.terms import published
from densitometer.study.model import Study
from densitometer.study.study_file import DeviceFacts
from densitometer.visits.order import natural, plain
from densitometer.visits.problems import quoted

log = getLogger(__name__)

_PARAMETERS = {"DEVTYPE": "Device Type", "MANUF": "Manufacturer", "MODEL": "Model Number", "SERIAL": "Serial Number"}
_SOFTWARE = {
    "SFTWRNAM": "Software Name",
    "SFTWRVER": "Software Version",
    "MEASMETH": "Method of Finding Hair",
    "MODELNAM": "Network, Name",
    "MODELVER": "Network, Version",
    "MODELSHA": "Network, SHA-256 of Weights",
    "SETSHA": "SHA-256 of Settings",
}


def identifiers(study: Study) -> Dataset:
    """Make the domain DI."""
    rows = []
    for name, facts in _devices(study).items():
        values = zip(_PARAMETERS, (facts.type, facts.manufacturer, facts.model, facts.serial), strict=True)
        for seq, (code, value) in enumerate(((code, value) for code, value in values if value), start=1):
            rows.append((study.about.study_id, "DI", name, seq, code, _PARAMETERS[code], value))
    return Dataset(
        name="DI",
        label="Device Identifiers",
        structure="One record per device identifier element per device",
        kind="STUDY REFERENCE",
        variables=(
            *study_and_domain(),
            device(),
            sequence("DISEQ", "SPDEVID"),
            Variable("DIPARMCD", "Device Identifier Element Short Name", mandatory=True, role="Topic",
                     codelist=published("DIPARMCD", _PARAMETERS.items())),
            qualifier("DIPARM", "Device Identifier Element Name", "Synonym", mandatory=True,
                      codelist=published("DIPARM", _PARAMETERS.values())),
            qualifier("DIVAL", "Device Identifier Element Value", "Result", mandatory=True,
                      comment="From the study file; without it the device is taken to be a camera."),
        ),
        rows=rows,
        keys=("STUDYID", "SPDEVID", "DIPARMCD"),
        sources=[f"device {quoted(str(row[2]))}" for row in rows],
        reference=True,
    )  # fmt: skip


def properties(study: Study) -> Dataset:
    """Make the domain DO: the program is told of with each device, since it measured what that device photographed."""
    rows = []
    for name in _devices(study):
        for seq, (code, value) in enumerate(_software(study), start=1):
            rows.append((study.about.study_id, "DO", name, seq, code, _SOFTWARE[code], value, None, value))
    return Dataset(
        name="DO",
        label="Device Properties",
        structure="One record per property per device",
        kind="FINDINGS",
        variables=(
            *study_and_domain(),
            device(),
            sequence("DOSEQ", "SPDEVID"),
            Variable("DOTESTCD", "Device Property Short Name", mandatory=True, role="Topic",
                     codelist=published("DOTESTCD", _SOFTWARE.items())),
            qualifier("DOTEST", "Device Property Test Name", "Synonym", mandatory=True,
                      codelist=published("DOTEST", _SOFTWARE.values())),
            qualifier("DOORRES", "Result or Finding in Original Units", "Result", comment="From run.json."),
            qualifier("DOORRESU", "Original Units", "Variable", comment="None of these has a unit."),
            qualifier("DOSTRESC", "Character Result/Finding in Std Format", "Result", comment="Equal to DOORRES."),
        ),
        rows=rows,
        keys=("STUDYID", "SPDEVID", "DOTESTCD"),
        sources=[f"device {quoted(str(row[2]))}" for row in rows],
        reference=True,
    )  # fmt: skip


def _devices(study: Study) -> dict[str, DeviceFacts]:
    """Facts of the devices that photographs name, in natural order."""
    names = sorted(sorted({device_id(one) for one in study.photographs}), key=natural)  # some differ in case alone
    stated = {plain(name): facts for name, facts in study.devices.items()}
    return {name: stated.get(plain(name), DeviceFacts()) for name in names}


def warn_of_unused(study: Study) -> None:
    """Say which devices of the study file took no photograph: perhaps one is misspelt."""
    used = {plain(name) for name in _devices(study)}
    if idle := [quoted(name) for name in study.devices if plain(name) not in used]:
        log.warning("no photograph names the device %s of the study file: it is left out of DI", ", ".join(idle))


def _software(study: Study) -> Iterator[tuple[str, str]]:
    run = study.run
    options = run.get("options")
    method = options.get("method") if isinstance(options, dict) else None
    values = ("densitometer", run.get("densitometer"), method, run.get("model"), run.get("model_version"))
    hashes = (run.get("model_sha256"), run.get("settings_sha256"))
    for code, value in zip(_SOFTWARE, (*values, *hashes), strict=True):
        if value:
            yield code, str(value)
