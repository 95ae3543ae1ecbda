"""Roles for tests: services can assume them, and they allow everything."""

import json

import boto3
from botocore.exceptions import ClientError


def make_role(name, service="sagemaker"):
    """Create a role that a service can assume, unless it exists; return its ARN."""
    trust = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    allowed = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    iam = boto3.client("iam", region_name="us-east-1")
    try:
        return iam.get_role(RoleName=name)["Role"]["Arn"]
    except ClientError:
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=policy(allowed))
        return made["Role"]["Arn"]


def policy(*statements):
    """Return a policy document of these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
