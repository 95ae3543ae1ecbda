"""A table of reviews through any scorer, and back as a file."""
