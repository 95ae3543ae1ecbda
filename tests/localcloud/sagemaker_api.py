"""The SageMaker API of the local cloud: moto's, with jobs that really run.

It is a subclass of moto's `SageMakerResponse`, put in the place of moto's own in its table of addresses. moto
takes each method for the API operation of that name: a method that moto lacks adds an operation.
"""

import json
from typing import ClassVar

from moto.core.responses import ActionResult, EmptyResult
from moto.sagemaker import urls
from moto.sagemaker.exceptions import AWSValidationException, ResourceInUseException, ResourceNotFound
from moto.sagemaker.responses import SageMakerResponse

from localcloud.machinery import Machinery
from localcloud.training_record import TrainingRecord


class LocalSageMaker(SageMakerResponse):
    """Answers each SageMaker call; moto makes one for every request."""

    machinery: ClassVar[Machinery]

    def create_training_job(self) -> ActionResult:
        request = json.loads(self.body)
        name = request["TrainingJobName"]
        if name in self.sagemaker_backend.training_jobs:
            raise ResourceInUseException(
                "Training job names must be unique within an AWS account and region, and a training job with this "
                f"name already exists ({self.sagemaker_backend.training_jobs[name].arn})"
            )
        answer = super().create_training_job()
        record = TrainingRecord(self.sagemaker_backend.training_jobs[name], request)
        self.machinery.start_training(record, self.region)
        return answer

    def stop_training_job(self) -> ActionResult:
        name = self._get_param("TrainingJobName")
        if name not in self.sagemaker_backend.training_jobs:
            raise AWSValidationException("Requested resource not found.")
        status = self.sagemaker_backend.training_jobs[name].training_job_status
        if status != "InProgress":
            raise AWSValidationException(f"The request was rejected because the training job is in status {status}.")
        self.machinery.training[name].stop()
        return EmptyResult()

    def delete_training_job(self) -> ActionResult:
        name = self._get_param("TrainingJobName")
        job = self.sagemaker_backend.training_jobs.get(name)
        if job is None:
            raise ResourceNotFound("Requested resource not found.")
        if job.training_job_status in ("InProgress", "Stopping"):
            raise ResourceInUseException(f"The training job is in status {job.training_job_status}.")
        del self.sagemaker_backend.training_jobs[name]
        return EmptyResult()


def install(machinery: Machinery) -> None:
    """Have every moto server that this process starts from now on answer SageMaker calls with `machinery`."""
    LocalSageMaker.machinery = machinery
    urls.url_paths["{0}/$"] = LocalSageMaker.dispatch
