"""Calls are checked against the policies of the signing identity: by action, resource and condition."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from sentiment.system.storage import ASSETS
from tests.localcloud.encrypted_bucket import encrypted_bucket
from tests.localcloud.roles import make_role

MODEL = {
    "PrimaryContainer": {"Image": "image"},
    "ExecutionRoleArn": "arn:aws:iam::123456789012:role/review-sentiment-x",
}
TAGS = [{"Key": "project", "Value": "review-sentiment"}]
BUCKET = "sagemaker-us-east-1-123456789012"


class Person:
    """Return a user with its own policies, and the calls it is denied."""

    def __init__(self, environment):
        keys = (environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
        self.session = boto3.Session(*keys, region_name="us-east-1")

    def refused(self, service, operation, **given):
        """Return the action that is denied, "" if the call is not denied for a missing permission."""
        try:
            getattr(self.session.client(service), operation)(**given)
        except ClientError as error:
            said = error.response["Error"]
            if not said["Code"].startswith("AccessDenied"):
                return ""
            return said["Message"].split("perform: ")[1].split(" ")[0]
        return ""


@pytest.fixture
def person(local_cloud):
    def make(*statements):
        name = f"user-{len(boto3.client('iam').list_users()['Users'])}"
        made = Person(local_cloud.user(name))
        document = {"Version": "2012-10-17", "Statement": list(statements)}
        boto3.client("iam").put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps(document))
        return made

    return make


def allow(*actions, resource="*", **more):
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def test_user_without_a_policy_may_say_who_it_is_and_no_more(person):
    nobody = person(allow("s3:ListAllMyBuckets"))
    assert nobody.session.client("sts").get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:user/user-0"
    assert nobody.refused("s3", "list_buckets") == ""
    assert nobody.refused("sagemaker", "list_endpoints") == "sagemaker:ListEndpoints"
    assert nobody.refused("iam", "list_roles") == "iam:ListRoles"
    assert nobody.refused("lambda", "get_account_settings") == "lambda:GetAccountSettings"
    assert nobody.refused("apigateway", "get_rest_apis") == "apigateway:GET"
    assert nobody.refused("pricing", "get_products", ServiceCode="AmazonSageMaker") == "pricing:GetProducts"
    assert nobody.refused("sagemaker-runtime", "invoke_endpoint", EndpointName="a", Body=b"") == (
        "sagemaker:InvokeEndpoint"
    )


def test_permission_holds_for_what_it_names(person):
    user = person(
        allow("sagemaker:DeleteEndpoint", resource="arn:aws:sagemaker:*:*:endpoint/ours-*"),
        allow("s3:PutObject", resource="arn:aws:s3:::reviews/ours/*"),
        allow("apigateway:GET", resource="arn:aws:apigateway:*::/restapis"),
    )
    assert user.refused("sagemaker", "delete_endpoint", EndpointName="ours-1") == ""
    assert user.refused("sagemaker", "delete_endpoint", EndpointName="theirs") == "sagemaker:DeleteEndpoint"
    boto3.client("s3").create_bucket(Bucket="reviews")
    assert user.refused("s3", "put_object", Bucket="reviews", Key="ours/a b", Body=b"x") == ""
    assert user.refused("s3", "put_object", Bucket="reviews", Key="theirs", Body=b"x") == "s3:PutObject"
    assert user.refused("apigateway", "get_rest_apis") == ""
    assert user.refused("apigateway", "get_api_keys") == "apigateway:GET"


def test_every_resource_that_a_call_names_has_to_be_allowed(person):
    both = "arn:aws:sagemaker:*:*:endpoint/ours", "arn:aws:sagemaker:*:*:endpoint-config/ours"
    user = person(allow("sagemaker:CreateEndpoint", resource=list(both)))
    assert user.refused("sagemaker", "create_endpoint", EndpointName="ours", EndpointConfigName="ours") == ""
    assert user.refused("sagemaker", "create_endpoint", EndpointName="ours", EndpointConfigName="theirs") == (
        "sagemaker:CreateEndpoint"
    )


def test_role_that_is_handed_on_wants_pass_role_for_that_service(person):
    making = allow("sagemaker:CreateModel")

    def passing(service):
        return allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": service}})

    assert person(making).refused("sagemaker", "create_model", ModelName="m", **MODEL) == "iam:PassRole"
    other = person(making, passing("lambda.amazonaws.com"))
    assert other.refused("sagemaker", "create_model", ModelName="m", **MODEL) == "iam:PassRole"
    right = person(making, passing("sagemaker.amazonaws.com"))
    assert right.refused("sagemaker", "create_model", ModelName="m", **MODEL) == ""


def test_tags_at_the_creation_want_their_permission_and_can_be_required(person):
    making = allow("sagemaker:CreateModel", "iam:PassRole")
    assert person(making).refused("sagemaker", "create_model", ModelName="m", Tags=TAGS, **MODEL) == "sagemaker:AddTags"
    required = {"StringEquals": {"aws:RequestTag/project": "review-sentiment"}}
    careful = person(
        allow("sagemaker:CreateModel", Condition=required), allow("iam:PassRole"), allow("sagemaker:AddTags")
    )
    assert careful.refused("sagemaker", "create_model", ModelName="m", **MODEL) == "sagemaker:CreateModel"
    assert careful.refused("sagemaker", "create_model", ModelName="m", Tags=TAGS, **MODEL) == ""


def test_tag_of_a_resource_can_be_required(person):
    sagemaker = boto3.client("sagemaker")
    make_role("review-sentiment-x")
    for name, tags in (("ours", TAGS), ("theirs", [])):
        sagemaker.create_model(ModelName=name, Tags=tags, **MODEL)
    ours = {"StringEquals": {"aws:ResourceTag/project": "review-sentiment"}}
    user = person(allow("sagemaker:DeleteModel", Condition=ours))
    assert user.refused("sagemaker", "delete_model", ModelName="theirs") == "sagemaker:DeleteModel"
    assert user.refused("sagemaker", "delete_model", ModelName="ours") == ""


def test_list_of_all_stacks_wants_list_stacks(person):
    user = person(allow("cloudformation:DescribeStacks"))
    assert user.refused("cloudformation", "describe_stacks") == "cloudformation:ListStacks"
    assert user.refused("cloudformation", "describe_stacks", StackName="one") == ""


def test_endpoint_that_may_grow_is_deleted_with_its_scaling(person):
    boto3.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="sagemaker",
        ResourceId="endpoint/grows/variant/A",
        ScalableDimension="sagemaker:variant:DesiredInstanceCount",
        MinCapacity=1,
        MaxCapacity=2,
    )
    user = person(allow("sagemaker:DeleteEndpoint"))
    scaling = "application-autoscaling:DeregisterScalableTarget"
    assert user.refused("sagemaker", "delete_endpoint", EndpointName="grows") == scaling
    assert user.refused("sagemaker", "delete_endpoint", EndpointName="stays") == ""


def test_versions_of_objects_want_a_permission_of_their_own(person):
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="reviews")
    s3.put_bucket_versioning(Bucket="reviews", VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket="reviews", Key="a", Body=b"x")["VersionId"]
    user = person(allow("s3:DeleteObject"))
    objects = {"Objects": [{"Key": "a", "VersionId": version}]}
    assert user.refused("s3", "delete_objects", Bucket="reviews", Delete=objects) == "s3:DeleteObjectVersion"
    assert user.refused("s3", "delete_objects", Bucket="reviews", Delete={"Objects": [{"Key": "a"}]}) == ""


def test_bucket_that_encrypts_with_a_key_wants_the_key_s_permissions_by_way_of_s3(person):
    key = encrypted_bucket("reviews")
    files, through = allow("s3:*"), {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}
    without = person(files)
    writer = person(files, allow("kms:GenerateDataKey", resource=key, Condition=through))
    reader = person(files, allow("kms:Decrypt", resource=key, Condition=through))
    elsewhere = {"StringEquals": {"kms:ViaService": "sqs.us-east-1.amazonaws.com"}}
    stranger = person(files, allow("kms:GenerateDataKey", resource=key, Condition=elsewhere))
    put = {"Bucket": "reviews", "Key": "a", "Body": b"x"}
    assert without.refused("s3", "put_object", **put) == "kms:GenerateDataKey"
    assert stranger.refused("s3", "put_object", **put) == "kms:GenerateDataKey"
    assert writer.refused("s3", "put_object", **put) == ""
    assert writer.refused("s3", "get_object", Bucket="reviews", Key="a") == "kms:Decrypt"
    assert reader.refused("s3", "get_object", Bucket="reviews", Key="a") == ""
    part = {"Bucket": "reviews", "Key": "b", "PartNumber": 1, "Body": b"x"}
    upload = boto3.client("s3").create_multipart_upload(Bucket="reviews", Key="b")["UploadId"]
    assert writer.refused("s3", "create_multipart_upload", Bucket="reviews", Key="b") == ""
    assert writer.refused("s3", "upload_part", UploadId=upload, **part) == "kms:Decrypt"


def test_bucket_that_encrypts_with_a_key_of_s3_s_own_wants_none(person):
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="reviews")
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(Bucket="reviews", ServerSideEncryptionConfiguration={"Rules": [rule]})
    user = person(allow("s3:*"))
    assert user.refused("s3", "put_object", Bucket="reviews", Key="a", Body=b"x") == ""
    assert user.refused("s3", "get_object", Bucket="reviews", Key="a") == ""


def test_boundary_can_be_required_for_roles_and_for_changes_of_theirs(person):
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow("s3:GetObject")]})
    boto3.client("iam").create_policy(PolicyName="boundary", PolicyDocument=document)
    bound = {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    user = person(allow("iam:CreateRole", "iam:PutRolePolicy", Condition=bound))
    role = {"RoleName": "r", "AssumeRolePolicyDocument": document}
    assert user.refused("iam", "create_role", **role) == "iam:CreateRole"
    assert user.refused("iam", "create_role", PermissionsBoundary=boundary, **role) == ""
    put = {"PolicyName": "p", "PolicyDocument": document}
    assert user.refused("iam", "put_role_policy", RoleName="r", **put) == ""
    boto3.client("iam").create_role(RoleName="free", AssumeRolePolicyDocument=document)
    assert user.refused("iam", "put_role_policy", RoleName="free", **put) == "iam:PutRolePolicy"


def test_stack_is_made_with_the_permissions_of_who_asks_for_it(person):
    template = (ASSETS / "api" / "template.yaml").read_text()
    user = person(allow("cloudformation:*"), allow("logs:*", resource="arn:aws:logs:*:*:log-group:/aws/lambda/other"))
    asked = {"StackName": "review-sentiment-api-a", "TemplateBody": template, "Parameters": []}
    assert user.refused("cloudformation", "create_stack", **asked) == "logs:CreateLogGroup"
    named = person(allow("cloudformation:*", "logs:*", "iam:*", "lambda:*"))
    assert named.refused("cloudformation", "create_stack", **asked) == "apigateway:POST"


def test_app_user_works_with_what_is_ours_and_with_nothing_else(local_cloud):
    user = Person(local_cloud.user("ada", "app-user"))
    assert user.refused("s3", "create_bucket", Bucket=BUCKET) == ""
    assert user.refused("s3", "create_bucket", Bucket="payments") == "s3:CreateBucket"
    assert user.refused("s3", "put_object", Bucket=BUCKET, Key="other/a", Body=b"x") == "s3:PutObject"
    assert user.refused("sagemaker", "delete_endpoint", EndpointName="prod") == "sagemaker:DeleteEndpoint"
    assert user.refused("iam", "create_role", RoleName="r", AssumeRolePolicyDocument="{}") == "iam:CreateRole"
    assert user.refused("lambda", "list_functions") == "lambda:ListFunctions"


def test_two_users_have_their_own_names(local_cloud):
    people = [Person(local_cloud.user(name, "app-user")) for name in ("ada", "bob")]
    said = [person.session.client("sts").get_caller_identity() for person in people]
    assert [each["Arn"].rpartition("/")[2] for each in said] == ["ada", "bob"]
    assert {each["Account"] for each in said} == {"123456789012"}
