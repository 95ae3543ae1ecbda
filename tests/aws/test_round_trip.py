"""From training to a public API and back to nothing: always in the local cloud, on request in a real account."""

import os
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from sentiment.cloud.aws import account, boundary, roles
from sentiment.cloud.housekeeping import inventory
from sentiment.errors import CloudError
from tests.aws.round_trip import STEPS, RoundTrip, expected_prices, taken_down_afterwards

ASKED_FOR = os.environ.get("SENTIMENT_TEST_AWS")


def go_round(folder, image="", steps=STEPS):
    here = account.connect()
    with taken_down_afterwards(here):
        trip = RoundTrip(here, folder, image)
        for step in steps:
            print(f"Step: {step.__name__}", file=sys.stderr, flush=True)
            step(trip)
    assert not [each for each in inventory.inventory(here) if each.is_of(here)]


@pytest.fixture
def become(local_cloud, monkeypatch):
    """Become a user of the local cloud who has only the permissions of some of our policies."""
    monkeypatch.setenv("SENTIMENT_POLL_SECONDS", "0.1")

    def change(*policies):
        for variable, value in local_cloud.user("ada", *policies).items():
            monkeypatch.setenv(variable, value)

    return change


in_the_local_cloud = pytest.mark.skipif(bool(ASKED_FOR), reason="the same goes on in a real account")


@in_the_local_cloud
def test_app_user_may_do_everything_but_publish(become, tmp_path):
    owner = account.connect()
    for purpose in roles.PURPOSES:  # scripts/cloud.py roles, by a user who may create them
        roles.create_role(owner, purpose)
    become("app-user")
    go_round(tmp_path, "own", [step for step in STEPS if step is not RoundTrip.publish])
    # Resources of others remain, and the sweeper was deleted with the user's last resource.
    assert [each.kind for each in inventory.inventory(owner)] == ["role"] * len(roles.PURPOSES)


@in_the_local_cloud
def test_deployer_publishes_too_and_makes_the_roles(become, tmp_path, tiny_bundle):
    owner = account.connect()
    boundary.create(owner, roles.policy(owner, "boundary"))  # an administrator's part
    become("app-user", "deployer")
    go_round(tmp_path, "own", [take(tiny_bundle), RoundTrip.deploy, RoundTrip.publish, RoundTrip.take_down])
    assert [each.kind for each in inventory.inventory(owner)] == ["boundary"]


def take(bundle):
    """A step that continues with a bundle instead of training one."""

    def take_bundle(trip):
        trip.take(bundle)

    return take_bundle


@pytest.mark.skipif(not ASKED_FOR, reason="needs an AWS account and costs money: scripts/test --aws")
def test_round_trip_in_a_real_account(tmp_path):
    go_round(tmp_path)


def test_what_fails_half_way_is_taken_down_all_the_same(local_cloud):
    here = account.connect()

    def interrupted():
        with taken_down_afterwards(here):
            roles.create_role(here, "execution")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(inventory.inventory(here)) == []


def test_where_something_of_ours_is_already_nothing_is_touched(local_cloud):
    here = account.connect()
    roles.create_role(here, "execution")
    with pytest.raises(CloudError, match="take that down yourself first"), taken_down_afterwards(here):
        pytest.fail("it began")
    assert [resource.kind for resource in inventory.inventory(here)] == ["role"]


def test_price_is_said_before_and_without_an_answer_nothing_begins(local_cloud):
    script = Path(__file__).with_name("price.py")
    asked, agreed = (
        subprocess.run(
            [sys.executable, str(script), *words],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        for words in ([], ["--yes"])
    )
    assert (asked.returncode, agreed.returncode) == (2, 0)
    assert "training, 10 min on ml.m5.large: $0.02" in asked.stdout
    assert "asynchronous endpoint, 10 min on ml.m5.large: $0.02" in asked.stdout
    assert "In all about $0.06" in asked.stderr
    assert "account 123456789012, us-east-1" in asked.stderr
    assert boto3.client("sagemaker").list_training_jobs()["TrainingJobSummaries"] == []


def test_price_of_every_part_is_known_wherever_our_table_has_the_region():
    assert all(price.dollars for price in expected_prices("eu-central-1"))
