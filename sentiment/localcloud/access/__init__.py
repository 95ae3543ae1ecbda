"""Who may call the local cloud, and what they may do there."""
