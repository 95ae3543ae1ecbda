"""Format the inventory for people: one row per resource, with ages, ends and prices in words."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from sentiment.cloud.aws import prices
from sentiment.cloud.housekeeping.resource import Resource
from sentiment.wording import duration


def rows(resources: Iterable[Resource], now: datetime | None = None) -> list[dict[str, str]]:
    """Return one row per resource: kind, price, end, name, owner, state, detail, age and console link."""
    moment = now or datetime.now(UTC)
    return [
        {
            "what": resource.kind,
            "price": price(resource),
            "ends": ends(resource, moment),
            "name": resource.name,
            "owner": resource.owner,
            "state": state(resource),
            "detail": resource.detail,
            "age": duration((moment - resource.created).total_seconds()) if resource.created else "",
            "console": resource.link,
        }
        for resource in resources
    ]


def price(resource: Resource) -> str:
    """Format a resource's price, such as "$0.12 an hour", "by use" or "nothing"."""
    if resource.hourly is None:
        return "not known"
    if resource.hourly == 0:
        return "by use" if resource.running else "nothing"
    return f"{prices.amount(resource.hourly)} an hour"


def state(resource: Resource) -> str:
    """Return AWS's status as words: "in service" for InService or IN_SERVICE."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", resource.status).lower()


def ends(resource: Resource, now: datetime) -> str:
    """Format the time until a resource's planned end, such as "in 2 h"; empty without a planned end."""
    if resource.expires is None:
        return ""
    left = (resource.expires - now).total_seconds()
    return f"in {duration(left)}" if left > 0 else "overdue"


def lines(resources: Iterable[Resource]) -> list[str]:
    """Return the rows as aligned text for a terminal, without links and without columns that are empty in all rows."""
    table = rows(resources)
    columns = [name for name in (table[0] if table else ()) if name != "console" and any(row[name] for row in table)]
    widths = {name: max(len(row[name]) for row in table) for name in columns}
    return ["  ".join(row[name].ljust(widths[name]) for name in columns).rstrip() for row in table]
