# Run, test and look after the product. `make help` lists everything.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Python itself comes from the machine, never from a download.
export UV_PYTHON_DOWNLOADS := never
export UV_CUSTOM_COMPILE_COMMAND := make lock
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Tests start dozens of processes: each module is compiled once, not once for each.
export PYTHONDONTWRITEBYTECODE :=

PY := .venv/bin/python
UV := .venv/bin/uv
APPS := ppob security tenants catalog inventory payments bot
RUN_FILES := requirements.txt requirements-embedded.txt
ALL_FILES := $(RUN_FILES) requirements-dev.txt
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url $(UPGRADE)
# Tests wait for servers, browsers and other processes: one more than there are cores.
WORKERS ?= $(shell expr $$(nproc 2>/dev/null || echo 2) + 1)
TEST := $(PY) -m pytest -n $(WORKERS) -p no:randomly

.PHONY: help run test suite quick check audit format lock reset bench crash \
	topups faults mutants soak messages pin-images deploy

help: ## What this file can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' \
		$(MAKEFILE_LIST)

run: .venv/.run ## Start the whole product on this machine (Ctrl-C stops it)
	@$(PY) manage.py up

# Side by side: types take half a minute on one core.
test: .venv/.dev ## Every check and every test
	@$(MAKE) -j2 check suite

suite: .venv/.dev ## Every test
	@$(TEST) $(ARGS)

quick: .venv/.dev ## What a change most likely broke, in three minutes at most
	@$(TEST) --quick $(ARGS)

check: .venv/.dev ## Format, lint, types and import rules
	@.venv/bin/ruff format --check --quiet . \
		|| { echo 'Run `make format`.'; .venv/bin/ruff format --check .; exit 1; }
	@.venv/bin/ruff check --quiet .
	@.venv/bin/mypy $(APPS)
	@.venv/bin/lint-imports --no-cache

audit: .venv/.dev ## Known weaknesses of pinned packages (ARGS=--strict before a release)
	@$(PY) .ci/audit.py $(ARGS)

format: .venv/.dev ## Rewrite the code in the house format
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

lock: .venv/.dev ## Resolve requirements*.in again (UPGRADE=--upgrade for newer ones)
	@$(COMPILE) requirements-boot.in -o requirements-boot.txt
	@$(COMPILE) requirements.in -o requirements.txt
	@$(COMPILE) requirements-embedded.in -o requirements-embedded.txt
	@$(COMPILE) requirements-dev.in -o requirements-dev.txt

reset: .venv/.run ## Stop the product and delete this machine's data
	@$(PY) -m ppob.local.reset

bench: .venv/.dev ## Measure the hot paths on this machine
	@$(PY) -m tests.bench $(ARGS)
	@$(PY) -m tests.bench.walls
	@$(PY) -m tests.bench.prices
	@$(PY) -m tests.bench.scale

KILLS ?= 10000
SEED ?= 1

crash: .venv/.dev ## Kill processes 10,000 times; nothing may be lost (KILLS, SEED)
	@$(PY) -m tests.crash --kills $(KILLS) --seed $(SEED) $(ARGS)
	@$(PY) -m tests.faults

SCRIPTS ?= 10000

topups: .venv/.dev ## Random top-ups at three suppliers (SCRIPTS, SEED)
	@TOPUP_SCRIPTS=$(SCRIPTS) TOPUP_SEED=$(SEED) $(TEST) -q tests/topups

faults: .venv/.dev ## Let PostgreSQL, Valkey and workers die under sales (RUNS)
	@$(PY) -m tests.faults $(RUNS)

mutants: .venv/.dev ## Plant faults one by one; the tests must notice (ARGS="--only money")
	@$(PY) -m tests.mutants --workers $(WORKERS) $(ARGS)

soak: .venv/.dev ## A quarter of an hour of mixed load on the real processes
	@$(PY) -m tests.bench.soak

messages: .venv/.dev ## Collect texts to translate and compile the catalogs
	@command -v msgfmt >/dev/null || { \
		echo 'gettext is missing: sudo apt-get install gettext'; exit 1; }
	@$(PY) manage.py makemessages --locale id --no-obsolete \
		--ignore '.venv/*' --ignore 'tests/*' --add-location file
	@$(PY) manage.py compilemessages --ignore '.venv'

# --- Production -------------------------------------------------------------------------

COMPOSE := docker compose --env-file .env --env-file deploy/images.lock
PROGRAMS := web ws worker beat bot

pin-images: ## Ask the registries which images are meant, to the byte
	@deploy/pin-images

# No process of the old version meets tables of the new one: they stop for the migration.
deploy: ## Build and start the installation of compose.yaml on this host
	@deploy/pin-images --check
	@$(COMPOSE) build
	@$(COMPOSE) stop $(PROGRAMS)
	@$(COMPOSE) up --detach $(ARGS)

# --- The virtual environment ------------------------------------------------------------

$(UV): requirements-boot.txt
	@python=; \
	for candidate in $(PYTHON) python3.11 python3.12 python3.13 python3; do \
		if $$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
			2>/dev/null; then python=$$candidate; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo 'Python 3.11 or newer is needed (make run PYTHON=/path/to/python).'; \
		exit 1; \
	fi; \
	if ! $$python -c 'import ensurepip, venv' 2>/dev/null; then \
		echo 'The venv module is missing: sudo apt-get install python3-venv'; \
		exit 1; \
	fi; \
	echo "Preparing .venv with $$($$python --version) …"; \
	[ -x $(PY) ] || $$python -m venv .venv; \
	$(PY) -m pip install --quiet --require-hashes -r requirements-boot.txt
	@touch $@

# uv does not read pip's configuration; where only pip reaches a mirror, pip installs.
.venv/.run: $(UV) $(RUN_FILES)
	@echo 'Installing the product …'
	@$(UV) pip install --quiet --python $(PY) --require-hashes $(RUN_FILES:%=-r %) \
		|| $(PY) -m pip install --quiet --require-hashes $(RUN_FILES:%=-r %)
	@touch $@

.venv/.dev: $(UV) $(ALL_FILES)
	@echo 'Installing the product and its tools …'
	@$(UV) pip sync --quiet --python $(PY) --require-hashes $(ALL_FILES) \
		|| $(PY) -m pip install --quiet --require-hashes $(ALL_FILES:%=-r %)
	@touch .venv/.run $@
