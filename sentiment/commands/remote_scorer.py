"""The remote model that the flags of `score` request: a SageMaker endpoint or a published API."""

import argparse
import getpass
import os
import sys

from sentiment.errors import ApiError
from sentiment.prediction import Scorer


def remote_scorer(arguments: argparse.Namespace) -> Scorer:
    """Return the requested endpoint or API, and report whether the price of the endpoint is still the estimated one.

    Raises:
        ApiError: the API's key is missing.
        CloudError: there is no such endpoint, or no account.
    """
    if arguments.endpoint:
        from sentiment.cloud.aws import account
        from sentiment.cloud.hosting import endpoint_price
        from sentiment.cloud.hosting.asynchronous import open_scorer

        here = account.connect(arguments.profile, arguments.region)
        scorer = open_scorer(here, arguments.endpoint, arguments.variant)
        price = endpoint_price.scoring_through(here, arguments.endpoint, arguments.variant)
        print(f"The endpoint's price holds: {price}.", file=sys.stderr)
        return scorer
    from sentiment.scoring.api_scorer import ApiScorer

    return ApiScorer(arguments.api, _api_key())


def _api_key() -> str:
    """Return the API key from its environment variable or from a prompt: it is never a command-line argument."""
    from sentiment.scoring.api_scorer import KEY_VARIABLE

    if key := os.environ.get(KEY_VARIABLE):
        return key
    if not sys.stdin.isatty():
        raise ApiError(f"The API's key is missing: put it into the environment variable {KEY_VARIABLE}.")
    return getpass.getpass("Key of the API: ")
