"""Run the schedules of EventBridge Scheduler, which moto only stores, in a thread when they are due.

Supported are `at(…)` in UTC and `rate(…)`, with two kinds of targets: an operation of an AWS service, such as
SageMaker's DeleteEndpoint, and a Lambda function. A target is called with the permissions of the schedule's role. A
refused call is retried at growing intervals, as often as the retry policy allows.
"""

import json
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from moto.core import DEFAULT_ACCOUNT_ID
from moto.scheduler.models import Schedule, scheduler_backends

from sentiment.localcloud.access import roles
from sentiment.localcloud.clients import Clients

OPERATION = re.compile(r"arn:aws:scheduler:::aws-sdk:([\w-]+):(\w+)")
FUNCTION = re.compile(r"arn:aws:lambda:[\w-]+:\d+:function:([\w-]+)")
RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
PRINCIPAL = "scheduler.amazonaws.com"
LOOK_SECONDS = 0.1
LONGEST_PAUSE = 60.0


@dataclass
class _Progress:
    """State of one schedule: its last completed run, attempts since then, and the time of the next attempt."""

    done: datetime | None = None
    tries: int = 0
    again: float = 0.0


class Schedules:
    """Watches the schedules of all regions from `start` to `end`."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._progress: dict[str, _Progress] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True, name="schedules")

    def start(self) -> None:
        """Start watching."""
        self._thread.start()

    def end(self) -> None:
        """Stop watching."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def fire(self, name: str) -> str:
        """Run the schedule of this name now; return the reason of a refusal, "" on success.

        Raises:
            KeyError: there is no such schedule.
        """
        found = next((each for each in _schedules() if each[1].name == name), None)
        if found is None:
            raise KeyError(name)
        return self._call(*found)

    def _watch(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            present = list(_schedules())
            self._progress = {each.arn: self._progress.get(each.arn, _Progress()) for _, each in present}
            for region, schedule in present:
                progress = self._progress[schedule.arn]
                if schedule.state == "ENABLED" and _is_due(schedule, progress) and time.monotonic() >= progress.again:
                    self._work(region, schedule, progress)

    def _work(self, region: str, schedule: Schedule, progress: _Progress) -> None:
        """Call the target; after a refusal, schedule a retry if the retry policy allows one."""
        refusal = self._call(region, schedule)
        attempts = schedule.target["RetryPolicy"].get("MaximumRetryAttempts", 185)
        if refusal and progress.tries < attempts:
            progress.again = time.monotonic() + min(2.0**progress.tries, LONGEST_PAUSE)
            progress.tries += 1
            return
        progress.done, progress.tries, progress.again = datetime.now(UTC), 0, 0.0
        if not schedule.schedule_expression.startswith("at("):
            return
        schedule.state = "DISABLED"
        if schedule.action_after_completion == "DELETE":
            groups = scheduler_backends[DEFAULT_ACCOUNT_ID][region].schedule_groups
            if schedule.group_name in groups:
                groups[schedule.group_name].schedules.pop(schedule.name, None)

    def _call(self, region: str, schedule: Schedule) -> str:
        """Call a schedule's target with its role; return the reason of a refusal, "" on success."""
        target: dict[str, Any] = schedule.target
        if not roles.assumable(target["RoleArn"], PRINCIPAL):
            return self._refused(schedule, f"{target['RoleArn']} cannot be assumed by {PRINCIPAL}")
        key = roles.session(target["RoleArn"], "schedule")
        try:
            if operation := OPERATION.fullmatch(target["Arn"]):
                client = self._clients.client(operation[1], region, key)
                getattr(client, xform_name(operation[2]))(**json.loads(target["Input"]))
            elif function := FUNCTION.fullmatch(target["Arn"]):
                client = self._clients.client("lambda", region, key)
                client.invoke(FunctionName=function[1], Payload=target.get("Input", "{}"))
        except (ClientError, BotoCoreError) as error:
            return self._refused(schedule, str(error))
        return ""

    @staticmethod
    def _refused(schedule: Schedule, refusal: str) -> str:
        print(f"Schedule {schedule.name}: {refusal}", flush=True)
        return refusal


def _schedules() -> Iterator[tuple[str, Schedule]]:
    for region, backend in list(scheduler_backends[DEFAULT_ACCOUNT_ID].items()):
        for group in list(backend.schedule_groups.values()):
            for schedule in list(group.schedules.values()):
                yield region, schedule


def _is_due(schedule: Schedule, progress: _Progress) -> bool:
    expression: str = schedule.schedule_expression
    now = datetime.now(UTC)
    if expression.startswith("at(") and schedule.schedule_expression_timezone == "UTC":
        return datetime.fromisoformat(expression[3:-1]).replace(tzinfo=UTC) <= now
    if rate := RATE.fullmatch(expression):
        period = timedelta(**{f"{rate[2]}s": int(rate[1])})
        return now - (progress.done or datetime.fromtimestamp(schedule.creation_date, UTC)) >= period
    return False
