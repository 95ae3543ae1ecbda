"""An AWS account, found through the default credential chain: identity, region and API calls.

The project never asks for, stores or shows a key. boto3 finds credentials where the AWS tools keep them (environment,
profile, single sign-on, instance role).
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
# Three attempts at most, so that a page waits no longer than about half a minute for one call.
_SETTINGS = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 3})
_making = threading.Lock()
# Shared loader of AWS's service descriptions: without it boto3 would parse megabytes of JSON again for each session.
_SERVICES = Loader()


@dataclass(frozen=True)
class Account:
    """The caller's identity in an account and region; `number` has 12 digits, `arn` names the user or role."""

    profile: str | None
    region: str
    number: str
    arn: str

    @property
    def identity(self) -> str:
        """Short form of the user or role, such as "user/ada" or "assumed-role/Analyst/ada"."""
        return self.arn.rpartition(":")[2]

    @property
    def partition(self) -> str:
        """AWS partition of the account: "aws", "aws-cn" or "aws-us-gov"."""
        return self.arn.split(":")[1] if self.arn.count(":") >= 5 else "aws"

    def client(self, service: str) -> Any:
        """Return the boto3 client of a service, shared by all threads. Prefer `call` and `pages` where they suffice."""
        return _client(self.profile, self.region, service)

    def session(self) -> boto3.Session:
        """Return a new boto3 session with its own credential lookup, for libraries that create their own clients."""
        return _session(self.profile, self.region)

    def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Call an operation, as in `call("sagemaker", "describe_endpoint", EndpointName=…)`, and return its response.

        Raises:
            CloudError: no credentials, no connection, access denied, or another refusal; the message says which.
        """
        with as_cloud_error(service, operation):
            answer: dict[str, Any] = getattr(self.client(service), operation)(**parameters)
            return answer

    def pages(self, service: str, operation: str, items: str, **parameters: Any) -> Iterator[Any]:
        """Yield every item of a paginated list; `items` is its key in the response. CloudError as for `call`."""
        with as_cloud_error(service, operation):
            for page in self.client(service).get_paginator(operation).paginate(**parameters):
                yield from page.get(items, ())


def profiles() -> list[str]:
    """Return the names of the AWS profiles configured on this machine, sorted."""
    return sorted(boto3.Session().available_profiles)


def regions() -> list[str]:
    """Return the names of the regions that offer SageMaker, sorted."""
    return sorted(_session(None, None).get_available_regions("sagemaker"))


def usual_region(profile: str | None = None) -> str:
    """Return the region set by the environment or the profile, us-east-1 if neither sets one.

    Raises:
        CloudError: the profile does not exist.
    """
    with as_cloud_error("sts", "region"):
        return str(boto3.Session(profile_name=profile).region_name or DEFAULT_REGION)


def connect(profile: str | None = None, region: str | None = None) -> Account:
    """Look up the caller's identity and return its account.

    Args:
        profile: Name of an AWS profile; the environment's or the default profile if None.
        region: Region to use; the profile's region if None.

    Raises:
        CloudError: unknown profile, no or expired credentials, a region without SageMaker, or no connection.
    """
    _made.cache_clear()  # Look credentials up again: they may have been renewed.
    with as_cloud_error("sts", "get_caller_identity"):
        place = _session(profile, region).region_name or DEFAULT_REGION
        if place not in regions():
            raise CloudError(f"There is no SageMaker in the region {place}: choose another region.", "UnknownRegion")
        identity = _client(profile, place, "sts").get_caller_identity()
    return Account(profile, place, identity["Account"], identity["Arn"])


def _client(profile: str | None, region: str, service: str) -> Any:
    with as_cloud_error(service, "client"), _making:  # a boto3 session is not thread-safe when it creates clients
        return _made(profile, region, service)


@cache
def _made(profile: str | None, region: str, service: str) -> Any:
    return _session(profile, region).client(service, config=_SETTINGS)


def _session(profile: str | None, region: str | None) -> boto3.Session:
    inner = botocore.session.Session()
    session = boto3.Session(profile_name=profile, region_name=region, botocore_session=inner)
    inner.register_component("data_loader", _SERVICES)
    return session
