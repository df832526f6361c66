"""Claims about metrics of texts, by family; `tests/parity/systems/text_metrics.py` joins them."""
