"""Speed against what users have today: `python -m tests.benchmarks core`. Never asserted in a test."""
