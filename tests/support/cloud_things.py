"""AWS resources for the tests of inventory, expiry and teardown: our own ones, and others next to them."""

import json

import boto3

from sentiment.cloud.aws import ownership, s3
from sentiment.cloud.aws.ownership import tag_list, tags
from tests.localcloud.roles import make_role
from tests.localcloud.small_server import upload_model
from tests.support.waiting import until

US = "arn:aws:sts::123456789012:user/moto"  # the owner of the local cloud; moto gives this name to every caller
COLLEAGUE = "arn:aws:iam::123456789012:user/bob"
OURS, THEIRS, FOREIGN = tag_list(tags(US)), tag_list(tags(COLLEAGUE)), [{"Key": "project", "Value": "other"}]


def named(what):
    """Return a name in this project's format, the same each time."""
    return f"review-sentiment-{what}-20300102-030405-0a1b"


def make_model(account, name, tagged=OURS):
    """Create a model that is quick to serve."""
    account.call(
        "sagemaker",
        "create_model",
        ModelName=name,
        ExecutionRoleArn=make_role("other"),
        PrimaryContainer={"Image": "image", "ModelDataUrl": upload_model()},
        Tags=tagged,
    )


def make_endpoint(account, name, tagged=OURS, *, asynchronous=False, **variant):
    """Create a model, a configuration and an endpoint in service, on one ml.m5.large unless `variant` overrides it."""
    make_model(account, name, tagged)
    machines = variant or {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    variants = [{"VariantName": "AllTraffic", "ModelName": name, **machines}]
    place = {"AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://bucket/out"}}} if asynchronous else {}
    account.call(
        "sagemaker",
        "create_endpoint_config",
        EndpointConfigName=name,
        ProductionVariants=variants,
        Tags=tagged,
        **place,
    )
    account.call("sagemaker", "create_endpoint", EndpointName=name, EndpointConfigName=name, Tags=tagged)
    describe = account.client("sagemaker").describe_endpoint
    until(lambda: describe(EndpointName=name)["EndpointStatus"] == "InService")


def make_group(account, creator, *endpoints):
    """Create an owner's schedules, which end some endpoints in an hour."""
    group = f"review-sentiment-{ownership.owner_folder(creator)}"
    account.call("scheduler", "create_schedule_group", Name=group, Tags=tag_list(tags(creator)))
    for name in endpoints:
        target = {
            "Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:deleteEndpoint",
            "RoleArn": make_role("ender", "scheduler"),
        }
        account.call(
            "scheduler",
            "create_schedule",
            Name=name,
            GroupName=group,
            ScheduleExpression="at(2031-01-01T00:00:00)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target=target | {"Input": json.dumps({"EndpointName": name})},
        )


def make_stack(account, name, tagged=OURS):
    template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    account.call("cloudformation", "create_stack", StackName=name, TemplateBody=json.dumps(template), Tags=tagged)


def make_autoscaling(account, endpoint):
    account.call(
        "application-autoscaling",
        "register_scalable_target",
        ServiceNamespace="sagemaker",
        ResourceId=f"endpoint/{endpoint}/variant/AllTraffic",
        ScalableDimension="sagemaker:variant:DesiredInstanceCount",
        MinCapacity=1,
        MaxCapacity=3,
    )


def make_training_job(account, name, script, tagged=OURS, **more):
    """Create a training job that runs `script` with bash."""
    place = s3.bucket(account)
    account.call(
        "sagemaker",
        "create_training_job",
        TrainingJobName=name,
        RoleArn=make_role("other"),
        AlgorithmSpecification={
            "TrainingImage": "image",
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["bash", "-c", script],
        },
        OutputDataConfig={"S3OutputPath": f"s3://{place}/{s3.prefix(account)}training"},
        ResourceConfig={"InstanceType": "ml.m5.xlarge", "InstanceCount": 2, "VolumeSizeInGB": 5},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
        Tags=tagged,
        **more,
    )


def endpoint_names():
    return [each["EndpointName"] for each in boto3.client("sagemaker").list_endpoints()["Endpoints"]]
