"""The Lambda API of the local cloud: moto's, but functions run in this process instead of in Docker."""

import json
from typing import Any, ClassVar
from urllib.parse import unquote

from moto.awslambda import urls
from moto.awslambda.responses import LambdaResponse
from typing_extensions import override

from sentiment.localcloud.account.functions import Functions, ThrottledError

ACCOUNT_CONCURRENCY = 1000


class LocalLambda(LambdaResponse):
    """Handles one Lambda request; moto creates an instance for each."""

    functions: ClassVar[Functions]

    @override
    def invoke(self) -> Any:
        function = self.backend.get_function(unquote(self.path.rsplit("/", 2)[-2]), self._get_param("qualifier"))
        try:
            outcome = self.functions.invoke(function, json.loads(self.body or "{}"))
        except ThrottledError:
            headers = {"status": 429, "x-amzn-errortype": "TooManyRequestsException"}
            answer = {"Reason": "ReservedFunctionConcurrentInvocationLimitExceeded", "message": "Rate Exceeded."}
            return 429, headers, json.dumps(answer)
        failed = {"x-amz-function-error": "Unhandled"} if outcome.failed else {}
        return 200, {"content-type": "application/json", **failed}, outcome.payload

    @override
    def get_account_settings(self) -> Any:
        reserved = sum(int(each.reserved_concurrency or 0) for each in self.backend.list_functions())
        limits = {
            "ConcurrentExecutions": ACCOUNT_CONCURRENCY,
            "UnreservedConcurrentExecutions": ACCOUNT_CONCURRENCY - reserved,
        }
        return 200, {}, json.dumps({"AccountLimit": limits})


def install(functions: Functions) -> None:
    """Make every moto server started from now on in this process run Lambda functions with `functions`."""
    LocalLambda.functions = functions
    addresses = [*urls.url_paths, r"{0}/(?P<api_version>[^/]+)/account-settings/?$"]
    urls.url_paths.update(dict.fromkeys(addresses, LocalLambda.dispatch))
