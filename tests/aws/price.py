"""The check of `scripts/test --aws` before it begins: target of the round trip, its cost, and permission."""

import argparse
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from sentiment.cloud.aws import prices  # noqa: E402
from sentiment.cloud.aws.account import connect  # noqa: E402
from sentiment.system.command import confirm, run  # noqa: E402
from tests.aws.round_trip import expected_prices  # noqa: E402 (the paths above are needed first)


def main() -> int:
    """Print the price and ask for confirmation."""
    parser = argparse.ArgumentParser(prog="scripts/test --aws", description="The round trip in a real AWS account.")
    parser.add_argument("--yes", action="store_true", help="begin without asking first")
    arguments = parser.parse_args()
    account = connect()
    expected = expected_prices(account.region)
    for price in expected:
        print(f"{price.part}: {prices.amount(price.dollars)}")
    known = [price.dollars for price in expected if price.dollars is not None]
    total = prices.amount(sum(known) if len(known) == len(expected) else None)
    place = f"{account.identity} in account {account.number}, {account.region}"
    question = f"In all about {total} and half an hour, as {place}; everything is taken down at the end. Begin?"
    confirm(question, arguments.yes)
    return 0


if __name__ == "__main__":
    run(main)
