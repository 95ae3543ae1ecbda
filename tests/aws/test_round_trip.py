"""From training to a public API and back to nothing: in the local cloud always, in a real account when asked to."""

import os
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from sentiment.cloud.aws import account, roles
from sentiment.cloud.housekeeping import inventory
from sentiment.errors import CloudError
from tests.aws.round_trip import STEPS, RoundTrip, expected_prices, taken_down_afterwards

ASKED_FOR = os.environ.get("SENTIMENT_TEST_AWS")


def go_round(folder, image=""):
    here = account.connect()
    with taken_down_afterwards(here):
        trip = RoundTrip(here, folder, image)
        for step in STEPS:
            print(f"Step: {step.__name__}", file=sys.stderr, flush=True)
            step(trip)
    assert list(inventory.inventory(here)) == []


@pytest.mark.skipif(bool(ASKED_FOR), reason="the same goes on in a real account")
def test_round_trip_in_the_local_cloud(local_cloud, tmp_path, monkeypatch):
    monkeypatch.setenv("SENTIMENT_POLL_SECONDS", "0.1")
    go_round(tmp_path, image="own")


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
    assert "In all about $0.06" in asked.stderr
    assert "account 123456789012, us-east-1" in asked.stderr
    assert boto3.client("sagemaker").list_training_jobs()["TrainingJobSummaries"] == []


def test_price_of_every_part_is_known_wherever_our_table_has_the_region():
    assert all(price.dollars for price in expected_prices("eu-central-1"))
