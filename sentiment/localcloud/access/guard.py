"""Turns away a call that the policies of whoever signs it do not allow, in the words of AWS."""

from sentiment.localcloud.access import stacks
from sentiment.localcloud.access.demands import Asking, demands
from sentiment.localcloud.access.identities import may
from sentiment.localcloud.access.keys import Key
from sentiment.localcloud.access.policies import Demand
from sentiment.localcloud.account import refusals


def check(key: Key, asking: Asking) -> None:
    """Let a call pass that is allowed with everything that it brings with it.

    Raises:
        ServiceError: the first thing that is not allowed, as the service says it.
    """
    wanted = demands(key, asking)
    if asking.service == "cloudformation":
        wanted += stacks.demands(asking)
    for demand in wanted:
        refuse_unless_allowed(key, asking.service, demand)


def refuse_unless_allowed(key: Key, service: str, demand: Demand) -> None:
    """ServiceError when the policies of the key's user or role do not allow what is demanded."""
    said = may(key, demand)
    if said != "allowed":
        raise refusals.not_allowed(service, key.arn, demand.action, demand.resource, explicitly=said == "denied")
