"""A module a published system: what is claimed of it, and its functions in plain Python, rebuilt from their rules.

An original that throws is an exception here too. The golden cases show that the functions here are right.
"""
