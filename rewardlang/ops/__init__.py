"""The builtins, one family a file."""
