# OmicsOracle: what one does with this folder. `make help` lists it.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# The first Python that is new enough, unless PYTHON is set.
NEW_ENOUGH := -c 'import sys; sys.exit(sys.version_info < (3, 11))'
PYTHON ?= $(shell for one in python3 python3.13 python3.12 python3.11 python3.14 python; do \
	"$$one" $(NEW_ENOUGH) 2>/dev/null && echo "$$one" && break; done)
BIN := .venv/bin
RUN_PYTHON := $(BIN)/python
PYTEST := $(RUN_PYTHON) -m pytest --numprocesses auto

# Production's settings, with secrets that are none: for the checks that need no server.
AS_IN_PRODUCTION := env DJANGO_SETTINGS_MODULE=omicsoracle.settings.production ENV_FILE=/dev/null \
	SECRET_KEY=0123456789-abcdefghijklmnopqrstuvwxyz-only-for-this-check \
	JWT_SIGNING_KEYS=1=0123456789-abcdefghijklmnopqrstuvwxyz-only-for-this-check \
	API_KEY_PEPPERS=1=only-for-this-check ALLOWED_HOSTS=omicsoracle.example \
	NCBI_EMAIL=check@omicsoracle.example

.PHONY: help docs browser pictures run test test-thorough check lint fix eval eval-understanding ontologies bench bench-accounts bench-admin bench-analytics bench-cache bench-edge bench-history bench-live bench-load bench-migrations bench-quotas bench-faults bench-soak bench-spike bench-stress profile drill drill-deploy alerts-live lock clean python packages development

help: ## list these commands
	@awk -F ' *## ' '/^[a-z-]+:.*##/ { split($$1, name, ":"); printf "  make %-14s %s\n", name[1], $$2 }' $(MAKEFILE_LIST)

run: packages ## start everything, show one answer, stay up (PORT=8000)
	@exec $(RUN_PYTHON) -m omicsoracle.run --with-parent

test: development ## run the tests, in parallel, on servers of their own
	@$(PYTEST) --quiet

test-thorough: development ## the tests with whole matrices and many more made-up requests: half an hour
	@$(PYTEST) --quiet --thorough

check: development lint ## all that must hold: lint, and the tests with their coverage
	@$(PYTEST) --quiet --durations=30 --durations-min=2 --cov --cov-report=term-missing:skip-covered

lint: development ## format, rules, imports, types, migrations, deployment, templates
	@$(BIN)/ruff format --check --quiet . || { echo "Not formatted: run make fix."; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/mypy .
	@$(AS_IN_PRODUCTION) $(RUN_PYTHON) -W ignore manage.py makemigrations --check --dry-run
	@$(AS_IN_PRODUCTION) $(RUN_PYTHON) manage.py check --deploy --fail-level WARNING
	@$(BIN)/djlint --lint --quiet templates
	@$(BIN)/hadolint Dockerfile
	@$(BIN)/zizmor --offline --quiet --no-progress .github/workflows
	@$(BIN)/shellcheck $(BASH_SCRIPTS)

BASH_SCRIPTS = .ci/run deploy/database/roles.sh $(shell grep -lE '^\#!/usr/bin/env bash' deploy/scripts/*)

.PHONY: audit licences secrets sbom
AUDIT := var/audit/bin
var/audit/installed: requirements/audit.txt
	@$(BIN)/uv venv --quiet --allow-existing --python $(RUN_PYTHON) var/audit
	@$(BIN)/uv pip sync --quiet --require-hashes --python $(AUDIT)/python requirements/audit.txt
	@touch $@

audit: development var/audit/installed ## look for known faults of packages, licences that will not do, secrets in the tree and the history
	@$(AUDIT)/pip-audit --strict --disable-pip --require-hashes --progress-spinner off -r requirements/base.txt -r requirements/backup.txt
	@$(RUN_PYTHON) -m deploy.licences
	@git ls-files -z | xargs -0 $(AUDIT)/detect-secrets-hook --no-verify --baseline .secrets.baseline
	@$(RUN_PYTHON) -m deploy.history

licences: development ## write docs/licences.md
	@$(RUN_PYTHON) -m deploy.licences

secrets: development var/audit/installed ## look for secrets in the tree anew; judge what is new in .secrets.baseline
	@$(AUDIT)/detect-secrets scan --no-verify --baseline .secrets.baseline && $(AUDIT)/detect-secrets audit .secrets.baseline

SBOM ?= var/sbom.cdx.json
sbom: development var/audit/installed ## list what the platform is made of, in CycloneDX's form (SBOM=var/sbom.cdx.json)
	@mkdir -p $(dir $(SBOM))
	@$(AUDIT)/pip-audit --strict --disable-pip --require-hashes --progress-spinner off --format cyclonedx-json --output $(SBOM) -r requirements/base.txt

fix: development ## format the code, mend what can be mended
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check .

# Their catalogues stay in a folder of their own.
MEASURING := VAR_DIR=var/evaluation DJANGO_SETTINGS_MODULE=omicsoracle.settings.testing

eval: development ## score the search on the corpus, and write docs/evaluation.md
	@$(MEASURING) $(RUN_PYTHON) -m tests.evaluation
	@$(MEASURING) $(RUN_PYTHON) -m tests.evaluation.quality

eval-understanding: development ## score how questions are read (docs/evaluation-understanding.md)
	@$(MEASURING) $(RUN_PYTHON) -m tests.evaluation.grounding

ontologies: development ## make the ontologies' files anew, from newer packages (docs/ontologies.md)
	@$(BIN)/uv pip install --quiet --no-deps --target var/ontologies -r requirements/ontologies.in
	@$(MEASURING) $(RUN_PYTHON) manage.py extract_ontologies var/ontologies

bench: development ## measure the speed (PARTS="requests search watching", or "requests --short")
	@$(MEASURING) $(RUN_PYTHON) -m tests.performance $(PARTS)

bench-accounts: development ## measure what is promised about accounts, over two servers
	@$(MEASURING) $(RUN_PYTHON) -m tests.performance.accounts $(PARTS)

bench-admin: development ## measure how quickly staff see lists of a million users (PARTS="--short")
	@$(MEASURING) LOG_LEVEL=WARNING $(RUN_PYTHON) -m tests.performance.admin $(PARTS)

bench-quotas: development ## measure what is promised about quotas (PARTS="faults", or "--short")
	@$(MEASURING) $(RUN_PYTHON) -m tests.performance.quotas $(PARTS)

bench-history: development ## measure what is promised about history (PARTS="rows hot", or "--short")
	@$(MEASURING) $(RUN_PYTHON) -m tests.performance.history $(PARTS)

bench-live: development ## measure how quickly a thousand sockets hear of changes
	@$(MEASURING) $(RUN_PYTHON) -m tests.performance.live

bench-analytics: development ## measure how quickly analytics are told (PARTS="--short")
	@$(MEASURING) $(RUN_PYTHON) -m tests.performance.analytics $(PARTS)

bench-migrations: development ## measure which locks migrations hold, and how long
	@$(MEASURING) $(RUN_PYTHON) -m tests.performance.migrations

bench-batch: development ## measure what is promised about batch jobs, over processes that are killed
	@$(MEASURING) $(RUN_PYTHON) -m tests.performance.batch $(PARTS)

bench-cache: development ## measure what is promised about the cache, over two servers
	@$(MEASURING) $(RUN_PYTHON) -m tests.performance.caching $(PARTS)

profile: packages ## show where the time of a search goes (QUESTION="breast cancer"), while `make run` is up
	@DJANGO_SETTINGS_MODULE=omicsoracle.settings.development $(RUN_PYTHON) manage.py profile $(if $(QUESTION),"$(QUESTION)")

drill: development ## back up, destroy, restore to a chosen second, and prove it (PARTS="--short")
	@$(MEASURING) $(RUN_PYTHON) -m tests.faults drill $(PARTS)

drill-deploy: development ## deploy good and bad releases under load, through nginx (PARTS="--short")
	@$(MEASURING) $(RUN_PYTHON) -m tests.deploy.drill $(PARTS)

bench-faults: development ## hurt PostgreSQL under load, and count the answers (PARTS="--short")
	@$(MEASURING) $(RUN_PYTHON) -m tests.faults bench $(PARTS)

bench-edge: development ## measure what 500 slow clients do to others, through nginx (PARTS="--short")
	@$(MEASURING) $(RUN_PYTHON) -m tests.performance.edge $(PARTS)

bench-load: development ## ask 1,000 times a second for a minute (PARTS="--rate 200", or "--short")
bench-stress: development ## ask more and more, up to 10,000 a second, and see what comes after (PARTS="--short")
bench-spike: development ## ask ten times as much all of a sudden (PARTS="--short")
bench-soak: development ## ask for half an hour, and see whether anything grows (PARTS="--minutes 1440", or "--short")
bench-load bench-stress bench-spike bench-soak:
	@$(MEASURING) $(RUN_PYTHON) -m tests.performance.endurance $(@:bench-%=%) $(PARTS)

browser: ## install Debian's Chromium, which the tests of the pages use (as root)
	@command -v chromium >/dev/null || { apt-get -qq update && apt-get -qq install --yes --no-install-recommends chromium >/dev/null; }

pictures: development ## start everything, take pictures of every page, weigh them (docs/web-app.md)
	@$(RUN_PYTHON) -m tests.e2e.pictures

alerts-live: development ## watch a platform with Prometheus, break it, see the alerts come and go
	@$(MEASURING) $(RUN_PYTHON) -m tests.performance.watching $(PARTS)

LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-header --no-emit-index-url --upgrade
lock: development ## pin the newest versions that requirements/*.in allow
	@cd requirements && ../$(LOCK) development.in --output-file development.txt
	@cd requirements && ../$(LOCK) base.in --constraint development.txt --output-file base.txt
	@cd requirements && ../$(LOCK) peer.in --output-file peer.txt
	@cd requirements && ../$(LOCK) backup.in --constraint development.txt --output-file backup.txt
	@cd requirements && ../$(LOCK) embedded.in --constraint development.txt --output-file embedded.txt
	@cd requirements && ../$(LOCK) node.in --output-file node.txt
	@cd requirements && ../$(LOCK) audit.in --output-file audit.txt
	@$(MAKE) licences

docs: development ## build the site of the documents, into var/site
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

clean: ## remove the environment and all caches; var/, your data, stays
	@rm -rf .venv .coverage* htmlcov staticfiles .pytest_cache .mypy_cache .ruff_cache \
		.import_linter_cache .hypothesis .schemathesis
	@find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +

python:
	@"$(PYTHON)" $(NEW_ENOUGH) 2>/dev/null || { \
		echo "Python 3.11 or newer is needed; found" \
		"$$("$(or $(PYTHON),python3)" --version 2>/dev/null || echo none):" \
		"install it or set PYTHON=/path/to/python3.11" >&2; exit 1; }

packages: python
	@"$(PYTHON)" -I omicsoracle/run/install.py run
	@$(RUN_PYTHON) -I omicsoracle/run/assets.py

development: python
	@"$(PYTHON)" -I omicsoracle/run/install.py development
	@$(RUN_PYTHON) -I omicsoracle/run/assets.py
