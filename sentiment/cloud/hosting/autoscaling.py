"""Scale the instances of an endpoint with its load, by Application Auto Scaling."""

from typing import Any

from sentiment.cloud.aws.account import Account
from sentiment.cloud.hosting.endpoints import Asynchronous, Capacity, Endpoint, Instances, Serverless
from sentiment.errors import CloudError

CALLS_A_MINUTE = 300  # per instance, above which another one is started
_BY_CALLS = {
    "TargetValue": CALLS_A_MINUTE,
    "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
}
# Below one, so that a single waiting request is enough to start the first instance.
_WAITING_REQUESTS = 0.5
_IDLE_SECONDS, _WAKING_SECONDS = 600, 120
_SERVICE, _DIMENSION = "sagemaker", "sagemaker:variant:DesiredInstanceCount"


def scale(account: Account, endpoint: Endpoint, capacity: Capacity) -> None:
    """Register autoscaling for each variant if the capacity allows more instances than there are.

    A real-time endpoint scales by calls per minute and instance. An asynchronous one scales by waiting requests per
    instance, down to none.

    Raises:
        CloudError: as from `Account.call`.
    """
    if isinstance(capacity, Serverless) or (isinstance(capacity, Instances) and capacity.most <= capacity.count):
        return
    waits = isinstance(capacity, Asynchronous)
    for variant in endpoint.variants:
        place = {
            "ServiceNamespace": _SERVICE,
            "ResourceId": _resource(endpoint.name, variant.name),
            "ScalableDimension": _DIMENSION,
        }
        account.call(
            "application-autoscaling",
            "register_scalable_target",
            **place,
            MinCapacity=0 if waits else capacity.count,
            MaxCapacity=capacity.most,
        )
        account.call(
            "application-autoscaling",
            "put_scaling_policy",
            **place,
            PolicyName=endpoint.name,
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration=_by_requests(endpoint.name) if waits else _BY_CALLS,
        )


def _by_requests(endpoint: str) -> dict[str, Any]:
    return {
        "TargetValue": _WAITING_REQUESTS,
        "CustomizedMetricSpecification": {
            "Namespace": "AWS/SageMaker",
            "MetricName": "ApproximateBacklogSizePerInstance",
            "Dimensions": [{"Name": "EndpointName", "Value": endpoint}],
            "Statistic": "Average",
        },
        "ScaleInCooldown": _IDLE_SECONDS,
        "ScaleOutCooldown": _WAKING_SECONDS,
    }


def stop_scaling(account: Account, endpoint: str, variant: str) -> None:
    """Remove the autoscaling of a variant, if it has any; its instances are kept. CloudError as above."""
    try:
        account.call(
            "application-autoscaling",
            "deregister_scalable_target",
            ServiceNamespace=_SERVICE,
            ResourceId=_resource(endpoint, variant),
            ScalableDimension=_DIMENSION,
        )
    except CloudError as error:
        if "No scalable target" not in error.refusal:
            raise


def _resource(endpoint: str, variant: str) -> str:
    return f"endpoint/{endpoint}/variant/{variant}"
