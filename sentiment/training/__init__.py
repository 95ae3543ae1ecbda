"""The training loop, pretraining, the classifier and its adaptation to few labels."""
