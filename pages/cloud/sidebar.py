"""What runs on AWS and costs money, as a line of the sidebar on every page, once an account was chosen."""

ACCOUNT_KEY = "aws_account"
