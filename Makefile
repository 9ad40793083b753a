# Every target works in a fresh clone: what it needs is installed into .venv first.
# Settings are environment variables (see .env.example): LOCKING=none make race-test
# Arguments of the program behind a target: make race-test ARGS="--users 50 --run-time 1m"

.DEFAULT_GOAL := help
SHELL := /bin/sh

# The newest Python that all parts have wheels for comes first.
PYTHON ?= $(shell for p in python3.12 python3.11 python3.13 python3.14 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { command -v $$p; break; }; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
SYSTEM ?= registration
PLAN ?= registration/race_condition
RUN ?= latest
JOBS ?= 2
ARGS ?=

.PHONY: help up down status seed run race-test peak-test reserve-test drop-test verify-db report test lint bench lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: .venv/lab ## Start the lab: web UI on http://127.0.0.1:8585, API on http://127.0.0.1:8500
	@$(BIN)/stampede up $(ARGS)

down: .venv/lab ## Stop the lab; its data stay
	@$(BIN)/stampede down $(ARGS)

status: .venv/lab ## Show what runs
	@$(BIN)/stampede status $(ARGS)

seed: .venv/lab ## Make the world of SYSTEM anew (ARGS="--students 5000 …"); starts the lab where it is down
	@$(BIN)/stampede up
	@$(BIN)/python -m seed $(SYSTEM) --reset $(ARGS)

run: .venv/lab ## Run PLAN (system/plan) and judge it
	@$(BIN)/stampede run $(PLAN) $(ARGS)

race-test: .venv/lab ## Everybody wants the same course at the same moment
	@$(BIN)/stampede run registration/race_condition $(ARGS)

peak-test: .venv/lab ## The busy morning of registration
	@$(BIN)/stampede run registration/peak_registration $(ARGS)

reserve-test: .venv/lab ## Courses and their queues fill up
	@$(BIN)/stampede run registration/reserve_queue_pressure $(ARGS)

drop-test: .venv/lab ## Students leave, the queue moves up
	@$(BIN)/stampede run registration/drop_auto_promotion $(ARGS)

verify-db: .venv/lab ## The integrity checks of SYSTEM alone
	@$(BIN)/stampede verify $(SYSTEM) $(ARGS)

report: .venv/lab ## Show the report of RUN (latest)
	@$(BIN)/stampede report $(RUN) $(ARGS)

test: .venv/dev ## All tests, on real servers that they start themselves (ARGS="-k drop")
	@$(BIN)/python -m pytest -n $(JOBS) tests/unit tests/integration $(ARGS)
	@$(BIN)/python -m pytest tests/e2e $(ARGS)

lint: .venv/dev ## ruff and mypy
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: .venv/dev ## Speed, as ratios measured side by side
	@$(BIN)/python -m benchmarks $(ARGS)

lock: .venv/dev ## Resolve requirements/*.in anew into exact versions with hashes
	@for name in lab dev; do $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --upgrade requirements/$$name.in --output-file requirements/$$name.txt; done

clean: ## Remove .venv and caches; data in .stampede and reports stay
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache

.venv/python:
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer was found: install one, or name it with PYTHON=/path/to/python3." >&2; exit 1; }
	@echo "Installing into .venv with $(PYTHON) (once, about a minute)" >&2
	@"$(PYTHON)" -m venv .venv || { echo "$(PYTHON) cannot make a virtual environment: on Debian and Ubuntu, apt-get install python3-venv." >&2; rm -rf .venv; exit 1; }
	@touch $@

.venv/lab: .venv/python requirements/local.txt pyproject.toml
	@$(PIP) install --require-hashes -r requirements/local.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev: .venv/lab requirements/dev.txt
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@
