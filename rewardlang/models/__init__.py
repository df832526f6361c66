"""The models that rewards ask: what is behind a `model` of a spec, and how it is called."""
