"""The commands of `scripts/cloud.py` for a whole account: prices, inventory, planned ends, roles and teardown."""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sentiment.cloud.commands.step import Steps, add_step, say
from sentiment.cloud.housekeeping import inventory_table
from sentiment.cloud.housekeeping.resource import Resource
from sentiment.errors import CloudError
from sentiment.system.command import confirm
from sentiment.system.storage import SHIPPED_BUNDLE

if TYPE_CHECKING:
    from sentiment.cloud.aws.account import Account
    from sentiment.cloud.housekeeping.inventory import Inventory


POLICIES = ("app-user", "deployer", "boundary", "execution-role", "scheduler-role", "sweeper-role")


def add_steps(steps: Steps) -> None:
    """Add the commands for the account as a whole."""
    parser = add_step(steps, "status", "list this project's resources on AWS and their cost", status)
    _add_all_regions(parser)
    parser.add_argument("--refresh-prices", action="store_true", help="read AWS's price list for the region first")

    parser = add_step(steps, "extend", "change when an endpoint is deleted automatically", extend, asks=True)
    parser.add_argument("--endpoint", required=True, help="the endpoint's name")
    parser.add_argument("--hours", type=float, default=2.0, help="hours from now until it is deleted (%(default)g)")

    parser = add_step(steps, "teardown", "delete all of your resources", teardown, asks=True)
    _add_all_regions(parser)
    parser.add_argument("--everyone", action="store_true", help="include what colleagues created with this project")

    add_step(steps, "roles", "create or update the roles that AWS services assume", make_roles)

    parser = add_step(steps, "policy", "print an IAM policy for this account, to paste into the console", policy)
    parser.add_argument("name", choices=POLICIES)

    parser = add_step(steps, "prices", "show what each step costs; needs no account", price_list, on_aws=False)
    parser.add_argument("--reviews", type=int, default=10_000, help="number of reviews to score (10,000)")
    parser.add_argument("--model", type=Path, default=SHIPPED_BUNDLE, help="the bundle (default: the shipped one)")
    parser.add_argument("--region", default="us-east-1", help="AWS region (%(default)s)")


def price_list(arguments: argparse.Namespace) -> int:
    """Show what training and each way of scoring cost at list prices, for a number of reviews; needs no account."""
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
    """Print an IAM policy: app-user to train, deploy and score, deployer to publish as well."""
    from sentiment.cloud.aws import roles
    from sentiment.cloud.aws.account import connect

    print(roles.policy(connect(arguments.profile, arguments.region), arguments.name), end="")
    return 0


def make_roles(arguments: argparse.Namespace) -> int:
    """Create or update the region's roles and their permissions boundary, for everyone who uses the region. A user with
    the policy deployer does this once for all users with app-user; the boundary needs an administrator."""
    from sentiment.cloud.aws import roles
    from sentiment.cloud.aws.account import connect

    account = connect(arguments.profile, arguments.region)
    made = {purpose: roles.create_role(account, purpose) for purpose in roles.PURPOSES}
    if arguments.json:
        _print_json(roles=made)
    else:
        print("\n".join(f"{arn} is up to date." for arn in made.values()))
    return 0


def status(arguments: argparse.Namespace) -> int:
    """List this project's resources in the account and region, with owner, age, planned end and price."""
    from sentiment.cloud.aws import prices
    from sentiment.cloud.aws.account import connect
    from sentiment.cloud.housekeeping.inventory import inventory

    account = connect(arguments.profile, arguments.region)
    if arguments.refresh_prices:
        print(f"{prices.refresh(account)} prices read from AWS.", file=sys.stderr)
    if arguments.all_regions:
        return _status_everywhere(account, arguments.json)
    found = inventory(account)
    if arguments.json:
        _print_json(account=account.number, **_region_record(account.region, found))
    else:
        print(f"{account.identity} in account {account.number}, {account.region}; {prices.dated(account.region)}")
        print("\n".join(_lines_of(account.region, found)))
    return 0


def _status_everywhere(account: "Account", as_json: bool) -> int:
    from sentiment.cloud.housekeeping.inventory import everywhere

    looked = everywhere(account)
    if as_json:
        answer = [_region_record(region, found) for region, found in looked.found.items()]
        refused = {region: str(error) for region, error in looked.refused.items()}
        _print_json(account=account.number, regions=answer, closed=looked.closed, refused=refused)
        return 0
    print(f"{account.identity} in account {account.number}, {len(looked.found)} regions")
    for region, found in looked.found.items():
        if found or found.unseen:
            print("\n".join(["", f"{region}:", *_lines_of(region, found)]))
    empty = [region for region, found in looked.found.items() if not found and not found.unseen]
    print(f"\nNothing in {', '.join(empty)}." if empty else "")
    if looked.refused:
        print(looked.refused_in_words)
    if looked.closed:
        print(f"Not enabled in this account, so nothing can exist there: {', '.join(looked.closed)}.")
    return 0


def extend(arguments: argparse.Namespace) -> int:
    """Change the end of an endpoint to a number of hours from now."""
    from sentiment.cloud.aws.account import connect
    from sentiment.cloud.ending import expiry
    from sentiment.cloud.hosting import endpoint_price
    from sentiment.cloud.housekeeping.inventory import inventory

    expiry.ending(arguments.hours)  # before the confirmation
    account = connect(arguments.profile, arguments.region)
    found = [each for each in inventory(account, ["endpoint"]) if each.name == arguments.endpoint]
    if not found:
        raise CloudError(
            f"This project has no endpoint {arguments.endpoint} in {account.region}: see scripts/cloud.py status."
        )
    hourly = found[0].hourly
    price = endpoint_price.for_hours(arguments.hours, hourly)
    whose = "" if found[0].is_of(account) else f"It belongs to {found[0].owner}. "
    confirm(f"{whose}{arguments.hours:g} hours of {found[0].detail} cost {price}. Extend?", arguments.yes)
    until = expiry.ending(arguments.hours)
    expiry.extend(account, arguments.endpoint, until)
    if arguments.json:
        _print_json(endpoint=arguments.endpoint, expires=until.isoformat(), dollars_an_hour=hourly)
    else:
        print(f"{arguments.endpoint} is deleted automatically on {expiry.in_words(until)}; until then: {price}.")
    return 0


def teardown(arguments: argparse.Namespace) -> int:
    """Stop and delete the resources that you, or everyone, created with this project in the account and region.
    After an interruption, run it again."""
    from sentiment.cloud.aws.account import connect
    from sentiment.cloud.housekeeping.inventory import everywhere, inventory

    account = connect(arguments.profile, arguments.region)
    answer, failures = [], []
    if not arguments.all_regions:
        found = {account.region: inventory(account)}
    else:
        looked = everywhere(account)
        found = {region: each for region, each in looked.found.items() if _has_any(account, region, each, arguments)}
        failures += [looked.refused_in_words] if looked.refused else []
    _agree(account, found, arguments)
    for region, each in found.items():
        try:
            answer.append(_taken_down(replace(account, region=region), each, arguments))
        except CloudError as error:
            failures.append(f"{region}: {error}" if arguments.all_regions else str(error))
    if arguments.json:
        _print_json(**(answer[0] if answer and not arguments.all_regions else {"regions": answer}))
    elif answer:
        print("\n".join(each["sentence"] for each in answer))
    if failures:
        raise CloudError(" ".join(failures))
    return 0


def _has_any(account: "Account", region: str, found: "Inventory", arguments: argparse.Namespace) -> bool:
    """Whether a region has anything to delete; endpoints that ended on schedule may have left nothing but logs."""
    from sentiment.cloud.housekeeping import logs

    seen = bool(found or found.unseen or region == account.region)
    return seen or bool(logs.kept_in_words(replace(account, region=region), arguments.everyone))


def _agree(account: "Account", found: Mapping[str, "Inventory"], arguments: argparse.Namespace) -> None:
    """Show what would be deleted, if anything, and ask for confirmation. DeclinedError if it is declined."""
    from sentiment.cloud.housekeeping import logs
    from sentiment.cloud.housekeeping.inventory import sentence
    from sentiment.cloud.housekeeping.teardown import of_whom
    from sentiment.cloud.training import training_jobs

    questions = []
    for region, each in found.items():
        place = replace(account, region=region)
        going, printed = of_whom(place, each, arguments.everyone), logs.kept_in_words(place, arguments.everyone)
        if not going and not printed:
            continue
        print("\n".join([*inventory_table.lines(going), *([printed] if printed else [])]), file=sys.stderr)
        what = sentence(going, region) if going else f"Only logs in {region}"
        owners = sorted({resource.owner for resource in going if not resource.is_of(account)})
        others = f" This includes resources of {', '.join(owners)}." if owners else ""
        lost = f" {warning}" if (warning := training_jobs.left_there_in_words(place)) else ""
        questions.append(f"{what}.{others}{lost}")
    if questions:
        confirm(f"Account {account.number}: {' '.join(questions)} Delete all of it?", arguments.yes)


def _taken_down(account: "Account", before: "Inventory", arguments: argparse.Namespace) -> dict[str, Any]:
    """Delete one region's resources, and return what was deleted and what is left."""
    from sentiment.cloud.housekeeping.inventory import inventory
    from sentiment.cloud.housekeeping.teardown import of_whom, sentence, teardown

    teardown(account, say, arguments.everyone)
    gone, left = of_whom(account, before, arguments.everyone), inventory(account)
    return {
        "region": account.region,
        "taken_down": _records(gone),
        "left": _records(left),
        "sentence": sentence(account, len(gone), left),
    }


def _add_all_regions(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--all-regions", action="store_true", help="in every region enabled for the account; takes a minute"
    )


def _region_record(region: str, found: "Inventory") -> dict[str, Any]:
    from sentiment.cloud.housekeeping.inventory import sentence

    return {
        "region": region,
        "sentence": sentence(found, region),
        "resources": _records(found),
        "unseen": {unseen.kind: str(unseen.error) for unseen in found.unseen},
    }


def _lines_of(region: str, found: "Inventory") -> list[str]:
    """Return a region's inventory as lines, followed by the kinds that could not be listed, and the total."""
    from sentiment.cloud.housekeeping.inventory import sentence

    missing = [unseen.sentence for unseen in found.unseen]
    return [*inventory_table.lines(found), *missing, f"{sentence(found, region)}."]


def _records(resources: Iterable[Resource]) -> list[dict[str, Any]]:
    return [asdict(resource) for resource in resources]


def _print_json(**answer: Any) -> None:
    print(json.dumps(answer, indent=2, default=lambda moment: moment.isoformat()))
