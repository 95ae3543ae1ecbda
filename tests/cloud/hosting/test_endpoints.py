"""The state of our endpoints, and the actions on them."""

from datetime import UTC, datetime, timedelta

import boto3
import pytest

from sentiment.cloud.aws import account
from sentiment.cloud.aws.ownership import from_tag_list, is_tagged
from sentiment.cloud.hosting import autoscaling, endpoint_changes, endpoints, models
from sentiment.cloud.hosting.endpoints import Instances, Serverless
from sentiment.errors import CloudError
from tests.localcloud.prediction_server import SERVER
from tests.localcloud.small_server import create_model, upload_model
from tests.support.waiting import until

NAME = "review-sentiment-quick-20261123-101500-0a1b"
ENDING = datetime(2030, 1, 1, 12, tzinfo=UTC)
SMALL = Instances("ml.m5.large")


@pytest.fixture
def here(local_cloud):
    return account.connect()


@pytest.fixture
def registered(here):
    """Creates models that start immediately."""
    uri = upload_model(SERVER)

    def make(name):
        create_model(name, uri, MODEL=name)
        return models.find(here, name)

    return make


def settled(here, name=NAME):
    until(lambda: endpoints.state(here, name) not in ("creating", "updating"))
    return endpoints.find(here, name)


def made(here, model, capacity=SMALL):
    endpoint_changes.create(here, NAME, model, capacity, ENDING)
    return settled(here)


def invoked(variant=None):
    target = {"TargetVariant": variant} if variant else {}
    answer = boto3.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=NAME, Body=b'{"review": "fine"}', ContentType="application/jsonlines", **target
    )
    return answer["InvokedProductionVariant"]


def names(here, kind):
    return [each[f"{kind}Name"] for each in here.call("sagemaker", f"list_{kind.lower()}s")[f"{kind}s"]]


def test_an_endpoint_is_made_with_its_tags_and_found(here, registered):
    endpoint_changes.create(here, NAME, registered("one"), SMALL, ENDING)
    assert endpoints.find(here, NAME).state in ("creating", "in service")
    endpoint = settled(here)
    assert (endpoint.state, endpoint.expires, endpoint.ready) == ("in service", ENDING, False)
    [variant] = endpoint.variants
    assert (variant.name, variant.model.name, variant.capacity, variant.share) == ("A", "one", SMALL, 1.0)
    assert endpoints.all_endpoints(here) == [endpoint]
    assert is_tagged(from_tag_list(here.call("sagemaker", "list_tags", ResourceArn=endpoint.arn)["Tags"]))


def test_a_serverless_endpoint_knows_its_memory_and_calls(here, registered):
    [variant] = made(here, registered("one"), Serverless(3072, 7)).variants
    assert variant.capacity == Serverless(3072, 7)


def test_endpoints_of_others_are_not_among_ours(here, registered):
    registered("one")
    variant = {"VariantName": "A", "ModelName": "one", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    here.call("sagemaker", "create_endpoint_config", EndpointConfigName="c", ProductionVariants=[variant])
    here.call("sagemaker", "create_endpoint", EndpointName="review-sentiment-of-others", EndpointConfigName="c")
    assert endpoints.all_endpoints(here) == []


def test_it_is_ready_when_the_canary_of_its_present_model_has_passed(here, registered):
    endpoint = made(here, registered("one"))
    endpoints.note_parity(here, endpoint, "A", 1.25e-7)
    endpoint = endpoints.find(here, NAME)
    assert (endpoint.ready, endpoint.variants[0].parity) == (True, 1.25e-7)
    endpoint_changes.replace_model(here, endpoint, registered("two"))
    now = settled(here)
    assert (now.variants[0].model.name, now.ready) == ("two", False)


def test_an_endpoint_without_a_model_that_starts_has_failed_and_says_why(here, registered):
    create_model("broken", "s3://models/none.tar.gz")
    endpoint = made(here, models.find(here, "broken"))
    assert (endpoint.state, "none.tar.gz" in endpoint.reason) == ("failed", True)


def test_two_models_share_the_traffic_as_it_is_shifted(here, registered):
    endpoint = made(here, registered("one"))
    assert endpoint_changes.free_variant(endpoint) == "B"
    endpoint_changes.add_variant(here, endpoint, "B", registered("two"))
    both = settled(here)
    assert [(each.name, each.model.name, each.share) for each in both.variants] == [
        ("A", "one", 1.0),
        ("B", "two", 0.0),
    ]
    assert {invoked() for _ in range(6)} == {"A"}
    assert invoked("B") == "B"
    with pytest.raises(CloudError, match="Variant B has not been compared with its bundle yet"):
        endpoint_changes.shift(here, both, {"A": 0.0, "B": 1.0})
    for variant in "AB":
        endpoints.note_parity(here, both, variant, 0.0)
    endpoint_changes.shift(here, settled(here), {"A": 0.0, "B": 1.0})
    assert {invoked() for _ in range(6)} == {"B"}
    endpoint_changes.shift(here, settled(here), {"A": 0.5, "B": 0.5})
    shifted = settled(here)
    assert [each.share for each in shifted.variants] == [0.5, 0.5]
    assert {invoked() for _ in range(40)} == {"A", "B"}
    with pytest.raises(CloudError, match="already has two models"):
        endpoint_changes.free_variant(shifted)
    with pytest.raises(CloudError, match="has two models"):
        endpoint_changes.replace_model(here, shifted, both.variants[0].model)
    with pytest.raises(CloudError, match="has no variant C"):
        endpoint_changes.keep_variant(here, shifted, "C")

    endpoint_changes.keep_variant(here, shifted, "B")
    kept = settled(here)
    endpoint_changes.delete_replaced(here, shifted, kept)
    assert [(each.name, each.share, each.parity) for each in kept.variants] == [("B", 1.0, 0.0)]
    assert names(here, "Model") == ["two"]
    assert endpoint_changes.free_variant(kept) == "A"


def test_behind_a_serverless_endpoint_there_is_one_model(here, registered):
    endpoint = made(here, registered("one"), Serverless())
    with pytest.raises(CloudError, match="is serverless, which AWS limits to one model"):
        endpoint_changes.free_variant(endpoint)


def test_an_update_that_is_refused_leaves_no_configuration_behind(here, registered, local_cloud):
    endpoint = made(here, registered("one"))
    local_cloud.faults.next_calls("UpdateEndpoint", *["throttled"] * 3)
    with pytest.raises(CloudError, match="throttling requests"):
        endpoint_changes.replace_model(here, endpoint, registered("two"))
    [config] = here.call("sagemaker", "list_endpoint_configs")["EndpointConfigs"]
    assert config["EndpointConfigName"] == NAME


def test_an_endpoint_that_is_refused_leaves_no_configuration_behind(here, registered, local_cloud):
    local_cloud.faults.next_calls("CreateEndpoint", *["throttled"] * 3)
    with pytest.raises(CloudError, match="throttling requests"):
        endpoint_changes.create(here, NAME, registered("one"), SMALL, ENDING)
    assert here.call("sagemaker", "list_endpoint_configs")["EndpointConfigs"] == []


def scaled(here):
    targets = here.call("application-autoscaling", "describe_scalable_targets", ServiceNamespace="sagemaker")
    return [(each["ResourceId"], each["MinCapacity"], each["MaxCapacity"]) for each in targets["ScalableTargets"]]


def test_instances_scale_with_the_calls_until_the_endpoint_is_deleted(here, registered):
    endpoint = made(here, registered("one"))
    autoscaling.scale(here, endpoint, Instances("ml.m5.large", 1, 1))
    assert scaled(here) == []
    autoscaling.scale(here, endpoint, Instances("ml.m5.large", 1, 4))
    assert scaled(here) == [(f"endpoint/{NAME}/variant/A", 1, 4)]
    [policy] = here.call("application-autoscaling", "describe_scaling_policies", ServiceNamespace="sagemaker")[
        "ScalingPolicies"
    ]
    target = policy["TargetTrackingScalingPolicyConfiguration"]
    assert target["TargetValue"] == 300
    endpoint_changes.delete(here, NAME)
    assert scaled(here) == []


def test_deleting_takes_every_part_and_may_be_repeated(here, registered):
    made(here, registered("one"))
    for _ in range(2):
        endpoint_changes.delete(here, NAME)
    assert endpoints.all_endpoints(here) == []
    assert here.call("sagemaker", "list_endpoint_configs")["EndpointConfigs"] == []
    assert names(here, "Model") == []


def test_deleting_goes_on_where_it_was_interrupted(here, registered, local_cloud):
    made(here, registered("one"))
    local_cloud.faults.next_calls("DeleteEndpoint", *["throttled"] * 3)
    with pytest.raises(CloudError, match="throttling requests"):
        endpoint_changes.delete(here, NAME)
    endpoint_changes.delete(here, NAME)
    assert endpoints.all_endpoints(here) == []


@pytest.mark.parametrize("operation", ["DescribeEndpoint", "DescribeEndpointConfig", "DescribeModel", "ListTags"])
def test_a_refusal_to_say_how_it_stands_is_reported(here, registered, local_cloud, operation):
    made(here, registered("one"))
    local_cloud.faults.next_calls(operation, *["throttled"] * 3)
    with pytest.raises(CloudError, match=rf"throttling requests \(sagemaker:{operation}\)"):
        endpoints.find(here, NAME)


def test_capacity_in_words():
    assert str(Serverless()) == "serverless, 2,048 MB"
    assert str(Instances("ml.m5.large")) == "ml.m5.large"
    assert str(Instances("ml.m5.large", 2, 4)) == "2 × ml.m5.large, up to 4"


def test_one_that_is_not_there_is_reported_with_those_that_are(here, registered, local_cloud):
    def said():
        with pytest.raises(CloudError) as refused:
            endpoints.find(here, "none")
        assert refused.value.missing
        return str(refused.value)

    known = "There is no endpoint none in us-east-1: "
    assert said() == f"{known}this project has none there; create one with scripts/cloud.py deploy."
    made(here, registered("one"))
    assert said() == f"{known}there is {NAME}."
    local_cloud.faults.next_calls("ListEndpoints", "denied")
    assert said() == f"{known}see the page Endpoints, or scripts/cloud.py status."


def test_time_of_its_end_is_that_of_the_tag(here, registered):
    ending = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
    endpoint_changes.create(here, NAME, registered("one"), SMALL, ending)
    assert endpoints.find(here, NAME).expires == ending
