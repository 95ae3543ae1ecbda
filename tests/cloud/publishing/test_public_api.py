"""An endpoint as a public API in the local cloud: the reviewed template, its function, and its gateway."""

import ast
import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import boto3
import pytest
from moto.cloudformation.models import cloudformation_backends

from sentiment.cloud.aws import account, s3
from sentiment.cloud.publishing import api_price, public_api
from sentiment.cloud.publishing.limits import Limits
from sentiment.errors import CloudError, ConfigError
from sentiment.localcloud.account.gateway import Call
from sentiment.system.storage import ASSETS, PROJECT
from tests.localcloud.prediction_server import create_endpoint, fingerprint_of, probability_of
from tests.support.waiting import until

REVIEW = "Secretwordinareview, and a fine film"
SENTENCE = "The review could not be scored now. Try again in a minute."


@pytest.fixture
def endpoint(local_cloud):
    create_endpoint("review-sentiment-modern-1", ("one",))
    describe = boto3.client("sagemaker").describe_endpoint
    name = "review-sentiment-modern-1"
    until(lambda: describe(EndpointName=name)["EndpointStatus"] == "InService")
    return name


@pytest.fixture
def here(local_cloud):
    return account.connect()


class Api:
    def __init__(self, here, endpoint, **limits):
        public_api.publish(here, endpoint, Limits(**limits))
        self.publication = public_api.settled(here, endpoint)
        self.url, self.key = self.publication.url, public_api.key(here, self.publication)

    def ask(self, body=b"Secretwordinareview, and a fine film", method="POST", kind="text/plain", **headers):
        """Return status, headers and body of a response."""
        given = {"x-api-key": self.key, "Content-Type": kind} | {k.replace("_", "-"): v for k, v in headers.items()}
        request = urllib.request.Request(self.url, None if method == "GET" else body, given, method=method)
        try:
            with urllib.request.urlopen(request) as response:
                return response.status, response.headers, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read().decode()


@pytest.fixture
def api(here, endpoint):
    return Api(here, endpoint)


def asked_from(cloud, api, origin, method="POST", key=None):
    """Return status and headers of the gateway's response to a page of `origin`; the cloud's front rejects pages."""
    identifier, stage = api.url.split("/")[-2:]
    headers = {"x-api-key": api.key if key is None else key, "content-type": "text/plain", "origin": origin}
    reply = cloud.machinery.gateway.answer(identifier, stage, Call(method, "/", "", headers, REVIEW.encode()))
    return reply.status, reply.headers


def stack():
    return next(iter(cloudformation_backends["123456789012"]["us-east-1"].stacks.values()))


def code_files():
    found = boto3.client("s3").list_objects_v2(Bucket="sagemaker-us-east-1-123456789012", Prefix="review-sentiment/")
    return [each["Key"] for each in found.get("Contents", ()) if "/api/" in each["Key"]]


def test_a_review_is_scored_by_whoever_has_the_key(api):
    status, headers, body = api.ask()
    assert (status, headers["X-Model"]) == (200, fingerprint_of("one"))
    assert json.loads(body)["probability"] == probability_of(REVIEW)
    _, _, listed = api.ask(json.dumps({"inputs": REVIEW}).encode(), kind="application/json; charset=utf-8")
    assert json.loads(listed) == [json.loads(body)]
    assert api.ask(x_api_key="guessed")[::2] == (403, '{"error": "Forbidden"}')


def test_anybody_gets_the_page_which_asks_nobody_else_for_anything(api):
    status, headers, page = api.ask(method="GET", x_api_key="")
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert not re.findall(r"""(?:src|href)=["'](?!data:)|https?://|@import|url\(""", page)
    assert "localStorage" not in page
    assert "innerHTML" not in page


def test_what_is_no_review_of_at_most_20_kb_is_refused_in_a_sentence(api):
    expected = {
        (b"x" * 20_000, "text/plain"): 200,
        (b"x" * 20_001, "text/plain"): 413,
        ("ä".encode() * 10_001, "text/plain"): 413,
        (b"x", "text/csv"): 415,
        (b"", ""): 415,
        (b"[]", "application/json"): 400,
        (b'{"inputs": ["a", "b"]}', "application/json"): 400,
        (b"[" * 19_000, "application/json"): 400,
        (b'{"inputs": "half \\ud83d"}', "application/json"): 200,
    }
    answers = {(body, kind): api.ask(body, kind=kind) for body, kind in expected}
    assert {given: answer[0] for given, answer in answers.items()} == expected
    refused = [json.loads(body) for status, _, body in answers.values() if status != 200]
    assert all(list(said) == ["error"] for said in refused)


def test_only_web_sites_in_the_list_may_read_a_verdict(local_cloud, here, endpoint):
    api = Api(here, endpoint, origins=("https://example.org", "https://example.net"))
    status, headers = asked_from(local_cloud, api, "https://example.org", "OPTIONS", key="")
    assert (status, headers["access-control-allow-origin"]) == (204, "https://example.org")
    assert "x-api-key" in headers["access-control-allow-headers"]
    allowed = asked_from(local_cloud, api, "https://example.net")[1]
    assert allowed["access-control-allow-origin"] == "https://example.net"
    assert "access-control-allow-origin" not in asked_from(local_cloud, api, "https://elsewhere.org")[1]
    assert asked_from(local_cloud, api, "https://elsewhere.org", key="no")[1]["access-control-allow-origin"] == "*"


def test_endpoint_is_asked_again_once_and_then_the_failure_is_reported_without_its_words(api, local_cloud):
    for fault in ("throttled", "model error", "model not ready", "unavailable", "dependency failure"):
        local_cloud.faults.next_calls("InvokeEndpoint", fault)
        assert api.ask()[0] == 200, fault
        local_cloud.faults.next_calls("InvokeEndpoint", fault, fault)
        assert api.ask()[::2] == (503, json.dumps({"error": SENTENCE})), fault


def test_failure_of_the_model_itself_is_not_tried_again(api):
    assert api.ask(b"status 400")[0] == 502


def test_unforeseen_failure_is_a_sentence_and_its_log_has_no_traceback(api, endpoint):
    status, _, body = api.ask(b"garbled Secretword")
    assert (status, json.loads(body)) == (500, {"error": "The review could not be scored."})
    events = boto3.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{public_api.stack_name(endpoint)}")
    lines = "\n".join(event["message"] for event in events["events"])
    assert "The function failed: UnicodeDecodeError" in lines
    assert "Traceback" not in lines
    assert "Secretword" not in lines


def test_logs_have_no_word_of_a_review(api, endpoint):
    api.ask()
    api.ask(b"status 400 " + REVIEW.encode())
    events = boto3.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{public_api.stack_name(endpoint)}")
    said = "\n".join(event["message"] for event in events["events"])
    assert '"status": 200' in said
    assert "did not score: ModelError" in said
    assert "Secretword" not in said


def test_role_may_invoke_that_endpoint_and_write_its_own_log_and_nothing_else(api, endpoint):
    iam = boto3.client("iam")
    [role] = [each["RoleName"] for each in iam.list_roles()["Roles"] if "review-sentiment-api" in each["RoleName"]]
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
    [name] = iam.list_role_policies(RoleName=role)["PolicyNames"]
    policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    # moto keeps a stack's inline policy as the text of a mapping.
    scoring, logging = (policy if isinstance(policy, dict) else ast.literal_eval(policy))["Statement"]
    arn = boto3.client("sagemaker").describe_endpoint(EndpointName=endpoint)["EndpointArn"]
    assert (scoring["Action"], scoring["Resource"]) == ("sagemaker:InvokeEndpoint", arn)
    assert logging["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert logging["Resource"].endswith(f":log-group:/aws/lambda/{public_api.stack_name(endpoint)}:*")


def test_function_is_bounded_and_its_log_ends(api, endpoint):
    name = public_api.stack_name(endpoint)
    function = boto3.client("lambda").get_function(FunctionName=name)
    assert function["Concurrency"]["ReservedConcurrentExecutions"] == 5
    assert function["Configuration"]["Timeout"] == 29
    [group] = boto3.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}")["logGroups"]
    assert group["retentionInDays"] == 14


def test_stack_has_our_tags_and_the_endpoint_s_end(here, endpoint):
    arn = boto3.client("sagemaker").describe_endpoint(EndpointName=endpoint)["EndpointArn"]
    boto3.client("sagemaker").add_tags(ResourceArn=arn, Tags=[{"Key": "expires-at", "Value": "2027-01-01T00:00:00Z"}])
    Api(here, endpoint)
    assert stack().tags["project"] == "review-sentiment"
    assert stack().tags["expires-at"] == "2027-01-01T00:00:00Z"


def test_limits_hold_are_shown_and_can_be_changed(local_cloud, here, endpoint):
    api = Api(here, endpoint, daily_quota=2, burst=3)
    assert [api.ask()[0] for _ in range(3)] == [200, 200, 429]
    changed = Limits(daily_quota=50, rate_per_second=7.5, origins=("https://example.org",))
    assert public_api.publish(here, endpoint, changed).state == "publishing"
    found = public_api.status(here, endpoint)
    assert (found.state, found.limits, found.url) == ("published", changed, api.url)
    # The burst is used up: the next call passes as soon as the rate allows it.
    until(lambda: asked_from(local_cloud, api, "https://example.org")[0] == 200)
    assert "access-control-allow-origin" in asked_from(local_cloud, api, "https://example.org")[1]


def test_who_has_no_key_cannot_use_up_what_is_there_for_those_who_have_one(local_cloud, here, endpoint):
    api = Api(here, endpoint, burst=12)
    page = [asked_from(local_cloud, api, "https://example.org", "GET", key="")[0] for _ in range(12)]
    assert page.count(200) >= api_price.ANONYMOUS_BURST
    assert 429 in page
    assert [api.ask()[0] for _ in range(12)] == [200] * 12


def test_page_is_kept_by_the_browser_for_an_hour(local_cloud, api):
    headers = asked_from(local_cloud, api, "https://example.org", "GET", key="")[1]
    assert headers["cache-control"] == "public, max-age=3600"


def test_account_with_little_concurrency_reserves_none(here, endpoint, monkeypatch):
    monkeypatch.setattr("sentiment.localcloud.account.lambda_api.ACCOUNT_CONCURRENCY", 10)
    api = Api(here, endpoint)
    assert api.ask()[0] == 200
    function = boto3.client("lambda").get_function(FunctionName=public_api.stack_name(endpoint))
    assert "Concurrency" not in function


def test_unpublishing_removes_every_part_and_leaves_the_endpoint(here, endpoint, api):
    public_api.unpublish(here, endpoint)
    assert public_api.settled(here, endpoint) is None
    gateway = boto3.client("apigateway")
    assert [each()["items"] for each in (gateway.get_rest_apis, gateway.get_api_keys, gateway.get_usage_plans)] == [
        [],
        [],
        [],
    ]
    assert boto3.client("lambda").list_functions()["Functions"] == []
    roles = [role["RoleName"] for role in boto3.client("iam").list_roles()["Roles"]]
    assert not [name for name in roles if name.startswith("review-sentiment")]
    assert boto3.client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/")["logGroups"] == []
    assert code_files() == []
    assert api.ask()[0] == 403
    boto3.client("sagemaker").describe_endpoint(EndpointName=endpoint)
    public_api.unpublish(here, endpoint)  # once more: nothing is left to do


def test_refused_publication_is_reported_and_leaves_nothing(here, endpoint, local_cloud):
    s3.bucket(here)
    for action in ("lambda:GetAccountSettings", "s3:PutObject", "cloudformation:CreateStack"):
        local_cloud.faults.next_calls(action.partition(":")[2], "denied")
        with pytest.raises(CloudError, match=f"may not do {action}: ask"):
            public_api.publish(here, endpoint)
        assert public_api.status(here, endpoint) is None
        assert code_files() == []


def test_refused_change_is_reported_and_leaves_what_is_published(here, api, endpoint, local_cloud):
    before = public_api.status(here, endpoint)
    local_cloud.faults.next_calls("UpdateStack", "denied")
    with pytest.raises(CloudError, match="may not do cloudformation:UpdateStack: ask"):
        public_api.publish(here, endpoint, Limits(daily_quota=7))
    assert public_api.status(here, endpoint) == before
    assert len(code_files()) == 1
    assert api.ask()[0] == 200


def test_refused_removal_is_reported_and_goes_on_when_it_is_run_again(here, api, endpoint, local_cloud):
    for operation, permission in (("DeleteStack", "DeleteStack"), ("DeleteObjects", "DeleteObject")):
        local_cloud.faults.next_calls(operation, "denied")
        with pytest.raises(CloudError, match=f"may not do .*:{permission}"):
            public_api.unpublish(here, endpoint)
        assert len(code_files()) == 1
    public_api.unpublish(here, endpoint)
    assert public_api.settled(here, endpoint) is None
    assert code_files() == []


def test_what_is_not_there_is_reported(here, endpoint):
    assert public_api.status(here, endpoint) is None
    with pytest.raises(CloudError, match="endpoint") as raised:
        public_api.publish(here, "none")
    assert raised.value.missing
    with pytest.raises(CloudError, match="has no key yet"):
        public_api.key(here, public_api.Publication(endpoint, "publishing", Limits()))
    with pytest.raises(CloudError, match="AWS refused apigateway:GET: Invalid API Key"):
        public_api.key(here, public_api.Publication(endpoint, "published", Limits(), key_id="gone"))


def test_foreign_stack_of_the_same_name_stays(here, endpoint):
    template = json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}})
    boto3.client("cloudformation").create_stack(StackName=public_api.stack_name(endpoint), TemplateBody=template)
    with pytest.raises(CloudError, match="was not created by this project"):
        public_api.unpublish(here, endpoint)


def test_states_of_a_stack_in_our_words(here, endpoint, api):
    words = {
        "CREATE_IN_PROGRESS": "publishing",
        "UPDATE_ROLLBACK_COMPLETE": "published",
        "DELETE_IN_PROGRESS": "removing",
        "ROLLBACK_COMPLETE": "failed",
        "DELETE_FAILED": "failed",
    }
    for stack_status, state in words.items():
        stack().status = stack_status
        found = public_api.status(here, endpoint)
        assert (found.state, bool(found.url)) == (state, state == "published")
        if state != "published":
            with pytest.raises(CloudError, match="Unpublish it" if state == "failed" else "is still"):
                public_api.publish(here, endpoint)


def test_reason_is_that_of_the_part_that_failed_first(here, endpoint, api):
    made = stack()
    made._add_stack_event("CREATE_FAILED", "The quota of keys is used up.")
    made._add_stack_event("CREATE_FAILED", "Resource creation cancelled")
    made.status = "ROLLBACK_COMPLETE"
    assert public_api.status(here, endpoint).reason.endswith(": The quota of keys is used up")


def test_names_fit_a_function_and_differ():
    long = "review-sentiment-" + "x" * 46
    names = {public_api.stack_name(long), public_api.stack_name(long[:-1] + "y")}
    assert [len(name) for name in names] == [64, 64]
    assert public_api.stack_name("review-sentiment-modern-1") == "review-sentiment-api-modern-1"


@pytest.mark.parametrize("wrong", [{"burst": 0}, {"rate_per_second": -1.0}, {"origins": ("example.org",)}])
def test_limits_that_cannot_work_are_refused(wrong):
    with pytest.raises(ConfigError):
        Limits(**wrong)


def test_curl_line_keeps_the_key_out_of_the_history(api):
    assert "$REVIEW_SENTIMENT_KEY" in public_api.curl(api.publication)
    assert api.key not in public_api.curl(api.publication)
    assert public_api.curl(api.publication).endswith(api.url)


def test_price_is_said_with_the_most_that_it_can_be():
    words = api_price.price_in_words(Limits(daily_quota=1_000_000), "us-east-1")
    # A million calls: 3.5 for the API, 0.2 and half a second of a quarter of a gigabyte each for the function.
    assert "a thousand calls cost $0.01 and" in words
    assert "A day's quota of 1,000,000 calls comes to $5.78 and the endpoint's own price" in words
    # 172,810 calls for the page or before a call: 3.7 a million, and a fiftieth of a second of the function each.
    assert "misuse of it could add $0.65 a day" in words
    assert "best effort" in words
    assert "at most" not in words


def script(*arguments):
    command = [sys.executable, str(PROJECT / "scripts" / "cloud.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def test_the_script_publishes_says_the_price_first_and_unpublishes(here, endpoint):
    asked = script("publish", "--endpoint", endpoint)
    assert (asked.returncode, public_api.status(here, endpoint)) == (2, None)
    assert "Free without calls" in asked.stderr
    done = script("publish", "--endpoint", endpoint, "--daily-quota", "7", "--show-key", "--yes", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert public_api.status(here, endpoint).limits.daily_quota == 7
    assert said["key"] == public_api.key(here, public_api.status(here, endpoint))
    plain = script("publish", "--endpoint", endpoint, "--yes")
    assert said["url"] in plain.stdout
    assert said["key"] not in plain.stdout
    gone = script("unpublish", "--endpoint", endpoint, "--yes")
    assert (gone.returncode, gone.stdout.strip()) == (0, f"{endpoint} is not published.")
    assert public_api.status(here, endpoint) is None


def test_the_script_looks_before_it_asks(here, endpoint):
    for name in ("publish", "unpublish"):
        done = script(name, "--endpoint", "none")
        assert (done.returncode, done.stderr) == (
            2,
            f"There is no endpoint none in us-east-1: there is {endpoint}.\n",
        )
    done = script("unpublish", "--endpoint", endpoint)
    assert (done.returncode, done.stdout.strip()) == (0, f"{endpoint} is not published.")


def test_what_has_outlived_its_endpoint_is_still_unpublished(api, here, endpoint):
    boto3.client("sagemaker").delete_endpoint(EndpointName=endpoint)
    gone = script("unpublish", "--endpoint", endpoint, "--yes")
    assert (gone.returncode, gone.stdout.strip()) == (0, f"{endpoint} is not published.")
    assert public_api.status(here, endpoint) is None


def test_template_is_one_that_cloudformation_takes():
    lint = Path(sys.executable).with_name("cfn-lint")
    template = str(public_api.SOURCES / "template.yaml")
    done = subprocess.run([lint, "--region", "us-east-1", "--", template], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    assert Path(template).stat().st_size < 51_200  # the limit of a request
    assert not re.search(r"^\s*\w+:\s*[&*]\w", Path(template).read_text(), re.MULTILINE)  # no aliases
    assert "MemorySize: 256" in Path(template).read_text()  # as the price has it


def test_visitors_without_a_key_have_a_rate_of_their_own_so_that_they_take_none_of_the_callers():
    template = (ASSETS / "api" / "template.yaml").read_text()
    rates = dict(re.findall(r"HttpMethod: (\w+)\n\s+ThrottlingRateLimit: !Ref (\w+)", template))
    assert rates == {"POST": "RatePerSecond", "GET": "AnonymousRatePerSecond", "OPTIONS": "AnonymousRatePerSecond"}
    assert api_price.ANONYMOUS_RATE <= 1
