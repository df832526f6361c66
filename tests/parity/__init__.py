"""Published rewards against what their authors' own code returns: `python -m tests.parity DIRECTORY`."""
