"""The findings of external tools in the policies and the template: parliament, Policy Sentry's table, and cfn-lint."""

import json
import subprocess
import sys
from pathlib import Path
from string import Template

import pytest
from policy_sentry.querying.actions import get_action_data

from sentiment.system.storage import ASSETS

POLICIES = [path for path in sorted((ASSETS / "iam").glob("*.json")) if not path.stem.endswith("-trust")]
# Parliament 1.6.4 locates its files by pkg_resources, which setuptools no longer provides.
PARLIAMENT = """
import json, pathlib, sys, types
from importlib.util import find_spec
place = pathlib.Path(find_spec("parliament").origin).parent
sys.modules["pkg_resources"] = types.SimpleNamespace(resource_filename=lambda package, name: str(place / name))
from parliament import analyze_policy_string
found = analyze_policy_string(sys.stdin.read()).findings
print(json.dumps([[finding.issue, str(finding.detail)] for finding in found]))
"""
# A user who may empty the project's bucket anyway gains nothing by an expiry rule for it.
NO_GAIN = "RESOURCE_POLICY_PRIVILEGE_ESCALATION"


def filled(path: Path) -> str:
    return Template(path.read_text()).substitute(account="123456789012", partition="aws", region="us-east-1")


def allowed(path: Path) -> set[str]:
    listed = [each["Action"] for each in json.loads(path.read_text())["Statement"]]
    return {action for each in listed for action in (each if isinstance(each, list) else [each])}


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_parliament_finds_nothing(path):
    command = [sys.executable, "-c", PARLIAMENT]
    done = subprocess.run(command, input=filled(path), capture_output=True, text=True, check=True)
    # A boundary limits all roles together; their own policies state which action applies to which resource.
    expected = {NO_GAIN, "RESOURCE_MISMATCH"} if path.stem == "boundary" else {NO_GAIN}
    findings = [finding for finding in json.loads(done.stdout) if finding[0] not in expected]
    assert not findings


def test_parliament_would_find_a_resource_that_an_action_does_not_know():
    statement = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:s3:::bucket"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    command = [sys.executable, "-c", PARLIAMENT]
    done = subprocess.run(command, input=document, capture_output=True, text=True, check=True)
    assert "RESOURCE_MISMATCH" in done.stdout


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_every_action_is_one_of_aws_s(path):
    unknown = [action for action in allowed(path) if not get_action_data(*action.split(":"))]
    assert not unknown


def test_template_passes_cfn_lint():
    linter = Path(sys.executable).with_name("cfn-lint")
    template = ASSETS / "api" / "template.yaml"
    done = subprocess.run(
        [linter, "--region", "us-east-1", "--", template], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")
