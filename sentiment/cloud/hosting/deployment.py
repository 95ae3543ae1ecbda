"""Deploy a bundle to an endpoint and verify that it scores as the local bundle does, reporting each step.

Each operation takes minutes. Completed steps persist after an interruption: the endpoint then lacks its parity tag,
which `check` can add later.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sentiment.cloud.aws import polling, quotas, roles, s3
from sentiment.cloud.aws.account import Account
from sentiment.cloud.aws.ownership import resource_name
from sentiment.cloud.ending import budget, expiry, sweeper
from sentiment.cloud.ending.budget import Alert
from sentiment.cloud.hosting import asynchronous, autoscaling, endpoint_changes, endpoint_log, endpoints, models, parity
from sentiment.cloud.hosting.endpoints import Asynchronous, Capacity, Endpoint, Instances, Serverless
from sentiment.cloud.hosting.models import RegisteredModel
from sentiment.errors import CloudError
from sentiment.wording import duration

SERVERLESS = Serverless()

Report = Callable[[str], None]


def _silent(line: str) -> None:
    """Ignore a progress message."""


@dataclass(frozen=True)
class Plan:
    """A deployment: which bundle, on what capacity, and for how many hours.

    `image` is the URI of this project's own image in ECR, "" for AWS's. `role` is the ARN of the execution role, "" for
    the project's own role, created if missing. `alert` is the budget to create, if any.
    """

    directory: Path
    capacity: Capacity = SERVERLESS
    hours: float = expiry.DEFAULT_HOURS
    image: str = ""
    role: str = ""
    alert: Alert | None = None

    def check(self) -> None:
        """Raise CloudError if a value is out of range."""
        expiry.ending(self.hours)
        if self.alert:
            self.alert.check()
        if isinstance(self.capacity, Serverless) and not (
            self.capacity.memory in endpoints.MEMORY_SIZES
            and 1 <= self.capacity.calls <= endpoints.MOST_SERVERLESS_CALLS
        ):
            raise CloudError(
                "A serverless endpoint has 1024 to 6144 MB in steps of 1024, and 1 to "
                f"{endpoints.MOST_SERVERLESS_CALLS} concurrent calls."
            )
        if isinstance(self.capacity, Instances) and not 1 <= self.capacity.count <= max(1, self.capacity.most):
            raise CloudError("An endpoint needs at least one instance, and no more than its maximum.")
        if isinstance(self.capacity, Asynchronous) and self.capacity.most < 1:
            raise CloudError("An asynchronous endpoint must allow at least one instance.")


def deploy(account: Account, plan: Plan, report: Report = _silent) -> Endpoint:
    """Create an endpoint for a bundle, with its deletion scheduled first, and compare it with the local bundle.

    If the endpoint does not come into service, it is deleted together with everything created for it.

    Raises:
        BundleError, PackingError: the bundle cannot be packed.
        CloudError: AWS refuses a step, the endpoint fails, or its scores differ from the bundle's.
    """
    plan.check()
    if not isinstance(plan.capacity, Serverless):
        quotas.check(account, "hosting", plan.capacity.instance_type, plan.capacity.count)
    report("Checking the roles of SageMaker and the scheduler")
    role = plan.role or roles.create_role(account, "execution")
    scheduler = roles.create_role(account, "scheduler")
    ending = expiry.ending(plan.hours)
    model = models.register(
        account, plan.directory, role, instance_type=_type(plan.capacity), image=plan.image, report=report
    )
    name = resource_name(model.bundle)
    try:
        report(f"Creating the endpoint {name}, which is deleted automatically on {expiry.in_words(ending)}")
        roles.once_usable(lambda: expiry.schedule_deletion(account, name, ending, scheduler))
        sweeper.create(account, scheduler)
        if plan.alert:
            budget.create(account, plan.alert)
        endpoint_log.create(account, name)
        roles.once_usable(lambda: endpoint_changes.create(account, name, model, plan.capacity, ending))
    except CloudError:
        models.delete(account, model.name)
        _end_watch(account, name)
        raise
    endpoint = settled(account, name, report)
    if endpoint.state == "failed":
        delete_alone(account, name)
        raise CloudError(f"The endpoint {name} has failed and was deleted: {_reason(endpoint)}.")
    autoscaling.scale(account, endpoint, plan.capacity)
    return check(account, name, endpoint_changes.FIRST_VARIANT, plan.directory, report)


def update(account: Account, name: str, directory: Path, report: Report = _silent) -> Endpoint:
    """Replace the only bundle of an endpoint; the old one serves until the new one is ready.

    Raises:
        BundleError, PackingError, CloudError: as from `deploy`; if the new model fails, the old one continues to serve.
    """
    before = endpoints.find(account, name)
    model = _beside(account, before, directory, report)
    now = _changed(account, before, model, partial(endpoint_changes.replace_model, account, before, model), report)
    return check(account, name, now.variants[0].name, directory, report)


def add(account: Account, name: str, directory: Path, report: Report = _silent) -> Endpoint:
    """Add a second bundle to an endpoint for comparison; it receives no traffic until some is shifted to it.

    Raises:
        BundleError, PackingError, CloudError: as from `deploy`; the first bundle continues to serve in any case.
    """
    before = endpoints.find(account, name)
    variant = endpoint_changes.free_variant(before)
    model = _beside(account, before, directory, report)
    _changed(account, before, model, lambda: endpoint_changes.add_variant(account, before, variant, model), report)
    return check(account, name, variant, directory, report)


def keep(account: Account, name: str, variant: str, report: Report = _silent) -> Endpoint:
    """Remove the other one of an endpoint's two bundles. CloudError as from `deploy`."""
    before = endpoints.find(account, name)
    report(f"Giving all traffic to variant {variant}")
    endpoint_changes.keep_variant(account, before, variant)
    now = settled(account, name, report)
    endpoint_changes.delete_replaced(account, before, now)
    return now


def check(account: Account, name: str, variant: str, directory: Path, report: Report = _silent) -> Endpoint:
    """Compare a variant with its local bundle, and tag it as ready if their scores agree.

    Raises:
        BundleError: the directory is not a complete bundle.
        CloudError: the scores differ, or the endpoint does not answer.
    """
    report(f"Scoring {parity.CANARIES} reviews on the endpoint and on this machine")
    found = parity.compare(account, name, variant, directory)
    report(found.sentence)
    if not found.passed:
        raise CloudError(f"The endpoint {name} runs, but is not ready. {found.sentence}")
    endpoints.note_parity(account, endpoints.find(account, name), variant, found.difference)
    return endpoints.find(account, name)


def settled(account: Account, name: str, report: Report = _silent) -> Endpoint:
    """Wait until an endpoint is no longer being created or updated. CloudError as from `Account.call`."""
    started = time.monotonic()
    while (state := endpoints.state(account, name)) in ("creating", "updating"):
        done = "created" if state == "creating" else "updated"
        so_far = duration(time.monotonic() - started)
        report(f"The endpoint is being {done}: {so_far} so far, usually 2 to 5 minutes")
        polling.pause()
    return endpoints.find(account, name)


def has_remains(account: Account, name: str) -> bool:
    """Whether a deleted endpoint left a configuration or a schedule behind. CloudError as from `Account.call`."""
    return bool(endpoint_changes.remains(account, name)) or name in expiry.scheduled_by_all(account)


def delete_alone(account: Account, name: str) -> Endpoint | None:
    """Delete an endpoint with its schedule but without its public API; return what it was, None if already deleted."""
    deleted = endpoint_changes.delete(account, name)
    s3.delete(account, asynchronous.folder(name))
    _end_watch(account, name, deleted.creator if deleted else expiry.scheduled_by_all(account).get(name, ""))
    return deleted


def _end_watch(account: Account, name: str, creator: str = "") -> None:
    """Delete an endpoint's schedule; after the owner's last one, also the sweeper and the budget."""
    expiry.cancel(account, name, creator)
    if not expiry.scheduled(account, expiry.group_name(account.arn)):
        sweeper.delete(account, sweeper.function_name(account))
        budget.delete_ours(account)
        expiry.delete_group(account)


def _beside(account: Account, endpoint: Endpoint, directory: Path, report: Report) -> RegisteredModel:
    """Register a further bundle for an existing endpoint, with the same image and role."""
    first = endpoint.variants[0]
    return models.register(
        account,
        directory,
        first.model.role,
        instance_type=_type(first.capacity),
        image=first.model.image,
        report=report,
    )


def _changed(
    account: Account,
    before: Endpoint,
    model: RegisteredModel,
    change: Callable[[], None],
    report: Report,
) -> Endpoint:
    """Apply a change that adds a model, and wait for its result; if it fails, delete the model again."""
    try:
        report(f"Adding {model.bundle} to the endpoint {before.name}")
        change()
    except CloudError:
        models.delete(account, model.name)
        raise
    now = settled(account, before.name, report)
    if model.name not in {variant.model.name for variant in now.variants}:
        models.delete(account, model.name)
        raise CloudError(f"The endpoint {before.name} was not changed: {_reason(now)}.")
    endpoint_changes.delete_replaced(account, before, now)
    return now


def _type(capacity: Capacity) -> str:
    return "" if isinstance(capacity, Serverless) else capacity.instance_type


def _reason(endpoint: Endpoint) -> str:
    return endpoint.reason.rstrip(".") or "AWS gave no reason"
