"""How a model does that is fitted to few labels of one's own."""
