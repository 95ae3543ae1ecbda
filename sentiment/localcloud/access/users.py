"""Users of the account with limited permissions: a second person next to the owner, or a policy to try out."""

from collections.abc import Mapping

from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends

from sentiment.localcloud.access.keys import PARTITION, Key


def make_user(name: str, documents: Mapping[str, str]) -> Key:
    """Create a user with these managed policies, JSON by name, and return its new key; none of them may exist."""
    backend = iam_backends[DEFAULT_ACCOUNT_ID][PARTITION]
    user = backend.create_user("", name)
    for policy, document in documents.items():
        made = backend.create_policy("", "/", document, f"{name}-{policy}", [])
        backend.attach_user_policy(made.arn, name)
    key = backend.create_access_key(name)
    return Key(key.access_key_id, key.secret_access_key, "user", name, user.arn)
