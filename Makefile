# make demo   install weval and run four baselines on the bundled set
# make test   install weval with its tools and run every test (make test-fast leaves out the slow ones)
# make check  lint, types, import rules, then every test
# make lock   versions of CI: what is new, or no longer asked for (NEWEST=1: the newest of everything)
# make audit  known vulnerabilities of those versions
# make sbom   what is in a release, by extra: dist/sbom/
# make docs   the pages of docs/ as a site: docs/_build/html/index.html
PYTHON ?= python3
VENV ?= .venv
# Versions that the tests have seen. CONSTRAINTS=/dev/null takes the newest.
CONSTRAINTS ?= .ci/constraints.txt
BIN := $(VENV)/bin
# Tests at a time. Each loads what it needs: some want 2 GB. Side by side they have one thread each, or they wait for
# one another at every turn. Each takes neighbours: what they need is then made once.
JOBS ?= 2
PYTEST := OMP_NUM_THREADS=1 $(BIN)/pytest -q -n $(JOBS) --dist worksteal
# Tools of audits and releases have a place of their own: what they need must not decide what is tested.
TOOLS_VENV ?= $(VENV)/tools
TOOLS := $(TOOLS_VENV)/bin
MODELS := rules length random constant

.PHONY: demo test test-fast lint check docs lock audit sbom format clean

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

docs: $(VENV)/.installed-dev
	$(BIN)/python -m sphinx -W --keep-going -q -b html -d docs/_build/doctrees docs docs/_build/html
	@echo docs/_build/html/index.html

lock: $(VENV)/.installed-dev
	$(BIN)/python .ci/lock.py renew $(if $(NEWEST),--newest)
	$(if $(NEWEST),$(BIN)/python .ci/lock.py tools)

audit: $(TOOLS_VENV)/.installed
	$(TOOLS)/pip-audit --strict --no-deps --disable-pip --requirement .ci/constraints.txt
	$(TOOLS)/pip-audit --strict --no-deps --disable-pip --requirement .ci/tools.txt

sbom: $(VENV)/.installed-dev $(TOOLS_VENV)/.installed
	@mkdir -p dist
	$(TOOLS)/cyclonedx-py environment $(VENV) --pyproject pyproject.toml --mc-type library --output-reproducible \
	  --output-file dist/environment.cdx.json
	$(BIN)/python .ci/lock.py sbom dist/environment.cdx.json dist/sbom
	@rm dist/environment.cdx.json

format: $(VENV)/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) dist runs docs/_build docs/reference .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[analysis]'
	@touch $@

$(VENV)/.installed-dev: $(VENV)/bin/python pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check -c $(CONSTRAINTS) -e '.[dev]'
	@touch $@ $(VENV)/.installed

$(TOOLS_VENV)/.installed: .ci/tools.txt
	$(PYTHON) -m venv $(TOOLS_VENV)
	$(TOOLS)/pip install --quiet --disable-pip-version-check --require-hashes --requirement .ci/tools.txt
	@touch $@
