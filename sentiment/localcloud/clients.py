"""The local cloud's own clients: what AWS's machinery does to S3, CloudWatch and the rest on a job's behalf."""

import threading
from typing import Any

import boto3
from botocore.config import Config

MACHINERY = "local-cloud-machinery"
# The account that moto gives to these made-up keys.
CREDENTIALS = {"aws_access_key_id": "local-cloud", "aws_secret_access_key": "local-cloud"}


class Clients:
    """boto3 clients of the cloud at `url`, one a service and region, shared by all threads."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = boto3.Session(**CREDENTIALS)
        self._made: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str, region: str) -> Any:
        """The client of one service in one region."""
        with self._lock:
            key = (service, region)
            if key not in self._made:
                # By its name the machinery is known, and spared the faults that a test asks for.
                settings = Config(max_pool_connections=32, user_agent_extra=MACHINERY)
                self._made[key] = self._session.client(
                    service, region_name=region, endpoint_url=self.url, config=settings
                )
            return self._made[key]

    def environment(self, region: str) -> dict[str, str]:
        """The variables that point an unmodified boto3 here."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": CREDENTIALS["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": CREDENTIALS["aws_secret_access_key"],
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
        }
