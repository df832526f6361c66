"""Compiled loops over flat columns; import them only where a batch runs, since Numba is heavy."""
