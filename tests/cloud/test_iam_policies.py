"""The policies in `assets/iam` allow exactly the calls in the code."""

import json
import re

import pytest

from sentiment.cloud.aws.account import Account
from sentiment.cloud.aws.iam_actions import actions, operation_name
from sentiment.cloud.aws.roles import PURPOSES
from sentiment.system.storage import ASSETS, PROJECT
from tests.support.call_sites import account_calls, calls

APP, DEPLOYER = "assets/iam/app-user.json", "assets/iam/deployer.json"
HERE = Account(None, "us-east-1", "123456789012", "arn:aws:sts::123456789012:user/tester")

# Actions that no `call` names: boto3's own methods, the SDK's launcher, and tags set at creation.
METHODS = {
    # Of any bucket whose default is a key of KMS.
    "upload_fileobj": {"s3:PutObject", "s3:AbortMultipartUpload", "kms:GenerateDataKey", "kms:Decrypt"},
    "download_fileobj": {"s3:GetObject", "kms:Decrypt"},
    "invoke_endpoint": {"sagemaker:InvokeEndpoint"},
    "ModelTrainer": {*actions("sagemaker", "CreateTrainingJob"), "sagemaker:AddTags", "s3:PutObject"},
}
# CloudFormation's actions on behalf of the deploying user, by resource type: to create, read, change, delete.
GATEWAY = {f"apigateway:{verb}" for verb in ("GET", "POST", "PUT", "PATCH", "DELETE")}
STACK = {
    "AWS::Logs::LogGroup": {
        *("logs:CreateLogGroup", "logs:DescribeLogGroups", "logs:PutRetentionPolicy", "logs:DeleteLogGroup"),
        "logs:TagResource",
    },
    "AWS::IAM::Role": {
        *("iam:CreateRole", "iam:GetRole", "iam:TagRole", "iam:DeleteRole", "iam:PassRole"),
        *("iam:PutRolePolicy", "iam:GetRolePolicy", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary"),
        # Before it deletes a role, CloudFormation removes policies that users have added to it.
        *("iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:DetachRolePolicy"),
    },
    "AWS::Lambda::Function": {
        *("lambda:CreateFunction", "lambda:GetFunction", "lambda:DeleteFunction", "lambda:TagResource"),
        *("lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"),
        *("lambda:PutFunctionConcurrency", "lambda:DeleteFunctionConcurrency"),
        "s3:GetObject",
    },
    "AWS::Lambda::Permission": {"lambda:AddPermission", "lambda:RemovePermission"},
}


def called() -> dict[str, str]:
    """Return every IAM action that the code requires, with the place that requires it."""
    found = {action: place for place, name, _ in calls() for action in METHODS.get(name, ())}
    for site in account_calls():
        found.update(dict.fromkeys(actions(site.service, site.operation), site.place))
    return found


def made_by_the_stack() -> dict[str, str]:
    """Return every IAM action that the template's resources require, with the type that requires it."""
    template = (ASSETS / "api" / "template.yaml").read_text()
    types = set(re.findall(r"Type: (AWS::\S+)", template))
    needs = {kind: GATEWAY if kind.startswith("AWS::ApiGateway::") else STACK.get(kind) for kind in types}
    assert None not in needs.values(), f"say in STACK of this test what CloudFormation needs for {needs}"
    return {action: kind for kind, each in needs.items() for action in each}


# Permissions reserved for an administrator: users who could change the boundary would not be limited by it.
ADMINISTRATORS = {
    f"iam:{name}" for name in ("CreatePolicy", "CreatePolicyVersion", "DeletePolicy", "DeletePolicyVersion")
}
ADMINISTRATORS |= {"iam:ListPolicyVersions", "iam:TagPolicy"}


def allowed(file) -> set[str]:
    statements = json.loads((PROJECT / file).read_text())["Statement"]
    listed = [each["Action"] if isinstance(each["Action"], list) else [each["Action"]] for each in statements]
    return {action for actions in listed for action in actions}


READ = ("GetRole", "GetRolePolicy", "GetPolicy", "GetPolicyVersion")
SWEEPER = {f"lambda:{name}" for name in ("CreateFunction", "DeleteFunction", "GetFunction", "ListTags", "TagResource")}
SWEEPER |= {"lambda:UpdateFunctionCode"}


def is_the_deployer_s(action) -> bool:
    """Return whether it is for publishing and creating roles, rather than for training, deploying and scoring."""
    service, operation = action.split(":")
    if service == "iam":
        return operation not in (*READ, "PassRole", "CreateServiceLinkedRole")
    if service == "lambda":
        return action not in SWEEPER
    return service in ("cloudformation", "apigateway") and operation not in ("DescribeStacks", "ListStacks")


def test_every_action_that_the_code_calls_is_allowed_in_the_policy_it_belongs_to():
    missing = [
        f"add {action} to {DEPLOYER if is_the_deployer_s(action) else APP} ({place} needs it)"
        for action, place in sorted(called().items())
        if action not in ADMINISTRATORS and action not in allowed(DEPLOYER if is_the_deployer_s(action) else APP)
    ]
    assert not missing, "\n".join(missing)


def test_every_action_that_the_stack_needs_is_the_deployer_s():
    both = allowed(DEPLOYER) | allowed(APP)
    missing = [
        f"add {action} to {DEPLOYER} ({kind} in assets/api/template.yaml needs it)"
        for action, kind in sorted(made_by_the_stack().items())
        if action not in (both if action == "s3:GetObject" else allowed(DEPLOYER))
    ]
    assert not missing, "\n".join(missing)


def test_no_policy_allows_what_nothing_needs():
    needed = {APP: set(called()), DEPLOYER: {*called(), *made_by_the_stack()}}
    needless = [
        f"remove {action} from {file}: nothing in sentiment/cloud needs it"
        for file, used in needed.items()
        for action in sorted(allowed(file) - used)
    ]
    needless += [f"move {action} to {DEPLOYER}" for action in sorted(allowed(APP)) if is_the_deployer_s(action)]
    assert not needless, "\n".join(needless)


def test_the_scheduler_s_role_may_do_what_a_schedule_does_and_no_more():
    source = (PROJECT / "sentiment" / "cloud" / "ending" / "expiry.py").read_text()
    (operation,) = re.findall(r"aws-sdk:sagemaker:(\w+)", source)
    needed = actions("sagemaker", f"{operation[0].upper()}{operation[1:]}")
    # An endpoint that may grow is deleted with its scaling; and the sweeper is started.
    assert allowed("assets/iam/scheduler-role.json") == {*needed, "lambda:InvokeFunction"}


def test_the_sweeper_s_role_may_do_what_its_function_calls_and_no_more():
    source = (PROJECT / "assets" / "sweeper" / "handler.py").read_text()
    methods = re.findall(r"sagemaker\.((?:delete|stop)_\w+)\(", source) + re.findall(r'"(list_\w+)"', source)
    called = {
        action
        for method in methods
        if method != "list_schedules"
        for action in actions("sagemaker", operation_name(method))
    }
    called |= {f"scheduler:{operation_name(method)}" for method in ("list_schedules", "delete_schedule")}
    assert all(f"{method}" in source for method in ("list_schedules", "delete_schedule"))
    logs = {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert allowed("assets/iam/sweeper-role.json") == called | logs


def test_no_role_may_do_what_the_boundary_does_not_let_it():
    """An action that only the role's own policy allows would be denied."""
    limit = allowed("assets/iam/boundary.json")
    for purpose in PURPOSES:
        assert allowed(f"assets/iam/{purpose}-role.json") <= limit, purpose
    template = (ASSETS / "api" / "template.yaml").read_text()
    of_function = set(re.findall(r"(?:sagemaker|logs):[A-Z]\w+", template))
    assert of_function <= limit


def test_who_makes_roles_cannot_make_one_without_the_boundary_nor_change_the_boundary():
    statements = json.loads((PROJECT / DEPLOYER).read_text())["Statement"]
    limit = "arn:${partition}:iam::${account}:policy/review-sentiment-boundary"
    for statement in statements:
        listed = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        widening = {"iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary", "iam:DetachRolePolicy"}
        if widening & set(listed):
            assert statement["Condition"] == {"ArnEquals": {"iam:PermissionsBoundary": limit}}
    assert not allowed(DEPLOYER) & ADMINISTRATORS
    assert "iam:AttachRolePolicy" not in allowed(DEPLOYER) | allowed(APP)


@pytest.mark.parametrize("path", sorted((ASSETS / "iam").glob("*.json")), ids=lambda path: path.stem)
def test_policies_are_small_and_name_what_is_ours(path):
    text = path.read_text()
    assert len(re.sub(r"\s", "", text)) <= 6144  # the limit of a managed policy
    assert set(re.findall(r"\$\{(\w+)\}", text)) <= {"account", "partition", "region"}
    for statement in json.loads(text)["Statement"]:
        assert statement["Effect"] == "Allow"
        listed = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        assert not [action for action in listed if "*" in action]
        # Only actions without a resource, and read-only ones, are allowed for all resources.
        if statement.get("Resource") == "*" and "Condition" not in statement:
            assert all(re.search(r":(List|Describe|Get)", action) for action in listed)


def test_each_role_has_a_policy_and_a_trust():
    for purpose in PURPOSES:
        for name in (f"{purpose}-role", f"{purpose}-role-trust"):
            assert (ASSETS / "iam" / f"{name}.json").is_file()
