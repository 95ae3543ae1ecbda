"""Check instance quotas early: new accounts have a quota of zero for many types, which AWS only reports late."""

from sentiment.cloud.aws.account import Account
from sentiment.cloud.aws.prices import PricedUse
from sentiment.errors import CloudError

_USES: dict[PricedUse, str] = {
    "training": "training job usage",
    "hosting": "endpoint usage",
    "transform": "transform job usage",
}


def check(account: Account, kind: PricedUse, instance_type: str, instances: int, spot: bool = False) -> None:
    """Raise CloudError if the account's quota is smaller than the number of instances.

    Call it before anything is uploaded. If the quotas cannot be read, the check passes and AWS decides later.
    """
    name = f"{instance_type} for {'spot ' if spot else ''}{_USES[kind]}"
    quota = _quota(account, name)
    if quota is not None and quota < instances:
        number = f"{instances:,} instance{'s' if instances != 1 else ''}"
        raise CloudError(
            f"The account's quota for {name} is {quota:g}, and {number} would be needed: request more in the console, "
            "under Service Quotas, or choose another instance type.",
            "ResourceLimitExceeded",
        )


def _quota(account: Account, name: str) -> float | None:
    try:
        for quota in account.pages("service-quotas", "list_service_quotas", "Quotas", ServiceCode="sagemaker"):
            if quota["QuotaName"] == name:
                return float(quota["Value"])
    except CloudError:
        return None
    return None
