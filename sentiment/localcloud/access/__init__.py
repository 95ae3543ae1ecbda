"""Access control of the local cloud: who may call it, and what they may do."""
