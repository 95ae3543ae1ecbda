"""A resource of this project on AWS, as the inventory lists it and the teardown deletes it."""

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
# Resources that work or wait for work, and may cost money meanwhile.
RUNNING: frozenset[ResourceKind] = frozenset({"training job", "transform job", "endpoint", "public API"})


@dataclass(frozen=True)
class Resource:
    """One resource: `hourly` in dollars, None if the price is not known, 0 if it is paid by use or free.

    `creator` is its owner according to its tags; `detail` a short description, such as "2 × ml.m5.large"; `link` its
    page in AWS's console.
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
        """Whether it works or waits for work, rather than being merely stored."""
        return self.kind in RUNNING

    @property
    def owner(self) -> str:
        """Short form of the creator, such as "user/ada"."""
        return self.creator.rpartition(":")[2]

    def is_of(self, account: Account) -> bool:
        """Whether it belongs to the caller."""
        return self.creator == ownership.owner(account.arn)


def console_link(account: Account, path: str) -> str:
    """Return the URL of a page in AWS's console."""
    return aws_console.page(account.partition, account.region, path)
