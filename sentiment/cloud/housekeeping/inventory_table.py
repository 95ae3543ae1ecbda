"""The inventory as a person reads it: a row a thing, with ages, ends and prices in words."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from sentiment.cloud.aws import prices
from sentiment.cloud.housekeeping.resource import Resource
from sentiment.wording import duration


def rows(resources: Iterable[Resource], now: datetime | None = None) -> list[dict[str, str]]:
    """Return what each thing is, its price, end, name, owner, state, detail and age, and its page in AWS's console."""
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
    """Return what it costs, such as "$0.12 an hour", "by use" or "nothing"."""
    if resource.hourly is None:
        return "not known"
    if resource.hourly == 0:
        return "by use" if resource.running else "nothing"
    return f"{prices.amount(resource.hourly)} an hour"


def state(resource: Resource) -> str:
    """Return AWS's word for its state as a person writes it: "in service" for InService or IN_SERVICE."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", resource.status).lower()


def ends(resource: Resource, now: datetime) -> str:
    """Return when it ends by itself, such as "in 2 h"; empty when nobody has set an end."""
    if resource.expires is None:
        return ""
    left = (resource.expires - now).total_seconds()
    return f"in {duration(left)}" if left > 0 else "overdue"


def lines(resources: Iterable[Resource]) -> list[str]:
    """Return the rows as aligned text for a terminal, without what is empty in all of them and without links."""
    table = rows(resources)
    columns = [name for name in (table[0] if table else ()) if name != "console" and any(row[name] for row in table)]
    widths = {name: max(len(row[name]) for row in table) for name in columns}
    return ["  ".join(row[name].ljust(widths[name]) for name in columns).rstrip() for row in table]
