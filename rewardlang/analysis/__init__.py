"""Analyses: facts about a graph that the backend and the reports need."""
