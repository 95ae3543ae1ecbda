"""What is done to endpoints: made, given other models and weights, and deleted; each takes AWS minutes to finish."""

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
_AT_ONCE = 4  # requests that an instance of an asynchronous endpoint works on
_ENDPOINT_TAG = "endpoint"  # of a configuration: what it was made for
_Described = tuple[str, str, Capacity, float]  # a variant's name, model, capacity and weight


def create(account: Account, name: str, model: RegisteredModel, capacity: Capacity, expires_at: datetime) -> None:
    """Begin to make an endpoint with one model; it is in service minutes later.

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
    """Return the name that a second variant of the endpoint would have.

    Raises:
        CloudError: there can be none, as the endpoint is serverless or has two already.
    """
    if not isinstance(endpoint.variants[0].capacity, Instances):
        kind = "serverless" if isinstance(endpoint.variants[0].capacity, Serverless) else "asynchronous"
        raise CloudError(
            f"The endpoint {endpoint.name} is {kind}, and AWS puts one model only behind such an endpoint: "
            "deploy one on an instance to compare two."
        )
    if len(endpoint.variants) > 1:
        raise CloudError(f"The endpoint {endpoint.name} has two models already: drop one first.")
    return SECOND_VARIANT if endpoint.variants[0].name == FIRST_VARIANT else FIRST_VARIANT


def add_variant(account: Account, endpoint: Endpoint, name: str, model: RegisteredModel) -> None:
    """Begin to put a second model behind the endpoint, on as many instances, with no traffic as yet.

    Raises:
        CloudError: as from `Account.call`.
    """
    [first] = endpoint.variants
    _reconfigure(account, endpoint, [_described(first, 1.0), (name, model.name, first.capacity, 0.0)])


def keep_variant(account: Account, endpoint: Endpoint, name: str) -> None:
    """Begin to take the other model away; the one of the variant `name` then has all traffic. CloudError as above."""
    kept = endpoint.variant(name)
    for variant in endpoint.variants:
        if variant.name != name:
            stop_scaling(account, endpoint.name, variant.name)
    _reconfigure(account, endpoint, [_described(kept, 1.0)])


def replace_model(account: Account, endpoint: Endpoint, model: RegisteredModel) -> None:
    """Begin to put another model in the place of the endpoint's only one, which serves until the new one does.

    Raises:
        CloudError: as from `Account.call`, or the endpoint has two models.
    """
    if len(endpoint.variants) > 1:
        raise CloudError(f"The endpoint {endpoint.name} has two models: drop one first.")
    [only] = endpoint.variants
    _reconfigure(account, endpoint, [(only.name, model.name, only.capacity, 1.0)])


def delete_replaced(account: Account, before: Endpoint, now: Endpoint) -> None:
    """Delete the configuration and the models that an endpoint had before its update and has no longer.

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
    """Share the traffic out among the variants, by name; shares are 0 to 1 and count in proportion.

    Raises:
        CloudError: as from `Account.call`; the endpoint is not ready for traffic to a variant that gets some.
    """
    for name, share in shares.items():
        if share and endpoint.variant(name).parity is None:
            raise CloudError(
                f"Variant {name} has not been compared with its bundle yet: it gets traffic when it scores as that."
            )
    weights = [{"VariantName": name, "DesiredWeight": share} for name, share in shares.items()]
    account.call(
        "sagemaker",
        "update_endpoint_weights_and_capacities",
        EndpointName=endpoint.name,
        DesiredWeightsAndCapacities=weights,
    )


def delete(account: Account, name: str) -> Endpoint | None:
    """Delete an endpoint with its scaling, configuration and models, and return what it was; None when it is gone.

    What one that has ended by itself has left is deleted too.

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
    """Return the configurations that were made for an endpoint, by name. CloudError as from `Account.call`."""
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
    """Make a configuration for an endpoint of variants: name, model, capacity and weight of each."""
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
    first = capacity.count if isinstance(capacity, Instances) else 1  # AWS makes no endpoint of none
    return {"InstanceType": capacity.instance_type, "InitialInstanceCount": first}


def _asynchronous(account: Account, endpoint: str, capacities: Sequence[Capacity]) -> dict[str, Any]:
    """Say where answers and failures go, for an endpoint that takes its requests from S3."""
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
    """Begin to give the endpoint another configuration, in the place of the one that it has."""
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
