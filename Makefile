# make demo   install weval and run four baselines on the bundled set
# make test   install weval with its tools and run every test (make test-fast leaves out the slow ones)
# make check  lint, types, import rules, then every test
PYTHON ?= python3
VENV ?= .venv
# Versions that the tests have seen. CONSTRAINTS=/dev/null takes the newest.
CONSTRAINTS ?= .ci/constraints.txt
BIN := $(VENV)/bin
# Tests at a time. Each loads what it needs: some want 2 GB. Side by side they have one thread each, or they wait for
# one another at every turn.
JOBS ?= 2
PYTEST := OMP_NUM_THREADS=1 $(BIN)/pytest -q -n $(JOBS)
MODELS := rules length random constant

.PHONY: demo test test-fast lint check format clean

demo: $(VENV)/.installed
	@for model in $(MODELS); do $(BIN)/weval run --model $$model --task weval-mini >/dev/null || exit; done
	@$(BIN)/weval show $(MODELS:%=runs/%/weval-mini)

test: $(VENV)/.installed-dev
	$(PYTEST)

test-fast: $(VENV)/.installed-dev
	$(PYTEST) -m "not slow"

lint: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test

format: $(VENV)/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) runs .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[analysis]'
	@touch $@

$(VENV)/.installed-dev: $(VENV)/bin/python pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check -c $(CONSTRAINTS) -e '.[dev]'
	@touch $@ $(VENV)/.installed
