"""Models that are asked over HTTP: what they are asked, how the calls are made, and how replies are read.

`chat` and `http` open a model, `calling` says what the caller decides, `engine` makes the calls. Nothing here knows the
compiler: a model takes columns of plain Python values and gives `Answers`.
"""
