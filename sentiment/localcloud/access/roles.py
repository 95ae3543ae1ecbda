"""Roles that services assume: whether they can, and the sessions they get."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.utils import utcnow
from moto.sts.models import sts_backends

from sentiment.localcloud.access.demands import Asking
from sentiment.localcloud.access.encryption import uses_of_keys
from sentiment.localcloud.access.identities import allows, role_named
from sentiment.localcloud.access.keys import PARTITION, Key
from sentiment.localcloud.access.policies import Demand, decision
from sentiment.localcloud.replies import ServiceError

LONGEST_SECONDS = 43_200
TAKES_ROLE = {
    ("sagemaker", "CreateModel"),
    ("sagemaker", "CreateTrainingJob"),
    ("scheduler", "CreateSchedule"),
    ("scheduler", "UpdateSchedule"),
    ("lambda", "CreateFunction"),
    ("lambda", "UpdateFunctionConfiguration"),
}


def check_role(asking: Asking, settling_seconds: float) -> None:
    """Check that the service of a call can assume the role passed to it.

    A role can be assumed once it is `settling_seconds` old, by the services in its trust policy.

    Raises:
        ServiceError: it cannot be assumed; the error is the service's own.
    """
    given = asking.parameters
    arn = given.get("ExecutionRoleArn") or given.get("RoleArn") or given.get("Role")
    arn = str(arn or (given.get("Target") or {}).get("RoleArn") or "")
    if not arn:
        return
    service = f"{asking.service}.amazonaws.com"
    if not assumable(arn, service, settling_seconds) or not _reads_model(arn, given, asking.region):
        raise _refusal(asking, arn)


def assumable(arn: str, service: str, settling_seconds: float = 0.0) -> bool:
    """Return whether a service, such as "sagemaker.amazonaws.com", can currently assume a role of this account."""
    role = role_named(arn.rpartition("/")[2])
    if role is None or role.arn != arn or utcnow() - role.create_date < timedelta(seconds=settling_seconds):
        return False
    demand = Demand("sts:AssumeRole", arn, {"aws:SourceAccount": DEFAULT_ACCOUNT_ID})
    return decision([_trust(role)], demand, service) == "allowed"


def session(arn: str, name: str) -> Key:
    """Return the keys of a new twelve-hour session of a role, without checking whether it may be assumed."""
    made = sts_backends[DEFAULT_ACCOUNT_ID][PARTITION].assume_role(
        region_name="us-east-1",
        role_session_name=name,
        role_arn=arn,
        policy="",
        duration=LONGEST_SECONDS,
        external_id="",
    )
    role = arn.rpartition("/")[2]
    return Key(made.access_key_id, made.secret_access_key, "role", role, made.arn, made.session_token)


def _trust(role: Any) -> str:
    document = role.assume_role_policy_document
    return document if isinstance(document, str) else json.dumps(document)


def _reads_model(arn: str, given: Mapping[str, Any], region: str) -> bool:
    """Whether the role of a model may read the model's files, which SageMaker checks at its creation."""
    url = str((given.get("PrimaryContainer") or {}).get("ModelDataUrl") or "")
    if not url:
        return True
    bucket, _, key = url.removeprefix("s3://").partition("/")
    wanted = [Demand("s3:GetObject", f"arn:{PARTITION}:s3:::{bucket}/{key}", {})]
    via = {"kms:ViaService": f"s3.{region}.amazonaws.com"}
    used = uses_of_keys("GetObject", {"Bucket": bucket, "Key": key}, region)
    wanted += [Demand(action, kms_key, via) for action, kms_key in used]
    role = role_named(arn.rpartition("/")[2])
    return all(allows(role, demand) == "allowed" for demand in wanted)


def _refusal(asking: Asking, arn: str) -> ServiceError:
    if asking.service == "lambda":
        words = "The role defined for the function cannot be assumed by Lambda."
        return ServiceError(400, "InvalidParameterValueException", words)
    words = _SCHEDULER if asking.service == "scheduler" else _JOB if asking.operation == "CreateTrainingJob" else _MODEL
    url = (asking.parameters.get("PrimaryContainer") or {}).get("ModelDataUrl")
    return ServiceError(400, "ValidationException", words.format(arn=arn, url=url, region=asking.region))


_SCHEDULER = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
_JOB = (
    "Could not assume role {arn}. Please ensure that the role exists and allows principal 'sagemaker.amazonaws.com' to "
    "assume the role."
)
_MODEL = (
    'Could not access model data at {url}. Please ensure that the role "{arn}" exists and that its trust relationship '
    'policy allows the action "sts:AssumeRole" for the service principal "sagemaker.amazonaws.com". Also ensure that '
    'the role has "s3:GetObject" permissions and that the object is located in {region}.'
)
