"""Settings and the training loop shared by all tasks."""
