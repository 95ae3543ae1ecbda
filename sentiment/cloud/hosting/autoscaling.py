"""Instances of an endpoint that come and go with the calls: Application Auto Scaling."""

from sentiment.cloud.aws.account import Account
from sentiment.cloud.hosting.endpoints import Endpoint, Instances
from sentiment.errors import CloudError

CALLS_A_MINUTE = 300  # of one instance, above which another is started
_SERVICE, _DIMENSION = "sagemaker", "sagemaker:variant:DesiredInstanceCount"


def scale(account: Account, endpoint: Endpoint, most: int) -> None:
    """Let AWS start up to `most` instances of each variant, by the calls a minute that each instance gets.

    Raises:
        CloudError: as from `Account.call`.
    """
    for variant in endpoint.variants:
        if not isinstance(variant.capacity, Instances) or most <= variant.capacity.count:
            continue
        place = {
            "ServiceNamespace": _SERVICE,
            "ResourceId": _resource(endpoint.name, variant.name),
            "ScalableDimension": _DIMENSION,
        }
        account.call(
            "application-autoscaling",
            "register_scalable_target",
            **place,
            MinCapacity=variant.capacity.count,
            MaxCapacity=most,
        )
        metric = {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}
        account.call(
            "application-autoscaling",
            "put_scaling_policy",
            **place,
            PolicyName=endpoint.name,
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration={
                "TargetValue": CALLS_A_MINUTE,
                "PredefinedMetricSpecification": metric,
            },
        )


def stop_scaling(account: Account, endpoint: str, variant: str) -> None:
    """Leave a variant's instances as they are; nothing happens when they do not scale. CloudError as above."""
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
