"""The steps of `scripts/cloud.py` about all of it: what it costs, what is on AWS and until when, and taking it down."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sentiment.cloud.commands.step import Steps, add_step, say
from sentiment.cloud.housekeeping.resource import Resource
from sentiment.errors import CloudError
from sentiment.system.command import confirm
from sentiment.system.storage import SHIPPED_BUNDLE


def add_steps(steps: Steps) -> None:
    """Add all of them."""
    parser = add_step(steps, "status", "what of ours is on AWS, and what it costs", status)
    parser.add_argument("--refresh-prices", action="store_true", help="read AWS's price list for the region first")

    parser = add_step(steps, "extend", "let an endpoint live longer, or end sooner", extend, asks=True)
    parser.add_argument("--endpoint", required=True, help="the endpoint's name")
    parser.add_argument("--hours", type=float, default=2.0, help="it ends so many hours from now (%(default)g)")

    add_step(steps, "teardown", "take down everything of ours", teardown, asks=True)

    parser = add_step(steps, "policy", "an IAM policy for this account, to paste into the console", policy)
    parser.add_argument("name", choices=("app-user", "deployer", "execution-role", "scheduler-role"))

    parser = add_step(steps, "prices", "what each step costs; needs no account", price_list, on_aws=False)
    parser.add_argument("--reviews", type=int, default=10_000, help="how many are to be scored (10,000)")
    parser.add_argument("--model", type=Path, default=SHIPPED_BUNDLE, help="the bundle; the shipped one when not given")
    parser.add_argument("--region", default="us-east-1", help="AWS region (%(default)s)")


def price_list(arguments: argparse.Namespace) -> int:
    """Say what training and each way of scoring cost at list prices, for so many reviews; needs no account."""
    from sentiment.cloud.housekeeping import price_table
    from sentiment.model import bundle

    if arguments.reviews < 1:
        raise CloudError("Give a number of reviews above 0: --reviews 10000.")
    card = bundle.describe(arguments.model)
    if arguments.json:
        steps = price_table.steps(arguments.region, arguments.reviews, card)
        _print_json(region=arguments.region, reviews=arguments.reviews, steps=[asdict(step) for step in steps])
    else:
        print("\n".join(price_table.lines(arguments.region, arguments.reviews, card)))
    return 0


def policy(arguments: argparse.Namespace) -> int:
    """Print what somebody needs to be allowed: app-user to train, deploy and score, deployer to publish too."""
    from sentiment.cloud.aws import roles
    from sentiment.cloud.aws.account import connect

    print(roles.policy(connect(arguments.profile, arguments.region), arguments.name), end="")
    return 0


def status(arguments: argparse.Namespace) -> int:
    """List what of ours exists in the account and region, since when, until when and at what price."""
    from sentiment.cloud.aws import prices
    from sentiment.cloud.aws.account import connect
    from sentiment.cloud.housekeeping import inventory_table
    from sentiment.cloud.housekeeping.inventory import inventory, sentence

    account = connect(arguments.profile, arguments.region)
    if arguments.refresh_prices:
        print(f"{prices.refresh(account)} prices read from AWS.", file=sys.stderr)
    found = inventory(account)
    if arguments.json:
        _print_json(
            account=account.number,
            region=account.region,
            sentence=sentence(found, account.region),
            resources=_told(found),
        )
    else:
        known = prices.known_at(account.region)
        print(f"{account.identity} in account {account.number}, {account.region}; list prices of {known}")
        print("\n".join([*inventory_table.lines(found), f"{sentence(found, account.region)}."]))
    return 0


def extend(arguments: argparse.Namespace) -> int:
    """Have an endpoint end so many hours from now, instead of when it would have."""
    from sentiment.cloud.aws import expiry
    from sentiment.cloud.aws.account import connect
    from sentiment.cloud.hosting import endpoint_price
    from sentiment.cloud.housekeeping.inventory import inventory

    if not arguments.hours > 0:
        raise CloudError("Give a number of hours above 0: --hours 2. To end an endpoint now, take it down.")
    account = connect(arguments.profile, arguments.region)
    found = [each for each in inventory(account, ["endpoint"]) if each.name == arguments.endpoint]
    if not found:
        raise CloudError(f"There is no endpoint {arguments.endpoint} of ours in {account.region}: see status.")
    hourly = found[0].hourly
    price = endpoint_price.for_hours(arguments.hours, hourly)
    confirm(f"{arguments.hours:g} hours of {found[0].detail} cost {price}. Extend?", arguments.yes)
    until = expiry.ending(arguments.hours)
    expiry.extend(account, arguments.endpoint, until)
    if arguments.json:
        _print_json(endpoint=arguments.endpoint, expires=until.isoformat(), dollars_an_hour=hourly)
    else:
        print(f"{arguments.endpoint} ends by itself at {until.astimezone():%H:%M on %d %B %Y}; until then: {price}.")
    return 0


def teardown(arguments: argparse.Namespace) -> int:
    """Stop and delete everything of ours in the account and region; when it was cut off, run it again."""
    from sentiment.cloud.aws.account import connect
    from sentiment.cloud.housekeeping import inventory_table, logs
    from sentiment.cloud.housekeeping.inventory import inventory, sentence
    from sentiment.cloud.housekeeping.teardown import teardown
    from sentiment.cloud.training import training_jobs

    account = connect(arguments.profile, arguments.region)
    found, printed = inventory(account), logs.kept_in_words(account)
    if found or printed:
        print("\n".join([*inventory_table.lines(found), *([printed] if printed else [])]), file=sys.stderr)
        what = sentence(found, account.region) if found else f"Nothing but logs in {account.region}"
        lost = f" {warning}" if (warning := training_jobs.left_there_in_words(account)) else ""
        confirm(f"Account {account.number}: {what}.{lost} Take all of it down?", arguments.yes)
        teardown(account, say)
    left = inventory(account)
    if arguments.json:
        _print_json(taken_down=_told(found), left=_told(left))
    else:
        print(f"Taken down: {len(found)}. {sentence(left, account.region)}.")
    return 0


def _told(resources: list[Resource]) -> list[dict[str, Any]]:
    return [asdict(resource) for resource in resources]


def _print_json(**told: Any) -> None:
    print(json.dumps(told, indent=2, default=lambda moment: moment.isoformat()))
