"""Columns: one field of a whole batch, held flat."""
