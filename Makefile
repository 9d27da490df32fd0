# `make demo` and `make test` need nothing but this checkout; everything else is a part of them or a longer proof.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON ?= python3.11
BIN := .venv/bin
PORT ?= 8000
export PORT
# A caller's own project settings must not leak into the checkout's environment
unexport DJANGO_SETTINGS_MODULE PYTHONPATH VIRTUAL_ENV

VENDOR := salesapp/static/vendor
NPM_CI := npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel error
PO := $(shell find salesapp/locale -name '*.po')
MO := $(PO:.po=.mo)

.PHONY: help demo test stop system services runtime dev bench chaos offline budgets attack audit lint types imports migrations pytest lock

help: ## what can be made
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 12

demo: system runtime services ## the demo town, running: prints its address and sign-ins
	@$(BIN)/python manage.py migrate --no-input --verbosity 1
	@$(BIN)/python manage.py grant_web_role > .local/grants.log
	@$(BIN)/python manage.py check --database default > .local/check.log 2>&1 || { cat .local/check.log; exit 1; }
	@$(BIN)/python manage.py seed_demo $(if $(MEMBERS),--members $(MEMBERS))
	@$(PYTHON) -m salesapp.local serve
	@echo "Open $$(cat .local/address)"

stop: ## end what `make demo` started
	@$(PYTHON) -m salesapp.local stop

test: testsystem dev services lint types imports migrations audit pytest ## every check and the whole suite

bench: system dev services ## the table of measured figures (MEMBERS=1000000)
	@$(BIN)/python -m tests.bench --members $(or $(MEMBERS),1000000)

chaos: dev services ## the long proofs of the contact promise, about an hour
	@$(BIN)/python -m tests.chaos

offline: dev services ## 1,000 runs of messages over broken networks and dying phones
	@$(BIN)/python -m tests.offline --runs 1000

budgets: dev services ## what the pages cost a phone, on a town of 50,000 communities; Lighthouse
	@$(BIN)/python -m tests.budgets

attack: dev services ## attacks on look-ups, limits, imports, map and API, a crawl of every page, a search for planted numbers
	@$(BIN)/python -m tests.attack

audit: ## the lock files against the advisories that are known
	@$(BIN)/python -m tests.audit

# --- parts --------------------------------------------------------------------------------------------

system:
	@$(PYTHON) -m salesapp.local system

testsystem:
	@$(PYTHON) -m salesapp.local system --with-tests

runtime: .venv/runtime.stamp $(VENDOR)/.stamp $(MO) .local/static.stamp

dev: .venv/dev.stamp $(VENDOR)/.stamp node_modules/.dev.stamp $(MO) .local/static.stamp

services:
	@$(PYTHON) -m salesapp.local start

.venv/runtime.stamp: requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing the locked Python packages"
	@$(BIN)/pip install --progress-bar on --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/dev.stamp: requirements-dev.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing the locked Python packages, tools included"
	@$(BIN)/pip install --progress-bar on --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ .venv/runtime.stamp

$(VENDOR)/.stamp: package-lock.json
	@echo "installing the locked npm packages"
	@$(NPM_CI) --omit=dev
	@mkdir -p $(VENDOR)
	@cp node_modules/maplibre-gl/dist/maplibre-gl.css node_modules/htmx.org/dist/htmx.min.js $(VENDOR)/
	@# without the line that names the source map: the map is not shipped
	@for script in maplibre-gl-csp maplibre-gl-csp-worker; do \
		sed '/^\/\/# sourceMappingURL=/d' node_modules/maplibre-gl/dist/$$script.js > $(VENDOR)/$$script.js; done
	@touch $@

node_modules/.dev.stamp: $(VENDOR)/.stamp
	@echo "installing the npm packages of the tests"
	@$(NPM_CI)
	@touch $@

%.mo: %.po
	@msgfmt --check-format -o $@ $<

.local/static.stamp: $(VENDOR)/.stamp $(shell find salesapp/static geo -path '*static*' -type f -not -path '*/vendor/*') requirements.txt
	@mkdir -p .local
	@SECRET_KEY=collectstatic $(BIN)/python manage.py collectstatic --no-input --clear --verbosity 0 --skip-checks
	@touch $@

lint:
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types:
	@$(BIN)/mypy .

imports:
	@$(BIN)/lint-imports --no-logo

migrations:
	@$(BIN)/python manage.py makemigrations --check --dry-run

pytest:
	@$(BIN)/python -m pytest -n 2 --dist loadgroup --cov --cov-report term:skip-covered

lock: ## renew the lock files (needs uv)
	uv pip compile pyproject.toml --python-version 3.11 --generate-hashes --no-header --no-emit-index-url -U -o requirements.txt
	uv pip compile pyproject.toml --group dev --python-version 3.11 --generate-hashes --no-header --no-emit-index-url -U -o requirements-dev.txt
	npm install --package-lock-only --ignore-scripts
