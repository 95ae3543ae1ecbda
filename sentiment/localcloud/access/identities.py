"""The policies of a request's signer: a user's inline, attached and group policies, or a role's, and its boundary."""

import json
from collections.abc import Iterator
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends

from sentiment.localcloud.access.keys import PARTITION, Key
from sentiment.localcloud.access.policies import Decision, Demand, decision


def may(key: Key, demand: Demand) -> Decision:
    """Return whether the policies of a key's user or role allow a demand; the cloud's own keys may do everything."""
    if key.kind in ("owner", "machinery"):
        return "allowed"
    return allows(find(key), demand)


def allows(identity: Any, demand: Demand) -> Decision:
    """Return the decision of the policies of moto's user or role, within its permissions boundary if it has one.

    A deleted identity, None, may do nothing.
    """
    if identity is None:
        return "not allowed"
    said = decision(_documents(identity), demand)
    boundary = getattr(identity, "permissions_boundary_arn", None)
    if said != "allowed" or boundary is None:
        return said
    policy = _backend().managed_policies.get(boundary)
    return decision([_document(policy)] if policy else [], demand)


def find(key: Key) -> Any:
    """Return moto's record of the key's user or role, None if it no longer exists."""
    if key.kind == "user":
        return _backend().users.get(key.name)
    return role_named(key.name)


def named(arn: str) -> Any:
    """Return moto's record of the user or role with an ARN, None if there is none."""
    everybody = [*_backend().users.values(), *_backend().roles.values()]
    return next((each for each in everybody if each.arn == arn), None)


def role_named(name: str) -> Any:
    """Return moto's record of a role, None if there is none."""
    return next((role for role in list(_backend().roles.values()) if role.name == name), None)


def _documents(identity: Any) -> Iterator[str]:
    groups = [group for group in _backend().groups.values() if identity in group.users]
    for holder in (identity, *groups):
        # CloudFormation passes the policies of a stack's roles to moto as objects, as in the template.
        yield from (each if isinstance(each, str) else json.dumps(each) for each in holder.policies.values())
        yield from (_document(policy) for policy in holder.managed_policies.values())


def _document(policy: Any) -> str:
    return str(next(version.document for version in policy.versions if version.is_default))


def _backend() -> Any:
    return iam_backends[DEFAULT_ACCOUNT_ID][PARTITION]
