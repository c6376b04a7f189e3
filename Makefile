# Every chore is one command; `make help` names them.
PYTHON ?= python3
BIN := .venv/bin
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header
# Two at a time, each with a PostgreSQL and a broker of its own: many tests wait for something. In the
# order of their names the files with the longest tests come first, and neither waits for the other.
PYTEST := $(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help demo test test-kafka test-keycloak chaos fuzz lint format bench contracts lock env clean

help: ## name each command
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

$(BIN)/tera: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(f"Tera needs Python 3.11 or newer; {sys.executable} is {v[0]}.{v[1]}. Try: make PYTHON=python3.12 demo") if v < (3, 11) else None'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(BIN)/tera ## run everything on this machine with real answers (ONCE=1: leave when done; BROKER=apache)
	$(BIN)/tera demo $(if $(ONCE),--once)

test: $(BIN)/tera ## all tests that need no container
	$(PYTEST) -m "not chaos and not fuzz" $(ARGS)

test-kafka: $(BIN)/tera ## the same tests against Apache Kafka (needs Java 17 or newer, and Maven)
	BROKER=apache $(PYTEST) $(ARGS)

test-keycloak: $(BIN)/tera ## sign in at a real Keycloak (needs Java 17 or newer, and Maven)
	TERA_KEYCLOAK_HOME=$$($(BIN)/python -m tests.support.keycloak) $(BIN)/python -m pytest tests/deploy -m keycloak $(ARGS)

chaos: $(BIN)/tera ## the tests that kill, freeze and stop things (LONG=1: again and again)
	$(if $(LONG),TERA_CHAOS=long) $(PYTEST) -m chaos $(ARGS)

fuzz: $(BIN)/tera ## bad input for every route of the registry (EXAMPLES=50: more of it for each)
	$(if $(EXAMPLES),TERA_EXAMPLES=$(EXAMPLES)) $(BIN)/python -m pytest -m fuzz $(ARGS)

lint: $(BIN)/tera ## style, types, borders between the rooms, contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/tera contracts check

format: $(BIN)/tera ## let the formatter decide
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(BIN)/tera ## ratios in one run, printed as a table
	$(BIN)/python -m bench

contracts: $(BIN)/tera ## freeze today's events as the released ones
	$(BIN)/tera contracts freeze

lock: ## choose newest versions and write their hashes, also of what the image holds (needs uv)
	$(LOCK) --upgrade --all-extras --output-file requirements.lock pyproject.toml
	$(LOCK) --constraints requirements.lock --output-file requirements-runtime.lock pyproject.toml
	echo hatchling | $(LOCK) --constraints requirements.lock --output-file requirements-build.lock -

env: ## write .env with random secrets for docker compose; what stands in it stays
	deploy/make_env.sh

clean: ## remove what can be made again
	rm -rf .venv .tera .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
