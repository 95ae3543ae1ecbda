"""The network, its weights on disk, and predictions with it."""
