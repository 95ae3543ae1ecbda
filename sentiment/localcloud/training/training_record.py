"""The record behind DescribeTrainingJob and ListTrainingJobs: moto's own, kept up to date while the job runs.

moto answers with the attributes of its `FakeTrainingJob`, their names converted to CamelCase. It creates a job as
already completed, drops `Environment`, and replaces the metric definitions by an example.
"""

import math
import re
from typing import Any

from moto.core.utils import utcnow

METRIC_NAMESPACE = "/aws/sagemaker/TrainingJobs"
# Billed share of a spot job's training time; AWS's discount varies by the hour.
SPOT_SHARE = 0.3


class TrainingRecord:
    """A job's state, times, metrics and model artifact, as the API shows them."""

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
        """Name of the job."""
        return str(self._job.training_job_name)

    @property
    def status(self) -> str:
        """Status of the job: InProgress, Stopping, Completed, Failed or Stopped."""
        return str(self._job.training_job_status)

    @property
    def runs(self) -> bool:
        """Whether the job has not ended."""
        return self.status in ("InProgress", "Stopping")

    @property
    def artefact_uri(self) -> str:
        """S3 URI of the job's `model.tar.gz`."""
        return str(self._artefact)

    def enter(self, status: str, secondary: str, message: str) -> None:
        """Change to a status and secondary status."""
        now = utcnow()
        transitions = self._job.secondary_status_transitions
        if transitions:
            transitions[-1].setdefault("EndTime", now)
        transitions.append({"Status": secondary, "StartTime": now, "StatusMessage": message})
        self._job.training_job_status = status
        self._job.secondary_status = secondary
        self._job.last_modified_time = now

    def begin_training(self) -> None:
        """Record that the containers run; only the first call sets the job's start time."""
        message = "Training image download completed. Training in progress."
        self.enter("InProgress", "Training", message)
        self._job.training_start_time = self._job.training_start_time or utcnow()

    def add_trained_seconds(self, seconds: float) -> None:
        """Add to the time that the containers have run."""
        self._trained_seconds += seconds

    def end(self, status: str, secondary: str, message: str, has_model: bool = False) -> None:
        """End the job as Completed, Failed (`message` is the reason) or Stopped."""
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
        """Extract metrics from a line by the job's definitions; the record keeps the last value of each name."""
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
