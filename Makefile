# Bare `make` lists the targets. Nothing is needed beforehand but Python 3.11 or newer: every target
# makes what it needs in .venv, and a second run does not install again. Programs are started through
# .venv's python, so that they go on working when the folder is moved or renamed.

PYTHON ?= python3
PY = .venv/bin/python
READER = .venv/.reader-installed
DEV = .venv/.dev-installed
FRAMEWORKS = .venv/.frameworks-installed
PIP = $(PY) -m pip install --quiet --disable-pip-version-check
PYTEST = OPENBLAS_NUM_THREADS=1 $(PY) -m pytest -p no:cacheprovider
TWO = -n 2 --dist loadfile  # two notebooks at a time; two browsers would wait for each other

.DEFAULT_GOAL = help
.PHONY: help serve lab test quick lint book execute sync pages address twice sweep export oldest frameworks benchmark clean

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' Makefile | expand -t 12

serve: book  ## build the site and serve it on the first free port from 8000
	@$(PY) tools/serve.py

lab: $(READER)  ## open the chapters in JupyterLab
	@$(PY) -m nbformat.sign notebooks/*.ipynb > /dev/null
	$(PY) -m jupyterlab $$(test "$$(id -u)" != 0 || echo --allow-root) \
		--LabApp.default_url=/lab/tree/notebooks/00_a_network_in_a_minute.ipynb

test: $(DEV)  ## run every test: about half an hour
	@$(PYTHON) tools/doctor.py browser
	$(MAKE) --no-print-directory lint
	$(PYTEST) tests --ignore=tests/site
	$(PYTEST) $(TWO) --nbval-lax --nbval-current-env --nbval-cell-timeout=300 notebooks
	$(MAKE) --no-print-directory book
	SITE_DIR=_build/html $(PYTEST) tests/site

quick: $(DEV)  ## test mnist_core.py alone: under half a minute
	$(PYTEST) tests/test_core*.py

lint: $(DEV)  ## look for slips in code, spelling and prose
	$(PY) -m ruff check --no-cache --output-format=concise
	$(PY) -m codespell_lib
	$(PY) tools/lint_prose.py
	$(PY) tools/rhythm.py
	$(PY) tools/ledger.py --check
	$(PY) tools/glossary.py --check

book: $(READER)  ## build the site into _build/html; a warning is an error
	@rm -rf _build  # a page that is gone must not stay
	$(PY) .venv/bin/jupyter-book build . --all -W -n --keep-going

execute: $(READER)  ## run every chapter and store its outputs in the normal form
	$(PY) tools/execute.py

sync: $(READER)  ## compare core cells and mnist_core.py; make sync WAY=--to-file or --to-cells writes
	$(PY) tools/sync.py $(WAY)

pages: $(READER)  ## write the ledger of formulas, and the links to the glossary
	$(PY) tools/ledger.py
	$(PY) tools/glossary.py

address:  ## write a repository's address everywhere: make address TO=https://github.com/...
	@$(PYTHON) tools/set_address.py $(TO)

twice: $(READER)  ## run every cell of every chapter twice: a quarter of an hour
	$(PY) tools/twice.py

sweep: $(DEV)  ## run the long experiments whose results are missing; a stopped one goes on
	$(PY) tools/sweep.py

export: $(READER)  ## train and write what the live pages read, into book/_static/alive: some seconds
	$(PY) tools/export_page.py

oldest: $(DEV)  ## test the core, the labs and the chapters on the oldest NumPy and ipywidgets
	test -x .venv-oldest/bin/pip || $(PYTHON) -m venv .venv-oldest
	.venv-oldest/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-oldest.txt
	OPENBLAS_NUM_THREADS=1 .venv-oldest/bin/python -m pytest -p no:cacheprovider \
		tests/test_core*.py tests/test_labs.py tests/test_playground.py
	OPENBLAS_NUM_THREADS=1 .venv-oldest/bin/python -m pytest -p no:cacheprovider \
		--nbval-lax --nbval-current-env --nbval-cell-timeout=300 notebooks

frameworks: $(FRAMEWORKS)  ## install PyTorch, for chapter 24 and its tests: a few minutes

benchmark: $(DEV)  ## time an epoch against its bare matrix products, and against PyTorch if it is there
	$(PY) tools/benchmark.py
	$(PY) tools/race.py

clean:  ## remove what was built; the packages in .venv stay
	rm -rf _build .hypothesis .pytest_cache .ruff_cache
	find . -name ".venv*" -prune -o \( -name __pycache__ -o -name .ipynb_checkpoints \) \
		-prune -exec rm -rf {} +

# ---- what the targets need

$(READER): requirements.txt
	@command -v $(PYTHON) > /dev/null || { echo "Python is missing: install Python 3.11 or newer."; exit 1; }
	@$(PYTHON) tools/doctor.py python
	@echo "Installing packages into .venv: a minute or two, this time only."
	test -x .venv/bin/pip || $(PYTHON) -m venv .venv
	$(PIP) -r requirements.txt
	@touch $@

$(DEV): requirements-dev.txt $(READER)
	$(PIP) -r requirements-dev.txt
	@touch $@

$(FRAMEWORKS): requirements-frameworks.txt $(DEV)
	$(PIP) -r requirements-frameworks.txt
	@touch $@
