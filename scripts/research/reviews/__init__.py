"""Build the model for reviews of any kind: the teacher, its labels, and the bundle trained on them."""
