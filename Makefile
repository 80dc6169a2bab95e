# Two commands are all a new machine needs: `make app` and `make test`.
# What is already installed is not asked for again, so both work without a network the second time.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CHROMIUM := $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)

.PHONY: app install demo test test-quick reliability chromium lint messages docs check clean

app: demo
	$(BIN)/streamlit run app.py

install: $(VENV)/.app

# The demo corpus is synthesised and worked through once, so that the first start already shows everything.
demo: $(VENV)/.app
	$(BIN)/flamsid demo --prepare

# All tests, one process a core; a file stays in one process, so that what it prepared is prepared once.
test: $(VENV)/.test chromium
	$(BIN)/python -m pytest -n auto --dist loadfile $(PYTEST_ARGS)

# Ten thousand damaged files of each kind and thirty kills: about half an hour.
reliability: $(VENV)/.test
	FLAMSID_CASES=10000 FLAMSID_KILLS=30 $(BIN)/python -m pytest -n auto tests/reliability $(PYTEST_ARGS)

# What one runs after every change: no browser, no real recordings, nothing that takes long.
test-quick: $(VENV)/.test
	$(BIN)/python -m pytest -n auto --dist loadfile -m "not browser and not real and not slow" $(PYTEST_ARGS)

lint: $(VENV)/.lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tests/catalogues.py --check

# Collects new texts of the sources into the catalogues of all languages.
messages: $(VENV)/.app
	$(BIN)/python tests/catalogues.py

# The site: tutorials are the notebooks of notebooks/, API pages come from the docstrings; a broken link is an error.
docs: $(VENV)/.docs
	mkdir -p docs/notebooks && cp notebooks/*.ipynb docs/notebooks/
	FLAMSID_HOME=$(CURDIR)/docs/notebooks/exported $(BIN)/jupyter nbconvert --to notebook --execute --inplace --log-level=ERROR \
	  docs/notebooks/*.ipynb
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

check: test lint docs

$(BIN)/python:
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] \
	  && apt-get update -q && apt-get install -y -q python3-venv && $(PYTHON) -m venv $(VENV); } \
	  || { echo "Could not create $(VENV): install Debian's python3-venv (apt-get install python3-venv)." >&2; exit 1; }

$(VENV)/.app: $(BIN)/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.test: $(VENV)/.app
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $@

$(VENV)/.lint: $(VENV)/.app
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[lint]'
	@touch $@

$(VENV)/.docs: $(VENV)/.app
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'
	@touch $@

# The browser tests skip with a message where no Chromium can be had.
chromium:
	@if [ -z "$(CHROMIUM)" ]; then \
	  if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	    apt-get update -q && apt-get install -y -q --no-install-recommends chromium \
	      || echo "Chromium could not be installed: the browser tests will be skipped." >&2; \
	  else echo "No Chromium found (Debian: apt-get install chromium): the browser tests will be skipped." >&2; fi; fi

clean:
	rm -rf $(VENV) build dist site docs/notebooks *.egg-info
