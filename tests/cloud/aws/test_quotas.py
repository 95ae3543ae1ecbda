"""A quota that is too small is reported before anything is uploaded."""

import pytest

from sentiment.cloud.aws import account, quotas
from sentiment.errors import CloudError

NAME = "ml.c5.2xlarge for training job usage"


@pytest.fixture
def here(local_cloud, monkeypatch):
    """Return an account with the quotas of the test, since the local cloud has none."""
    here = account.connect()
    listed = [{"QuotaName": "ml.m5.large for endpoint usage", "Value": 2.0}, {"QuotaName": NAME, "Value": 0.0}]
    pages = account.Account.pages

    def answered(self, service, operation, items, **parameters):
        return iter(listed) if service == "service-quotas" else pages(self, service, operation, items, **parameters)

    monkeypatch.setattr(account.Account, "pages", answered)
    return here


def test_quota_of_none_is_refused_with_where_to_ask_for_more(here):
    with pytest.raises(CloudError, match=rf"quota for {NAME} is 0, and 1 instance would be needed: request more"):
        quotas.check(here, "training", "ml.c5.2xlarge", 1)


def test_as_many_as_the_quota_are_taken_and_no_more(here):
    quotas.check(here, "hosting", "ml.m5.large", 2)
    with pytest.raises(CloudError, match="is 2, and 3 instances would be needed"):
        quotas.check(here, "hosting", "ml.m5.large", 3)


def test_spot_instances_have_a_quota_of_their_own(here):
    quotas.check(here, "training", "ml.c5.2xlarge", 1, spot=True)


def test_where_quotas_may_not_be_read_aws_is_left_to_refuse(local_cloud):
    local_cloud.faults.next_calls("ListServiceQuotas", "denied")
    quotas.check(account.connect(), "training", "ml.c5.2xlarge", 1)
