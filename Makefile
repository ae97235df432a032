# Two commands on a fresh machine with Python 3.11 or newer: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif

.PHONY: run test lint types bench conformance world3 fuzz validate site clean

run: $(VENV)/.installed
	$(BIN)/python -m sim run scenarios/plan.toml

test: lint types
	$(BIN)/python -m pytest -n 2

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .

types: $(VENV)/.installed-test
	$(BIN)/mypy

bench: $(VENV)/.installed-test
	$(BIN)/python bench/run_plan.py
	$(BIN)/python bench/simulate.py
	$(BIN)/python bench/engines.py
	$(BIN)/python bench/ensemble.py

conformance: $(VENV)/.installed-test
	$(BIN)/python bench/agreement.py
	$(BIN)/python -m bench.exported
	$(BIN)/python -m sim conformance tests/conformance --relative 1e-9 --absolute 1e-12 --jobs 2
	KERNEL_EXAMPLES=300 $(BIN)/python -m pytest tests/test_kernel_random.py

# World3-03 as the package pydynamo-w holds and runs it, in an environment of its own, against the compiled engine.
world3: $(VENV)/.installed-test build/pydynamo/.installed
	$(BIN)/python -m bench.world3 --python build/pydynamo/$(notdir $(BIN))/python

build/pydynamo/.installed:
	$(PYTHON) -m venv build/pydynamo
	build/pydynamo/$(notdir $(BIN))/python -m pip install --quiet --no-deps pydynamo-w==0.0.2
	build/pydynamo/$(notdir $(BIN))/python -m pip install --quiet numpy astunparse networkx matplotlib pyvis
	touch $@

# Random models against PySD for SECONDS; ends with an error where a difference is left unexplained.
SECONDS ?= 60
fuzz: $(VENV)/.installed-test
	$(BIN)/python -m bench.fuzz --seconds $(SECONDS)

validate: $(VENV)/.installed-test
	$(BIN)/python -m sim validate --output outputs/validation.html

site: $(VENV)/.installed-test
	$(BIN)/python -m sphinx -q -W --keep-going -c docs/site . build/site

$(VENV)/.made:
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or newer is needed; call: make PYTHON=python3.11 run')"
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.installed: $(VENV)/.made setup.cfg
	$(BIN)/python -m pip install --quiet -e ".[fonts]"
	touch $@

$(VENV)/.installed-test: $(VENV)/.made setup.cfg
	$(BIN)/python -m pip install --quiet -e ".[fonts,test]"
	touch $@

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
