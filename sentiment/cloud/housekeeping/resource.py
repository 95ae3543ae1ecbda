"""One thing of ours that exists on AWS, as the inventory lists it and the teardown takes it down."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sentiment.cloud.aws.account import Account

Kind = Literal[
    "training job",
    "transform job",
    "endpoint",
    "public API",
    "autoscaling",
    "endpoint configuration",
    "model",
    "schedules",
    "files",
    "bucket",
    "role",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
# What works, or waits for work, and may cost money all the while.
RUNNING: frozenset[Kind] = frozenset({"training job", "transform job", "endpoint", "public API"})
_CONSOLES = {"aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com"}


@dataclass(frozen=True)
class Resource:
    """One thing of ours: `hourly` in dollars, None when the price is not known, 0 when it is paid by use or free.

    `detail` says in some words what it is, such as "2 × ml.m5.large"; `link` leads to it in AWS's console.
    """

    kind: Kind
    name: str
    arn: str
    link: str
    status: str = ""
    detail: str = ""
    created: datetime | None = None
    expires: datetime | None = None
    hourly: float | None = 0.0

    @property
    def running(self) -> bool:
        """Whether it works, or waits for work, rather than lies there."""
        return self.kind in RUNNING


def console_link(account: Account, path: str) -> str:
    """Return the address of a page of AWS's console."""
    host = _CONSOLES.get(account.partition, "console.aws.amazon.com")
    return f"https://{account.region}.{host}/{path}"
