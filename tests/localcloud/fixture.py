"""pytest fixtures: the local cloud, empty for every test."""

import boto3
import pytest


@pytest.fixture(scope="session")
def running_cloud():
    """Run the cloud of this test process; tests use `local_cloud`."""
    from sentiment.localcloud.server import LocalCloud  # imported here, since it is slow and few tests need it

    with LocalCloud() as cloud:
        cloud.machinery.role_settling_seconds = 0
        yield cloud


@pytest.fixture
def local_cloud(running_cloud, monkeypatch):
    """Return an empty cloud, in an environment that directs boto3 to it and nowhere else."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    for name, value in running_cloud.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # an earlier one would sign with its old keys
    yield running_cloud
    running_cloud.reset()
