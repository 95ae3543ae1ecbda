"""The end of what costs money: planned when it is made, and looked after where the plan fails."""
