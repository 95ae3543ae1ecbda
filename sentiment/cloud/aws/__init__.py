"""What every step on AWS needs."""
