# make run   the service on http://127.0.0.1:8000, from the committed model
# make test  everything the tests need, then lint, types and the whole suite
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
BIN := .venv/bin
# Node comes as a wheel.
export PATH := $(CURDIR)/$(BIN):$(PATH)
NODE := postman tests/page tests/node clients/typescript

.PHONY: run test check contract faults lint types suite system audit lock generated sample features notebook screenshots openapi postman typescript clean

# Idle connections stay longer than a proxy in front reuses them (mostly 60 s), or it asks on one that is being closed: a 502.
run: .venv/runtime
	@echo "the service answers on http://$(HOST):$(PORT), its documentation on http://$(HOST):$(PORT)/docs; stop it with Ctrl-C"
	@$(BIN)/uvicorn app:app --host $(HOST) --port $(PORT) --log-level warning --no-server-header --timeout-keep-alive 75

test: system check

check: lint types suite

# Five thousand cases from the OpenAPI document, all checks, and as many hostile bodies of our own.
contract: .venv/development
	SCHEMATHESIS_EXAMPLES=1000 HOSTILE_BODIES=5000 $(BIN)/pytest -s tests/contract

# Ten minutes in which workers, Redis, disk, model set and language model fail, then fifty reloads and SIGTERMs, under load.
faults: .venv/development
	$(BIN)/python -W ignore -m benchmarks.faults

lint: .venv/development
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/development
	$(BIN)/mypy

suite: .venv/development
	$(BIN)/pytest -n 2 --dist loadfile

# System packages of the tests (a Redis server, a browser, PostgreSQL, Java) and what npm brings; says what is missing where it may not install.
system: .venv/development
	tests/system_packages.sh
	if command -v npm >/dev/null; then for folder in $(NODE); do npm --prefix $$folder ci --silent --no-audit --no-fund || exit; done; fi

# Known vulnerabilities of everything that is installed to serve; what cannot be looked up fails it too.
# An advisory that does not reach this service is let pass by its id, with the reason and a day to look again in a line above:
#   PYSEC-2026-0: only its command line is concerned, which nothing here calls; look again on 2027-03-01
AUDIT_EXCEPTIONS :=
audit: .venv/development
	$(BIN)/pip-audit --strict --disable-pip --require-hashes -r requirements.lock $(AUDIT_EXCEPTIONS:%=--ignore-vuln %)

# Pins requirements*.txt anew from requirements*.in, for every supported Python at once; requirements.lock is requirements.txt
# with the hash of every file, which is what is installed to serve.
lock: .venv/development
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-annotate --no-header requirements.in -o requirements.txt
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-annotate --no-header -c requirements.txt requirements-telemetry.in -o requirements-telemetry.txt
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-annotate --no-header requirements-dev.in -o requirements-dev.txt
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-annotate --no-header requirements-spark.in -o requirements-spark.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-annotate --no-header --generate-hashes requirements.txt -o requirements.lock

# The order lines of the invented shop that the page offers to try.
sample: .venv/development
	$(BIN)/python -m training.sample_shop app/web/static/sample_orders.csv

# Everything that is written by a program and committed; afterwards `git diff` shows what was stale.
generated: sample features openapi postman typescript

features: .venv/development
	$(BIN)/python -m scripts.write_features > docs/features.md

# Runs the notebook and keeps what its cells show; not among `generated`, for pictures differ by a byte everywhere.
notebook: .venv/development
	PYTHONPATH=$(CURDIR) $(BIN)/jupyter-execute --inplace docs/notebook.ipynb

# Asks the included model every named example, and writes the OpenAPI document with the answers in it.
openapi: .venv/development
	$(BIN)/python -W ignore -m scripts.record_examples
	$(BIN)/python -m scripts.write_openapi docs/openapi.json

# The collection and its environment, from the document and the named examples.
postman: openapi
	$(BIN)/python -m postman.collection

# The types of the TypeScript client, from the document.
typescript: openapi
	npm --prefix clients/typescript run --silent generate

# Pictures of the page's main states, for the documents.
screenshots: .venv/development
	$(BIN)/python -m tests.page.screenshots docs/images

clean:
	rm -rf .venv node_modules $(NODE:=/node_modules)

.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"Python 3.11 or newer is needed, {sys.version.split()[0]} found; try: make PYTHON=python3.13")'
	$(PYTHON) -m venv .venv
	touch $@

.venv/runtime: requirements.lock .venv/python
	$(BIN)/pip install --disable-pip-version-check --require-hashes -r requirements.lock
	touch $@

.venv/development: requirements-dev.txt requirements-spark.txt .venv/runtime
	$(BIN)/pip install --disable-pip-version-check -r requirements-dev.txt -r requirements-spark.txt
	touch $@
