"""Regular expressions with Python's meaning, matched in time linear in the text over columns of UTF-8 spans."""

from __future__ import annotations
