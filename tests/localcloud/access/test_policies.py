"""Policies are evaluated like in IAM."""

import json

import pytest

from sentiment.localcloud.access.policies import Demand, decision, matches

ENDPOINT = "arn:aws:sagemaker:us-east-1:123456789012:endpoint/review-sentiment-a"
DELETE = Demand("sagemaker:DeleteEndpoint", ENDPOINT, {"aws:ResourceTag/owner": "ada", "aws:username": "ada"})


def policy(effect="Allow", action="sagemaker:DeleteEndpoint", resource="*", **more):
    statement = {"Effect": effect, "Action": action, "Resource": resource}
    return json.dumps({"Statement": [statement | more]})


def said(*documents, demand=DELETE, principal=""):
    return decision(documents, demand, principal)


def test_nothing_is_allowed_that_no_policy_allows():
    assert said() == "not allowed"
    assert said(policy(action="sagemaker:CreateEndpoint")) == "not allowed"
    assert said(policy(resource="arn:aws:sagemaker:*:*:endpoint/other-*")) == "not allowed"


@pytest.mark.parametrize(
    "action", ["*", "sagemaker:*", "SageMaker:deleteendpoint", "sagemaker:Delete?ndpoint", ["a:B", "sagemaker:*"]]
)
def test_actions_have_wildcards_and_no_case(action):
    assert said(policy(action=action)) == "allowed"


def test_denial_anywhere_counts():
    assert said(policy(), policy("Deny", resource=ENDPOINT)) == "denied"
    assert said(policy("Deny", resource=f"{ENDPOINT}x"), policy()) == "allowed"


def test_not_elements_are_the_reverse():
    statement = {"Effect": "Allow", "NotAction": "iam:*", "NotResource": "*:endpoint/other-*"}
    document = json.dumps({"Statement": statement})
    assert said(document) == "allowed"
    assert said(document, demand=DELETE._replace(action="iam:PassRole")) == "not allowed"
    assert said(document, demand=DELETE._replace(resource="arn:aws:sagemaker:::endpoint/other-a")) == "not allowed"


@pytest.mark.parametrize(
    ("condition", "met"),
    [
        ({"StringEquals": {"aws:ResourceTag/owner": "ada"}}, True),
        ({"StringEquals": {"AWS:resourcetag/owner": ["bob", "ada"]}}, True),
        ({"StringEquals": {"aws:ResourceTag/owner": "${aws:username}"}}, True),
        ({"StringEquals": {"aws:ResourceTag/owner": "bob"}}, False),
        ({"StringEquals": {"aws:ResourceTag/project": "ours"}}, False),
        ({"StringEqualsIfExists": {"aws:ResourceTag/project": "ours"}}, True),
        ({"StringNotEquals": {"aws:ResourceTag/owner": "bob"}}, True),
        ({"StringNotEquals": {"aws:ResourceTag/owner": ["bob", "ada"]}}, False),
        ({"StringNotEquals": {"aws:ResourceTag/project": "ours"}}, True),
        ({"StringLike": {"aws:ResourceTag/owner": "a*"}}, True),
        ({"ArnLike": {"aws:username": "x*"}}, False),
        ({"Null": {"aws:ResourceTag/project": "true"}}, True),
        ({"Null": {"aws:ResourceTag/owner": "true"}}, False),
        ({"StringEquals": {"aws:ResourceTag/owner": "ada"}, "Null": {"aws:username": "true"}}, False),
    ],
)
def test_conditions_of_a_statement_are_all_met_or_it_says_nothing(condition, met):
    assert said(policy(Condition=condition)) == ("allowed" if met else "not allowed")


@pytest.mark.parametrize(
    ("operator", "met"), [("ForAllValues:StringEquals", False), ("ForAnyValue:StringEquals", True)]
)
def test_key_of_several_values_is_asked_for_all_or_for_any(operator, met):
    demand = DELETE._replace(context={"aws:TagKeys": ["project", "secret"]})
    document = policy(Condition={operator: {"aws:TagKeys": ["project"]}})
    assert (said(document, demand=demand) == "allowed") is met


def test_condition_that_is_not_known_is_no_permission():
    with pytest.raises(KeyError):
        said(policy(Condition={"StringSounds": {"aws:username": "ada"}}))


def test_trust_names_who_may_ask():
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "sagemaker.amazonaws.com"}}
    document = json.dumps({"Statement": [trust]})
    demand = Demand("sts:AssumeRole", "role", {})
    assert said(document, demand=demand, principal="sagemaker.amazonaws.com") == "allowed"
    assert said(document, demand=demand, principal="lambda.amazonaws.com") == "not allowed"


def test_pattern_is_no_expression():
    assert matches("a.b*[c]?", "a.bXX[c]d")
    assert not matches("a.b", "axb")
