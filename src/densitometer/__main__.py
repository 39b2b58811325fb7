"""Run densitometer as ``python -m densitometer``."""

from densitometer.cli.main import main

if __name__ == "__main__":
    main(prog_name="densitometer")
