"""Columns of a batch: flat arrays for texts and JSON values, and the operations on whole columns."""
