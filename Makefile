# Every target sets up what it needs first; a second run finds it done.
.DEFAULT_GOAL := help
.PHONY: help run test check bench format pictures tour clean
SHELL := /bin/sh
unexport PYTHONPATH PYTHONHOME

help:
	@echo 'make run      set up, make the sample repository, open the demonstration'
	@echo 'make test     the whole test suite'
	@echo 'make check    formatting, lint, types, floors'
	@echo 'make bench    measure, and write bench/RESULTS.md'
	@echo 'make format   mend formatting and imports'
	@echo 'make pictures draw the pictures of the tests anew, and sheets of them in .pictures to look at'
	@echo 'make tour     take the pictures of the documents: the main job, in a real terminal'
	@echo 'make clean    remove what the targets above made'

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

pictures:
	@scripts/setup dev
	@.venv/bin/python -m pytest -q -n auto tests/snapshots --snapshot-update
	@.venv/bin/python scripts/contact_sheet.py tests/snapshots/__snapshots__ .pictures/sheet

tour:
	@scripts/setup dev
	@.venv/bin/python -m scripts.tour

clean:
	rm -rf .venv .venv.before .demo .pictures .pytest_cache .ruff_cache .hypothesis
