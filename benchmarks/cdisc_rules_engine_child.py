"""Run rules with CDISC's engine, without a network; for the Python that has the engine (see cdisc_rules.py).

Standard input: JSON ``[{"folder": ..., "rules": [...]}, ...]``, folders of Dataset-JSON and rules as the engine's files
have them. Standard output: JSON, for every folder ``{rule id: {data set: {"status", "failed", "rows", "message"}}}``.
The current folder must hold the engine's ``resources``, since it looks for its JSON schema there.
"""

from __future__ import annotations

import importlib
import json
import os
import socket
import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

STANDARD, VERSION = "sdtmig", "3-4"
FEW = 5


def underscored(given: Any) -> Any:
    """Turn blanks in keys into underscores, as the engine wants them."""
    if isinstance(given, Mapping):
        return {str(key).replace(" ", "_"): underscored(value) for key, value in given.items()}
    return [underscored(one) for one in given] if isinstance(given, list) else given


def refused(*_given: object, **_named: object) -> None:
    """Stand in for the network."""
    raise OSError("rules are run without a network")


def engine(folder: Path) -> Any:
    """The engine on the data sets of a folder, with an empty library of standards."""
    part = importlib.import_module
    library = part("cdisc_rules_engine.models.library_metadata_container").LibraryMetadataContainer(
        **dict.fromkeys(("standard_metadata", "model_metadata", "variables_metadata"), {}),
        **dict.fromkeys(("variable_codelist_map", "ct_package_metadata"), {}),
    )
    config = part("cdisc_rules_engine.config").config
    cache = part("cdisc_rules_engine.services.cache").InMemoryCacheService()
    paths = sorted(str(path) for path in folder.glob("*.json"))
    common = {"standard": STANDARD, "standard_version": VERSION, "library_metadata": library, "max_dataset_size": 1}
    factory = part("cdisc_rules_engine.services.data_services").DataServiceFactory
    service = factory(config, cache, standard_substandard=None, **common).get_data_service(paths)
    own = {"cache": cache, "data_service": service, "config_obj": config, "dataset_paths": paths}
    return part("cdisc_rules_engine.rules_engine").RulesEngine(**own, **common, ct_packages=[], validate_xml=False)


def outcome(results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the engine says of one rule and one data set."""
    errors = [error for result in results for error in result.get("errors") or []]
    statuses = [str(result.get("executionStatus")) for result in results]
    told = [str(result.get("message") or "") for result in results]
    failed = [error for error in errors if "row" in error or error.get("value") is not None]
    why = [str(error.get("message") or error.get("error") or "") for error in errors if error not in failed]
    return {
        "status": next((one for one in statuses if one not in ("success", "issue reported")), statuses[0]),
        "failed": len(failed),
        "rows": [error.get("row") for error in failed],
        "values": [str(error.get("value"))[:200] for error in failed[:FEW]],
        "message": "; ".join(dict.fromkeys([*why, *told]))[:300],
    }


def run(folder: Path, rules: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Run rules on a folder."""
    made = importlib.import_module("cdisc_rules_engine.models.rule").Rule
    runs = engine(folder)
    told = {}
    for given in rules:
        results = runs.validate_single_rule(made.from_cdisc_metadata(underscored(given)))
        told[given["Core"]["Id"]] = {name: outcome(result) for name, result in results.items() if result}
    return told


def main() -> None:
    """Read what is to be run, run it, and write what came of it."""
    warnings.filterwarnings("ignore")
    socket.socket.connect = refused  # type: ignore[method-assign]
    wanted = json.load(sys.stdin)
    answer = os.dup(1)
    os.dup2(2, 1)  # what the engine prints is not to stand in the answer
    importlib.import_module("cdisc_rules_engine.services").logger.disabled = True
    told = [run(Path(one["folder"]), one["rules"]) for one in wanted]
    with os.fdopen(answer, "w", encoding="utf-8") as file:
        json.dump(told, file)


if __name__ == "__main__":
    main()
