"""The network, its weights on disk, and prediction with it."""
