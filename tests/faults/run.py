"""The command, with the stand-in for measuring: ``python tests/faults/run.py measure ...``."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from densitometer.cli.main import main
    from faults.forks import stand_ins

    stand_ins()
    main()
