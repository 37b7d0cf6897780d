# Targets are documented by the text after two hashes; `make` prints them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# Without resolving (the lock is complete) and without compiling ahead: half the time.
PIP    := $(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes --no-deps --no-compile
# The project itself is installed in place, without looking for build tools on a network.
SELF   := $(BIN)/python -m pip --disable-pip-version-check install --quiet --no-build-isolation --no-deps --no-index --editable .

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-console pictures test check lint types quick fmt lock bundle bench clean soak fuzz compose-test units-test

help: ## Print this help
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  \033[1mmake %-12s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "doisoat needs Python 3.11 or newer; set PYTHON=…"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt pyproject.toml | $(VENV)/bin/python
	$(PIP) -r requirements.txt
	$(SELF)
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	$(PIP) -r requirements-dev.txt
	@touch $@

setup: $(VENV)/.run ## Make the environment in .venv/ from the lock file

demo: $(VENV)/.run ## Poll two simulators, read invented registers, write the report
	@$(BIN)/python -m tests.simulators.demo

demo-console: $(VENV)/.run ## Open the demo's district in the web console, with one account a role
	@test -d demo/data || $(BIN)/python -m tests.simulators.demo
	@$(BIN)/python -m tests.simulators.demo_console

test: $(VENV)/.dev ## Run the whole test suite; it starts the servers that it needs
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder --durations=25 --durations-min=5

soak: $(VENV)/.dev ## Faults and histories with many rounds (ROUNDS=50), and the bounds of each recovery
	@DOISOAT_FAULT_ROUNDS=$(or $(ROUNDS),50) DOISOAT_HISTORIES=$(or $(ROUNDS),50) $(BIN)/python -m pytest -q -s tests/worker/service/test_faults.py tests/worker/service/test_long_polls.py tests/worker/store/test_lost_replies.py tests/worker/service/test_crash.py tests/worker/run/test_by_change.py tests/reconcile/test_by_change_alone.py

compose-test: $(VENV)/.dev ## Build and start docker-compose.yml, kill each container, take it down and up, upgrade it
	@$(BIN)/python -m tests.compose

units-test: $(VENV)/.dev ## Install the bundle and start the systemd units in a container of their own (Debian, root)
	@$(BIN)/python -m tests.units

fuzz: $(VENV)/.dev ## Odd answers, cells, names and addresses for an hour (MINUTES=60), each time others
	@$(BIN)/python -m tests.fuzz $(or $(MINUTES),60)

pictures: $(VENV)/.dev ## Make the pictures of the handbook anew, by the tests that look at its pages
	@$(BIN)/python -m tests.pictures

check: $(VENV)/.dev ## Lint, types, import rules and the fast tests, side by side
	@$(MAKE) --no-print-directory -j 2 lint types quick

lint: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-logo

types: $(VENV)/.dev
	@$(BIN)/mypy

quick: $(VENV)/.dev
	@$(BIN)/python -m pytest -q -x -n 2 --dist loadfile -m "not slow" tests/reconcile tests/config tests/test_house.py tests/test_rooms.py tests/test_handbook.py

fmt: $(VENV)/.dev ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix --quiet .

lock: ## Resolve the dependencies anew (needs uv on the PATH)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet --extra build pyproject.toml -o requirements.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet --extra build --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet --extra build --extra dev --extra bench -c requirements-dev.txt pyproject.toml -o requirements-bench.txt

$(VENV)/.bench: requirements-bench.txt $(VENV)/.dev
	$(PIP) -r requirements-bench.txt
	@touch $@

bundle: $(VENV)/.run ## Pack wheels, checksums and an installer for a machine without any network
	@deploy/bundle.sh $(BIN)/python

bench: $(VENV)/.bench ## Measure everything this machine can and write bench/RESULTS.md
	@$(BIN)/python -m bench.run

clean: ## Remove what make made
	rm -rf $(VENV) demo bench/out *.egg-info
