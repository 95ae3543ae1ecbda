"""The IAM API of the local cloud: moto's, with the simulation of policies, which moto lacks.

The SageMaker SDK asks before it launches a job whether the role may do what such jobs may need, and gets a yes: whether
it may do what this job does is checked when the job does it.
"""

from moto.core.responses import ActionResult
from moto.iam import urls
from moto.iam.responses import IamResponse
from typing_extensions import override


class LocalIam(IamResponse):
    """Answers each IAM call; moto makes one for every request."""

    @override
    def simulate_principal_policy(self) -> ActionResult:
        actions = self._get_param("ActionNames")
        results = [{"EvalActionName": action, "EvalDecision": "allowed"} for action in actions]
        return ActionResult({"EvaluationResults": results, "IsTruncated": False})


def install() -> None:
    """Have every moto server that this process starts from now on answer IAM calls so."""
    urls.url_paths["{0}/$"] = LocalIam.dispatch
