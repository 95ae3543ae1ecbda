"""Work on an endpoint started from a page: each function takes a while, reports its steps, and returns a sentence."""

import shlex
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from sentiment.cloud.aws.account import Account
from sentiment.cloud.ending import expiry
from sentiment.cloud.hosting import (
    deployment,
    endpoint_changes,
    endpoint_price,
    endpoints,
    parity,
    variant_accuracy,
)
from sentiment.cloud.hosting.asynchronous import open_scorer
from sentiment.cloud.hosting.deployment import Plan
from sentiment.cloud.hosting.endpoints import Asynchronous, Endpoint, Serverless
from sentiment.cloud.publishing import publication
from sentiment.display.prediction_words import in_short
from sentiment.wording import percent

Report = Callable[[str], None]
QUOTED_LETTERS = 60  # of a review, next to its verdict


def deploy(account: Account, plan: Plan, report: Report) -> str:
    """Deploy a bundle.

    Raises:
        BundleError, PackingError, CloudError: as from `deployment.deploy`; so do the functions below.
    """
    return _ready(deployment.deploy(account, plan, report))


def replace(account: Account, name: str, directory: Path, report: Report) -> str:
    """Replace an endpoint's only bundle by another one."""
    return _ready(deployment.update(account, name, directory, report))


def add(account: Account, name: str, directory: Path, report: Report) -> str:
    """Add a second bundle to an endpoint."""
    return (
        f"{_ready(deployment.add(account, name, directory, report))} It gets calls once you change the traffic split."
    )


def check(account: Account, name: str, variant: str, directory: Path, report: Report) -> str:
    """Compare a variant with its local bundle."""
    deployment.check(account, name, variant, directory, report)
    return f"Variant {variant} scores as the model here."


def keep(account: Account, name: str, variant: str, report: Report) -> str:
    """Remove the other one of two bundles."""
    deployment.keep(account, name, variant, report)
    return f"Variant {variant} has all the traffic, and the other model is gone."


def shift(account: Account, name: str, shares: Mapping[str, float], report: Report) -> str:
    """Split the traffic between two variants."""
    endpoint_changes.shift(account, endpoints.find(account, name), shares)
    now = deployment.settled(account, name, report)
    return f"{', '.join(f'Variant {one.name} gets {percent(one.share)}' for one in now.variants)} of the traffic."


def compare(account: Account, name: str, table: Path, report: Report) -> str:
    """Compare the variants on a labelled table.

    Raises:
        TableError, DataError: as from `variant_accuracy.measure`.
    """
    found = variant_accuracy.measure(account, endpoints.find(account, name), table, report)
    return " ".join(found.sentences)


def attempt(account: Account, name: str, variant: str | None, review: str, report: Report) -> str:
    """Score one review, by the given variant or, if it is None, by one that is drawn by the traffic split."""
    report("Calling the endpoint")
    started = time.monotonic()
    scorer = open_scorer(account, name, variant or endpoints.find(account, name).drawn_variant())
    found = scorer.score([review])[0]
    sure = "" if found.probability is None else f", {percent(found.probability)} positive"
    return (
        f"“{beginning(review)}”: {found.sentiment}{sure} ({in_short(found)}). "
        f"Model {scorer.fingerprint[:12]} answered; {time.monotonic() - started:.1f} s for two calls."
    )


def beginning(review: str) -> str:
    """Return a review on one line, truncated if it is long."""
    line = " ".join(review.split())
    return line if len(line) <= QUOTED_LETTERS else f"{line[:QUOTED_LETTERS].rstrip()}…"


def extend(account: Account, name: str, ending: datetime, report: Report) -> str:
    """Change the end time of an endpoint."""
    report("Extending the endpoint")
    expiry.extend(account, name, ending)
    return f"{name} is deleted automatically on {expiry.in_words(ending)}."


def delete(account: Account, name: str, report: Report) -> str:
    """Delete an endpoint with all its parts and its public API, and return what it has cost."""
    deleted = publication.delete_endpoint(account, name, report)
    parts = (
        "its models, its planned end and its public API" if deleted.was_published else "its models and its planned end"
    )
    cost = f" {endpoint_price.in_all(deleted.endpoint, account.region)}" if deleted.endpoint else ""
    return f"{name} is deleted, with {parts}.{cost}"


def commands(account: Account, endpoint: Endpoint) -> list[str]:
    """Return the shell commands that call this endpoint, split its traffic, extend and delete it."""
    steps = [
        ["scripts/cloud.py", "invoke", "--endpoint", endpoint.name, "A fine film."],
        ["scripts/score.py", "reviews.csv", "--output", "scored.csv", "--endpoint", endpoint.name],
        ["scripts/cloud.py", "extend", "--endpoint", endpoint.name, "--hours", "2"],
        ["scripts/cloud.py", "delete", "--endpoint", endpoint.name],
    ]
    if len(endpoint.variants) > 1:
        shares = [f"{one.name}={one.share:.2f}" for one in endpoint.variants]
        steps.insert(2, ["scripts/cloud.py", "traffic", "--endpoint", endpoint.name, *shares])
    return [shlex.join([*step, *place_flags(account)]) for step in steps]


def deploy_command(account: Account, plan: Plan) -> str:
    """Return the shell command for the same deployment."""
    words = ["scripts/cloud.py", "deploy", "--model", str(plan.directory), "--hours", f"{plan.hours:g}"]
    if isinstance(plan.capacity, Serverless):
        words += ["--memory", str(plan.capacity.memory), "--calls", str(plan.capacity.calls)]
    elif isinstance(plan.capacity, Asynchronous):
        words += ["--asynchronous", "--instance-type", plan.capacity.instance_type]
        words += ["--most-instances", str(plan.capacity.most)]
    else:
        words += ["--instance-type", plan.capacity.instance_type, "--instances", str(plan.capacity.count)]
        words += ["--most-instances", str(plan.capacity.most)] if plan.capacity.most > plan.capacity.count else []
    words += ["--image", plan.image] if plan.image else []
    return shlex.join([*words, *place_flags(account)])


def place_flags(account: Account) -> list[str]:
    """Return the command-line options for an account and region."""
    return [*(["--profile", account.profile] if account.profile else []), "--region", account.region]


def _ready(endpoint: Endpoint) -> str:
    largest = max(variant.parity or 0.0 for variant in endpoint.variants)
    return f"{endpoint.name} is ready: {parity.CANARIES} reviews get {parity.in_words(largest)}."
