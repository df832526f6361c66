"""Published functions rebuilt in plain Python from their rules, where a module of claims would grow too long."""
