"""Addresses of the AWS console; each AWS partition has an address of its own."""

_HOSTS = {"aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com"}


def page(partition: str, region: str, path: str) -> str:
    """Return the address of a console page; `partition` is "aws", "aws-cn" or "aws-us-gov"."""
    return f"https://{region}.{_HOSTS.get(partition, 'console.aws.amazon.com')}/{path}"
