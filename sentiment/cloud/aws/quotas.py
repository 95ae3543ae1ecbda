"""How many instances of a type the account may have at once: a new account has none of many, and AWS says so late."""

from sentiment.cloud.aws.account import Account
from sentiment.cloud.aws.prices import PricedUse
from sentiment.errors import CloudError

_USES: dict[PricedUse, str] = {
    "training": "training job usage",
    "hosting": "endpoint usage",
    "transform": "transform job usage",
}


def check(account: Account, kind: PricedUse, instance_type: str, instances: int, spot: bool = False) -> None:
    """Raise CloudError when the account's quota is smaller than what is asked for.

    To be called before anything is uploaded. Where the quotas may not be read, AWS is left to refuse the step itself.
    """
    name = f"{instance_type} for {'spot ' if spot else ''}{_USES[kind]}"
    quota = _quota(account, name)
    if quota is not None and quota < instances:
        number = f"{instances:,} instance{'s' if instances != 1 else ''}"
        raise CloudError(
            f"The account's quota for {name} is {quota:g}, and {number} would be needed: ask for more in the console, "
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
