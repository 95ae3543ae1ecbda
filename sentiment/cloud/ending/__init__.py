"""The end of everything that costs money: planned at its creation, and enforced if the plan fails."""
