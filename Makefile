# The commands of everyday work. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help run test check lock clean install-run install-dev

# The first of these that is Python 3.11 or newer and can make virtual environments; where none
# can, the first that is new enough, whose install script then says what it lacks.
CANDIDATES = python3.13 python3.12 python3.11 python3.14 python3 python
NEW_ENOUGH = import sys; sys.exit(sys.version_info < (3, 11))
WHOLE = import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))
FIND_PYTHON = for wish in "$(WHOLE)" "$(NEW_ENOUGH)"; do for python in $(CANDIDATES); do \
	$$python -c "$$wish" 2>/dev/null && { echo $$python; exit; }; done; done
INSTALL = python=$$($(FIND_PYTHON)); \
	test -n "$$python" || { echo "Python 3.11 or newer is needed, and there is none on the PATH." >&2; exit 1; }; \
	$$python -I config/install.py

ROOMS = config webinars registrations notifications
BIN = .venv/bin
PYTHON = $(BIN)/python
# What a deployment would set. The checks connect to nothing.
DEPLOYMENT = SITE_URL=https://webinars.example DATABASE_URL=postgresql://db/webinars \
	REDIS_URL=redis://broker/0 EMAIL_URL=smtp+tls://user:password@relay:587 \
	SECRET_KEY=a-key-for-the-checks-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF \
	LINK_KEYS=another-key-for-the-checks-0123456789-abcdefghijklmnopqrstuvwxyz
# The tests have an SMTP server of their own: nothing listens on port 9.
ENGINES = SITE_URL=http://testserver EMAIL_URL=smtp://127.0.0.1:9 $(PYTHON) -m config.embedded --name test

help:  ## list these commands
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' Makefile | expand -t 14

run: install-run  ## start everything, with demo data, and say where it is
	@$(PYTHON) -m config.embedded $(PYTHON) -m config.launch

test: check  ## all checks, then all tests; ARGS="-k word" picks some
	@CHROMIUM="$$($(PYTHON) -m config.browser)" && export CHROMIUM && \
	$(ENGINES) $(PYTHON) -m pytest $(ARGS)

check: install-dev  ## style, types, imports, templates, migrations, deployment
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	find $(ROOMS) -name '*.html' -exec $(BIN)/djade --target-version 5.2 --check {} +
	$(BIN)/lint-imports
	$(DEPLOYMENT) $(PYTHON) -m mypy
	$(DEPLOYMENT) $(PYTHON) manage.py check --deploy --fail-level WARNING
	$(ENGINES) $(PYTHON) manage.py makemigrations --check --dry-run

lock:  ## resolve the requirements*.in again, newest versions, with hashes (needs uv)
	for name in requirements requirements-run requirements-dev; do \
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-header --upgrade $$name.in --output-file $$name.txt || exit; done

clean:  ## back to a fresh clone: delete .venv, the caches and the demo's data
	@test ! -e .venv/installed-run -a ! -e .venv/installed-dev || $(PYTHON) -m config.embedded --remove
	rm -rf .venv var .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find . -name '*.mo' -delete

install-run:
	@$(INSTALL) run

install-dev:
	@$(INSTALL) dev

.PHONY: bench
bench: install-dev  ## measure speed against baselines; prints tables
	@EMAIL_URL=smtp://127.0.0.1:9 $(PYTHON) -m config.embedded --name bench $(PYTHON) -m tests.bench $(ARGS)

.PHONY: journeys
journeys: install-dev  ## every path of a patient, every page's HTML and speed, many examples; prints what it did
	@CHROMIUM="$$($(PYTHON) -m config.browser)" && export CHROMIUM && \
	EXAMPLES=10 $(ENGINES) $(PYTHON) -m pytest -m "matrix or examples" --durations=5 $(ARGS)

.PHONY: pictures
pictures: install-dev  ## take the README's pictures afresh, into docs/
	@CHROMIUM="$$($(PYTHON) -m config.browser)" && export CHROMIUM && \
	PICTURES=docs $(ENGINES) $(PYTHON) -m pytest -m pictures $(ARGS)

.PHONY: faults
faults: install-dev  ## kill, stop and lie to everything, three times over; prints a table
	@SITE_URL=http://testserver $(PYTHON) -m tests.faults
