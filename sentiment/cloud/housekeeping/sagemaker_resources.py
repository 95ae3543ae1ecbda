"""What of ours SageMaker has: jobs that work, endpoints with what serves them, and what they were made from."""

from collections.abc import Iterator, Mapping
from typing import Any

from sentiment.cloud.aws import prices
from sentiment.cloud.aws.account import Account
from sentiment.cloud.aws.ownership import PROJECT_NAME, expiry, is_ours, sagemaker_tags
from sentiment.cloud.hosting import endpoint_price
from sentiment.cloud.hosting.endpoints import Capacity, Serverless
from sentiment.cloud.hosting.endpoints import capacities as serving
from sentiment.cloud.housekeeping.resource import Resource, console_link
from sentiment.errors import CloudError

_NOT_BILLED = ("Failed", "Deleting")


def training_jobs(account: Account) -> Iterator[Resource]:
    """Yield the training jobs that work, or are being stopped."""
    for state in ("InProgress", "Stopping"):
        jobs = account.pages(
            "sagemaker", "list_training_jobs", "TrainingJobSummaries", NameContains=PROJECT_NAME, StatusEquals=state
        )
        for job in jobs:
            name, arn = job["TrainingJobName"], job["TrainingJobArn"]
            if named := our_tags(account, arn):
                told = account.call("sagemaker", "describe_training_job", TrainingJobName=name)
                detail, hourly = _machines(account, "training", told["ResourceConfig"])
                link = _sagemaker_link(account, f"jobs/{name}")
                yield Resource(
                    "training job", name, arn, link, state, detail, job["CreationTime"], expiry(named), hourly
                )


def transform_jobs(account: Account) -> Iterator[Resource]:
    """Yield the batch transform jobs that work, or are being stopped."""
    for state in ("InProgress", "Stopping"):
        jobs = account.pages(
            "sagemaker", "list_transform_jobs", "TransformJobSummaries", NameContains=PROJECT_NAME, StatusEquals=state
        )
        for job in jobs:
            name, arn = job["TransformJobName"], job["TransformJobArn"]
            if named := our_tags(account, arn):
                told = account.call("sagemaker", "describe_transform_job", TransformJobName=name)
                detail, hourly = _machines(account, "transform", told["TransformResources"])
                link = _sagemaker_link(account, f"transform-jobs/{name}")
                yield Resource(
                    "transform job", name, arn, link, state, detail, job["CreationTime"], expiry(named), hourly
                )


def _machines(account: Account, kind: prices.Kind, machines: Mapping[str, Any]) -> tuple[str, float | None]:
    """Return a job's instances in words, and what they cost an hour."""
    name, number = machines["InstanceType"], machines["InstanceCount"]
    return f"{number} × {name}", prices.cost(kind, name, account.region, 3600, number)


def endpoints(account: Account) -> Iterator[Resource]:
    """Yield the endpoints, whatever their state, with what their instances cost."""
    for endpoint in account.pages("sagemaker", "list_endpoints", "Endpoints", NameContains=PROJECT_NAME):
        name, arn, state = endpoint["EndpointName"], endpoint["EndpointArn"], endpoint["EndpointStatus"]
        if named := our_tags(account, arn):
            detail, hourly = _variants(account, name)
            yield Resource(
                "endpoint",
                name,
                arn,
                _sagemaker_link(account, f"endpoints/{name}"),
                state,
                detail,
                endpoint["CreationTime"],
                expiry(named),
                0.0 if state in _NOT_BILLED else hourly,
            )


def _variants(account: Account, endpoint: str) -> tuple[str, float | None]:
    """Return what serves an endpoint in words, and what it costs an hour; as configured while it is still made."""
    try:
        told = account.call("sagemaker", "describe_endpoint", EndpointName=endpoint)
        configuration = account.call(
            "sagemaker", "describe_endpoint_config", EndpointConfigName=told["EndpointConfigName"]
        )
    except CloudError as error:
        if error.missing:
            return "", None
        raise
    capacities = serving(told, configuration).values()
    return " + ".join(map(_in_words, capacities)), endpoint_price.hourly_of(capacities, account.region)


def _in_words(capacity: Capacity) -> str:
    if isinstance(capacity, Serverless):
        return f"serverless, {capacity.memory // 1024} GB"
    return f"{capacity.count} × {capacity.instance_type}"


def scalable_targets(account: Account) -> Iterator[Resource]:
    """Yield the autoscaling of our endpoints, also of those that are gone: their names alone identify it."""
    targets = account.pages(
        "application-autoscaling", "describe_scalable_targets", "ScalableTargets", ServiceNamespace="sagemaker"
    )
    for target in targets:
        name = target["ResourceId"].split("/")[1]
        if name.startswith(f"{PROJECT_NAME}-") and _is_ours_or_gone(account, name):
            detail = f"{target['MinCapacity']} to {target['MaxCapacity']} instances"
            link = _sagemaker_link(account, f"endpoints/{name}")
            arn = target.get("ScalableTargetARN", "")
            yield Resource("autoscaling", target["ResourceId"], arn, link, "", detail, target["CreationTime"])


def _is_ours_or_gone(account: Account, endpoint: str) -> bool:
    try:
        told = account.call("sagemaker", "describe_endpoint", EndpointName=endpoint)
    except CloudError as error:
        if error.missing:
            return True
        raise
    return bool(our_tags(account, told["EndpointArn"]))


def endpoint_configurations(account: Account) -> Iterator[Resource]:
    """Yield the endpoint configurations, which cost nothing."""
    listed = account.pages("sagemaker", "list_endpoint_configs", "EndpointConfigs", NameContains=PROJECT_NAME)
    for configuration in listed:
        name, arn = configuration["EndpointConfigName"], configuration["EndpointConfigArn"]
        if our_tags(account, arn):
            link = _sagemaker_link(account, f"endpointConfig/{name}")
            yield Resource("endpoint configuration", name, arn, link, created=configuration["CreationTime"])


def models(account: Account) -> Iterator[Resource]:
    """Yield the models that endpoints can be made of, which cost nothing."""
    for model in account.pages("sagemaker", "list_models", "Models", NameContains=PROJECT_NAME):
        name, arn = model["ModelName"], model["ModelArn"]
        if our_tags(account, arn):
            yield Resource(
                "model", name, arn, _sagemaker_link(account, f"models/{name}"), created=model["CreationTime"]
            )


def our_tags(account: Account, arn: str) -> dict[str, str]:
    """Return the tags of something that SageMaker has, if they say that it is ours; none when it is gone by now."""
    try:
        named = sagemaker_tags(account, arn)
    except CloudError as error:
        if error.missing:
            return {}
        raise
    return named if is_ours(named) else {}


def _sagemaker_link(account: Account, place: str) -> str:
    return console_link(account, f"sagemaker/home?region={account.region}#/{place}")
