"""How good a bundle is: metrics, behaviour tests, comparison, drift."""
