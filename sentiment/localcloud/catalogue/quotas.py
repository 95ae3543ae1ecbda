"""How many instances of each type the account may have at once, and the refusal of one more.

A quota has the name that Service Quotas gives it, such as "ml.m5.large for endpoint usage".
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
    """An instance more than the account may have."""

    code = "ResourceLimitExceeded"


def usual() -> dict[str, float]:
    """Return quotas for every instance type that the project's price table knows, each enough for everything."""
    table = json.loads(prices.SHIPPED.read_text(encoding="utf-8"))
    return {f"{name} for {use}": USUAL for kind, uses in USES.items() for name in table[kind] for use in uses}


def check(quotas: Mapping[str, float], use: str, wanted: Mapping[str, int], used: Mapping[str, int]) -> None:
    """Raise OverQuotaError when instances, by type, would be more than the quotas for this use, beside those in use."""
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
    """Return how many instances of each type these are together."""
    total: dict[str, int] = {}
    for kind, count in instances:
        total[kind] = total.get(kind, 0) + count
    return total


class LocalServiceQuotas(ServiceQuotasResponse):
    """Answers each call of Service Quotas; moto makes one for every request, and knows no quotas of SageMaker's."""

    quotas: ClassVar[dict[str, float]]

    def list_service_quotas(self) -> str:
        """A page of the quotas of SageMaker, none of another service."""
        request = json.loads(self.body)
        names = sorted(self.quotas) if request["ServiceCode"] == "sagemaker" else []
        start = int(request.get("NextToken") or 0)
        page = [self._told(name) for name in names[start : start + PAGE]]
        more = {"NextToken": str(start + PAGE)} if start + PAGE < len(names) else {}
        return json.dumps({"Quotas": page, **more})

    @override
    def get_service_quota(self) -> str:
        code = json.loads(self.body)["QuotaCode"]
        found = next((name for name in self.quotas if _code(name) == code), None)
        return json.dumps({"Quota": self._told(found)}) if found else str(super().get_service_quota())

    def _told(self, name: str) -> dict[str, Any]:
        code = _code(name)
        arn = f"arn:aws:servicequotas:{self.region}:{self.current_account}:sagemaker/{code}"
        answer = {"ServiceCode": "sagemaker", "ServiceName": "Amazon SageMaker", "QuotaArn": arn, "QuotaCode": code}
        return {**answer, "QuotaName": name, "Value": self.quotas[name], "Unit": "None", "Adjustable": True}


def _code(name: str) -> str:
    return f"L-{sum(ord(sign) * 31**place for place, sign in enumerate(name)) % 16**8:08X}"


def install(quotas: dict[str, float]) -> None:
    """Have every moto server that this process starts from now on tell these quotas."""
    LocalServiceQuotas.quotas = quotas
    urls.url_paths["{0}/$"] = LocalServiceQuotas.dispatch
