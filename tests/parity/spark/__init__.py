"""The parts of SPARK, whose claims `tests/parity/systems/spark.py` gathers."""
