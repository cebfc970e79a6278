# What can be done here. `make` alone lists it; a target is explained by the words after its ##.
SHELL := /bin/bash
.DEFAULT_GOAL := help
BIN := .venv/bin

# Given on the command line, as in: make demo EXIT=1 DEMO_ARGS="--port 18080"
DEMO_ARGS ?=
EXIT ?=
SANDBOX ?=
TEST_ARGS ?=
TEST_PROCESSES ?= 2
BENCH_ARGS ?=
REPEAT ?= 1

.PHONY: help
help: ## list what can be done here
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## install what is missing: uv, and the locked packages in .venv
	@scripts/bootstrap

.PHONY: demo
demo: setup ## start the whole system on http://127.0.0.1:8080 and walk through it (EXIT=1 ends after that; DEMO_ARGS="--port 18080 --data-dir DIR --json FILE --reset")
	@$(BIN)/lienthong demo $(if $(filter-out 0,$(EXIT)),--exit) $(DEMO_ARGS)

.PHONY: test
test: setup ## run every test, in two processes, each on a private PostgreSQL and RabbitMQ (TEST_ARGS="-k receipt" and what else pytest takes; TEST_PROCESSES=0 runs them one after the other)
	@scripts/ensure-test-servers
	$(BIN)/pytest -n $(TEST_PROCESSES) --dist loadfile $(TEST_ARGS)

.PHONY: test-unit
test-unit: setup ## run the tests that need no server
	$(BIN)/pytest -m "not integration and not fault and not e2e" $(TEST_ARGS)

.PHONY: test-faults
test-faults: setup ## run the tests that kill processes and servers (REPEAT=20 runs them twenty times in a row)
	@scripts/ensure-test-servers
	$(BIN)/pytest -m fault --repeat $(REPEAT) tests/faults chassis gateway services $(TEST_ARGS)

.PHONY: check
check: check-style check-types check-walls check-migrations check-contracts ## everything that a change must pass besides the tests

.PHONY: check-style
check-style: setup ## … ruff: lint and format
	$(BIN)/ruff check
	$(BIN)/ruff format --check

.PHONY: check-types
check-types: setup ## … mypy --strict
	$(BIN)/mypy

.PHONY: check-walls
check-walls: setup ## … import-linter: who may import whom
	$(BIN)/lint-imports --no-cache

.PHONY: check-migrations
check-migrations: setup ## … squawk: migrations that would lock or lose
	scripts/check-migrations

.PHONY: check-contracts
check-contracts: setup ## … the files of contracts/ are what the code says, and break no one who reads them today
	$(BIN)/lienthong contracts --check

.PHONY: contracts
contracts: setup ## remake the JSON Schema, AsyncAPI and OpenAPI files from the code
	$(BIN)/lienthong contracts

.PHONY: bench
bench: setup ## measure, and print a table (BENCH_ARGS="--json FILE")
	@scripts/ensure-test-servers
	$(BIN)/python -m tests.bench $(BENCH_ARGS)

.PHONY: up
up: ## run it with docker compose on this machine, each service by itself (SANDBOX=1: ministry, VNPAY and sign-in simulated)
	@deploy/compose/control up $(if $(filter-out 0,$(SANDBOX)),--sandbox)

.PHONY: down
down: ## stop what `make up` started; its data stay
	@deploy/compose/control down

.PHONY: fmt
fmt: setup ## format the code and mend what ruff can mend
	$(BIN)/ruff check --fix --exit-zero
	$(BIN)/ruff format

.PHONY: clean
clean: ## remove what tests and tools left; .venv, .tools and the demo's data (.sandbox) stay
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .bench dist
	find . -name __pycache__ -not -path './.venv/*' -not -path './.tools/*' -prune -exec rm -rf {} +
