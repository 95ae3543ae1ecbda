"""How models read kinds of goods that they have not met."""
