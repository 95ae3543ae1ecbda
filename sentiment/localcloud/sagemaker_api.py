"""The SageMaker API of the local cloud: moto's, with jobs and endpoints that really run.

It is a subclass of moto's `SageMakerResponse` and replaces it in moto's URL table. moto maps each method to the API
operation of that name, so a method that moto lacks adds an operation.
"""

import json
from collections.abc import Container, Iterable, Iterator
from typing import Any, ClassVar, TypeVar

from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult, EmptyResult
from moto.sagemaker import urls
from moto.sagemaker.exceptions import AWSValidationException, ResourceInUseException, ResourceNotFound
from moto.sagemaker.responses import SageMakerResponse
from typing_extensions import override

from sentiment.localcloud.catalogue import images, quotas
from sentiment.localcloud.machinery import Machinery
from sentiment.localcloud.training.training_record import TrainingRecord

# Statuses in which an endpoint can be neither updated nor deleted, and those in which it can be updated. A failed
# endpoint can only be deleted.
IN_PROGRESS = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")
CHANGEABLE = ("InService", "UpdateRollbackFailed")

Instances = tuple[str, int]  # instance type and count
Run = TypeVar("Run")


class LocalSageMaker(SageMakerResponse):
    """Handles one SageMaker request; moto creates an instance for each."""

    machinery: ClassVar[Machinery]

    @override
    def create_training_job(self) -> ActionResult:
        request = json.loads(self.body)
        name = request["TrainingJobName"]
        if name in self.sagemaker_backend.training_jobs:
            raise ResourceInUseException(
                "Training job names must be unique within an AWS account and region, and a training job with this "
                f"name already exists ({self.sagemaker_backend.training_jobs[name].arn})"
            )
        self._refuse_unknown_image(request["AlgorithmSpecification"].get("TrainingImage"))
        records = [run.record for run in self._here(self.machinery.training)]
        used = _instances(record.request["ResourceConfig"] for record in records if record.runs)
        use = f"{'spot ' if request.get('EnableManagedSpotTraining') else ''}training job usage"
        self._refuse_over_quota(use, _instances([request["ResourceConfig"]]), used)
        answer = super().create_training_job()
        record = TrainingRecord(self.sagemaker_backend.training_jobs[name], request)
        self.machinery.start_training(record, self.region)
        return answer

    @override
    def stop_training_job(self) -> ActionResult:
        name = self._get_param("TrainingJobName")
        if name not in self.sagemaker_backend.training_jobs:
            raise AWSValidationException("Requested resource not found.")
        status = self.sagemaker_backend.training_jobs[name].training_job_status
        if status != "InProgress":
            raise AWSValidationException(f"The request was rejected because the training job is in status {status}.")
        self.machinery.training[self.region, name].stop()
        return EmptyResult()

    @override
    def delete_training_job(self) -> ActionResult:
        name = self._get_param("TrainingJobName")
        job = self.sagemaker_backend.training_jobs.get(name)
        if job is None:
            raise ResourceNotFound("Requested resource not found.")
        if job.training_job_status in ("InProgress", "Stopping"):
            raise ResourceInUseException(f"The training job is in status {job.training_job_status}.")
        del self.sagemaker_backend.training_jobs[name]
        return EmptyResult()

    @override
    def create_model(self) -> ActionResult:
        name = self._get_param("ModelName")
        self._refuse_taken("model", name, {m.model_name for m in self._models()})
        self._refuse_unknown_image((self._get_param("PrimaryContainer") or {}).get("Image"))
        answer = super().create_model()
        # moto does not store it.
        made = self.sagemaker_backend.describe_model(name)
        made.enable_network_isolation = self._get_param("EnableNetworkIsolation", False)
        return answer

    @override
    def describe_model(self) -> ActionResult:
        return _without_empty(super().describe_model())

    @override
    def create_endpoint_config(self) -> ActionResult:
        name = self._get_param("EndpointConfigName")
        self._refuse_taken("endpoint configuration", name, self.sagemaker_backend.endpoint_configs)
        return super().create_endpoint_config()

    @override
    def create_endpoint(self) -> ActionResult:
        name = self._get_param("EndpointName")
        self._refuse_taken("endpoint", name, self.sagemaker_backend.endpoints)
        self._refuse_more_instances(self._get_param("EndpointConfigName"))
        answer = super().create_endpoint()
        self.machinery.start_endpoint(self.sagemaker_backend.endpoints[name], self.sagemaker_backend)
        return answer

    @override
    def describe_endpoint(self) -> ActionResult:
        return _without_empty(super().describe_endpoint())

    @override
    def update_endpoint(self) -> ActionResult:
        name, config = self._get_param("EndpointName"), self._get_param("EndpointConfigName")
        record = self.sagemaker_backend.endpoints.get(name)
        if record is None or config not in self.sagemaker_backend.endpoint_configs:
            kind, missing = ("endpoint", name) if record is None else ("endpoint configuration", config)
            raise AWSValidationException(f'Could not find {kind} "{missing}".')
        if record.endpoint_status not in CHANGEABLE:
            raise AWSValidationException(f'Cannot update in-progress endpoint "{record.arn}".')
        self._refuse_more_instances(config, besides=name)
        # The variants as moto would describe them for an endpoint with that configuration.
        variants = record._process_production_variants(
            self.sagemaker_backend.endpoint_configs[config].production_variants
        )
        self.machinery.endpoints[self.region, name].update(config, variants)
        return ActionResult({"EndpointArn": record.arn})

    @override
    def update_endpoint_weights_and_capacities(self) -> ActionResult:
        record = self.sagemaker_backend.endpoints.get(self._get_param("EndpointName"))
        if record and record.endpoint_status not in CHANGEABLE:
            raise AWSValidationException(f'Cannot update in-progress endpoint "{record.arn}".')
        before = {each["VariantName"]: dict(each) for each in record.production_variants} if record else {}
        answer = super().update_endpoint_weights_and_capacities()
        # Values that the call does not name are kept; moto sets them to None.
        for variant in record.production_variants if record else ():
            was = before[variant["VariantName"]]
            variant.update({name: was[name] for name, value in variant.items() if value is None and name in was})
        return answer

    @override
    def delete_endpoint(self) -> ActionResult:
        record = self.sagemaker_backend.endpoints.get(self._get_param("EndpointName"))
        if record and record.endpoint_status in IN_PROGRESS:
            raise AWSValidationException(f'Cannot update in-progress endpoint "{record.arn}".')
        answer = super().delete_endpoint()
        self.machinery.end_endpoint(self.region, self._get_param("EndpointName"))
        self._end_scaling(f"endpoint/{self._get_param('EndpointName')}/")
        return answer

    @override
    def create_transform_job(self) -> ActionResult:
        name = self._get_param("TransformJobName")
        if name in self.sagemaker_backend.transform_jobs:
            raise ResourceInUseException(f"A transform job with the name {name} already exists.")
        model = self.sagemaker_backend.describe_model(self._get_param("ModelName"))
        runs = self._here(self.machinery.transforms)
        used = _instances(run.record.transform_resources for run in runs if run.runs)
        self._refuse_over_quota("transform job usage", _instances([self._get_param("TransformResources")]), used)
        answer = super().create_transform_job()
        self.machinery.start_transform(self.sagemaker_backend.transform_jobs[name], model, self.region)
        return answer

    @override
    def stop_transform_job(self) -> ActionResult:
        name = self._get_param("TransformJobName")
        if name not in self.sagemaker_backend.transform_jobs:
            raise ResourceNotFound("Requested resource not found.")
        status = self.sagemaker_backend.transform_jobs[name].transform_job_status
        if status != "InProgress":
            raise AWSValidationException(f"The request was rejected because the transform job is in status {status}.")
        self.machinery.transforms[self.region, name].stop()
        return EmptyResult()

    def _end_scaling(self, beginning: str) -> None:
        """Deregister the scalable targets of a deleted endpoint, as SageMaker does."""
        backend = applicationautoscaling_backends[DEFAULT_ACCOUNT_ID][self.region]
        for target in backend.describe_scalable_targets("sagemaker", None, None):
            if target.resource_id.startswith(beginning):
                backend.deregister_scalable_target("sagemaker", target.resource_id, target.scalable_dimension)

    def _models(self) -> list[Any]:
        return list(self.sagemaker_backend.list_models())

    def _refuse_unknown_image(self, address: str | None) -> None:
        if address and not images.exists(address, self.region):
            raise AWSValidationException(f"Requested image {address} not found.")

    def _refuse_more_instances(self, config: str, besides: str = "") -> None:
        """Raise OverQuotaError if this configuration and the other endpoints, except `besides`, exceed the quota."""
        configs, endpoints = self.sagemaker_backend.endpoint_configs, self.sagemaker_backend.endpoints
        others = [each.endpoint_config_name for name, each in endpoints.items() if name != besides]
        self._refuse_over_quota(
            "endpoint usage",
            _instances_of_variants(configs.get(config)),
            (pair for other in others for pair in _instances_of_variants(configs.get(other))),
        )

    def _here(self, runs: dict[tuple[str, str], Run]) -> list[Run]:
        """Return the jobs of this region."""
        return [run for (region, _), run in list(runs.items()) if region == self.region]

    def _refuse_over_quota(self, use: str, wanted: Iterator[Instances], used: Iterator[Instances]) -> None:
        quotas.check(self.machinery.quotas, use, quotas.counted(wanted), quotas.counted(used))

    @staticmethod
    def _refuse_taken(kind: str, name: str, names: Container[str]) -> None:
        if name in names:
            raise AWSValidationException(f'Cannot create already existing {kind} "{name}".')


def _instances_of_variants(config: Any) -> Iterator[Instances]:
    """Yield the instances of a configuration's variants; serverless ones have none."""
    for variant in config.production_variants if config else ():
        if variant.get("InstanceType"):
            yield variant["InstanceType"], int(variant.get("InitialInstanceCount", 1))


def _instances(resources: Iterable[dict[str, Any]]) -> Iterator[Instances]:
    """Yield the instances of jobs from their ResourceConfig or TransformResources."""
    for each in resources:
        yield each.get("InstanceType", ""), int(each.get("InstanceCount", 1))


def _without_empty(answer: ActionResult) -> ActionResult:
    """Remove empty structures: AWS sends none, and the SDK's strict resources reject them."""
    return ActionResult({name: value for name, value in answer.result.items() if value != {}})


def install(machinery: Machinery) -> None:
    """Make every moto server started from now on in this process answer SageMaker calls with `machinery`."""
    LocalSageMaker.machinery = machinery
    urls.url_paths["{0}/$"] = LocalSageMaker.dispatch
