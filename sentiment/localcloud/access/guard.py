"""Reject a call that the policies of its signer do not allow, with AWS's error."""

from sentiment.localcloud.access import stacks
from sentiment.localcloud.access.demands import Asking, demands
from sentiment.localcloud.access.identities import may
from sentiment.localcloud.access.keys import Key
from sentiment.localcloud.access.policies import Demand
from sentiment.localcloud.account import refusals


def check(key: Key, asking: Asking) -> None:
    """Check that a call is allowed with everything that it implies.

    Raises:
        ServiceError: for the first permission that is missing, in the service's format.
    """
    wanted = demands(key, asking)
    if asking.service == "cloudformation":
        wanted += stacks.demands(asking)
    for demand in wanted:
        refuse_unless_allowed(key, asking.service, demand)


def refuse_unless_allowed(key: Key, service: str, demand: Demand) -> None:
    """Raise ServiceError if the policies of the key's user or role do not allow the demand."""
    said = may(key, demand)
    if said != "allowed":
        raise refusals.not_allowed(service, key.arn, demand.action, demand.resource, explicitly=said == "denied")
