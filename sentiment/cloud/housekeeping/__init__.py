"""The project's resources on AWS: inventory, prices, planned ends, logs, and their deletion."""
