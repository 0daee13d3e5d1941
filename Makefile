# Two commands: `make run` and `make test`. Everything they need is installed by them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.run-$(shell cat pyproject.toml requirements.lock | sha256sum | cut -c1-16)
DEV_STAMP := $(VENV)/.dev-$(shell cat pyproject.toml requirements-dev.lock | sha256sum | cut -c1-16)
MUTANTS_STAMP := $(VENV)/.mutants-$(shell cat pyproject.toml requirements-dev.lock requirements-mutants.lock | sha256sum | cut -c1-16)
# One process of tests a core and one more, since some wait, up to four; each module stays in one, with its servers.
WORKERS ?= $(shell n=$$(nproc); echo $$((n < 3 ? n + 1 : 4)))
# What pytest writes of a run, under the commit that it played: `make targets` reads there how the tests ended.
REPORT := build/junit.xml
COMMIT = $(shell git describe --always --dirty --abbrev=12 --exclude '*' 2>/dev/null || echo inconnu)
REPORTED = --junitxml=$(REPORT) -o junit_suite_name=$(COMMIT)
SHARED := --numprocesses $(WORKERS) --dist loadscope --no-loadscope-reorder
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help run demo install install-dev test soak stack lint types contracts unit integration journeys bench mutants docs targets publish lock wheelhouse clean

help: ## liste des commandes
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | column -t -s "$$(printf '\t')"

run: $(RUN_STAMP) ## installe ce qu'il faut et démarre l'application
	@$(BIN)/ptce-aap serve

demo: $(RUN_STAMP) ## démarre l'application avec la démonstration (données fictives)
	@$(BIN)/ptce-aap serve --demo

install: $(RUN_STAMP) ## prépare l'environnement sans démarrer

install-dev: $(DEV_STAMP)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 ou plus récent est nécessaire.")'
	@$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): $(VENV)/bin/python
	@echo "Installation des dépendances (verrouillées et vérifiées)…"
	@$(PIP) install --require-hashes --no-deps -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@rm -f $(VENV)/.run-*; touch $@

$(DEV_STAMP): $(VENV)/bin/python
	@echo "Installation des dépendances de développement (verrouillées et vérifiées)…"
	@$(PIP) install --require-hashes --no-deps -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@rm -f $(VENV)/.dev-*; touch $@

$(MUTANTS_STAMP): $(DEV_STAMP)
	@$(PIP) install --require-hashes --no-deps -r requirements-mutants.lock
	@rm -f $(VENV)/.mutants-*; touch $@

test: lint types contracts ## installe ce qu'il faut et passe tous les tests
	@$(BIN)/pytest $(SHARED) $(REPORTED) --quiet

ON_THE_STACK := tests/stack $(addprefix tests/integration/test_,$(addsuffix .py,floods kills gunicorn database_rights races deadline queue_away))

# nginx comes from the system (nginx-light of Debian); the S3 server from a lock of its own, on top of the others.
stack: $(DEV_STAMP) ## rejoue les essais sur la pile de production : nginx, gunicorn, PostgreSQL, Valkey, S3 (long)
	@$(PIP) install --require-hashes --no-deps -r requirements-stack.lock
	@PTCE_STACK=production PTCE_TEST_ENGINES=postgresql $(BIN)/pytest $(ON_THE_STACK) --quiet --durations=20

soak: $(DEV_STAMP) ## rejoue les essais répétés aux nombres énoncés (long)
	@PTCE_SOAK=1 $(BIN)/pytest -m soak --quiet --durations=20

lint: $(DEV_STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(DEV_STAMP)
	@$(BIN)/mypy

contracts: $(DEV_STAMP)
	@$(BIN)/lint-imports --config pyproject.toml

unit: $(DEV_STAMP)
	@$(BIN)/pytest tests/unit tests/repository

integration: $(DEV_STAMP)
	@$(BIN)/pytest tests/integration

journeys: $(DEV_STAMP)
	@$(BIN)/pytest tests/journeys

bench: $(DEV_STAMP) ## mesure l'application et affiche les tableaux
	@$(BIN)/python -m tests.bench

mutants: $(MUTANTS_STAMP) ## met des fautes dans les modules qui décident et compte celles que les tests trouvent (long)
	@nice -n 10 $(BIN)/python -m tests.mutation $(OF)

docs: $(DEV_STAMP) ## recompose les pages de docs/ qui sont tirées du programme
	@$(BIN)/python -m tests.permissions.page
	@$(BIN)/python -m tests.targets.page
	@$(BIN)/python -m tests.personal_data_page

# With JUNIT=report.xml (that of `make test`, of `make soak`, several of one commit) nothing is played.
targets: $(DEV_STAMP) ## rejoue les essais des cibles et recompose docs/targets.md (JUNIT=build/junit.xml : sans rejouer)
	@played=0; [ -n "$(JUNIT)" ] || $(BIN)/pytest $(SHARED) $(REPORTED) --quiet -m target || played=$$?; \
		$(BIN)/python -m tests.targets.page $(or $(JUNIT),$(REPORT)) && exit $$played

publish: ## enregistre l'empreinte des définitions livrées (forms/ et scoring/)
	@for folder in forms scoring; do \
		(cd $$folder && find . -path '*/demonstration' -prune -o '(' -name '*.toml' -o -name '*.csv' ')' -print | sed 's|^\./||' | LC_ALL=C sort | xargs sha256sum > published.sha256); \
	done

lock: ## recalcule les verrous (demande uv)
	uv pip compile pyproject.toml --extra build --generate-hashes --no-emit-index-url --universal --python-version 3.11 --quiet --custom-compile-command "make lock" -o requirements.lock
	uv pip compile pyproject.toml --extra build --extra production --generate-hashes --no-emit-index-url --universal --python-version 3.11 --quiet --custom-compile-command "make lock" -o requirements-production.lock
	uv pip compile pyproject.toml --extra build --extra production --extra dev --generate-hashes --no-emit-index-url --universal --python-version 3.11 --quiet --custom-compile-command "make lock" -o requirements-dev.lock
	uv pip compile pyproject.toml --extra build --extra production --extra dev --extra stack --generate-hashes --no-emit-index-url --universal --python-version 3.11 --quiet --custom-compile-command "make lock" -o requirements-stack.lock
	uv pip compile --group mutants --constraint requirements-dev.lock --generate-hashes --no-emit-index-url --universal --python-version 3.11 --quiet --custom-compile-command "make lock" -o requirements-mutants.lock

# For the Python of this machine, whatever its last number: what only its first releases need comes too. For another
# machine: WHEELS="--platform manylinux_2_28_x86_64 --python-version 3.12".
wheelhouse: $(RUN_STAMP) ## rassemble dans wheelhouse/ de quoi installer sans réseau (docs/wheelhouse.md)
	@rm -rf wheelhouse && mkdir wheelhouse
	@echo "Téléchargement des roues verrouillées…"
	@sed -E "s/ ; python_full_version < '3\.[0-9]+\.[0-9]+'//" requirements-production.lock > wheelhouse/every.lock
	@$(PIP) download --require-hashes --no-deps --only-binary :all: $(WHEELS) -r wheelhouse/every.lock -d wheelhouse
	@rm wheelhouse/every.lock
	@$(BIN)/python -m hatchling build -t wheel -d wheelhouse >/dev/null
	@cp requirements-production.lock wheelhouse/
	@cd wheelhouse && sha256sum -- * > SHA256SUMS && echo "wheelhouse/ : $$(ls *.whl | wc -l) roues, $$(du -sh . | cut -f1)."

clean: ## efface l'environnement (jamais instance/)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
