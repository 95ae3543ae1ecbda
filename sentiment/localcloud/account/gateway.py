"""The REST APIs of API Gateway: check key, throttle, quota and size of a call, then invoke the Lambda function.

The APIs' definitions are moto's. An API is served at `/execute-api/ID/STAGE/…` of the local cloud, as AWS serves it at
`https://ID.execute-api.REGION.amazonaws.com/STAGE/…`. Only Lambda proxy integrations are supported.
"""

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from moto.apigateway.models import apigateway_backends
from moto.awslambda.models import lambda_backends

from sentiment.localcloud.account.functions import Functions, ThrottledError
from sentiment.localcloud.replies import Reply

MAXIMUM_BYTES = 10 * 1024 * 1024
FUNCTION = re.compile(r"/functions/(arn:[^/]+:function:([^/:]+))/invocations$")


class Call(NamedTuple):
    """A request to an API; `path` starts after the stage, header names are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


class _RefusedError(Exception):
    """API Gateway answers the call itself, with a gateway response of this type."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status, self.kind = status, kind


class Gateway:
    """Serves the APIs of one account, counting the usage of each key until `forget`."""

    def __init__(self, account: str, functions: Functions, clock: Callable[[], float] = time.monotonic) -> None:
        self._account, self._functions, self._clock = account, functions, clock
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Reset all throttles and quotas."""
        with self._lock:
            self._allowed: dict[tuple[str, ...], tuple[float, float]] = {}
            self._used: Counter[tuple[str, str]] = Counter()

    def answer(self, api_id: str, stage_name: str, call: Call) -> Reply:
        """Return the response to a call of an API's stage."""
        region, api = self._api(api_id)
        if api is None or stage_name not in api.stages:
            return _message_reply(403, "Forbidden")
        try:
            method = _method(api, call)
            self._check_limits(region, api, api.stages[stage_name], method, call)
            return self._from_function(region, api, stage_name, method, call)
        except _RefusedError as refused:
            return _refusal(api, refused)

    def _api(self, api_id: str) -> tuple[str, Any]:
        for region, backend in apigateway_backends[self._account].items():
            if api_id in backend.apis:
                return region, backend.apis[api_id]
        return "", None

    def _check_limits(self, region: str, api: Any, stage: Any, method: Any, call: Call) -> None:
        if len(call.body) > MAXIMUM_BYTES:
            raise _RefusedError(413, "REQUEST_TOO_LARGE", "Request Too Long")
        resource = call.path.strip("/").replace("/", "~1") or "~1"
        # A resource's settings take precedence over a method's, and these over the stage's defaults.
        names = (f"{resource}/{call.method}", f"*/{call.method}", "*/*")
        name = next((each for each in names if each in stage.method_settings), None)
        if name:
            settings = stage.method_settings[name]
            limits = settings["throttlingRateLimit"], settings["throttlingBurstLimit"]
            self._throttle((api.id, stage.name, name), *limits)
        if method.api_key_required:
            self._check_plan(region, api, stage, call.headers.get("x-api-key"))

    def _check_plan(self, region: str, api: Any, stage: Any, value: str | None) -> None:
        backend = apigateway_backends[self._account][region]
        key = next((each for each in backend.keys.values() if each.enabled and each.value == value), None)
        place = {"apiId": api.id, "stage": stage.name}
        plans = backend.get_usage_plans(key.id) if key else []
        plan = next((each for each in plans if place in each.api_stages), None)
        if key is None or plan is None:
            raise _RefusedError(403, "INVALID_API_KEY", "Forbidden")
        if plan.throttle:
            self._throttle((plan.id, key.id), plan.throttle["rateLimit"], plan.throttle["burstLimit"])
        with self._lock:
            if plan.quota and self._used[plan.id, key.id] >= plan.quota["limit"]:
                raise _RefusedError(429, "QUOTA_EXCEEDED", "Limit Exceeded")
            self._used[plan.id, key.id] += 1

    def _throttle(self, who: tuple[str, ...], rate: float, burst: float) -> None:
        """Take one token from a bucket that holds `burst` and is refilled at `rate` per second."""
        with self._lock:
            now = self._clock()
            left, then = self._allowed.get(who, (float(burst), now))
            left = min(float(burst), left + (now - then) * rate)
            if left < 1:
                self._allowed[who] = left, now
                raise _RefusedError(429, "THROTTLED", "Too Many Requests")
            self._allowed[who] = left - 1, now

    def _from_function(self, region: str, api: Any, stage: str, method: Any, call: Call) -> Reply:
        found = FUNCTION.search(method.method_integration.uri)
        assert found, "only Lambda proxy integrations are supported"
        function = lambda_backends[self._account][region].get_function(found[2])
        if not any("apigateway.amazonaws.com" in json.dumps(each["Principal"]) for each in function.policy.statements):
            raise _RefusedError(500, "API_CONFIGURATION_ERROR", "Internal server error")
        try:
            outcome = self._functions.invoke(function, _event(stage, call))
        except ThrottledError:
            raise _RefusedError(500, "API_CONFIGURATION_ERROR", "Internal server error") from None
        given = json.loads(outcome.payload)
        if outcome.failed or not isinstance(given, dict) or "statusCode" not in given:
            raise _RefusedError(502, "INTEGRATION_FAILURE", "Internal server error")
        headers = {name.lower(): str(value) for name, value in (given.get("headers") or {}).items()}
        return Reply(int(given["statusCode"]), headers, str(given.get("body") or "").encode())


def _method(api: Any, call: Call) -> Any:
    for resource in api.resources.values():
        if resource.get_path() == call.path and call.method in resource.resource_methods:
            return resource.resource_methods[call.method]
    raise _RefusedError(403, "MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token")


def _event(stage: str, call: Call) -> dict[str, Any]:
    """Return the event of a Lambda proxy integration (payload format 1.0), without the fields not used here."""
    query = parse_qs(call.query, keep_blank_values=True)
    return {
        "resource": call.path,
        "path": call.path,
        "httpMethod": call.method,
        "headers": dict(call.headers),
        "multiValueHeaders": {name: [value] for name, value in call.headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "requestContext": {"stage": stage, "path": f"/{stage}{call.path}", "httpMethod": call.method},
        "body": call.body.decode("utf-8", "replace") if call.body else None,
        "isBase64Encoded": False,
    }


def _refusal(api: Any, refused: _RefusedError) -> Reply:
    """Return API Gateway's own response, or the one that the API defines in its place."""
    usual = "DEFAULT_4XX" if refused.status < 500 else "DEFAULT_5XX"
    own = api.gateway_responses.get(refused.kind) or api.gateway_responses.get(usual)
    plain = _message_reply(refused.status, str(refused))
    if own is None:
        return plain
    prefix = "gatewayresponse.header."
    headers = {
        name.removeprefix(prefix).lower(): value.strip("'")
        for name, value in own.response_parameters.items()
        if name.startswith(prefix)
    }
    template = own.response_templates.get("application/json", '{"message": $context.error.messageString}')
    body = template.replace("$context.error.messageString", json.dumps(str(refused)))
    return Reply(refused.status, dict(plain.headers) | headers, body.encode())


def _message_reply(status: int, message: str) -> Reply:
    return Reply(status, {"content-type": "application/json"}, json.dumps({"message": message}).encode())
