"""Examples and properties of a spec, run."""
