"""Tests of specs: samples drawn from types and from what a spec says, and the running of examples and properties."""
