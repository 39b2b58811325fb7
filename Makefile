# densitometer: `make demo` and `make test` work from a clean clone with Python 3.11 or newer and make alone.
# Plain enough for the make 3.81 that macOS ships.

PYTHON = python3
VENV = .venv
PY = $(VENV)/bin/python
STAMP = $(VENV)/.installed
DEMO = build/demo
# More words for pytest, as in: make test ARGS="-k scale -x"
ARGS =
# What trains the strand network, and where a training run and what comes of it lie.
TRAINING_VENV = .venv-training
TRAINING_PY = $(TRAINING_VENV)/bin/python
TRAINING_STAMP = $(TRAINING_VENV)/.installed
TRAINING_RUN = training/run
# The newest OpenCV 4, for test-opencv4; constraints.txt pins OpenCV 5.
OPENCV4 = 4.14.0.94

# One thread a process: the test runner already keeps every core busy.
export OMP_NUM_THREADS ?= 1

.PHONY: help demo test test-slow check check-lint check-format check-types check-layers format docs golden bench samples train test-opencv4 test-oldest clean

help:
	@echo "make demo          measure and compare the sample images, report in $(DEMO)/report.html"
	@echo "make test          the test suite"
	@echo "make test-slow     the tests that take minutes: runs that are killed, starved and cut off, again and again"
	@echo "make check         lint, format, types and import layers"
	@echo "make format        put the code in the house format"
	@echo "make docs          write the pages that come from the code"
	@echo "make samples       render the sample images and their truth anew"
	@echo "make golden        measure the sample images anew as the golden results of the tests"
	@echo "make bench         the slow tests; then accuracy, speed, scale and fuzzing, into benchmarks/RESULTS.md"
	@echo "make train         render, train and export a strand network: a night on two cores; see training/README.md"
	@echo "make test-opencv4  the test suite on OpenCV $(OPENCV4)"
	@echo "make test-oldest   the test suite on the oldest dependencies allowed"
	@echo "make clean         remove what the verbs above made, but for $(TRAINING_RUN)"

demo: $(STAMP)
	@rm -rf $(DEMO)
	$(VENV)/bin/densitometer measure sample_images --visits sample_images/visits.csv -o $(DEMO)
	$(VENV)/bin/densitometer compare $(DEMO)

test: $(STAMP)
	$(PY) -m pytest -n auto -m "not slow" $(ARGS)

test-slow: $(STAMP)
	$(PY) -m pytest -n auto -m slow $(ARGS)

# All four, even when one fails, so that one run tells everything.
check: $(STAMP)
	@$(MAKE) -k check-lint check-format check-types check-layers

check-lint: $(STAMP)
	$(PY) -m ruff check .

check-format: $(STAMP)
	$(PY) -m ruff format --check .

check-types: $(STAMP)
	$(PY) -m mypy

check-layers: $(STAMP)
	$(VENV)/bin/lint-imports --no-cache

format: $(STAMP)
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

docs: $(STAMP)
	$(PY) docs/make_pages.py

samples: $(STAMP)
	$(PY) sample_images/make.py

golden: $(STAMP)
	$(PY) tests/golden/make.py

bench: test-slow
	$(PY) benchmarks/accuracy.py
	$(PY) benchmarks/calibration.py
	$(PY) benchmarks/edge.py
	$(PY) benchmarks/change.py
	$(PY) benchmarks/pilot.py
	$(PY) benchmarks/speed.py
	$(PY) benchmarks/render_speed.py
	$(PY) benchmarks/scale.py
	$(PY) benchmarks/data_sets.py
	$(PY) benchmarks/report_pages.py
	$(PY) benchmarks/fuzz.py --count 100000 --write
	$(PY) benchmarks/look.py --style trimmed_70x --count 40 --out "`mktemp -d`"

# Each step keeps what is there: broken off and started again, it goes on where it stopped.
train: $(TRAINING_STAMP)
	$(TRAINING_PY) training/scenes.py $(TRAINING_RUN)/scenes
	$(TRAINING_PY) training/train.py $(TRAINING_RUN) --scenes $(TRAINING_RUN)/scenes $(ARGS)
	$(TRAINING_PY) training/export.py $(TRAINING_RUN)/checkpoint.pt --out $(TRAINING_RUN)/models

$(TRAINING_STAMP): pyproject.toml constraints.txt training/requirements.txt
	@rm -f $(TRAINING_STAMP)
	$(PYTHON) -m venv $(TRAINING_VENV)
	@echo "Installing torch and the pinned versions of constraints.txt into $(TRAINING_VENV) (once)"
	@$(TRAINING_PY) -m pip install -qq --disable-pip-version-check -c constraints.txt -r training/requirements.txt -e .
	@touch $(TRAINING_STAMP)

# hatchling and editables first, so that the build too runs on pinned versions.
$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "densitometer needs Python 3.11 or newer, and $(PYTHON) is `$(PYTHON) --version 2>&1`."; \
	  echo "Name a newer one, for example: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@rm -f $(STAMP)
	@$(PYTHON) -m venv $(VENV) || { \
	  echo "No virtual environment could be made; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "Installing the pinned versions of constraints.txt into $(VENV) (once)"
	@$(PY) -m pip install -qq --disable-pip-version-check -c constraints.txt hatchling editables
	@$(PY) -m pip install -qq --disable-pip-version-check -c constraints.txt --no-build-isolation -e '.[dev]'
	@touch $(STAMP)

# Both majors of OpenCV must work: the same pins, but for the one line.
test-opencv4: pyproject.toml constraints.txt
	@mkdir -p build
	@sed 's/^opencv-python-headless==.*/opencv-python-headless==$(OPENCV4)/' constraints.txt > build/constraints-opencv4.txt
	$(PYTHON) -m venv .venv-opencv4
	.venv-opencv4/bin/python -m pip install -qq --disable-pip-version-check -c build/constraints-opencv4.txt -e '.[dev]'
	.venv-opencv4/bin/python -m pytest -n auto -m "not slow" $(ARGS)

test-oldest: pyproject.toml constraints-oldest.txt
	$(PYTHON) -m venv .venv-oldest
	.venv-oldest/bin/python -m pip install -qq --disable-pip-version-check -c constraints-oldest.txt -e '.[dev]'
	.venv-oldest/bin/python -m pytest -n auto -m "not slow" $(ARGS)

clean:
	rm -rf $(VENV) $(TRAINING_VENV) .venv-opencv4 .venv-oldest build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find src tests benchmarks sample_images training -name __pycache__ -type d -prune -exec rm -rf {} +
