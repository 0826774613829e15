# `make demo` and `make test` need Debian (or a like Linux), Python 3.11 and make; the rest goes into .venv.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
DOCS := .venv/.installed-docs
GUESTS := $(patsubst %/pyproject.toml,%,$(wildcard plugins/*/pyproject.toml))
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.PHONY: help install demo test slow lint style types layers docs bench wheel clean

help:
	@echo "make demo    train, serve, predict and watch the electricity example (KEEP=1 leaves it running)"
	@echo "make test    the default tests          make slow   the long ones"
	@echo "make lint    style, types and layers    make docs   the site, into site/"
	@echo "make wheel   wheel and sdist in dist/   make bench  the benchmarks"
	@echo "make clean   remove what was built; .venv and .declml folders stay"

install: $(STAMP)

$(STAMP): pyproject.toml setup.py $(wildcard plugins/*/pyproject.toml)
	@.ci/venv .venv $(PYTHON)
	@echo "installing declml and its libraries into .venv (the first time takes a few minutes)"
	@$(PIP) --upgrade "pip>=25.1"
	@$(PIP) --editable . $(addprefix --editable ./,$(GUESTS)) --group dev
	@touch $@

$(DOCS): $(STAMP)
	@$(PIP) --group docs
	@touch $@

demo: $(STAMP)
	@PATH="$(CURDIR)/$(BIN):$$PATH" examples/elec2/demo.sh

test: $(STAMP)
	$(BIN)/python -m pytest tests $(wildcard plugins/*/tests)

slow: $(STAMP)
	$(BIN)/python -m pytest -m slow tests $(wildcard plugins/*/tests)

lint: style types layers

style: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

layers: $(STAMP)
	$(BIN)/lint-imports

docs: $(DOCS)
	$(BIN)/mkdocs build --strict --quiet
	@echo "the site is in site/"

bench: $(STAMP)
	@set -e; for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python $$file; done

wheel: $(STAMP)
	$(BIN)/python -m build --outdir dist .

clean:
	rm -rf build dist site *.egg-info src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
