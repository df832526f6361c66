"""The graph: nodes, builder, verifier, text form."""
