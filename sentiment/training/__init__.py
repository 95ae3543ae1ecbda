"""Learning: the loop, pretraining and the classifier."""
