"""Find the project's SageMaker resources: running jobs, endpoints with their scaling and configuration, models."""

from collections.abc import Iterator, Mapping
from typing import Any

from sentiment.cloud.aws import prices
from sentiment.cloud.aws.account import Account
from sentiment.cloud.aws.ownership import (
    CREATOR_TAG,
    PROJECT_NAME,
    PROJECT_TAG,
    expiry,
    is_our_name,
    is_ours,
    is_tagged,
    owner,
    tags_unless_gone,
)
from sentiment.cloud.ending.expiry import scheduled_by_all
from sentiment.cloud.hosting import endpoint_price
from sentiment.cloud.hosting.endpoints import NOT_BILLED, Asynchronous, Capacity, Serverless, summaries
from sentiment.cloud.hosting.endpoints import capacities as serving
from sentiment.cloud.housekeeping.resource import Resource, console_link
from sentiment.errors import CloudError


def training_jobs(account: Account) -> Iterator[Resource]:
    """Yield the training jobs that are running or stopping."""
    for state in ("InProgress", "Stopping"):
        jobs = account.pages(
            "sagemaker", "list_training_jobs", "TrainingJobSummaries", NameContains=PROJECT_NAME, StatusEquals=state
        )
        for job in jobs:
            name, arn = job["TrainingJobName"], job["TrainingJobArn"]
            if named := our_tags(account, arn):
                description = account.call("sagemaker", "describe_training_job", TrainingJobName=name)
                detail, hourly = _machines(account, "training", description["ResourceConfig"])
                yield Resource(
                    "training job",
                    name,
                    arn,
                    _sagemaker_link(account, f"jobs/{name}"),
                    named.get(CREATOR_TAG, ""),
                    state,
                    detail,
                    job["CreationTime"],
                    expiry(named),
                    hourly,
                )


def transform_jobs(account: Account) -> Iterator[Resource]:
    """Yield the batch transform jobs that are running or stopping."""
    for state in ("InProgress", "Stopping"):
        jobs = account.pages(
            "sagemaker", "list_transform_jobs", "TransformJobSummaries", NameContains=PROJECT_NAME, StatusEquals=state
        )
        for job in jobs:
            name, arn = job["TransformJobName"], job["TransformJobArn"]
            if named := our_tags(account, arn):
                description = account.call("sagemaker", "describe_transform_job", TransformJobName=name)
                detail, hourly = _machines(account, "transform", description["TransformResources"])
                yield Resource(
                    "transform job",
                    name,
                    arn,
                    _sagemaker_link(account, f"transform-jobs/{name}"),
                    named.get(CREATOR_TAG, ""),
                    state,
                    detail,
                    job["CreationTime"],
                    expiry(named),
                    hourly,
                )


def _machines(account: Account, kind: prices.PricedUse, machines: Mapping[str, Any]) -> tuple[str, float | None]:
    """Return a job's instances in words and their cost in dollars per hour."""
    name, number = machines["InstanceType"], machines["InstanceCount"]
    return f"{number} × {name}", prices.cost(kind, name, account.region, 3600, number)


def endpoints(account: Account) -> Iterator[Resource]:
    """Yield the endpoints in any state, with the cost of their instances."""
    for endpoint, named in summaries(account):
        name, state = endpoint["EndpointName"], endpoint["EndpointStatus"]
        detail, hourly = _variants(account, name)
        yield Resource(
            "endpoint",
            name,
            endpoint["EndpointArn"],
            _sagemaker_link(account, f"endpoints/{name}"),
            named.get(CREATOR_TAG, ""),
            state,
            detail,
            endpoint["CreationTime"],
            expiry(named),
            0.0 if state in NOT_BILLED else hourly,
        )


def _variants(account: Account, endpoint: str) -> tuple[str, float | None]:
    """Return an endpoint's capacity in words and in dollars per hour; as configured while it is being created."""
    try:
        description = account.call("sagemaker", "describe_endpoint", EndpointName=endpoint)
        configuration = account.call(
            "sagemaker", "describe_endpoint_config", EndpointConfigName=description["EndpointConfigName"]
        )
    except CloudError as error:
        if error.missing:
            return "", None
        raise
    capacities = serving(description, configuration).values()
    return " + ".join(map(_in_words, capacities)), endpoint_price.hourly_of(capacities, account.region)


def _in_words(capacity: Capacity) -> str:
    if isinstance(capacity, Serverless):
        return f"serverless, {capacity.memory // 1024} GB"
    waits = ", asynchronous" if isinstance(capacity, Asynchronous) else ""
    return f"{capacity.count} × {capacity.instance_type}{waits}"


def scalable_targets(account: Account) -> Iterator[Resource]:
    """Yield the autoscaling of the project's endpoints, deleted ones included: the name alone identifies it."""
    targets = account.pages(
        "application-autoscaling", "describe_scalable_targets", "ScalableTargets", ServiceNamespace="sagemaker"
    )
    for target in targets:
        name = target["ResourceId"].split("/")[1]
        if is_our_name(name) and (creator := _creator_of(account, name)):
            yield Resource(
                "autoscaling",
                target["ResourceId"],
                target.get("ScalableTargetARN", "") or f"autoscaling:{target['ResourceId']}",
                _sagemaker_link(account, f"endpoints/{name}"),
                creator,
                "",
                f"{target['MinCapacity']} to {target['MaxCapacity']} instances",
                target["CreationTime"],
            )


def _creator_of(account: Account, endpoint: str) -> str:
    """Return the owner of an endpoint according to its tags, "" if it is not this project's.

    A deleted endpoint has no tags any more; its scaling is then treated as the caller's.
    """
    try:
        description = account.call("sagemaker", "describe_endpoint", EndpointName=endpoint)
    except CloudError as error:
        if error.missing:
            return owner(account.arn)
        raise
    named = tags_unless_gone(account, description["EndpointArn"]) or {}
    if PROJECT_TAG not in named:  # tags lost, as in `summaries`
        return scheduled_by_all(account).get(endpoint, "")
    return named.get(CREATOR_TAG, "") if is_tagged(named) else ""


def endpoint_configurations(account: Account) -> Iterator[Resource]:
    """Yield the endpoint configurations, which are free."""
    listed = account.pages("sagemaker", "list_endpoint_configs", "EndpointConfigs", NameContains=PROJECT_NAME)
    for configuration in listed:
        name, arn = configuration["EndpointConfigName"], configuration["EndpointConfigArn"]
        if named := our_tags(account, arn):
            link, creator = _sagemaker_link(account, f"endpointConfig/{name}"), named.get(CREATOR_TAG, "")
            yield Resource("endpoint configuration", name, arn, link, creator, created=configuration["CreationTime"])


def models(account: Account) -> Iterator[Resource]:
    """Yield the models, which are free."""
    for model in account.pages("sagemaker", "list_models", "Models", NameContains=PROJECT_NAME):
        name, arn = model["ModelName"], model["ModelArn"]
        if named := our_tags(account, arn):
            link, creator = _sagemaker_link(account, f"models/{name}"), named.get(CREATOR_TAG, "")
            yield Resource("model", name, arn, link, creator, created=model["CreationTime"])


def our_tags(account: Account, arn: str) -> dict[str, str]:
    """Return the tags of a SageMaker resource if its name and tags mark it as this project's.

    Empty if they do not, or if the resource no longer exists.
    """
    name = arn.rpartition("/")[2]
    named = tags_unless_gone(account, arn) if is_our_name(name) else None
    return named if named is not None and is_ours(name, named) else {}


def _sagemaker_link(account: Account, place: str) -> str:
    return console_link(account, f"sagemaker/home?region={account.region}#/{place}")
