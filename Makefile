# make demo   installs into .venv and shows the zoo at work on a real series
# make test   installs what the tests need and runs them
# make lint   style and types
# make bench  measures speed beside what people would use instead, which goes into .venv-bench;
#             a part alone: make bench BENCH='--only training'
# Another interpreter: make demo PYTHON=python3.12

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
DEFINITION := setup.cfg pyproject.toml carry_registry.py
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: demo test lint bench measured clean
.DELETE_ON_ERROR:

demo: $(VENV)/.installed
	$(BIN)/modelzoo demo

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: # the user's environment stays as small as it is
	@$(MAKE) --no-print-directory VENV=.venv-bench measured

measured: $(VENV)/.installed-bench
	status=0; \
	$(BIN)/python benchmarks/performance.py $(BENCH) || status=$$?; \
	$(BIN)/python benchmarks/performance.py --write || status=$$?; \
	$(if $(BENCH),,$(BIN)/python benchmarks/profiles.py || status=$$?;) \
	$(BIN)/python benchmarks/profiles.py --write || status=$$?; \
	$(if $(BENCH),,for on in tensorflow jax; do \
		KERAS_BACKEND=$$on $(BIN)/python benchmarks/int8.py || status=$$?; \
		KERAS_BACKEND=$$on $(BIN)/python benchmarks/precision.py || status=$$?; done;) \
	$(BIN)/python benchmarks/int8.py --write || status=$$?; \
	$(BIN)/python benchmarks/precision.py --write || status=$$?; \
	exit $$status # of what failed: the page has the rest

clean:
	rm -rf $(VENV) .venv-bench build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/.python:
	@command -v $(PYTHON) >/dev/null || { echo "no '$(PYTHON)' here: install Python 3.11 or newer, or name one: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$$($(PYTHON) --version) is too old, Python 3.11 or newer is needed; name another one: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: $(VENV)/.python $(DEFINITION)
	@echo "installing into $(VENV) (TensorFlow is large: this takes some minutes the first time)"
	$(PIP) install --quiet --editable .
	@touch $@

$(VENV)/.installed-%: $(VENV)/.installed
	$(PIP) install --quiet --editable '.[$*]'
	@touch $@
