"""The metrics of text_metrics, a module a family of them."""
