"""Lambda functions and REST APIs of the local cloud, from small stacks."""

import io
import json
import zipfile

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.apigateway.models import apigateway_backends

from sentiment.localcloud.account.functions import Functions
from sentiment.localcloud.account.gateway import MAXIMUM_BYTES, Call, Gateway

HANDLER = """
import logging, os, time
log = logging.getLogger(__name__)
FLAVOUR = os.environ["FLAVOUR"]

def handle(event, context):
    log.warning("asked for %s", event.get("path"))
    if event.get("body") == "raise":
        raise ValueError("no luck")
    if event.get("body") == "sleep":
        time.sleep(600)
    if event.get("body") == "nonsense":
        return "no answer"
    body = f"{FLAVOUR} {event.get('httpMethod')} {event.get('body')}"
    return {"statusCode": 201, "headers": {"X-Flavour": FLAVOUR}, "body": body}
"""
RESOURCES = {
    "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": []}}},
    "Function": {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "FunctionName": "flavour",
            "Runtime": "python3.12",
            "Handler": "app.handle",
            "Timeout": {"Ref": "Seconds"},
            "ReservedConcurrentExecutions": {"Ref": "Concurrency"},
            "Code": {"S3Bucket": "codes", "S3Key": "code.zip"},
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Environment": {"Variables": {"FLAVOUR": "sweet"}},
        },
    },
    "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "reviews"}},
    "MayCall": {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "Action": "lambda:InvokeFunction",
            "FunctionName": {"Ref": "Function"},
            "Principal": "apigateway.amazonaws.com",
        },
    },
    "Refusals": {
        "Type": "AWS::ApiGateway::GatewayResponse",
        "Properties": {
            "RestApiId": {"Ref": "Api"},
            "ResponseType": "DEFAULT_4XX",
            "ResponseParameters": {"gatewayresponse.header.X-Refused": "'yes'"},
            "ResponseTemplates": {"application/json": '{"error": $context.error.messageString}'},
        },
    },
    "Deployment": {
        "Type": "AWS::ApiGateway::Deployment",
        "DependsOn": ["Open", "Closed"],
        "Properties": {"RestApiId": {"Ref": "Api"}},
    },
    "Stage": {
        "Type": "AWS::ApiGateway::Stage",
        "Properties": {
            "RestApiId": {"Ref": "Api"},
            "StageName": "live",
            "DeploymentId": {"Ref": "Deployment"},
            "MethodSettings": [
                {
                    "ResourcePath": "/*",
                    "HttpMethod": "*",
                    "ThrottlingRateLimit": 50,
                    "ThrottlingBurstLimit": {"Ref": "StageBurst"},
                },
                {
                    "ResourcePath": "/",
                    "HttpMethod": "GET",
                    "ThrottlingRateLimit": 50,
                    "ThrottlingBurstLimit": {"Ref": "GetBurst"},
                },
            ],
        },
    },
    "Key": {"Type": "AWS::ApiGateway::ApiKey", "Properties": {"Enabled": True}},
    "Plan": {
        "Type": "AWS::ApiGateway::UsagePlan",
        "Properties": {
            "ApiStages": [{"ApiId": {"Ref": "Api"}, "Stage": {"Ref": "Stage"}}],
            "Throttle": {"RateLimit": {"Ref": "Rate"}, "BurstLimit": 3},
            "Quota": {"Limit": {"Ref": "Quota"}, "Period": "DAY"},
        },
    },
    "KeyInPlan": {
        "Type": "AWS::ApiGateway::UsagePlanKey",
        "Properties": {"KeyId": {"Ref": "Key"}, "KeyType": "API_KEY", "UsagePlanId": {"Ref": "Plan"}},
    },
}


def method(name, key):
    uri = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Function.Arn}/invocations"
    return {
        "Type": "AWS::ApiGateway::Method",
        "Properties": {
            "RestApiId": {"Ref": "Api"},
            "ResourceId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
            "HttpMethod": name,
            "AuthorizationType": "NONE",
            "ApiKeyRequired": key,
            "Integration": {"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": {"Fn::Sub": uri}},
        },
    }


TEMPLATE = json.dumps(
    {
        "Parameters": {
            "Rate": {"Type": "Number", "Default": 100},
            "Quota": {"Type": "Number", "Default": 100},
            "StageBurst": {"Type": "Number", "Default": 100},
            "GetBurst": {"Type": "Number", "Default": 100},
            "Concurrency": {"Type": "Number", "Default": 5},
            "Seconds": {"Type": "Number", "Default": 60},
        },
        "Resources": RESOURCES | {"Open": method("GET", False), "Closed": method("POST", True)},
        "Outputs": {
            "Url": {"Value": {"Fn::Sub": "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${Stage}"}},
            "KeyId": {"Value": {"Ref": "Key"}},
        },
    }
)


class Api:
    """A stack with an API; `call` is the gateway without the HTTP of this cloud."""

    def __init__(self, cloud, **parameters):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("app.py", HANDLER)
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="codes")
        s3.put_object(Bucket="codes", Key="code.zip", Body=packed.getvalue())
        self.stacks = boto3.client("cloudformation")
        self.given = [{"ParameterKey": name, "ParameterValue": str(value)} for name, value in parameters.items()]
        self.stacks.create_stack(StackName="reviews", TemplateBody=TEMPLATE, Parameters=self.given)
        self.cloud, self.gateway = cloud, cloud.machinery.gateway
        self.key = boto3.client("apigateway").get_api_key(apiKey=self.outputs["KeyId"], includeValue=True)["value"]

    @property
    def outputs(self):
        stack = self.stacks.describe_stacks(StackName="reviews")["Stacks"][0]
        return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}

    def call(self, method="POST", body=b"good", key=None, path="/"):
        api, stage = self.outputs["Url"].split("/")[-2:]
        headers = {"x-api-key": self.key if key is None else key}
        return self.gateway.answer(api, stage, Call(method, path, "", headers, body))


@pytest.fixture
def api(local_cloud):
    return Api(local_cloud)


def test_url_of_the_stack_s_outputs_is_answered_by_this_cloud(api, local_cloud):
    import urllib.request

    assert api.outputs["Url"].startswith(f"{local_cloud.url}/execute-api/")
    request = urllib.request.Request(api.outputs["Url"], b"good", {"x-api-key": api.key, "Content-Type": "text/plain"})
    with urllib.request.urlopen(request) as response:
        assert (response.status, response.headers["X-Flavour"]) == (201, "sweet")
        assert response.read() == b"sweet POST good"


def test_key_is_wanted_where_the_method_wants_one(api):
    assert api.call("GET", b"", key="").status == 201
    refused = api.call(key="guessed")
    assert (refused.status, json.loads(refused.body)) == (403, {"error": "Forbidden"})
    assert refused.headers["x-refused"] == "yes"


def test_what_is_not_there_is_refused_as_api_gateway_does(api):
    assert json.loads(api.call("DELETE").body) == {"error": "Missing Authentication Token"}
    assert api.call(path="/other").status == 403
    assert api.gateway.answer("unknown", "live", Call("GET", "/", "", {}, b"")).status == 403


def test_more_than_ten_megabytes_are_refused(api):
    assert api.call(body=b"x" * MAXIMUM_BYTES).status == 201
    assert api.call(body=b"x" * (MAXIMUM_BYTES + 1)).status == 413


def test_bucket_of_the_usage_plan_empties_and_fills_again(local_cloud):
    api = Api(local_cloud, Rate=0.5)
    now = [100.0]
    api.gateway = Gateway("123456789012", local_cloud.machinery.functions, lambda: now[0])
    assert [api.call().status for _ in range(4)] == [201, 201, 201, 429]
    now[0] += 2
    assert [api.call().status for _ in range(2)] == [201, 429]


def test_quota_ends_for_the_day(local_cloud):
    api = Api(local_cloud, Quota=2)
    assert [api.call().status for _ in range(3)] == [201, 201, 429]
    assert json.loads(api.call().body) == {"error": "Limit Exceeded"}


def test_stage_s_limit_holds_without_a_key_too(local_cloud):
    api = Api(local_cloud, GetBurst=1)
    api.gateway = Gateway("123456789012", local_cloud.machinery.functions, lambda: 0.0)
    assert [api.call("GET").status for _ in range(2)] == [201, 429]


def test_method_with_a_limit_of_its_own_leaves_the_others_theirs(local_cloud):
    api = Api(local_cloud, StageBurst=3, GetBurst=1)
    api.gateway = Gateway("123456789012", local_cloud.machinery.functions, lambda: 0.0)
    assert [api.call("GET").status for _ in range(2)] == [201, 429]
    assert [api.call().status for _ in range(4)] == [201, 201, 201, 429]


@pytest.mark.parametrize("body", [b"raise", b"nonsense"])
def test_function_that_fails_is_a_502_that_says_nothing(api, body):
    reply = api.call(body=body)
    assert (reply.status, json.loads(reply.body)) == (502, {"message": "Internal server error"})


def test_function_that_takes_too_long_is_a_502_that_says_nothing(local_cloud):
    reply = Api(local_cloud, Seconds=1).call(body=b"sleep")
    assert (reply.status, json.loads(reply.body)) == (502, {"message": "Internal server error"})


def test_function_without_permission_or_concurrency_is_a_500(local_cloud):
    api = Api(local_cloud, Concurrency=0)
    assert api.call().status == 500


def test_function_answers_invoke_and_its_failures_are_reported(api):
    client = boto3.client("lambda")
    answer = client.invoke(FunctionName="flavour", Payload=b'{"path": "/"}')
    assert json.loads(answer["Payload"].read())["body"] == "sweet None None"
    assert "FunctionError" not in answer
    failed = client.invoke(FunctionName="flavour", Payload=b'{"body": "raise"}')
    assert failed["FunctionError"] == "Unhandled"
    assert json.loads(failed["Payload"].read()) == {"errorMessage": "no luck", "errorType": "ValueError"}


def test_concurrency_is_kept_to_and_is_of_the_account(local_cloud):
    Api(local_cloud, Concurrency=0)
    client = boto3.client("lambda")
    with pytest.raises(ClientError, match="TooManyRequestsException"):
        client.invoke(FunctionName="flavour", Payload=b"{}")
    limits = client.get_account_settings()["AccountLimit"]
    assert limits["ConcurrentExecutions"] == limits["UnreservedConcurrentExecutions"] == 1000


def test_log_has_what_the_function_logged(api):
    api.call()
    logs = boto3.client("logs")
    events = logs.filter_log_events(logGroupName="/aws/lambda/flavour")["events"]
    assert "[WARNING]\tasked for /" in [event["message"] for event in events]


def test_changed_stack_has_its_new_limits(api):
    given = [{"ParameterKey": "Quota", "ParameterValue": "1"}, {"ParameterKey": "StageBurst", "ParameterValue": "7"}]
    api.stacks.update_stack(StackName="reviews", UsePreviousTemplate=True, Parameters=given)
    plan = boto3.client("apigateway").get_usage_plans()["items"][0]
    assert plan["quota"]["limit"] == 1
    backend = apigateway_backends["123456789012"]["us-east-1"]
    stage = next(iter(backend.apis.values())).stages["live"]
    assert stage.method_settings["*/*"]["throttlingBurstLimit"] == 7


def test_stack_goes_with_all_its_parts(api):
    api.stacks.delete_stack(StackName="reviews")
    gateway = boto3.client("apigateway")
    left = gateway.get_rest_apis(), gateway.get_api_keys(), gateway.get_usage_plans()
    assert [answer["items"] for answer in left] == [[], [], []]
    assert boto3.client("lambda").list_functions()["Functions"] == []


def test_environment_is_as_before_a_function_was_imported(api, monkeypatch):
    import os

    monkeypatch.setenv("FLAVOUR", "mine")
    api.call()
    assert os.environ["FLAVOUR"] == "mine"
    assert isinstance(api.cloud.machinery.functions, Functions)
