"""Instance quotas: how many instances of each type the account may use at once.

A quota has its name from Service Quotas, such as "ml.m5.large for endpoint usage".
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from moto.sagemaker.exceptions import SagemakerClientError
from moto.servicequotas import urls
from moto.servicequotas.responses import ServiceQuotasResponse
from typing_extensions import override

from sentiment.cloud.aws import prices

USES = {
    "training": ("training job usage", "spot training job usage"),
    "hosting": ("endpoint usage",),
    "transform": ("transform job usage",),
}
USUAL = 20.0
PAGE = 20


class OverQuotaError(SagemakerClientError):
    """The request exceeds an instance quota of the account."""

    code = "ResourceLimitExceeded"


def usual() -> dict[str, float]:
    """Return ample quotas for every instance type in the project's price table."""
    table = json.loads(prices.SHIPPED.read_text(encoding="utf-8"))
    return {f"{name} for {use}": USUAL for kind, uses in USES.items() for name in table[kind] for use in uses}


def check(quotas: Mapping[str, float], use: str, wanted: Mapping[str, int], used: Mapping[str, int]) -> None:
    """Raise OverQuotaError if the wanted instances, by type, and those in use exceed the quotas for this use."""
    for kind, count in wanted.items():
        name = f"{kind} for {use}"
        quota, now = quotas.get(name, USUAL), used.get(kind, 0)
        if now + count > quota:
            raise OverQuotaError(
                f"The account-level service limit '{name}' is {quota:g} Instances, with current utilization of {now} "
                f"Instances and a request delta of {count} Instances. Please use AWS Service Quotas to request an "
                "increase for this quota. If AWS Service Quotas is not available, contact AWS support to request an "
                "increase for this quota."
            )


def counted(instances: Iterator[tuple[str, int]]) -> dict[str, int]:
    """Return the total number of instances by type."""
    total: dict[str, int] = {}
    for kind, count in instances:
        total[kind] = total.get(kind, 0) + count
    return total


class LocalServiceQuotas(ServiceQuotasResponse):
    """Handles one Service Quotas request; moto creates an instance for each, and has no quotas for SageMaker."""

    quotas: ClassVar[dict[str, float]]

    def list_service_quotas(self) -> str:
        """Return a page of SageMaker's quotas; other services have none."""
        request = json.loads(self.body)
        names = sorted(self.quotas) if request["ServiceCode"] == "sagemaker" else []
        start = int(request.get("NextToken") or 0)
        page = [self._described(name) for name in names[start : start + PAGE]]
        more = {"NextToken": str(start + PAGE)} if start + PAGE < len(names) else {}
        return json.dumps({"Quotas": page, **more})

    @override
    def get_service_quota(self) -> str:
        code = json.loads(self.body)["QuotaCode"]
        found = next((name for name in self.quotas if _code(name) == code), None)
        return json.dumps({"Quota": self._described(found)}) if found else str(super().get_service_quota())

    def _described(self, name: str) -> dict[str, Any]:
        code = _code(name)
        arn = f"arn:aws:servicequotas:{self.region}:{self.current_account}:sagemaker/{code}"
        answer = {"ServiceCode": "sagemaker", "ServiceName": "Amazon SageMaker", "QuotaArn": arn, "QuotaCode": code}
        return {**answer, "QuotaName": name, "Value": self.quotas[name], "Unit": "None", "Adjustable": True}


def _code(name: str) -> str:
    return f"L-{sum(ord(sign) * 31**place for place, sign in enumerate(name)) % 16**8:08X}"


def install(quotas: dict[str, float]) -> None:
    """Make every moto server started from now on in this process report these quotas."""
    LocalServiceQuotas.quotas = quotas
    urls.url_paths["{0}/$"] = LocalServiceQuotas.dispatch
