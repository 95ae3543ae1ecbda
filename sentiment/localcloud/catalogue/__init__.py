"""The catalogue of the local cloud: AWS's images and prices, and the account's quotas."""
