"""What AWS has to offer: its images, its prices, and how much of it the account may use."""
