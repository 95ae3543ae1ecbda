"""The internals of moto that the local cloud uses, so that an incompatible version of moto is detected."""

import inspect
import json

import moto
import pytest
from moto.apigateway.models import RestAPI, apigateway_backends
from moto.awslambda import urls as lambda_urls
from moto.awslambda.models import LambdaFunction, lambda_backends
from moto.awslambda.responses import LambdaResponse
from moto.cloudformation import urls as stack_urls
from moto.cloudformation.parsing import get_model_map, resource_class_from_type
from moto.core.common_models import CloudFormationModel
from moto.core.responses import ActionResult, BaseResponse
from moto.iam import urls as iam_urls
from moto.iam.responses import IamResponse
from moto.moto_server import werkzeug_app
from moto.sagemaker import urls
from moto.sagemaker.models import FakeEndpoint, FakeTrainingJob, FakeTransformJob, sagemaker_backends
from moto.sagemaker.responses import SageMakerResponse

from sentiment.localcloud.account.cloudformation_api import TYPES, LocalCloudFormation
from sentiment.localcloud.account.lambda_api import LocalLambda
from sentiment.localcloud.sagemaker_api import LocalSageMaker
from sentiment.localcloud.training.training_record import TrainingRecord
from sentiment.system.storage import PROJECT

ACCOUNT, REGION = "123456789012", "us-east-1"
REQUEST = {
    "TrainingJobName": "job",
    "AlgorithmSpecification": {"MetricDefinitions": [{"Name": "bce", "Regex": "bce=([0-9.]+)"}]},
    "OutputDataConfig": {"S3OutputPath": "s3://reviews/out"},
    "Environment": {"FLAVOUR": "sweet"},
}


@pytest.fixture
def job():
    """Return moto's record of a training job, as created by its API."""
    parameters = list(inspect.signature(FakeTrainingJob.__init__).parameters)[1:]
    given = {"account_id": ACCOUNT, "region_name": REGION, "training_job_name": "job", "algorithm_specification": {}}
    given["output_data_config"] = REQUEST["OutputDataConfig"]
    return FakeTrainingJob(**{name: given.get(name) for name in parameters})


def test_the_installed_moto_is_the_pinned_one():
    assert f"moto[server]=={moto.__version__}" in (PROJECT / "requirements-localcloud.in").read_text()


def test_the_address_of_sagemaker_leads_to_a_class_that_a_subclass_can_replace(running_cloud):
    assert list(urls.url_paths) == ["{0}/$"]
    assert urls.url_paths["{0}/$"].__self__ is LocalSageMaker
    assert inspect.ismethod(SageMakerResponse.dispatch)
    application = werkzeug_app.create_backend_app("sagemaker")
    assert [rule.endpoint for rule in application.url_map.iter_rules()] == ["LocalSageMaker.dispatch"]


def test_the_address_of_iam_leads_to_a_class_that_lacks_only_the_simulation():
    assert list(iam_urls.url_paths) == ["{0}/$"]
    assert not hasattr(IamResponse, "simulate_principal_policy")


def test_a_method_of_the_class_is_an_operation_of_the_api():
    source = inspect.getsource(BaseResponse.call_action)
    assert "method_names_from_class(self.__class__)" in source
    assert not hasattr(SageMakerResponse, "stop_training_job")
    assert not hasattr(SageMakerResponse, "delete_training_job")
    assert not hasattr(SageMakerResponse, "update_endpoint")
    assert not hasattr(SageMakerResponse, "stop_transform_job")


def test_jobs_and_endpoints_are_in_the_backend_by_name():
    backend = sagemaker_backends[ACCOUNT][REGION]
    for names in (backend.training_jobs, backend.transform_jobs, backend.endpoints, backend.endpoint_configs):
        assert isinstance(names, dict)
    assert callable(backend.describe_model)


def test_an_endpoint_s_record_has_its_state_and_makes_its_variants_from_a_configuration_s():
    variant = {"VariantName": "A", "ModelName": "m", "InitialInstanceCount": 2, "InitialVariantWeight": 0.5}
    record = FakeEndpoint(ACCOUNT, REGION, "name", "config", [variant], {}, [])
    assert (record.endpoint_status, record.failure_reason) == ("InService", None)
    assert record.production_variants == record._process_production_variants([variant])
    assert record.production_variants[0]["CurrentWeight"] == 0.5
    assert {"EndpointStatus", "EndpointConfigName", "ProductionVariants"} <= set(record.response_object)


def test_a_transform_job_s_record_has_its_request_and_its_state():
    parameters = list(inspect.signature(FakeTransformJob.__init__).parameters)[1:]
    record = FakeTransformJob(**dict.fromkeys(parameters, "x"))
    assert (record.transform_job_status, record.failure_reason) == ("Completed", "")
    for name in ("transform_input", "transform_output", "transform_resources", "max_payload_in_mb", "batch_strategy"):
        assert getattr(record, name) == "x"
    for name in ("max_concurrent_transforms", "model_client_config", "environment"):
        assert getattr(record, name) == "x"
    assert {"TransformStartTime", "TransformEndTime", "FailureReason"} <= set(record.response_object)


def test_what_an_operation_answers_can_be_read_before_it_is_sent():
    assert ActionResult({"VpcConfig": {}}).result == {"VpcConfig": {}}


def test_a_training_record_is_moto_s_with_its_attributes_as_fields(job):
    TrainingRecord(job, REQUEST)
    said = job.response_object
    assert (said["TrainingJobStatus"], said["SecondaryStatus"]) == ("InProgress", "Starting")
    assert said["Environment"] == REQUEST["Environment"]
    assert said["AlgorithmSpecification"] == REQUEST["AlgorithmSpecification"]
    assert said["FinalMetricDataList"] == []
    assert not {"ModelArtifacts", "TrainingStartTime", "TrainingEndTime"} & set(said)


def test_an_ended_record_has_times_reason_and_artefact(job):
    record = TrainingRecord(job, REQUEST)
    record.begin_training()
    record.measure("bce=0.25 bce=x")
    record.add_trained_seconds(3.2)
    record.end("Failed", "Failed", "no luck", has_model=True)
    said = job.response_object
    assert (said["FailureReason"], said["BillableTimeInSeconds"]) == ("no luck", 4)
    assert said["ModelArtifacts"] == {"S3ModelArtifacts": "s3://reviews/out/job/output/model.tar.gz"}
    assert [metric["Value"] for metric in said["FinalMetricDataList"]] == [0.25]
    json.dumps(said, default=str)


def test_lambda_s_addresses_lead_to_a_class_whose_functions_a_subclass_can_run(running_cloud):
    assert {leads.__self__ for leads in lambda_urls.url_paths.values()} == {LocalLambda}
    assert not hasattr(LambdaResponse, "get_account_settings")
    for name in ("invoke", "backend"):
        assert name in vars(LambdaResponse)
    source = inspect.getsource(LambdaFunction.__init__) + inspect.getsource(LambdaFunction._set_function_code)
    for name in ("handler", "environment_vars", "timeout", "reserved_concurrency", "logs_group_name", "code_bytes"):
        assert f"self.{name}" in source
    assert lambda_backends[ACCOUNT][REGION].list_functions() == []


def test_stacks_make_resources_by_a_map_of_types_that_can_be_added_to(running_cloud):
    assert get_model_map() is get_model_map()
    for kind, made in TYPES.items():
        assert resource_class_from_type(kind) is made
    assert not {"ApiKey", "UsagePlan", "Stage"} & {model.__name__ for model in CloudFormationModel.__subclasses__()}
    # A resource without its own deletion method is deleted by its class.
    assert not any(hasattr(made, "delete") for made in TYPES.values())
    assert stack_urls.url_paths["{0}/$"].__self__ is LocalCloudFormation


def test_records_of_api_gateway_are_in_the_backend_by_identifier():
    backend = apigateway_backends[ACCOUNT][REGION]
    assert (backend.apis, backend.keys, backend.usage_plans, backend.usage_plan_keys) == ({}, {}, {}, {})
    for name in ("create_stage", "get_stage", "put_gateway_response", "create_api_key", "create_usage_plan_key"):
        assert callable(getattr(backend, name))
    api = RestAPI("id", ACCOUNT, REGION, "reviews", "")
    assert [resource.get_path() for resource in api.resources.values()] == ["/"]
    assert (api.stages, api.gateway_responses) == ({}, {})
