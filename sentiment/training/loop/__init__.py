"""Settings and the one training loop of every task."""
