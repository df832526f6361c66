# Everything below runs in `.venv/`, which is made anew when the dependencies change.
PYTHON ?= python3
WORKERS ?= 2
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.made
SPECS := stdlib examples

.PHONY: demo test check format golden docs bench constraints clean

demo: $(STAMP)
	$(BIN)/rwd score examples/rec.rwd examples/rec.jsonl
	$(BIN)/rwd explain examples/rec.rwd examples/rec.jsonl --row 3

test: $(STAMP)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

check: $(STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m rewardlang.report.reference --check docs/reference
	$(BIN)/rwd fmt --check $(SPECS)

format: $(STAMP)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/rwd fmt $(SPECS)

# Rewrites the rendered messages of the golden cases: read the diff.
golden: $(STAMP)
	$(BIN)/python -m tests.golden.harness

docs: $(STAMP)
	$(BIN)/python -m rewardlang.report.reference docs/reference
	$(BIN)/python -m tests.parity.page
	$(BIN)/python -m tests.trainers.page
	$(BIN)/python docs/make_picture.py

# Speed against what users have today, as ratios.
bench: $(STAMP)
	$(BIN)/python -m tests.benchmarks core
	$(BIN)/python -m tests.benchmarks text

# Writes the newest versions that pyproject.toml allows to constraints.txt.
constraints:
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -e ".[dev]"
	{ echo "# The versions that are tested. Write it anew with: make constraints"; \
	  $(BIN)/python -m pip freeze --exclude-editable | sort -f; } > constraints.txt
	touch $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find rewardlang tests examples docs -name __pycache__ -type d -prune -exec rm -rf {} +
