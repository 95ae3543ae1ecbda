"""An AWS account as the default credential chain gives it: who we are there, in which region, and calls to it.

No key is ever asked for, kept or shown: boto3 finds them where the AWS tools put them (environment, profile,
single sign-on, role of the machine).
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.loaders import Loader

from sentiment.cloud.aws.errors import as_cloud_error
from sentiment.errors import CloudError

DEFAULT_REGION = "us-east-1"
# One call may try three times, and a page that waits for it waits half a minute at most.
_SETTINGS = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 3})
_making = threading.Lock()
# The descriptions of AWS's services, megabytes of text that boto3 would read again for each session.
_SERVICES = Loader()


@dataclass(frozen=True)
class Account:
    """Who we are in which account and region; `number` has 12 digits, `arn` names the user or role."""

    profile: str | None
    region: str
    number: str
    arn: str

    @property
    def identity(self) -> str:
        """The user or role in a word or two, such as "user/ada" or "assumed-role/Analyst/ada"."""
        return self.arn.rpartition(":")[2]

    @property
    def partition(self) -> str:
        """Which of the separate AWS clouds it is in: "aws", "aws-cn" or "aws-us-gov"."""
        return self.arn.split(":")[1] if self.arn.count(":") >= 5 else "aws"

    def client(self, service: str) -> Any:
        """Return boto3's client of a service, shared by all threads; for what `call` and `pages` cannot do."""
        return _client(self.profile, self.region, service)

    def session(self) -> boto3.Session:
        """Return a session of boto3's with its own look at the credentials, for what wants clients of its own."""
        return _session(self.profile, self.region)

    def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Do one operation, such as `call("sagemaker", "describe_endpoint", EndpointName=…)`, and return its answer.

        Raises:
            CloudError: no credentials, no connection, not allowed, or refused; the sentence says which.
        """
        with as_cloud_error(service, operation):
            answer: dict[str, Any] = getattr(self.client(service), operation)(**parameters)
            return answer

    def pages(self, service: str, operation: str, items: str, **parameters: Any) -> Iterator[Any]:
        """Yield every item of a list that AWS gives in pages; `items` is its key. CloudError as for `call`."""
        with as_cloud_error(service, operation):
            for page in self.client(service).get_paginator(operation).paginate(**parameters):
                yield from page.get(items, ())


def profiles() -> list[str]:
    """The profiles that the AWS tools on this machine know, by name."""
    return sorted(boto3.Session().available_profiles)


def regions() -> list[str]:
    """The regions that have SageMaker, by name."""
    return sorted(_session(None, None).get_available_regions("sagemaker"))


def usual_region(profile: str | None = None) -> str:
    """The region that the environment or the profile names, us-east-1 when neither does.

    Raises:
        CloudError: there is no such profile.
    """
    with as_cloud_error("sts", "region"):
        return str(boto3.Session(profile_name=profile).region_name or DEFAULT_REGION)


def connect(profile: str | None = None, region: str | None = None) -> Account:
    """Find out who we are; the environment's or default profile and its region when not given.

    Raises:
        CloudError: no such profile, no credentials, expired ones, a wrong region, or no connection.
    """
    _made.cache_clear()  # credentials are looked for anew: they may have been renewed since
    with as_cloud_error("sts", "get_caller_identity"):
        place = _session(profile, region).region_name or DEFAULT_REGION
        if place not in regions():
            raise CloudError(f"There is no SageMaker in the region {place}: choose another region.", "UnknownRegion")
        identity = _client(profile, place, "sts").get_caller_identity()
    return Account(profile, place, identity["Account"], identity["Arn"])


def _client(profile: str | None, region: str, service: str) -> Any:
    with as_cloud_error(service, "client"), _making:  # a boto3 session may not make two clients at once
        return _made(profile, region, service)


@cache
def _made(profile: str | None, region: str, service: str) -> Any:
    return _session(profile, region).client(service, config=_SETTINGS)


def _session(profile: str | None, region: str | None) -> boto3.Session:
    inner = botocore.session.Session()
    session = boto3.Session(profile_name=profile, region_name=region, botocore_session=inner)
    inner.register_component("data_loader", _SERVICES)
    return session
