"""Compiled rewards as folders: what scores without the spec that it came from, and without the language."""
