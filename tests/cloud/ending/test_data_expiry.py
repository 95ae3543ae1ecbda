"""Expiry rules for uploaded data coexist with those of others, and are deleted with the last data they apply to."""

import boto3
import pytest

from sentiment.cloud.aws import account, ownership, s3
from sentiment.cloud.ending import data_expiry
from sentiment.cloud.housekeeping import teardown
from sentiment.cloud.housekeeping.inventory import inventory
from tests.support.cloud_things import COLLEAGUE

THEIRS = {
    "ID": "archive",
    "Status": "Enabled",
    "Filter": {"Prefix": "payroll/"},
    "Transitions": [{"Days": 30, "StorageClass": "GLACIER"}],
}
# A rule in the format of years ago.
OLD = {"ID": "old", "Status": "Enabled", "Prefix": "logs/", "Expiration": {"Days": 90}}


@pytest.fixture
def here(local_cloud):
    """Return an account whose bucket was created by another user."""
    here = account.connect()
    boto3.client("s3").create_bucket(Bucket=s3.bucket_name(here))
    return here


def put(here, *rules):
    boto3.client("s3").put_bucket_lifecycle_configuration(
        Bucket=s3.bucket_name(here), LifecycleConfiguration={"Rules": list(rules)}
    )


def present(here):
    """Return the rules of the bucket by name."""
    client = boto3.client("s3")
    try:
        rules = client.get_bucket_lifecycle_configuration(Bucket=s3.bucket_name(here))["Rules"]
    except client.exceptions.ClientError:
        return {}
    return {rule["ID"]: rule for rule in rules}


def test_a_rule_is_for_one_folder_of_ours_and_deletes_its_old_versions_too(here):
    data_expiry.expire(here, "data-7-days", 7)
    (rule,) = present(here).values()
    assert rule["Status"] == "Enabled"
    assert rule["Filter"] == {"Prefix": f"{s3.prefix(here)}data-7-days/"}
    assert rule["Expiration"] == {"Days": 7}
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}


def test_rules_of_others_stay_as_they_are(here):
    put(here, THEIRS, OLD)
    before = present(here)
    data_expiry.expire(here, "data-7-days", 7)
    data_expiry.expire(here, "data-7-days", 9)
    now = present(here)
    assert len(now) == 3
    assert now["archive"] == before["archive"] == THEIRS
    assert now["old"]["Expiration"] == {"Days": 90}
    assert now["old"].get("Filter", {}).get("Prefix", now["old"].get("Prefix")) == "logs/"
    data_expiry.end_expiry(here, "data-7-days")
    assert set(present(here)) == {"archive", "old"}


def test_an_end_that_is_set_already_is_not_written_again(here, local_cloud):
    data_expiry.expire(here, "data-7-days", 7)
    local_cloud.faults.next_calls("PutBucketLifecycleConfiguration", "denied")
    data_expiry.expire(here, "data-7-days", 7)


def test_a_rule_is_taken_back_and_not_that_of_a_longer_name(here):
    for folder in ("data-of-a", "data-of-ab"):
        data_expiry.expire(here, folder, 1)
    data_expiry.end_expiry(here, "data-of-a")
    (rule,) = present(here).values()
    assert rule["Filter"]["Prefix"].endswith("/data-of-ab/")
    data_expiry.end_expiry(here, "data-of-ab")
    data_expiry.end_expiry(here, "data-of-ab")
    assert present(here) == {}


def test_a_rule_whose_data_is_gone_is_listed_and_taken_down_and_a_colleague_s_is_not(here):
    bobs = ownership.owner_folder(COLLEAGUE)
    of_bob = {"ID": f"review-sentiment-{bobs}-data-7-days", "Filter": {"Prefix": f"review-sentiment/{bobs}/data/"}}
    put(here, THEIRS, of_bob | {"Status": "Enabled", "Expiration": {"Days": 7}})
    data_expiry.expire(here, "data-7-days", 7)
    (ours,) = [each for each in inventory(here, ["files"]) if each.is_of(here)]
    assert ours.detail == "0.0 MB in 0 files, 1 rule that deletes data"
    teardown.teardown(here)
    assert set(present(here)) == {"archive", of_bob["ID"]}
    teardown.teardown(here, everyone=True)
    assert set(present(here)) == {"archive"}
