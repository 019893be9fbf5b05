# Bare `make` lists the targets. Nothing is needed beforehand but Python 3.11 or newer: every target
# makes what it needs in .venv, and a second run does not install again. Programs are started through
# .venv's python, so that they go on working when the folder is moved or renamed.
#
# Any target runs on other versions of packages in an environment of its own, named .venv-...:
#     make test VENV=.venv-other WITH="numpy==2.0.2 matplotlib==3.9.4"
# with a new name for each WITH.

PYTHON ?= python3
VENV = .venv
export WITH =
PY = $(VENV)/bin/python
READER = $(VENV)/.reader-installed
DEV = $(VENV)/.dev-installed
FRAMEWORKS = $(VENV)/.frameworks-installed
PIP = $(PY) -m pip install --quiet --disable-pip-version-check
LITE_ENV = .venv-lite/.installed
PYTEST = OPENBLAS_NUM_THREADS=1 $(PY) -m pytest -p no:cacheprovider
TWO = -n 2 --dist loadfile  # the tests of one file, or the cells of one notebook, stay in one process
NBVAL = --nbval-lax --nbval-current-env --nbval-cell-timeout=300 notebooks

.DEFAULT_GOAL = help
.PHONY: help install serve lab test quick lint book publish pdf offline student slides figures \
	execute sync pages address twice fuzz sweep export oldest newest frameworks benchmark growth mutants clean

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' Makefile | expand -t 12

install: $(READER)  ## install the packages into .venv, and no more

serve: book  ## build the site and serve it on the first free port from 8000
	@$(PY) tools/serve.py

lab: $(READER)  ## open the chapters in JupyterLab
	@$(PY) -m nbformat.sign notebooks/*.ipynb > /dev/null
	$(PY) -m jupyterlab $$(test "$$(id -u)" != 0 || echo --allow-root) \
		--LabApp.default_url=/lab/tree/notebooks/00_a_network_in_a_minute.ipynb

test: $(DEV)  ## run every test: about forty minutes
	@$(PYTHON) tools/doctor.py browser
	$(MAKE) --no-print-directory lint
	$(PYTEST) $(TWO) tests --ignore=tests/site
	$(PYTEST) $(TWO) $(NBVAL)
	$(MAKE) --no-print-directory publish
	cd dist/student && $(subst $(PY),../../$(PY),$(PYTEST)) $(TWO) $(NBVAL)
	SITE_DIR=_build/html $(PYTEST) -n 3 -m "not alone" tests/site  # pages wait: three keep two cores busy
	SITE_DIR=_build/html $(PYTEST) -m alone tests/site  # what measures time has both cores

quick: $(DEV)  ## test mnist_core.py alone: under half a minute
	$(PYTEST) $(TWO) -m "not thorough" tests/test_core*.py

lint: $(DEV)  ## look for slips in code, spelling and prose
	$(PY) -m ruff check --no-cache --output-format=concise
	$(PY) -m codespell_lib
	@$(PY) -m check_jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@$(PY) -m check_jsonschema --builtin-schema vendor.citation-file-format CITATION.cff
	$(PY) tools/lint_prose.py
	$(PY) tools/rhythm.py
	$(PY) tools/ledger.py --check
	$(PY) tools/glossary.py --check
	$(PY) tools/reading_time.py --check
	$(PY) tools/prerequisites.py
	$(PY) tools/short_path.py

book: $(READER) $(if $(filter no,$(LITE)),,$(LITE_ENV))  ## build the site into _build/html; a warning is an error; LITE=no leaves JupyterLite out
	@rm -rf _build  # a page that is gone must not stay
	test "$(LITE)" = no || .venv-lite/bin/python tools/lite.py
	$(PY) $(VENV)/bin/jupyter-book build . --all -W -n --keep-going

publish: $(DEV)  ## build the site with all that it offers: JupyterLite, the PDFs, the packs for teachers, to go offline
	@$(PYTHON) tools/doctor.py browser
	@rm -rf dist
	$(MAKE) --no-print-directory book
	$(MAKE) --no-print-directory pdf student slides figures offline
	$(PY) tools/offer.py

pdf: $(DEV)  ## print the built site: a PDF of each chapter and of the whole book, into dist/pdf
	@$(PYTHON) tools/doctor.py browser
	$(PY) tools/pdf.py

offline: $(READER)  ## pack the built site, and the notebooks, to carry away: two zips in dist
	$(PY) tools/offline.py

student: $(READER)  ## write the notebooks without solutions and answers into dist/student
	$(PY) tools/student.py

slides: $(READER)  ## write a deck of slides for each chapter into dist/slides
	$(PY) tools/slides.py

figures: $(READER)  ## write every figure of the book as a file into dist/figures
	$(PY) tools/figures.py

execute: $(READER)  ## run every chapter and store its outputs in the normal form
	$(PY) tools/execute.py

sync: $(READER)  ## compare core cells and mnist_core.py; make sync WAY=--to-file or --to-cells writes
	$(PY) tools/sync.py $(WAY)

pages: $(READER)  ## write the ledger of formulas, and the links to the glossary
	$(PY) tools/ledger.py
	$(PY) tools/glossary.py

address: $(READER)  ## carry title, author and address from _config.yml to every place; TO=https://github.com/... sets the address
	@$(PY) tools/set_address.py $(TO)
	@$(PY) tools/execute.py --normalise

twice: $(READER)  ## run every cell of every chapter twice: a quarter of an hour
	$(PY) tools/twice.py

fuzz: $(READER)  ## give 10,000 damaged files to each function that reads one: a quarter of an hour
	$(PY) tools/fuzz.py

sweep: $(DEV)  ## run the long experiments whose results are missing; a stopped one goes on
	$(PY) tools/sweep.py

export: $(READER)  ## train and write what the live pages read, into book/_static/alive: some seconds
	$(PY) tools/export_page.py

oldest: $(DEV)  ## test the core, the labs and the chapters on the oldest NumPy and ipywidgets
	$(call others,oldest,cat)

newest:  ## test the core, the labs and the chapters on the newest NumPy, matplotlib and ipywidgets
	$(call others,newest,sed "s/==.*//")

frameworks: $(FRAMEWORKS)  ## install PyTorch and scikit-learn, for chapter 24, its tests and make benchmark: a few minutes

benchmark: $(DEV)  ## time an epoch beside PyTorch and scikit-learn, if they are there, and its bare matrix products: some minutes
	$(PY) tools/benchmark.py

growth: $(DEV)  ## measure how the time and memory of training grow: a minute or two; WRITE=--write renews the page
	$(PY) tools/growth.py $(WRITE)

mutants: $(DEV)  ## change mnist_core.py in two thousand ways and see that a test notices: a quarter of an hour; ONLY=Adam does one part
	OPENBLAS_NUM_THREADS=1 $(PY) tools/mutants.py $(ONLY)

clean:  ## remove what was built; the packages in .venv stay
	rm -rf _build dist .hypothesis .pytest_cache .ruff_cache
	find . -name ".venv*" -prune -o \( -name __pycache__ -o -name .ipynb_checkpoints \) \
		-prune -exec rm -rf {} +

# ---- what the targets need

# The tests that need no site, in an environment of its own with other versions of the packages.
define others
	test -x .venv-$(1)/bin/pip || $(PYTHON) -m venv .venv-$(1)
	$(2) requirements-oldest.txt > .venv-$(1)/requirements.txt
	.venv-$(1)/bin/python -m pip install --upgrade --quiet --disable-pip-version-check -r .venv-$(1)/requirements.txt
	OPENBLAS_NUM_THREADS=1 .venv-$(1)/bin/python -m pytest -p no:cacheprovider \
		tests/test_core*.py tests/test_labs.py tests/test_playground.py
	OPENBLAS_NUM_THREADS=1 .venv-$(1)/bin/python -m pytest -p no:cacheprovider \
		$(NBVAL)
endef

# The packages of a file, and those that WITH names instead.
define installed
	$(PIP) -r $(1)
	$(if $(WITH),$(PIP) $(WITH))
	@touch $@
endef

$(READER): requirements.txt
	@command -v $(PYTHON) > /dev/null || { echo "Python is missing: install Python 3.11 or newer."; exit 1; }
	@$(PYTHON) tools/doctor.py python
	@echo "Installing packages into $(VENV): a minute or two, this time only."
	test -x $(VENV)/bin/pip || $(PYTHON) -m venv $(VENV)
	$(call installed,requirements.txt)

$(DEV): requirements-dev.txt $(READER)
	$(call installed,requirements-dev.txt)

$(LITE_ENV): requirements-lite.txt
	test -x .venv-lite/bin/pip || $(PYTHON) -m venv .venv-lite
	.venv-lite/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-lite.txt
	@touch $@

$(FRAMEWORKS): requirements-frameworks.txt $(DEV)
	$(call installed,requirements-frameworks.txt)
