"""Delete the project's resources in an account and region, so that nothing costs money any more.

By default only the caller's resources are deleted, and what colleagues' resources depend on is kept. The teardown keeps
no state: after an interruption it continues when run again, and a further run finds nothing to do. Its order ensures
that nothing is left that could not be found again.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from sentiment.cloud.aws import polling
from sentiment.cloud.aws.account import Account
from sentiment.cloud.housekeeping import logs, removal
from sentiment.cloud.housekeeping.inventory import PLURALS, Inventory, inventory
from sentiment.cloud.housekeeping.inventory import sentence as summed_up
from sentiment.cloud.housekeeping.resource import KINDS, Resource, ResourceKind
from sentiment.errors import CloudError

Report = Callable[[str], None]
# Running resources first, then those they depend on.
_STAGES: tuple[tuple[ResourceKind, ...], ...] = (
    ("training job", "transform job", "public API", "autoscaling"),
    ("endpoint",),
    ("endpoint configuration", "model", "sweeper", "budget"),
    ("schedules", "files"),
    ("bucket", "role"),
    ("boundary",),
)
# What must be deleted first: a schedule protects an endpoint, and whatever runs needs its role, model and files.
_STANDS_ON: dict[ResourceKind, tuple[ResourceKind, ...]] = {
    "endpoint configuration": ("endpoint",),
    "model": ("endpoint", "transform job"),
    "sweeper": ("endpoint", "training job", "transform job"),
    "budget": ("endpoint", "training job", "transform job", "public API"),
    "schedules": ("endpoint", "sweeper"),
    "files": ("training job", "transform job", "endpoint"),
    "bucket": ("files",),
    "role": ("training job", "transform job", "endpoint", "sweeper", "schedules"),
    "boundary": ("role", "public API"),
}
# Shared by all owners; kept as long as a colleague's resource needs it.
_SHARED: dict[ResourceKind, tuple[ResourceKind, ...]] = {
    "bucket": ("files",),
    "role": ("training job", "transform job", "endpoint", "model", "sweeper", "schedules"),
}
# A job has two minutes to stop and then uploads its results; deleting an API's stack takes a few minutes.
_PATIENCE_SECONDS = 900.0
_TOLD = 5  # failures named in the error


@dataclass(frozen=True)
class Left:
    """A resource that could not be deleted or listed; `reason` says why."""

    what: str
    reason: CloudError


def teardown(account: Account, report: Report = lambda sentence: None, everyone: bool = False) -> None:
    """Delete the resources that `of_whom` selects, and their logs; `report` receives a sentence for each step.

    Refusals are collected and raised at the end, so that one of them keeps nothing else running.

    Raises:
        CloudError: a resource could not be listed or deleted; the message says which, why, and who has permission.
    """
    work = _Teardown(account, report, everyone)
    work.run()
    if work.left:
        reasons = " ".join(f"{each.what}: {each.reason}" for each in work.left[:_TOLD])
        more = f" And {len(work.left) - _TOLD} more." if len(work.left) > _TOLD else ""
        raise CloudError(f"Not everything was deleted. {reasons}{more}", work.left[0].reason.code)


def of_whom(account: Account, found: Inventory, everyone: bool) -> list[Resource]:
    """Return the resources to delete: the caller's or everyone's, without those that colleagues still need."""
    wanted = [each for each in found if everyone or each.is_of(account)]
    if everyone:
        return wanted
    needed = {each.kind for each in found if not each.is_of(account)} | {each.kind for each in found.unseen}
    return [each for each in wanted if not needed & set(_SHARED.get(each.kind, ()))]


def sentence(account: Account, taken_down: int, left: Inventory) -> str:
    """Summarise a teardown, such as "Deleted: 4. Nothing on AWS in eu-west-1."."""
    colleagues = sorted({each.owner for each in left if not each.is_of(account)})
    others = f" What is left belongs to {', '.join(colleagues)}, or they still need it." if colleagues else ""
    return f"Deleted: {taken_down}. {summed_up(left, account.region)}.{others}"


class _Teardown:
    """One run of the teardown; `left` lists what could not be deleted."""

    def __init__(self, account: Account, report: Report, everyone: bool) -> None:
        self._account, self._report, self._everyone = account, report, everyone
        self._asked: set[str] = set()
        self._refused: dict[str, Left] = {}
        self._standing: set[ResourceKind] = set()

    @property
    def left(self) -> list[Left]:
        """What could not be deleted, in the order of the attempts."""
        return list(self._refused.values())

    def run(self) -> None:
        """Run all stages, skipping kinds that remaining resources depend on."""
        for stage in _STAGES:
            kinds = [kind for kind in stage if not self._standing & set(_STANDS_ON.get(kind, ()))]
            # Skipped kinds remain, and so does whatever they depend on in turn.
            self._standing |= set(stage) - set(kinds)
            if kinds:
                self._finish(kinds)
        self._delete_logs()

    def _finish(self, kinds: list[ResourceKind]) -> None:
        """List, delete and wait until no resource of these kinds is left, except for those refused."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while left := self._look(kinds):
            for resource in left:
                self._ask(resource)
            left = self._look(kinds)
            if left and time.monotonic() > deadline:
                for resource in left:
                    self._note(resource, CloudError("It still exists: try again in a few minutes."))
                return
            if left:
                polling.pause()

    def _look(self, kinds: list[ResourceKind]) -> list[Resource]:
        """Return the resources still to delete; record the kinds that could not be listed."""
        shared = {each for kind in kinds for each in _SHARED.get(kind, ())}
        try:
            found = inventory(self._account, [kind for kind in KINDS if kind in {*kinds, *shared}])
        except CloudError as error:
            for kind in kinds:
                self._miss(kind, error)
            return []
        for unseen in found.unseen:
            if unseen.kind in kinds:
                self._miss(unseen.kind, unseen.error)
        wanted = of_whom(self._account, found, self._everyone)
        return [each for each in wanted if each.kind in kinds and each.arn not in self._refused]

    def _ask(self, resource: Resource) -> None:
        """Request the deletion of a resource, unless that was done before or is in progress."""
        if resource.status == "DELETE_FAILED" and resource.arn in self._asked:
            self._note(resource, CloudError(f"AWS could not delete it: look at {resource.link}."))
        if resource.arn in self._asked or resource.status in removal.GOING:
            return
        self._report(f"Deleting: {resource.kind} {resource.name}")
        try:
            removal.remove(self._account, resource)
        except CloudError as error:
            if removal.is_for_now(error):
                return
            if not error.missing:
                self._note(resource, error)
        self._asked.add(resource.arn)

    def _note(self, resource: Resource, reason: CloudError) -> None:
        self._standing.add(resource.kind)
        self._refused[resource.arn] = Left(f"{resource.kind} {resource.name}", reason)

    def _miss(self, kind: ResourceKind, reason: CloudError) -> None:
        self._standing.add(kind)
        self._refused[kind] = Left(f"{PLURALS[kind]} could not be listed", reason)

    def _delete_logs(self) -> None:
        """Delete the logs of the project's jobs and endpoints, now that none is left to write to them."""
        try:
            found = logs.kept(self._account, self._everyone)
        except CloudError as error:
            self._refused["logs"] = Left("logs could not be listed", error)
            return
        for log in found:
            self._report(f"Deleting: log of {log.owner}")
            try:
                logs.delete(self._account, log)
            except CloudError as error:
                self._refused[f"log {log.owner}"] = Left(f"log of {log.owner}", error)
