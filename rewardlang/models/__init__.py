"""The models that rewards ask: what is behind a `model` of a spec, and how it is called.

`chat` and `http` ask servers: `calling` says what the caller decides about that, `engine` makes the calls. They know
nothing of the compiler: a model takes columns of plain Python values and gives `Answers`.
"""
