"""The local cloud's own clients, through which its services use S3, CloudWatch and others on a job's behalf."""

import threading
from typing import Any

import boto3
from botocore.config import Config

from sentiment.localcloud.access.keys import Key, Keys


class Clients:
    """boto3 clients of the cloud at `url`, one per service, region and key, shared by all threads.

    The machinery's own key is recognised by the front and allows everything.
    """

    def __init__(self, url: str, keys: Keys) -> None:
        self.url = url
        self._owner, self._machinery = keys.owner, keys.machinery
        self._made: dict[tuple[str, str, str], Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str, region: str, key: Key | None = None) -> Any:
        """Return the client of a service in a region, signing with `key`; with the machinery's key if None."""
        signing = key or self._machinery
        with self._lock:
            name = (service, region, signing.identifier)
            if name not in self._made:
                session = boto3.Session(signing.identifier, signing.secret, signing.token)
                self._made[name] = session.client(
                    service, region_name=region, endpoint_url=self.url, config=Config(max_pool_connections=32)
                )
            return self._made[name]

    def environment(self, region: str, key: Key | None = None) -> dict[str, str]:
        """Return the variables that direct an unmodified boto3 to this cloud, with `key`; with the owner's if None."""
        signing = key or self._owner
        token = {"AWS_SESSION_TOKEN": signing.token} if signing.token else {}
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": signing.identifier,
            "AWS_SECRET_ACCESS_KEY": signing.secret,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            **token,
        }
