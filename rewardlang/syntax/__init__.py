"""The grammar, the syntax tree, the parser and the formatter."""
