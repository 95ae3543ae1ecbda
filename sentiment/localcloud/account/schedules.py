"""EventBridge Scheduler, which moto records only: a thread that does what a schedule says when its time has come.

It knows one kind of schedule, `at(…)` in UTC, and one target: SageMaker's DeleteEndpoint.
"""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError
from moto.core import DEFAULT_ACCOUNT_ID
from moto.scheduler.models import Schedule, scheduler_backends

from sentiment.localcloud.clients import Clients

TARGET = "arn:aws:scheduler:::aws-sdk:sagemaker:deleteEndpoint"
LOOK_SECONDS = 0.1


class Schedules:
    """Looks at all schedules of all regions from `start` to `end`."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True, name="schedules")

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def end(self) -> None:
        """Look no more."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            for region, schedule in list(_schedules()):
                if schedule.state == "ENABLED" and _is_due(schedule):
                    self._fire(region, schedule)

    def _fire(self, region: str, schedule: Schedule) -> None:
        """Call the target; a schedule that is to go once it has fired goes, any other is not fired again."""
        target: dict[str, Any] = schedule.target
        if target["Arn"] == TARGET:
            try:
                self._clients.client("sagemaker", region).delete_endpoint(**json.loads(target["Input"]))
            except ClientError as error:
                print(f"Schedule {schedule.name}: {error}", flush=True)
        schedule.state = "DISABLED"
        if schedule.action_after_completion == "DELETE":
            groups = scheduler_backends[DEFAULT_ACCOUNT_ID][region].schedule_groups
            if schedule.group_name in groups:
                groups[schedule.group_name].schedules.pop(schedule.name, None)


def _schedules() -> Iterator[tuple[str, Schedule]]:
    for region, backend in list(scheduler_backends[DEFAULT_ACCOUNT_ID].items()):
        for group in list(backend.schedule_groups.values()):
            for schedule in list(group.schedules.values()):
                yield region, schedule


def _is_due(schedule: Schedule) -> bool:
    expression: str = schedule.schedule_expression
    if not expression.startswith("at(") or schedule.schedule_expression_timezone != "UTC":
        return False
    return datetime.fromisoformat(expression[3:-1]).replace(tzinfo=UTC) <= datetime.now(UTC)
