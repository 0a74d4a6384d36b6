# Every target makes its own .venv with nothing but python3 (3.11 or later), pip and make; uv is used where it is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
UV := $(shell command -v uv 2>/dev/null)
KILLS ?= 300
PURCHASES ?= 10000
HISTORIES ?= 100000
RETURNS ?= 20000
DAYS ?= 90
.DEFAULT_GOAL := help
.PHONY: help demo test check format bench crash faults oracle simulate mock-check clean

help:            ## list the targets
	@grep -E '^[a-z-]+: .*##|^[a-z-]+:  *##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "retoure needs Python 3.11 or later; try: make PYTHON=python3.12 ..." >&2; exit 1; }
ifdef UV
	$(UV) venv --quiet --allow-existing --python $(PYTHON) $(VENV)
	$(UV) pip install --quiet --python $(BIN)/python -e '.[cli,testing]' --group dev
else
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[cli,testing]' --group dev
endif
	@touch $@

demo: $(STAMP)   ## a return's whole journey on replayed exchanges, no credentials
	@$(BIN)/retoure demo

test: $(STAMP)   ## the test suite on all cores, with branch coverage
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n auto --dist worksteal
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

check: $(STAMP)  ## lint, format, types, import walls, dependencies
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .

format: $(STAMP) ## rewrite the code in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMP)  ## the budgets, one JSON object a line
	@$(BIN)/python -m benchmarks

crash: $(STAMP)   ## kill buying, polling and booking processes at random, on SQLite and on PostgreSQL, and compare what they did (KILLS=300)
	@$(BIN)/python -m tests.crash --kills $(KILLS)

faults: $(STAMP) ## buy with faults at every point of the wire, and compare the books (PURCHASES=10000)
	@$(BIN)/python -m tests.crash --purchases $(PURCHASES)

oracle: $(STAMP) ## judge returns at random a second time, by walking through the calendar day by day (HISTORIES=100000)
	@RETOURE_RETURNS=$(HISTORIES) $(BIN)/pytest -q -n auto tests/lifecycle/test_daybyday.py

simulate: $(STAMP) ## a quarter of returns in simulated time, and what was told against what is true (RETURNS=20000 DAYS=90)
	@$(BIN)/python -m tests.monitor.simulation --returns $(RETURNS) --days $(DAYS)

mock-check: $(STAMP) ## every adapter over real HTTP against a mock made from the official descriptions (needs node)
	@$(BIN)/python -m tests.mock_check

clean:           ## remove what the other targets made
	rm -rf $(VENV) .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache dist build
