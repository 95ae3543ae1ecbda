"""AWS prices: a dated table of list prices that ships with the project, or a newer one read from AWS's price list.

All amounts are US dollars before tax. A savings plan, free tier or discount lowers them.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from sentiment.cloud.aws.account import Account
from sentiment.errors import CloudError
from sentiment.system.storage import ASSETS, home, write_json
from sentiment.wording import duration

PricedUse = Literal["training", "hosting", "transform"]
SHIPPED = ASSETS / "prices.json"
# The price list covers all regions, but its API exists in a few of them only.
_LIST_REGION = "us-east-1"
# Usage types of instance hours in the price list, such as "EUC1-Host:ml.m5.large".
_USAGE = re.compile(r"(?:^|-)(Train|Host|Tsform):(ml\.[\w.-]+)$")
_HOURS_A_MONTH = 730
_NAMED = 3  # offered types named in a message, plus one more
_KINDS: dict[str, PricedUse] = {"Train": "training", "Host": "hosting", "Tsform": "transform"}


def offered(kind: PricedUse) -> list[str]:
    """Return the instance types that suit this model: first without, then with a GPU, smallest first."""
    return list(_shipped()[kind])


def check_offered(kind: PricedUse, instance_type: str, region: str) -> None:
    """Raise CloudError for an instance type that is neither offered nor priced in the region, such as a typing error.

    An offered type is accepted without a price if the region's prices are not known.
    """
    types = offered(kind)
    if instance_type not in types and hourly(kind, instance_type, region) is None:
        raise CloudError(
            f"No {kind} price is known for the instance type {instance_type}: choose one such as "
            f"{', '.join(types[:_NAMED])} or {types[_NAMED]}, or read AWS's price list first with "
            "scripts/cloud.py status --refresh-prices."
        )


def machine(instance_type: str) -> str:
    """Describe an instance type, such as "4 processors, 16 GB, NVIDIA A10G"; empty if the table does not list it."""
    known = _shipped()["machines"].get(instance_type)
    if not known:
        return ""
    number = graphics_processors(instance_type)
    graphics = f", {f'{number} × ' if number > 1 else ''}{known['gpu']}" if number else ""
    return f"{known['processors']} processors, {known['memory_gb']} GB{graphics}"


def graphics_processors(instance_type: str) -> int:
    """Return the number of GPUs of an instance type; also 0 if the table does not list it."""
    known = _shipped()["machines"].get(instance_type, {})
    return int(known.get("gpus", 1)) if "gpu" in known else 0


def described(instance_type: str) -> str:
    """Return an instance type with its description, such as "ml.m5.large (2 processors, 8 GB)"."""
    what = machine(instance_type)
    return f"{instance_type} ({what})" if what else instance_type


def hourly(kind: PricedUse, instance_type: str, region: str) -> float | None:
    """Return the dollars per hour for one instance, None if the price is not known."""
    if (newer := _refreshed(region)) and instance_type in newer[kind]:
        return float(newer[kind][instance_type])
    return _scaled(_shipped()[kind].get(instance_type), region)


def cost(kind: PricedUse, instance_type: str, region: str, seconds: float, instances: int = 1) -> float | None:
    """Return the dollars for the billed seconds on each of the instances, None if the price is not known."""
    price = hourly(kind, instance_type, region)
    return None if price is None else price * seconds / 3600 * instances


def serverless_cost(
    region: str, memory_megabytes: int, busy_seconds: float, transferred_bytes: int = 0
) -> float | None:
    """Return the dollars for a serverless endpoint's busy seconds and for the data sent to and from it."""
    table = _shipped()["serverless"]
    seconds = table["gigabyte_second"] * memory_megabytes / 1024 * busy_seconds
    return _scaled(seconds + table["gigabyte_of_data"] * transferred_bytes / 1e9, region)


def api_cost(region: str, calls: int, busy_seconds: float, memory_megabytes: int) -> float | None:
    """Return the dollars for calls of a REST API backed by a Lambda function that is busy `busy_seconds` per call."""
    table = _shipped()["api"]
    seconds = table["function_gigabyte_second"] * memory_megabytes / 1024 * busy_seconds
    return _scaled(calls * (table["million_calls"] + table["million_function_calls"]) / 1e6 + calls * seconds, region)


def storage_hourly(region: str, size: int) -> float | None:
    """Return the dollars per hour for storing `size` bytes in S3."""
    return _scaled(_shipped()["storage"]["gigabyte_month"] * size / 1e9 / _HOURS_A_MONTH, region)


def amount(dollars: float | None) -> str:
    """Format an amount, such as "$0.35" or "less than $0.01"; "an unknown amount" for None."""
    if dollars is None:
        return "an unknown amount"
    if dollars == 0:
        return "nothing"
    return "less than $0.01" if dollars < 0.005 else f"${dollars:,.2f}"


def about(dollars: float | None) -> str:
    """Format an estimated amount, such as "about $0.35"; "less than $0.01" needs no "about"."""
    words = amount(dollars)
    return f"about {words}" if words.startswith("$") else words


def sentence(kind: PricedUse, instance_type: str, region: str, seconds: float, instances: int = 1) -> str:
    """Return an estimate as a phrase, such as "about $0.28: 12 min on ml.g5.xlarge"."""
    price = cost(kind, instance_type, region, seconds, instances)
    number = f"{instances} × " if instances > 1 else ""
    return f"{about(price)}: {duration(seconds)} on {number}{instance_type}"


def known_at(region: str) -> date:
    """Return the date of the prices used for a region."""
    newer = _refreshed(region)
    return date.fromisoformat((newer or _shipped())["date"])


def dated(region: str) -> str:
    """Describe the date of a region's prices, such as "list prices of 1 November 2025".

    Only instance prices are refreshed from AWS's list; pay-per-use prices keep the date of the shipped table.
    """
    shipped, used = date.fromisoformat(_shipped()["date"]), known_at(region)
    words = f"list prices of {used:%-d %B %Y}"
    if used != shipped:
        words = f"{words} for instances, of {shipped:%-d %B %Y} for usage-based charges"
    return f"{words}{'' if is_known(region) else f'; those of {region} are not known'}"


def is_known(region: str) -> bool:
    """Whether the prices of a region are known."""
    return region in _shipped()["regions"] or _refreshed(region) is not None


def remark(region: str) -> str:
    """Return a note that a region's prices are not known and how to read them; empty if they are known."""
    if is_known(region):
        return ""
    return (
        f"The prices of {region} are not included in this project: read AWS's list with "
        f"scripts/cloud.py status --refresh-prices --region {region}."
    )


def refresh(account: Account) -> int:
    """Read the prices of the account's region from AWS's price list, store them and return their number.

    Raises:
        CloudError: as from `Account.call`, or the list has no usable price.
    """
    table: dict[str, Any] = {kind: {} for kind in get_args(PricedUse)}
    for kind, instance_type, dollars in _listed(account):
        table[kind][instance_type] = dollars
    number = sum(len(prices) for prices in table.values())
    if not number:
        raise CloudError(
            f"AWS lists no instances for {account.region}: keeping the prices of {known_at(account.region)}.",
            "NoPrices",
        )
    write_json(_kept(account.region), {"date": datetime.now(UTC).date().isoformat(), **table})
    return number


def _listed(account: Account) -> Iterator[tuple[PricedUse, str, float]]:
    """Yield the relevant instance prices from the price list: kind, instance type, dollars per hour."""
    wanted = {"productFamily": "ML Instance", "regionCode": account.region}
    filters = [{"Type": "TERM_MATCH", "Field": field, "Value": value} for field, value in wanted.items()]
    place = replace(account, region=_LIST_REGION)
    for text in place.pages("pricing", "get_products", "PriceList", ServiceCode="AmazonSageMaker", Filters=filters):
        item = json.loads(text)
        usage = _USAGE.search(item["product"]["attributes"].get("usagetype", ""))
        dollars = _hourly_rate(item)
        if usage and dollars:
            yield _KINDS[usage[1]], usage[2], dollars


def _hourly_rate(item: dict[str, Any]) -> float | None:
    """Return the on-demand dollars per hour, None if the item has no hourly price."""
    for term in item.get("terms", {}).get("OnDemand", {}).values():
        for dimension in term["priceDimensions"].values():
            if dimension["unit"].lower() in ("hrs", "hours"):
                return float(dimension["pricePerUnit"].get("USD", 0))
    return None


def _scaled(dollars: float | None, region: str) -> float | None:
    """Convert a us-east-1 price to a region, None if the table does not list the region."""
    factor = _shipped()["regions"].get(region)
    return None if dollars is None or factor is None else dollars * factor


@cache
def _shipped() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(SHIPPED.read_text(encoding="utf-8"))
    return table


def _refreshed(region: str) -> dict[str, Any] | None:
    try:
        table: dict[str, Any] = json.loads(_kept(region).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return table


def _kept(region: str) -> Path:
    return home() / "prices" / f"{region}.json"
