"""What DescribeTrainingJob and ListTrainingJobs say of a job: moto's own record, kept up to date.

moto answers with the attributes of its `FakeTrainingJob`, their names turned into CamelCase. It makes a job
that has ended already, forgets `Environment`, and puts an example in the place of the metric definitions.
"""

import math
import re
from typing import Any

from moto.core.utils import utcnow

METRIC_NAMESPACE = "/aws/sagemaker/TrainingJobs"
# What a spot job is billed of the time that it trained; AWS's saving differs by the hour.
SPOT_SHARE = 0.3


class TrainingRecord:
    """A job's state, times, metrics and artefact, as the API shows them."""

    def __init__(self, job: Any, request: dict[str, Any]) -> None:
        self._job = job
        self.request = request
        self._trained_seconds = 0.0
        job.environment = request.get("Environment") or {}
        job.algorithm_specification = dict(request["AlgorithmSpecification"])
        job.final_metric_data_list = []
        job.secondary_status_transitions = []
        job.training_start_time = job.training_end_time = None
        self._artefact = job.model_artifacts["S3ModelArtifacts"]
        job.model_artifacts = None
        self.enter("InProgress", "Starting", "Preparing the instances for training")

    @property
    def name(self) -> str:
        """The job's name."""
        return str(self._job.training_job_name)

    @property
    def status(self) -> str:
        """InProgress, Stopping, Completed, Failed or Stopped."""
        return str(self._job.training_job_status)

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self.status in ("InProgress", "Stopping")

    @property
    def artefact_uri(self) -> str:
        """Where its `model.tar.gz` goes."""
        return str(self._artefact)

    def enter(self, status: str, secondary: str, message: str) -> None:
        """Go over to a status and secondary status."""
        now = utcnow()
        transitions = self._job.secondary_status_transitions
        if transitions:
            transitions[-1].setdefault("EndTime", now)
        transitions.append({"Status": secondary, "StartTime": now, "StatusMessage": message})
        self._job.training_job_status = status
        self._job.secondary_status = secondary
        self._job.last_modified_time = now

    def begin_training(self) -> None:
        """The containers run; only the first time counts as the job's start."""
        message = "Training image download completed. Training in progress."
        self.enter("InProgress", "Training", message)
        self._job.training_start_time = self._job.training_start_time or utcnow()

    def add_trained_seconds(self, seconds: float) -> None:
        """The containers have run for so long."""
        self._trained_seconds += seconds

    def end(self, status: str, secondary: str, message: str, has_model: bool = False) -> None:
        """Completed, Failed (`message` is the reason) or Stopped."""
        job = self._job
        if status == "Failed":
            job.failure_reason = message
        if has_model:
            job.model_artifacts = {"S3ModelArtifacts": self._artefact}
        if job.training_start_time:
            job.training_end_time = utcnow()
            share = SPOT_SHARE if job.enable_managed_spot_training else 1
            job.training_time_in_seconds = max(1, math.ceil(self._trained_seconds))
            job.billable_time_in_seconds = max(1, math.ceil(self._trained_seconds * share))
        self.enter(status, secondary, message)

    def measure(self, line: str) -> list[tuple[str, float]]:
        """The metrics that a printed line has by the job's definitions; the record keeps the last of each name."""
        found = []
        for definition in self._job.algorithm_specification.get("MetricDefinitions") or []:
            for text in re.findall(definition["Regex"], line):
                try:
                    found.append((definition["Name"], float(text)))
                except (TypeError, ValueError):
                    continue
        for name, value in found:
            kept = [metric for metric in self._job.final_metric_data_list if metric["MetricName"] != name]
            self._job.final_metric_data_list = [*kept, {"MetricName": name, "Value": value, "Timestamp": utcnow()}]
        return found
