"""The IAM API of the local cloud: moto's, extended by policy simulation and by the use of permissions boundaries.

Before launching a job, the SageMaker SDK asks whether the role may write where it wants to store the job's files. The
answer comes from the role's policies and permissions boundary, for the action and resource in question.
"""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from moto.core.responses import ActionResult
from moto.iam import urls
from moto.iam.exceptions import NoSuchEntity
from moto.iam.responses import IamResponse
from typing_extensions import override

from sentiment.localcloud.access.identities import allows, named
from sentiment.localcloud.access.policies import Decision, Demand

DECISIONS: Mapping[Decision, str] = {
    "allowed": "allowed",
    "denied": "explicitDeny",
    "not allowed": "implicitDeny",
}


class LocalIam(IamResponse):
    """Handles one IAM request; moto creates an instance for each."""

    @override
    def simulate_principal_policy(self) -> ActionResult:
        arn = self._get_param("PolicySourceArn")
        identity = named(arn)
        if identity is None:
            raise NoSuchEntity(f"The entity {arn} cannot be found.")
        results = [
            {
                "EvalActionName": demand.action,
                "EvalResourceName": demand.resource,
                "EvalDecision": DECISIONS[allows(identity, demand)],
            }
            for demand in self._simulated()
        ]
        return ActionResult({"EvaluationResults": results, "IsTruncated": False})

    @override
    def get_policy(self) -> ActionResult:
        """Answer as moto does, with the number of roles that the policy is the permissions boundary of."""
        policy = self.backend.get_policy(self._get_param("PolicyArn"))
        bounded = [role for role in self.backend.roles.values() if role.permissions_boundary_arn == policy.arn]
        policy.permissions_boundary_usage_count = len(bounded)
        return ActionResult({"Policy": policy})

    def _simulated(self) -> Iterator[Demand]:
        """Yield each action on each resource of the request, with its conditions."""
        entries = self._get_param("ContextEntries") or []
        context: dict[str, Any] = {each["ContextKeyName"]: each["ContextKeyValues"] for each in entries}
        resources = self._get_param("ResourceArns") or ["*"]
        for action, resource in itertools.product(self._get_param("ActionNames"), resources):
            yield Demand(action, resource, context)


def install() -> None:
    """Make every moto server started from now on in this process use this IAM API."""
    urls.url_paths["{0}/$"] = LocalIam.dispatch
