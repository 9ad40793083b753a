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
GUARD ?= LOCKING
CSV ?= results_stats.csv
JOBS ?= 2
ARGS ?=

# Compose where an engine answers, else processes on this machine (STACK=local, STACK=compose).
STACK ?= $(shell docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1 && echo compose || echo local)

# $(call lab,VERB …): the same verbs on both stacks.
define lab
@case "$(STACK)" in \
compose) echo "Stack: Docker Compose (STACK=local for processes on this machine)" >&2; \
	exec sh deploy/compose.sh $(1) ;; \
local) $(MAKE) --no-print-directory --silent .venv/lab || exit; \
	echo "Stack: processes on this machine (STACK=compose for Docker Compose)" >&2; \
	exec $(BIN)/stampede $(1) ;; \
*) echo "STACK=$(STACK) is neither compose nor local." >&2; exit 2 ;; \
esac
endef

.PHONY: help up down reset status ps logs psql seed run race-test peak-test reserve-test drop-test last-item-test stock-test fault-test \
	plans validate verify-db audit baseline thresholds report compare-locking prove test test-all example-test lint bench lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: ## Start the lab: web UI on http://127.0.0.1:8585, API on http://127.0.0.1:8500
	$(call lab,up $(ARGS))

down: ## Stop the lab; its data stay
	$(call lab,down $(ARGS))

reset: ## Stop the lab and delete its data; asks first (ARGS=--yes does not)
	$(call lab,reset $(ARGS))

status: ## Show what runs
	$(call lab,status $(ARGS))

ps: status

logs: ## Follow the logs of all parts
	$(call lab,logs $(ARGS))

psql: export SYSTEM := $(SYSTEM)
psql: ## Open psql on the lab's database; where two systems have a table of one name, SYSTEM's comes first
	$(call lab,psql $(ARGS))

seed: ## Make the world of SYSTEM anew (ARGS="--students 5000 …"); starts the lab where it is down
	$(call lab,seed $(SYSTEM) --reset $(ARGS))

run: ## Run PLAN (system/plan) and judge it
	$(call lab,run $(PLAN) $(ARGS))

race-test: ## Everybody wants the same course at the same moment
	$(call lab,run registration/race_condition $(ARGS))

peak-test: ## The busy morning of registration
	$(call lab,run registration/peak_registration $(ARGS))

reserve-test: ## Courses and their queues fill up
	$(call lab,run registration/reserve_queue_pressure $(ARGS))

drop-test: ## Students leave, the queue moves up
	$(call lab,run registration/drop_auto_promotion $(ARGS))

last-item-test: ## Everybody orders the last items of the same product at the same moment
	$(call lab,run inventory/last_item_race $(ARGS))

stock-test: ## Products run out and are stocked up again
	$(call lab,run inventory/stock_depletion_recovery $(ARGS))

fault-test: ## Kill, restart and pause everything under load, in both systems: PASS; kill load generators: UNKNOWN
	@reports="$${REPORTS:-$$(sed -n 's/^REPORTS=//p' .env 2>/dev/null)}"; for system in registration inventory; do \
		for plan in faults faults_latency; do \
			$(MAKE) --no-print-directory run PLAN=$$system/$$plan || exit 1; \
		done; \
		! $(MAKE) --no-print-directory run PLAN=$$system/faults_generator || \
			{ echo "$$system/faults_generator must not PASS: nobody can tell what a killed load generator sent." >&2; exit 1; }; \
		grep -q '^  "verdict": "UNKNOWN",$$' "$${reports:-reports}/latest/verdict.json" || \
			{ echo "$$system/faults_generator must be UNKNOWN." >&2; exit 1; }; \
	done; echo "All faults: PASS. Killed load generators: UNKNOWN."

plans: ## Show every plan
	$(call lab,list)

validate: ## Locust, locustfiles, plans, baselines, settings and servers, without a run
	$(call lab,validate)

verify-db: ## The integrity checks alone, of every system that has a world (ARGS=inventory: of that one)
	$(call lab,verify $(ARGS))

audit: ## Audit RUN (latest) again, from its files alone
	$(call lab,audit reports/$(RUN) $(ARGS))

baseline: ## Keep the figures of RUN (latest), which must have passed, as the baseline of its plan
	$(call lab,baseline write $(RUN) $(ARGS))

thresholds: ## Hold thresholds against CSV, the stats of any Locust run (ARGS='--threshold "p95 < 1s"')
	$(call lab,thresholds $(CSV) $(ARGS))

report: ## Show the report of RUN (latest)
	$(call lab,report $(RUN) $(ARGS))

compare-locking: PLAN = registration/hot_course
compare-locking: .venv/lab ## Every locking strategy on one hot course, against pgbench: table and plot
	@$(BIN)/stampede compare $(PLAN) --guard LOCKING $(ARGS)

prove: .venv/dev ## Every strategy again and again: the right ones pass, the wrong ones are caught; every check can fail
	@$(BIN)/python -m pytest tests/integration/test_violations.py
	@$(BIN)/stampede prove $(SYSTEM) --guard $(GUARD) $(ARGS)

test: .venv/dev ## Unit, property and integration tests, on real servers that they start themselves (ARGS="-k drop")
	@$(BIN)/python -m pytest -n $(JOBS) tests/unit tests/property tests/integration $(ARGS)

test-all: test ## All tests: also whole runs on both stacks
	@$(BIN)/python -m pytest tests/e2e $(ARGS)

example-test: .venv/dev ## An API that is not ours: FAIL, and with FIXED=1 PASS
	@STACK=local $(BIN)/stampede --suite examples/flask_shop run shop/last_items $(ARGS)

lint: .venv/dev ## ruff and mypy
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: .venv/dev ## Speed, as ratios measured side by side
	@$(BIN)/python -m benchmarks $(ARGS)

COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

lock: .venv/dev ## Resolve requirements/*.in anew into exact versions with hashes
	@$(COMPILE) --upgrade requirements/local.in --output-file requirements/local.txt
	@for name in api lab dev; do \
		$(COMPILE) -c requirements/local.txt requirements/$$name.in --output-file requirements/$$name.txt; done

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
