"""The reference interpreter: what a `.rwd` spec means, in plain Python, one sample at a time."""
