"""A reward behind HTTP, for trainers and tools that call one: `rwd serve`.

`app` is the whole of it: a request is admitted (`admission`), its body read within limits (`bodies`), made into columns
by its protocol (`plain`, `trainers`), scored together with others that wait (`scoring`), and answered in strict JSON
(`answers`). `running` has the socket and the signals. Needs `rewardlang[serve]`.
"""
