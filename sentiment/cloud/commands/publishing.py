"""The commands `publish` and `unpublish` of `scripts/cloud.py`."""

import argparse
import json
from collections.abc import Callable
from dataclasses import fields
from typing import TYPE_CHECKING

from sentiment.cloud.commands.step import Steps, add_step, say
from sentiment.system.command import confirm

if TYPE_CHECKING:
    from sentiment.cloud.publishing.public_api import Publication

_ABOUT = {
    "rate_per_second": "sustained calls per second for each key",
    "burst": "largest burst of calls",
    "daily_quota": "calls per day for each key; AWS may allow slightly more",
    "concurrency": "calls processed at the same time",
}


def add_steps(steps: Steps) -> None:
    """Add both commands."""
    from sentiment.cloud.publishing.limits import Limits

    parser = _step(steps, "publish", "publish an endpoint as a public API", publish)
    for field in fields(Limits):
        if field.name in _ABOUT:
            flag, about = f"--{field.name.replace('_', '-')}", f"{_ABOUT[field.name]} (%(default)s)"
            parser.add_argument(flag, type=type(field.default), default=field.default, help=about)
    parser.add_argument(
        "--origin", action="append", default=[], help="a web site that may call it from a browser; may be repeated"
    )
    parser.add_argument("--show-key", action="store_true", help="also print the key; anyone who has it may call")
    _step(steps, "unpublish", "delete the public API of an endpoint", unpublish)


def publish(arguments: argparse.Namespace) -> int:
    """Put an API with a key, a quota and a page for visitors in front of an endpoint, or change its limits. Shows the
    price first; the endpoint's own price comes on top."""
    from sentiment.cloud.aws.account import connect
    from sentiment.cloud.hosting import endpoints
    from sentiment.cloud.publishing import api_price, public_api, publication
    from sentiment.cloud.publishing.limits import Limits

    limits = Limits(**{name: getattr(arguments, name) for name in _ABOUT}, origins=tuple(arguments.origin))
    account = connect(arguments.profile, arguments.region)
    endpoints.described(account, arguments.endpoint)
    confirm(f"{api_price.price_in_words(limits, account.region)} Publish?", arguments.yes)
    found = publication.publish(account, arguments.endpoint, limits, say)
    _tell(arguments, found, public_api.key(account, found) if arguments.show_key else None)
    return 0


def unpublish(arguments: argparse.Namespace) -> int:
    """Delete every part of an endpoint's public API. The endpoint itself is kept, at its price."""
    from sentiment.cloud.aws.account import connect
    from sentiment.cloud.hosting import endpoints
    from sentiment.cloud.publishing import public_api, publication

    account = connect(arguments.profile, arguments.region)
    if public_api.status(account, arguments.endpoint):  # it may exist without its endpoint
        confirm(f"This deletes the public API of {arguments.endpoint} and its key. Unpublish?", arguments.yes)
    else:
        endpoints.described(account, arguments.endpoint)
    publication.unpublish(account, arguments.endpoint, say)
    words = f"{arguments.endpoint} is not published."
    print(json.dumps({"endpoint": arguments.endpoint, "published": False}) if arguments.json else words)
    return 0


def _step(
    steps: Steps, name: str, about: str, function: Callable[[argparse.Namespace], int]
) -> argparse.ArgumentParser:
    parser = add_step(steps, name, about, function, asks=True)
    parser.add_argument("--endpoint", required=True, help="the endpoint's name")
    return parser


def _tell(arguments: argparse.Namespace, found: "Publication", key: str | None) -> None:
    from sentiment.cloud.publishing import public_api

    if arguments.json:
        answer = {"endpoint": found.endpoint, "url": found.url, "key_id": found.key_id}
        print(json.dumps(answer | ({"key": key} if key else {}), indent=2))
        return
    print(f"{found.url}: the page for visitors, and where programs send reviews.")
    print(f"Key: {key}" if key else "To see its key, add --show-key or open the page Endpoints.")
    print(f"With the key in REVIEW_SENTIMENT_KEY:\n{public_api.curl(found)}")
