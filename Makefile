# The front door. `make` alone lists what there is.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup test demo check format lock benchmarks clean

help: ## list the commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

# The stamp makes `setup` free when nothing changed; the installer runs from inside .venv, so nothing
# is needed on the machine but Python and make.
.venv/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Counterfoil needs Python 3.11 or newer (PYTHON=/path/to/python3.11 make …)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

setup: .venv/.ready ## prepare .venv with the locked dependencies

test: setup ## format, lint, types, layers, then the whole suite
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto --dist worksteal $(ARGS)

check: setup ## the quick half of `make test`: format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

demo: setup ## play the story of the README; ARGS=--once plays and exits
	$(BIN)/counterfoil-demo $(ARGS)

benchmarks: setup ## what each thing costs in API calls, and the QuickBooks sandbox with a large company
	$(BIN)/python benchmarks/api_calls.py
	$(BIN)/python benchmarks/large_company.py

format: setup ## rewrite the sources in the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: setup ## resolve the dependencies again (uv fetched into .venv on demand)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --no-annotate --quiet -o requirements.lock

clean: ## remove what the build and the tests left
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .demo dist
