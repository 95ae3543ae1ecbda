"""The price list of the local cloud: responses to GetProducts of the Pricing API, which moto lacks.

A product has AWS's fields as far as they concern the hourly price of an instance.
"""

import json
from collections.abc import Mapping

from sentiment.cloud.aws import prices
from sentiment.localcloud.replies import Reply

PAGE = 3


def answer(prices: Mapping[str, float], body: bytes) -> Reply:
    """Return a page of three products; `prices` are dollars per hour by usage type, such as "USE1-Host:ml.m5.large"."""
    request = json.loads(body)
    wanted = {each["Field"]: each["Value"] for each in request.get("Filters", [])}
    start = int(request.get("NextToken", 0))
    page = sorted(prices)[start : start + PAGE]
    listing = {
        "FormatVersion": "aws_v1",
        "PriceList": [json.dumps(_product(name, prices[name], wanted)) for name in page],
    }
    if start + PAGE < len(prices):
        listing["NextToken"] = str(start + PAGE)
    return Reply(200, {"content-type": "application/x-amz-json-1.1"}, json.dumps(listing).encode())


def _product(usage: str, dollars: float, wanted: Mapping[str, str]) -> dict[str, object]:
    dimension = {"unit": "Hrs", "pricePerUnit": {"USD": f"{dollars:.10f}"}}
    return {
        "product": {"attributes": {"usagetype": usage, **wanted}},
        "serviceCode": "AmazonSageMaker",
        "terms": {"OnDemand": {f"{usage}.TERM": {"priceDimensions": {f"{usage}.TERM.RATE": dimension}}}},
    }


def shipped() -> dict[str, float]:
    """Return the prices of the project's own table in dollars per hour, by usage type."""
    table = json.loads(prices.SHIPPED.read_text(encoding="utf-8"))
    names = {"training": "Train", "hosting": "Host", "transform": "Tsform"}
    return {f"USE1-{names[kind]}:{name}": dollars for kind in names for name, dollars in table[kind].items()}
