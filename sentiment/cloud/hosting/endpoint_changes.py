"""Operations on endpoints: create, change models and traffic weights, delete. Each takes AWS minutes to complete."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sentiment.cloud.aws import s3
from sentiment.cloud.aws.account import Account
from sentiment.cloud.aws.errors import unless_missing
from sentiment.cloud.aws.ownership import PROJECT_NAME, is_tagged, resource_name, tag_list, tags, tags_unless_gone
from sentiment.cloud.hosting import endpoints, models
from sentiment.cloud.hosting.autoscaling import stop_scaling
from sentiment.cloud.hosting.endpoints import Asynchronous, Capacity, Endpoint, Instances, Serverless, Variant
from sentiment.cloud.hosting.models import RegisteredModel
from sentiment.errors import CloudError

FIRST_VARIANT, SECOND_VARIANT = "A", "B"
_AT_ONCE = 4  # requests that one instance of an asynchronous endpoint processes concurrently
_ENDPOINT_TAG = "endpoint"  # tag of a configuration: the endpoint it was created for
_Described = tuple[str, str, Capacity, float]  # a variant's name, model, capacity and weight


def create(account: Account, name: str, model: RegisteredModel, capacity: Capacity, expires_at: datetime) -> None:
    """Start creating an endpoint with one model; it is in service minutes later.

    Raises:
        CloudError: as from `Account.call`.
    """
    _configure(account, name, name, [(FIRST_VARIANT, model.name, capacity, 1.0)])
    try:
        account.call(
            "sagemaker",
            "create_endpoint",
            EndpointName=name,
            EndpointConfigName=name,
            Tags=tag_list(tags(account.arn, expires_at)),
        )
    except CloudError:
        _delete_config(account, name)
        raise


def free_variant(endpoint: Endpoint) -> str:
    """Return the name for a second variant of the endpoint.

    Raises:
        CloudError: the endpoint cannot have one, because it is serverless or asynchronous, or already has two.
    """
    if not isinstance(endpoint.variants[0].capacity, Instances):
        kind = "serverless" if isinstance(endpoint.variants[0].capacity, Serverless) else "asynchronous"
        raise CloudError(
            f"The endpoint {endpoint.name} is {kind}, which AWS limits to one model: deploy an endpoint on an "
            "instance to compare two."
        )
    if len(endpoint.variants) > 1:
        raise CloudError(f"The endpoint {endpoint.name} already has two models: remove one first.")
    return SECOND_VARIANT if endpoint.variants[0].name == FIRST_VARIANT else FIRST_VARIANT


def add_variant(account: Account, endpoint: Endpoint, name: str, model: RegisteredModel) -> None:
    """Start adding a second model to the endpoint, on the same number of instances and without traffic.

    Raises:
        CloudError: as from `Account.call`.
    """
    [first] = endpoint.variants
    _reconfigure(account, endpoint, [_described(first, 1.0), (name, model.name, first.capacity, 0.0)])


def keep_variant(account: Account, endpoint: Endpoint, name: str) -> None:
    """Start removing the other model, so that variant `name` receives all traffic. CloudError as above."""
    kept = endpoint.variant(name)
    for variant in endpoint.variants:
        if variant.name != name:
            stop_scaling(account, endpoint.name, variant.name)
    _reconfigure(account, endpoint, [_described(kept, 1.0)])


def replace_model(account: Account, endpoint: Endpoint, model: RegisteredModel) -> None:
    """Start replacing the endpoint's only model, which serves until the new one is ready.

    Raises:
        CloudError: as from `Account.call`, or the endpoint has two models.
    """
    if len(endpoint.variants) > 1:
        raise CloudError(f"The endpoint {endpoint.name} has two models: remove one first.")
    [only] = endpoint.variants
    _reconfigure(account, endpoint, [(only.name, model.name, only.capacity, 1.0)])


def delete_replaced(account: Account, before: Endpoint, now: Endpoint) -> None:
    """Delete the configuration and models that an endpoint used before its update and no longer uses.

    Raises:
        CloudError: as from `Account.call`.
    """
    if before.config != now.config:
        _delete_config(account, before.config)
    in_use = {variant.model.name for variant in now.variants}
    for variant in before.variants:
        if variant.model.name not in in_use:
            models.delete(account, variant.model.name)


def shift(account: Account, endpoint: Endpoint, shares: Mapping[str, float]) -> None:
    """Distribute the traffic among the variants; shares, by variant name, are 0 to 1 and relative to each other.

    Raises:
        CloudError: as from `Account.call`, or a variant with a share has not passed its parity check.
    """
    for name, share in shares.items():
        if share and endpoint.variant(name).parity is None:
            raise CloudError(
                f"Variant {name} has not been compared with its bundle yet: it can get traffic once its scores match."
            )
    weights = [{"VariantName": name, "DesiredWeight": share} for name, share in shares.items()]
    account.call(
        "sagemaker",
        "update_endpoint_weights_and_capacities",
        EndpointName=endpoint.name,
        DesiredWeightsAndCapacities=weights,
    )


def delete(account: Account, name: str) -> Endpoint | None:
    """Delete an endpoint with its scaling, configuration and models; return what it was, None if already deleted.

    What an endpoint that was deleted on schedule left behind is deleted too.

    Raises:
        CloudError: as from `Account.call`.
    """
    try:
        endpoint = endpoints.find(account, name)
    except CloudError as error:
        if not error.missing:
            raise
        _delete_remains(account, name)
        return None
    for variant in endpoint.variants:
        stop_scaling(account, name, variant.name)
    account.call("sagemaker", "delete_endpoint", EndpointName=name)
    _delete_config(account, endpoint.config)
    for variant in endpoint.variants:
        models.delete(account, variant.model.name)
    return endpoint


def remains(account: Account, name: str) -> list[str]:
    """Return the names of the configurations created for an endpoint. CloudError as from `Account.call`."""
    listed = account.pages("sagemaker", "list_endpoint_configs", "EndpointConfigs", NameContains=PROJECT_NAME)
    found = [
        (each["EndpointConfigName"], tags_unless_gone(account, each["EndpointConfigArn"]) or {}) for each in listed
    ]
    return [config for config, named in found if is_tagged(named) and named.get(_ENDPOINT_TAG) == name]


def _delete_remains(account: Account, name: str) -> None:
    for config in remains(account, name):
        with unless_missing():
            description = account.call("sagemaker", "describe_endpoint_config", EndpointConfigName=config)
            for variant in description["ProductionVariants"]:
                stop_scaling(account, name, variant["VariantName"])
                models.delete(account, variant["ModelName"])
            _delete_config(account, config)


def _described(variant: Variant, weight: float) -> _Described:
    return variant.name, variant.model.name, variant.capacity, weight


def _configure(account: Account, name: str, endpoint: str, variants: Sequence[_Described]) -> None:
    """Create an endpoint configuration from the name, model, capacity and weight of each variant."""
    account.call(
        "sagemaker",
        "create_endpoint_config",
        EndpointConfigName=name,
        ProductionVariants=[
            {"VariantName": variant, "ModelName": model, "InitialVariantWeight": weight, **_settings(capacity)}
            for variant, model, capacity, weight in variants
        ],
        **_asynchronous(account, endpoint, [capacity for _, _, capacity, _ in variants]),
        Tags=tag_list(tags(account.arn) | {_ENDPOINT_TAG: endpoint}),
    )


def _settings(capacity: Capacity) -> dict[str, Any]:
    if isinstance(capacity, Serverless):
        return {"ServerlessConfig": {"MemorySizeInMB": capacity.memory, "MaxConcurrency": capacity.calls}}
    first = capacity.count if isinstance(capacity, Instances) else 1  # AWS creates no endpoint without instances
    return {"InstanceType": capacity.instance_type, "InitialInstanceCount": first}


def _asynchronous(account: Account, endpoint: str, capacities: Sequence[Capacity]) -> dict[str, Any]:
    """Return the S3 locations for responses and failures of an asynchronous endpoint; empty for other kinds."""
    if not any(isinstance(capacity, Asynchronous) for capacity in capacities):
        return {}
    place = f"s3://{s3.bucket(account)}/{s3.prefix(account)}async/{endpoint}"
    return {
        "AsyncInferenceConfig": {
            "OutputConfig": {"S3OutputPath": f"{place}/out", "S3FailurePath": f"{place}/failed"},
            "ClientConfig": {"MaxConcurrentInvocationsPerInstance": _AT_ONCE},
        }
    }


def _reconfigure(account: Account, endpoint: Endpoint, variants: Sequence[_Described]) -> None:
    """Start updating the endpoint to a new configuration."""
    name = resource_name(endpoint.name)
    _configure(account, name, endpoint.name, variants)
    try:
        account.call("sagemaker", "update_endpoint", EndpointName=endpoint.name, EndpointConfigName=name)
    except CloudError:
        _delete_config(account, name)
        raise


def _delete_config(account: Account, name: str) -> None:
    with unless_missing():
        account.call("sagemaker", "delete_endpoint_config", EndpointConfigName=name)
