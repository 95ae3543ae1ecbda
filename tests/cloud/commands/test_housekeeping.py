"""Inventory and teardown of all regions at once, by the commands, with a colleague's resources in one of them."""

import argparse
import dataclasses
import json

import boto3
import pytest

from sentiment.cloud.aws import account, boundary
from sentiment.cloud.commands import housekeeping
from sentiment.cloud.housekeeping import inventory
from sentiment.errors import CloudError
from tests.localcloud.roles import make_role
from tests.support.cloud_things import OURS, THEIRS, named

HOME, ABROAD, CLOSED, FORBIDDEN = "us-east-1", "eu-west-1", "me-south-1", "ap-east-1"
PLACE = "arn:aws:iam::123456789012:role/other"


@pytest.fixture
def here(local_cloud, monkeypatch, tmp_path):
    """Return an account of four regions: one is not enabled, and another is denied by the organisation's policy."""
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path))
    monkeypatch.setattr(inventory, "regions", lambda: [FORBIDDEN, ABROAD, CLOSED, HOME])
    call, pages = account.Account.call, account.Account.pages

    def refuse(place, service):
        if place.region == CLOSED:
            raise CloudError("AWS does not know these credentials.", "InvalidClientTokenId")
        if place.region == FORBIDDEN and service != "sts":
            raise CloudError("A policy of the account forbids it.", "AccessDeniedException", "explicit deny")

    def called(self, service, operation, **parameters):
        refuse(self, service)
        return call(self, service, operation, **parameters)

    def paged(self, service, operation, items, **parameters):
        refuse(self, service)
        return pages(self, service, operation, items, **parameters)

    monkeypatch.setattr(account.Account, "call", called)
    monkeypatch.setattr(account.Account, "pages", paged)
    return account.connect()


def make_config(here, region, name, tagged):
    variant = {"VariantName": "A", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker = boto3.client("sagemaker", region_name=region)
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=PLACE, PrimaryContainer={"Image": "image"})
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant], Tags=tagged)


@pytest.fixture
def configured(here, local_cloud):
    """Create our resources in two regions, and a colleague's in one."""
    make_role("other")
    for region, what, tagged in ((HOME, "ours", OURS), (ABROAD, "abroad", OURS), (ABROAD, "bobs", THEIRS)):
        make_config(here, region, named(what), tagged)
    return here


def configs(region):
    listed = boto3.client("sagemaker", region_name=region).list_endpoint_configs()["EndpointConfigs"]
    return sorted(each["EndpointConfigName"] for each in listed)


def arguments(**more):
    usual = {"profile": None, "region": None, "json": False, "all_regions": True, "everyone": False, "yes": True}
    return argparse.Namespace(**usual | {"refresh_prices": False} | more)


def test_one_look_names_every_region_and_whose_things_are_where(configured, capsys):
    assert housekeeping.status(arguments()) == 0
    said = capsys.readouterr().out
    assert "in account 123456789012, 2 regions" in said
    abroad, home = said.index(f"{ABROAD}:"), said.index(f"{HOME}:")
    assert abroad < said.index(named("bobs")) < home < said.index(named("ours"))
    assert "user/bob" in said
    assert f"Not enabled in this account, so nothing can exist there: {CLOSED}." in said
    assert f"Could not be listed: {FORBIDDEN}. A policy of the account forbids it." in said


def test_one_look_as_json_has_every_region(configured, capsys):
    housekeeping.status(arguments(json=True))
    shown = json.loads(capsys.readouterr().out)
    assert {each["region"]: len(each["resources"]) for each in shown["regions"]} == {ABROAD: 2, HOME: 1}
    assert (shown["closed"], list(shown["refused"])) == ([CLOSED], [FORBIDDEN])


def test_what_belongs_to_no_region_is_listed_once_in_the_region_in_use(here, monkeypatch):
    monkeypatch.setattr(inventory, "regions", lambda: [ABROAD, HOME])
    allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    boundary.create(here, json.dumps(allowed))
    found = inventory.everywhere(here).found
    assert {region: [one.kind for one in each] for region, each in found.items()} == {ABROAD: [], HOME: ["boundary"]}


def test_teardown_of_all_regions_leaves_a_colleague_s_and_says_where_it_may_not_look(configured, capsys):
    with pytest.raises(CloudError, match=f"Could not be listed: {FORBIDDEN}"):
        housekeeping.teardown(arguments())
    assert (configs(HOME), configs(ABROAD)) == ([], [named("bobs")])
    said = capsys.readouterr().out
    assert f"Nothing on AWS in {HOME}" in said
    assert "What is left belongs to user/bob, " in said


def test_without_all_regions_the_others_are_left_alone(configured):
    assert housekeeping.teardown(arguments(all_regions=False)) == 0
    assert (configs(HOME), configs(ABROAD)) == ([], [named("abroad"), named("bobs")])


def test_a_region_with_nothing_but_logs_is_taken_down_too(here):
    place = dataclasses.replace(here, region=ABROAD)
    group = f"/aws/sagemaker/Endpoints/{named('gone')}"
    place.call("logs", "create_log_group", logGroupName=group, tags={each["Key"]: each["Value"] for each in OURS})
    with pytest.raises(CloudError, match="Could not be listed"):
        housekeeping.teardown(arguments())
    assert boto3.client("logs", region_name=ABROAD).describe_log_groups()["logGroups"] == []


def test_where_no_region_may_be_looked_at_that_is_the_error(here, monkeypatch):
    monkeypatch.setattr(inventory, "regions", lambda: [FORBIDDEN])
    with pytest.raises(CloudError, match="forbids it"):
        inventory.everywhere(here)
