"""The commands `deploy`, `invoke`, `traffic` and `delete` of `scripts/cloud.py`."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sentiment.cloud.commands.step import Steps, add_role, add_step, say
from sentiment.errors import CloudError
from sentiment.system.command import confirm
from sentiment.system.storage import SHIPPED_BUNDLE
from sentiment.wording import percent

if TYPE_CHECKING:
    from sentiment.cloud.hosting.deployment import Plan


def add_steps(steps: Steps) -> None:
    """Add the commands for endpoints."""
    _add_deploy(steps)
    _add_invoke(steps)
    _add_traffic(steps)
    _add_delete(steps)


def _add_deploy(steps: Steps) -> None:
    from sentiment.cloud.ending.expiry import DEFAULT_HOURS
    from sentiment.cloud.hosting.endpoints import MEMORY_SIZES, Serverless

    usual = Serverless()
    parser = add_step(steps, "deploy", "deploy a model to an endpoint, serverless by default", deploy, asks=True)
    parser.add_argument("--model", type=Path, default=SHIPPED_BUNDLE, help="the bundle (default: the shipped one)")
    parser.add_argument("--memory", type=int, default=usual.memory, choices=MEMORY_SIZES, help="in MB (%(default)s)")
    parser.add_argument("--calls", type=int, default=usual.calls, help="concurrent calls, serverless (%(default)s)")
    parser.add_argument("--instance-type", help="an instance, such as ml.m5.large, instead of serverless")
    parser.add_argument("--instances", type=int, default=1, help="number of instances (%(default)s)")
    parser.add_argument(
        "--asynchronous", action="store_true", help="read requests from S3, with instances only while any wait"
    )
    parser.add_argument("--most-instances", type=int, default=0, help="let AWS start up to this many under load")
    parser.add_argument(
        "--hours", type=float, default=DEFAULT_HOURS, help="until it is deleted automatically (%(default)g)"
    )
    parser.add_argument(
        "--budget", type=float, metavar="DOLLARS", help="send an email when SageMaker costs more than this in a month"
    )
    parser.add_argument("--budget-email", default="", metavar="ADDRESS", help="recipient of that email")
    parser.add_argument("--image", default="", help="URI of your own image in ECR (default: AWS's image)")
    add_role(parser)
    parser.add_argument("--endpoint", help="deploy to this endpoint instead of creating one")
    parser.add_argument(
        "--beside", action="store_true", help="with --endpoint: add the model next to its own, to compare"
    )


def deploy(arguments: argparse.Namespace) -> int:
    """Pack, upload and deploy a bundle, wait until it serves, and compare 20 of its scores with local ones."""
    from sentiment.cloud.aws import prices
    from sentiment.cloud.aws.account import connect
    from sentiment.cloud.hosting import deployment, endpoint_changes, endpoint_price, endpoints, models
    from sentiment.model import bundle

    account, plan = connect(arguments.profile, arguments.region), _plan(arguments)
    plan.check()
    if arguments.endpoint and plan.alert:
        raise CloudError("A budget can only be set for a new endpoint: leave out --budget or --endpoint.")
    if arguments.endpoint:
        known, price = endpoints.find(account, arguments.endpoint), "Its price does not change."
        if arguments.beside:
            endpoint_changes.free_variant(known)
            price = endpoint_price.besides(known, account.region)
        confirm(f"This changes the endpoint {arguments.endpoint}. {price} Start?", arguments.yes)
        change = deployment.add if arguments.beside else deployment.update
        endpoint = change(account, arguments.endpoint, plan.directory, say)
    else:
        if not isinstance(plan.capacity, endpoints.Serverless):
            prices.check_offered("hosting", plan.capacity.instance_type, account.region)
        price = endpoint_price.before(plan.capacity, account.region, plan.hours, bundle.describe(plan.directory))
        remarks = [*([] if arguments.image else [models.AWS_IMAGE_REMARK]), prices.remark(account.region)]
        remarks += [plan.alert.in_words(account.region)] if plan.alert else []
        confirm("\n".join([*filter(None, remarks), f"{price} Start?"]), arguments.yes)
        endpoint = deployment.deploy(account, plan, say)
    answer = {
        "endpoint": endpoint.name,
        "region": account.region,
        "expires": endpoint.expires and endpoint.expires.isoformat(),
        "variants": [
            {"name": one.name, "fingerprint": one.model.fingerprint, "share": one.share, "parity": one.parity}
            for one in endpoint.variants
        ],
    }
    ready = f"{endpoint.name} is ready: scripts/cloud.py invoke --endpoint {endpoint.name} 'A fine film.'"
    print(json.dumps(answer, indent=2) if arguments.json else ready)
    return 0


def _add_invoke(steps: Steps) -> None:
    parser = add_step(steps, "invoke", "score reviews with an endpoint", invoke)
    parser.add_argument("reviews", nargs="+", metavar="REVIEW", help="a review, in quotes")
    parser.add_argument("--endpoint", required=True, help="its name")
    parser.add_argument("--variant", help="which of two models to use (default: drawn by the traffic)")


def invoke(arguments: argparse.Namespace) -> int:
    """Score the given reviews with an endpoint; for a table, use scripts/score.py --endpoint."""
    from sentiment.cloud.aws.account import connect
    from sentiment.cloud.hosting import endpoints
    from sentiment.cloud.hosting.asynchronous import open_scorer
    from sentiment.prediction import fields

    account = connect(arguments.profile, arguments.region)
    variant = arguments.variant or endpoints.find(account, arguments.endpoint).drawn_variant()
    scorer = open_scorer(account, arguments.endpoint, variant)
    for prediction in scorer.score(arguments.reviews):
        answer = fields(prediction) | {"model": scorer.fingerprint[:12]}
        probability = "" if prediction.probability is None else f" {prediction.probability:.3f}"
        print(json.dumps(answer) if arguments.json else f"{prediction.sentiment}{probability}")
    return 0


def _add_traffic(steps: Steps) -> None:
    parser = add_step(steps, "traffic", "split an endpoint's traffic between two models", traffic)
    parser.add_argument("shares", nargs="*", metavar="VARIANT=SHARE", help="such as A=0.9 B=0.1")
    parser.add_argument("--keep", metavar="VARIANT", help="give it all traffic, and remove the other model")
    parser.add_argument("--data", type=Path, help="a labelled table on which to measure each variant's accuracy")
    parser.add_argument("--endpoint", required=True, help="its name")


def traffic(arguments: argparse.Namespace) -> int:
    """Shift the traffic between two models behind an endpoint, compare them on labels, or keep one of them."""
    from sentiment.cloud.aws.account import connect
    from sentiment.cloud.hosting import deployment, endpoint_changes, endpoints, variant_accuracy

    account = connect(arguments.profile, arguments.region)
    if arguments.data:
        found = variant_accuracy.measure(account, endpoints.find(account, arguments.endpoint), arguments.data)
        print("\n".join(found.sentences), file=sys.stderr)
    if arguments.shares:
        shares = dict(map(_share, arguments.shares))
        endpoint_changes.shift(account, endpoints.find(account, arguments.endpoint), shares)
        deployment.settled(account, arguments.endpoint, say)
    if arguments.keep:
        deployment.keep(account, arguments.endpoint, arguments.keep, say)
    answer = {one.name: one.share for one in endpoints.find(account, arguments.endpoint).variants}
    words = ", ".join(f"{name}: {percent(share)}" for name, share in answer.items())
    print(json.dumps(answer) if arguments.json else words)
    return 0


def _add_delete(steps: Steps) -> None:
    parser = add_step(steps, "delete", "delete an endpoint with all its parts", delete, asks=True)
    parser.add_argument("--endpoint", required=True, help="its name")


def delete(arguments: argparse.Namespace) -> int:
    """Delete an endpoint with its models, configuration, scaling and schedule, and its public API if it has one."""
    from sentiment.cloud.aws.account import connect
    from sentiment.cloud.hosting import endpoint_price, endpoints
    from sentiment.cloud.publishing import publication

    account = connect(arguments.profile, arguments.region)
    try:
        known = endpoints.find(account, arguments.endpoint)
    except CloudError as error:
        if not error.missing or not publication.has_remains(account, arguments.endpoint):
            raise
        question = f"The endpoint {arguments.endpoint} has ended, but parts of it are left. Delete them?"
    else:
        whose = "" if known.is_of(account) else f"It belongs to {known.owner or 'another user'}. "
        question = (
            f"This permanently deletes the endpoint {known.name}, and its public API if it has one. {whose}Delete it?"
        )
    confirm(question, arguments.yes)
    deleted = publication.delete_endpoint(account, arguments.endpoint, say)
    endpoint = deleted.endpoint
    answer = {
        "deleted": arguments.endpoint,
        "dollars": endpoint and endpoint_price.spent(endpoint, account.region),
        "unpublished": deleted.was_published,
    }
    with_api = ", with its public API" if deleted.was_published else ""
    cost = f" {endpoint_price.in_all(endpoint, account.region)}" if endpoint else ""
    print(json.dumps(answer) if arguments.json else f"{arguments.endpoint} is deleted{with_api}.{cost}")
    return 0


def _plan(arguments: argparse.Namespace) -> "Plan":
    from sentiment.cloud.ending.budget import Alert
    from sentiment.cloud.hosting import deployment
    from sentiment.cloud.hosting.endpoints import Asynchronous, Capacity, Instances, Serverless

    capacity: Capacity = Serverless(arguments.memory, arguments.calls)
    most = max(arguments.most_instances, arguments.instances)
    if arguments.asynchronous:
        capacity = Asynchronous(arguments.instance_type or "ml.m5.large", most)
    elif arguments.instance_type:
        capacity = Instances(arguments.instance_type, arguments.instances, most)
    alert = Alert(arguments.budget, arguments.budget_email) if arguments.budget is not None else None
    return deployment.Plan(arguments.model, capacity, arguments.hours, arguments.image, arguments.role, alert)


def _share(text: str) -> tuple[str, float]:
    name, _, number = text.partition("=")
    try:
        share = float(number)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise CloudError(f'"{text}" is not a share of the traffic: write A=0.9 B=0.1, each from 0 to 1.')
    return name, share
