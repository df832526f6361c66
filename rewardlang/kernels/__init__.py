"""Kernels: compiled loops over the rows of a column."""
