# Every target sets up what it needs first; a second run finds it done.
.DEFAULT_GOAL := help
.PHONY: help run test check bench format clean
SHELL := /bin/sh
unexport PYTHONPATH PYTHONHOME

help:
	@echo 'make run     set up, make the sample repository, open the demonstration'
	@echo 'make test    the whole test suite'
	@echo 'make check   formatting, lint, types, floors'
	@echo 'make bench   measure, and write bench/RESULTS.md'
	@echo 'make format  mend formatting and imports'
	@echo 'make clean   remove what the targets above made'

run:
	@scripts/setup runtime
	@.venv/bin/orion doctor --only sandbox --quiet --install
	@ORION_HOME="$(CURDIR)/.demo" .venv/bin/orion-tui --demo

test:
	@scripts/setup dev
	@.venv/bin/python -m pytest -q -n auto

check:
	@scripts/setup dev
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/pyright
	@.venv/bin/lint-imports --no-cache

bench:
	@scripts/setup dev
	@.venv/bin/python bench/run.py

format:
	@scripts/setup dev
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

clean:
	rm -rf .venv .venv.before .demo .pytest_cache .ruff_cache .hypothesis
