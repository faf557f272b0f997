# Each target sets up what it needs in .venv, once, and again when settings.ini or setup.py changes.
SHELL  := /bin/bash
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
FLAGS  ?=          # make test FLAGS=pretrained also runs the cells that need the ImageNet weights
FLICKR8K ?=       # a folder with images/, captions.txt, train.txt, dev.txt: make assets FLICKR8K=data/flickr8k
CACHE  ?= build/flickr8k # features and trainings on the way from there
NB     ?= nbs      # make test NB=nbs/03_saliency.ipynb, make outputs NB="nbs/00_layers.ipynb nbs/01_rnn.ipynb"

.PHONY: help demo test fuzz bench lab outputs readme docs docs-serve docs-check pdf assets photographs-captioner wheel dist-check clean
help:
	@echo "make demo      train a captioner on scenes, look into a network; leaves demo/index.html"
	@echo "make test      check that export, clean and README.md are up to date, then run every notebook (NB=... for some)"
	@echo "make fuzz      break 3,000 files and count what is read and what refused; some minutes"
	@echo "make bench     measure everything against its peers; a quarter of an hour on a quiet machine"
	@echo "                 with FLICKR8K=folder: measure captioners of photographs instead; hours, can be stopped and gone on with"
	@echo "make lab       open the notebooks in Jupyter (FLAGS=--no-browser, for example)"
	@echo "make outputs   run the notebooks and store their outputs (NB=nbs/01_rnn.ipynb for one)"
	@echo "make readme    write README.md from nbs/index.ipynb"
	@echo "make docs      build the site in _docs/; docs-serve shows it while you edit, docs-check looks for faults"
	@echo "make pdf       the whole book as a PDF in _docs/, by Chromium (FLAGS='--pages 03_saliency' for some pages)"
	@echo "make assets    train the bundled network and captioners again from their seeds (FLICKR8K=folder for photographs)"
	@echo "make wheel     build a wheel and an sdist in dist/; dist-check installs and tries both in empty environments"
	@echo "make clean     remove .venv and everything that was built"

demo: $(VENV)/.photographs
	$(BIN)/cs231n demo

# Exporting and cleaning must change nothing.
test: $(VENV)/.dev
	@$(BIN)/python docs/sources.py --check
	@$(BIN)/python docs/readme.py --check
	@export OMP_NUM_THREADS=$${OMP_NUM_THREADS:-1} MPLBACKEND=agg; for nb in $(strip $(NB)); do \
		$(BIN)/nbdev_test --path "$$nb" --n_workers 2 --timing --do_print --flags "$(strip $(FLAGS))" || exit 1; done
	@echo "notebooks: $$(for nb in $(strip $(NB)); do git ls-files -co --exclude-standard "$$nb"; done | grep -c '\.ipynb$$') passed, 0 failed"

# The first run counts, or measures, and writes a file beside the notebook; the second draws the tables and figures.
fuzz: $(VENV)/.dev
	FUZZ=1 $(BIN)/python docs/outputs.py nbs/appendix/robustness.ipynb
	$(BIN)/python docs/outputs.py nbs/appendix/robustness.ipynb
	$(BIN)/nbdev_clean

bench: $(VENV)/.bench
ifeq ($(strip $(FLICKR8K)),)
	BENCH=1 $(BIN)/python docs/outputs.py nbs/appendix/benchmarks.ipynb nbs/appendix/robustness.ipynb nbs/appendix/scaling.ipynb
	$(BIN)/python docs/outputs.py nbs/appendix/benchmarks.ipynb nbs/appendix/robustness.ipynb nbs/appendix/scaling.ipynb
else
	$(BIN)/python -c 'import sys; from cs231n_nbdev.flickr8k import photograph_figures; \
		photograph_figures(sys.argv[1], "nbs/photographs.json", cache=sys.argv[2])' "$(strip $(FLICKR8K))" "$(strip $(CACHE))"
	FLICKR8K="$(abspath $(strip $(FLICKR8K)))" BENCH=1 $(BIN)/python docs/outputs.py nbs/08_grounding.ipynb
	$(BIN)/python docs/outputs.py nbs/07_photographs.ipynb nbs/08_grounding.ipynb
endif
	$(BIN)/nbdev_clean

# The hooks keep notebooks clean as they are saved. Their settings lie in .venv/lab, not in the home directory.
lab: $(VENV)/.dev
	@mkdir -p $(VENV)/lab
	HOME=$(abspath $(VENV))/lab $(BIN)/nbdev_install_hooks
	JUPYTER_CONFIG_PATH=$(abspath $(VENV))/lab/.jupyter $(BIN)/jupyter lab $$([ "$$(id -u)" != 0 ] || echo --allow-root) $(strip $(FLAGS)) nbs

outputs: $(VENV)/.dev
	@$(BIN)/python docs/sources.py
	$(BIN)/python docs/outputs.py $(strip $(NB))
	@$(BIN)/python docs/sources.py

readme: $(VENV)/.dev
	$(BIN)/python docs/readme.py

docs: $(VENV)/.docs
	rm -rf _docs
	$(BIN)/python -m sphinx -q -W --keep-going -c docs nbs _docs
	@echo "docs: _docs/index.html"

docs-serve: $(VENV)/.docs
	$(BIN)/python -m sphinx_autobuild -q -c docs --watch docs --re-ignore '/(_proc|jupyter_execute|__pycache__|\.ipynb_checkpoints)/' $(strip $(FLAGS)) nbs _docs

docs-check: $(VENV)/.docs
	$(BIN)/python -m doctest docs/quarto.py
	$(BIN)/python docs/check_sources.py
	$(BIN)/python docs/check_links.py _docs
	$(BIN)/python docs/check_translation.py
	$(BIN)/python docs/check_browser.py _docs $(strip $(FLAGS))

pdf: $(VENV)/.docs
	$(BIN)/python docs/pdf.py _docs/$(notdir $(CURDIR)).pdf $(strip $(FLAGS))

assets: $(VENV)/.photographs
	$(BIN)/python -c 'from cs231n_nbdev.scene_network import make_assets; print(make_assets())'
	$(BIN)/python -c 'from cs231n_nbdev.recipes import make_scene_captioner; print(make_scene_captioner())'
ifeq ($(strip $(FLICKR8K)),)
	@echo "the captioner of photographs is as it was; make assets FLICKR8K=folder trains it, on a folder"
	@echo "with images/, captions.txt, train.txt and dev.txt, as Flickr8k has them"
else
	$(MAKE) photographs-captioner
endif

photographs-captioner: $(VENV)/.photographs
	$(BIN)/python -c 'import sys; from cs231n_nbdev.flickr8k import make_photographs_captioner as make; \
		print(make(sys.argv[1], cache=sys.argv[2], report=print, progress=True))' "$(strip $(FLICKR8K))" "$(strip $(CACHE))"

wheel: $(VENV)/.dev
	$(BIN)/python -m build --outdir dist .

dist-check: $(VENV)/.dev
	$(BIN)/python docs/check_dist.py $(strip $(FLAGS))

clean:
	rm -rf $(VENV) demo dist build _proc _docs jupyter_execute *.egg-info

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "error: Python 3.11 or later is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1). Name another one: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.lib: settings.ini setup.py | $(BIN)/python
	$(BIN)/pip install --quiet --editable .
	@touch $@

$(VENV)/.photographs: settings.ini setup.py | $(BIN)/python
	$(BIN)/pip install --quiet --editable '.[photographs]'
	@touch $@ $(VENV)/.lib

$(VENV)/.dev: settings.ini setup.py | $(BIN)/python
	$(BIN)/pip install --quiet --editable '.[dev]'
	@touch $@ $(VENV)/.photographs $(VENV)/.lib

$(VENV)/.bench: settings.ini setup.py | $(BIN)/python
	$(BIN)/pip install --quiet --editable '.[dev,bench]'
	@touch $@ $(VENV)/.dev $(VENV)/.photographs $(VENV)/.lib

$(VENV)/.docs: settings.ini setup.py | $(BIN)/python
	$(BIN)/pip install --quiet --editable '.[dev,docs]'
	@touch $@ $(VENV)/.dev $(VENV)/.photographs $(VENV)/.lib
