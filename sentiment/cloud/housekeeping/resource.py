"""One thing of this project that exists on AWS, as the inventory lists it and the teardown takes it down."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sentiment.cloud.aws import ownership
from sentiment.cloud.aws.account import Account
from sentiment.jobs import aws_console

ResourceKind = Literal[
    "training job",
    "transform job",
    "endpoint",
    "public API",
    "autoscaling",
    "endpoint configuration",
    "model",
    "schedules",
    "sweeper",
    "budget",
    "files",
    "bucket",
    "role",
    "boundary",
]
KINDS: tuple[ResourceKind, ...] = get_args(ResourceKind)
# What works, or waits for work, and may cost money all the while.
RUNNING: frozenset[ResourceKind] = frozenset({"training job", "transform job", "endpoint", "public API"})


@dataclass(frozen=True)
class Resource:
    """One thing of ours: `hourly` in dollars, None when the price is not known, 0 when it is paid by use or free.

    `creator` is who has made it, as its tags say; `detail` says in some words what it is, such as
    "2 × ml.m5.large"; `link` leads to it in AWS's console.
    """

    kind: ResourceKind
    name: str
    arn: str
    link: str
    creator: str
    status: str = ""
    detail: str = ""
    created: datetime | None = None
    expires: datetime | None = None
    hourly: float | None = 0.0

    @property
    def running(self) -> bool:
        """Whether it works, or waits for work, rather than lies there."""
        return self.kind in RUNNING

    @property
    def owner(self) -> str:
        """Who has made it, in a word or two, such as "user/ada"."""
        return self.creator.rpartition(":")[2]

    def is_of(self, account: Account) -> bool:
        """Whether it is of who is asking, rather than of a colleague."""
        return self.creator == ownership.owner(account.arn)


def console_link(account: Account, path: str) -> str:
    """Return the address of a page of AWS's console."""
    return aws_console.page(account.partition, account.region, path)
