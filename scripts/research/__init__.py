"""What the claims about the model stand on: other models for the same task, the ladder, and their stored results.

Needs requirements-dev.txt; the product never imports it.
"""
