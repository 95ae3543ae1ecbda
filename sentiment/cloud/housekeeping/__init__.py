"""What there is of ours on AWS: its list and prices, its ends, its logs, and how all of it is taken down."""
