"""How models, and the steps that make ours, read kinds of goods."""
