"""Work that may hang: long-lived processes that are killed at a time limit, and what they answer.

`readings` says how texts are read, `answers` is what builtins call, `pool` and `process` are this side of the pipe,
`serving` and `mathematics` the other. Messages are MessagePack behind their length; nothing is pickled.
"""
