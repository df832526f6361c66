"""A stand-in for a judge, to try prompts and test programs against: it follows rules and knows nothing.

`judging` has the rules, `protocol` the little of HTTP that it speaks, `server` the server, on this machine only.
"""
