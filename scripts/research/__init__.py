"""The evidence for the claims about the model: comparators, the ablation ladder, and their stored results.

Needs requirements-dev.txt; the product never imports it.
"""
