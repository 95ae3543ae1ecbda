"""The CloudFormation API of the local cloud: moto's, extended by the resource types of a REST API that moto lacks.

moto creates and deletes a resource by the class that its model map names for the resource's type. The classes here use
moto's own records of API Gateway, so that API calls see what a stack has created. API URLs in a stack's outputs are
replaced by those at which the local cloud serves the API.
"""

import re
from typing import Any, ClassVar

from moto.apigateway.models import RestAPI, apigateway_backends
from moto.cloudformation import urls
from moto.cloudformation.parsing import get_model_map
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.common_models import CloudFormationModel
from moto.core.responses import ActionResult
from typing_extensions import override

Properties = dict[str, Any]

# The URL that AWS gives an API; the stage follows.
EXECUTE = re.compile(r"https://([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com(?=/)")


# How a stage's settings name the API's root resource; in other paths it replaces each slash except the first.
ROOT = "~1"


class LocalCloudFormation(CloudFormationResponse):
    """Handles one CloudFormation request; moto creates an instance for each."""

    cloud: ClassVar[str]

    @override
    def describe_stacks(self) -> ActionResult:
        answer = super().describe_stacks()
        for stack in answer.result["Stacks"]:
            for output in filter(None, (stack.output_map[name] for name in stack.output_map)):
                output.value = EXECUTE.sub(rf"{self.cloud}/execute-api/\1", str(output.value))
        return answer


class _Part(CloudFormationModel):
    """A resource of a stack; `physical_resource_id` is the value of `Ref`."""

    def __init__(self, identifier: str) -> None:
        self.physical_resource_id = identifier

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
    ) -> "_Part":
        backend = apigateway_backends[account_id][region_name]
        return cls(cls.make(backend, resource_name, cloudformation_json["Properties"]))

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: "_Part",
        new_resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> "_Part":
        backend = apigateway_backends[account_id][region_name]
        cls.change(backend, original_resource.physical_resource_id, cloudformation_json["Properties"])
        return original_resource

    @classmethod
    def delete_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> None:
        cls.remove(apigateway_backends[account_id][region_name], resource_name)

    @staticmethod
    def make(backend: Any, name: str, properties: Properties) -> str:
        """Create the resource and return its identifier."""
        raise NotImplementedError

    @staticmethod
    def change(backend: Any, identifier: str, properties: Properties) -> None:
        """Update the resource's properties."""

    @staticmethod
    def remove(backend: Any, identifier: str) -> None:
        """Delete the resource."""


class Stage(_Part):
    """A stage of a REST API, with its throttling limits."""

    @staticmethod
    @override
    def make(backend: Any, name: str, properties: Properties) -> str:
        api, stage = properties["RestApiId"], str(properties["StageName"])
        backend.create_stage(api, stage, getattr(properties["DeploymentId"], "id", properties["DeploymentId"]))
        identifier = f"{api}/{stage}"
        Stage.change(backend, identifier, properties)
        return stage

    @staticmethod
    @override
    def change(backend: Any, identifier: str, properties: Properties) -> None:
        stage = backend.get_stage(properties["RestApiId"], properties["StageName"])
        stage.method_settings = {
            f"{each['ResourcePath'].removeprefix('/') or ROOT}/{each['HttpMethod']}": {
                "throttlingRateLimit": float(each["ThrottlingRateLimit"]),
                "throttlingBurstLimit": int(each["ThrottlingBurstLimit"]),
            }
            for each in properties.get("MethodSettings", ())
        }


class GatewayResponse(_Part):
    """An API's response when it refuses a call itself."""

    @staticmethod
    @override
    def make(backend: Any, name: str, properties: Properties) -> str:
        backend.put_gateway_response(
            properties["RestApiId"],
            properties["ResponseType"],
            properties.get("StatusCode"),
            properties.get("ResponseParameters", {}),
            properties.get("ResponseTemplates", {}),
        )
        return f"{properties['RestApiId']}/{properties['ResponseType']}"


class ApiKey(_Part):
    """A key of a REST API; its value is random."""

    @staticmethod
    @override
    def make(backend: Any, name: str, properties: Properties) -> str:
        given = {"name": properties.get("Name", name), "enabled": str(properties.get("Enabled")).lower() == "true"}
        # A fixed value would give all keys the same identifier.
        return str(backend.create_api_key(given | {"description": name}).id)

    @staticmethod
    @override
    def remove(backend: Any, identifier: str) -> None:
        backend.delete_api_key(identifier)


class UsagePlan(_Part):
    """The throttle and quota of an API's keys."""

    @staticmethod
    @override
    def make(backend: Any, name: str, properties: Properties) -> str:
        stages = [{"apiId": each["ApiId"], "stage": each["Stage"]} for each in properties["ApiStages"]]
        plan = backend.create_usage_plan({"name": properties.get("UsagePlanName", name), "apiStages": stages})
        UsagePlan.change(backend, plan.id, properties)
        return str(plan.id)

    @staticmethod
    @override
    def change(backend: Any, identifier: str, properties: Properties) -> None:
        plan, throttle, quota = backend.get_usage_plan(identifier), properties["Throttle"], properties["Quota"]
        plan.throttle = {"rateLimit": float(throttle["RateLimit"]), "burstLimit": int(throttle["BurstLimit"])}
        plan.quota = {"limit": int(quota["Limit"]), "period": quota["Period"]}

    @staticmethod
    @override
    def remove(backend: Any, identifier: str) -> None:
        backend.delete_usage_plan(identifier)


class UsagePlanKey(_Part):
    """The association of a key with a usage plan."""

    @staticmethod
    @override
    def make(backend: Any, name: str, properties: Properties) -> str:
        plan, key = properties["UsagePlanId"], properties["KeyId"]
        backend.create_usage_plan_key(plan, {"keyId": key, "keyType": properties["KeyType"]})
        return f"{key}:{plan}"

    @staticmethod
    @override
    def remove(backend: Any, identifier: str) -> None:
        key, _, plan = identifier.partition(":")
        backend.usage_plan_keys.get(plan, {}).pop(key, None)


class LocalRestApi(RestAPI):
    """moto's REST API, deleted together with its stack."""

    @classmethod
    @override
    def delete_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> None:
        apigateway_backends[account_id][region_name].delete_rest_api(resource_name)


TYPES: dict[str, type[CloudFormationModel]] = {
    "AWS::ApiGateway::RestApi": LocalRestApi,
    "AWS::ApiGateway::Stage": Stage,
    "AWS::ApiGateway::GatewayResponse": GatewayResponse,
    "AWS::ApiGateway::ApiKey": ApiKey,
    "AWS::ApiGateway::UsagePlan": UsagePlan,
    "AWS::ApiGateway::UsagePlanKey": UsagePlanKey,
}


def install(cloud: str) -> None:
    """Add these resource types to moto's CloudFormation, and report API URLs below the URL `cloud`."""
    LocalCloudFormation.cloud = cloud
    get_model_map().update(TYPES)
    urls.url_paths["{0}/$"] = LocalCloudFormation.dispatch
