"""How good a bundle is: figures, behaviour tests, comparison, drift."""
